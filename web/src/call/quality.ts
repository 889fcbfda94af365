/**
 * How a call sounds, judged from what the browser counts: whether this end hears gaps, whether the relay misses sound of this end,
 * and how late it is. Pure: the counters carry their own time. Only the console looks; no caller's page loads this.
 */

/** What the browser has counted of a leg by some moment. Undefined is what this browser does not count. */
export interface Counters {
  /** Milliseconds; any origin. */
  readonly at: number;
  /** Samples that were played, of all others in the call together. */
  readonly samples: number | undefined;
  /** Those of them that were made up because nothing had come, and that were not silence. */
  readonly concealed: number | undefined;
  /** Share of this end's packets that the relay missed when it last reported, 0 to 1. */
  readonly lost: number | undefined;
  /** To the relay and back, ms. */
  readonly roundTrip: number | undefined;
}

/** `gaps-there`: the others hear gaps. `late`: no gaps, but one talks into the other's words. */
export type Quality = 'good' | 'gaps-here' | 'gaps-there' | 'gaps-both' | 'late';

interface Faults {
  readonly here: boolean;
  readonly there: boolean;
  readonly late: boolean;
}

export interface Rating {
  readonly window: readonly Counters[];
  readonly faults: Faults;
  /** When `faults` last changed. */
  readonly since: number;
}

const none: Faults = { here: false, there: false, late: false };
export const unrated: Rating = { window: [], faults: none, since: Number.NEGATIVE_INFINITY };

/** So far back it is looked, ms. */
const WINDOW_MS = 5_000;
/** So much must have been seen before anything is said. */
const LEAST_MS = 3_000;
/** A fault that was said stays at least so long, so that words do not flicker. */
const STAY_MS = 8_000;
/** Between the two a fault stays as it was: a share of lost sound that is heard, and one that is not. */
const GAPS = { from: 0.05, until: 0.02 };
/** Ms to the relay and back; the way to the other end comes on top. */
const LATE = { from: 500, until: 350 };

/** Takes the next counters of the same leg. */
export function rate(rating: Rating, counters: Counters): Rating {
  const last = rating.window.at(-1);
  // Counters that went back are of another leg.
  const same = last !== undefined && counters.at > last.at && (counters.samples ?? 0) >= (last.samples ?? 0);
  const window = [...(same ? rating.window : []), counters].filter(({ at }) => at >= counters.at - WINDOW_MS);
  const [first] = window;
  if (!first || counters.at - first.at < LEAST_MS) return { ...rating, window };
  const found: Faults = {
    here: beyond(concealedShare(first, counters), GAPS, rating.faults.here),
    there: beyond(mean(window.map(({ lost }) => lost)), GAPS, rating.faults.there),
    late: beyond(mean(window.map(({ roundTrip }) => roundTrip)), LATE, rating.faults.late),
  };
  if (counters.at - rating.since < STAY_MS || alike(found, rating.faults)) return { ...rating, window };
  return { window, faults: found, since: counters.at };
}

/** A rating in one word: gaps are worse than lateness. */
export function qualityOf({ faults }: Rating): Quality {
  if (faults.here && faults.there) return 'gaps-both';
  if (faults.here) return 'gaps-here';
  if (faults.there) return 'gaps-there';
  return faults.late ? 'late' : 'good';
}

/** What of a report of getStats is judged. */
export function countersOf(report: Iterable<RTCStats>, at: number): Counters {
  let samples: number | undefined;
  let concealed: number | undefined;
  let lost: number | undefined;
  let roundTrip: number | undefined;
  for (const stat of report as Iterable<RTCInboundRtpStreamStats & { fractionLost?: number; roundTripTime?: number }>) {
    if (stat.type === 'inbound-rtp' && stat.totalSamplesReceived !== undefined) {
      samples = (samples ?? 0) + stat.totalSamplesReceived;
      concealed = (concealed ?? 0) + (stat.concealedSamples ?? 0) - (stat.silentConcealedSamples ?? 0);
    }
    if ((stat.type as string) === 'remote-inbound-rtp') {
      lost = stat.fractionLost;
      if (stat.roundTripTime !== undefined) roundTrip = stat.roundTripTime * 1000;
    }
  }
  return { at, samples, concealed, lost, roundTrip };
}

/** Rates the call in which a console is, over all legs that it has had. */
export class Rater {
  private rating = unrated;
  private leg: object | undefined;

  /** `heard`: for so many milliseconds it has just been so, as far as anything was measured. */
  constructor(
    private readonly changed: (quality: Quality) => void,
    private readonly heard: (quality: Quality, ms: number) => void = () => {},
  ) {}

  /** Takes counters of `leg`: another one begins anew, and what was said stays until it is known better. */
  take(leg: object, counters: Counters): void {
    const before = qualityOf(this.rating);
    if (this.leg !== leg) this.rating = { ...this.rating, window: [] };
    this.leg = leg;
    this.rating = rate(this.rating, counters);
    const after = qualityOf(this.rating);
    const { window } = this.rating;
    const [first, last] = [window[0], window.at(-2)];
    if (first && last && counters.at - first.at >= LEAST_MS && isMeasured(counters)) {
      this.heard(after, counters.at - last.at);
    }
    if (after !== before) this.changed(after);
  }

  /** Another call. */
  reset(): void {
    this.rating = unrated;
    this.leg = undefined;
  }
}

function isMeasured({ samples, lost, roundTrip }: Counters): boolean {
  return [samples, lost, roundTrip].some((value) => value !== undefined);
}

function concealedShare(first: Counters, last: Counters): number | undefined {
  if (first.samples === undefined || last.samples === undefined || last.samples === first.samples) return undefined;
  return Math.max(0, (last.concealed ?? 0) - (first.concealed ?? 0)) / (last.samples - first.samples);
}

function mean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function beyond(value: number | undefined, limit: { from: number; until: number }, was: boolean): boolean {
  return value !== undefined && value > (was ? limit.until : limit.from);
}

function alike(one: Faults, other: Faults): boolean {
  return one.here === other.here && one.there === other.there && one.late === other.late;
}
