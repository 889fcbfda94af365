/** The caller's side of a call: queue, call, reload, leaving. */
import type { SignatureKeyPair } from '../e2ee/api';
import type { CallerMessage, CallerRequest, CallerState, Goodbye, Leg, LegRequest, PublicConfig } from '../proto';
import { apart, type TabStorage } from './apart';
import type { CallerCall, CallerView, Trouble } from './api';
import { browserSurroundings } from './browser';
import { type Connection, RequestFailed } from './connection';
import { mark } from './marks';
import { Microphone, MicrophoneFailed } from './microphone';
import { CALLER_SLOT } from './seats';
import { CallSession, noSession, type SessionView } from './session';
import { signalling } from './signalling';
import type { Surroundings } from './surroundings';
import { Tab, tabStorage } from './tab';
import { TextOfCall } from './text/call-text';
import { noted } from './text/conversation';
import { CallNotes } from './text/notes';
import { Observable } from './view';
import { idBytes } from './wire';

/** How long leaving waits for the server's word before the page calls it done. */
const LEAVE_MS = 2_000;
/** Never connected for this long: the page gives the number. It goes on trying. */
const UNREACHABLE_MS = 10_000;
/** How long after the counsellor has ended the call the page can still be shown the code of a follow-up. */
const WRAP_UP_MS = 600_000;

const begin: CallerView = {
  ...noSession,
  signalling: 'connecting',
  state: { phase: 'idle' },
  onShift: undefined,
  followUp: undefined,
  codeRefused: undefined,
  muted: false,
  trouble: undefined,
  refusal: undefined,
  drill: false,
};

export function createCallerCall(
  config: PublicConfig,
  surroundings: Surroundings = browserSurroundings(),
  tab: Tab = new Tab(tabStorage()),
): CallerCall {
  return new Caller(config, surroundings, tab, undefined);
}

/** Somebody plays a caller, by the ticket that they were given. Nothing of it is kept where a call of the line is. */
export function createDrillCall(
  config: PublicConfig,
  ticket: string,
  surroundings: Surroundings = browserSurroundings(),
  storage: TabStorage | undefined = tabStorage(),
): CallerCall {
  const own = apart(storage);
  return new Caller(config, { ...surroundings, notes: new CallNotes(own) }, new Tab(own), ticket);
}

class Caller implements CallerCall {
  readonly audio: MediaStream;
  readonly text = new TextOfCall(() => this.session?.conversation);
  private readonly shown: Observable<CallerView>;
  private readonly connection: Connection<CallerRequest, CallerMessage>;
  private microphone: Microphone;
  private session: CallSession | undefined;
  private keys: Promise<SignatureKeyPair> | undefined;
  /** The call of this tab: known after joining, or from before a reload. */
  private token: string | undefined;
  private call: string | undefined;
  private seen = 0;
  private resuming = false;
  /** Came without a microphone, and the counsellor is still to be told. */
  private silent = false;
  private joining: Promise<void> | undefined;
  private cancelUnreachable = () => {};
  private cancelLinger = () => {};
  /** The call is over, and the counsellor may still promise another one. */
  private lingering = false;

  constructor(
    private readonly config: PublicConfig,
    private readonly around: Surroundings,
    private readonly tab: Tab,
    private readonly ticket: string | undefined,
  ) {
    this.shown = new Observable<CallerView>({ ...begin, drill: ticket !== undefined });
    this.audio = around.newStream();
    this.microphone = this.newMicrophone();
    this.connection = signalling(around, ticket === undefined ? '/ws/caller' : '/ws/drill/caller', {
      opened: () => void this.greet(),
      received: (message) => this.receive(message),
      linkChanged: (signalling) => {
        if (!this.lingering) this.shown.set({ signalling });
        // Not within the connection's own word, after which it would try again.
        else if (signalling !== 'up') this.around.clock.after(0, () => this.stopLingering());
        if (signalling === 'up') this.session?.wake();
      },
      networkChanged: () => this.session?.networkChanged(),
    });
  }

  get view(): CallerView {
    return this.shown.value;
  }

  subscribe(listener: () => void): () => void {
    return this.shown.subscribe(listener);
  }

