/** Judges from counters whether a media leg still works. Pure: the samples carry their own time. */

/** What getStats says at one moment. */
export interface Sample {
  /** Milliseconds; any origin. */
  readonly at: number;
  /** RTP packets received on the leg since its start. */
  readonly packets: number;
  /** STUN answers and RTCP reports received from the relay since the leg's start. */
  readonly answers: number;
  /** STUN checks sent since the leg's start. */
  readonly asked: number;
  /** Whether the browser itself says that the path is broken (`disconnected`, `failed`). */
  readonly broken: boolean;
}

export interface Watch {
  readonly last: Sample | undefined;
  /** When anything last came from the relay. */
  readonly heardAt: number;
  /** Whether audio was flowing when it fell silent. */
  readonly flowing: boolean;
  /** STUN checks sent at the time when something was last heard. */
  readonly askedThen: number;
}

export const unwatched: Watch = { last: undefined, heardAt: 0, flowing: false, askedThen: 0 };

/** Audio that stops for this long is a sign that the path is gone. */
const SILENCE_MS = 1_000;
/** This many checks without any answer are another. */
const CHECKS = 3;

/**
 * Takes a sample. The leg is `silent` when audio was flowing and nothing whatever has come for a second, when several checks
 * in a row stayed without answer, or when the browser says so. Silence can also be the far end's: the caller of this
 * function opens a second leg and compares, it does not drop the first one.
 */
export function judge(watch: Watch, sample: Sample): { watch: Watch; silent: boolean } {
  const { last } = watch;
  const heard = !last || sample.packets > last.packets || sample.answers > last.answers;
  const next: Watch = {
    last: sample,
    heardAt: heard ? sample.at : watch.heardAt,
    // What came before the first sample counts: a path may be gone again by the second.
    flowing: watch.flowing || sample.packets > (last?.packets ?? 0),
    askedThen: heard ? sample.asked : watch.askedThen,
  };
  const quiet = sample.at - next.heardAt;
  const unanswered = sample.asked - next.askedThen;
  const silent =
    sample.broken || (next.flowing && quiet >= SILENCE_MS) || (unanswered >= CHECKS && quiet >= SILENCE_MS);
  return { watch: next, silent };
}
