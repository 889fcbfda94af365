/** A supervisor's week: whom to plan, the grid, where too few are on, saving, and copying to the week after. */
import { useState } from 'preact/hooks';
import type { RotaView } from '../../proto';
import { Confirm } from '../../ui/Confirm';
import { words } from '../../words/console';
import type { Overtaken, useRota } from './follow';
import { Grid } from './Grid';
import { spanWords } from './spans';
import { counts, gapsOf, untrained, withHour, withNeeded } from './week';

interface Props {
  readonly follow: ReturnType<typeof useRota>;
  readonly rota: RotaView;
  readonly lost: boolean;
}

const NEEDED = 'needed';
/** Gaps that are named one by one. */
const NAMED = 8;

export function Planner({ follow, rota, lost }: Props) {
  const text = words.desk.rota;
  const { draft, changed, said } = follow;
  const [chosen, setChosen] = useState<string>();
  const [wanted, setWanted] = useState(1);
  const [after, setAfter] = useState<RotaView>();
  if (!draft) return null;
  if (rota.people.length === 0) return <p>{text.nobody}</p>;
  const present = rota.people.find(({ staff }) => staff === chosen) ?? rota.people[0];
  const numbers = chosen === NEEDED;
  const staff = numbers ? undefined : present?.staff;
  const copy = async (): Promise<void> => {
    const next = await follow.after();
    if (next?.by === null && next.at === 0) await follow.copy(next);
    else setAfter(next);
  };
  const untaught = untrained(rota, draft);
  return (
    <>
      {follow.overtaken && <WhatTheyDid rota={rota} overtaken={follow.overtaken} onSeen={follow.seen} />}
      <div class="rota__choose">
        <label class="field__label" for="whom-to-plan">
          {text.choose}
        </label>
        <select
          class="field__input"
          id="whom-to-plan"
          value={numbers ? NEEDED : present?.staff}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {rota.people.map((one) => (
            <option key={one.staff} value={one.staff}>
              {text.person(
                one.answers ? one.name : text.elsewhere(one.name),
                draft.on.get(one.staff)?.filter(Boolean).length ?? 0,
              )}
            </option>
          ))}
          <option value={NEEDED}>{text.needed}</option>
        </select>
        {numbers && (
          <>
            <label class="field__label" for="how-many">
              {text.neededNumber}
            </label>
            <input
              class="field__input rota__number"
              id="how-many"
              type="number"
              min="0"
              max="99"
              value={wanted}
              onInput={(event) => {
                const number = event.currentTarget.valueAsNumber;
                if (Number.isInteger(number) && number >= 0 && number <= 99) setWanted(number);
              }}
            />
          </>
        )}
        <p class="small">{text.hint}</p>
      </div>
      <div class="rota__columns">
        <Grid
          rota={rota}
          who={numbers ? text.needed : (present?.name ?? '')}
          on={staff === undefined ? undefined : draft.on.get(staff)}
          have={counts(rota, draft)}
          needed={draft.needed}
          onPaint={(place, on) =>
            follow.change((now) =>
              staff === undefined ? withNeeded(now, place, wanted) : withHour(now, staff, place, on),
            )
          }
        />
        <div>
          <Gaps rota={rota} gaps={gapsOf(rota, draft)} />
          {untaught.map((name) => (
            <p key={name} class="rota__marked" data-untrained={name}>
              {text.untrained(name)}
            </p>
          ))}
          <p role="status" data-said={said ?? (changed ? 'unsaved' : 'none')}>
            {said === 'saving' && text.saving}
            {said === 'saved' && !changed && text.saved}
            {said === 'notSaved' && text.notSaved}
            {said === 'copied' && !changed && text.copy.done}
            {said === 'copyFailed' && text.copy.failed}
            {said === undefined && changed && text.unsaved}
          </p>
          <div class="buttons">
            <button
              type="button"
              class="button button--main"
              data-act="save"
              disabled={!changed || lost || said === 'saving'}
              onClick={() => void follow.save()}
            >
              {text.save}
            </button>
            <button type="button" class="button" data-act="undo" disabled={!changed} onClick={follow.undo}>
              {text.undo}
            </button>
          </div>
          {after ? (
            <Confirm
              question={text.copy.ask}
              hint={text.copy.hint}
              yes={text.copy.yes}
              no={text.copy.no}
              onNo={() => setAfter(undefined)}
              onYes={() => {
                setAfter(undefined);
                void follow.copy(after);
              }}
            />
          ) : (
            <p>
              <button
                type="button"
                class="button"
                data-act="copy"
                disabled={changed || lost}
                onClick={() => void copy()}
              >
                {text.copy.submit}
              </button>
            </p>
          )}
          {changed && <p class="small">{text.copy.first}</p>}
          {rota.by !== null && <p class="small">{text.by(rota.by)}</p>}
        </div>
      </div>
    </>
  );
}

function Gaps({ rota, gaps }: { readonly rota: RotaView; readonly gaps: ReturnType<typeof gapsOf> }) {
  const text = words.desk.rota.gaps;
  const hours = gaps.reduce((total, { from, until }) => total + until - from, 0);
  return (
    <section class={hours > 0 ? 'panel panel--marked' : 'panel'} aria-labelledby="gaps" data-gaps={hours}>
      <h3 class="panel__title" id="gaps">
        {text.title}
      </h3>
      <p role="status">{hours === 0 ? text.none : text.some(hours)}</p>
      {gaps.length > 0 && (
        <ul class="rota__own">
          {gaps.slice(0, NAMED).map((gap) => (
            <li key={gap.from}>{text.one(spanWords(rota, gap), gap.on, gap.needed)}</li>
          ))}
          {gaps.length > NAMED && <li>{text.more(gaps.length - NAMED)}</li>}
        </ul>
      )}
    </section>
  );
}

interface WhatTheyDidProps {
  readonly rota: RotaView;
  readonly overtaken: Overtaken;
  readonly onSeen: () => void;
}

function WhatTheyDid({ rota, overtaken, onSeen }: WhatTheyDidProps) {
  const text = words.desk.rota.overtaken;
  const { by, changes, needed } = overtaken;
  return (
    <div class="notice" role="alert" data-overtaken={changes.length}>
      <p>
        <strong>{text.title(by)}</strong>
      </p>
      <p>{text.lead}</p>
      <ul>
        {changes.flatMap(({ name, added, removed }) => [
          added.length > 0 && (
            <li key={`${name} added`}>
              {text.added(
                name,
                added.map((span) => spanWords(rota, span)),
              )}
            </li>
          ),
          removed.length > 0 && (
            <li key={`${name} removed`}>
              {text.removed(
                name,
                removed.map((span) => spanWords(rota, span)),
              )}
            </li>
          ),
        ])}
        {needed > 0 && <li>{text.needed(needed)}</li>}
        {changes.length === 0 && needed === 0 && <li>{text.nothing}</li>}
      </ul>
      <button type="button" class="button button--small" data-act="seen" onClick={onSeen}>
        {text.seen}
      </button>
    </div>
  );
}