  connect(): void {
    if (!this.around.canEncrypt()) {
      this.trouble('no-encryption');
      return;
    }
    if (this.ticket === '') {
      this.trouble('no-drill');
      return;
    }
    if (this.view.trouble === 'server-unreachable') this.shown.set({ trouble: undefined });
    const kept = this.tab.load();
    if (kept && !this.token) {
      this.token = kept.token;
      this.call = kept.call;
      this.keys = Promise.resolve(kept.keys);
      this.resuming = true;
    }
    this.expectServer();
    this.connection.start();
    // After a reload there is real work for the cryptography at once.
    if (!this.resuming) void this.around.e2ee.warmUp().catch(() => this.trouble('no-encryption'));
  }

  join(code?: string): Promise<void> {
    return this.joinOnce(false, code);
  }

  joinSilently(): Promise<void> {
    return this.joinOnce(true);
  }

  private joinOnce(silently: boolean, code?: string): Promise<void> {
    this.joining ??= this.tryToJoin(silently, code).finally(() => {
      this.joining = undefined;
    });
    return this.joining;
  }

  async forgetCode(code: string): Promise<void> {
    this.connection.start();
    await this.connection.request({ type: 'forget_code', code });
  }

  setMuted(muted: boolean): void {
    this.microphone.setMuted(muted);
    this.shown.set({ muted });
    this.note();
    // Whoever came without a microphone has none open yet.
    if (!muted && this.session && !this.microphone.track) void this.openMicrophone();
  }

  async leave(): Promise<void> {
    if (!this.session) return;
    const { token } = this;
    this.microphone.release();
    const said = this.connection.request({ type: 'leave', how: 'left' }).then(
      () => true,
      () => false,
    );
    const late = new Promise<boolean>((resolve) => this.around.clock.after(LEAVE_MS, () => resolve(false)));
    if (!(await Promise.race([said, late])) && token) this.sendBeacon(token, 'left');
    this.finish({ phase: 'ended', by: 'caller' });
  }

  exit(): void {
    const { token } = this;
    this.connection.tell({ type: 'leave', how: 'quick_exit' });
    if (token) this.sendBeacon(token, 'quick_exit');
    this.finish({ phase: 'ended', by: 'quick_exit' });
  }

  leaveDrill(): void {
    const { token } = this;
    this.connection.tell({ type: 'leave', how: 'left' });
    if (token) this.sendBeacon(token, 'left');
    this.finish({ phase: 'ended', by: 'caller' });
  }

  private sendBeacon(token: string, how: 'left' | 'quick_exit'): void {
    this.around.beacon('/api/caller/leave', JSON.stringify({ token, how }));
  }

  private async tryToJoin(silently: boolean, code?: string): Promise<void> {
    mark('tap');
    if (!this.around.canEncrypt()) return this.trouble('no-encryption');
    this.shown.set({ trouble: undefined, refusal: undefined, codeRefused: undefined });
    if (this.view.state.phase === 'ended') this.startAgain();
    this.connection.start();
    if (silently && !this.session) {
      this.silent = true;
      this.setMuted(true);
    } else if (!(await this.openMicrophone())) return;
    if (this.session) return;
    try {
      this.keys ??= this.around.e2ee.generateKeys();
      const keys = await this.keys;
      const session = this.newSession(keys);
      this.session = session;
      await this.joinQueue(await session.group.keyPackage(), code);
      mark('waiting');
      session.openMedia();
      await session.setTrack(this.microphone.track);
    } catch (failure) {
      this.notJoined(failure, code !== undefined);
    }
  }

  private async joinQueue(key_package: string, code?: string): Promise<void> {
    // Whoever comes again has a new connection, which may be slower than the microphone and the keys.
    await this.connection.ready(UNREACHABLE_MS);
    try {
      await this.connection.request({ type: 'join', key_package, ...(code !== undefined && { code }) });
    } catch (failure) {
      // The place was given and only the last word of it lost: the next connection resumes it.
      const interrupted = failure instanceof RequestFailed && (failure.code === 'lost' || failure.code === 'timeout');
      if (!interrupted || !this.token) throw failure;
    }
  }

  private notJoined(failure: unknown, byCode: boolean): void {
    this.dropSession();
    this.microphone.release();
    this.microphone = this.newMicrophone();
    const code = failure instanceof RequestFailed ? failure.code : 'internal';
    if (code === 'unknown_code') this.shown.set({ codeRefused: 'unknown' });
    else if (byCode && code === 'busy') this.shown.set({ codeRefused: 'busy' });
    else if (code === 'busy') this.trouble('service-full');
    else if (code === 'lost' || code === 'timeout') this.trouble('server-unreachable');
    else this.trouble('internal');
  }

