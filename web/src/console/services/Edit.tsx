/** The form of one entry. What is wrong stands at its field; what somebody else changed meanwhile is shown, and never lost. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type {
  ServiceDetails,
  ServiceEntry,
  ServiceField,
  ServiceFlaw,
  ServicesAnswer,
  ServicesRequest,
} from '../../proto';
import { words } from '../../words/console';
import { Card } from './Card';

interface Props {
  /** The entry that is changed; none for a new one. */
  readonly entry: ServiceEntry | undefined;
  readonly start: ServiceDetails;
  readonly problem: string | undefined;
  readonly ask: (request: ServicesRequest) => Promise<ServicesAnswer | undefined>;
  /** With the name of what was kept, or without when nothing was. */
  readonly onDone: (name: string | undefined) => void;
}

/** Fields of one line, in the form's order. */
const LINES = ['phone', 'text', 'web', 'hours', 'cost', 'referral', 'owner'] as const;
/** Fields with several words, `;` between them. */
const LISTS = ['areas', 'languages', 'tags'] as const;

export function Edit({ entry, start, problem, ask, onDone }: Props) {
  const text = words.desk.services;
  const [draft, setDraft] = useState(start);
  const [lists, setLists] = useState(() => asTexts(start));
  const [flaws, setFlaws] = useState<readonly ServiceFlaw[]>([]);
  /** What somebody else made of the entry meanwhile. */
  const [theirs, setTheirs] = useState<ServiceEntry>();
  const [busy, setBusy] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useLayoutEffect(() => heading.current?.focus(), []);

  const save = async (based: ServiceEntry | undefined): Promise<void> => {
    setBusy(true);
    setFlaws([]);
    const details: ServiceDetails = { ...draft, ...asLists(lists) };
    const answer = await ask(
      based ? { ask: 'change', service: based.service, based_on: based.version, details } : { ask: 'add', details },
    );
    setBusy(false);
    if (answer?.answer === 'kept') onDone(answer.entry.details.name);
    else if (answer?.answer === 'stale') setTheirs(answer.entry);
    else if (answer?.answer === 'flawed') {
      setFlaws(answer.flaws);
      const first = answer.flaws[0]?.field ?? 'phone';
      form.current?.querySelector<HTMLElement>(`#service-${first}`)?.focus();
    }
  };
  const said = (field: ServiceField): string | undefined => {
    const flaw = flaws.find((known) => known.field === field);
    return flaw && text.flaw(flaw.what);
  };
  const whole = flaws.find((flaw) => flaw.field === null);

  return (
    <form
      class="edit"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void save(theirs ?? entry);
      }}
    >
      <h2 class="subheading" tabIndex={-1} ref={heading}>
        {entry ? text.keep.editTitle(entry.details.name) : text.keep.addTitle}
      </h2>
      {problem !== undefined && (
        <p class="field__problem" role="alert">
          {problem}
        </p>
      )}
      {whole && (
        <p class="field__problem" role="alert">
          {text.flaw(whole.what)}
        </p>
      )}
      {theirs && (
        <div class="notice" role="alert" data-stale>
          <p>
            <strong>{text.keep.stale}</strong>
          </p>
          <Card entry={theirs} />
          <p>{text.keep.staleHint}</p>
          <button
            type="button"
            class="button button--small"
            onClick={() => {
              setDraft(theirs.details);
              setLists(asTexts(theirs.details));
            }}
          >
            {text.keep.useTheirs}
          </button>
        </div>
      )}
      <Field name="name" problem={said('name')}>
        {(known) => (
          <input
            {...known}
            value={draft.name}
            onInput={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
          />
        )}
      </Field>
      <Field name="purpose" problem={said('purpose')}>
        {(known) => (
          <textarea
            {...known}
            rows={3}
            value={draft.purpose}
            // One entry, one paragraph.
            onInput={(event) => setDraft({ ...draft, purpose: event.currentTarget.value.replace(/\s*\n\s*/g, ' ') })}
          />
        )}
      </Field>
      {LINES.map((name) => (
        <Field key={name} name={name} problem={said(name)}>
          {(known) => (
            <input
              {...known}
              value={draft[name]}
              onInput={(event) => setDraft({ ...draft, [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
      {LISTS.map((name) => (
        <Field key={name} name={name} problem={said(name)}>
          {(known) => (
            <input
              {...known}
              value={lists[name]}
              onInput={(event) => setLists({ ...lists, [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
      <label class="tick">
        <input
          type="checkbox"
          id="service-families"
          checked={draft.families}
          onChange={(event) => setDraft({ ...draft, families: event.currentTarget.checked })}
        />
        {text.fields.families}
      </label>
      <Field name="review" problem={said('review')}>
        {(known) => (
          <input
            {...known}
            type="date"
            value={draft.review ?? ''}
            onInput={(event) => setDraft({ ...draft, review: event.currentTarget.value || null })}
          />
        )}
      </Field>
      <div class="buttons">
        <button type="submit" class="button button--main" disabled={busy}>
          {theirs ? text.keep.saveOver : text.keep.save}
        </button>
        <button type="button" class="button button--quiet" onClick={() => onDone(undefined)}>
          {text.keep.back}
        </button>
      </div>
    </form>
  );
}

interface Known {
  readonly id: string;
  readonly class: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
}

interface FieldProps {
  readonly name: Exclude<ServiceField, 'families'>;
  readonly problem: string | undefined;
  readonly children: (known: Known) => preact.ComponentChildren;
}

function Field({ name, problem, children }: FieldProps) {
  const { fields, hints } = words.desk.services;
  const id = `service-${name}`;
  const hint = hints[name];
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ');
  return (
    <div class={problem === undefined ? 'field' : 'field field--problem'}>
      <label class="field__label" for={id}>
        {fields[name]}
      </label>
      {hint && (
        <p class="small" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {problem !== undefined && (
        <p class="field__problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
      {children({
        id,
        class: 'field__input',
        'aria-describedby': described || undefined,
        'aria-invalid': problem !== undefined,
      })}
    </div>
  );
}

function asTexts({ areas, languages, tags }: ServiceDetails) {
  return { areas: areas.join('; '), languages: languages.join('; '), tags: tags.join('; ') };
}

function asLists(texts: ReturnType<typeof asTexts>): Pick<ServiceDetails, 'areas' | 'languages' | 'tags'> {
  const list = (text: string): string[] => text.split(';').map((word) => word.trim());
  return { areas: list(texts.areas), languages: list(texts.languages), tags: list(texts.tags) };
}
