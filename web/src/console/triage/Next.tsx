/** What can be done with a card next: choose an agency, say what it said, hand over warmly, close. */
import { useRef } from 'preact/hooks';
import type { TriageCard, TriageCodes, TriageRequest } from '../../proto';
import { words } from '../../words/console';
import type { Held } from '../services/held';
import { Search } from '../services/Search';
import { Pick } from './Pick';

interface Props {
  readonly card: TriageCard;
  readonly codes: TriageCodes;
  readonly held: Held;
  readonly offline: boolean;
  readonly act: (ask: TriageRequest) => void;
}

export function Next(props: Props) {
  const { card, codes, act } = props;
  const text = words.desk.triage;
  const last = card.tries.at(-1);
  const ended = last !== undefined && last.reply !== null && last.reply !== 'accepted';
  return (
    <>
      {card.handed_over === null && (last === undefined || ended) && <Choose {...props} />}
      {card.handed_over === null && last !== undefined && !ended && <Asked {...props} />}
      <Pick
        id="outcome"
        label={text.outcome}
        codes={codes.outcomes}
        submit={text.close}
        act="close"
        main={card.handed_over !== null}
        onPick={(outcome) => act({ ask: 'close', card: card.card, outcome })}
      />
    </>
  );
}

function Choose({ card: { card }, codes, held, offline, act }: Props) {
  const text = words.desk.triage;
  const reason = useRef<HTMLSelectElement>(null);
  const ask = (service: string | null): void =>
    act({ ask: 'try', card, service, reason: reason.current?.value ?? codes.reasons[0]?.code ?? '' });
  return (
    <section aria-labelledby="choose">
      <h4 class="triage-card__step" id="choose">
        {text.choose}
      </h4>
      <label class="field__label" for="reason">
        {text.reason}
      </label>
      <p>
        <select class="field__input" id="reason" ref={reason}>
          {codes.reasons.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      </p>
      <p class="small" id="line-hint">
        {text.askLineHint}
      </p>
      <p>
        <button type="button" class="button" data-act="ask-line" aria-describedby="line-hint" onClick={() => ask(null)}>
          {text.askLine}
        </button>
      </p>
      <details class="triage-services">
        <summary>{text.orService}</summary>
        <Search
          held={held}
          offline={offline}
          under={(entry) => (
            <button type="button" class="button" data-act="ask-service" onClick={() => ask(entry.service)}>
              {text.askService}
            </button>
          )}
        />
      </details>
    </section>
  );
}

function Asked({ card: { card, tries }, codes, act }: Props) {
  const text = words.desk.triage;
  const last = tries.at(-1);
  if (!last) return null;
  if (last.agency === null) {
    return last.taken_by === null ? (
      <div data-line="waits">
        <p>{text.lineWaits}</p>
        <p>
          <button
            type="button"
            class="button"
            data-act="line-stop"
            onClick={() => act({ ask: 'heard', card, reply: 'no_answer', why: null })}
          >
            {text.lineStop}
          </button>
        </p>
      </div>
    ) : (
      <p data-line="taken">{text.lineTaken(last.taken_by)}</p>
    );
  }
  if (last.reply === 'accepted') {
    return (
      <div>
        <p>{text.warm}</p>
        <p>
          <button
            type="button"
            class="button button--main"
            data-act="hand-over"
            onClick={() => act({ ask: 'hand_over', card })}
          >
            {text.handOver}
          </button>
        </p>
      </div>
    );
  }
  return (
    <section aria-labelledby="asked">
      <h4 class="triage-card__step" id="asked">
        {text.asking(last.agency)}
      </h4>
      <div class="buttons">
        <button
          type="button"
          class="button button--main"
          data-act="accepted"
          onClick={() => act({ ask: 'heard', card, reply: 'accepted', why: null })}
        >
          {text.accepted}
        </button>
        <button
          type="button"
          class="button"
          data-act="no-answer"
          onClick={() => act({ ask: 'heard', card, reply: 'no_answer', why: null })}
        >
          {text.noAnswer}
        </button>
      </div>
      <Pick
        id="refusal"
        label={text.refusedFor}
        codes={codes.refusals}
        submit={text.refused}
        act="refused"
        onPick={(why) => act({ ask: 'heard', card, reply: 'refused', why })}
      />
    </section>
  );
}
