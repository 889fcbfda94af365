import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallerCall, StaffDesk } from '../../src/call/api';
import { generateBoundKey } from '../../src/call/bound';
import type { KeptDevice } from '../../src/call/shelf';
import { generateKeys } from '../../src/e2ee/mls';
import type { PublicConfig } from '../../src/proto';
import { type Authority, authority } from '../e2ee/people';
import { settle } from './fakes/clock';
import { FakeLine } from './fakes/line';
import { FakeBrowser, until } from './fakes/pages';

// Real cryptography on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let line: FakeLine;
let issuer: Authority;
let config: PublicConfig;
let device: KeptDevice;
let callerBrowser: FakeBrowser;
let staffBrowser: FakeBrowser;
let caller: CallerCall;
let desk: StaffDesk;

beforeAll(async () => {
  issuer = await authority();
  config = { service: 'Line', phone: '0300 131 2789', authority: issuer.publicKey };
  const keys = await generateKeys();
  const credential = await issuer.issue(keys.publicKey);
  const bound = await generateBoundKey();
  const ids = { staff: '01'.repeat(16), device: '02'.repeat(16) };
  device = { keys, bound, name: 'Priya', role: 'counsellor', ...ids, credential };
});

beforeEach(async () => {
  line = new FakeLine();
  callerBrowser = new FakeBrowser(line.callerSide);
  staffBrowser = new FakeBrowser(line.staffSide);
  caller = callerBrowser.caller(config);
  desk = staffBrowser.desk(config, device);
  await until('both are connected', () => caller.view.signalling === 'up' && desk.view.signalling === 'up');
});

const inCall = () => caller.view.words !== undefined && desk.view.words !== undefined;

async function ring(): Promise<void> {
  await desk.setAvailable(true);
  await caller.join();
  await until('it rings', () => desk.view.state?.phase === 'ringing' && staffBrowser.legs.length > 0);
}

async function talk(): Promise<void> {
  await ring();
  for (const { legs } of [callerBrowser, staffBrowser]) legs[0]?.enter('up');
  await desk.accept();
  await until('they talk', inCall);
}

const sameKey = () => {
  const keys = [callerBrowser, staffBrowser].map(({ frames }) => frames.at(-1)?.keys.at(-1));
  expect(keys[0]).toBeDefined();
  expect(keys[0]).toBe(keys[1]);
};

