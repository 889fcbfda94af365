/**
 * For how long a call sounded how at this console. Told to the service when the call is over, which counts it by the hour and keeps
 * it with no call. Time in which the browser measured nothing is in none of it.
 */
import type { Heard, StaffState } from '../proto';
import type { Quality } from './quality';

const MEMBERS: Readonly<Record<Quality, keyof Heard>> = {
  good: 'good_s',
  'gaps-here': 'gaps_here_s',
  'gaps-there': 'gaps_there_s',
  'gaps-both': 'gaps_both_s',
  late: 'late_s',
};

export class CallHeard {
  private call: string | undefined;
  private spent: Partial<Record<Quality, number>> = {};
  private listens = false;

  constructor(private readonly tell: (call: string, heard: Heard) => void) {}

  /** What has just been heard, for so many milliseconds. Before the call and after it nothing counts. */
  hear(quality: Quality, ms: number): void {
    if (this.listens) this.spent[quality] = (this.spent[quality] ?? 0) + ms;
  }

  /** Where this console is now. */
  follow(state: StaffState): void {
    if (state.phase === 'on_call') {
      if (this.call !== state.call.id) this.spent = {};
      this.call = state.call.id;
      this.listens = true;
      return;
    }
    const { call } = this;
    this.call = undefined;
    this.listens = false;
    // One who leaves a call that goes on says nothing.
    if (state.phase !== 'wrap_up' || state.call !== call || state.ended_by === null) return;
    const heard = this.heard();
    if (Object.values(heard).some((seconds) => seconds > 0)) this.tell(call, heard);
  }

  /** Whole seconds. */
  private heard(): Heard {
    const heard: Heard = { good_s: 0, gaps_here_s: 0, gaps_there_s: 0, gaps_both_s: 0, late_s: 0 };
    for (const [quality, member] of Object.entries(MEMBERS) as [Quality, keyof Heard][]) {
      heard[member] = Math.round((this.spent[quality] ?? 0) / 1000);
    }
    return heard;
  }
}
