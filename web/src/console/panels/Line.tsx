/** The queue at a glance. */
import type { QueueState } from '../../proto';
import { words } from '../../words';
import { useElapsed } from '../elapsed';

export function Line({ queue }: { readonly queue: QueueState | undefined }) {
  const text = words.desk.line;
  const longest = (queue?.longest_wait_s ?? 0) + useElapsed(queue);
  const waiting = queue?.waiting;
  return (
    <section class="panel" aria-labelledby="line">
      <h2 class="panel__title" id="line">
        {text.title}
      </h2>
      <dl class="figures">
        <div>
          <dt>{text.waiting}</dt>
          <dd data-waiting>{waiting ?? text.unknown}</dd>
        </div>
        <div>
          <dt>{text.longest}</dt>
          <dd>{waiting === undefined ? text.unknown : waiting === 0 ? text.none : words.desk.duration(longest)}</dd>
        </div>
      </dl>
    </section>
  );
}
