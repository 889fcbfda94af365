/** Time that passes on the screen: the server says a number of seconds once, the page counts on from there. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StaffState } from '../proto';

/** Whole seconds since `key` last changed, counted while the component is shown. */
export function useElapsed(key: unknown): number {
  const since = useRef({ key, at: performance.now() });
  if (since.current.key !== key) since.current = { key, at: performance.now() };
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.floor((performance.now() - since.current.at) / 1000);
}

/** Whole seconds in the present state. Undefined where nobody knows: it was so when the page came, and the service has not said since when. */
export function useSince(state: StaffState): number | undefined {
  const told = useElapsed(state);
  const { phase } = state;
  const seen = useRef<{ phase: StaffState['phase']; at: number | undefined }>({ phase, at: undefined });
  if (seen.current.phase !== phase) seen.current = { phase, at: performance.now() };
  if (state.phase === 'paused') return state.since_s + told;
  const { at } = seen.current;
  return at === undefined ? undefined : Math.floor((performance.now() - at) / 1000);
}

const KEY = 'desk.call-began';

/** When this call was first seen by this tab, ms since 1970: kept over a reload, so that the length of the call is right. */
export function callBegan(call: string, now: number, storage: Storage = sessionStorage): number {
  const [known, at] = (storage.getItem(KEY) ?? '').split(' ');
  if (known === call && Number.isFinite(Number(at))) return Number(at);
  storage.setItem(KEY, `${call} ${now}`);
  return now;
}
