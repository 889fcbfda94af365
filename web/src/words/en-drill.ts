/** The English words of a drill that whoever plays a caller sees. */

export const drill = {
  label: 'Drill',
  title: 'This is a drill.',
  lead: 'It is training: whoever answers here practises, and cannot help you.',
  out: 'I need to talk to somebody now',
  documentTitle: (title: string) => `DRILL – ${title}`,
};
