/** The hours in which one is on, in words. */
import type { RotaView } from '../../proto';
import { words } from '../../words/console';
import { spanWords } from './spans';

export function OwnWeek({ rota }: { readonly rota: RotaView }) {
  const text = words.desk.rota.own;
  const spans = rota.people.flatMap(({ on }) => on);
  const hours = spans.reduce((total, { from, until }) => total + until - from, 0);
  return (
    <section class="panel" data-own={spans.length}>
      <p class="small">{text.lead}</p>
      {spans.length === 0 ? (
        <p>{text.none}</p>
      ) : (
        <>
          <ul class="rota__own">
            {spans.map((span) => (
              <li key={span.from}>{spanWords(rota, span)}</li>
            ))}
          </ul>
          <p>{text.total(hours)}</p>
        </>
      )}
    </section>
  );
}
