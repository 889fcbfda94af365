/** What can be said with one tap. */
import type { CallText } from '../../call/api';
import { TAPS } from '../../call/text/message';
import { words } from '../../words';

interface Props {
  readonly text: CallText;
  readonly open: boolean;
}

export function Taps({ text, open }: Props) {
  return (
    <fieldset class="taps">
      <legend class="visually-hidden">{words.written.taps}</legend>
      {TAPS.map((tap) => (
        <button
          key={tap}
          type="button"
          class="button button--plain"
          disabled={!open}
          onClick={() => text.tap(tap)}
          data-tap={tap}
        >
          {words.written.tap[tap]}
        </button>
      ))}
    </fieldset>
  );
}
