/** Until when whose training is valid: for supervisors and administrators. */
import { useCallback, useEffect, useState } from 'preact/hooks';
import type { StaffDesk } from '../../call/api';
import type { TrainingView } from '../../proto';
import { words } from '../../words/console';
import { WARNED_DAYS } from './mine';

interface Props {
  readonly desk: StaffDesk;
  readonly lost: boolean;
}

export function Training({ desk, lost }: Props) {
  const text = words.desk.training;
  const [people, setPeople] = useState<readonly TrainingView[]>();
  const [failed, setFailed] = useState(false);
  const [said, setSaid] = useState('');
  const fetch = useCallback(async (): Promise<void> => {
    const answer = await desk.shift({ ask: 'training' }).catch(() => undefined);
    setFailed(answer?.answer !== 'training');
    if (answer?.answer === 'training') setPeople(answer.people);
  }, [desk]);
  useEffect(() => {
    if (!lost) void fetch();
  }, [fetch, lost]);
  const set = async (one: TrainingView, until: string | null): Promise<void> => {
    setSaid('');
    const answer = await desk.shift({ ask: 'set_training', staff: one.staff, until }).catch(() => undefined);
    if (answer?.answer !== 'done') {
      setFailed(true);
      return;
    }
    await fetch();
    setSaid(text.saved(one.name));
  };
  return (
    <section class="panel training" aria-labelledby="training" data-training={people?.length ?? 'none'}>
      <h2 class="panel__title" id="training">
        {text.title}
      </h2>
      <p class="small">{text.lead}</p>
      <p role="status">{failed ? text.failed : said}</p>
      {failed && (
        <button type="button" class="button button--small" onClick={() => void fetch()}>
          {text.again}
        </button>
      )}
      {people === undefined ? (
        !failed && <p>{text.loading}</p>
      ) : people.length === 0 ? (
        <p>{text.nobody}</p>
      ) : (
        <ul class="training__people">
          {people.map((one) => (
            <One key={`${one.staff} ${one.until}`} one={one} lost={lost} onSet={(until) => void set(one, until)} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface OneProps {
  readonly one: TrainingView;
  readonly lost: boolean;
  readonly onSet: (until: string | null) => void;
}

function One({ one, lost, onSet }: OneProps) {
  const text = words.desk.training;
  const [until, setUntil] = useState(one.until ?? '');
  const { days_left: left } = one;
  const soon = left !== null && left <= WARNED_DAYS;
  return (
    <li data-trained={one.name} data-soon={soon}>
      <form
        class="training__one"
        onSubmit={(event) => {
          event.preventDefault();
          onSet(until === '' ? null : until);
        }}
      >
        <label for={`training-${one.staff}`}>{text.until(one.name)}</label>
        <input
          class="field__input"
          id={`training-${one.staff}`}
          type="date"
          value={until}
          onInput={(event) => setUntil(event.currentTarget.value)}
        />
        <button type="submit" class="button button--small" disabled={lost || until === (one.until ?? '')}>
          {text.save}
        </button>
        <span class={soon ? 'training__left training__left--soon' : 'training__left'}>
          {left === null ? text.none : text.left(left)}
        </span>
      </form>
    </li>
  );
}
