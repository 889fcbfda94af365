/** With a counsellor: who can hear, the safety words, the microphone, and a gentle way to leave. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CallerView, CallText } from '../../call/api';
import { Confirm } from '../../ui/Confirm';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { Sound } from '../../ui/Sound';
import { words } from '../../words';
import { together } from '../../words/english';
import { lost } from '../announce';
import { arrivingOf, isAccompanied, leadOf, type Other, staying } from '../screen';
import { Promised } from './Promised';
import { planOf } from './plan';
import { TroubleNotice } from './TroubleScreen';
import { Written } from './Written';

interface Props {
  readonly view: CallerView;
  readonly others: readonly Other[];
  readonly audio: MediaStream;
  readonly text: CallText;
  readonly phone: string;
  readonly onMute: (muted: boolean) => void;
  readonly onLeave: () => void;
  readonly onMicrophone: () => void;
}

export function Talking({ view, others, audio, text, phone, onMute, onLeave, onMicrophone }: Props) {
  const [asking, setAsking] = useState(false);
  const leaveButton = useRef<HTMLButtonElement>(null);
  const back = useRef(false);
  useLayoutEffect(() => {
    if (!asking && back.current) leaveButton.current?.focus();
    back.current = asking;
  }, [asking]);

  const there = staying(others);
  const name = leadOf(there)?.name ?? '';
  const everybody = together(there.map((other) => other.name));
  const cut = lost(view);
  const hearers = together(there.filter(({ seat }) => seat === 'here').map((other) => other.name));
  const accompanied = isAccompanied(there);
  const note = cut ? undefined : noteOf(view, there);
  const unheard = view.trouble?.startsWith('microphone') ?? false;
  return (
    <Screen name="call" title={words.call.title(everybody)}>
      {!cut && accompanied && !there.some(({ seat }) => seat === 'lost') && !unheard && (
        <p class="lead" data-hearing={view.hearing}>
          {view.muted ? words.call.muted(hearers) : view.hearing ? words.call.hears(hearers) : words.call.soon(name)}
        </p>
      )}
      <Sound stream={audio} label={words.call.tapToHear(name)} why={words.call.tapToHearWhy} />
      {cut ? (
        <Notice>
          <p>{words.link.lostCall(name)}</p>
          <p>{words.link.orPhone(phone)}</p>
        </Notice>
      ) : note === undefined ? null : (
        <Notice>
          <p data-note>{note}</p>
        </Notice>
      )}
      <TroubleNotice trouble={view.trouble} refusal={view.refusal} phone={phone} onMicrophone={onMicrophone} />
      {asking ? (
        <Confirm
          question={words.call.leaveAsk(name)}
          hint={words.call.leaveHint}
          yes={words.call.leaveYes}
          no={words.call.leaveNo}
          onYes={onLeave}
          onNo={() => setAsking(false)}
        />
      ) : (
        <div class="buttons">
          <button
            type="button"
            class="button button--plain"
            onClick={() => onMute(!view.muted)}
            data-mute={view.muted ? 'off' : 'on'}
          >
            <Icon name={view.muted ? 'microphone-off' : 'microphone'} />
            {view.muted ? words.call.unmute : words.call.mute}
          </button>
          <button
            type="button"
            class="button button--quiet"
            ref={leaveButton}
            onClick={() => setAsking(true)}
            data-leave
          >
            {words.call.leave}
          </button>
        </div>
      )}
      <Written view={view} text={text} />
      {view.conversation.plan !== null && (
        <section class="panel panel--written" aria-labelledby="plan">
          <h2 class="panel__title" id="plan">
            {words.written.plan.title}
          </h2>
          <p role="status" data-plan={view.conversation.plan}>
            {planOf(view.conversation.plan, phone)}
          </p>
        </section>
      )}
      {view.followUp && <Promised followUp={view.followUp} name={name} />}
      <div class="pair">
        <section class="panel" aria-labelledby="who-can-hear">
          <h2 class="panel__title" id="who-can-hear">
            {words.call.whoTitle}
          </h2>
          <ul class="people" data-people>
            <li>
              <Icon name="person" />
              {words.call.you}
            </li>
            {others.map((other) => (
              <li key={other.leaf}>
                <Icon name="person" />
                {words.call.person(other.name, words.roles[other.role])}
                {other.seat !== 'here' && <span class="small"> ({words.call.notes[other.seat]})</span>}
              </li>
            ))}
          </ul>
          <p class="small">{words.call.whoLead}</p>
        </section>
        <SafetyWords list={view.words} lost={view.refusal === 'words-mismatch'} lead={words.call.safetyLead(name)} />
      </div>
    </Screen>
  );
}

interface SafetyWordsProps {
  readonly list: readonly string[] | undefined;
  /** There will be none: they could not be confirmed. */
  readonly lost: boolean;
  readonly lead: string;
}

function SafetyWords({ list, lost: none, lead }: SafetyWordsProps) {
  return (
    <section class="panel" aria-labelledby="safety-words">
      <h2 class="panel__title" id="safety-words">
        {words.call.safetyTitle}
      </h2>
      {list === undefined ? (
        <p class="small">{none ? words.call.safetyNone : words.call.safetyWait}</p>
      ) : (
        <>
          <p class="safety" data-safety-words translate={false} lang="en">
            {list.join(' ')}
          </p>
          <p class="small">{lead}</p>
        </>
      )}
    </section>
  );
}

/** What the caller should know of the others now. Names are only ever from credentials; the server says who is where. */
function noteOf(view: CallerView, there: readonly Other[]): string | undefined {
  const { call, roles } = words;
  const gone = there.find(({ seat }) => seat === 'lost');
  if (gone) return call.otherLost(gone.name);
  const away = there.find(({ seat }) => seat === 'away');
  if (away) {
    const here = together(there.filter(({ seat }) => seat === 'here').map(({ name }) => name));
    return here === '' ? call.awayAlone(away.name) : call.awayNot(away.name, here);
  }
  const holder = there.find(({ seat }) => seat === 'hold');
  if (holder) {
    const here = together(there.filter(({ seat }) => seat === 'here').map(({ name }) => name));
    return here === '' ? call.onHoldAlone(holder.name) : call.onHoldNot(holder.name, here);
  }
  const arriving = arrivingOf(view);
  return arriving === undefined ? undefined : call.arriving(roles[arriving]);
}
