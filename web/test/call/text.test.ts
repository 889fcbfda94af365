/** Writing in a call, end to end: two pages, real MLS, a line between them that may lose things. */
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CallerCall, StaffDesk } from '../../src/call/api';
import { generateBoundKey } from '../../src/call/bound';
import type { KeptDevice } from '../../src/call/shelf';
import { generateKeys } from '../../src/e2ee/mls';
import type { PublicConfig } from '../../src/proto';
import { authority } from '../e2ee/people';
import { settle } from './fakes/clock';
import { FakeLine } from './fakes/line';
import { FakeBrowser, until } from './fakes/pages';

// Real cryptography on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const CARD = {
  title: 'Police Care',
  what: 'Counselling',
  phone: '0300 012 0030',
  web: 'care.example',
  hours: '9 to 5',
};

let line: FakeLine;
let config: PublicConfig;
let device: KeptDevice;
let callerBrowser: FakeBrowser;
let staffBrowser: FakeBrowser;
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
  staffBrowser = new FakeBrowser(line.staffSide);
  caller = callerBrowser.caller(config);
  desk = staffBrowser.desk(config, device);
  await until('both are connected', () => caller.view.signalling === 'up' && desk.view.signalling === 'up');
  await desk.setAvailable(true);
  await caller.join();
  await until('it rings', () => desk.view.state?.phase === 'ringing' && staffBrowser.legs.length > 0);
  for (const { legs } of [callerBrowser, staffBrowser]) legs[0]?.enter('up');
  await desk.accept();
  await until('they talk', () => caller.view.words !== undefined && desk.view.words !== undefined);
});

/** What a page shows of the conversation. */
const shows = ({ view }: { view: CallerCall['view'] | StaffDesk['view'] }) =>
  view.conversation.lines.map(({ by, content, state }) => [
    by === undefined ? 'me' : by.role === 'caller' ? 'caller' : by.name,
    content.kind === 'text' ? content.text : content.kind === 'tap' ? content.tap : content.card.title,
    state,
  ]);

describe('what is written in a call', () => {
  test('reaches the other with its sender’s name, and its sender sees that it has', async () => {
    expect(desk.text.write('Hello')).toBe(true);
    expect(shows(desk)).toEqual([['me', 'Hello', 'going']]);
    await until('it came', () => caller.view.conversation.lines.length === 1);
    expect(shows(caller)).toEqual([['Priya', 'Hello', 'came']]);
    await until('it arrived', () => desk.view.conversation.lines[0]?.state === 'arrived');
    expect(caller.text.tap('cannot_talk')).toBe(true);
    await until('the tap came', () => desk.view.conversation.lines.length === 2);
    expect(shows(desk)[1]).toEqual(['caller', 'cannot_talk', 'came']);
  });

  test('is not in the log, nor readable for the server', async () => {
    const before = line.log.length;
    desk.text.write('A sentence that nobody else reads');
    await until('it arrived', () => desk.view.conversation.lines[0]?.state === 'arrived');
    expect(line.log.length).toBe(before);
    const carried = [...line.staffSide.of('say'), ...line.callerSide.of('say')].map(({ request }) =>
      atob(String(request.message)),
    );
    expect(carried.length).toBeGreaterThan(1);
    // A sentence and the answer that it has come are of one length.
    expect(new Set(carried.map(({ length }) => length)).size).toBe(1);
    for (const text of carried) expect(text).not.toContain('sentence');
  });

  test('that is lost on its way goes again until it has come, and is shown once', async () => {
    line.hearsNothing = 0;
    desk.text.write('Are you there?');
    await until('it was handed over', () => line.passed === 1);
    await settle();
    expect(shows(desk)).toEqual([['me', 'Are you there?', 'going']]);
    // Now only the answer is lost.
    line.hearsNothing = 1;
    await staffBrowser.clock.pass(3_000);
    await until('it came', () => caller.view.conversation.lines.length === 1);
    await until('it was answered', () => line.passed === 3);
    await settle();
    line.hearsNothing = undefined;
    await staffBrowser.clock.pass(6_000);
    await until('it arrived', () => desk.view.conversation.lines[0]?.state === 'arrived');
    expect(shows(caller)).toEqual([['Priya', 'Are you there?', 'came']]);
  });

  test('without a connection goes when it is back', async () => {
    line.staffSide.reachable = false;
    line.staffSide.last.cut();
    await settle();
    expect(desk.view.signalling).toBe('lost');
    expect(desk.text.write('Hold on')).toBe(true);
    await settle();
    expect(shows(desk)).toEqual([['me', 'Hold on', 'going']]);
    line.staffSide.reachable = true;
    await staffBrowser.clock.pass(1_000);
    await until('it arrived', () => desk.view.conversation.lines[0]?.state === 'arrived');
    expect(shows(caller)).toEqual([['Priya', 'Hold on', 'came']]);
  });

  test('while the caller’s page reloads reaches the page that comes back', async () => {
    line.hearsNothing = 0;
    desk.text.write('Take your time');
    await until('it was handed over', () => line.passed === 1);
    line.hearsNothing = undefined;
    caller = callerBrowser.caller(config);
    await until('it came', () => caller.view.conversation.lines.length === 1);
    expect(shows(caller)).toEqual([['Priya', 'Take your time', 'came']]);
    await until('it arrived', () => desk.view.conversation.lines[0]?.state === 'arrived');
    expect(caller.text.write('Back again')).toBe(true);
    await until('the answer came', () => desk.view.conversation.lines.length === 2);
  });

  test('is gone with the call, the draft too', async () => {
    desk.text.write('Goodbye');
    await until('it arrived', () => desk.view.conversation.lines[0]?.state === 'arrived');
    desk.text.draft = 'and one more';
    caller.text.draft = 'thank';
    await desk.end();
    await until('both are out', () => caller.view.state.phase === 'ended' && desk.view.state?.phase === 'wrap_up');
    expect([shows(desk), shows(caller), desk.text.draft, caller.text.draft]).toEqual([[], [], '', '']);
    expect(desk.text.write('Too late')).toBe(false);
    expect(caller.text.tap('yes')).toBe(false);
  });

  test('is refused where it is empty, too long, or nobody is there', () => {
    expect(desk.text.write(' \n ')).toBe(false);
    expect(desk.text.write('a'.repeat(1001))).toBe(false);
    expect(shows(desk)).toEqual([]);
  });

  test('by a server that bends it is dropped, and no alarm', async () => {
    line.callerSide.last.say({ type: 'said', call: 'x', from: 1, message: 'AAAA' });
    line.callerSide.last.say({ type: 'said', call: 'x', from: 1, message: '%' });
    desk.text.write('Hello');
    await until('it arrived', () => desk.view.conversation.lines[0]?.state === 'arrived');
    const [first] = line.staffSide.of('say');
    // The very same message played again.
    line.callerSide.last.say({ type: 'said', from: 1, message: String(first?.request.message) });
    desk.text.write('Still here');
    await until('the second came', () => caller.view.conversation.lines.length === 2);
    expect([caller.view.trouble, desk.view.trouble]).toEqual([undefined, undefined]);
  });
});

