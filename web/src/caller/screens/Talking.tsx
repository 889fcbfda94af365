/** With a counsellor: who can hear, the safety words, the microphone, and a gentle way to leave. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { CallerView } from '../../call/api';
import { Confirm } from '../../ui/Confirm';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { Sound } from '../../ui/Sound';
import { words } from '../../words';
import { lost } from '../announce';
import { leadOf, type Other } from '../screen';
import { TroubleNotice } from './TroubleScreen';

interface Props {
  readonly view: CallerView;
  readonly others: readonly Other[];
  readonly audio: MediaStream;
  readonly phone: string;
  readonly onMute: (muted: boolean) => void;
  readonly onLeave: () => void;
  readonly onMicrophone: () => void;
}

export function Talking({ view, others, audio, phone, onMute, onLeave, onMicrophone }: Props) {
  const [asking, setAsking] = useState(false);
  const leaveButton = useRef<HTMLButtonElement>(null);
  const back = useRef(false);
  useLayoutEffect(() => {
    if (!asking && back.current) leaveButton.current?.focus();
    back.current = asking;
  }, [asking]);

  const lead = leadOf(others);
  const name = lead?.name ?? '';
  const away = awayName(view, others);
  const cut = lost(view);
  const unheard = view.trouble?.startsWith('microphone') ?? false;
  return (
    <Screen name="call" title={words.call.title(name)}>
      {!cut && away === undefined && !unheard && (
        <p class="lead" data-hearing={view.hearing}>
          {view.muted ? words.call.muted(name) : view.hearing ? words.call.hears(name) : words.call.soon(name)}
        </p>
      )}
      <Sound stream={audio} label={words.call.tapToHear(name)} why={words.call.tapToHearWhy} />
      {cut ? (
        <Notice>
          <p>{words.link.lostCall(name)}</p>
          <p>{words.link.orPhone(phone)}</p>
        </Notice>
      ) : away === undefined ? null : (
        <Notice>
          <p>{words.call.otherLost(away)}</p>
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

/** The verified name of one whose connection is lost. The server says who is away; the name is only ever from a credential. */
function awayName(view: CallerView, others: readonly Other[]): string | undefined {
  if (view.state.phase !== 'connected') return undefined;
  const away = view.state.participants.filter((one) => one.role !== 'caller' && !one.connected);
  return others.find((other) => away.some((one) => one.role === other.role && one.name === other.name))?.name;
}