  private async openMicrophone(): Promise<boolean> {
    try {
      await this.microphone.open();
      await this.session?.setTrack(this.microphone.track);
      return true;
    } catch (failure) {
      this.trouble(failure instanceof MicrophoneFailed ? failure.trouble : 'microphone-missing');
      return false;
    }
  }

  private newMicrophone(): Microphone {
    const microphone = new Microphone({
      devices: this.around.devices,
      replaced: (track) => {
        this.shown.set({ trouble: undefined });
        void this.session?.setTrack(track);
      },
      lost: (trouble) => this.trouble(trouble),
    });
    microphone.setMuted(this.view.muted);
    return microphone;
  }

  private newSession(keys: SignatureKeyPair): CallSession {
    const { clock, e2ee } = this.around;
    const frames = e2ee.createFrameCrypto();
    if (!frames) throw new RequestFailed('internal', 'This browser has no encrypted transform.');
    return new CallSession({
      slot: CALLER_SLOT,
      around: this.around,
      frames,
      audio: this.audio,
      newMember: () =>
        e2ee.createMember({
          call: () => idBytes(this.call ?? ''),
          authority: this.config.authority,
          keys,
          now: clock.now,
        }),
      newWords: e2ee.createSafetyWords,
      askLeg: (leg) => this.askLeg(leg),
      sendMls: async (message) => void (await this.connection.insist({ type: 'mls', message })),
      say: async (message) => void (await this.connection.request({ type: 'say', message })),
      publish: async (key_package) => void (await this.connection.insist({ type: 'key_package', key_package })),
      changed: (view) => this.follow(view),
      trouble: (trouble, refusal) => this.trouble(trouble, refusal),
    });
  }

  private follow(view: SessionView): void {
    this.shown.set(view);
    this.note();
    if (!this.silent || !view.conversation.open) return;
    this.silent = false;
    this.text.tap('cannot_talk');
  }

  /** For a reload. */
  private note(): void {
    if (!this.call || !this.session) return;
    const { silent, view } = this;
    this.around.notes.save(this.call, noted(view.conversation, { muted: view.muted, silent }));
  }

  private async askLeg(leg: LegRequest): Promise<Leg> {
    const answer = await this.connection.request({ type: 'media', ...leg });
    if (answer.type !== 'leg') throw new RequestFailed('internal', 'The server gave no leg.');
    return answer.leg;
  }

  private async greet(): Promise<void> {
    const { token } = this;
    if (token) {
      try {
        await this.connection.greet({ type: 'resume', token, seen: this.resuming ? 0 : this.seen });
        return;
      } catch (failure) {
        if (!(failure instanceof RequestFailed)) return;
        if (failure.code === 'no_drill') this.drillOver();
        if (failure.code !== 'unknown_session') return;
        // The call is over, and the page missed its end.
        const wasOver = this.resuming;
        this.finish(wasOver ? { phase: 'idle' } : { phase: 'ended', by: 'lost' });
        if (!wasOver) return;
        this.connection.start();
        return;
      }
    }
    const drill = this.ticket === undefined ? {} : { drill: this.ticket };
    await this.connection.greet({ type: 'hello', ...drill }).catch((failure) => {
      if (failure instanceof RequestFailed && failure.code === 'no_drill') this.drillOver();
    });
  }

  private receive(message: CallerMessage): void {
    if (message.type === 'welcome' && (message.drill ?? false) !== this.view.drill) {
      this.unsure();
      return;
    }
    if (message.type === 'follow_up') {
      this.shown.set({ followUp: { code: message.code, at: message.at_ms } });
      return;
    }
    if (this.lingering) return;
    switch (message.type) {
      case 'welcome':
        this.cancelUnreachable();
        if (this.view.trouble === 'server-unreachable') this.shown.set({ trouble: undefined });
        this.shown.set({ onShift: message.on_shift });
        break;
      case 'shift':
        this.shown.set({ onShift: message.on_shift });
        break;
      case 'session':
        void this.keep(message.token, message.call);
        break;
      case 'state':
        this.enter(message.state);
        break;
      case 'mls':
        this.seen = Math.max(this.seen, message.seq);
        this.session?.receive(message);
        break;
      case 'said':
        this.session?.hear(message);
        break;
      case 'bye':
        this.goodbye(message.why);
        break;
    }
  }

