import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallerCall, StaffDesk } from '../../src/call/api';
import { generateBoundKey } from '../../src/call/bound';
import type { KeptDevice } from '../../src/call/shelf';
import { generateKeys } from '../../src/e2ee/mls';
import type { Call, Consultation, Participant, PublicConfig, StaffState } from '../../src/proto';
import { authority } from '../e2ee/people';
import { settle } from './fakes/clock';
import { CALL_ID, FakeLine } from './fakes/line';
import { FakeBrowser, until } from './fakes/pages';

// Real cryptography on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const ROOM = 'f'.repeat(32);

let line: FakeLine;
let config: PublicConfig;
let device: KeptDevice;
let callerBrowser: FakeBrowser;
let browser: FakeBrowser;
let caller: CallerCall;
let desk: StaffDesk;

beforeAll(async () => {
  const issuer = await authority();
  config = { service: 'Line', phone: '0300 131 2789', authority: issuer.publicKey };
  const keys = await generateKeys();
  const credential = await issuer.issue(keys.publicKey);
  const ids = { staff: '01'.repeat(16), device: '02'.repeat(16) };
  device = { keys, bound: await generateBoundKey(), name: 'Priya', role: 'counsellor', ...ids, credential };
});

beforeEach(async () => {
  line = new FakeLine();
  callerBrowser = new FakeBrowser(line.callerSide);
  browser = new FakeBrowser(line.staffSide);
  caller = callerBrowser.caller(config);
  desk = browser.desk(config, device);
  await until('both are connected', () => caller.view.signalling === 'up' && desk.view.signalling === 'up');
});

const say = (state: StaffState): void =>
  line.staffSide.last.say({ type: 'state', state, queue: { waiting: 0, longest_wait_s: 0 } });
const seat = (slot: number, role: Participant['role'], more: object = {}): Participant => ({
  slot,
  role,
  name: role === 'caller' ? null : 'Priya',
  connected: true,
  key_package: null,
  ...more,
});
const call = (slot: number, more: Partial<Call> = {}): StaffState => ({
  phase: 'on_call',
  call: {
    id: CALL_ID,
    slot,
    participants: [seat(0, 'caller'), seat(1, 'counsellor', { lead: true })],
    ...more,
  },
});
const consultation = (slot: number, id = ROOM): Consultation => ({
  id,
  slot,
  participants: [seat(1, 'counsellor'), seat(2, 'clinician', { name: 'Ann', arriving: true })],
});
const done = (socket: { say(message: object): void }, { id }: { id: number }) => socket.say({ type: 'done', re: id });
const asked = (type: string) => line.staffSide.of(type).map(({ request }) => request);

async function talk(): Promise<void> {
  await desk.setAvailable(true);
  await caller.join();
  await until('it rings', () => desk.view.state?.phase === 'ringing' && browser.legs.length > 0);
  for (const { legs } of [callerBrowser, browser]) legs[0]?.enter('up');
  await desk.accept();
  await until('they talk', () => caller.view.words !== undefined && desk.view.words !== undefined);
  await until('sound is sent', () => Boolean(browser.legs[0]?.sent));
}

describe('a console that a colleague asks', () => {
  const invited: StaffState = {
    phase: 'invited',
    invitation: { offer: 'offer-2', name: 'Sam', role: 'counsellor', manner: 'join', expires_in_ms: 20_000 },
  };

  test('comes by accepting, or passes', async () => {
    line.staffPhase = 'ringing';
    say(invited);
    void desk.accept();
    await until('it accepts', () => asked('accept').length === 1);
    expect(asked('accept')).toEqual([{ type: 'accept', offer: 'offer-2' }]);
    line.staffPhase = 'available';
    say(invited);
    await desk.pass();
    expect(asked('pass')).toEqual([{ type: 'pass', offer: 'offer-2' }]);
  });

  test('publishes a key and connects its leg when it has come, and sends no sound before its key', async () => {
    const here = [seat(0, 'caller'), seat(1, 'counsellor', { name: 'Sam', lead: true })];
    say(call(2, { participants: [...here, seat(2, 'clinician', { arriving: true })] }));
    await until('a key is out', () => asked('key_package').length === 1 && browser.legs.length === 1);
    expect(asked('key_package')[0]).toMatchObject({ call: CALL_ID });
    browser.legs[0]?.enter('up');
    await settle();
    expect(browser.legs[0]?.sent ?? null).toBe(null);
    expect(browser.frames[0]?.epochs).toEqual([]);
  });
});

