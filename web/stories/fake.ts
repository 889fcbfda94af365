/** A call without a network: shows one view after another, and does what the buttons ask as a calm server would. */
import type { CallerCall, CallerView, CallText, CallView, StaffDesk, StaffTalk, StaffView } from '../src/call/api';
import { RequestFailed } from '../src/call/connection';
import { type Path, PathFailed, type PathTrouble } from '../src/call/path-check';
import { noConversation } from '../src/call/text/conversation';
import type { Card, DropPlan } from '../src/call/text/message';
import type { VerifiedMember } from '../src/e2ee/api';
import type {
  Colleague,
  DrillAnswer,
  DrillRequest,
  ErrorCode,
  FiguresAnswer,
  FiguresRequest,
  FollowUpAnswer,
  FollowUpRequest,
  OfficeAnswer,
  OfficeRequest,
  Pause,
  ServicesAnswer,
  ServicesRequest,
  ShiftAnswer,
  ShiftRequest,
  TriageAnswer,
  TriageRequest,
} from '../src/proto';
import { FakeDrill } from './drill';
import { figuresOf } from './figures-answers';
import { FakeFollowUps, fakeContacts } from './follow-ups';
import { FakeServices } from './services';
import { FakeTriage } from './triage';

const LINK = 'https://line.example/console/#enrol=0123456789abcdef0123456789abcdef';
const KEY = new Uint8Array(32);
export const ME: VerifiedMember = { leaf: 1, identity: { role: 'caller' }, me: true, signatureKey: KEY };
export const SAM: VerifiedMember = {
  leaf: 0,
  identity: { role: 'counsellor', name: 'Sam', staff: '0'.repeat(32) },
  me: false,
  signatureKey: KEY,
};
export const RHIAN: VerifiedMember = {
  leaf: 2,
  identity: { role: 'clinician', name: 'Rhian', staff: '1'.repeat(32) },
  me: false,
  signatureKey: KEY,
};

const BASE: CallView = {
  signalling: 'up',
  media: 'up',
  members: [],
  words: undefined,
  hearing: false,
  conversation: noConversation,
  muted: false,
  trouble: undefined,
  refusal: undefined,
  drill: false,
};
export const callerView = (part: Partial<CallerView>): CallerView => ({
  ...BASE,
  state: { phase: 'idle' },
  onShift: true,
  followUp: undefined,
  codeRefused: undefined,
  ...part,
});
export const staffView = (part: Partial<StaffView>): StaffView => ({
  ...BASE,
  state: { phase: 'unavailable' },
  queue: { waiting: 0, longest_wait_s: 0 },
  name: 'Sam',
  role: 'counsellor',
  pending: false,
  ended: undefined,
  aside: undefined,
  help: [],
  board: undefined,
  quality: 'good',
  microphone: undefined,
  microphoneGone: false,
  ...part,
});

class Fake<V> {
  readonly audio = new MediaStream();
  /** What was asked, for tests. */
  readonly asked: string[] = [];
  readonly text: CallText = {
    draft: '',
    write: (text) => this.asked.push(`write ${text}`) > 0,
    tap: (tap) => this.asked.push(`tap ${tap}`) > 0,
  };
  #view: V;
  readonly #listeners = new Set<() => void>();

  constructor(view: V) {
    this.#view = view;
  }

  get view(): V {
    return this.#view;
  }

