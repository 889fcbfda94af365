import type { Chance } from './clock';

/** Milliseconds before each attempt to reach the server again; the last one repeats. */
const STEPS = [0, 300, 700, 1000, 1500, 2000, 3000] as const;
const LAST = 3000;

/**
 * How long to wait before attempt `attempt` (0 for the first after a loss). From the second on, up to a quarter more or
 * less by chance, so that a server that comes back is not met by everyone in the same instant.
 */
export function retryDelay(attempt: number, chance: Chance): number {
  const step = STEPS[attempt] ?? LAST;
  return Math.round(step * (0.75 + chance() * 0.5));
}
