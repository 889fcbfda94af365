/** Every state of the caller's page, by name. */
import type { CallerView, Trouble } from '../src/call/api';
import type { CallerState, Participant } from '../src/proto';
import { callerView, ME, RHIAN, SAM } from './fake';
import { CODE, NOON } from './follow-ups';
import { loadedAgain, nothingWritten, onHold, planAgreed, writtenForCaller } from './written';

const people = (connected: boolean, sam: object = {}, others: readonly Participant[] = []): Participant[] => [
  { slot: 0, role: 'caller', name: null, connected: true, key_package: null },
  { slot: 1, role: 'counsellor', name: 'Sam', connected, key_package: null, ...sam },
  ...others,
];
const rhian: Participant = { slot: 2, role: 'clinician', name: 'Rhian', connected: true, key_package: null };
const beside = (sam: object, ...others: Participant[]): CallerState => ({
  phase: 'connected',
  participants: people(true, sam, others),
});
const connected = (there = true): CallerState => ({ phase: 'connected', participants: people(there) });
const waiting = (ahead: number, ringing = false, on_shift = true): CallerState => ({
  phase: 'waiting',
  ahead,
  ringing,
  on_shift,
});
const talking: Partial<CallerView> = {
  state: connected(),
  members: [SAM, ME],
  words: ['amber', 'harbour', 'quiet', 'willow'],
  hearing: true,
  conversation: nothingWritten,
};
const TROUBLES: readonly Trouble[] = [
  'microphone-refused',
  'microphone-missing',
  'microphone-busy',
  'no-encryption',
  'server-unreachable',
  'media-unreachable',
  'service-full',
  'taken-over',
  'internal',
];

/** The same in a drill. */
const drill: Partial<CallerView> = { drill: true };

export const callerStates: Readonly<Record<string, CallerView>> = {
  start: callerView({}),
  closed: callerView({ onShift: false }),
  code: callerView({}),
  'waiting-next-nobody-on-shift': callerView({ state: waiting(0, false, false) }),
  waiting: callerView({ state: waiting(2) }),
  'waiting-next': callerView({ state: waiting(0) }),
  'waiting-ringing': callerView({ state: waiting(0, true) }),
  'waiting-nobody-on-shift': callerView({ state: waiting(1, false, false) }),
  'waiting-connection-lost': callerView({ state: waiting(1), signalling: 'lost' }),
  'waiting-no-sound-path': callerView({ state: waiting(1), trouble: 'media-unreachable' }),
  joining: callerView({ state: connected() }),
  'call-opening': callerView({ state: connected(), members: [SAM, ME] }),
  call: callerView(talking),
  'call-written': callerView({ ...talking, muted: true, conversation: writtenForCaller }),
  'call-written-lost': callerView({ ...talking, signalling: 'lost', conversation: writtenForCaller }),
  'call-on-hold': callerView({ ...talking, conversation: onHold }),
  'call-on-hold-not-alone': callerView({
    ...talking,
    state: beside({ lead: true }, rhian),
    members: [SAM, ME, RHIAN],
    conversation: onHold,
  }),
  'call-loaded-again': callerView({ ...talking, conversation: loadedAgain }),
  'call-plan': callerView({ ...talking, conversation: planAgreed }),
  'call-promised': callerView({ ...talking, followUp: { code: CODE, at: NOON } }),
  'ended-promised': callerView({
    state: { phase: 'ended', by: 'counsellor' },
    followUp: { code: CODE, at: NOON },
  }),
  'code-refused': callerView({ codeRefused: 'unknown' }),
  'call-muted': callerView({ ...talking, muted: true }),
  'call-arriving': callerView({ ...talking, state: beside({ lead: true }, { ...rhian, arriving: true }) }),
  'call-three': callerView({ ...talking, state: beside({ lead: true }, rhian), members: [SAM, ME, RHIAN] }),
  'call-away': callerView({ ...talking, state: beside({ lead: true, away: true }) }),
  'call-away-not-alone': callerView({
    ...talking,
    state: beside({ lead: true, away: true }, rhian),
    members: [SAM, ME, RHIAN],
  }),
  'call-left': callerView({
    ...talking,
    state: beside({ left: true }, { ...rhian, lead: true }),
    members: [SAM, ME, RHIAN],
  }),
  'call-connection-lost': callerView({ ...talking, media: 'lost', signalling: 'lost' }),
  'call-counsellor-lost': callerView({ ...talking, state: connected(false) }),
  'call-microphone-refused': callerView({ ...talking, trouble: 'microphone-refused' }),
  'call-refusal': callerView({ ...talking, trouble: 'server-misbehaved', refusal: 'unsigned-credential' }),
  'call-words-mismatch': callerView({
    ...talking,
    words: undefined,
    trouble: 'server-misbehaved',
    refusal: 'words-mismatch',
  }),
  refusal: callerView({ state: connected(), trouble: 'server-misbehaved', refusal: 'unsigned-credential' }),
  'ended-by-you': callerView({ state: { phase: 'ended', by: 'caller' } }),
  'ended-by-counsellor': callerView({ state: { phase: 'ended', by: 'counsellor' } }),
  'ended-lost': callerView({ state: { phase: 'ended', by: 'lost' } }),
  'drill-start': callerView(drill),
  'drill-closed': callerView({ ...drill, onShift: false }),
  'drill-waiting': callerView({ ...drill, state: waiting(2) }),
  'drill-joining': callerView({ ...drill, state: connected() }),
  'drill-call': callerView({ ...talking, ...drill }),
  'drill-call-written': callerView({ ...talking, ...drill, muted: true, conversation: writtenForCaller }),
  'drill-ended': callerView({ ...drill, state: { phase: 'ended', by: 'counsellor' } }),
  'drill-unreachable': callerView({ ...drill, trouble: 'server-unreachable' }),
  'drill-over': callerView({ ...drill, trouble: 'no-drill' }),
  'drill-unsure': callerView({ trouble: 'drill-unsure' }),
  ...Object.fromEntries(TROUBLES.map((trouble) => [`trouble-${trouble}`, callerView({ trouble })])),
};