describe('a card', () => {
  test('is shown to the caller, and the desk is told when they have it', async () => {
    line.hearsNothing = 0;
    let has = false;
    const sent = desk.sendCard(CARD).then(() => {
      has = true;
    });
    await until('it was handed over', () => line.passed === 1);
    await settle();
    expect(has).toBe(false);
    line.hearsNothing = undefined;
    await staffBrowser.clock.pass(3_000);
    await sent;
    expect(caller.view.conversation.lines[0]?.content).toEqual({ kind: 'card', card: CARD });
  });

  test('is refused without a title or a call, and fails when the call ends first', async () => {
    await expect(desk.sendCard({ ...CARD, title: ' ' })).rejects.toMatchObject({ code: 'out_of_order' });
    line.hearsNothing = 0;
    const sent = desk.sendCard(CARD).catch((failure) => failure.code);
    await desk.end();
    expect(await sent).toBe('lost');
    await expect(desk.sendCard(CARD)).rejects.toMatchObject({ code: 'out_of_order' });
  });
});

describe('a hold', () => {
  const heldBy = () => caller.view.conversation.heldBy.map((one) => (one.role === 'caller' ? '' : one.name));

  /** Whether the desk plays what comes. */
  const plays = () => staffBrowser.legs[0]?.tracks.some(({ enabled }) => enabled !== false);

  test('lets no sound through either way, and the caller is told when it begins and when it is over', async () => {
    await until('sound is sent', () => Boolean(staffBrowser.legs[0]?.sent));
    desk.setHold(true);
    expect([desk.view.conversation.holding, desk.view.conversation.holdTold]).toEqual([true, false]);
    await until('the caller knows', () => desk.view.conversation.holdTold);
    expect(heldBy()).toEqual(['Priya']);
    expect([staffBrowser.legs[0]?.sent, plays()]).toEqual([null, false]);
    desk.setHold(false);
    await until('it is over for the caller', () => heldBy().length === 0);
    await until('sound is sent again', () => Boolean(staffBrowser.legs[0]?.sent));
    expect(plays()).toBe(true);
    expect(desk.view.conversation.lines).toEqual([]);
  });

  test('that begins while the caller is away is told when they are back, and only as it is then', async () => {
    line.callerSide.reachable = false;
    line.callerSide.last.cut();
    line.hearsNothing = 0;
    await settle();
    desk.setHold(true);
    desk.setHold(false);
    desk.setHold(true);
    await settle();
    const seen: number[] = [];
    caller.subscribe(() => seen.push(heldBy().length));
    line.callerSide.reachable = true;
    line.hearsNothing = undefined;
    await callerBrowser.clock.pass(1_000);
    await staffBrowser.clock.pass(3_000);
    await until('the caller knows', () => desk.view.conversation.holdTold);
    expect(heldBy()).toEqual(['Priya']);
    expect(new Set(seen)).toEqual(new Set([0, 1]));
  });

  test('goes on after a reload of the desk, and the caller’s page knows it after one of its own', async () => {
    desk.setHold(true);
    await until('the caller knows', () => desk.view.conversation.holdTold);
    desk = staffBrowser.desk(config, device);
    await until('the desk is back', () => desk.view.words !== undefined && desk.view.conversation.holdTold);
    expect([desk.view.conversation.holding, heldBy()]).toEqual([true, ['Priya']]);
    staffBrowser.legs.at(-1)?.enter('up');
    await settle();
    expect(staffBrowser.legs.at(-1)?.sent ?? null).toBe(null);
    caller = callerBrowser.caller(config);
    await until('the caller is back', () => caller.view.words !== undefined && heldBy().length === 1);
    desk.setHold(false);
    await until('it is over', () => heldBy().length === 0);
  });

  test('is over when the counsellor says so, also where the clock was set back during a reload', async () => {
    desk.setHold(true);
    await until('the caller knows', () => desk.view.conversation.holdTold);
    staffBrowser.clock.setBack(60_000);
    desk = staffBrowser.desk(config, device);
    await until('the desk is back', () => desk.view.words !== undefined && desk.view.conversation.holdTold);
    desk.setHold(false);
    await until('it is over', () => heldBy().length === 0);
  });

  test('ends with a reload of a desk whose browser keeps nothing', async () => {
    desk.setHold(true);
    await until('the caller knows', () => desk.view.conversation.holdTold);
    staffBrowser.stored.delete('call-notes');
    await staffBrowser.clock.pass(1);
    desk = staffBrowser.desk(config, device);
    await until('it is over for the caller', () => desk.view.words !== undefined && heldBy().length === 0);
    staffBrowser.legs.at(-1)?.enter('up');
    await until('sound is sent', () => Boolean(staffBrowser.legs.at(-1)?.sent));
    expect(desk.view.conversation.holding).toBe(false);
  });
});

