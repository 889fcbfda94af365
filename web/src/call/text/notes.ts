/**
 * What of a call's written side outlives a reload of the tab: no word of it, only how things stand. Session storage: gone with the tab,
 * and put away when the call ends.
 */
import { type DropPlan, PLANS } from './message';

export interface Notes {
  readonly muted: boolean;
  /** Came without a microphone, and the counsellor is still to be told. */
  readonly silent: boolean;
  readonly holding: boolean;
  readonly plan: DropPlan | null;
  /** Whether anything was written. */
  readonly wrote: boolean;
  /** How many of this page's messages had not arrived. */
  readonly unsent: number;
  /** The number of its latest: those of the page that comes back are greater, whatever its clock says. */
  readonly last: number;
}

export const noNotes: Notes = {
  muted: false,
  silent: false,
  holding: false,
  plan: null,
  wrote: false,
  unsent: 0,
  last: 0,
};

const ITEM = 'call-notes';

export class CallNotes {
  private last: string | undefined;

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined) {}

  /** What was noted of that call; undefined where nothing was, or it cannot be read. */
  load(call: string): Notes | undefined {
    try {
      const kept = JSON.parse(this.storage?.getItem(ITEM) ?? 'null');
      if (kept?.call !== call) return undefined;
      const { muted, silent, holding, plan, wrote, unsent, last } = kept;
      return {
        muted: muted === true,
        silent: silent === true,
        holding: holding === true,
        plan: PLANS.find((one) => one === plan) ?? null,
        wrote: wrote === true,
        unsent: count(unsent),
        last: count(last),
      };
    } catch {
      return undefined;
    }
  }

  /** Where the browser refuses to store, a reload begins anew and tells the others so. */
  save(call: string, notes: Notes): void {
    const text = JSON.stringify({ call, ...notes });
    if (text === this.last) return;
    this.last = text;
    try {
      this.storage?.setItem(ITEM, text);
    } catch {
      this.forget();
    }
  }

  forget(): void {
    this.last = undefined;
    try {
      this.storage?.removeItem(ITEM);
    } catch {
      // Storage that cannot be written holds nothing of ours.
    }
  }
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