  private async keep(token: string, call: string): Promise<void> {
    this.token = token;
    this.call = call;
    this.note();
    const keys = await this.keys;
    if (keys && this.token === token) this.tab.save({ token, call, keys });
  }

  private enter(state: CallerState): void {
    if (state.phase === 'ended') {
      this.finish(state);
      return;
    }
    this.shown.set(state.phase === 'waiting' ? { state, onShift: state.on_shift } : { state });
    if (state.phase !== 'idle' && !this.session && !this.joining) void this.comeBack();
    this.resuming = false;
    if (state.phase === 'connected') {
      this.session?.seat(state.participants);
      void this.session?.answer();
    }
  }

  /** After a reload: the same caller with a new leaf, a new leg and, if the browser still allows it, the microphone. */
  private async comeBack(): Promise<void> {
    const keys = await this.keys;
    if (!keys || this.session) return;
    try {
      const session = this.newSession(keys);
      const notes = this.around.notes.load(this.call ?? '');
      this.session = session;
      this.silent = notes?.silent ?? false;
      if (notes?.muted) this.setMuted(true);
      if (notes) session.conversation.restore(notes, false);
      const { state } = this.view;
      if (state.phase === 'connected') {
        session.seat(state.participants);
        void session.answer();
      }
      void session.group.rejoin();
      session.openMedia();
      // Whoever was silent stays so until they say otherwise.
      if (!notes?.muted) await this.openMicrophone();
    } catch {
      this.trouble('internal');
    }
  }

  private goodbye(why: Goodbye): void {
    if (why === 'drill_over') this.drillOver();
    if (why !== 'taken_over') return;
    this.connection.stop();
    this.dropSession();
    this.microphone.release();
    // The other tab has its own copy of what is kept; this one must not take the call back by a reload.
    this.tab.forget();
    this.around.notes.forget();
    this.trouble('taken-over');
  }

  /** Nobody answers here any more. */
  private drillOver(): void {
    this.finish({ phase: 'idle' });
    this.trouble('no-drill');
  }

  /** Neither is believed: whoever is in need must not be in a drill, nor a drill on the line. */
  private unsure(): void {
    if (this.ticket === undefined) {
      // Of a call of the line a reload may still bring it back.
      this.cancelUnreachable();
      this.connection.stop();
      this.dropSession();
      this.microphone.release();
    } else this.finish({ phase: 'idle' });
    this.shown.set({ trouble: 'drill-unsure', refusal: undefined, drill: false });
  }

  private expectServer(): void {
    this.cancelUnreachable();
    this.cancelUnreachable = this.around.clock.after(UNREACHABLE_MS, () => {
      if (this.view.signalling === 'connecting') this.trouble('server-unreachable');
    });
  }

  private trouble(trouble: Trouble, refusal?: string): void {
    // What fails because all is over says nothing more.
    if (this.view.trouble === 'no-drill' || this.view.trouble === 'drill-unsure') return;
    this.shown.set({ trouble, refusal });
  }

  private dropSession(): void {
    this.session?.close();
    this.session = undefined;
  }

  /** The end, for whatever reason: nothing of the call is left behind. Synchronous. */
  private finish(state: CallerState): void {
    this.tab.forget();
    this.around.notes.forget();
    this.silent = false;
    this.token = undefined;
    this.call = undefined;
    this.keys = undefined;
    this.resuming = false;
    this.seen = 0;
    this.text.draft = '';
    this.microphone.release();
    this.dropSession();
    this.cancelUnreachable();
    this.lingering = state.phase === 'ended' && state.by === 'counsellor' && this.connection.up;
    if (this.lingering) this.cancelLinger = this.around.clock.after(WRAP_UP_MS, () => this.stopLingering());
    else this.connection.stop();
    this.shown.set({ ...noSession, state, muted: false });
  }

  private stopLingering(): void {
    if (!this.lingering) return;
    this.lingering = false;
    this.cancelLinger();
    this.connection.stop();
  }

  private startAgain(): void {
    this.stopLingering();
    this.microphone = this.newMicrophone();
    this.shown.set({ ...begin, drill: this.view.drill });
  }
}
