/** A one-time link, shown once: to be copied and given to whom it is for. */
import { useState } from 'preact/hooks';
import { words } from '../../words/console';

export interface MadeLink {
  readonly link: string;
  readonly validS: number;
  /** Whom it is for; undefined: oneself. */
  readonly whom: string | undefined;
}

export function LinkOnce({ made, onDone }: { readonly made: MadeLink; readonly onDone: () => void }) {
  const text = words.desk.linkOnce;
  const [copied, setCopied] = useState('');
  const copy = (): void => {
    navigator.clipboard.writeText(made.link).then(
      () => setCopied(text.copied),
      () => setCopied(text.copyFailed),
    );
  };
  return (
    <div class="link-once" role="status">
      <p>{made.whom === undefined ? text.own(made.validS) : text.lead(made.whom, made.validS)}</p>
      <p class="key-text">
        <code data-link>{made.link}</code>
      </p>
      <div class="buttons">
        <button type="button" class="button" onClick={copy}>
          {text.copy}
        </button>
        <button type="button" class="button button--quiet" onClick={onDone}>
          {text.done}
        </button>
      </div>
      <p class="small">{copied}</p>
    </div>
  );
}
