/** In the queue: where one is, a soft tone, and a way out. */
import type { Trouble } from '../../call/api';
import { Icon } from '../../ui/Icon';
import { Notice } from '../../ui/Notice';
import { Screen } from '../../ui/Screen';
import { words } from '../../words';
import type { Screen as Shown } from '../screen';
import { TroubleNotice } from './TroubleScreen';

interface Props {
  readonly screen: Extract<Shown, { kind: 'waiting' }>;
  readonly phone: string;
  readonly lost: boolean;
  readonly trouble: Trouble | undefined;
  readonly tone: ToneControl;
  readonly onLeave: () => void;
  readonly onMicrophone: () => void;
}

/** The tone as the person has set it. */
export interface ToneControl {
  readonly on: boolean;
  /** The browser waits for a tap before it plays. */
  readonly blocked: boolean;
  set(on: boolean): void;
}

export function Waiting({ screen, phone, lost, trouble, tone, onLeave, onMicrophone }: Props) {
  const title = screen.ringing
    ? words.waiting.ringingTitle
    : screen.ahead === 0
      ? words.waiting.next
      : words.waiting.title;
  return (
    <Screen name="waiting" title={title}>
      <div class="place">
        <Breath />
        <p class="lead" data-place>
          {leadOf(screen)}
        </p>
      </div>
      <p>
        {words.waiting.promise} {words.waiting.nobodyHears}
      </p>
      {lost && (
        <Notice>
          <p>{words.link.lostWaiting}</p>
          <p>{words.link.orPhone(phone)}</p>
        </Notice>
      )}
      {!lost && !screen.onShift && (
        <Notice>
          <p>{words.waiting.noShift(phone)}</p>
        </Notice>
      )}
      <TroubleNotice trouble={trouble} refusal={undefined} phone={phone} onMicrophone={onMicrophone} />
      <div class="buttons">
        <ToneButton tone={tone} />
        <button type="button" class="button button--quiet" onClick={onLeave} data-leave>
          {words.waiting.leave}
        </button>
      </div>
    </Screen>
  );
}

function leadOf({ ringing, ahead, onShift }: Props['screen']): string {
  if (ringing) return words.waiting.ringing;
  if (ahead > 0) return words.waiting.place(ahead);
  return onShift ? words.waiting.nextLead : words.waiting.nextLeadLater;
}

function ToneButton({ tone }: { readonly tone: ToneControl }) {
  const label = tone.blocked ? words.waiting.toneBlocked : tone.on ? words.waiting.toneOff : words.waiting.toneOn;
  return (
    <button type="button" class="button button--plain" onClick={() => tone.set(tone.blocked || !tone.on)}>
      <Icon name={tone.on && !tone.blocked ? 'sound' : 'sound-off'} />
      {label}
    </button>
  );
}

/** A shape that breathes slowly; still where motion is not wanted. */
export function Breath() {
  return (
    <div class="breath" aria-hidden="true">
      <span />
    </div>
  );
}
