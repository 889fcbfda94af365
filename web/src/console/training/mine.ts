/** What concerns oneself in a shift: how long one's training is valid, and how much of one's time goes to callers. */
import { useState } from 'preact/hooks';
import type { StaffDesk, StaffView } from '../../call/api';
import type { ShiftAnswer } from '../../proto';
import { useEvery } from '../every';

export type Mine = Extract<ShiftAnswer, { answer: 'mine' }>;

/** So many days before its end one is told. */
export const WARNED_DAYS = 30;
/** Above this share of one's time it is said that a break would be good, percent. */
export const MUCH = 85;
const EVERY_MS = 5 * 60_000;

/** Asked for on each connection, when one's state changes, and every few minutes. Undefined until it is known. */
export function useMine(desk: StaffDesk, view: StaffView): Mine | undefined {
  const [mine, setMine] = useState<Mine>();
  const { signalling, role, state } = view;
  const phase = state?.phase;
  const asks = signalling === 'up' && phase !== undefined && role !== undefined;
  const ask = async (gone: AbortSignal): Promise<void> => {
    const answer = await desk.shift({ ask: 'mine' }).catch(() => undefined);
    if (!gone.aborted && answer?.answer === 'mine') setMine(answer);
  };
  useEvery(EVERY_MS, ask, [desk, phase], asks);
  return mine;
}
