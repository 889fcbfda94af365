/** The counsellor's side: signed in with the device's key, on call or not, one call at a time and at most one consultation beside it. */

import { type Member, type MemberOptions, Refusal } from '../e2ee/api';
import type {
  Call,
  Consultation,
  Goodbye,
  Leg,
  LegRequest,
  Pause,
  PublicConfig,
  QueueState,
  Role,
  StaffMessage,
  StaffRequest,
  StaffState,
} from '../proto';
import { apart, type TabStorage } from './apart';
import type { StaffDesk, StaffTalk, StaffView, Trouble } from './api';
import { type AnswerOf, type AskOf, askAbout, type Subject } from './ask-about';
import { browserSurroundings } from './browser';
import { ChosenMicrophone } from './chosen-microphone';
import { type Connection, RequestFailed } from './connection';
import { CountedLeg } from './counted-leg';
import { CallHeard } from './heard';
import { mark } from './marks';
import { MicrophoneFailed } from './microphone';
import { checkPath, type Path, PathFailed, TrialLeg } from './path-check';
import { Rater } from './quality';
import { Room, type RoomOptions } from './room';
import { CALLER_SLOT } from './seats';
import { indexedDbServices } from './service-shelf';
import { CallSession, noSession } from './session';
import { type DeviceShelf, indexedDbShelf } from './shelf';
import { signalling } from './signalling';
import { Contacts } from './staff-contacts';
import { Entry } from './staff-entry';
import { Talk } from './staff-talk';
import type { Surroundings } from './surroundings';
import { tabStorage } from './tab';
import { TextOfCall } from './text/call-text';
import { noted } from './text/conversation';
import type { Card, DropPlan } from './text/message';
import { CallNotes, noNotes } from './text/notes';
import { Observable } from './view';
import { idBytes } from './wire';

/** Where the counsellor who answers sits. */
const COUNSELLOR_SLOT = CALLER_SLOT + 1;
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
  board: undefined,
  quality: 'good',
  microphone: undefined,
  microphoneGone: false,
  muted: false,
  trouble: undefined,
  refusal: undefined,
  drill: false,
};

export function createStaffDesk(
  config: PublicConfig,
  surroundings: Surroundings = staffSurroundings(),
  shelf: DeviceShelf = indexedDbShelf,
): StaffDesk {
  return new Desk(config, surroundings, shelf, false);
}

/** A desk in a drill: the same person and device, and nothing of a call where one of the line is kept. */
export function createDrillDesk(
  config: PublicConfig,
  surroundings: Surroundings = staffSurroundings(),
  shelf: DeviceShelf = indexedDbShelf,
  storage: TabStorage | undefined = tabStorage(),
): StaffDesk {
  return new Desk(config, { ...surroundings, notes: new CallNotes(apart(storage)) }, shelf, true);
}

/** This browser, with legs that tell how they sound. */
function staffSurroundings(): Surroundings {
  return {
    ...browserSurroundings(),
    newLeg: (options, counted) => new CountedLeg(options, counted),
    newTrialLeg: (options) => new TrialLeg(options),
  };
}

class Desk implements StaffDesk {
  readonly audio: MediaStream;
  readonly asideAudio: MediaStream;
  readonly talk: StaffTalk;
  readonly text = new TextOfCall(() => this.call?.session.conversation);
  readonly serviceShelf = indexedDbServices;
  readonly contacts: Contacts;
  readonly drill = this.about('drill');
  readonly figures = this.about('figures');
  readonly followUps = this.about('follow_ups');
  readonly office = this.about('office');
  readonly services = this.about('services');
  readonly shift = this.about('shift');
  readonly triage = this.about('triage');
  private readonly shown: Observable<StaffView>;
  private readonly connection: Connection<StaffRequest, StaffMessage>;
  private readonly mic: ChosenMicrophone;
  private readonly heard = new CallHeard((call, heard) => {
    // Refused where it is not known any more: then it is missing.
    this.connection.insist({ type: 'quality', call, heard }).catch(() => {});
  });
  private readonly rater = new Rater(
    (quality) => this.shown.set({ quality }),
    (quality, ms) => this.heard.hear(quality, ms),
  );
  private readonly entry: Entry;
  private call: Room | undefined;
  private aside: Room | undefined;
  private accepting = false;
  /** The microphone is being changed because somebody chose another one. */
  private choosing = false;
  private warm = false;