describe('a call', () => {
  test('brings both into one group, with the same words and names that are proven', async () => {
    await talk();
    expect(caller.view.words).toEqual(desk.view.words);
    expect(caller.view.words?.length).toBe(4);
    expect(caller.view.members.map(({ identity }) => identity)).toContainEqual(
      expect.objectContaining({ role: 'counsellor', name: 'Priya' }),
    );
    sameKey();
    expect(callerBrowser.frames[0]?.slots).toEqual(
      new Map([
        [0, 1],
        [1, 0],
      ]),
    );
    expect(caller.view.trouble).toBe(undefined);
  });

  test('adds the caller once, though the list of who waits may be late', async () => {
    await talk();
    const { state } = desk.view;
    if (state?.phase !== 'on_call') throw new Error('on call');
    const late = structuredClone(state);
    const [first] = late.call.participants;
    if (first) first.key_package = String(line.callerSide.of('join')[0]?.request.key_package);
    line.staffSide.last.say({ type: 'state', state: late, queue: { waiting: 0, longest_wait_s: 0 } });
    await settle();
    await settle();
    expect(line.staffSide.of('mls').filter(({ request }) => JSON.stringify(request).includes('"commit"')).length).toBe(
      1,
    );
  });

  test('connects the media legs before it is answered, and lets no sound out', async () => {
    await ring();
    expect(callerBrowser.legs.length).toBe(1);
    expect(staffBrowser.legs.length).toBe(1);
    callerBrowser.legs[0]?.enter('up');
    staffBrowser.legs[0]?.enter('up');
    await settle();
    expect(callerBrowser.legs[0]?.sent).toBe(null);
    expect(staffBrowser.legs[0]?.sent).toBe(null);
    await desk.accept();
    await until('sound is sent', () => Boolean(callerBrowser.legs[0]?.sent && staffBrowser.legs[0]?.sent));
    expect(callerBrowser.frames[0]?.epochs).toEqual([1n]);
  });

  test('opens the microphone on the tap and not before', async () => {
    expect(callerBrowser.devices.given).toEqual([]);
    await caller.join();
    expect(callerBrowser.devices.given.length).toBe(1);
  });

  test('says when audio of the far end was decrypted, in this epoch', async () => {
    await talk();
    callerBrowser.frames[0]?.onFirstFrame?.(1, 0n);
    expect(caller.view.hearing).toBe(false);
    callerBrowser.frames[0]?.onFirstFrame?.(1, 1n);
    expect(caller.view.hearing).toBe(true);
  });

  test('ends on both sides when the counsellor ends it, and leaves nothing behind', async () => {
    await talk();
    await desk.end();
    await until('it is over', () => caller.view.state.phase === 'ended' && desk.view.state?.phase === 'wrap_up');
    expect(desk.view.ended).toBe('counsellor');
    expect(callerBrowser.stored.size).toBe(0);
    expect(callerBrowser.devices.given[0]?.readyState).toBe('ended');
    for (const { frames, legs } of [callerBrowser, staffBrowser]) {
      expect(frames[0]?.closed).toBe(true);
      expect(legs[0]?.closed).toBe(true);
    }
    await desk.wrapUpDone(true);
    await until('the desk is free', () => desk.view.state?.phase === 'available');
  });

  test('says when it is over how it sounded, and nothing of when it rang', async () => {
    await ring();
    const counted = (at: number, lost: number): void =>
      staffBrowser.legs[0]?.counted?.({ at, samples: at * 48, concealed: 0, lost, roundTrip: 40 });
    for (let at = 0; at <= 9_000; at += 1_000) counted(at, 0);
    for (const { legs } of [callerBrowser, staffBrowser]) legs[0]?.enter('up');
    await desk.accept();
    await until('they talk', inCall);
    for (let at = 10_000; at <= 19_000; at += 1_000) counted(at, 0);
    await desk.end();
    await until('it is told', () => line.staffSide.of('quality').length > 0);
    expect(line.staffSide.of('quality').map(({ request }) => request.heard)).toEqual([
      { good_s: 10, gaps_here_s: 0, gaps_there_s: 0, gaps_both_s: 0, late_s: 0 },
    ]);
  });

  test('stops ringing when the caller hangs up first', async () => {
    await ring();
    await caller.leave();
    await until('the ring stops', () => desk.view.state?.phase === 'available');
    expect(staffBrowser.legs[0]?.closed).toBe(true);
    expect(caller.view.state).toEqual({ phase: 'ended', by: 'caller' });
  });

  test('that was offered and passed rings no more here', async () => {
    await ring();
    await desk.pass();
    await until('the ring stops', () => desk.view.state?.phase === 'available');
    expect(staffBrowser.legs[0]?.closed).toBe(true);
  });
});

describe('exit this page', () => {
  test('ends everything at once and tells the server twice, because the page may be gone', async () => {
    await talk();
    caller.exit();
    expect(caller.view.state).toEqual({ phase: 'ended', by: 'quick_exit' });
    expect(callerBrowser.stored.size).toBe(0);
    expect(callerBrowser.devices.given[0]?.readyState).toBe('ended');
    expect(callerBrowser.legs[0]?.closed).toBe(true);
    expect(callerBrowser.beacons).toEqual([
      { path: '/api/caller/leave', body: JSON.stringify({ token: 'token', how: 'quick_exit' }) },
    ]);
    expect(line.callerSide.of('leave').map(({ request }) => request.how)).toEqual(['quick_exit']);
  });
});

