/** One more device of one's own: a link that is good for some minutes. */
import { useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import { words } from '../../words/console';
import { LinkOnce, type MadeLink } from './LinkOnce';
import { problemOf } from './problem';

export function OwnDevice({ desk }: { readonly desk: StaffDesk }) {
  const text = words.desk.ownDevice;
  const [made, setMade] = useState<MadeLink>();
  const [problem, setProblem] = useState<string>();
  const ask = (native: boolean): void => {
    setProblem(undefined);
    desk.office({ ask: 'one_more_device', native }).then(
      (answer) => answer.answer === 'link' && setMade({ link: answer.link, validS: answer.valid_s, whom: undefined }),
      (error: unknown) => setProblem(problemOf(error)),
    );
  };
  return (
    <section class="panel" aria-labelledby="own-device">
      <h2 class="panel__title" id="own-device">
        {text.title}
      </h2>
      {made ? (
        <LinkOnce made={made} onDone={() => setMade(undefined)} />
      ) : (
        <>
          <p class="small">{text.lead}</p>
          {problem !== undefined && <p role="alert">{problem}</p>}
          <div class="buttons">
            <button type="button" class="button" onClick={() => ask(false)}>
              {text.browser}
            </button>
            <button type="button" class="button" onClick={() => ask(true)}>
              {text.program}
            </button>
          </div>
        </>
      )}
    </section>
  );
}
