/** Whoever cannot speak, or whose microphone is kept from the page, still has a counsellor. */
import { beforeEach, expect, test, vi } from 'vitest';
import type { CallerCall, StaffDesk } from '../../src/call/api';
import { generateBoundKey } from '../../src/call/bound';
import { generateKeys } from '../../src/e2ee/mls';
import type { PublicConfig } from '../../src/proto';
import { authority } from '../e2ee/people';
import { FakeLine } from './fakes/line';
import { FakeBrowser, until } from './fakes/pages';

// Real cryptography on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let callerBrowser: FakeBrowser;
let config: PublicConfig;
let caller: CallerCall;
let desk: StaffDesk;

beforeEach(async () => {
  const issuer = await authority();
  config = { service: 'Line', phone: '0300 131 2789', authority: issuer.publicKey };
  const keys = await generateKeys();
  const credential = await issuer.issue(keys.publicKey);
  const ids = { staff: '01'.repeat(16), device: '02'.repeat(16) };
  const device = {
    keys,
    bound: await generateBoundKey(),
    name: 'Priya',
    role: 'counsellor' as const,
    ...ids,
    credential,
  };
  const line = new FakeLine();
  callerBrowser = new FakeBrowser(line.callerSide);
  caller = callerBrowser.caller(config);
  desk = new FakeBrowser(line.staffSide).desk(config, device);
  await until('both are connected', () => caller.view.signalling === 'up' && desk.view.signalling === 'up');
});

async function answer(): Promise<void> {
  await desk.setAvailable(true);
  await until('it rings', () => desk.view.state?.phase === 'ringing');
  for (const leg of callerBrowser.legs) leg.enter('up');
  await desk.accept();
  await until('they are in the call', () => caller.view.words !== undefined && desk.view.words !== undefined);
}

test('a caller who cannot speak joins without being asked for the microphone, and the counsellor is told', async () => {
  await caller.joinSilently();
  expect([caller.view.state.phase, caller.view.muted]).toEqual(['waiting', true]);
  await answer();
  await until('the counsellor knows', () => desk.view.conversation.lines.length === 1);
  expect(desk.view.conversation.lines[0]?.content).toEqual({ kind: 'tap', tap: 'cannot_talk' });
  expect([callerBrowser.devices.given.length, callerBrowser.legs[0]?.sent]).toEqual([0, null]);
  // It can be turned on later.
  caller.setMuted(false);
  await until('sound is sent', () => Boolean(callerBrowser.legs[0]?.sent));
});

test('a caller whose microphone is refused goes on without it, and writes', async () => {
  callerBrowser.devices.fail = 'NotAllowedError';
  await caller.join();
  expect([caller.view.trouble, caller.view.state.phase]).toEqual(['microphone-refused', 'idle']);
  await caller.joinSilently();
  expect([caller.view.trouble, caller.view.state.phase]).toEqual([undefined, 'waiting']);
  await answer();
  expect(caller.text.write('Hello')).toBe(true);
  await until('it came', () => desk.view.conversation.lines.length === 2);
});

test('a caller who cannot speak and reloads in the queue is still silent, and the counsellor is told once', async () => {
  await caller.joinSilently();
  caller = callerBrowser.caller(config);
  await until('the caller is back', () => caller.view.state.phase === 'waiting' && caller.view.muted);
  await answer();
  await until('the counsellor knows', () => desk.view.conversation.lines.length === 1);
  caller = callerBrowser.caller(config);
  await until('the caller is back in the call', () => caller.view.words !== undefined);
  expect(caller.text.write('Hello')).toBe(true);
  await until('the word came', () => desk.view.conversation.lines.length > 1);
  expect(desk.view.conversation.lines.map(({ content }) => content.kind)).toEqual(['tap', 'text']);
  expect(callerBrowser.devices.given).toEqual([]);
});
