import { beforeEach, describe, expect, test } from 'vitest';
import type { Link } from '../../src/call/api';
import { Connection, RequestFailed } from '../../src/call/connection';
import { FakeClock, settle } from './fakes/clock';
import { FakeServer, HEARTBEAT } from './fakes/server';

type Q = { type: string; n?: number };
type M = { type: string };

let clock: FakeClock;
let server: FakeServer;
let links: Link[];
let wake: () => void;
let connection: Connection<Q, M>;

beforeEach(() => {
  clock = new FakeClock();
  server = new FakeServer();
  links = [];
  server.answers = {
    hello: (socket) => socket.say({ type: 'welcome', heartbeat: HEARTBEAT, on_shift: true }),
    ping: (socket) => socket.say({ type: 'pong' }),
    echo: (socket, { id }) => socket.say({ type: 'done', re: id }),
  };
  connection = new Connection<Q, M>({
    url: 'wss://line.example/ws/caller',
    clock,
    chance: () => 0.5,
    openSocket: server.openSocket,
    onWake: (listener) => {
      wake = listener;
      return () => {};
    },
    opened: () => void connection.greet({ type: 'hello' }).catch(() => {}),
    received: () => {},
    linkChanged: (link) => links.push(link),
  });
});

async function connected(): Promise<void> {
  connection.start();
  await settle();
  expect(connection.up).toBe(true);
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'answered',
    (error) => error.code,
  );