describe('a consultation beside the call', () => {
  test('lets nothing of the counsellor into the call, nothing of the caller out of it, and gives both back', async () => {
    await talk();
    const [inCall] = browser.legs;
    say(call(1, { consultation: consultation(1) }));
    await until('the room opens', () => browser.legs.length === 2);
    expect(asked('media').at(-1)).toMatchObject({ call: ROOM });
    await until('the call is on hold', () => inCall?.sent === null);
    expect(inCall?.tracks.map(({ enabled }) => enabled)).toEqual([false]);
    expect(desk.view.aside?.members).toEqual([]);
    expect(desk.view.members.length).toBe(2);
    browser.legs[1]?.enter('up');
    await settle();
    expect(browser.legs[1]?.sent ?? null).toBe(null);

    say(call(1));
    await until('the call is heard again', () => Boolean(inCall?.sent));
    expect(inCall?.tracks.map(({ enabled }) => enabled)).toEqual([true]);
    expect(browser.legs[1]?.closed).toBe(true);
    expect(desk.view.aside).toBe(undefined);
    expect(inCall?.closed).toBe(false);
  });

  test('is on hold from the first moment after a reload, and the room is entered anew', async () => {
    await talk();
    // The line says only what this test says.
    line.staffSide.answers.key_package = done;
    desk = browser.desk(config, device);
    await until('it is back', () => desk.view.state?.phase === 'on_call' && browser.legs.length === 2);
    line.staffSide.last.asked.length = 0;
    const before = browser.legs.length;
    say(call(1, { id: 'a'.repeat(32), consultation: consultation(1) }));
    await until('both rooms open', () => browser.legs.length === before + 2);
    const [inCall, aside] = browser.legs.slice(before);
    for (const leg of [inCall, aside]) leg?.enter('up');
    await until('keys are out for both', () => asked('key_package').filter((one) => one.call === ROOM).length === 1);
    expect(inCall?.sent ?? null).toBe(null);
    expect(inCall?.tracks.map(({ enabled }) => enabled)).toEqual([false]);
  });

  test('under the call’s own id is refused: one key would be taken for another’s', async () => {
    await talk();
    say(call(1, { consultation: consultation(1, CALL_ID) }));
    expect(desk.view.trouble).toBe('server-misbehaved');
    expect(browser.legs.length).toBe(1);
  });

  test('is a room alone for the one who is consulted, and ends where the call begins', async () => {
    say({ phase: 'consulted', consultation: consultation(2) });
    await until('a key is out', () => asked('key_package').length === 1 && browser.legs.length === 1);
    expect(asked('key_package')[0]).toMatchObject({ call: ROOM });
    expect(desk.view.members).toEqual([]);
    say(call(2, { participants: [seat(0, 'caller'), seat(2, 'clinician', { arriving: true })] }));
    await until('the call is entered', () => asked('key_package').length === 2 && browser.legs.length === 2);
    expect(asked('key_package')[1]).toMatchObject({ call: CALL_ID });
    expect(browser.legs[0]?.closed).toBe(true);
    expect(browser.frames[0]?.closed).toBe(true);
  });
});

describe('what a console asks', () => {
  test('is of the room in which it is', async () => {
    for (const type of ['ask_help', 'help_done', 'hand_over', 'leave_call']) line.staffSide.answers[type] = done;
    await expect(desk.talk.askHelp(true)).rejects.toMatchObject({ code: 'out_of_order' });
    await talk();
    await desk.talk.askHelp(true);
    await desk.talk.askHelp(false);
    await desk.talk.handOver(2);
    expect(asked('ask_help')).toEqual([{ type: 'ask_help', call: CALL_ID }]);
    expect(asked('hand_over')).toEqual([{ type: 'hand_over', call: CALL_ID, to: 2 }]);
    say({ phase: 'consulted', consultation: consultation(2) });
    await desk.talk.leave();
    expect(asked('leave_call')).toEqual([{ type: 'leave_call', call: ROOM }]);
  });

  test('who asks for help is shown as soon as the server tells it', () => {
    const calls = [{ call: CALL_ID, name: 'Sam', since_s: 3, helper: null, escalated: false }];
    line.staffSide.last.say({ type: 'help', calls });
    expect(desk.view.help).toEqual(calls);
  });
});
