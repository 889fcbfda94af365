/** One thing out of a list, and what is done with it. */
import { useRef } from 'preact/hooks';
import type { TriageCode } from '../../proto';

interface Props {
  readonly id: string;
  readonly label: string;
  readonly codes: readonly TriageCode[];
  readonly submit: string;
  readonly act: string;
  readonly main?: boolean;
  readonly onPick: (code: string) => void;
}

export function Pick({ id, label, codes, submit, act, main = false, onPick }: Props) {
  const select = useRef<HTMLSelectElement>(null);
  return (
    <form
      class="pick"
      onSubmit={(event) => {
        event.preventDefault();
        const code = select.current?.value;
        if (code) onPick(code);
      }}
    >
      <label class="field__label" for={id}>
        {label}
      </label>
      <div class="inline">
        <select class="field__input" id={id} ref={select}>
          {codes.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
        <button type="submit" class={main ? 'button button--main' : 'button'} data-act={act}>
          {submit}
        </button>
      </div>
    </form>
  );
}
