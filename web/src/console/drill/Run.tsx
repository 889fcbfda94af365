/** Opening a drill, prolonging it, ending it. */
import { useState } from 'preact/hooks';
import type { DrillRequest } from '../../proto';
import { Confirm } from '../../ui/Confirm';
import { words } from '../../words/console';

/** Minutes. */
const LENGTHS = [15, 30, 60, 120] as const;

interface Props {
  /** Whether one is open. */
  readonly open: boolean;
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly act: (ask: DrillRequest) => Promise<void>;
}

export function Run({ open, busy, problem, act }: Props) {
  const text = words.desk.drill.run;
  const [minutes, setMinutes] = useState<number>(30);
  const [ending, setEnding] = useState(false);
  return (
    <section class="panel drill__part" aria-labelledby="drill-run">
      <h2 class="panel__title" id="drill-run">
        {open ? text.longer : text.title}
      </h2>
      <fieldset class="drill__minutes">
        <legend>{text.legend}</legend>
        {LENGTHS.map((one) => (
          <label class="tick" key={one}>
            <input type="radio" name="minutes" checked={minutes === one} onChange={() => setMinutes(one)} />
            {text.minutes(one)}
          </label>
        ))}
      </fieldset>
      {problem !== undefined && (
        <p class="field__problem" role="alert">
          {problem}
        </p>
      )}
      <div class="buttons">
        <button
          type="button"
          class={open ? 'button' : 'button button--main'}
          disabled={busy}
          onClick={() => void act({ ask: 'open', minutes })}
          data-act="open"
        >
          {open ? text.prolong : text.open}
        </button>
        {open && !ending && (
          <button type="button" class="button" disabled={busy} onClick={() => setEnding(true)} data-act="close">
            {text.close}
          </button>
        )}
      </div>
      {open && ending && (
        <Confirm
          question={text.closeAsk}
          hint={text.closeHint}
          yes={text.closeYes}
          no={text.closeNo}
          onYes={() => {
            setEnding(false);
            void act({ ask: 'close' });
          }}
          onNo={() => setEnding(false)}
        />
      )}
    </section>
  );
}
