/** The counsellor's side: signed in with the device's key, on call or not, one call at a time and at most one consultation beside it. */

import { type Member, type MemberOptions, Refusal } from '../e2ee/api';
import type {
  Call,
  Consultation,
  Goodbye,
  Leg,
  LegRequest,
  OfficeAnswer,
  OfficeRequest,
  PublicConfig,
  QueueState,
  Role,
  StaffMessage,
  StaffRequest,
  StaffState,
} from '../proto';
import type { StaffDesk, StaffTalk, StaffView, Trouble } from './api';
import { signBound } from './bound';
import { browserSurroundings } from './browser';
import { type Connection, RequestFailed } from './connection';
import { mark } from './marks';
import { Microphone, MicrophoneFailed } from './microphone';
import { Room, type RoomOptions } from './room';
import { CALLER_SLOT } from './seats';
import { CallSession, noSession } from './session';
import { type DeviceShelf, indexedDbShelf, type KeptDevice } from './shelf';
import { signalling } from './signalling';
import { Talk } from './staff-talk';
import type { Surroundings } from './surroundings';
import { Observable } from './view';
import { idBytes } from './wire';

/** Where the counsellor who answers sits. */
const COUNSELLOR_SLOT = CALLER_SLOT + 1;
const UNREACHABLE_MS = 10_000;
/** How often a device asks whether the authority has signed its credential. */
const PENDING_MS = 5_000;
/** Roles that are in calls, and so have a credential. */
const IN_CALLS: readonly Role[] = ['counsellor', 'clinician', 'supervisor'];

const begin: StaffView = {
  ...noSession,
  signalling: 'connecting',
  state: undefined,
  queue: undefined,
  name: undefined,
  role: undefined,
  pending: false,
  ended: undefined,
  aside: undefined,
  help: [],
  muted: false,
  trouble: undefined,
  refusal: undefined,
};

export function createStaffDesk(
  config: PublicConfig,
  surroundings: Surroundings = browserSurroundings(),
  shelf: DeviceShelf = indexedDbShelf,
): StaffDesk {
  return new Desk(config, surroundings, shelf);
}

class Desk implements StaffDesk {
  readonly audio: MediaStream;
  readonly asideAudio: MediaStream;
  readonly talk: StaffTalk;
  private readonly shown = new Observable<StaffView>(begin);
  private readonly connection: Connection<StaffRequest, StaffMessage>;
  private readonly mic: Microphone;
  private device: KeptDevice | undefined;
  private call: Room | undefined;
  private aside: Room | undefined;
  private accepting = false;
  private warm = false;
  private cancelUnreachable = () => {};
  private cancelPending = () => {};

  constructor(
    private readonly config: PublicConfig,
    private readonly around: Surroundings,
    private readonly shelf: DeviceShelf,
  ) {
    this.audio = around.newStream();
    this.asideAudio = around.newStream();
    this.mic = new Microphone({
      devices: around.devices,
      replaced: () => {
        this.shown.set({ trouble: undefined });
        void this.giveTrack();
      },
      lost: (trouble) => this.trouble(trouble),
    });
    this.connection = signalling(around, '/ws/staff', {
      // The server speaks first: it sends what to sign.
      opened: () => {},
      received: (message) => this.receive(message),
      linkChanged: (signalling) => this.shown.set({ signalling }),
      networkChanged: () => {
        for (const room of this.rooms()) room.session.networkChanged();
      },
    });
    this.talk = new Talk(this.connection, () => this.view.state);
  }

  get view(): StaffView {
    return this.shown.value;
  }

  subscribe(listener: () => void): () => void {
    return this.shown.subscribe(listener);
  }

  connect(): void {
    void this.signInAndStay();
  }

  resume(): void {
    this.shown.set({ trouble: undefined });
    this.connection.start();
  }

  async signOut(): Promise<void> {
    await this.connection.request({ type: 'sign_out' }).catch(() => {
      // Without a connection the tab forgets its session, and the server ends it by its time.
    });
    this.around.session.close();
    this.trouble('session-over');
    this.close();
  }

