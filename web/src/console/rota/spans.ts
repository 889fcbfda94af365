/** Hours of a week in words. */
import type { RotaSpan, RotaView } from '../../proto';
import { words } from '../../words/console';

/** "Monday, 23 November, 08:00 to 16:00"; over midnight with the day on which it ends. */
export function spanWords(rota: RotaView, { from, until }: RotaSpan, withDay = true): string {
  const text = words.desk.rota;
  const [first, last] = [rota.hours[from], rota.hours[until - 1]];
  if (!first || !last) return '';
  const end = rota.hours[until];
  const ends = text.clock(end?.hour ?? 0, end?.again ?? false);
  const span = text.span(text.clock(first.hour, first.again), ends);
  if (!withDay) return span;
  return last.day === first.day
    ? `${text.day(first.day)}, ${span}`
    : `${text.day(first.day)}, ${text.span(text.clock(first.hour, first.again), `${text.day(last.day)}, ${ends}`)}`;
}
