/** The hours of the next day in which too few are on the rota. */
import { useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { RotaGap } from '../../proto';
import { words } from '../../words/console';
import { useEvery } from '../every';

interface Props {
  readonly desk: StaffDesk;
  /** Whether there is a connection. */
  readonly up: boolean;
}

/** How often it is asked for: who saves the rota is another supervisor, elsewhere. */
const EVERY_MS = 30_000;

export function Gaps({ desk, up }: Props) {
  const text = words.desk.wallboard.gaps;
  const [gaps, setGaps] = useState<readonly RotaGap[]>();
  const ask = async (gone: AbortSignal): Promise<void> => {
    const answer = await desk.shift({ ask: 'gaps' }).catch(() => undefined);
    if (!gone.aborted) setGaps(answer?.answer === 'gaps' ? answer.gaps : undefined);
  };
  useEvery(EVERY_MS, ask, [desk], up);
  const some = gaps !== undefined && gaps.length > 0;
  return (
    <section
      class={some ? 'panel panel--marked' : 'panel'}
      aria-labelledby="uncovered"
      data-uncovered={gaps?.length ?? 'unknown'}
    >
      <h2 class="panel__title" id="uncovered">
        {text.title}
      </h2>
      {gaps === undefined ? (
        <p>{text.unknown}</p>
      ) : gaps.length === 0 ? (
        <p>{text.none}</p>
      ) : (
        <ul class="rota__own">
          {gaps.map(({ line, title, from, until, on, needed }) => (
            <li key={`${line} ${from}`}>
              {title !== '' && `${title}, `}
              {text.one(`${text.time(from)} – ${text.time(until)}`, on, needed)}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
