/** With a caller. */
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { CallText, StaffView, Trouble } from '../../call/api';
import { seated } from '../../call/seats';
import type { Call } from '../../proto';
import { Confirm } from '../../ui/Confirm';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { Sound } from '../../ui/Sound';
import { words } from '../../words/console';
import { clock } from '../../words/english';
import { callBegan, useElapsed } from '../elapsed';
import { FirstMinute } from '../opening/FirstMinute';
import { Held } from '../written/Held';
import { Written } from '../written/Written';
import { KeyedButton } from './KeyedButton';
import { People, Safety } from './People';

interface Props {
  readonly view: StaffView;
  readonly call: Call;
  readonly audio: MediaStream;
  readonly text: CallText;
  /** The loudspeaker; empty is the browser's own choice. */
  readonly sink: string;
  /** The question before the end is open. */
  readonly ending: boolean;
  readonly onMute: (muted: boolean) => void;
  readonly onHold: (held: boolean) => void;
  readonly onEnding: (ending: boolean) => void;
  readonly onEnd: () => void;
  readonly onMicrophone: () => void;
  /** Goes out of the call, which goes on without this counsellor. */
  readonly onLeave: () => void;
}

export function OnCall({
  view,
  call,
  audio,
  text: written,
  sink,
  ending,
  onMute,
  onHold,
  onEnding,
  onEnd,
  onMicrophone,
  onLeave,
}: Props) {
  const text = words.desk.call;
  const joined = view.members.some((member) => !member.me);
  const people = seated(view.members, call.participants, call.slot);
  const inCharge = leads(call);
  const { team } = words.desk;
  const { holding, holdTold } = view.conversation;
  const callerLost = call.participants.some((one) => one.role === 'caller' && !one.connected);
  const quality = qualityOf(view);
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
          <p data-muted={view.muted}>{holding ? words.desk.written.hold.line : view.muted ? text.muted : text.live}</p>
        )}
      </div>
      {!joined && <p class="lead">{text.openingLead}</p>}
      <Sound stream={audio} sink={sink} label={text.tapToHear} why={text.tapToHearWhy} />
      {callerLost && (
        <Notice>
          <p>
            <strong>{text.callerLost}</strong>
          </p>
          <p>{text.callerLostLead}</p>
        </Notice>
      )}
      {holding && <Held told={holdTold} />}
      <CallTrouble view={view} onMicrophone={onMicrophone} />
      {ending ? (
        <Confirm
          question={inCharge ? text.endAsk : team.leaveAsk}
          hint={inCharge ? text.endHint : team.leaveHint}
          yes={inCharge ? text.endYes : team.leaveYes}
          no={inCharge ? text.endNo : team.no}
          onYes={inCharge ? onEnd : onLeave}
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
          {(inCharge || holding) && joined && (
            <KeyedButton
              kind={holding ? 'main' : 'plain'}
              letter="O"
              label={holding ? words.desk.written.hold.back : words.desk.written.hold.hold}
              onPress={() => onHold(!holding)}
            />
          )}
          <KeyedButton
            kind="quiet"
            letter="E"
            label={inCharge ? text.end : team.leave}
            button={endButton}
            onPress={() => onEnding(true)}
          />
        </div>
      )}
      {inCharge && joined && <FirstMinute call={call.id} />}
      <Written view={view} text={written} />
      <div class="trio">
        <People title={text.whoTitle} people={people} />
        <Safety list={view.words} lost={view.refusal === 'words-mismatch'} lead={text.safetyLead} />
        <section class="panel" aria-labelledby="quality">
          <h2 class="panel__title" id="quality">
            {text.qualityTitle}
          </h2>
          <p role="status" data-quality={quality}>
            {holding ? words.desk.written.hold.quality : text.quality[quality]}
          </p>
        </section>
      </div>
    </Screen>
  );
}

/** Whether this counsellor is in charge. Whoever is not can leave; the call goes on. */
export function leads(call: Call): boolean {
  return call.participants.some(({ slot, lead }) => slot === call.slot && lead);
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

export function CallTrouble({ view, onMicrophone }: { readonly view: StaffView; readonly onMicrophone: () => void }) {
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

/** One word for how the call does, from what is known and not from guesses. */
export function qualityOf(view: StaffView): keyof typeof words.desk.call.quality {
  if (view.media === 'lost') return 'mediaLost';
  if (view.media === 'connecting') return 'opening';
  // Gaps are said first: they are what the two in the call notice.
  if (view.quality !== 'good' && (view.hearing || view.quality === 'gaps-there')) return view.quality;
  if (view.signalling === 'lost') return 'signallingLost';
  return view.hearing ? 'good' : 'silent';
}
