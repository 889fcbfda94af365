/** The English words of what is written in a call: both sides show them. */

export const written = {
  title: 'Write or tap',
  lead: 'If you cannot speak, tap an answer or write. Only the people named below can read it. Nothing of it is kept.',
  log: 'What was written',
  empty: 'Nothing has been written yet.',
  taps: 'Answer with one tap',
  tap: {
    yes: 'Yes',
    no: 'No',
    cannot_talk: 'I can’t talk',
    keep_talking: 'Please keep talking',
  },
  field: 'Your message',
  hint: 'Enter sends it. Shift and Enter begin a new line.',
  send: 'Send',
  left: (characters: number) =>
    characters >= 0 ? `${characters} characters left.` : `${-characters} characters too many.`,
  you: 'You',
  person: (name: string, role: string) => `${name}, ${role}`,
  caller: 'The caller',
  theCaller: 'the caller',
  /** How far one’s own has come. */
  state: {
    arrived: 'Arrived',
    going: 'On its way',
    waiting: 'Not sent yet',
    unsent: 'Did not arrive',
  },
  notYet: (names: string) => `Not with ${names} yet`,
  waiting: 'The connection is lost. What you write goes by itself when it is back.',
  closed: 'You can write as soon as somebody is here.',
  card: {
    phone: 'Telephone',
    web: 'On the web',
    hours: 'Open',
    leaves:
      'Opening the address leaves this page for another one, in a new tab. It stays in this device’s history, and that site sees the visit. This card is gone when the call is over.',
    gone: 'This card is gone when the call is over.',
    copy: 'Copy it',
    copied: 'Copied. It stays where you paste it.',
    notCopied: 'This browser does not let it be copied: write the number down.',
    putAway: 'Put it away',
    show: 'Show it again',
  },
  /** What was agreed for a connection that does not come back. */
  plan: {
    title: 'If the line drops',
    call_back: 'Agreed: come back to this page, with your code if you were given one.',
    telephone: (phone: string) => `Agreed: telephone ${phone}.`,
    nothing: 'Agreed: nothing need be done. You can come back or telephone at any time.',
  },
  /** After the call was lost. */
  agreed: (name: string | undefined) => (name ? `What you and ${name} agreed` : 'What was agreed'),
  reloaded: 'This page was loaded again. What was written before is shown no longer.',
  /** After a reload: what was under way. */
  lost: (messages: number) =>
    messages === 1
      ? 'Your last message may not have arrived. Write it again if it matters.'
      : 'Your last messages may not have arrived. Write them again if they matter.',
  /** After the call. */
  unsent: (messages: number) =>
    messages === 1
      ? 'The last message that you wrote did not arrive.'
      : 'The last messages that you wrote did not arrive.',
};
