import { describe, expect, test } from 'vitest';
import { type Counters, countersOf, qualityOf, Rater, type Rating, rate, unrated } from '../../src/call/quality';

/** One second after another: what each adds. */
interface Second {
  readonly concealed?: number;
  readonly lost?: number;
  readonly roundTrip?: number;
}

const RATE = 48_000;
const seconds = (list: readonly Second[], from = 0): Counters[] => {
  let concealed = 0;
  return list.map((second, i) => {
    concealed += (second.concealed ?? 0) * RATE;
    const at = (from + i) * 1000;
    return { at, samples: (i + 1) * RATE, concealed, lost: second.lost ?? 0, roundTrip: second.roundTrip ?? 40 };
  });
};
const run = (list: readonly Counters[], begin: Rating = unrated): string[] => {
  let rating = begin;
  return list.map((one) => {
    rating = rate(rating, one);
    return qualityOf(rating);
  });
};
const times = (n: number, second: Second): Second[] => Array.from({ length: n }, () => second);

describe('how a call sounds', () => {
  test('is good while nothing is lost, and before enough was seen', () => {
    expect(new Set(run(seconds(times(30, {}))))).toEqual(new Set(['good']));
    expect(run(seconds(times(3, { concealed: 0.5, lost: 0.5 })))).toEqual(['good', 'good', 'good']);
  });

  test.each([
    ['gaps-here', { concealed: 0.08 }],
    ['gaps-there', { lost: 0.08 }],
    ['gaps-both', { concealed: 0.08, lost: 0.08 }],
    ['late', { roundTrip: 700 }],
    ['gaps-there', { lost: 0.08, roundTrip: 700 }],
  ])('is %s', (quality, second) => {
    expect(run(seconds(times(6, second))).at(-1)).toBe(quality);
  });

  test('is not called bad for the odd lost packet', () => {
    expect(run(seconds([{}, {}, { concealed: 0.1, lost: 0.1 }, {}, {}, {}, {}])).includes('gaps-here')).toBe(false);
  });

  test('does not flicker at the limit, nor when it is good for a moment', () => {
    const around = Array.from({ length: 40 }, (_, i) => ({ concealed: i % 2 === 0 ? 0.08 : 0.03 }));
    const said = run(seconds(around));
    expect(said.filter((one, i) => i > 0 && one !== said[i - 1]).length).toBe(1);
    const moment = run(seconds([...times(5, { lost: 0.2 }), ...times(3, {}), ...times(5, { lost: 0.2 })]));
    expect(moment.slice(4)).toEqual(moment.slice(4).map(() => 'gaps-there'));
  });

  test('is good again some seconds after it is', () => {
    expect(run(seconds([...times(6, { concealed: 0.2 }), ...times(14, {})])).at(-1)).toBe('good');
  });

  test('is judged by what a browser counts, and by nothing else', () => {
    const blind = times(10, { concealed: 0.5 }).map((_, i) => ({
      at: i * 1000,
      samples: undefined,
      concealed: undefined,
      lost: undefined,
      roundTrip: undefined,
    }));
    expect(new Set(run(blind))).toEqual(new Set(['good']));
  });

  test('is counted over all who are heard, without the silence that was made up', () => {
    const report = [
      { type: 'inbound-rtp', totalSamplesReceived: 1000, concealedSamples: 90, silentConcealedSamples: 40 },
      { type: 'inbound-rtp', totalSamplesReceived: 500, concealedSamples: 10, silentConcealedSamples: 10 },
      { type: 'remote-inbound-rtp', fractionLost: 0.25, roundTripTime: 0.12 },
      { type: 'transport' },
    ] as unknown as RTCStats[];
    expect(countersOf(report, 7)).toEqual({ at: 7, samples: 1500, concealed: 50, lost: 0.25, roundTrip: 120 });
    expect(countersOf([], 8)).toEqual({
      at: 8,
      samples: undefined,
      concealed: undefined,
      lost: undefined,
      roundTrip: undefined,
    });
  });
});

describe('a rater', () => {
  test('tells changes only, and keeps what it said when another leg takes over', () => {
    const told: string[] = [];
    const rater = new Rater((quality) => told.push(quality));
    const [one, two] = [{}, {}];
    for (const counters of seconds(times(8, { concealed: 0.2 }))) rater.take(one, counters);
    expect(told).toEqual(['gaps-here']);
    // The new leg counts from nothing.
    for (const counters of seconds(times(3, {}), 8)) rater.take(two, counters);
    expect(told).toEqual(['gaps-here']);
    for (const counters of seconds(times(12, {}), 11)) rater.take(two, counters);
    expect(told).toEqual(['gaps-here', 'good']);
  });

  test('begins another call without a judgement', () => {
    const told: string[] = [];
    const rater = new Rater((quality) => told.push(quality));
    for (const counters of seconds(times(8, { lost: 0.5 }))) rater.take({ leg: 1 }, counters);
    rater.reset();
    for (const counters of seconds(times(3, {}))) rater.take({}, counters);
    expect(told).toEqual([]);
  });

  test('says for how long it was how, without the time before enough was seen and in which nothing was measured', () => {
    const heard: Record<string, number> = {};
    const rater = new Rater(
      () => {},
      (quality, ms) => {
        heard[quality] = (heard[quality] ?? 0) + ms;
      },
    );
    const [leg, other] = [{}, {}];
    for (const counters of seconds(times(9, {}))) rater.take(leg, counters);
    expect(heard).toEqual({ good: 6_000 });
    for (const counters of seconds(times(6, { lost: 0.2 }), 20)) rater.take(other, counters);
    expect(heard).toEqual({ good: 6_000, 'gaps-there': 3_000 });
    const blind = { samples: undefined, concealed: undefined, lost: undefined, roundTrip: undefined };
    for (let at = 30_000; at < 40_000; at += 1_000) rater.take({ leg: 3 }, { at, ...blind });
    expect(heard).toEqual({ good: 6_000, 'gaps-there': 3_000 });
  });
});
