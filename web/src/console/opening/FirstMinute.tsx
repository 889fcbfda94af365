/** What is easily forgotten in the first minute of a call: a quiet list that goes by itself, and sooner by one press. */
import { useEffect, useState } from 'preact/hooks';
import { FIELD } from '../../ui/written/Composer';
import { words } from '../../words/console';
import { callBegan } from '../elapsed';

const MINUTE_MS = 60_000;
const AGAIN_MS = 5_000;
/** The call whose list was put away: not shown again when this screen comes back. */
let putAway: string | undefined;

export function FirstMinute({ call }: { readonly call: string }) {
  const [over, setOver] = useState(() => putAway === call || left(call) <= 0);
  useEffect(() => {
    let timer = setTimeout(goes, left(call));
    // What somebody types in does not move under them.
    function goes(): void {
      if (document.activeElement?.id === FIELD) timer = setTimeout(goes, AGAIN_MS);
      else setOver(true);
    }
    return () => clearTimeout(timer);
  }, [call]);
  if (over) return null;
  const text = words.desk.written.first;
  return (
    <section class="panel panel--opening" aria-labelledby="first-minute" data-first-minute>
      <h2 class="panel__title" id="first-minute">
        {text.title}
      </h2>
      <ul>
        {text.points.map((point) => (
          <li key={point}>{point}</li>
        ))}
      </ul>
      <button
        type="button"
        class="button button--quiet button--small"
        onClick={() => {
          putAway = call;
          setOver(true);
        }}
      >
        {text.done}
      </button>
    </section>
  );
}

function left(call: string): number {
  const now = Date.now();
  return callBegan(call, now) + MINUTE_MS - now;
}