  async office(ask: OfficeRequest): Promise<OfficeAnswer> {
    const answer = await this.connection.request({ type: 'office', ask });
    if (answer.type !== 'office') throw new RequestFailed('internal', 'The server gave no answer.');
    return answer.answer;
  }

  async setAvailable(available: boolean): Promise<void> {
    if (available) await this.microphone();
    await this.connection.request({ type: available ? 'available' : 'unavailable' });
  }

  async accept(): Promise<void> {
    const { state } = this.view;
    if (state?.phase === 'invited') return this.come(state.invitation.offer);
    if (state?.phase !== 'ringing' || !this.call || this.accepting) return;
    mark('accept');
    this.accepting = true;
    const { session } = this.call;
    try {
      const accepted = this.connection.request({ type: 'accept', offer: state.offer.id });
      // Sent right behind, without waiting: the server reads it in order, and refuses both if it refuses one.
      const committed = session.group.commitPrepared();
      await this.openMicrophone();
      await accepted;
      await session.answer();
      await committed;
    } catch (failure) {
      this.leaveRooms();
      ignoreGone(failure);
    } finally {
      this.accepting = false;
    }
  }

  async pass(): Promise<void> {
    const { state } = this.view;
    const offer =
      state?.phase === 'ringing' ? state.offer.id : state?.phase === 'invited' ? state.invitation.offer : undefined;
    if (offer !== undefined) await this.connection.request({ type: 'pass', offer }).catch(ignoreGone);
  }

  /** To where a colleague asks: the state that follows says which room it is, and there the microphone is opened. */
  private async come(offer: string): Promise<void> {
    await this.connection.request({ type: 'accept', offer }).catch(ignoreGone);
  }

  async end(): Promise<void> {
    const { state } = this.view;
    if (state?.phase === 'on_call') await this.connection.insist({ type: 'end', call: state.call.id });
  }

  async wrapUpDone(available: boolean): Promise<void> {
    const { state } = this.view;
    if (state?.phase === 'wrap_up') await this.connection.insist({ type: 'wrap_up_done', call: state.call, available });
  }

  setMuted(muted: boolean): void {
    this.mic.setMuted(muted);
    this.shown.set({ muted });
  }

  async microphone(): Promise<MediaStream> {
    try {
      const stream = await this.mic.open();
      if (this.view.trouble?.startsWith('microphone')) this.shown.set({ trouble: undefined });
      await this.giveTrack();
      return stream;
    } catch (failure) {
      this.trouble(failure instanceof MicrophoneFailed ? failure.trouble : 'microphone-missing');
      throw failure;
    }
  }

  close(): void {
    this.cancelUnreachable();
    this.cancelPending();
    this.connection.stop();
    this.leaveRooms();
    this.mic.release();
  }

  private async signInAndStay(): Promise<void> {
    if (!this.around.canEncrypt()) return this.trouble('no-encryption');
    this.device = await this.shelf.get();
    if (!this.device) return this.trouble('credential-refused');
    if (this.around.session.token === undefined) return this.trouble('session-over');
    this.shown.set({ name: this.device.name, trouble: undefined });
    this.cancelUnreachable();
    this.cancelUnreachable = this.around.clock.after(UNREACHABLE_MS, () => {
      if (this.view.signalling === 'connecting') this.trouble('server-unreachable');
    });
    this.connection.start();
  }

  private async enter(nonce: string): Promise<void> {
    const { device, around } = this;
    const session = around.session.token;
    if (!device || session === undefined) return;
    const signature = await signBound(device.bound, `quietline staff enter v1\n${around.origin}\n${nonce}`);
    const seen = this.call?.seen ?? 0;
    try {
      await this.connection.greet({ type: 'enter', device: device.device, session, signature, seen });
    } catch (failure) {
      if (!(failure instanceof RequestFailed)) return;
      if (failure.code === 'unknown_session') {
        around.session.close();
        this.connection.stop();
        this.trouble('session-over');
      } else if (failure.code === 'bad_credential') {
        this.connection.stop();
        this.trouble('credential-refused');
      }
    }
  }

