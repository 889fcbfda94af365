/** A call without a network: shows one view after another, and does what the buttons ask as a calm server would. */
import type { CallerCall, CallerView, CallView, StaffDesk, StaffTalk, StaffView } from '../src/call/api';
import type { VerifiedMember } from '../src/e2ee/api';
import type { Colleague, OfficeAnswer, OfficeRequest } from '../src/proto';

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
  muted: false,
  trouble: undefined,
  refusal: undefined,
};
export const callerView = (part: Partial<CallerView>): CallerView => ({
  ...BASE,
  state: { phase: 'idle' },
  onShift: true,
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
  ...part,
});

class Fake<V> {
  readonly audio = new MediaStream();
  /** What was asked, for tests. */
  readonly asked: string[] = [];
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
  async join(): Promise<void> {
    this.asked.push('join');
    this.show({ trouble: undefined, state: { phase: 'waiting', ahead: 2, ringing: false, on_shift: true } });
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
    if (ask.ask === 'accounts') return this.accounts;
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
  async setAvailable(available: boolean): Promise<void> {
    this.asked.push(available ? 'available' : 'unavailable');
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
  microphone(): Promise<MediaStream> {
    this.asked.push('microphone');
    return navigator.mediaDevices.getUserMedia({ audio: true });
  }
  close(): void {
    this.asked.push('close');
  }
}
