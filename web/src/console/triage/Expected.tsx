/** At a desk between calls: whom a coordinator brings. Rings once for each; whoever takes them says when they have come. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { TriageExpected, TriageRequest } from '../../proto';
import { words } from '../../words/console';
import { useElapsed } from '../elapsed';
import { useEvery } from '../every';
import type { Ring } from '../ring';

const EVERY_MS = 3_000;

interface Props {
  readonly desk: StaffDesk;
  readonly ring: Ring;
}

export function Expected({ desk, ring }: Props) {
  const text = words.desk.triage.expected;
  const [people, setPeople] = useState<readonly TriageExpected[]>([]);
  const [said, setSaid] = useState('');
  const look = async (gone: AbortSignal): Promise<void> => {
    // Without a connection what was told last stays.
    const answer = await desk.triage({ ask: 'expected' }).catch(() => undefined);
    if (!gone.aborted && answer?.answer === 'expected') setPeople(answer.people);
  };
  useEvery(EVERY_MS, look, [desk]);
  const known = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const open = people.filter((person) => person.taken_by === null).map((person) => person.card);
    if (open.some((card) => !known.current.has(card))) ring.once();
    known.current = new Set(open);
  }, [people, ring]);

  const act = async (ask: TriageRequest): Promise<void> => {
    setSaid('');
    const answer = await desk.triage(ask).catch(() => undefined);
    if (answer?.answer === 'expected') setPeople(answer.people);
    else setSaid(text.gone);
  };
  const waits = people.some((person) => person.taken_by === null);
  return (
    <div data-expected={people.length}>
      {/* There before the first, so that it is read out: once, and not with every second that passes. */}
      <p class="visually-hidden" role="status">
        {waits ? text.title : ''}
      </p>
      {(people.length > 0 || said !== '') && (
        <section class="panel" aria-labelledby="expected">
          <h2 class="panel__title" id="expected">
            {text.title}
          </h2>
          {people.map((person) => (
            <Person key={person.card} person={person} act={(ask) => void act(ask)} />
          ))}
          {said !== '' && <p role="alert">{said}</p>}
          {waits && <p class="small">{text.hint}</p>}
        </section>
      )}
    </div>
  );
}

interface PersonProps {
  readonly person: TriageExpected;
  readonly act: (ask: TriageRequest) => void;
}

function Person({ person, act }: PersonProps) {
  const text = words.desk.triage.expected;
  const elapsed = useElapsed(person.card);
  // What the service said last is newer than the clock that began with the first.
  const since = Math.max(person.since_s, elapsed);
  return (
    <div class="asking">
      <p>
        <strong>{text.since(person.need, since)}</strong>
      </p>
      {person.taken_by === null ? (
        <p>
          <button
            type="button"
            class="button button--main"
            data-act="take"
            onClick={() => act({ ask: 'take', card: person.card })}
          >
            {text.take}
          </button>
        </p>
      ) : person.mine ? (
        <>
          <p>{text.mine}</p>
          <div class="buttons">
            <button
              type="button"
              class="button button--main"
              data-act="came"
              onClick={() => act({ ask: 'came', card: person.card, came: true })}
            >
              {text.came}
            </button>
            <button
              type="button"
              class="button"
              data-act="not-come"
              onClick={() => act({ ask: 'came', card: person.card, came: false })}
            >
              {text.notCome}
            </button>
          </div>
        </>
      ) : (
        <p class="small">{text.takenBy(person.taken_by)}</p>
      )}
    </div>
  );
}