  /** Fetches this device's credential, now or as soon as the authority has signed it. */
  private async fetchCredential(): Promise<void> {
    this.cancelPending();
    const { device, around } = this;
    if (!device) return;
    const answer = await this.connection.request({ type: 'credential' }).catch(() => undefined);
    if (answer?.type !== 'credential') return;
    let credential = answer.credential ?? device.credential;
    if (credential !== undefined) {
      try {
        const { publicKey } = device.keys;
        await around.e2ee.verifyStaffCredential(credential, publicKey, this.config.authority, around.clock.now());
      } catch {
        // Run out, or not of this line: as good as none.
        credential = undefined;
      }
    }
    if (credential !== device.credential) {
      this.device = { ...device, credential };
      await this.shelf.put(this.device);
    }
    const pending = this.device?.credential === undefined;
    this.shown.set({ pending });
    if (pending) this.cancelPending = around.clock.after(PENDING_MS, () => void this.fetchCredential());
  }

  private receive(message: StaffMessage): void {
    switch (message.type) {
      case 'challenge':
        void this.enter(message.nonce);
        break;
      case 'welcome':
        this.cancelUnreachable();
        if (this.view.trouble === 'server-unreachable') this.shown.set({ trouble: undefined });
        this.shown.set({ name: message.name, role: message.role });
        if (IN_CALLS.includes(message.role)) {
          this.shown.set({ pending: this.device?.credential === undefined });
          void this.fetchCredential();
        }
        break;
      case 'state':
        this.follow(message.state, message.queue);
        break;
      case 'mls':
        for (const room of this.rooms()) if (room.id === message.call) room.receive(message);
        break;
      case 'help':
        this.shown.set({ help: message.calls });
        break;
      case 'bye':
        this.goodbye(message.why);
        break;
    }
  }

  private follow(state: StaffState, queue: QueueState): void {
    this.warmUp(state);
    const ended = state.phase === 'wrap_up' ? (state.ended_by ?? undefined) : undefined;
    switch (state.phase) {
      case 'ringing':
        this.ring(state.offer.call, state.offer.key_package);
        break;
      case 'on_call':
        this.enterCall(state.call);
        break;
      case 'consulted':
        this.leaveCall();
        this.consult(state.consultation, false);
        break;
      default:
        // A pipelined accept may cross the state before it.
        if (!this.accepting || state.phase === 'wrap_up') this.leaveRooms();
    }
    this.shown.set({ state, queue, ended });
  }

  /** Once, and not when the page was reloaded in a call: then there is real work for the cryptography at once. */
  private warmUp(state: StaffState): void {
    if (this.warm) return;
    this.warm = true;
    if (state.phase === 'on_call' || state.phase === 'consulted') return;
    void this.around.e2ee.warmUp().catch(() => this.trouble('no-encryption'));
  }

  /** While it rings: the media leg connects and the group is made. No sound is sent. */
  private ring(id: string, keyPackage: string): void {
    if (this.call?.id !== id) this.leaveRooms();
    this.call ??= this.newRoom({ id, kind: 'call', slot: COUNSELLOR_SLOT });
    const { call } = this;
    if (!call || call.preparedFor === keyPackage) return;
    call.preparedFor = keyPackage;
    void call.session.group.prepare(keyPackage);
    void this.giveTrack();
    call.session.openMedia();
  }

  private enterCall(call: Call): void {
    // The first state of this tab, or of this call: the console was reloaded, or was asked to come.
    const fresh = this.call?.id !== call.id;
    if (fresh) {
      this.leaveRooms();
      this.call = this.newRoom({ id: call.id, kind: 'call', slot: call.slot });
      // Before anything could be sent.
      if (call.consultation) void this.call?.session.hold(true);
      this.call?.enter(call.participants);
      void this.call?.session.answer();
      void this.microphone().catch(() => {});
    } else {
      this.call?.session.seat(call.participants);
    }
    // Whoever is reloaded in a consultation is let in again by the other.
    if (call.consultation) this.consult(call.consultation, !fresh);
    else this.leaveAside();
  }

