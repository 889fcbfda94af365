/** Every state of the console, by name. */
import type { StaffView, Trouble } from '../src/call/api';
import type { DeviceError } from '../src/call/device';
import type { StaffState } from '../src/proto';
import { ME, RHIAN, SAM, staffView } from './fake';

/** What the gate before the desk finds. */
export interface GateStory {
  readonly enrolled: 'no' | 'pending' | 'yes' | 'never-answers';
  readonly link?: boolean;
  readonly fails?: DeviceError['code'];
}

const call = (connected = true): StaffState => ({
  phase: 'on_call',
  call: {
    id: 'c'.repeat(32),
    slot: 1,
    participants: [
      { slot: 0, role: 'caller', name: null, connected, key_package: null },
      { slot: 1, role: 'counsellor', name: 'Sam', connected: true, key_package: null },
    ],
  },
});
const talking: Partial<StaffView> = {
  state: call(),
  members: [
    { ...SAM, me: true },
    { ...ME, me: false },
  ],
  words: ['amber', 'harbour', 'quiet', 'willow'],
  hearing: true,
  queue: { waiting: 3, longest_wait_s: 95 },
};
const STOPS: readonly Trouble[] = ['taken-over', 'credential-refused', 'no-encryption'];

export const consoleStates: Readonly<Record<string, StaffView>> = {
  'signing-in': staffView({ state: undefined, queue: undefined, name: undefined, signalling: 'connecting' }),
  unreachable: staffView({
    state: undefined,
    queue: undefined,
    name: undefined,
    signalling: 'lost',
    trouble: 'server-unreachable',
  }),
  unavailable: staffView({}),
  'unavailable-microphone-refused': staffView({ trouble: 'microphone-refused' }),
  available: staffView({ state: { phase: 'available' }, queue: { waiting: 0, longest_wait_s: 0 } }),
  'available-connection-lost': staffView({ state: { phase: 'available' }, signalling: 'lost' }),
  ringing: staffView({
    state: {
      phase: 'ringing',
      offer: {
        id: 'f'.repeat(32),
        call: 'c'.repeat(32),
        line: 'main',
        waited_s: 42,
        expires_in_ms: 20000,
        key_package: '',
      },
    },
    queue: { waiting: 2, longest_wait_s: 42 },
  }),
  'call-opening': staffView({ state: call(), media: 'connecting' }),
  call: staffView(talking),
  'call-muted': staffView({ ...talking, muted: true }),
  'call-three': staffView({ ...talking, members: [{ ...SAM, me: true }, { ...ME, me: false }, RHIAN] }),
  'call-caller-lost': staffView({ ...talking, state: call(false) }),
  'call-sound-lost': staffView({ ...talking, media: 'lost' }),
  'call-connection-lost': staffView({ ...talking, signalling: 'lost' }),
  'call-microphone-busy': staffView({ ...talking, trouble: 'microphone-busy' }),
  'call-refusal': staffView({ ...talking, trouble: 'server-misbehaved', refusal: 'unsigned-credential' }),
  'call-words-mismatch': staffView({
    ...talking,
    words: undefined,
    trouble: 'server-misbehaved',
    refusal: 'words-mismatch',
  }),
  'wrap-up': staffView({ state: { phase: 'wrap_up', call: 'c'.repeat(32), ended_by: 'caller' } }),
  'wrap-up-quick-exit': staffView({ state: { phase: 'wrap_up', call: 'c'.repeat(32), ended_by: 'quick_exit' } }),
  'wrap-up-lost': staffView({ state: { phase: 'wrap_up', call: 'c'.repeat(32), ended_by: 'lost' } }),
  ...Object.fromEntries(STOPS.map((trouble) => [`trouble-${trouble}`, staffView({ trouble })])),
};

export const gateStates: Readonly<Record<string, GateStory>> = {
  loading: { enrolled: 'never-answers' },
  'no-link': { enrolled: 'no' },
  enrol: { enrolled: 'no', link: true },
  'enrol-link-used': { enrolled: 'no', link: true, fails: 'link-used' },
  pending: { enrolled: 'pending' },
  'pending-refused': { enrolled: 'pending', fails: 'not-for-this-device' },
};