describe('a reload', () => {
  test('says that something was written before, what may not have arrived, and keeps no word of it', async () => {
    caller.text.write('First');
    await until('it arrived', () => caller.view.conversation.lines[0]?.state === 'arrived');
    line.hearsNothing = 1;
    caller.text.write('Second');
    await until('it was handed over', () => line.passed >= 3);
    expect([...callerBrowser.stored.values()].join()).not.toMatch(/First|Second/);
    caller = callerBrowser.caller(config);
    await until('the caller is back', () => caller.view.words !== undefined);
    expect(caller.view.conversation).toMatchObject({ lines: [], before: { wrote: true, unsent: 1 } });
    await caller.leave();
    expect(callerBrowser.stored.has('call-notes')).toBe(false);
  });

  test('loses nothing that is written after it, also where the clock was set back to the same moment', async () => {
    caller.text.write('First');
    await until('it came', () => desk.view.conversation.lines.length === 1);
    caller = callerBrowser.caller(config);
    await until('the caller is back', () => caller.view.words !== undefined);
    caller.text.write('Second');
    await until('it came as well', () => desk.view.conversation.lines.length === 2);
    expect(shows(desk).map(([, text]) => text)).toEqual(['First', 'Second']);
  });

  test('leaves whoever was muted muted, with the microphone closed', async () => {
    caller.setMuted(true);
    const given = callerBrowser.devices.given.length;
    caller = callerBrowser.caller(config);
    await until('the caller is back', () => caller.view.words !== undefined);
    expect([caller.view.muted, callerBrowser.devices.given.length]).toEqual([true, given]);
    caller.setMuted(false);
    await until('the microphone is open', () => callerBrowser.devices.given.length === given + 1);
  });
});

describe('what was agreed for a lost connection', () => {
  test('is shown to the caller, also after a reload of either, and kept by neither after the call', async () => {
    desk.agree('telephone');
    await until('the caller sees it', () => desk.view.conversation.planTold);
    desk.agree('call_back');
    expect(desk.view.conversation.planTold).toBe(false);
    await until('the caller sees the other', () => desk.view.conversation.planTold);
    expect(caller.view.conversation.plan).toBe('call_back');
    caller = callerBrowser.caller(config);
    await until('the caller is back', () => caller.view.words !== undefined);
    expect(caller.view.conversation.plan).toBe('call_back');
    await staffBrowser.clock.pass(1);
    desk = staffBrowser.desk(config, device);
    await until('the desk is back', () => desk.view.words !== undefined && desk.view.conversation.planTold);
    expect(desk.view.conversation.plan).toBe('call_back');
    await desk.end();
    await until('both are out', () => caller.view.state.phase === 'ended' && desk.view.state?.phase === 'wrap_up');
    expect([callerBrowser, staffBrowser].map(({ stored }) => stored.has('call-notes'))).toEqual([false, false]);
  });
});
