/** A gentle question in place of a button: the safe answer has the focus, Escape means it too. */
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  readonly question: string;
  readonly hint: string;
  readonly yes: string;
  readonly no: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

export function Confirm({ question, hint, yes, no, onYes, onNo }: Props) {
  const stay = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => stay.current?.focus(), []);
  return (
    <div
      class="confirm"
      role="alertdialog"
      aria-labelledby="confirm-question"
      aria-describedby="confirm-hint"
      onKeyDown={(event) => {
        if (event.key === 'Escape') onNo();
      }}
    >
      <p class="confirm__question" id="confirm-question">
        {question}
      </p>
      <p id="confirm-hint">{hint}</p>
      <div class="buttons">
        <button type="button" class="button button--plain" ref={stay} onClick={onNo}>
          {no}
        </button>
        <button type="button" class="button button--quiet" onClick={onYes}>
          {yes}
        </button>
      </div>
    </div>
  );
}
