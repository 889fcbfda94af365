/** Colleagues who ask for help in silence: for clinicians and supervisors. */
import type { HelpWanted } from '../../proto';
import { words } from '../../words/console';
import { useElapsed } from '../elapsed';

interface Props {
  readonly help: readonly HelpWanted[];
  readonly onTake: ((call: string) => void) | undefined;
}

export function Help({ help, onTake }: Props) {
  const text = words.desk.help;
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

function Asking({ one, onTake }: { readonly one: HelpWanted; readonly onTake: ((call: string) => void) | undefined }) {
  const text = words.desk.help;
  const elapsed = useElapsed(one.call);
  return (
    <div class="asking">
      <p>
        <strong>{text.line(one.name, one.since_s + elapsed)}</strong>
      </p>
      {one.helper === null ? (
        onTake && (
          <p>
            <button type="button" class="button button--main" onClick={() => onTake(one.call)}>
              {text.take(one.name)}
            </button>
          </p>
        )
      ) : (
        <p class="small">{text.helper(one.helper)}</p>
      )}
    </div>
  );
}