  /** A consultation: nothing of it is heard in the call, and nothing of the call in it. */
  private consult(room: Consultation, makes: boolean): void {
    if (this.aside?.id === room.id) {
      this.aside.session.seat(room.participants);
      return;
    }
    this.leaveAside();
    // One room's key must never be taken for another's.
    if (room.id === this.call?.id) {
      this.trouble('server-misbehaved', 'wrong-group');
      return;
    }
    const aside = this.newRoom({ id: room.id, kind: 'consultation', slot: room.slot });
    if (!aside) return;
    this.aside = aside;
    this.shown.set({ aside: noSession });
    if (makes) aside.found(room.participants);
    else aside.enter(room.participants);
    void this.turnAside(aside);
  }

  private async turnAside(aside: Room): Promise<void> {
    await this.call?.session.hold(true);
    if (this.aside !== aside) return;
    await aside.session.answer();
    await this.microphone().catch(() => {});
  }

  private newRoom(options: RoomOptions): Room | undefined {
    const { id, kind, slot } = options;
    const { device } = this;
    const frames = this.around.e2ee.createFrameCrypto();
    if (!frames || device?.credential === undefined) {
      this.trouble('no-encryption');
      return undefined;
    }
    const { keys, credential } = device;
    const session = new CallSession({
      slot,
      room: kind,
      around: this.around,
      frames,
      audio: kind === 'call' ? this.audio : this.asideAudio,
      newMember: () => this.newMember({ call: idBytes(id), room: kind, keys, credential }),
      newWords: this.around.e2ee.createSafetyWords,
      askLeg: (leg) => this.askLeg(id, leg),
      sendMls: async (message) => void (await this.connection.insist({ type: 'mls', call: id, message })),
      publish: async (key_package) =>
        void (await this.connection.insist({ type: 'key_package', call: id, key_package })),
      changed: (view) => this.shown.set(kind === 'call' ? view : { aside: view }),
      trouble: (trouble, refusal) => this.trouble(trouble, refusal),
    });
    return new Room(options, session);
  }

  /** A credential that has run out while the page was open is this device's trouble, not the server's. */
  private async newMember(mine: Pick<MemberOptions, 'call' | 'room' | 'keys' | 'credential'>): Promise<Member> {
    const { clock, e2ee } = this.around;
    try {
      return await e2ee.createMember({ ...mine, authority: this.config.authority, now: clock.now });
    } catch (failure) {
      if (!(failure instanceof Refusal)) throw failure;
      this.trouble('credential-refused');
      throw new RequestFailed('bad_credential', failure.message);
    }
  }

  private async askLeg(call: string, leg: LegRequest): Promise<Leg> {
    const answer = await this.connection.request({ type: 'media', call, leg });
    if (answer.type !== 'leg') throw new RequestFailed('internal', 'The server gave no leg.');
    return answer.leg;
  }

  private async openMicrophone(): Promise<void> {
    await this.microphone().catch(() => {});
  }

  private goodbye(why: Goodbye): void {
    if (why === 'server_stopping') return;
    this.connection.stop();
    this.leaveRooms();
    this.trouble(why === 'taken_over' ? 'taken-over' : 'credential-refused');
  }

  private trouble(trouble: Trouble, refusal?: string): void {
    this.shown.set({ trouble, refusal });
  }

  /** The microphone, to every room; which of them is heard is the rooms' own. */
  private async giveTrack(): Promise<void> {
    await Promise.all(this.rooms().map((room) => room.session.setTrack(this.mic.track)));
  }

  private rooms(): readonly Room[] {
    return [this.call, this.aside].filter((room) => room !== undefined);
  }

  private leaveRooms(): void {
    this.leaveAside();
    this.leaveCall();
    if (this.view.refusal !== undefined) this.shown.set({ trouble: undefined, refusal: undefined });
  }

  private leaveCall(): void {
    this.call?.close();
    this.call = undefined;
    this.shown.set(noSession);
  }

  private leaveAside(): void {
    if (!this.aside) return;
    this.aside.close();
    this.aside = undefined;
    this.shown.set({ aside: undefined });
    void this.call?.session.hold(false);
  }
}

function ignoreGone(failure: unknown): void {
  if (!(failure instanceof RequestFailed && failure.code === 'offer_gone')) throw failure;
}
