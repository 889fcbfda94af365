/** Colleagues, beside a call: help in silence, somebody to ask, those who are here, and to whom the call is handed over. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Call, Colleague, Manner, Participant, Role, Whom } from '../../proto';
import { Confirm } from '../../ui/Confirm';
import { words } from '../../words/console';
import type { TeamActs } from '../team';
import { KeyedButton } from './KeyedButton';

interface Props {
  readonly call: Call;
  readonly acts: TeamActs;
  /** What was asked last could not be done. */
  readonly failed: boolean;
}

type Question = { readonly kind: 'hand-over' | 'dismiss'; readonly slot: number };

/** Seats of staff in a call. */
const SEATS = 3;

/** Whether somebody can still come into the call. */
export function hasSeat(call: Call): boolean {
  return call.participants.filter(({ role }) => role !== 'caller').length < SEATS;
}

export function Team({ call, acts, failed }: Props) {
  const text = words.desk.team;
  const me = call.participants.find(({ slot }) => slot === call.slot);
  const others = call.participants.filter(({ slot, role }) => slot !== call.slot && role !== 'caller');
  const lead = others.find((one) => one.lead);
  return (
    <section class="panel team" aria-labelledby="team">
      <h2 class="panel__title" id="team">
        {text.title}
      </h2>
      {failed && <p role="status">{text.failed}</p>}
      <div class="team__acts">
        {me?.lead && <Helping call={call} acts={acts} />}
        <Others others={others} leads={me?.lead ?? false} acts={acts} />
        {me?.lead && <Asking call={call} acts={acts} />}
      </div>
      {lead && !lead.connected && (
        <>
          <p class="small">{text.takeChargeLead(lead.name ?? '')}</p>
          <button type="button" class="button button--plain" data-act="take-charge" onClick={acts.takeCharge}>
            {text.takeCharge}
          </button>
        </>
      )}
    </section>
  );
}

function Helping({ call, acts }: { readonly call: Call; readonly acts: TeamActs }) {
  const { roles } = words;
  const text = words.desk.team;
  if (call.help === undefined) {
    return (
      <div>
        <div class="buttons">
          <KeyedButton kind="plain" letter="H" label={text.help} onPress={acts.askHelp} />
        </div>
        <p class="small">{text.helpHint}</p>
      </div>
    );
  }
  const { helper, escalated } = call.help;
  return (
    <div data-help-asked={escalated ? 'louder' : 'asked'}>
      <p role="status">
        {helper
          ? text.helper(helper.name, roles[helper.role])
          : escalated
            ? words.desk.helpAlert.louder
            : text.helpAsked}
      </p>
      <div class="buttons">
        {helper && call.asked === undefined && (
          <Manners
            who={{ who: 'person', staff: helper.staff }}
            name={helper.name}
            free={helper.free}
            call={call}
            acts={acts}
          />
        )}
        <button type="button" class="button button--quiet" data-act="help-done" onClick={acts.helpDone}>
          {text.helpDone}
        </button>
      </div>
    </div>
  );
}

/** Those who are here already, with what they do, and what the one in charge can do about it. */
function Others({
  others,
  leads,
  acts,
}: {
  readonly others: readonly Participant[];
  readonly leads: boolean;
  readonly acts: TeamActs;
}) {
  const text = words.desk.team;
  const [question, setQuestion] = useState<Question>();
  const asked = others.find(({ slot, left }) => slot === question?.slot && !left);
  if (question && asked) {
    const name = asked.name ?? '';
    const handsOver = question.kind === 'hand-over';
    return (
      <Confirm
        question={handsOver ? text.handOverAsk(name) : text.dismissAsk(name)}
        hint={handsOver ? text.handOverHint : text.dismissHint}
        yes={handsOver ? text.handOverYes : text.dismissYes}
        no={text.no}
        onYes={() => {
          setQuestion(undefined);
          if (handsOver) acts.handOver(asked.slot);
          else acts.dismiss(asked.slot);
        }}
        onNo={() => setQuestion(undefined)}
      />
    );
  }
  return (
    <>
      {others.map((one) => (
        <div key={one.slot} data-colleague={one.name}>
          {noteOf(one) !== undefined && <p role="status">{noteOf(one)}</p>}
          {leads && !one.left && (
            <div class="buttons">
              {one.key_package === null && !one.arriving && (
                <button
                  type="button"
                  class="button button--plain"
                  data-act="hand-over"
                  onClick={() => setQuestion({ kind: 'hand-over', slot: one.slot })}
                >
                  {text.handOver(one.name ?? '')}
                </button>
              )}
              <button
                type="button"
                class="button button--quiet"
                data-act="dismiss"
                onClick={() => setQuestion({ kind: 'dismiss', slot: one.slot })}
              >
                {text.dismiss(one.name ?? '')}
              </button>
            </div>
          )}
        </div>
      ))}
    </>
  );
}