  show(part: Partial<V>): void {
    this.#view = { ...this.#view, ...part };
    for (const listener of this.#listeners) listener();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

export class FakeCall extends Fake<CallerView> implements CallerCall {
  connect(): void {
    this.asked.push('connect');
  }
  async forgetCode(): Promise<void> {
    this.asked.push('forget-code');
  }
  async join(code?: string): Promise<void> {
    this.asked.push(code === undefined ? 'join' : 'join-by-code');
    if (code === 'not a code') return this.show({ codeRefused: 'unknown' });
    this.show({ trouble: undefined, state: { phase: 'waiting', ahead: 2, ringing: false, on_shift: true } });
  }
  async joinSilently(): Promise<void> {
    this.asked.push('join-silently');
    const state = { phase: 'waiting', ahead: 2, ringing: false, on_shift: true } as const;
    this.show({ trouble: undefined, muted: true, state });
  }
  setMuted(muted: boolean): void {
    this.asked.push(muted ? 'mute' : 'unmute');
    this.show({ muted });
  }
  async leave(): Promise<void> {
    this.asked.push('leave');
    this.show({ state: { phase: 'ended', by: 'caller' } });
  }
  exit(): void {
    this.asked.push('exit');
  }
  leaveDrill(): void {
    this.asked.push('leave-drill');
  }
}

export class FakeDesk extends Fake<StaffView> implements StaffDesk {
  readonly asideAudio = new MediaStream();
  /** Who answers `colleagues`. */
  readonly here: Colleague[] = [
    { staff: '1'.repeat(32), name: 'Rhian', role: 'clinician', free: true },
    { staff: '2'.repeat(32), name: 'Tom', role: 'supervisor', free: true },
    { staff: '3'.repeat(32), name: 'Priya', role: 'counsellor', free: false },
  ];
  readonly talk: StaffTalk = {
    askHelp: async (wanted) => void this.asked.push(wanted ? 'ask-help' : 'help-done'),
    takeHelp: async () => void this.asked.push('take-help'),
    colleagues: async () => this.here,
    invite: async (whom, manner) =>
      void this.asked.push(`invite ${manner} ${whom.who === 'next' ? whom.role : whom.staff.slice(0, 1)}`),
    cancelInvite: async () => void this.asked.push('cancel-invite'),
    bringIn: async () => void this.asked.push('bring-in'),
    endConsult: async () => void this.asked.push('end-consult'),
    handOver: async (slot) => void this.asked.push(`hand-over ${slot}`),
    takeCharge: async () => void this.asked.push('take-charge'),
    leave: async () => void this.asked.push('leave'),
    dismiss: async (slot) => void this.asked.push(`dismiss ${slot}`),
  };
  connect(): void {
    this.asked.push('connect');
  }
  resume(): void {
    this.asked.push('resume');
  }
  async signOut(): Promise<void> {
    this.asked.push('sign-out');
    this.show({ trouble: 'session-over' });
  }
  /** What `accounts` answers. */
  accounts: OfficeAnswer = { answer: 'accounts', people: [], proposals: [], acts: [] };
  async office(ask: OfficeRequest): Promise<OfficeAnswer> {
    if (ask.ask === 'accounts') {
      if (this.story === 'office-loading') return new Promise(() => {});
      if (this.story === 'office-failed') throw new RequestFailed('internal', 'The accounts cannot be read.');
      return this.accounts;
    }
    this.asked.push(`office ${ask.ask}`);
    switch (ask.ask) {
      case 'invite':
        if (ask.role === 'administrator') return { answer: 'proposed' };
        return { answer: 'link', link: LINK, valid_s: 172_800 };
      case 'one_more_device':
        return { answer: 'link', link: LINK, valid_s: 900 };
      case 'confirm':
        return { answer: 'link', link: LINK, valid_s: 172_800 };
      case 'recover':
        return { answer: 'proposed' };
      default:
        return { answer: 'done' };
    }
  }
  readonly training = new FakeDrill(this.asked, () => this.view.role === 'supervisor');
  drill(ask: DrillRequest): Promise<DrillAnswer> {
    return this.training.answer(ask);
  }
  /** The story, by which figures are answered. */
  story = '';
  async figures(ask: FiguresRequest): Promise<FiguresAnswer> {
    const answer = figuresOf(this.story, ask);
    if (answer === 'never') return new Promise(() => undefined);
    if (answer === 'fails') throw new RequestFailed('internal', 'story');
    return answer;
  }
  readonly directory = new FakeServices(new URLSearchParams(location.search).get('story') ?? '');
  readonly serviceShelf = this.directory.shelf;
  services(ask: ServicesRequest): Promise<ServicesAnswer> {
    return this.directory.answer(ask);
  }
  /** What a question about the shift is answered, by its name; one without an answer is refused. */
  shifts: Partial<Record<ShiftRequest['ask'], ShiftAnswer | 'never'>> = {};
  async shift(ask: ShiftRequest): Promise<ShiftAnswer> {
    // What pages ask by themselves is of no interest.
    if (ask.ask.startsWith('set_') || ask.ask === 'copy_rota') this.asked.push(`shift ${ask.ask}`);
    const answer = this.shifts[ask.ask];
    if (answer === 'never') return new Promise<never>(() => undefined);
    if (answer === undefined) throw new RequestFailed('internal', 'story');
    return answer;
  }
  readonly cards = new FakeTriage(new URLSearchParams(location.search).get('story') ?? '');
  triage(ask: TriageRequest): Promise<TriageAnswer> {
    return this.cards.answer(ask);
  }
  readonly promised = new FakeFollowUps(this.asked);
  readonly contacts: StaffDesk['contacts'] = fakeContacts(this.asked);
  followUps(ask: FollowUpRequest): Promise<FollowUpAnswer> {
    return this.promised.ask(ask);
  }
  /** With what a change of state is refused, if it is. */
  refuses: ErrorCode | 'lost' | undefined;
  private ask(what: string): void {
    this.asked.push(what);
    if (this.refuses !== undefined) throw new RequestFailed(this.refuses, 'story');
  }
  async pause(why: Pause): Promise<void> {
    this.ask(`pause ${why}`);
    // Without a connection it is asked for later.
    if (this.view.signalling === 'lost') return new Promise(() => undefined);
    this.show({ state: { phase: 'paused', why, since_s: 0 } });
  }
  async setAvailable(available: boolean): Promise<void> {
    this.ask(available ? 'available' : 'unavailable');
    this.show({ state: { phase: available ? 'available' : 'unavailable' } });
  }
  async accept(): Promise<void> {
    this.asked.push('accept');
  }
  async pass(): Promise<void> {
    this.asked.push('pass');
    this.show({ state: { phase: 'available' } });
  }
  async end(): Promise<void> {
    this.asked.push('end');
    this.show({ state: { phase: 'wrap_up', call: 'c'.repeat(32), ended_by: 'counsellor' } });
  }
  async wrapUpDone(available: boolean): Promise<void> {
    this.asked.push(available ? 'done-available' : 'done-unavailable');
    this.show({ state: { phase: available ? 'available' : 'unavailable' } });
  }
  setMuted(muted: boolean): void {
    this.asked.push(muted ? 'mute' : 'unmute');
    this.show({ muted });
  }
  setHold(holding: boolean): void {
    this.asked.push(holding ? 'hold' : 'hold-over');
    this.show({ conversation: { ...this.view.conversation, holding, holdTold: true } });
  }
  agree(plan: DropPlan | null): void {
    this.asked.push(`agree ${plan}`);
    this.show({ conversation: { ...this.view.conversation, plan, planTold: true } });
  }
  async sendCard(card: Card): Promise<void> {
    this.ask(`card ${card.title}`);
  }
  async chooseMicrophone(id: string | undefined): Promise<void> {
    // What is asked when the page comes is of no interest.
    if (id !== undefined) this.asked.push('choose-microphone');
  }
  microphone(): Promise<MediaStream> {
    this.asked.push('microphone');
    return navigator.mediaDevices.getUserMedia({ audio: true });
  }
  /** What the check of the way finds. */
  path: Path | PathTrouble = { way: 'udp', roundTrip: 23.4 };
  async codeWrapUp(chosen: readonly (number | null)[]): Promise<void> {
    this.ask(`code ${chosen.map((answer) => answer ?? '-').join(' ')}`);
    const { state } = this.view;
    if (state?.phase === 'wrap_up') this.show({ state: { ...state, fields: [] } });
  }
  async checkPath(): Promise<Path> {
    this.asked.push('check-path');
    if (typeof this.path === 'string') throw new PathFailed(this.path);
    return this.path;
  }
  close(): void {
    this.asked.push('close');
  }
}