describe('a lost connection', () => {
  test.each(['waiting', 'connected'] as const)('while %s is taken up where it was', async (phase) => {
    if (phase === 'waiting') await caller.join();
    else await talk();
    line.callerSide.last.cut();
    await until('it is lost', () => caller.view.signalling === 'lost');
    await callerBrowser.clock.pass(100);
    await until('it is back', () => caller.view.signalling === 'up');
    expect(caller.view.state.phase).toBe(phase);
    expect(callerBrowser.legs.filter(({ closed }) => !closed).length).toBe(1);
    expect(line.callerSide.of('key_package')).toEqual([]);
  });

  test('between join and its answer keeps the place that was given', async () => {
    const answer = line.callerSide.answers.join;
    // The answer is swallowed: only the session came through before the line broke.
    line.callerSide.answers.join = (socket, asked) => {
      const say = socket.say.bind(socket);
      socket.say = (message) => ('re' in message ? undefined : say(message));
      answer?.(socket, asked);
      socket.cut();
    };
    await caller.join();
    await callerBrowser.clock.pass(100);
    await until('it waits', () => caller.view.state.phase === 'waiting' && caller.view.signalling === 'up');
    expect(caller.view.trouble).toBe(undefined);
    expect(line.callerSide.of('join').length).toBe(1);
  });

  test('of the counsellor in the moment of the commit loses nothing', async () => {
    await ring();
    const answer = line.staffSide.answers.mls;
    line.staffSide.answers.mls = (socket, asked) => {
      line.staffSide.answers.mls = answer ?? (() => {});
      const say = socket.say.bind(socket);
      socket.say = (message) => ('re' in message ? undefined : say(message));
      answer?.(socket, asked);
      socket.cut();
    };
    void desk.accept();
    await until('the line broke', () => desk.view.signalling === 'lost');
    await staffBrowser.clock.pass(100);
    await until('they talk', inCall);
    expect(line.log.filter(({ message }) => message.kind === 'commit').length).toBe(1);
    sameKey();
  });

  test('loses no break that is chosen meanwhile, and makes nobody available later', async () => {
    line.staffSide.answers.pause = (socket, { id }) => socket.say({ type: 'done', re: id });
    line.staffSide.last.cut();
    await until('the line broke', () => desk.view.signalling === 'lost');
    const pause = desk.pause('break');
    await expect(desk.setAvailable(true)).rejects.toMatchObject({ code: 'lost' });
    expect(line.staffSide.of('pause')).toEqual([]);
    await staffBrowser.clock.pass(100);
    await pause;
    expect(line.staffSide.of('pause').map(({ request }) => request.why)).toEqual(['break']);
    expect(line.staffSide.of('available')).toEqual([]);
  });

  test('whose call ended meanwhile says so', async () => {
    await talk();
    line.callerSide.last.cut();
    line.end('counsellor');
    await callerBrowser.clock.pass(100);
    await until('it is over', () => caller.view.state.phase === 'ended');
    expect(callerBrowser.stored.size).toBe(0);
  });
});