describe('a connection', () => {
  test('names the protocol and is up after the welcome', async () => {
    await connected();
    expect(server.last.protocol).toBe('quietline.v1');
    expect(links).toEqual(['connecting', 'up']);
  });

  test.each(['done', 'leg', 'colleagues', 'services', 'triage', 'follow_ups', 'drill', 'of another version'])(
    'takes any message that names a request for its answer: %s',
    async (type) => {
      server.answers = { ...server.answers, echo: (socket, { id }) => socket.say({ type, re: id }) };
      await connected();
      expect(await connection.request({ type: 'echo' })).toMatchObject({ type });
    },
  );

  test('matches answers with requests by number, in whatever order they come', async () => {
    server.answers = { ...server.answers, echo: () => {} };
    await connected();
    const first = connection.request({ type: 'echo', n: 1 });
    const second = failure(connection.request({ type: 'echo', n: 2 }));
    const [one, two] = server.of('echo');
    server.last.say({ type: 'error', re: two?.id, error: { code: 'not_allowed', text: 'No.' } });
    server.last.say({ type: 'done', re: one?.id });
    await expect(first).resolves.toEqual({ type: 'done', re: one?.id });
    await expect(second).resolves.toBe('not_allowed');
  });

  test('takes whatever names a request for its answer: a new subject is answered like the others', async () => {
    server.answers = { ...server.answers, echo: () => {} };
    await connected();
    for (const type of ['services', 'triage', 'follow_ups', 'colleagues', 'of_tomorrow']) {
      const answer = connection.request({ type: 'echo' });
      const re = server.of('echo').at(-1)?.id;
      server.last.say({ type, re });
      await expect(answer).resolves.toEqual({ type, re });
    }
  });

  test('is waited for until it is up, for so long and not for ever, and not when it is stopped', async () => {
    const { answers } = server;
    server.answers = {};
    connection.start();
    await settle();
    const soon = connection.ready(5_000);
    const late = failure(connection.ready(100));
    await clock.pass(100);
    await expect(late).resolves.toBe('lost');
    server.answers = answers;
    server.last.say({ type: 'welcome', heartbeat: HEARTBEAT, on_shift: true });
    await expect(soon).resolves.toBeUndefined();
    await expect(connection.ready(0)).resolves.toBeUndefined();
    connection.stop();
    await expect(failure(connection.ready(5_000))).resolves.toBe('lost');
  });

  test('fails a request that is never answered, and one that the line takes with it', async () => {
    server.answers = { ...server.answers, echo: () => {} };
    await connected();
    const late = failure(connection.request({ type: 'echo' }));
    await clock.pass(10_000);
    await expect(late).resolves.toBe('timeout');
    const cut = failure(connection.request({ type: 'echo' }));
    server.last.cut();
    await expect(cut).resolves.toBe('lost');
    await expect(failure(connection.request({ type: 'echo' }))).resolves.toBe('lost');
  });

  test('repeats an insistent request unchanged until it is answered', async () => {
    let silent = true;
    server.answers = {
      ...server.answers,
      echo: (socket, { id }) => silent || socket.say({ type: 'done', re: id }),
    };
    await connected();
    const asked = connection.insist({ type: 'echo', n: 7 });
    server.last.cut();
    silent = false;
    await clock.pass(100);
    await expect(asked).resolves.toMatchObject({ type: 'done' });
    expect(server.of('echo').map(({ request }) => request)).toEqual([
      { type: 'echo', n: 7 },
      { type: 'echo', n: 7 },
    ]);
  });

  test('keeps insistent requests in order over a loss', async () => {
    await connected();
    server.answers = { ...server.answers, echo: () => {} };
    for (const n of [1, 2, 3]) void connection.insist({ type: 'echo', n });
    server.last.cut();
    void connection.insist({ type: 'echo', n: 4 });
    await clock.pass(100);
    expect(server.last.of('echo').map(({ request }) => request.n)).toEqual([1, 2, 3, 4]);
  });

  test('comes back by the table of waiting times', async () => {
    await connected();
    server.reachable = false;
    server.last.cut();
    const counts: number[] = [];
    for (const wait of [0, 300, 700, 1000, 1500, 2000, 3000, 3000]) {
      await clock.pass(wait);
      counts.push(server.sockets.length);
    }
    expect(counts).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(links).toEqual(['connecting', 'up', 'lost']);
    server.reachable = true;
    await clock.pass(3000);
    expect(links.at(-1)).toBe('up');
  });

  test('tries at once when the network is back', async () => {
    await connected();
    server.reachable = false;
    server.last.cut();
    await clock.pass(0);
    await clock.pass(300);
    server.reachable = true;
    wake();
    await settle();
    expect(connection.up).toBe(true);
  });

  test('counts a silent server as gone', async () => {
    await connected();
    server.answers = { ...server.answers, ping: () => {} };
    await clock.pass(14_999);
    expect(server.of('ping').length).toBe(2);
    expect(links.at(-1)).toBe('up');
    await clock.pass(1);
    expect(links).toContain('lost');
  });

  test('asks at once whether a changed network still carries it', async () => {
    await connected();
    server.answers = { ...server.answers, ping: () => {} };
    await clock.pass(10);
    wake();
    await clock.pass(2_500);
    expect(links).toContain('lost');
  });

  test('gives up on a server that does not welcome', async () => {
    server.answers = {};
    connection.start();
    await clock.pass(10_000);
    await clock.pass(400);
    expect(server.sockets.length).toBeGreaterThan(1);
    expect(links).toEqual(['connecting']);
  });

  test('takes text that is no message for a broken line, not for a message', async () => {
    await connected();
    server.last.onmessage?.({ data: 'nonsense' } as MessageEvent);
    expect(links.at(-1)).toBe('lost');
  });

  test('says nothing more once it is stopped', async () => {
    await connected();
    server.answers = { ...server.answers, echo: () => {} };
    const asked = failure(connection.insist({ type: 'echo' }));
    connection.stop();
    await expect(asked).resolves.toBe('lost');
    await clock.pass(60_000);
    expect(server.sockets.length).toBe(1);
    expect(connection.tell({ type: 'echo' })).toBe(false);
  });

  test('reports why a request failed', () => {
    expect(new RequestFailed('busy', 'Full.').code).toBe('busy');
  });
});
