/** A coordinator's own cards: open one, bring the person to the right agency, close it. */
import { useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../../call/api';
import type { TriageCard, TriageCode, TriageCodes, TriageRequest } from '../../proto';
import { words } from '../../words/console';
import { useServices } from '../services/held';
import { useCards } from './cards';
import { Next } from './Next';
import { Pick } from './Pick';

interface Props {
  readonly desk: StaffDesk;
  readonly view: StaffView;
}

export function Cards({ desk, view }: Props) {
  const text = words.desk.triage;
  const { own, failed, problem, act, refresh } = useCards(desk);
  const held = useServices(desk, view.signalling);
  /** The card that is worked on; the newest open one where none was chosen. */
  const [chosen, setChosen] = useState<string>();

  if (!own) {
    return (
      <>
        <p class="lead" role="status" data-triage={failed ? 'failed' : 'loading'}>
          {failed ? text.failed : text.loading}
        </p>
        {failed && (
          <button type="button" class="button" onClick={() => void refresh()}>
            {text.again}
          </button>
        )}
      </>
    );
  }
  const { cards, codes } = own;
  const open = cards.filter((card) => card.outcome === null);
  const over = cards.filter((card) => card.outcome !== null);
  const current = open.find((card) => card.card === chosen) ?? open[0];
  const openCard = async (need: string): Promise<void> => {
    const card = await act({ ask: 'open', need });
    if (card !== undefined) setChosen(card);
  };

  return (
    <>
      <p>{text.lead}</p>
      {problem !== undefined && (
        <p class="field__problem" role="alert">
          {problem}
        </p>
      )}
      <Pick
        id="need"
        label={text.need}
        codes={codes.needs}
        submit={text.open}
        act="open"
        main
        onPick={(need) => void openCard(need)}
      />
      <h2 class="subheading">{text.mine}</h2>
      {open.length === 0 && <p data-triage="empty">{text.none}</p>}
      <ul class="triage-list">
        {open.map((card) => (
          <li key={card.card} class="panel triage-card" data-card={card.card}>
            {card === current ? (
              <h3 class="panel__title">
                {named(codes.needs, card.need)} <span class="triage-card__since">{text.since(card.opened)}</span>
              </h3>
            ) : (
              <button type="button" class="button button--quiet" onClick={() => setChosen(card.card)}>
                {named(codes.needs, card.need)}, {text.since(card.opened)}
              </button>
            )}
            <Tries card={card} codes={codes} />
            {card === current && (
              <Next
                card={card}
                codes={codes}
                held={held}
                offline={view.signalling === 'lost'}
                act={(ask: TriageRequest) => void act(ask)}
              />
            )}
          </li>
        ))}
      </ul>
      <h2 class="subheading">{text.over}</h2>
      <p class="small">{text.keptFor(codes.keep_days)}</p>
      {over.length === 0 ? (
        <p>{text.overNone}</p>
      ) : (
        <ul class="triage-over">
          {over.map((card) => (
            <li key={card.card}>
              <strong>{named(codes.needs, card.need)}</strong>, {text.since(card.opened)}:{' '}
              {text.closedAs(named(codes.outcomes, card.outcome ?? ''), card.kept_until)}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** What was tried, in order. Read out when a desk of this line answers. */
function Tries({ card, codes }: { readonly card: TriageCard; readonly codes: TriageCodes }) {
  const text = words.desk.triage;
  return (
    <div role="status">
      {card.tries.length > 0 && (
        <ol class="triage-tries" aria-label={text.tries}>
          {card.tries.map((tried) => (
            <li key={tried.at} data-reply={tried.reply ?? 'none'}>
              {text.tried(tried.agency ?? text.line, named(codes.reasons, tried.reason), tried.at)}
              {tried.reply !== null && (
                <>
                  {': '}
                  <strong>
                    {tried.reply === 'refused'
                      ? text.reply.refused(named(codes.refusals, tried.why ?? ''))
                      : text.reply[tried.reply]}
                  </strong>
                </>
              )}
            </li>
          ))}
        </ol>
      )}
      {card.handed_over !== null && <p data-handed-over>{text.handedOver(card.handed_over, card.opened)}</p>}
    </div>
  );
}

/** The name of a code; the code where the operator has taken it away. */
function named(list: readonly TriageCode[], code: string): string {
  return list.find((known) => known.code === code)?.name ?? code;
}