describe('a reload', () => {
  test('of the caller in the queue keeps the place', async () => {
    await caller.join();
    caller = callerBrowser.caller(config);
    await until('it waits', () => caller.view.state.phase === 'waiting');
    await until('a fresh key is out', () => line.callerSide.of('key_package').length === 1);
    expect(callerBrowser.legs.length).toBe(2);
  });

  test('of the caller while it rings leads to the same call', async () => {
    await ring();
    caller = callerBrowser.caller(config);
    await until('a fresh key is out', () => line.callerSide.of('key_package').length === 1);
    await settle();
    await desk.accept();
    await until('they talk', inCall);
    sameKey();
  });

  test('of the caller in the call lets the same caller in again', async () => {
    await talk();
    const before = caller.view.words;
    caller = callerBrowser.caller(config);
    await until(
      'they talk again',
      () => caller.view.words !== undefined && desk.view.words?.join() === caller.view.words.join(),
    );
    expect(caller.view.words).not.toEqual(before);
    expect(desk.view.members.length).toBe(2);
    expect(desk.view.trouble).toBe(undefined);
    sameKey();
    expect(callerBrowser.devices.given.length).toBe(2);
  });

  test('of the console in the call lets the same counsellor in again', async () => {
    await talk();
    desk = staffBrowser.desk(config, device);
    await until(
      'they talk again',
      () => desk.view.words !== undefined && desk.view.words.join() === caller.view.words?.join(),
    );
    expect(caller.view.members.length).toBe(2);
    expect(caller.view.trouble).toBe(undefined);
    sameKey();
  });

  test('of both at once makes the group anew', async () => {
    await talk();
    caller = callerBrowser.caller(config);
    desk = staffBrowser.desk(config, device);
    await until(
      'they talk again',
      () => desk.view.words !== undefined && desk.view.words.join() === caller.view.words?.join(),
    );
    sameKey();
  });
});

