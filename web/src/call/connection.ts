/**
 * The signalling connection: a WebSocket that comes back by itself. Requests are matched with their answers by number;
 * a silent server counts as gone. What is said on it is the business of caller.ts and staff.ts.
 */
import { type ErrorCode, type Frame, type Goodbye, type Heartbeat, type ProtocolError, SUBPROTOCOL } from '../proto';
import type { Link } from './api';
import { retryDelay } from './backoff';
import type { Chance, Clock } from './clock';

/** What both sides' messages have in common, beside answers: each of those has the number of its request, whatever its type. */
export type Incoming =
  | { type: 'welcome'; heartbeat: Heartbeat }
  | { type: 'error'; re: number | null; error: ProtocolError }
  | { type: 'pong' }
  | { type: 'bye'; why: Goodbye };

/** Why a request has no good answer. */
export class RequestFailed extends Error {
  constructor(
    /** The server's code; `lost` when the connection went first, `timeout` when no answer came. */
    readonly code: ErrorCode | 'lost' | 'timeout',
    text: string,
  ) {
    super(text);
    this.name = 'RequestFailed';
  }
}

/** The part of a WebSocket that is used here. */
export type Socket = Pick<WebSocket, 'readyState' | 'send' | 'close'> & {
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
};

export interface ConnectionOptions<M> {
  readonly url: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly openSocket: (url: string, protocol: string) => Socket;
  /** Tells of moments at which it is worth trying at once (online again, page shown, network changed). */
  readonly onWake: (wake: () => void) => () => void;
  /** A fresh socket is open: say hello with `greet`. */
  readonly opened: () => void;
  readonly received: (message: M) => void;
  readonly linkChanged: (link: Link) => void;
}

interface Pending<Q, A> {
  readonly request: Q;
  readonly lasting: boolean;
  readonly resolve: (answer: A) => void;
  readonly reject: (failure: RequestFailed) => void;
  cancelTimer: () => void;
}

const OPEN = 1;
/** From opening a socket to the server's welcome, and for the answer to a request. */
const ANSWER_MS = 10_000;
/** How soon a pong must come when the network may have changed. */
const PROBE_MS = 2_500;

export class Connection<Q extends { type: string }, M extends { type: string }> {
  private socket: Socket | undefined;
  private link: Link | 'stopped' = 'stopped';
  private attempt = 0;
  private nextId = 1;
  private greeting: number | undefined;
  private heartbeat: Heartbeat = { interval_ms: 5_000, timeout_ms: 15_000 };
  private heardAt = 0;
  private wasUp = false;
  private cancelRetry = () => {};
  private cancelBeat = () => {};
  private cancelWelcome = () => {};
  private stopWaking = () => {};
  private readonly pending = new Map<number, Pending<Q, M>>();
  private readonly awaiting = new Set<(up: boolean) => void>();

  constructor(private readonly options: ConnectionOptions<M>) {}

  /** Opens the connection and keeps it open until `stop`. */
  start(): void {
    if (this.link !== 'stopped') return;
    this.attempt = 0;
    this.wasUp = false;
    this.setLink('connecting');
    this.stopWaking = this.options.onWake(() => this.wake());
    this.open();
  }

  /** Closes it for good; what is unanswered fails. */
  stop(): void {
    if (this.link === 'stopped') return;
    this.link = 'stopped';
    this.stopWaking();
    this.cancelRetry();
    this.drop();
    for (const [id, entry] of this.pending) this.fail(id, entry, 'lost');
    for (const settled of [...this.awaiting]) settled(false);
  }

  get up(): boolean {
    return this.link === 'up';
  }

