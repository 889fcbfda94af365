/** Time and chance, as arguments: tests put their own in. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Runs `task` once after `ms`; the result cancels it. */
  after(ms: number, task: () => void): () => void;
}

/** A number from 0 (included) to 1 (excluded). For jitter only, never for secrets. */
export type Chance = () => number;

/** The browser's clock. Its timers are those of the page: in one that is hidden they may run once a minute. */
export const browserClock: Clock = {
  now: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, ms);
    return () => clearTimeout(timer);
  },
};

/** What sets timers elsewhere, and says when one is over. */
export type Ticker = Pick<Worker, 'postMessage'> & {
  onmessage: ((event: MessageEvent<number>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
};

/**
 * A clock whose timers go on as they were set while the page is hidden: they are a worker's. A worker that cannot be started, or
 * breaks, leaves the page's own timers, with all that is running.
 */
export function steadyClock(start: () => Ticker, own: Clock = browserClock): Clock {
  const running = new Map<number, { readonly task: () => void; readonly at: number; cancel: () => void }>();
  let number = 0;
  let ticker: Ticker | undefined;
  const over = (timer: number): void => {
    const entry = running.get(timer);
    running.delete(timer);
    entry?.task();
  };
  const fall = (): void => {
    ticker = undefined;
    for (const [timer, entry] of running) {
      entry.cancel = own.after(Math.max(0, entry.at - own.now()), () => over(timer));
    }
  };
  try {
    ticker = start();
    ticker.onmessage = ({ data }) => over(data);
    ticker.onerror = fall;
  } catch {
    // The page's own timers, from the start.
  }
  return {
    now: own.now,
    after: (ms, task) => {
      const timer = number++;
      const set = ticker;
      set?.postMessage({ set: timer, ms });
      const cancel = set ? () => set.postMessage({ clear: timer }) : own.after(ms, () => over(timer));
      const entry = { task, at: own.now() + ms, cancel };
      running.set(timer, entry);
      return () => {
        if (running.delete(timer)) entry.cancel();
      };
    },
  };
}

/** Resolves after `ms`. */
export function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
