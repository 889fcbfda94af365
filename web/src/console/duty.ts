/** What a counsellor does between calls, as they choose it: what can be chosen when, and what became of the choice. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StaffDesk } from '../call/api';
import { RequestFailed } from '../call/connection';
import type { Pause, StaffState } from '../proto';

/** A state that one chooses; those of a call come by themselves. */
export type Duty = 'available' | Pause | 'unavailable';

/** In the order in which they are shown. */
export const DUTIES: readonly Duty[] = ['available', 'break', 'debrief', 'follow_up', 'unavailable'];

/** Why a choice was not taken. Names the sentence in the words. */
export type Refused = 'unconfirmed' | 'notNow' | 'notAllowed' | 'training' | 'internal';

/** The last choice, while there is something to say of it. */
export interface Choice {
  readonly duty: Duty;
  /** `asked` until the service has answered. */
  readonly is: 'asked' | Refused;
  /** Whether it is asked for again when a lost connection is back. */
  readonly lasts: boolean;
}

/** The present duty, where `state` is one that was chosen. Whoever is rung for is available. */
export function dutyOf(state: StaffState): Duty | undefined {
  switch (state.phase) {
    case 'available':
    case 'unavailable':
      return state.phase;
    case 'ringing':
    case 'invited':
      return 'available';
    case 'paused':
      return state.why;
    default:
      return undefined;
  }
}

/** What can be chosen now: anything else, but nothing in a call. The service holds to the same. */
export function choosable(state: StaffState): readonly Duty[] {
  if (state.phase === 'on_call' || state.phase === 'consulted') return [];
  const present = dutyOf(state);
  return DUTIES.filter((duty) => duty !== present);
}

/** What a refusal means. Undefined where the desk says it elsewhere: without a microphone nobody goes available. */
export function refusedOf(failure: unknown): Refused | undefined {
  if (!(failure instanceof RequestFailed)) return undefined;
  switch (failure.code) {
    case 'lost':
    case 'timeout':
      return 'unconfirmed';
    case 'out_of_order':
      return 'notNow';
    case 'not_allowed':
      return 'notAllowed';
    case 'training_over':
      return 'training';
    default:
      return 'internal';
  }
}

export function useDuty(desk: StaffDesk, state: StaffState | undefined) {
  const [choice, setChoice] = useState<Choice>();
  const turn = useRef(0);
  const present = state && (dutyOf(state) ?? state.phase);
  useEffect(() => {
    if (present === choice?.duty) setChoice(undefined);
  }, [present, choice?.duty]);
  /** Gives whether it can be chosen. */
  const choose = (duty: Duty): boolean => {
    if (!state || !choosable(state).includes(duty)) return false;
    turn.current += 1;
    const mine = turn.current;
    // Whoever would rather not be rung for must not be rung for because a line was cut.
    const lasts = duty !== 'available' || state.phase === 'wrap_up';
    setChoice({ duty, is: 'asked', lasts });
    ask(desk, state, duty).then(
      () => {
        if (turn.current === mine) setChoice(undefined);
      },
      (failure: unknown) => {
        const is = refusedOf(failure);
        if (turn.current === mine) setChoice(is && { duty, is, lasts });
      },
    );
    return true;
  };
  return { choice, choose };
}

function ask(desk: StaffDesk, state: StaffState, duty: Duty): Promise<void> {
  if (duty !== 'available' && duty !== 'unavailable') return desk.pause(duty);
  return state.phase === 'wrap_up' ? desk.wrapUpDone(duty === 'available') : desk.setAvailable(duty === 'available');
}
