import type { Socket } from '../../../src/call/connection';

/** A request as it came in. */
export interface Asked {
  readonly id: number;
  readonly request: { type: string; [field: string]: unknown };
}

/** The server's end of one WebSocket. */
export class FakeSocket implements Socket {
  readyState: Socket['readyState'] = 0;
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  readonly asked: Asked[] = [];

  constructor(
    readonly url: string,
    readonly protocol: string,
    private readonly heard: (socket: FakeSocket, asked: Asked) => void,
  ) {}

  send(data: string): void {
    const asked = JSON.parse(data) as Asked;
    this.asked.push(asked);
    this.heard(this, asked);
  }

  close(): void {
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.({} as Event);
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }

  /** The line breaks. */
  cut(): void {
    this.readyState = 3;
    this.onclose?.({} as CloseEvent);
  }

  /** What was asked of one type. */
  of(type: string): Asked[] {
    return this.asked.filter(({ request }) => request.type === type);
  }
}

export const HEARTBEAT = { interval_ms: 5_000, timeout_ms: 15_000 };

/** Speaks the server's side by a script: what to answer to each type of request. */
export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  /** Whether new sockets open by themselves. */
  reachable = true;
  answers: Record<string, (socket: FakeSocket, asked: Asked) => void> = {};

  openSocket = (url: string, protocol: string): FakeSocket => {
    const socket = new FakeSocket(url, protocol, (on, asked) => {
      setImmediate(() => this.answers[asked.request.type]?.(on, asked));
    });
    this.sockets.push(socket);
    setImmediate(() => (this.reachable ? this.opened(socket) : socket.cut()));
    return socket;
  };

  /** What happens on a socket that has opened; the staff side says its challenge here. */
  opened = (socket: FakeSocket): void => socket.open();

  get last(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error('nobody has connected');
    return socket;
  }

  /** All requests of one type, over all connections. */
  of(type: string): Asked[] {
    return this.sockets.flatMap((socket) => socket.of(type));
  }
}
