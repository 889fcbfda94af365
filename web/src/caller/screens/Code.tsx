/** Coming back by the code of a follow-up, or deleting what was booked by it. Joining without one is always one tap away. */
import { useId, useState } from 'preact/hooks';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';

interface Props {
  readonly refused: 'unknown' | 'busy' | undefined;
  readonly onCome: (code: string) => void;
  readonly onNew: () => void;
  readonly onForget: (code: string) => Promise<void>;
  readonly onBack: () => void;
}

type Deletion = 'none' | 'under-way' | 'done' | 'failed';

export function Code({ refused, onCome, onNew, onForget, onBack }: Props) {
  const text = words.code;
  const field = useId();
  const [code, setCode] = useState('');
  const [deletion, setDeletion] = useState<Deletion>('none');
  const empty = code.trim() === '';
  const forget = (): void => {
    setDeletion('under-way');
    onForget(code).then(
      () => setDeletion('done'),
      () => setDeletion('failed'),
    );
  };
  return (
    <Screen name="code" title={text.title}>
      <p class="lead">{text.lead}</p>
      {refused !== undefined && deletion === 'none' && (
        <Notice>
          <p data-code-refused={refused}>{text.refused[refused]}</p>
        </Notice>
      )}
      <div role="status">
        {deletion === 'done' && <p>{text.deleted}</p>}
        {deletion === 'failed' && <p>{text.notDeleted}</p>}
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!empty) onCome(code);
        }}
      >
        <label class="code-label" for={field}>
          {text.label}
        </label>
        <input
          class="code-input"
          id={field}
          type="text"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          maxLength={120}
          value={code}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
        <div class="buttons">
          <button type="submit" class="button button--main" disabled={empty}>
            {text.come}
          </button>
          <button type="button" class="button button--plain" onClick={onNew} data-talk>
            {text.without}
          </button>
        </div>
      </form>
      <p class="small">{text.deleteHint}</p>
      <div class="buttons">
        <button
          type="button"
          class="button button--quiet"
          disabled={empty || deletion === 'under-way'}
          onClick={forget}
        >
          {text.delete}
        </button>
        <button type="button" class="button button--quiet" onClick={onBack}>
          {text.back}
        </button>
      </div>
    </Screen>
  );
}