  /** Waits until there is a connection. Fails with `lost` where there is none after `patience` ms, or it is stopped. */
  ready(patience: number): Promise<void> {
    if (this.link === 'up') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const cancel = this.options.clock.after(patience, () => settled(false));
      const settled = (up: boolean): void => {
        cancel();
        this.awaiting.delete(settled);
        if (up) resolve();
        else reject(new RequestFailed('lost', 'There is no connection to the server.'));
      };
      if (this.link === 'stopped') settled(false);
      else this.awaiting.add(settled);
    });
  }

  /** Says hello on a fresh socket. Resolves with the welcome; rejects with the server's error. */
  greet(request: Q): Promise<M> {
    return new Promise((resolve, reject) => {
      const entry = { request, lasting: false, resolve, reject, cancelTimer: () => {} };
      this.greeting = this.transmit(entry);
    });
  }

  /** Asks once. Fails with `lost` when there is no connection or it goes before the answer. */
  request(request: Q): Promise<M> {
    return this.ask(request, false);
  }

  /** Asks until answered: sent again, unchanged, on the next connection. For requests that may be repeated. */
  insist(request: Q): Promise<M> {
    return this.ask(request, true);
  }

  /** Sends without asking for an answer, if there is a connection. */
  tell(request: Q): boolean {
    if (this.socket?.readyState !== OPEN) return false;
    this.socket.send(JSON.stringify({ id: this.nextId++, request } satisfies Frame<Q>));
    return true;
  }

  private ask(request: Q, lasting: boolean): Promise<M> {
    return new Promise((resolve, reject) => {
      const entry: Pending<Q, M> = { request, lasting, resolve, reject, cancelTimer: () => {} };
      if (this.link === 'up') this.transmit(entry);
      else if (lasting && this.link !== 'stopped') this.pending.set(this.nextId++, entry);
      else reject(new RequestFailed('lost', 'There is no connection to the server.'));
    });
  }

  private transmit(entry: Pending<Q, M>): number {
    const id = this.nextId++;
    this.pending.set(id, entry);
    entry.cancelTimer = this.options.clock.after(ANSWER_MS, () => {
      if (entry.lasting) return this.lost();
      this.fail(id, entry, 'timeout');
    });
    this.socket?.send(JSON.stringify({ id, request: entry.request } satisfies Frame<Q>));
    return id;
  }

  private fail(id: number, entry: Pending<Q, M>, code: 'lost' | 'timeout'): void {
    entry.cancelTimer();
    this.pending.delete(id);
    entry.reject(new RequestFailed(code, code === 'lost' ? 'The connection was lost.' : 'The server did not answer.'));
  }

  private open(): void {
    const socket = this.options.openSocket(this.options.url, SUBPROTOCOL);
    this.socket = socket;
    this.cancelWelcome = this.options.clock.after(ANSWER_MS, () => this.lost());
    socket.onopen = () => {
      if (this.socket === socket) this.options.opened();
    };
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(event.data);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  private receive(data: unknown): void {
    this.heardAt = this.options.clock.now();
    let message: M & Incoming;
    try {
      message = JSON.parse(String(data));
    } catch {
      this.lost();
      return;
    }
    switch (message.type) {
      case 'welcome':
        this.welcomed(message);
        break;
      case 'error': {
        const { re, error } = message;
        if (re !== null) this.settle(re, (entry) => entry.reject(new RequestFailed(error.code, error.text)));
        break;
      }
      case 'pong':
        return;
      default:
        // Whatever names a request answers it; what else it says is for whoever asked.
        if ('re' in message && typeof message.re === 'number') {
          this.settle(message.re, (entry) => entry.resolve(message));
        }
    }
    this.options.received(message);
  }

  private settle(id: number, answer: (entry: Pending<Q, M>) => void): void {
    const entry = this.pending.get(id);
    if (!entry) return;
    entry.cancelTimer();
    this.pending.delete(id);
    answer(entry);
  }

  private welcomed(message: M & { type: 'welcome'; heartbeat: Heartbeat }): void {
    this.cancelWelcome();
    this.heartbeat = message.heartbeat;
    this.attempt = 0;
    this.wasUp = true;
    if (this.greeting !== undefined) this.settle(this.greeting, (entry) => entry.resolve(message));
    this.greeting = undefined;
    this.setLink('up');
    for (const [id, entry] of [...this.pending]) {
      this.pending.delete(id);
      this.transmit(entry);
    }
    this.beat();
  }

  private beat(): void {
    const { clock } = this.options;
    const { interval_ms, timeout_ms } = this.heartbeat;
    this.cancelBeat();
    this.cancelBeat = clock.after(interval_ms, () => {
      if (clock.now() - this.heardAt >= timeout_ms) return this.lost();
      this.ping();
      this.beat();
    });
  }

  private ping(): void {
    this.tell({ type: 'ping' } as unknown as Q);
  }

  private wake(): void {
    const { clock } = this.options;
    if (this.link === 'up') {
      const asked = clock.now();
      this.ping();
      this.cancelBeat();
      this.cancelBeat = clock.after(PROBE_MS, () => (this.heardAt < asked ? this.lost() : this.beat()));
    } else if (this.link !== 'stopped' && !this.socket) {
      this.cancelRetry();
      this.open();
    }
  }

  private lost(): void {
    this.drop();
    if (this.link === 'stopped') return;
    this.setLink(this.wasUp ? 'lost' : 'connecting');
    for (const [id, entry] of this.pending) {
      entry.cancelTimer();
      if (!entry.lasting) this.fail(id, entry, 'lost');
    }
    this.cancelRetry();
    this.cancelRetry = this.options.clock.after(retryDelay(this.attempt++, this.options.chance), () => this.open());
  }

  private drop(): void {
    this.cancelBeat();
    this.cancelWelcome();
    const socket = this.socket;
    this.socket = undefined;
    this.greeting = undefined;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close(1000);
  }

  private setLink(link: Link): void {
    if (this.link === link) return;
    this.link = link;
    this.options.linkChanged(link);
    if (link === 'up') for (const settled of [...this.awaiting]) settled(true);
  }
}
