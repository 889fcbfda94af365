/**
 * What may stand between a page and the gateway: a proxy with the gateway's own certificate that can rewrite, hold back and
 * add signalling messages (a server that is made to misbehave), and a media path that can lose UDP or everything (a bad
 * network). Pages are loaded through it, so that all of it is the same origin for them.
 */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { createServer as createHttps, request } from 'node:https';
import { connect, createServer as createTcp } from 'node:net';
import WebSocket, { WebSocketServer } from 'ws';
import { freePort } from './gateway.mjs';

const SUBPROTOCOL = 'quietline.v1';

/**
 * @typedef {object} Line one WebSocket through the proxy
 * @property {string} path `/ws/caller` or `/ws/staff`
 * @property {(message: object) => void} toPage
 * @property {(frame: object) => void} toGateway
 */

export class Between {
  #server;
  #gateway;
  #lines = new Set();
  #sockets = new Set();
  #media = [];
  #refusing = false;
  #port;

  /** Every HTTP request that came, workers' too, and the bytes of headers and body that answered it. */
  requests = [];

  /** What the gateway says; what is returned goes to the page. @type {(message: any, line: Line) => object[] | Promise<object[]>} */
  fromGateway = (message) => [message];
  /** What a page asks; what is returned goes to the gateway. @type {(frame: any, line: Line) => object[]} */
  fromPage = (frame) => [frame];

  /** Chooses the port, so that a gateway can be told of the origin before it starts. */
  static async reserve() {
    const between = new Between();
    between.#port = await freePort();
    return between;
  }

  get origin() {
    return `https://localhost:${this.#port}`;
  }

