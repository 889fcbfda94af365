/** What a screen reader is told when nothing on the screen takes the focus. Pure: two views in, one sentence or nothing out. */
import type { CallerView } from '../call/api';
import { words } from '../words';
import { othersOf } from './screen';

/** The sentence for the step from one view to the next. */
export function announcement(before: CallerView, after: CallerView): string | undefined {
  const had = othersOf(before.members);
  const has = othersOf(after.members);
  const joined = has.filter((one) => !had.some((other) => other.leaf === one.leaf && other.name === one.name));
  if (joined.length > 0) {
    return joined.map((one) => words.call.joined(one.name, words.roles[one.role])).join(' ');
  }
  const gone = had.filter((one) => !has.some((other) => other.name === one.name && other.role === one.role));
  if (has.length > 0 && gone.length > 0) return gone.map((one) => words.call.gone(one.name)).join(' ');

  const [was, is] = [before.state, after.state];
  if (is.phase === 'waiting' && was.phase === 'waiting') {
    if (is.ringing && !was.ringing) return words.waiting.ringing;
    if (is.on_shift && !was.on_shift) return words.waiting.backOnShift;
    if (is.ahead !== was.ahead) return words.waiting.place(is.ahead);
  }
  if (lost(before) && !lost(after) && is.phase !== 'idle' && is.phase !== 'ended') return words.call.restored;
  return undefined;
}

/** Whether the connection that matters in this state is lost. */
export function lost(view: CallerView): boolean {
  return view.state.phase === 'connected' ? view.media === 'lost' : view.signalling === 'lost';
}
