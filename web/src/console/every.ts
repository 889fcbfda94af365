/** What the service is asked now and again and again, for as long as somebody sees it. */
import { useEffect } from 'preact/hooks';

/**
 * Calls `ask` at once and every `ms`, anew when one of `inputs` changes; not at all while `asks` is false.
 * The signal is aborted when nobody waits for the answer any more.
 */
export function useEvery(
  ms: number,
  ask: (gone: AbortSignal) => Promise<void>,
  inputs: readonly unknown[],
  asks = true,
): void {
  useEffect(() => {
    if (!asks) return;
    const shown = new AbortController();
    const now = (): void => void ask(shown.signal);
    now();
    const timer = setInterval(now, ms);
    return () => {
      shown.abort();
      clearInterval(timer);
    };
  }, [...inputs, asks]);
}
