import { describe, expect, test } from 'vitest';
import type { LegState } from '../../src/call/leg';
import { checkPath, type Path, PathFailed, pathOf, type TriedLeg } from '../../src/call/path-check';
import type { FrameCrypto } from '../../src/e2ee/api';
import type { Leg } from '../../src/proto';
import { FakeClock } from './fakes/clock';

class Tried implements TriedLeg {
  state: LegState = 'connecting';
  found: Path | undefined = { way: 'udp', roundTrip: 12 };
  refused = false;
  async open(): Promise<void> {
    if (this.refused) throw new Error('refused');
  }
  async path(): Promise<Path | undefined> {
    return this.found;
  }
  close(): void {
    this.state = 'closed';
  }
}

function tried(leg: Tried) {
  const clock = new FakeClock();
  const frames = { close: () => Object.assign(frames, { closed: true }), closed: false };
  const checked = checkPath({
    clock,
    frames: frames as unknown as FrameCrypto,
    newLeg: () => leg,
    ask: () => Promise.reject<Leg>(new Error('not asked')),
  }).then(
    (path) => path,
    (failure: unknown) => (failure instanceof PathFailed ? failure.trouble : failure),
  );
  return { clock, checked, closed: () => leg.state === 'closed' && frames.closed };
}

describe('the way to the relay', () => {
  test('is found as soon as a leg is up and its pair is known, and the leg is closed', async () => {
    const leg = new Tried();
    leg.found = undefined;
    const { clock, checked, closed } = tried(leg);
    await clock.pass(1_000);
    leg.state = 'up';
    await clock.pass(1_000);
    leg.found = { way: 'tcp', roundTrip: 40 };
    await clock.pass(100);
    expect(await checked).toEqual({ way: 'tcp', roundTrip: 40 });
    expect(closed()).toBe(true);
  });

  test('is given up after a while, and at once when the leg breaks', async () => {
    const never = tried(new Tried());
    await never.clock.pass(12_000);
    expect(await never.checked).toBe('no-path');
    expect(never.closed()).toBe(true);
    const broken = new Tried();
    broken.state = 'broken';
    const { clock, checked } = tried(broken);
    await clock.pass(0);
    expect(await checked).toBe('no-path');
  });

  test('is not judged where the server gave no leg', async () => {
    const leg = new Tried();
    leg.refused = true;
    const { checked, closed } = tried(leg);
    expect(await checked).toBe('no-answer');
    expect(closed()).toBe(true);
  });

  test('is read off the pair that works, as both browsers count it', () => {
    const stat = (of: object): RTCStats => of as RTCStats;
    const local = stat({ type: 'local-candidate', id: 'L', protocol: 'tcp' });
    const failed = stat({ type: 'candidate-pair', id: 'a', state: 'failed', localCandidateId: 'K' });
    const pair = { type: 'candidate-pair', id: 'b', state: 'succeeded', localCandidateId: 'L' };
    expect(pathOf([failed])).toBeUndefined();
    expect(pathOf([failed, stat({ ...pair, nominated: true, currentRoundTripTime: 0.02 }), local])).toEqual({
      way: 'tcp',
      roundTrip: 20,
    });
    expect(pathOf([stat({ ...pair, selected: false }), local])).toBeUndefined();
    expect(pathOf([stat({ ...pair, selected: true })])).toEqual({ way: 'udp', roundTrip: undefined });
  });
});