function noteOf(one: Participant): string | undefined {
  const text = words.desk.team;
  const name = one.name ?? '';
  if (one.left) return text.left(name);
  if (one.arriving || one.key_package !== null) return text.arriving(name);
  if (one.away) return text.away(name);
  return one.connected ? undefined : text.lost(name);
}

const NEXT: readonly Role[] = ['clinician', 'supervisor', 'counsellor'];

/** Asks somebody to come, and says how far that is. */
function Asking({ call, acts }: { readonly call: Call; readonly acts: TeamActs }) {
  const { roles } = words;
  const text = words.desk.team;
  const [colleagues, setColleagues] = useState<readonly Colleague[]>([]);
  const [chosen, setChosen] = useState('clinician');
  const { asked } = call;
  const idle = asked === undefined;
  const present = useRef(acts);
  present.current = acts;
  useEffect(() => {
    if (!idle) return;
    let shown = true;
    void present.current.colleagues().then((here) => {
      if (shown) setColleagues(here);
    });
    return () => {
      shown = false;
    };
  }, [idle]);
  if (asked) {
    const over = asked.progress.is === 'passed' || asked.progress.is === 'no_answer';
    return (
      <div data-asked={asked.progress.is}>
        <p role="status">{progressOf(asked.progress)}</p>
        <button type="button" class="button button--plain" data-act="stop-asking" onClick={acts.cancelInvite}>
          {over ? text.dismissed : text.stop}
        </button>
      </div>
    );
  }
  const role = NEXT.find((one) => one === chosen);
  const who: Whom = role ? { who: 'next', role } : { who: 'person', staff: chosen };
  const person = colleagues.find(({ staff }) => staff === chosen);
  return (
    <div class="field">
      <label class="field__label" for="whom">
        {text.whom}
      </label>
      <select
        id="whom"
        class="field__input"
        value={chosen}
        onFocus={() => void acts.colleagues().then(setColleagues)}
        onChange={(event) => setChosen(event.currentTarget.value)}
      >
        {NEXT.map((one) => (
          <option key={one} value={one}>
            {text.next(roles[one])}
          </option>
        ))}
        {colleagues.map(({ staff, name, role, free }) => (
          <option key={staff} value={staff} disabled={!free}>
            {free ? text.person(name, roles[role]) : text.busy(text.person(name, roles[role]))}
          </option>
        ))}
      </select>
      <div class="buttons">
        <Manners who={who} name={person?.name} free={person?.free ?? true} call={call} acts={acts} />
      </div>
      {!hasSeat(call) && <p class="small">{text.full}</p>}
    </div>
  );
}

interface MannersProps {
  readonly who: Whom;
  /** Undefined for the next one who is free. */
  readonly name: string | undefined;
  readonly free: boolean;
  readonly call: Call;
  readonly acts: TeamActs;
}

function Manners({ who, name, free, call, acts }: MannersProps) {
  const text = words.desk.team;
  const button = (manner: Manner) => (
    <button
      type="button"
      class="button button--plain"
      data-act={manner}
      disabled={!free || (manner === 'join' && !hasSeat(call))}
      onClick={() => acts.invite(who, manner)}
    >
      {text[manner](name)}
    </button>
  );
  return (
    <>
      {button('consult')}
      {button('join')}
    </>
  );
}

function progressOf(progress: NonNullable<Call['asked']>['progress']): string {
  const text = words.desk.team;
  switch (progress.is) {
    case 'looking':
      return text.looking;
    case 'ringing':
      return text.ringing(progress.name);
    case 'passed':
      return text.passed;
    case 'no_answer':
      return text.noAnswer;
  }
}