  /** @param {import('./gateway.mjs').Gateway} gateway */
  async open(gateway) {
    this.#gateway = gateway;
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => SUBPROTOCOL });
    this.#server = createHttps(gateway.certificate, (incoming, outgoing) => this.#forward(incoming, outgoing));
    this.#server.on('connection', (socket) => {
      if (this.#refusing) return socket.destroy();
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (incoming, socket, head) => {
      sockets.handleUpgrade(incoming, socket, head, (page) => this.#join(incoming, page));
    });
    await new Promise((listening) => this.#server.listen(this.#port, '127.0.0.1', () => listening(undefined)));
  }

  #upstream(incoming) {
    return {
      host: '127.0.0.1',
      servername: 'localhost',
      port: this.#gateway.ports.https,
      ca: readFileSync(this.#gateway.authority),
      path: incoming.url,
      headers: incoming.headers,
    };
  }

  #forward(incoming, outgoing) {
    const counted = { method: incoming.method, path: incoming.url, bytes: 0 };
    this.requests.push(counted);
    const onward = request({ ...this.#upstream(incoming), method: incoming.method }, (answer) => {
      counted.bytes += answer.rawHeaders.reduce((sum, part) => sum + part.length + 2, 0);
      answer.on('data', (chunk) => {
        counted.bytes += chunk.length;
      });
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  }

  #join(incoming, page) {
    const { host, port, ca, servername } = this.#upstream(incoming);
    const gateway = new WebSocket(`wss://${host}:${port}${incoming.url}`, [SUBPROTOCOL], {
      ca,
      servername,
      origin: incoming.headers.origin,
      headers: { host: incoming.headers.host },
    });
    const waiting = [];
    const send = (socket, message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
      else if (socket === gateway && socket.readyState === WebSocket.CONNECTING) waiting.push(message);
    };
    const line = {
      path: incoming.url,
      toPage: (message) => send(page, message),
      toGateway: (frame) => send(gateway, frame),
    };
    this.#lines.add(line);
    gateway.on('open', () => {
      for (const frame of waiting.splice(0)) send(gateway, frame);
    });
    let queue = Promise.resolve();
    gateway.on('message', (text) => {
      const said = this.#rerouted(JSON.parse(String(text)), line);
      queue = queue.then(async () => {
        for (const message of await this.fromGateway(said, line)) send(page, message);
      });
    });
    page.on('message', (text) => {
      for (const frame of this.fromPage(JSON.parse(String(text)), line)) send(gateway, frame);
    });
    const close = () => {
      this.#lines.delete(line);
      page.terminate();
      gateway.terminate();
    };
    for (const socket of [page, gateway]) socket.on('close', close).on('error', close);
  }

  /** The open WebSockets of a path. */
  lines(path) {
    return [...this.#lines].filter((line) => line.path === path);
  }

  /** Leads media over a path of our own, too: every candidate of the relay is replaced by ours. */
  async carryMedia() {
    this.#media = [await MediaPath.open(this.#gateway.ports.relay)];
    return this.#media[0];
  }

  /** The same with a path for the caller and another for the counsellor. */
  async carryMediaApart() {
    const { relay } = this.#gateway.ports;
    const [caller, counsellor] = [await MediaPath.open(relay), await MediaPath.open(relay)];
    this.#media = [caller, counsellor];
    return { caller, counsellor };
  }

  #rerouted(message, line) {
    if (message.type !== 'leg' || this.#media.length === 0) return message;
    const path = line.path === '/ws/caller' ? this.#media[0] : this.#media.at(-1);
    const reroute = (candidate) => ({ ...candidate, port: path.port });
    return { ...message, leg: { ...message.leg, candidates: message.leg.candidates.map(reroute) } };
  }

  /** The network is gone: signalling and media. */
  cut() {
    this.#refusing = true;
    for (const socket of this.#sockets) socket.destroy();
    for (const path of this.#media) path.cut();
  }

  /** The network is back. */
  restore() {
    this.#refusing = false;
    for (const path of this.#media) path.restore();
  }

  async close() {
    this.cut();
    for (const path of this.#media) await path.close();
    await new Promise((closed) => this.#server.close(closed));
  }
}

/** Carries UDP and ICE-TCP on one port to the relay. Each can be switched off; what was switched off still counts. */
export class MediaPath {
  udp = true;
  tcp = true;
  /** Datagrams that pages sent, and TCP connections that they opened. */
  counted = { udp: 0, tcp: 0 };
  /** Ports of pages whose network is gone for good. */
  #stranded = new Set();
  #gap;
  #relay;
  #front;
  #backs = new Map();
  #listener;
  #streams = new Set();

  static async open(relay) {
    const path = new MediaPath();
    path.#relay = relay;
    path.port = await freePort();
    path.#front = createSocket('udp4', (datagram, from) => path.#datagram(datagram, from));
    path.#listener = createTcp((stream) => path.#stream(stream));
    await new Promise((bound) => path.#front.bind(path.port, '127.0.0.1', () => bound(undefined)));
    await new Promise((listening) => path.#listener.listen(path.port, '127.0.0.1', () => listening(undefined)));
    return path;
  }

  #datagram(datagram, from) {
    this.counted.udp += 1;
    if (!this.udp || this.#stranded.has(from.port)) return;
    if (!this.#backs.has(from.port)) this.#backs.set(from.port, this.#back(from));
    this.#note('sent_ms', datagram);
    this.#backs.get(from.port).send(datagram, this.#relay, '127.0.0.1');
  }

  /** The address under which the relay knows a page. */
  #back({ port, address }) {
    const back = createSocket('udp4', (answer) => {
      // A socket that was given up is an address that nobody has any more.
      if (!this.udp || this.#stranded.has(port) || this.#backs.get(port) !== back) return;
      this.#note('heard_ms', answer);
      this.#front.send(answer, port, address);
    });
    back.on('error', () => {});
    return back;
  }

  /**
   * The network of whoever uses this path is another from now on: what they have open is dead, what they open is not.
   * @returns {{ sent_ms?: number, heard_ms?: number }} filled with how long it was until sealed sound passed again
   */
  strand() {
    for (const port of this.#backs.keys()) this.#stranded.add(port);
    return this.watch();
  }

  /** Whoever translates the addresses on this path gives out new ones, and tells nobody. See `strand`. */
  rebind() {
    for (const [port, back] of this.#backs) {
      back.close();
      this.#backs.set(port, this.#back({ port, address: '127.0.0.1' }));
    }
    return this.watch();
  }

  /** From now on: how long it is until sealed sound passes each way. See `strand`. */
  watch() {
    this.#gap = { since: performance.now(), times: {} };
    return this.#gap.times;
  }

  #note(way, packet) {
    const gap = this.#gap;
    if (!gap || gap.times[way] !== undefined || !isSound(packet)) return;
    gap.times[way] = Math.round(performance.now() - gap.since);
  }

  #stream(stream) {
    this.counted.tcp += 1;
    if (!this.tcp) return stream.destroy();
    stream.setNoDelay(true);
    const onward = connect({ port: this.#relay, host: '127.0.0.1', noDelay: true });
    for (const [one, other] of [
      [stream, onward],
      [onward, stream],
    ]) {
      this.#streams.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#streams.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  cut() {
    this.udp = this.tcp = false;
    for (const stream of this.#streams) stream.destroy();
  }

  restore() {
    this.udp = this.tcp = true;
  }

  async close() {
    this.cut();
    for (const back of this.#backs.values()) back.close();
    this.#front.close();
    await new Promise((closed) => this.#listener.close(closed));
  }
}

/** An RTP packet and no RTCP, DTLS or STUN (RFC 7983, RFC 5761). */
function isSound(packet) {
  const [first, second] = packet;
  return first >= 128 && first < 192 && !(second >= 192 && second < 224);
}
