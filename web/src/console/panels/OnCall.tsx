/** With a caller. */
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { StaffView, Trouble } from '../../call/api';
import type { VerifiedMember } from '../../e2ee/api';
import type { Call } from '../../proto';
import { Confirm } from '../../ui/Confirm';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { Sound } from '../../ui/Sound';
import { words } from '../../words';
import { clock } from '../../words/english';
import { callBegan, useElapsed } from '../elapsed';
import { KeyedButton } from './KeyedButton';

interface Props {
  readonly view: StaffView;
  readonly call: Call;
  readonly audio: MediaStream;
  /** The question before the end is open. */
  readonly ending: boolean;
  readonly onMute: (muted: boolean) => void;
  readonly onEnding: (ending: boolean) => void;
  readonly onEnd: () => void;
  readonly onMicrophone: () => void;
}

export function OnCall({ view, call, audio, ending, onMute, onEnding, onEnd, onMicrophone }: Props) {
  const text = words.desk.call;
  const joined = view.members.some((member) => !member.me);
  const callerLost = call.participants.some((one) => one.role === 'caller' && !one.connected);
  const endButton = useRef<HTMLButtonElement>(null);
  const asked = useRef(false);
  useLayoutEffect(() => {
    if (asked.current && !ending) endButton.current?.focus();
    asked.current = ending;
  }, [ending]);

  return (
    <Screen name="call" title={joined ? text.title : text.opening}>
      <div class="call-line">
        <Length call={call.id} />
        {joined && !view.trouble?.startsWith('microphone') && (
          <p data-muted={view.muted}>{view.muted ? text.muted : text.live}</p>
        )}
      </div>
      {!joined && <p class="lead">{text.openingLead}</p>}
      <Sound stream={audio} label={text.tapToHear} why={text.tapToHearWhy} />
      {callerLost && (
        <Notice>
          <p>
            <strong>{text.callerLost}</strong>
          </p>
          <p>{text.callerLostLead}</p>
        </Notice>
      )}
      <CallTrouble view={view} onMicrophone={onMicrophone} />
      {ending ? (
        <Confirm
          question={text.endAsk}
          hint={text.endHint}
          yes={text.endYes}
          no={text.endNo}
          onYes={onEnd}
          onNo={() => onEnding(false)}
        />
      ) : (
        <div class="buttons">
          <KeyedButton
            kind="plain"
            letter="M"
            label={view.muted ? text.unmute : text.mute}
            onPress={() => onMute(!view.muted)}
          >
            <Icon name={view.muted ? 'microphone-off' : 'microphone'} />
          </KeyedButton>
          <KeyedButton kind="quiet" letter="E" label={text.end} button={endButton} onPress={() => onEnding(true)} />
        </div>
      )}
      <div class="trio">
        <section class="panel" aria-labelledby="who-can-hear">
          <h2 class="panel__title" id="who-can-hear">
            {text.whoTitle}
          </h2>
          {view.members.length === 0 ? (
            <p class="small">{text.whoWait}</p>
          ) : (
            <ul class="people" data-people>
              {view.members.map((member) => (
                <li key={member.leaf}>
                  <Icon name="person" />
                  {personOf(member)}
                </li>
              ))}
            </ul>
          )}
        </section>
        <section class="panel" aria-labelledby="safety-words">
          <h2 class="panel__title" id="safety-words">
            {text.safetyTitle}
          </h2>
          {view.words === undefined ? (
            <p class="small">{view.refusal === 'words-mismatch' ? text.safetyNone : text.safetyWait}</p>
          ) : (
            <>
              <p class="safety" data-safety-words translate={false}>
                {view.words.join(' ')}
              </p>
              <p class="small">{text.safetyLead}</p>
            </>
          )}
        </section>
        <section class="panel" aria-labelledby="quality">
          <h2 class="panel__title" id="quality">
            {text.qualityTitle}
          </h2>
          <p role="status" data-quality>
            {text.quality[qualityOf(view)]}
          </p>
        </section>
      </div>
    </Screen>
  );
}

function Length({ call }: { readonly call: string }) {
  const before = useMemo(() => {
    const now = Date.now();
    return Math.floor((now - callBegan(call, now)) / 1000);
  }, [call]);
  return (
    <p class="timer" role="timer" aria-label={words.desk.call.duration}>
      {clock(before + useElapsed(call))}
    </p>
  );
}

function CallTrouble({ view, onMicrophone }: { readonly view: StaffView; readonly onMicrophone: () => void }) {
  const text = words.desk;
  switch (view.trouble) {
    case undefined:
    case 'server-unreachable':
    case 'session-over':
      return null;
    case 'microphone-refused':
    case 'microphone-missing':
    case 'microphone-busy':
      return (
        <Notice>
          <p>
            <strong>{text.call.microphone}</strong> {text.trouble[view.trouble].lead}
          </p>
          <button type="button" class="button" onClick={onMicrophone}>
            {text.call.microphoneAgain}
          </button>
        </Notice>
      );
    case 'server-misbehaved':
      // With mismatched words, or before anybody is in, nothing is known to be safe; else the last good epoch goes on.
      if (view.refusal !== 'words-mismatch' && view.members.some((member) => !member.me)) {
        return (
          <Notice>
            <p>{text.call.refused}</p>
            {view.refusal !== undefined && <p class="small">{text.refusal(view.refusal)}</p>}
          </Notice>
        );
      }
      return <PlainTrouble trouble={view.trouble} refusal={view.refusal} />;
    default:
      return <PlainTrouble trouble={view.trouble} refusal={view.refusal} />;
  }
}

interface PlainTroubleProps {
  readonly trouble: Trouble;
  readonly refusal: string | undefined;
}

function PlainTrouble({ trouble, refusal }: PlainTroubleProps) {
  const { title, lead } = words.desk.trouble[trouble];
  return (
    <Notice>
      <p>
        <strong>{title}</strong>
      </p>
      <p>{lead}</p>
      {refusal !== undefined && <p class="small">{words.desk.refusal(refusal)}</p>}
    </Notice>
  );
}

function personOf({ identity, me }: VerifiedMember): string {
  if (identity.role === 'caller') return words.desk.call.caller;
  const role = words.roles[identity.role];
  return me ? words.desk.call.you(identity.name, role) : words.desk.call.person(identity.name, role);
}

/** One word for how the call does, from what is known and not from guesses. */
export function qualityOf(view: StaffView): keyof typeof words.desk.call.quality {
  if (view.media === 'lost') return 'mediaLost';
  if (view.media === 'connecting') return 'opening';
  if (view.signalling === 'lost') return 'signallingLost';
  return view.hearing ? 'good' : 'silent';
}
