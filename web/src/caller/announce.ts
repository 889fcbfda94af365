/** What a screen reader is told when nothing on the screen takes the focus. Pure: two views in, one sentence or nothing out. */
import type { CallerView } from '../call/api';
import { words } from '../words';
import { arrivingOf, type Other, othersOf } from './screen';

/** The sentence for the step from one view to the next. */
export function announcement(before: CallerView, after: CallerView): string | undefined {
  const had = othersOf(before);
  const has = othersOf(after);
  const joined = has.filter((one) => !had.some((other) => other.leaf === one.leaf && other.name === one.name));
  if (joined.length > 0) {
    return joined.map((one) => words.call.joined(one.name, words.roles[one.role])).join(' ');
  }
  const gone = had.filter((one) => !has.some((other) => other.name === one.name && other.role === one.role));
  // Of one who had left it is said already.
  const unsaid = gone.filter(({ seat }) => seat !== 'left');
  if (has.length > 0 && unsaid.length > 0) return unsaid.map((one) => words.call.gone(one.name)).join(' ');
  const moved = has.map((one) =>
    moveOf(
      had.find(({ leaf, name }) => leaf === one.leaf && name === one.name),
      one,
    ),
  );
  const said = moved.filter((text) => text !== undefined);
  if (said.length > 0) return said.join(' ');
  const arriving = arrivingOf(after);
  if (arriving !== undefined && arriving !== arrivingOf(before)) return words.call.arriving(words.roles[arriving]);

  if (after.followUp !== undefined && after.followUp !== before.followUp) return words.promised.said(after.followUp.at);

  const [was, is] = [before.state, after.state];
  if (is.phase === 'waiting' && was.phase === 'waiting') {
    if (is.ringing && !was.ringing) return words.waiting.ringing;
    if (is.on_shift && !was.on_shift) return words.waiting.backOnShift;
    if (is.ahead !== was.ahead) return words.waiting.place(is.ahead);
  }
  if (lost(before) && !lost(after) && is.phase !== 'idle' && is.phase !== 'ended') return words.call.restored;
  return undefined;
}

/** What has changed of somebody's seat. */
function moveOf(was: Other | undefined, is: Other): string | undefined {
  if (was === undefined || was.seat === is.seat) return undefined;
  if (is.seat === 'left') return words.call.leftNow(is.name);
  if (is.seat === 'away') return words.call.wentAway(is.name);
  if (is.seat === 'hold') return words.call.onHold(is.name);
  return (was.seat === 'away' || was.seat === 'hold') && is.seat === 'here' ? words.call.cameBack(is.name) : undefined;
}

/** Whether the connection that matters in this state is lost. */
export function lost(view: CallerView): boolean {
  return view.state.phase === 'connected' ? view.media === 'lost' : view.signalling === 'lost';
}
