/** After a call: as long as it takes. What the operator asks of calls may be answered, and need not be. */
import { useState } from 'preact/hooks';
import type { CodeField, EndedBy } from '../../proto';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words/console';

interface Props {
  /** Unknown when the call goes on without this person. */
  readonly by: EndedBy | undefined;
  /** How many messages to the caller did not arrive. */
  readonly unsent: number;
  /** What may still be said of the call. */
  readonly fields: readonly CodeField[];
  readonly onCode: (chosen: readonly (number | null)[]) => Promise<void>;
}

export function WrapUp({ by, unsent, fields, onCode }: Props) {
  const text = words.desk.wrapUp;
  const [said, setSaid] = useState<'saving' | 'saved' | 'failed'>();
  return (
    <Screen name="wrap-up" title={by ? text.title : text.titleGoesOn}>
      <p class="lead">{by ? text.by[by] : text.goesOn}</p>
      {unsent > 0 && (
        <Notice>
          <p data-unsent={unsent}>{words.written.unsent(unsent)}</p>
        </Notice>
      )}
      <p>{text.lead}</p>
      {fields.length > 0 && said !== 'saved' && (
        <Codes
          fields={fields}
          busy={said === 'saving'}
          onSave={(chosen) => {
            setSaid('saving');
            onCode(chosen).then(
              () => setSaid('saved'),
              () => setSaid('failed'),
            );
          }}
        />
      )}
      <p role="status" data-codes={said}>
        {said === 'saved' && words.desk.figures.codes.saved}
        {said === 'failed' && words.desk.figures.codes.failed}
      </p>
    </Screen>
  );
}

interface CodesProps {
  readonly fields: readonly CodeField[];
  readonly busy: boolean;
  readonly onSave: (chosen: readonly (number | null)[]) => void;
}

function Codes({ fields, busy, onSave }: CodesProps) {
  const text = words.desk.figures.codes;
  const [chosen, setChosen] = useState<readonly (number | null)[]>(() => fields.map(() => null));
  return (
    <form
      class="panel codes"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(chosen);
      }}
    >
      <h2 class="panel__title">{text.title}</h2>
      <p class="small">{text.hint}</p>
      {fields.map((field, at) => (
        <label key={field.title} class="codes__field">
          <span class="field__label">{field.title}</span>
          <select
            class="field__input"
            value={chosen[at] === null ? '' : String(chosen[at])}
            onChange={({ currentTarget: { value } }) =>
              setChosen(chosen.map((before, other) => (other === at ? (value === '' ? null : Number(value)) : before)))
            }
          >
            <option value="">{text.none}</option>
            {field.answers.map((answer, number) => (
              <option key={answer} value={String(number)}>
                {answer}
              </option>
            ))}
          </select>
        </label>
      ))}
      <button type="submit" class="button" disabled={busy || chosen.every((answer) => answer === null)}>
        {text.save}
      </button>
    </form>
  );
}
