/** Colleagues who ask for help in silence: for clinicians and supervisors. */
import { useEffect, useRef } from 'preact/hooks';
import type { HelpWanted } from '../../proto';
import { words } from '../../words';
import { useElapsed } from '../elapsed';
import type { Ring } from '../ring';

interface Props {
  readonly help: readonly HelpWanted[];
  readonly ring: Ring;
  readonly onTake: (call: string) => void;
}

export function Help({ help, ring, onTake }: Props) {
  const text = words.desk.help;
  useBell(help, ring);
  return (
    <section class="panel" aria-labelledby="help" data-help={help.length}>
      <h2 class="panel__title" id="help">
        {text.title}
      </h2>
      <div role="status">
        {help.length === 0 ? (
          <p class="small">{text.none}</p>
        ) : (
          help.map((one) => <Asking key={one.call} one={one} onTake={onTake} />)
        )}
      </div>
      {help.some(({ helper }) => helper === null) && <p class="small">{text.hint}</p>}
    </section>
  );
}

function Asking({ one, onTake }: { readonly one: HelpWanted; readonly onTake: (call: string) => void }) {
  const text = words.desk.help;
  const elapsed = useElapsed(one.call);
  return (
    <div class="asking">
      <p>
        <strong>{text.line(one.name, one.since_s + elapsed)}</strong>
      </p>
      {one.helper === null ? (
        <p>
          <button type="button" class="button button--main" onClick={() => onTake(one.call)}>
            {text.take(one.name)}
          </button>
        </p>
      ) : (
        <p class="small">{text.helper(one.helper)}</p>
      )}
    </div>
  );
}

/** One stroke for each call that nobody sees to yet, so that it is noticed behind other windows. */
function useBell(help: readonly HelpWanted[], ring: Ring): void {
  const known = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const open = help.filter(({ helper }) => helper === null).map(({ call }) => call);
    if (open.some((call) => !known.current.has(call))) ring.once();
    known.current = new Set(open);
  }, [help, ring]);
}
