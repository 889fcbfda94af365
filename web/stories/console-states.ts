/** Every state of the console, by name. */
import type { StaffView, Trouble } from '../src/call/api';
import type { DeviceErrorCode } from '../src/call/device';
import { noConversation } from '../src/call/text/conversation';
import type { Call, LinkSeen, OfficeAnswer, Participant, StaffState } from '../src/proto';
import { drillPressed, drillStates } from './drill';
import { ME, RHIAN, SAM, staffView } from './fake';
import { figuresPressed, figuresStories } from './figures';
import { lists } from './follow-ups';
import { servicePresses, serviceStates } from './services-states';
import { shiftPressed, shiftStates } from './shift';
import { triagePresses, triageStates } from './triage-states';
import { holdingCaller, holdingUntold, nothingWritten, planAgreed, writtenForDesk } from './written';

/** What the gate before the desk finds. */
export interface GateStory {
  readonly enrolled: 'no' | 'yes' | 'never-answers';
  readonly link?: LinkSeen;
  /** What the link, the form or the button comes to. */
  readonly fails?: DeviceErrorCode;
  readonly signedOut?: boolean;
}

const seat = (slot: number, role: Participant['role'], name: string | null, more: object = {}): Participant => ({
  slot,
  role,
  name,
  connected: true,
  key_package: null,
  ...more,
});
const call = (connected = true, more: Partial<Call> = {}, others: readonly Participant[] = []): StaffState => ({
  phase: 'on_call',
  call: {
    id: 'c'.repeat(32),
    slot: 1,
    participants: [
      { ...seat(0, 'caller', null), connected },
      seat(1, 'counsellor', 'Sam', { lead: true, ...(more.consultation && { away: true }) }),
      ...others,
    ],
    ...more,
  },
});
/** The clinician's desk, in Sam's call. */
const guest = (sam: object, ...others: readonly Participant[]): StaffState => ({
  phase: 'on_call',
  call: {
    id: 'c'.repeat(32),
    slot: 2,
    participants: [
      seat(0, 'caller', null),
      seat(1, 'counsellor', 'Sam', sam),
      seat(2, 'clinician', 'Rhian'),
      ...others,
    ],
  },
});
const consultation = (slot: number) => ({
  id: 'd'.repeat(32),
  slot,
  participants: [seat(1, 'counsellor', 'Sam'), seat(2, 'clinician', 'Rhian')],
});
const rhianHere = seat(2, 'clinician', 'Rhian');
const talking: Partial<StaffView> = {
  state: call(),
  members: [
    { ...SAM, me: true },
    { ...ME, me: false },
  ],
  words: ['amber', 'harbour', 'quiet', 'willow'],
  hearing: true,
  conversation: nothingWritten,
  queue: { waiting: 3, longest_wait_s: 95 },
};
/** Two who talk alone, seen by one of them. */
const alone = (me: 'Sam' | 'Rhian'): StaffView['aside'] => ({
  media: 'up',
  members: [
    { ...SAM, me: me === 'Sam' },
    { ...RHIAN, leaf: 1, me: me === 'Rhian' },
  ],
  words: ['lantern', 'river', 'copper', 'meadow'],
  hearing: true,
  conversation: noConversation,
});
const invited = (manner: 'consult' | 'join'): StaffState => ({
  phase: 'invited',
  invitation: { offer: 'f'.repeat(32), name: 'Sam', role: 'counsellor', manner, expires_in_ms: 20_000 },
});
const guests = [SAM, { ...ME, me: false }, { ...RHIAN, me: true }];
const three = [{ ...SAM, me: true }, { ...ME, me: false }, RHIAN];
const rhian = { name: 'Rhian', role: 'clinician' } as const;
const helper = { staff: '2'.repeat(32), name: 'Tom', role: 'supervisor', free: true } as const;
const wanted = (name: string, digit: string, by: string | null) => ({
  call: digit.repeat(32),
  name,
  since_s: by === null ? 12 : 75,
  helper: by,
  escalated: false,
});
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
  'paused-break': staffView({ state: { phase: 'paused', why: 'break', since_s: 25 } }),
  'paused-debrief': staffView({
    state: { phase: 'paused', why: 'debrief', since_s: 754 },
    queue: { waiting: 2, longest_wait_s: 61 },
  }),
  'paused-follow-up': staffView({ state: { phase: 'paused', why: 'follow_up', since_s: 3900 } }),
  'paused-connection-lost': staffView({
    state: { phase: 'paused', why: 'break', since_s: 125 },
    queue: { waiting: 2, longest_wait_s: 61 },
    signalling: 'lost',
  }),
  'unavailable-refused': staffView({}),
  'unavailable-loudspeaker': staffView({}),
  'available-keys': staffView({ state: { phase: 'available' } }),
  'call-keys': staffView(talking),
  'available-queue': staffView({ state: { phase: 'available' }, queue: { waiting: 4, longest_wait_s: 312 } }),
  'available-connection-lost': staffView({
    state: { phase: 'available' },
    signalling: 'lost',
  }),
  'available-break-later': staffView({ state: { phase: 'available' }, signalling: 'lost' }),
  ...Object.fromEntries(
    Object.keys(lists).map((name) => [
      name,
      staffView({
        state: { phase: 'available' },
        role: name.endsWith('clinician') ? 'clinician' : 'counsellor',
        signalling: name === 'follow-ups-offline' ? 'lost' : 'up',
      }),
    ]),
  ),
  'ringing-follow-up': staffView({
    state: {
      phase: 'ringing',
      offer: {
        id: 'f'.repeat(32),
        call: 'c'.repeat(32),
        line: 'main',
        came: 'follow_up',
        waited_s: 4,
        expires_in_ms: 20000,
        key_package: '',
      },
    },
    queue: { waiting: 1, longest_wait_s: 4 },
  }),
  ringing: staffView({
    state: {
      phase: 'ringing',
      offer: {
        id: 'f'.repeat(32),
        call: 'c'.repeat(32),
        line: 'main',
        came: 'new',
        waited_s: 42,
        expires_in_ms: 20000,
        key_package: '',
      },
    },
    queue: { waiting: 2, longest_wait_s: 42 },
  }),
  'call-opening': staffView({ state: call(), media: 'connecting' }),
  call: staffView(talking),
  'call-directory': staffView(talking),
  'call-booked': staffView(talking),
  'call-muted': staffView({ ...talking, muted: true }),
  'call-help-asked': staffView({ ...talking, state: call(true, { help: { helper: null, escalated: false } }) }),
  'call-help-louder': staffView({ ...talking, state: call(true, { help: { helper: null, escalated: true } }) }),
  'call-help-taken': staffView({ ...talking, state: call(true, { help: { helper, escalated: false } }) }),
  'call-asking-rings': staffView({
    ...talking,
    state: call(true, { asked: { manner: 'consult', progress: { is: 'ringing', name: 'Rhian' } } }),
  }),
  'call-asking-passed': staffView({
    ...talking,
    state: call(true, { asked: { manner: 'join', progress: { is: 'passed' } } }),
  }),
  'call-written': staffView({ ...talking, state: call(true), conversation: writtenForDesk }),
  'call-plan': staffView({ ...talking, state: call(true), conversation: planAgreed }),
  'call-holding': staffView({ ...talking, state: call(true), conversation: holdingCaller }),
  'call-holding-untold': staffView({ ...talking, state: call(true), conversation: holdingUntold }),
  'call-written-lost': staffView({ ...talking, state: call(true), signalling: 'lost', conversation: writtenForDesk }),
  'call-consulting-opens': staffView({
    ...talking,
    state: call(true, { consultation: consultation(1) }),
    aside: { media: 'connecting', members: [], words: undefined, hearing: false, conversation: noConversation },
  }),
  'call-consulting': staffView({
    ...talking,
    state: call(true, { consultation: consultation(1) }),
    aside: alone('Sam'),
  }),
  'call-arriving': staffView({
    ...talking,
    state: call(true, {}, [{ ...rhianHere, arriving: true }]),
  }),
  'call-three': staffView({ ...talking, state: call(true, {}, [rhianHere]), members: three }),
  'call-colleague-left': staffView({
    ...talking,
    state: call(true, {}, [{ ...rhianHere, left: true }]),
    members: three,
  }),
  'guest-call': staffView({ ...talking, ...rhian, state: guest({ lead: true }), members: guests }),
  'guest-lead-away': staffView({ ...talking, ...rhian, state: guest({ lead: true, away: true }), members: guests }),
  'guest-lead-lost': staffView({
    ...talking,
    ...rhian,
    state: guest({ lead: true, connected: false }),
    members: guests,
  }),
  'guest-help-wanted': staffView({
    ...rhian,
    state: { phase: 'available' },
    help: [wanted('Sam', 'c', null), wanted('Priya', 'e', 'Tom')],
  }),
  'guest-invited-join': staffView({ ...rhian, state: invited('join') }),
  'guest-invited-consult': staffView({ ...rhian, state: invited('consult') }),
  'guest-consulted': staffView({
    ...rhian,
    state: { phase: 'consulted', consultation: consultation(2) },
    aside: alone('Rhian'),
  }),
  'call-caller-lost': staffView({ ...talking, state: call(false) }),
  'call-sound-lost': staffView({ ...talking, media: 'lost' }),
  'call-connection-lost': staffView({ ...talking, signalling: 'lost' }),
  'call-gaps-here': staffView({ ...talking, quality: 'gaps-here' }),
  'call-gaps-there': staffView({ ...talking, quality: 'gaps-there' }),
  'call-gaps-both': staffView({ ...talking, quality: 'gaps-both' }),
  'call-late': staffView({ ...talking, quality: 'late' }),
  'call-microphone-gone': staffView({ ...talking, microphone: 'Built-in microphone', microphoneGone: true }),
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
  'wrap-up-goes-on': staffView({ state: { phase: 'wrap_up', call: 'c'.repeat(32), ended_by: null } }),
  'wrap-up-lost': staffView({ state: { phase: 'wrap_up', call: 'c'.repeat(32), ended_by: 'lost' } }),
  pending: staffView({ pending: true }),
  'call-session-over': staffView({ ...talking, signalling: 'lost', trouble: 'session-over' }),
  ...serviceStates,
  ...triageStates,
  ...drillStates(talking),
  office: staffView({ state: undefined, queue: undefined, name: 'Alex', role: 'administrator' }),
  'office-offline': staffView({
    state: undefined,
    queue: undefined,
    name: 'Alex',
    role: 'administrator',
    signalling: 'lost',
  }),
  'office-loading': staffView({ state: undefined, queue: undefined, name: 'Alex', role: 'administrator' }),
  'office-failed': staffView({ state: undefined, queue: undefined, name: 'Alex', role: 'administrator' }),
  'no-pages': staffView({ state: undefined, queue: undefined, name: 'Kit', role: 'coordinator' }),
  ...figuresStories,
  ...shiftStates,
  ...Object.fromEntries(STOPS.map((trouble) => [`trouble-${trouble}`, staffView({ trouble })])),
};

