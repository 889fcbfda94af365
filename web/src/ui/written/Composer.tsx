/** The field in which one writes. What is typed stays until it is sent or the call is over; nothing takes the focus from it. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CallText } from '../../call/api';
import { lengthOf, TEXT_LIMIT } from '../../call/text/message';
import { words } from '../../words';

interface Props {
  readonly text: CallText;
  /** Whether there is anybody to write to. */
  readonly open: boolean;
}

/** From so many characters left on, how many there are is told. */
const TOLD = 100;
export const FIELD = 'write-field';

export function Composer({ text, open }: Props) {
  const [draft, setDraft] = useState(text.draft);
  const field = useRef<HTMLTextAreaElement>(null);
  const left = TEXT_LIMIT - lengthOf(draft.trim());
  const type = (next: string): void => {
    text.draft = next;
    setDraft(next);
  };
  const send = (): void => {
    if (!text.write(draft)) return;
    type('');
    field.current?.focus();
  };
  useLayoutEffect(() => {
    // As tall as what is in it, up to what the style allows.
    const area = field.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight + 4}px`;
  }, [draft]);
  return (
    <form
      class="compose"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="compose__label" for={FIELD}>
        {words.written.field}
      </label>
      <textarea
        class="compose__field"
        id={FIELD}
        rows={2}
        value={draft}
        ref={field}
        autocomplete="off"
        enterkeyhint="send"
        aria-describedby="write-hint"
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing || touches()) return;
          event.preventDefault();
          send();
        }}
      />
      <div class="compose__foot">
        <button type="submit" class="button button--plain" disabled={!open || draft.trim() === '' || left < 0}>
          {words.written.send}
        </button>
        <p class="small" id="write-hint">
          {!open ? words.written.closed : left < TOLD ? words.written.left(left) : touches() ? '' : words.written.hint}
        </p>
      </div>
    </form>
  );
}

/** On a screen's own keyboard Enter is the only way to a new line. */
const touches = (): boolean => matchMedia('(pointer: coarse)').matches;
