import { describe, expect, it } from 'vitest';
import { callBegan } from '../../src/console/elapsed';
import { deviceErrorOf, tokenOf } from '../../src/console/enrolment';
import { levelOf } from '../../src/console/level';
import { outcomeOf } from '../../src/console/outcome';
import { longestWait } from '../../src/console/panels/Line';
import { refusalOf } from '../../src/console/panels/Microphone';

describe('a ring that was not answered', () => {
  const ring = { offer: 'f', invited: false, expires: 20_000, passed: false };

  it('ended because the caller left, when it had not run out', () => {
    expect(outcomeOf(ring, { phase: 'available' }, 5_000)).toBe('rangOff');
  });
  it('was missed when it ran out', () => {
    expect(outcomeOf(ring, { phase: 'available' }, 19_900)).toBe('missed');
    expect(outcomeOf(ring, { phase: 'unavailable' }, 20_100)).toBe('missedUnavailable');
  });
  it('was passed on', () => {
    expect(outcomeOf({ ...ring, passed: true }, { phase: 'available' }, 1_000)).toBe('passed');
  });
  it('was passed on by whoever chose a break instead', () => {
    const paused = { phase: 'paused', why: 'break', since_s: 0 } as const;
    expect(outcomeOf({ ...ring, passed: true }, paused, 1_000)).toBe('passed');
  });
  it('says nothing when it became a call', () => {
    const call = { id: 'c', slot: 1, participants: [] };
    expect(outcomeOf(ring, { phase: 'on_call', call }, 1_000)).toBeUndefined();
  });
});

describe('the enrolment link', () => {
  it('carries its token after #', () => {
    expect(tokenOf('#enrol=0123456789abcdef0123456789abcdef')).toBe('0123456789abcdef0123456789abcdef');
  });
  it('is refused when it is anything else', () => {
    for (const hash of ['', '#', '#enrol=', '#enrol=a b', '#other=0123456789abcdef', `#enrol=${'a'.repeat(201)}`]) {
      expect(tokenOf(hash)).toBeUndefined();
    }
  });
  it('tells every failure in words that there are', () => {
    expect(deviceErrorOf({ code: 'link-used' })).toBe('link-used');
    expect(deviceErrorOf({ code: 'constructor' })).toBe('internal');
    expect(deviceErrorOf(undefined)).toBe('internal');
  });
});

describe('the microphone test', () => {
  it('shows silence as nothing and speech near the middle', () => {
    expect(levelOf(new Float32Array(1024))).toBe(0);
    const speech = Float32Array.from({ length: 1024 }, (_, i) => 0.05 * Math.sin(i / 7));
    expect(levelOf(speech)).toBeGreaterThan(0.4);
    expect(levelOf(speech)).toBeLessThan(0.7);
    expect(levelOf(new Float32Array(1024).fill(1))).toBe(1);
  });
  it('tells apart why there is no microphone', () => {
    expect(refusalOf(new DOMException('', 'NotAllowedError'))).toBe('refused');
    expect(refusalOf(new DOMException('', 'NotFoundError'))).toBe('missing');
    expect(refusalOf(new DOMException('', 'NotReadableError'))).toBe('busy');
    expect(refusalOf(new Error('microphone-busy'))).toBe('busy');
  });
});

describe('the longest wait', () => {
  const queue = { waiting: 2, longest_wait_s: 60 };

  it('is counted on between two messages', () => {
    expect([0, 1, 30].map((told) => longestWait(queue, told, undefined))).toEqual([60, 61, 90]);
  });
  it('stands still from the moment in which the connection is lost', () => {
    expect(longestWait(queue, 10, 4)).toBe(66);
    expect(longestWait(queue, 40, 34)).toBe(66);
    expect(longestWait(queue, 2, 9)).toBe(60);
  });
});

describe('the length of a call', () => {
  it('goes on over a reload and begins anew with another call', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    } as Storage;
    expect(callBegan('a', 1000, storage)).toBe(1000);
    expect(callBegan('a', 9000, storage)).toBe(1000);
    expect(callBegan('b', 9500, storage)).toBe(9500);
  });
});
