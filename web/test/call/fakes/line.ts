import type { CallerState, LogEntry, MlsMessage, Participant, StaffState } from '../../../src/proto';
import { type Asked, FakeServer, type FakeSocket, HEARTBEAT } from './server';

/** The id of the one call of a FakeLine, and its bytes. */
export const CALL_ID = '0102030405060708090a0b0c0d0e0f10';

interface Seat {
  keyPackage: string | null;
  /** Whether log entries are delivered: not from a fresh KeyPackage until a commit adds its slot. */
  listening: boolean;
  socket: FakeSocket | undefined;
}

/** A line with one caller and one counsellor, keeping the node's rules for queue and MLS log. Tests bend it by its fields. */
export class FakeLine {
  readonly callerSide = new FakeServer();
  readonly staffSide = new FakeServer();
  readonly log: LogEntry[] = [];
  readonly seats: Record<number, Seat> = { 0: newSeat(), 1: newSeat() };
  epoch = 0;
  callerState: CallerState = { phase: 'idle' };
  staffPhase: Exclude<StaffState['phase'], 'invited' | 'consulted' | 'paused'> = 'unavailable';
  /** Changes an entry on its way to a slot; a line that misbehaves. */
  bend: (entry: LogEntry, to: number) => LogEntry | undefined = (entry) => entry;
  /** What the authority has signed for the console's device. */
  credential: string | null = null;
  hearsNothing: number | undefined;
  /** How many messages were to be handed on. */
  passed = 0;
  /** The ticket of a drill: then this line is one. */
  drill: string | undefined;
  private endedBy: 'caller' | 'quick_exit' | 'counsellor' = 'caller';

  constructor() {
    this.callerSide.answers = this.callerAnswers();
    this.staffSide.answers = this.staffAnswers();
    this.staffSide.opened = (socket) => {
      socket.open();
      socket.say({ type: 'challenge', nonce: 'bm9uY2U=' });
    };
  }

  private callerAnswers(): FakeServer['answers'] {
    const welcome = (socket: FakeSocket) =>
      socket.say({ type: 'welcome', heartbeat: HEARTBEAT, on_shift: true, ...this.marked() });
    return {
      hello: (socket, { id, request }) => {
        if (request.drill !== this.drill) {
          socket.say({ type: 'error', re: id, error: { code: 'no_drill', text: 'No.' } });
          return;
        }
        welcome(socket);
        socket.say({ type: 'state', state: { phase: 'idle' } });
      },
      resume: (socket, { id, request }) => {
        if (request.token !== 'token' || this.callerState.phase === 'ended') {
          socket.say({ type: 'error', re: id, error: { code: 'unknown_session', text: 'Unknown.' } });
          return;
        }
        welcome(socket);
        this.sit(0, socket, Number(request.seen), { type: 'session', token: 'token', call: CALL_ID });
      },
      join: (socket, { id, request }) => {
        const seat = this.seat(0);
        Object.assign(seat, { socket, keyPackage: request.key_package, listening: false });
        this.callerState = { phase: 'waiting', ahead: 0, ringing: this.staffPhase === 'available', on_shift: true };
        socket.say({ type: 'session', token: 'token', call: CALL_ID });
        this.done(socket, id);
        if (this.staffPhase === 'available') this.staffPhase = 'ringing';
        this.tell();
      },
      key_package: (socket, asked) => this.takeKeyPackage(0, socket, asked),
      mls: (socket, asked) => this.takeMls(0, socket, asked),
      media: (socket, asked) => this.giveLeg(0, socket, asked),
      say: (socket, asked) => this.passOn(0, socket, asked),
      leave: (socket, { id, request }) => {
        this.done(socket, id);
        this.end(request.how === 'quick_exit' ? 'quick_exit' : 'caller');
      },
      ping: (socket) => socket.say({ type: 'pong' }),
    };
  }

  private staffAnswers(): FakeServer['answers'] {
    return {
      enter: (socket, { request }) => {
        socket.say({ type: 'welcome', heartbeat: HEARTBEAT, name: 'Priya', role: 'counsellor', ...this.marked() });
        this.sit(1, socket, Number(request.seen));
      },
      credential: (socket, { id }) => socket.say({ type: 'credential', re: id, credential: this.credential }),
      office: (socket, { id }) => socket.say({ type: 'office', re: id, answer: { answer: 'done' } }),
      sign_out: (socket, { id }) => this.done(socket, id),
      available: (socket, { id }) => {
        this.staffPhase = this.callerState.phase === 'waiting' ? 'ringing' : 'available';
        this.done(socket, id);
        this.tell();
      },
      accept: (socket, { id }) => {
        if (this.staffPhase !== 'ringing') {
          socket.say({ type: 'error', re: id, error: { code: 'offer_gone', text: 'Gone.' } });
          return;
        }
        this.staffPhase = 'on_call';
        this.seat(1).listening = true;
        this.callerState = { phase: 'connected', participants: [] };
        this.done(socket, id);
        this.tell();
      },
      pass: (socket, { id }) => {
        this.staffPhase = 'available';
        this.done(socket, id);
        this.tell();
      },
      end: (socket, { id }) => {
        this.done(socket, id);
        this.end('counsellor');
      },
      quality: (socket, { id }) => this.done(socket, id),
      wrap_up_done: (socket, { id, request }) => {
        this.staffPhase = request.available === true ? 'available' : 'unavailable';
        this.done(socket, id);
        this.tell();
      },
      say: (socket, asked) => this.passOn(1, socket, asked),
      key_package: (socket, asked) => this.takeKeyPackage(1, socket, asked),
      mls: (socket, asked) => this.takeMls(1, socket, asked),
      media: (socket, asked) => this.giveLeg(1, socket, asked),
      ping: (socket) => socket.say({ type: 'pong' }),
    };
  }