describe('trouble', () => {
  test('with the microphone is told, and the caller is not queued', async () => {
    callerBrowser.devices.fail = 'NotAllowedError';
    await caller.join();
    expect(caller.view.trouble).toBe('microphone-refused');
    expect(line.callerSide.of('join')).toEqual([]);
    callerBrowser.devices.fail = undefined;
    await caller.join();
    expect(caller.view.trouble).toBe(undefined);
    await until('it waits', () => caller.view.state.phase === 'waiting');
  });

  test('with encryption keeps the page from calling at all', async () => {
    callerBrowser.encrypts = false;
    await caller.join();
    expect(caller.view.trouble).toBe('no-encryption');
    expect(callerBrowser.devices.given).toEqual([]);
  });

  test.each([
    ['busy', 'service-full'],
    ['internal', 'internal'],
  ])('%s on joining is said as %s, and lets the microphone go', async (code, trouble) => {
    line.callerSide.answers.join = (socket, { id }) =>
      socket.say({ type: 'error', re: id, error: { code, text: 'No.' } });
    await caller.join();
    expect(caller.view.trouble).toBe(trouble);
    expect(callerBrowser.devices.given[0]?.readyState).toBe('ended');
  });

  test.each([
    ['unknown_code', 'unknown'],
    ['busy', 'busy'],
  ] as const)('%s of a code is said beside it, and joining without it works', async (code, refused) => {
    const { join } = line.callerSide.answers;
    line.callerSide.answers.join = (socket, asked) =>
      asked.request.code === undefined
        ? join?.(socket, asked)
        : socket.say({ type: 'error', re: asked.id, error: { code, text: 'No.' } });
    await caller.join('acorn meadow piano river willow');
    expect(line.callerSide.of('join')[0]?.request.code).toBe('acorn meadow piano river willow');
    expect(caller.view).toMatchObject({ codeRefused: refused, trouble: undefined, state: { phase: 'idle' } });
    expect(callerBrowser.devices.given[0]?.readyState).toBe('ended');
    await caller.join();
    expect(caller.view).toMatchObject({ codeRefused: undefined, state: { phase: 'waiting' } });
  });

  test('that another talk is promised stays on the screen when the call is over, and on no disk', async () => {
    await talk();
    const followUp = { type: 'follow_up', code: 'acorn meadow piano river willow', at_ms: 5 };
    line.callerSide.last.say(followUp);
    expect(caller.view.followUp).toEqual({ code: followUp.code, at: 5 });
    expect(JSON.stringify([...callerBrowser.stored.values()])).not.toContain('acorn');
    await caller.leave();
    expect(caller.view.followUp).toEqual({ code: followUp.code, at: 5 });
  });

  test('is still heard in the wrap-up, for ten minutes, if it promises another talk', async () => {
    await talk();
    await desk.end();
    await until('it is over', () => caller.view.state.phase === 'ended');
    line.callerSide.last.say({ type: 'state', state: { phase: 'idle' } });
    line.callerSide.last.say({ type: 'follow_up', code: 'acorn', at_ms: 5 });
    expect(caller.view).toMatchObject({ followUp: { code: 'acorn' }, state: { phase: 'ended', by: 'counsellor' } });
    await callerBrowser.clock.pass(600_000);
    expect(line.callerSide.last.readyState).toBe(3);
  });

  test('that is lost in the wrap-up is not looked for again', async () => {
    await talk();
    await desk.end();
    await until('it is over', () => caller.view.state.phase === 'ended');
    line.callerSide.last.cut();
    await callerBrowser.clock.pass(60_000);
    expect(line.callerSide.sockets.length).toBe(1);
    expect(caller.view.state).toEqual({ phase: 'ended', by: 'counsellor' });
  });

  test('that the last counsellor went, or the first came, is shown before anybody joins', async () => {
    for (const on_shift of [false, true]) {
      line.callerSide.last.say({ type: 'shift', on_shift });
      expect(caller.view.onShift).toBe(on_shift);
    }
  });

  test('of another tab that took the call closes this one without ending the call', async () => {
    await talk();
    line.callerSide.last.say({ type: 'bye', why: 'taken_over' });
    expect(caller.view.trouble).toBe('taken-over');
    expect(callerBrowser.legs[0]?.closed).toBe(true);
    expect(line.callerSide.of('leave')).toEqual([]);
    await callerBrowser.clock.pass(60_000);
    expect(line.callerSide.sockets.length).toBe(1);
  });

  test('of a server that is never reached is told after ten seconds', async () => {
    line.callerSide.reachable = false;
    const lonely = new FakeBrowser(line.callerSide);
    const call = lonely.caller(config);
    await lonely.clock.pass(10_000);
    expect(call.view.trouble).toBe('server-unreachable');
    line.callerSide.reachable = true;
    await lonely.clock.pass(8_000);
    expect(call.view.trouble).toBe(undefined);
  });

  test('of a tab without a session is told before any connection', async () => {
    const bare = new FakeBrowser(line.staffSide);
    bare.signedOut = true;
    const before = line.staffSide.sockets.length;
    const other = bare.desk(config, device);
    await until('it is told', () => other.view.trouble === 'session-over');
    expect(line.staffSide.sockets.length).toBe(before);
  });

  test('of a session that is over is told, and a new one brings the desk back', async () => {
    const known = line.staffSide.answers.enter;
    line.staffSide.answers.enter = (socket, { id }) =>
      socket.say({ type: 'error', re: id, error: { code: 'unknown_session', text: 'Over.' } });
    const browser = new FakeBrowser(line.staffSide);
    const other = browser.desk(config, device);
    await until('it is told', () => other.view.trouble === 'session-over');
    expect(browser.session.token).toBe(undefined);
    line.staffSide.answers.enter = known ?? (() => {});
    browser.session.open('another');
    other.resume();
    await until('it is back', () => other.view.signalling === 'up');
    expect(line.staffSide.last.of('enter')[0]?.request).toMatchObject({ session: 'another', device: device.device });
  });

  test('of a device without credential is that it waits until the authority has signed', async () => {
    const browser = new FakeBrowser(line.staffSide);
    const waiting = browser.desk(config, { ...device, credential: undefined });
    await until('it waits', () => waiting.view.pending);
    line.credential = device.credential ?? null;
    await browser.clock.pass(5_000);
    await until('it goes on', () => !waiting.view.pending);
  });

  test('of one who signs out is that the tab has no session any more', async () => {
    await desk.signOut();
    expect(line.staffSide.of('sign_out').length).toBe(1);
    expect(staffBrowser.session.token).toBe(undefined);
    expect(desk.view.trouble).toBe('session-over');
  });

  test('of a refused credential stops the knocking', async () => {
    line.staffSide.answers.enter = (socket, { id }) =>
      socket.say({ type: 'error', re: id, error: { code: 'bad_credential', text: 'No.' } });
    const other = new FakeBrowser(line.staffSide);
    const refused = other.desk(config, device);
    await until('it is told', () => refused.view.trouble === 'credential-refused');
    const { length } = line.staffSide.sockets;
    await other.clock.pass(60_000);
    expect(line.staffSide.sockets.length).toBe(length);
  });
});

