/** Which microphone and which loudspeaker are used, before a call and in one. */
import { useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../../call/api';
import { words } from '../../words/console';
import {
  canChooseSpeaker,
  isGone,
  type Kind,
  keepDevice,
  keptDevice,
  type SoundDevice,
  useSoundDevices,
} from '../sound-devices';

interface Props {
  readonly desk: StaffDesk;
  readonly view: StaffView;
  readonly speaker: string | undefined;
  readonly onSpeaker: (id: string | undefined) => void;
}

export function Devices({ desk, view, speaker, onSpeaker }: Props) {
  const text = words.desk.devices;
  const { microphones, speakers, named } = useSoundDevices(view.microphone);
  const [microphone, setMicrophone] = useState(() => keptDevice('microphone'));
  const [failed, setFailed] = useState(false);
  const choose = (id: string | undefined): void => {
    const before = microphone;
    setMicrophone(id);
    setFailed(false);
    desk.chooseMicrophone(id).then(
      () => keepDevice('microphone', id),
      () => {
        setMicrophone(before);
        setFailed(true);
      },
    );
  };
  const chooseSpeaker = (id: string | undefined): void => {
    keepDevice('speaker', id);
    onSpeaker(id);
  };
  const gone = isGone(speaker, speakers, named);
  return (
    <section class="panel" aria-labelledby="devices">
      <h2 class="panel__title" id="devices">
        {text.title}
      </h2>
      {!named && <p class="small">{text.unnamedYet}</p>}
      <Choice kind="microphone" list={microphones} chosen={microphone} onChoose={choose} />
      {canChooseSpeaker() ? (
        <Choice kind="speaker" list={speakers} chosen={speaker} onChoose={chooseSpeaker} />
      ) : (
        <p class="small" data-no-speaker>
          {text.noSpeaker}
        </p>
      )}
      <div role="status">
        {failed && <p data-told="failed">{text.failed}</p>}
        {view.microphoneGone && (
          <p data-told="microphone-gone">{text.microphoneGone(view.microphone ?? text.default)}</p>
        )}
        {gone && <p data-told="speaker-gone">{text.speakerGone}</p>}
      </div>
    </section>
  );
}

interface ChoiceProps {
  readonly kind: Kind;
  readonly list: readonly SoundDevice[];
  readonly chosen: string | undefined;
  readonly onChoose: (id: string | undefined) => void;
}

function Choice({ kind, list, chosen, onChoose }: ChoiceProps) {
  const text = words.desk.devices;
  const there = list.some(({ id }) => id === chosen);
  return (
    <div class="field">
      <label class="field__label" for={`choose-${kind}`}>
        {text[kind]}
      </label>
      <select
        id={`choose-${kind}`}
        class="field__input"
        value={there ? chosen : ''}
        onChange={(event) => onChoose(event.currentTarget.value || undefined)}
      >
        <option value="">{text.default}</option>
        {list.map(({ id, label }, at) => (
          <option key={id} value={id}>
            {label || text.numbered[kind](at + 1)}
          </option>
        ))}
      </select>
    </div>
  );
}
