/** Whether this computer reaches the relay, before a call depends on it. */
import { useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import { type Path, PathFailed } from '../../call/path-check';
import { words } from '../../words/console';

type Result = 'untested' | 'testing' | 'no-path' | 'no-answer' | Path;

export function PathTest({ desk }: { readonly desk: StaffDesk }) {
  const text = words.desk.path;
  const [result, setResult] = useState<Result>('untested');
  const test = (): void => {
    setResult('testing');
    desk.checkPath().then(setResult, (failure: unknown) => {
      setResult(failure instanceof PathFailed ? failure.trouble : 'no-answer');
    });
  };
  const known = typeof result === 'object';
  return (
    <section class="panel" aria-labelledby="path" data-path={known ? result.way : result}>
      <h2 class="panel__title" id="path">
        {text.title}
      </h2>
      <p class="small" role="status">
        {known ? text.reached(result.way, result.roundTrip) : text.is[result]}
      </p>
      <div class="buttons">
        <button
          type="button"
          class="button"
          data-act="path"
          aria-disabled={result === 'testing'}
          onClick={() => result !== 'testing' && test()}
        >
          {result === 'untested' || result === 'testing' ? text.test : text.again}
        </button>
      </div>
    </section>
  );
}