  constructor(
    private readonly config: PublicConfig,
    private readonly around: Surroundings,
    shelf: DeviceShelf,
    drill: boolean,
  ) {
    this.shown = new Observable<StaffView>({ ...begin, drill });
    this.audio = around.newStream();
    this.asideAudio = around.newStream();
    this.mic = new ChosenMicrophone({
      devices: around.devices,
      replaced: (track) => {
        const microphoneGone = this.view.microphoneGone || !this.choosing;
        this.shown.set({ trouble: undefined, microphone: track.label, microphoneGone });
        void this.giveTrack();
      },
      lost: (trouble) => this.trouble(trouble),
      fellBack: () => this.shown.set({ microphoneGone: true }),
    });
    this.connection = signalling(around, drill ? '/ws/drill/staff' : '/ws/staff', {
      // The server speaks first: it sends what to sign.
      opened: () => {},
      received: (message) => this.receive(message),
      linkChanged: (signalling) => {
        this.shown.set({ signalling });
        if (signalling === 'up') for (const room of this.rooms()) room.session.wake();
      },
      networkChanged: () => {
        for (const room of this.rooms()) room.session.networkChanged();
      },
    });
    this.contacts = new Contacts({
      ask: (ask) => this.followUps(ask),
      device: () => this.entry.device,
      authority: this.config.authority,
      now: this.around.clock.now,
    });
    this.talk = new Talk(this.connection, () => this.view.state);
    this.entry = new Entry({
      authority: config.authority,
      around,
      shelf,
      connection: this.connection,
      show: (patch) => this.shown.set(patch),
      trouble: (trouble) => this.trouble(trouble),
    });
  }

  get view(): StaffView {
    return this.shown.value;
  }

  subscribe(listener: () => void): () => void {
    return this.shown.subscribe(listener);
  }