/** What is pressed first in a story, one after the other: it shows what comes of it. */
export const pressed: Readonly<Record<string, string>> = {
  ...shiftPressed,
  'unavailable-refused': '[data-key=A]',
  'unavailable-loudspeaker': '[data-loudspeaker] [data-act=play]',
  'available-break-later': '[data-key=K]',
  'available-keys': '[data-key="?"]',
  'call-keys': '[data-key="?"]',
  ...figuresPressed,
  ...servicePresses,
  ...triagePresses,
  ...drillPressed,
  ...Object.fromEntries(Object.keys(lists).map((name) => [name, '[data-page=follow_ups]'])),
  'call-booked': '.book button[type=submit]',
};

const link: LinkSeen = { role: 'counsellor', whom: 'new_person', name: null, native: false };
export const gateStates: Readonly<Record<string, GateStory>> = {
  loading: { enrolled: 'never-answers' },
  'no-link': { enrolled: 'no' },
  enrol: { enrolled: 'no', link },
  'enrol-device': { enrolled: 'no', link: { ...link, whom: 'one_more_device', name: 'Sam' } },
  'enrol-recovery': { enrolled: 'no', link: { ...link, whom: 'recovery', name: 'Sam' } },
  'enrol-link-used': { enrolled: 'no', link, fails: 'link-used' },
  'enrol-no-passkey': { enrolled: 'no', link, fails: 'passkey-stopped' },
  'enrol-program': { enrolled: 'no', link: { ...link, native: true } },
  'sign-in': { enrolled: 'yes', signedOut: true },
  'sign-in-stopped': { enrolled: 'yes', signedOut: true, fails: 'passkey-stopped' },
  'shut-out': { enrolled: 'yes', signedOut: true, fails: 'shut-out' },
};

