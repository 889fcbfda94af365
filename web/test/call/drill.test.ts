import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallerCall, StaffDesk } from '../../src/call/api';
import { generateBoundKey } from '../../src/call/bound';
import type { KeptDevice } from '../../src/call/shelf';
import { generateKeys } from '../../src/e2ee/mls';
import type { PublicConfig } from '../../src/proto';
import { authority } from '../e2ee/people';
import { FakeLine } from './fakes/line';
import { FakeBrowser, until } from './fakes/pages';

// Real cryptography on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const TICKET = 'Zm9yIHRlc3RzIG9ubHk';

let config: PublicConfig;
let device: KeptDevice;
let line: FakeLine;
let browser: FakeBrowser;

beforeAll(async () => {
  const issuer = await authority();
  config = { service: 'Line', phone: '0300 131 2789', authority: issuer.publicKey };
  const keys = await generateKeys();
  const credential = await issuer.issue(keys.publicKey);
  const ids = { staff: '01'.repeat(16), device: '02'.repeat(16) };
  device = { keys, bound: await generateBoundKey(), name: 'Priya', role: 'counsellor', ...ids, credential };
});

beforeEach(() => {
  line = new FakeLine();
  line.drill = TICKET;
});

describe('a caller in a drill', () => {
  const enter = async (ticket = TICKET): Promise<CallerCall> => {
    browser = new FakeBrowser(line.callerSide);
    const call = browser.drillCaller(config, ticket);
    await until('it is answered', () => call.view.signalling === 'up' || call.view.trouble !== undefined);
    return call;
  };

  test('says hello with the ticket, at an address of its own', async () => {
    const call = await enter();
    expect(line.callerSide.last.url).toBe('wss://line.example/ws/drill/caller');
    expect(line.callerSide.of('hello')[0]?.request).toEqual({ type: 'hello', drill: TICKET });
    expect(call.view).toMatchObject({ drill: true, trouble: undefined });
  });

  test('keeps its call where no call of the line is kept, and leaves that one alone', async () => {
    browser = new FakeBrowser(line.callerSide);
    browser.stored.set('call', 'of the line');
    browser.stored.set('call-notes', 'of the line');
    const call = browser.drillCaller(config, TICKET);
    await until('it is connected', () => call.view.signalling === 'up');
    await call.join();
    await until('the call is kept', () => browser.stored.has('drill-call'));
    expect(line.callerSide.of('resume')).toEqual([]);
    call.leaveDrill();
    expect(call.view.state).toEqual({ phase: 'ended', by: 'caller' });
    expect(Object.fromEntries(browser.stored)).toEqual({ call: 'of the line', 'call-notes': 'of the line' });
  });

  test('resumes after a reload', async () => {
    const call = await enter();
    await call.join();
    await until('the call is kept', () => browser.stored.has('drill-call'));
    const again = browser.drillCaller(config, TICKET);
    await until('it is back', () => again.view.state.phase === 'waiting');
    expect(line.callerSide.of('resume').length).toBe(1);
    expect(again.view.drill).toBe(true);
  });

  test('says that it leaves, though the page is gone before an answer comes', async () => {
    const call = await enter();
    await call.join();
    call.leaveDrill();
    expect(line.callerSide.of('leave').map(({ request }) => request.how)).toEqual(['left']);
    expect(browser.beacons).toEqual([
      { path: '/api/caller/leave', body: JSON.stringify({ token: 'token', how: 'left' }) },
    ]);
    const visitor = await enter();
    visitor.leaveDrill();
    expect(browser.beacons).toEqual([]);
  });

  test.each(['', 'another'])('is told that the drill is over by the ticket %j', async (ticket) => {
    const call = await enter(ticket);
    expect(call.view).toMatchObject({ drill: true, trouble: 'no-drill' });
    expect(line.callerSide.sockets.filter(({ readyState }) => readyState !== 3)).toEqual([]);
  });

  test('is told so when it ends, also while they wait to join', async () => {
    const call = await enter();
    const joined = call.join();
    line.callerSide.last.say({ type: 'bye', why: 'drill_over' });
    await joined;
    expect(call.view).toMatchObject({ drill: true, trouble: 'no-drill', state: { phase: 'idle' } });
    expect(browser.devices.given.every(({ readyState }) => readyState === 'ended')).toBe(true);
    expect(browser.stored.has('drill-call')).toBe(false);
  });

  test('is in no drill and on no line where the server does not call it one', async () => {
    line.drill = undefined;
    line.callerSide.answers.hello = (socket) =>
      socket.say({ type: 'welcome', heartbeat: { interval_ms: 5_000, timeout_ms: 15_000 }, on_shift: true });
    const call = await enter();
    expect(call.view).toMatchObject({ drill: false, trouble: 'drill-unsure' });
    await call.join();
    expect(line.callerSide.of('join')).toEqual([]);
  });
});

