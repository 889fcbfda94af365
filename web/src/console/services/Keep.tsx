/** The directory as an administrator keeps it: what is due for a review first; add, change, retire; tables in and out. */
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { ServiceDetails, ServiceEntry, ServicesAnswer, ServicesRequest } from '../../proto';
import { words } from '../../words/console';
import { problemOf } from '../office/problem';
import { ReviewNote } from './Card';
import { Edit } from './Edit';
import { byReview, reviewOf } from './review';
import { indexOf, search } from './search';
import { Tables } from './Tables';

const SHOW = ['all', 'due', 'offered', 'retired'] as const;
type Show = (typeof SHOW)[number];

const EMPTY: ServiceDetails = {
  name: '',
  purpose: '',
  areas: [],
  families: false,
  phone: '',
  text: '',
  web: '',
  hours: '',
  languages: [],
  cost: '',
  referral: '',
  tags: [],
  owner: '',
  review: null,
};

/** What is being written: a new entry, or one that there is. */
type Editing = { readonly entry: ServiceEntry | undefined };

export function Keep({ desk }: { readonly desk: StaffDesk }) {
  const text = words.desk.services;
  const [entries, setEntries] = useState<readonly ServiceEntry[]>();
  const [problem, setProblem] = useState<string>();
  const [said, setSaid] = useState('');
  const [looked, setLooked] = useState('');
  const [show, setShow] = useState<Show>('all');
  const [editing, setEditing] = useState<Editing>();

  const ask = useCallback(
    async (request: ServicesRequest): Promise<ServicesAnswer | undefined> => {
      try {
        setProblem(undefined);
        return await desk.services(request);
      } catch (error) {
        setProblem(problemOf(error));
        return undefined;
      }
    },
    [desk],
  );
  const refresh = useCallback(async (): Promise<void> => {
    const answer = await ask({ ask: 'keep' });
    if (answer?.answer === 'list') setEntries(answer.entries);
  }, [ask]);
  useEffect(() => void refresh(), [refresh]);

  const shown = useMemo(() => {
    const now = new Date();
    const wanted = (entries ?? []).filter((entry) => isShown(entry, show, now));
    return looked.trim() === '' ? byReview(wanted, now) : search(indexOf(wanted), looked);
  }, [entries, show, looked]);

  if (editing) {
    return (
      <Edit
        key={editing.entry?.service ?? 'new'}
        entry={editing.entry}
        start={editing.entry?.details ?? EMPTY}
        problem={problem}
        ask={ask}
        onDone={(name) => {
          setEditing(undefined);
          if (name !== undefined) setSaid(text.keep.kept(name));
          void refresh();
        }}
      />
    );
  }
  if (!entries) {
    return (
      <>
        <p class="lead" role="status" data-services={problem === undefined ? 'loading' : 'failed'}>
          {problem ?? words.desk.frame.loading}
        </p>
        {problem !== undefined && (
          <button type="button" class="button" onClick={() => void refresh()}>
            {text.keep.again}
          </button>
        )}
      </>
    );
  }

  const retire = async (entry: ServiceEntry): Promise<void> => {
    const { service, version, retired } = entry;
    const answer = await ask({ ask: 'retire', service, based_on: version, retired: !retired });
    if (answer?.answer === 'kept') setSaid(text.keep.retired(entry.details.name, !retired));
    else if (answer?.answer === 'stale') setSaid(text.keep.staleList);
    await refresh();
  };

  return (
    <>
      {problem !== undefined && (
        <p class="field__problem" role="alert">
          {problem}
        </p>
      )}
      <p role="status">{said}</p>
      <div class="keep-bar">
        <div>
          <label class="field__label" for="keep-look">
            {text.look}
          </label>
          <input
            class="field__input"
            type="search"
            id="keep-look"
            autocomplete="off"
            value={looked}
            onInput={(event) => setLooked(event.currentTarget.value)}
          />
        </div>
        <div>
          <label class="field__label" for="keep-show">
            {text.keep.show}
          </label>
          <select
            class="field__input"
            id="keep-show"
            value={show}
            onChange={(event) => setShow(SHOW.find((known) => known === event.currentTarget.value) ?? 'all')}
          >
            {SHOW.map((kind) => (
              <option key={kind} value={kind}>
                {text.keep.kinds[kind]} ({entries.filter((entry) => isShown(entry, kind, new Date())).length})
              </option>
            ))}
          </select>
        </div>
        <button type="button" class="button button--main" onClick={() => setEditing({ entry: undefined })}>
          {text.keep.add}
        </button>
      </div>
      {shown.length === 0 && (
        <p data-services="empty">{entries.length === 0 ? text.keep.empty : text.keep.noneShown}</p>
      )}
      <ul class="keep-list">
        {shown.map((entry) => (
          <li key={entry.service} class="keep-row" data-service={entry.details.name}>
            <div>
              <h2 class="panel__title">
                {entry.details.name}
                {entry.retired && <span class="keep-row__retired"> {text.keep.isRetired}</span>}
              </h2>
              <p class="small">
                {[entry.details.phone, entry.details.text, entry.details.web].filter(Boolean).join(' · ')}
              </p>
              <ReviewNote entry={entry} />
              {entry.details.owner !== '' && <p class="small">{text.keep.ownedBy(entry.details.owner)}</p>}
            </div>
            <div class="keep-row__acts">
              <button type="button" class="button button--small" data-act="edit" onClick={() => setEditing({ entry })}>
                {text.keep.edit}
                <span class="visually-hidden"> {entry.details.name}</span>
              </button>
              <button
                type="button"
                class="button button--small button--quiet"
                data-act="retire"
                onClick={() => void retire(entry)}
              >
                {entry.retired ? text.keep.bringBack : text.keep.retire}
                <span class="visually-hidden"> {entry.details.name}</span>
              </button>
            </div>
          </li>
        ))}
      </ul>
      <Tables ask={ask} onTaken={() => void refresh()} />
    </>
  );
}

function isShown(entry: ServiceEntry, show: Show, now: Date): boolean {
  switch (show) {
    case 'all':
      return true;
    case 'due':
      return !entry.retired && reviewOf(entry, now).is !== 'good';
    case 'offered':
      return !entry.retired;
    case 'retired':
      return entry.retired;
  }
}