const id = (digit: string): string => digit.repeat(32);
const browser = (digit: string, wants_credential = false) => ({
  device: id(digit),
  since: Date.UTC(2026, 10, 2),
  native: false,
  wants_credential,
});
const person = (digit: string, name: string, role: 'counsellor' | 'clinician' | 'supervisor' | 'administrator') => ({
  staff: id(digit),
  name,
  role,
  revoked: false,
  me: false,
  devices: [browser(digit)],
});
const at = Date.UTC(2026, 10, 21, 9, 30);

/** What an administrator's page is told. */
export const accounts: OfficeAnswer = {
  answer: 'accounts',
  people: [
    { ...person('a', 'Alex', 'administrator'), me: true },
    person('b', 'Bethan', 'administrator'),
    { ...person('c', 'Priya', 'counsellor'), devices: [browser('c'), browser('d', true)] },
    { ...person('e', 'Rhian', 'clinician'), devices: [] },
    { ...person('f', 'Sam', 'counsellor'), devices: [{ ...browser('f'), native: true }] },
    { ...person('9', 'Tom', 'supervisor'), revoked: true, devices: [] },
  ],
  proposals: [
    { id: id('1'), recovers: id('e'), by: id('b'), confirmable: true },
    { id: id('2'), recovers: null, by: id('a'), confirmable: false },
  ],
  acts: [
    { at, what: 'recovery_asked', by: id('b'), staff: id('e') },
    { at: at - 60_000, what: 'signed_in', by: id('c'), staff: id('c') },
    { at: at - 3_600_000, what: 'person_shut_out', by: id('a'), staff: id('9') },
    { at: at - 7_200_000, what: 'credential_taken', by: null, staff: id('c') },
  ],
};
