/** Points of a call on the browser's own timeline, for measuring. They name a moment and nothing else. */
export type Moment =
  | 'tap'
  | 'waiting'
  | 'accept'
  | 'leg-up'
  | 'commit'
  | 'keys-installed'
  | 'keys-sealing'
  | 'first-frame';

export function mark(moment: Moment): void {
  performance.mark(`quietline:${moment}`);
}