  /** The caller gives up while it rings, or anyone ends the call. */
  end(by: 'caller' | 'quick_exit' | 'counsellor'): void {
    this.endedBy = by;
    if (this.staffPhase === 'on_call') this.staffPhase = 'wrap_up';
    else if (this.staffPhase === 'ringing') this.staffPhase = 'available';
    this.callerState = { phase: 'ended', by };
    this.tell();
  }

  private marked(): { drill?: boolean } {
    return this.drill === undefined ? {} : { drill: true };
  }

  private sit(slot: number, socket: FakeSocket, seen: number, first?: object): void {
    this.seat(slot).socket = socket;
    if (first) socket.say(first);
    this.tell();
    if (!this.seat(slot).listening) return;
    for (const entry of this.log) if (entry.seq > seen && entry.from !== slot) this.deliver(entry, slot);
  }

  private takeKeyPackage(slot: number, socket: FakeSocket, { id, request }: Asked): void {
    Object.assign(this.seat(slot), { keyPackage: request.key_package, listening: false });
    this.done(socket, id);
    this.tell();
  }

  private takeMls(slot: number, socket: FakeSocket, { id, request }: Asked): void {
    const message = request.message as MlsMessage;
    const known = this.log.find((entry) => entry.from === slot && same(entry.message, message));
    if (!known && message.kind === 'commit') {
      const anew = slot === 1 && message.epoch === 0 && this.seat(0).keyPackage !== null;
      if (message.epoch !== this.epoch && !anew) {
        socket.say({ type: 'error', re: id, error: { code: 'stale_epoch', text: 'Stale.' } });
        return;
      }
      this.epoch = message.epoch + 1;
      for (const added of message.added) Object.assign(this.seat(added), { keyPackage: null, listening: true });
      if (anew) Object.assign(this.seat(1), { keyPackage: null, listening: true });
    }
    this.done(socket, id);
    if (known) return;
    const entry: LogEntry = { seq: this.log.length + 1, from: slot, message };
    this.log.push(entry);
    this.deliver(entry, 1 - slot);
    // The state that follows a commit is a message of its own and may come late.
    if (message.kind === 'commit') setTimeout(() => this.tell(), 5);
  }

  /** What is handed on to the other side and kept nowhere. Where `hearsNothing` names a side, it is lost on the way to it. */
  private passOn(slot: number, socket: FakeSocket, { id, request }: Asked): void {
    if (!this.seat(slot).listening) {
      socket.say({ type: 'error', re: id, error: { code: 'out_of_order', text: 'Not in the group.' } });
      return;
    }
    this.done(socket, id);
    this.passed += 1;
    const other = this.seat(1 - slot);
    if (other.listening && this.hearsNothing !== 1 - slot) {
      other.socket?.say({ type: 'said', call: CALL_ID, from: slot, message: request.message });
    }
  }

  private deliver(entry: LogEntry, to: number): void {
    const bent = this.bend(entry, to);
    if (bent && this.seat(to).listening) this.seat(to).socket?.say({ type: 'mls', call: CALL_ID, ...bent });
  }

  private giveLeg(slot: number, socket: FakeSocket, { id }: Asked): void {
    const streams = [0, 1, 2, 3].filter((other) => other !== slot).map((other) => ({ slot: other, ssrc: 100 + other }));
    const leg = { slot, ufrag: 'token', pwd: 'password', fingerprint: 'ab'.repeat(32), candidates: [], streams };
    socket.say({ type: 'leg', re: id, leg });
  }

  private tell(): void {
    if (this.callerState.phase === 'connected') this.callerState.participants = this.participants();
    if (this.callerState.phase !== 'idle') this.seat(0).socket?.say({ type: 'state', state: this.callerState });
    const queue = { waiting: this.callerState.phase === 'waiting' ? 1 : 0, longest_wait_s: 0 };
    this.seat(1).socket?.say({ type: 'state', state: this.staffState(), queue });
  }

  private staffState(): StaffState {
    const key_package = this.seat(0).keyPackage ?? '';
    switch (this.staffPhase) {
      case 'ringing':
        return {
          phase: 'ringing',
          offer: {
            id: 'offer',
            call: CALL_ID,
            line: 'main',
            came: 'new',
            waited_s: 1,
            expires_in_ms: 20_000,
            key_package,
          },
        };
      case 'on_call':
        return { phase: 'on_call', call: { id: CALL_ID, slot: 1, participants: this.participants() } };
      case 'wrap_up':
        return { phase: 'wrap_up', call: CALL_ID, ended_by: this.endedBy };
      default:
        return { phase: this.staffPhase };
    }
  }

  private participants(): Participant[] {
    const one = (slot: number, role: Participant['role'], name: string | null): Participant => ({
      slot,
      role,
      name,
      connected: true,
      key_package: this.seat(slot).keyPackage,
    });
    return [one(0, 'caller', null), one(1, 'counsellor', 'Priya')];
  }

  private done(socket: FakeSocket, re: number): void {
    socket.say({ type: 'done', re });
  }

  private seat(slot: number): Seat {
    const seat = this.seats[slot];
    if (!seat) throw new Error(`no seat ${slot}`);
    return seat;
  }
}

function newSeat(): Seat {
  return { keyPackage: null, listening: false, socket: undefined };
}

function same(one: MlsMessage, other: MlsMessage): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
