/** The queue at a glance: how many wait and for how long, counted on between two messages of the service. */
import type { QueueState } from '../../proto';
import { words } from '../../words/console';
import { useElapsed } from '../elapsed';

interface Props {
  readonly queue: QueueState | undefined;
  /** The connection to the service is lost: what is known is old. */
  readonly lost: boolean;
}

export function Line({ queue, lost }: Props) {
  const text = words.desk.line;
  const told = useElapsed(queue);
  const lostFor = useElapsed(lost);
  return (
    <section class="panel" aria-labelledby="line" data-old={lost}>
      <h2 class="panel__title" id="line">
        {text.title}
      </h2>
      {queue === undefined ? (
        <p>{text.unknown}</p>
      ) : queue.waiting === 0 ? (
        <p data-waiting={0}>{lost ? text.nobodyThen : text.nobody}</p>
      ) : (
        <dl class="figures">
          <div>
            <dt>{text.waiting}</dt>
            <dd data-waiting={queue.waiting}>{queue.waiting}</dd>
          </div>
          <div>
            <dt>{text.longest}</dt>
            <dd>{words.desk.duration(longestWait(queue, told, lost ? lostFor : undefined))}</dd>
          </div>
        </dl>
      )}
      {lost && queue !== undefined && <p class="small">{text.old(lostFor)}</p>}
    </section>
  );
}

/** Seconds that the first has waited: counted on since it was told, but not past the loss of the connection. */
export function longestWait(queue: QueueState, toldFor: number, lostFor: number | undefined): number {
  return queue.longest_wait_s + Math.max(0, toldFor - (lostFor ?? 0));
}