test('a caller of the line is in no drill by whatever the server says, and a reload may still bring their call back', async () => {
  line.drill = undefined;
  browser = new FakeBrowser(line.callerSide);
  const call = browser.caller(config);
  await until('it is connected', () => call.view.signalling === 'up');
  await call.join();
  await until('the call is kept', () => browser.stored.has('call'));
  line.drill = TICKET;
  line.callerSide.last.cut();
  await browser.clock.pass(5_000);
  await until('it is stopped', () => call.view.trouble === 'drill-unsure');
  expect(call.view.drill).toBe(false);
  expect(browser.stored.has('call')).toBe(true);
});

describe('a desk in a drill', () => {
  const open = async (drill = true): Promise<StaffDesk> => {
    browser = new FakeBrowser(line.staffSide);
    const desk = browser.desk(config, device, drill);
    await until('it is answered', () => desk.view.state !== undefined || desk.view.trouble !== undefined);
    return desk;
  };

  test('is signed in as ever, at an address of its own', async () => {
    const desk = await open();
    expect(line.staffSide.last.url).toBe('wss://line.example/ws/drill/staff');
    expect(desk.view).toMatchObject({ drill: true, name: 'Priya', state: { phase: 'unavailable' } });
  });

  test('asks for the drill', async () => {
    line.drill = undefined;
    line.staffSide.answers.drill = (socket, { id }) =>
      socket.say({ type: 'drill', re: id, answer: { answer: 'drill', drill: null } });
    const desk = await open(false);
    expect(await desk.drill({ ask: 'now' })).toEqual({ answer: 'drill', drill: null });
  });

  test('is closed where no drill is open, and stays so', async () => {
    line.staffSide.answers.enter = (socket, { id }) =>
      socket.say({ type: 'error', re: id, error: { code: 'no_drill', text: 'No.' } });
    const desk = await open();
    expect(desk.view.trouble).toBe('no-drill');
    await browser.clock.pass(60_000);
    expect(desk.view.trouble).toBe('no-drill');
    expect(line.staffSide.sockets.length).toBe(1);
  });

  test('is closed when the drill ends', async () => {
    const desk = await open();
    line.staffSide.last.say({ type: 'bye', why: 'drill_over' });
    expect(desk.view.trouble).toBe('no-drill');
    expect(line.staffSide.last.readyState).toBe(3);
  });

  test('is closed where the server does not call it one, and so is a desk of the line where it does', async () => {
    line.drill = undefined;
    expect((await open()).view.trouble).toBe('drill-unsure');
    line.drill = TICKET;
    const desk = await open(false);
    expect(desk.view).toMatchObject({ trouble: 'drill-unsure', state: undefined });
    await browser.clock.pass(60_000);
    expect(desk.view.trouble).toBe('drill-unsure');
  });

  test('ends its call when it is left: nobody is held for it', async () => {
    const caller = new FakeBrowser(line.callerSide).drillCaller(config, TICKET);
    const desk = await open();
    await until('the caller is there', () => caller.view.signalling === 'up');
    await desk.setAvailable(true);
    await caller.join();
    await until('it rings', () => desk.view.state?.phase === 'ringing' && browser.legs.length > 0);
    await desk.accept();
    await until('they talk', () => caller.view.words !== undefined);
    desk.close();
    await until('it is over', () => caller.view.state.phase === 'ended');
    expect(line.staffSide.of('end').length).toBe(1);
  });
});
