/** A consultation: two members of staff alone. Beside a call for the one who consults, by itself for the one who is consulted. */
import type { CallText, StaffView } from '../../call/api';
import { seated } from '../../call/seats';
import type { Consultation } from '../../proto';
import { Icon } from '../../ui/Icon';
import { Screen } from '../../ui/Screen';
import { Sound } from '../../ui/Sound';
import { words } from '../../words/console';
import type { TeamActs } from '../team';
import { Written } from '../written/Written';
import { KeyedButton } from './KeyedButton';
import { CallTrouble } from './OnCall';
import { People, Safety } from './People';

interface Props {
  readonly view: StaffView;
  readonly consultation: Consultation;
  /** Whether this desk is with the caller and asked for the talk. */
  readonly host: boolean;
  /** Whether a seat in the call is free. */
  readonly seat: boolean;
  readonly audio: MediaStream;
  /** Writing with the caller. */
  readonly text: CallText;
  /** The loudspeaker; empty is the browser's own choice. */
  readonly sink: string;
  readonly acts: TeamActs;
  readonly onMute: (muted: boolean) => void;
  readonly onMicrophone: () => void;
}

export function Aside({
  view,
  consultation,
  host,
  seat,
  audio,
  text: written,
  sink,
  acts,
  onMute,
  onMicrophone,
}: Props) {
  const { aside: text, call } = words.desk;
  const members = view.aside?.members ?? [];
  const people = seated(members, consultation.participants, consultation.slot);
  const other = members.find((member) => !member.me)?.identity;
  const name = other === undefined || other.role === 'caller' ? '' : other.name;
  const joined = name !== '';
  return (
    <Screen name={host ? 'consulting' : 'consulted'} title={joined ? text.title(name) : text.opening}>
      <p class="lead">{host ? text.host : text.guest}</p>
      {joined && (
        <div class="call-line">
          <p data-muted={view.muted} data-hearing={view.aside?.hearing ?? false}>
            {view.muted ? call.mutedAside : call.live}
          </p>
        </div>
      )}
      <Sound stream={audio} sink={sink} label={text.hear(name)} why={call.tapToHearWhy} />
      <CallTrouble view={view} onMicrophone={onMicrophone} />
      <div class="buttons">
        {host ? (
          <KeyedButton kind="main" letter="B" label={text.back} onPress={acts.endConsult} />
        ) : (
          <KeyedButton kind="plain" letter="B" label={text.leave} onPress={acts.leave} />
        )}
        {host && joined && seat && (
          <button type="button" class="button button--plain" data-act="bring-in" onClick={acts.bringIn}>
            {text.bringIn(name)}
          </button>
        )}
        <KeyedButton
          kind="plain"
          letter="M"
          label={view.muted ? call.unmute : call.mute}
          onPress={() => onMute(!view.muted)}
        >
          <Icon name={view.muted ? 'microphone-off' : 'microphone'} />
        </KeyedButton>
      </div>
      {host && joined && seat && <p class="small">{text.bringInHint}</p>}
      {host && <Written view={view} text={written} />}
      <div class="trio">
        <People title={text.who} people={people} />
        <Safety
          list={view.aside?.words}
          lost={view.refusal === 'words-mismatch'}
          lead={words.desk.call.safetyLeadAside}
        />
      </div>
    </Screen>
  );
}
