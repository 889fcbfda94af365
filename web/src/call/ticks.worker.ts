/**
 * The timers of a page that may be hidden. Browsers may let a hidden page's own timers run once a minute, which is too seldom to say that
 * somebody is there; those of a worker go on as they were set.
 */
export type TickRequest = { readonly set: number; readonly ms: number } | { readonly clear: number };

const running = new Map<number, ReturnType<typeof setTimeout>>();

self.onmessage = ({ data }: MessageEvent<TickRequest>): void => {
  if ('clear' in data) {
    clearTimeout(running.get(data.clear));
    running.delete(data.clear);
    return;
  }
  const { set, ms } = data;
  running.set(
    set,
    setTimeout(() => {
      running.delete(set);
      self.postMessage(set);
    }, ms),
  );
};