describe('a server that misbehaves', () => {
  test('by handing over another group is refused by name, and nothing is heard', async () => {
    line.bend = (entry, to) =>
      to === 0 && entry.message.kind === 'commit'
        ? { ...entry, message: { ...entry.message, welcome: btoa('not a welcome') } }
        : entry;
    await ring();
    await desk.accept();
    await until('the caller refuses', () => caller.view.trouble === 'server-misbehaved');
    expect(caller.view.refusal).toBe('malformed');
    expect(callerBrowser.frames[0]?.epochs).toEqual([]);
    expect(callerBrowser.legs[0]?.sent ?? null).toBe(null);
  });

  test('by replaying an old commit is refused, and the call stays in its epoch', async () => {
    await talk();
    const words = caller.view.words;
    const commit = line.log.find(({ message }) => message.kind === 'commit');
    if (commit?.message.kind !== 'commit') throw new Error('there is a commit');
    line.callerSide.last.say({
      type: 'mls',
      ...commit,
      seq: 99,
      message: { ...commit.message, added: [2], welcome: null },
    });
    await until('the caller refuses', () => caller.view.trouble === 'server-misbehaved');
    expect(caller.view.refusal).toBe('wrong-epoch');
    expect(caller.view.words).toEqual(words);
    expect(callerBrowser.frames[0]?.epochs).toEqual([1n]);
  });

  test('by adding somebody whose credential the authority did not sign is refused', async () => {
    const forger = await authority();
    const credential = await forger.issue(device.keys.publicKey);
    const forged = new FakeBrowser(line.staffSide);
    desk.close();
    const other = { ...config, authority: forger.publicKey };
    desk = forged.desk(other, { ...device, credential });
    await until('it signs in', () => desk.view.signalling === 'up');
    await desk.setAvailable(true);
    await caller.join();
    await until('it rings', () => desk.view.state?.phase === 'ringing');
    await desk.accept();
    await until('the caller refuses', () => caller.view.trouble === 'server-misbehaved');
    expect(caller.view.refusal).toBe('unsigned-credential');
    expect(caller.view.members).toEqual([]);
  });

  test('by swapping the caller’s key is refused by the caller', async () => {
    const join = line.callerSide.answers.join;
    await desk.setAvailable(true);
    const other = new FakeLine();
    const victimless = new FakeBrowser(other.callerSide).caller(config);
    await until('up', () => victimless.view.signalling === 'up');
    await victimless.join();
    const swapped = other.callerSide.of('join')[0]?.request.key_package;
    line.callerSide.answers.join = (socket, asked) =>
      join?.(socket, { ...asked, request: { ...asked.request, key_package: swapped } });
    await caller.join();
    await until('it rings', () => desk.view.state?.phase === 'ringing');
    await desk.accept();
    await until('the caller refuses', () => caller.view.trouble === 'server-misbehaved');
    expect(caller.view.refusal).toBe('wrong-group');
  });

  test('by refusing a commit as stale makes no member lose its epoch', async () => {
    await talk();
    const words = desk.view.words;
    line.epoch = 7;
    callerBrowser.caller(config);
    await until('a commit was tried', () =>
      line.staffSide.of('mls').some(({ request }) => JSON.stringify(request).includes('"epoch":1,')),
    );
    await settle();
    expect(desk.view.words).toEqual(words);
    expect(staffBrowser.frames[0]?.epochs).toEqual([1n]);
  });
});
