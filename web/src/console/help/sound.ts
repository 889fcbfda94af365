/** How a request for help sounds: one stroke when it comes, and a louder ring, again and again, when nobody has seen to it. */
import { useEffect, useRef } from 'preact/hooks';
import type { HelpWanted } from '../../proto';
import type { Ring } from '../ring';

/** Those to which nobody sees yet. */
export function unheard(help: readonly HelpWanted[]): readonly HelpWanted[] {
  return help.filter(({ helper }) => helper === null);
}

/** `quiet` while one is in a call: what is asked is seen there, and not heard. */
export function useHelpSound(help: readonly HelpWanted[], ring: Ring, quiet: boolean): void {
  const known = useRef<ReadonlySet<string>>(new Set());
  const open = unheard(help);
  const louder = open.some(({ escalated }) => escalated) && !quiet;
  useEffect(() => {
    const calls = unheard(help).map(({ call }) => call);
    if (!quiet && calls.some((call) => !known.current.has(call))) ring.once();
    known.current = new Set(calls);
  }, [help, ring, quiet]);
  useEffect(() => {
    if (!louder) return;
    ring.alarm(true);
    return () => ring.alarm(false);
  }, [louder, ring]);
}
