import { beforeEach, describe, expect, test } from 'vitest';
import { Sealing } from '../../src/call/sealing';
import { FakeClock } from './fakes/clock';

let clock: FakeClock;
let sealed: bigint[];
let sealing: Sealing;

beforeEach(() => {
  clock = new FakeClock();
  sealed = [];
  sealing = new Sealing({ clock, seal: (epoch) => void sealed.push(epoch) });
});

describe('the key of a new epoch', () => {
  test('seals when everybody who stays has said something in it', () => {
    sealing.await(2n, [0, 1], 2_000);
    sealing.heard(2n, 1);
    expect(sealed).toEqual([]);
    sealing.heard(2n, 0);
    expect(sealed).toEqual([2n]);
  });

  test('seals when somebody has been silent for too long, and then not again', async () => {
    sealing.await(2n, [0, 1], 500);
    sealing.heard(2n, 1);
    await clock.pass(499);
    expect(sealed).toEqual([]);
    await clock.pass(1);
    expect(sealed).toEqual([2n]);
    sealing.heard(2n, 0);
    await clock.pass(10_000);
    expect(sealed).toEqual([2n]);
  });

  test('does not seal by what was said in another epoch', () => {
    sealing.await(2n, [0], 500);
    sealing.heard(1n, 0);
    sealing.heard(3n, 0);
    expect(sealed).toEqual([]);
  });

  test('seals at once where there is nobody to wait for', () => {
    sealing.await(2n, [], 500);
    expect(sealed).toEqual([2n]);
  });

  test('of a further epoch does not put off the end of the wait: somebody has left meanwhile', async () => {
    sealing.await(2n, [0], 500);
    await clock.pass(400);
    sealing.await(3n, [0], 2_000);
    await clock.pass(100);
    expect(sealed).toEqual([3n]);
  });

  test('is forgotten with the call', async () => {
    sealing.await(2n, [0], 500);
    sealing.cancel();
    await clock.pass(1_000);
    expect(sealed).toEqual([]);
  });
});