  connect(): void {
    void this.entry.begin();
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

  async setAvailable(available: boolean): Promise<void> {
    if (!available) {
      await this.connection.insist({ type: 'unavailable' });
      return;
    }
    await this.microphone();
    await this.connection.request({ type: 'available' });
  }

  async pause(why: Pause): Promise<void> {
    await this.connection.insist({ type: 'pause', why });
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
    this.note();
  }

  setHold(held: boolean): void {
    if (this.view.state?.phase !== 'on_call' || !this.call) return;
    this.call.session.conversation.hold(held);
    void this.call.session.hold('hold', held);
  }

  agree(plan: DropPlan | null): void {
    if (this.view.state?.phase === 'on_call') this.call?.session.conversation.agree(plan);
  }

  async sendCard(card: Card): Promise<void> {
    if (!this.call) throw new RequestFailed('out_of_order', 'There is no call.');
    await this.call.session.conversation.sendCard(card);
  }

  async codeWrapUp(chosen: readonly (number | null)[]): Promise<void> {
    const { state } = this.view;
    if (state?.phase !== 'wrap_up') return;
    await this.connection.request({ type: 'code_wrap_up', call: state.call, chosen: [...chosen] });
  }

  async microphone(): Promise<MediaStream> {
    try {
      const stream = await this.mic.open();
      if (this.view.trouble?.startsWith('microphone')) this.shown.set({ trouble: undefined });
      this.shown.set({ microphone: stream.getAudioTracks()[0]?.label });
      await this.giveTrack();
      return stream;
    } catch (failure) {
      this.trouble(failure instanceof MicrophoneFailed ? failure.trouble : 'microphone-missing');
      throw failure;
    }
  }

  async chooseMicrophone(id: string | undefined): Promise<void> {
    this.choosing = true;
    this.shown.set({ microphoneGone: false });
    try {
      await this.mic.choose(id);
    } finally {
      this.choosing = false;
    }
  }

  async checkPath(): Promise<Path> {
    const { clock, e2ee, newTrialLeg } = this.around;
    const frames = e2ee.createFrameCrypto();
    if (!frames || !newTrialLeg) throw new PathFailed('no-path');
    const ask = (leg: LegRequest): Promise<Leg> => this.legOf({ type: 'check_path', leg });
    return checkPath({ clock, frames, newLeg: newTrialLeg, ask });
  }

  close(): void {
    const { drill, state } = this.view;
    // Nobody of a drill is held for a desk that has left it.
    if (drill && state?.phase === 'on_call') this.connection.tell({ type: 'end', call: state.call.id });
    this.entry.close();
    this.connection.stop();
    this.leaveRooms();
    this.mic.release();
  }

  private about<S extends Subject>(subject: S): (ask: AskOf<S>) => Promise<AnswerOf<S>> {
    return (ask) => askAbout(this.connection, subject, ask);
  }

  private receive(message: StaffMessage): void {
    switch (message.type) {
      case 'challenge':
        void this.entry.enter(message.nonce, this.call?.seen ?? 0);
        break;
      case 'welcome':
        if ((message.drill ?? false) !== this.view.drill) {
          this.out('drill-unsure');
          break;
        }
        if (this.view.trouble === 'server-unreachable') this.shown.set({ trouble: undefined });
        this.shown.set({ name: message.name, role: message.role });
        this.entry.entered(IN_CALLS.includes(message.role));
        break;
      case 'state':
        this.follow(message.state, message.queue);
        break;
      case 'mls':
        for (const room of this.rooms()) if (room.id === message.call) room.receive(message);
        break;
      case 'said':
        for (const room of this.rooms()) if (room.id === message.call) room.session.hear(message);
        break;
      case 'help':
        this.shown.set({ help: message.calls });
        break;
      case 'wallboard':
        this.shown.set({ board: message.board });
        break;
      case 'bye':
        this.goodbye(message.why);
        break;
    }
  }

  private follow(state: StaffState, queue: QueueState): void {
    this.warmUp(state);
    this.heard.follow(state);
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
      const notes = this.around.notes.load(call.id) ?? noNotes;
      this.leaveRooms();
      this.call = this.newRoom({ id: call.id, kind: 'call', slot: call.slot });
      // Before anything could be sent.
      if (call.consultation) void this.call?.session.hold('beside', true);
      if (notes.muted) this.setMuted(true);
      if (notes.holding) void this.call?.session.hold('hold', true);
      this.call?.session.conversation.restore(notes, true);
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
    await this.call?.session.hold('beside', true);
    if (this.aside !== aside) return;
    await aside.session.answer();
    await this.microphone().catch(() => {});
  }

  private newRoom(options: RoomOptions): Room | undefined {
    const { id, kind, slot } = options;
    const { device } = this.entry;
    const frames = this.around.e2ee.createFrameCrypto();
    if (!frames || device?.credential === undefined) {
      this.trouble('no-encryption');
      return undefined;
    }
    const { keys, credential } = device;
    const session = new CallSession({
      slot,
      room: kind,
      around: kind === 'call' ? this.rated() : this.around,
      frames,
      audio: kind === 'call' ? this.audio : this.asideAudio,
      newMember: () => this.newMember({ call: idBytes(id), room: kind, keys, credential }),
      newWords: this.around.e2ee.createSafetyWords,
      askLeg: (leg) => this.askLeg(id, leg),
      sendMls: async (message) => void (await this.connection.insist({ type: 'mls', call: id, message })),
      say: async (message) => void (await this.connection.request({ type: 'say', call: id, message })),
      publish: async (key_package) =>
        void (await this.connection.insist({ type: 'key_package', call: id, key_package })),
      changed: (view) => {
        this.shown.set(kind === 'call' ? view : { aside: view });
        this.note();
      },
      trouble: (trouble, refusal) => this.trouble(trouble, refusal),
    });
    return new Room(options, session);
  }

  /** For a reload. */
  private note(): void {
    if (this.call) this.around.notes.save(this.call.id, noted(this.view.conversation, this.view));
  }

  /** The call's legs are rated; a consultation is short, and between colleagues. */
  private rated(): Surroundings {
    this.rater.reset();
    const newLeg: Surroundings['newLeg'] = (options) => {
      const leg = this.around.newLeg(options, (counters) => this.rater.take(leg, counters));
      return leg;
    };
    return { ...this.around, newLeg };
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

  private askLeg(call: string, leg: LegRequest): Promise<Leg> {
    return this.legOf({ type: 'media', call, leg });
  }

  private async legOf(request: StaffRequest): Promise<Leg> {
    const answer = await this.connection.request(request);
    if (answer.type !== 'leg') throw new RequestFailed('internal', 'The server gave no leg.');
    return answer.leg;
  }

  private async openMicrophone(): Promise<void> {
    await this.microphone().catch(() => {});
  }

  private goodbye(why: Goodbye): void {
    switch (why) {
      case 'taken_over':
        this.out('taken-over');
        break;
      case 'signed_out':
        this.out('credential-refused');
        break;
      case 'drill_over':
        this.out('no-drill');
        break;
      case 'server_stopping':
        break;
    }
  }

  /** This desk is open no longer. */
  private out(trouble: Trouble): void {
    this.entry.close();
    this.connection.stop();
    this.leaveRooms();
    this.trouble(trouble);
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
    this.around.notes.forget();
    this.text.draft = '';
    this.shown.set({ ...noSession, quality: 'good' });
  }

  private leaveAside(): void {
    if (!this.aside) return;
    this.aside.close();
    this.aside = undefined;
    this.shown.set({ aside: undefined });
    void this.call?.session.hold('beside', false);
  }
}

function ignoreGone(failure: unknown): void {
  if (!(failure instanceof RequestFailed && failure.code === 'offer_gone')) throw failure;
}
