/** How a ring that was not answered ended, so that the desk can say it. Pure. */
import type { StaffState } from '../proto';

/** Names the sentence in the words. */
export type Outcome = 'rangOff' | 'missed' | 'missedUnavailable' | 'passed' | 'inviteGone' | 'invitePassed';

/** The server's clock and the way here: an offer that ends this close to its end has run out. */
const SLACK_MS = 750;

export interface RingSeen {
  readonly offer: string;
  /** Whether a colleague asked, and no caller. */
  readonly invited: boolean;
  /** When the offer runs out, on the page's clock, ms. */
  readonly expires: number;
  /** This desk passed it on. */
  readonly passed: boolean;
}

/** What became of `ring` when the desk is in `state` at `now` (ms on the page's clock). */
export function outcomeOf(ring: RingSeen, state: StaffState, now: number): Outcome | undefined {
  if (state.phase !== 'available' && state.phase !== 'unavailable' && state.phase !== 'paused') return undefined;
  if (ring.passed) return ring.invited ? 'invitePassed' : 'passed';
  if (ring.invited) return state.phase === 'unavailable' ? 'missedUnavailable' : 'inviteGone';
  if (now < ring.expires - SLACK_MS) return 'rangOff';
  return state.phase === 'unavailable' ? 'missedUnavailable' : 'missed';
}
