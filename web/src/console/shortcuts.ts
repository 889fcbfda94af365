/** Which key does what, and which hold now. No letter means two things, also not in two states: a press may come late. Pure. */
import type { Call, StaffState } from '../proto';
import { choosable, type Duty } from './duty';

export type Act = Duty | 'answer' | 'pass' | 'mute' | 'help' | 'end' | 'back' | 'stay' | 'write' | 'hold' | 'keys';

/** As the browser names the keys, in lower case. */
export const KEY: Readonly<Record<Act, string>> = {
  available: 'a',
  break: 'k',
  debrief: 'd',
  follow_up: 'f',
  unavailable: 'n',
  answer: 'y',
  pass: 'p',
  mute: 'm',
  help: 'h',
  end: 'e',
  back: 'b',
  write: 'w',
  hold: 'o',
  stay: 'escape',
  keys: '?',
};

/** What a key does now, in the order in which it is told. */
export function holding(state: StaffState | undefined, ending: boolean, held = false): readonly Act[] {
  return state === undefined ? [] : [...actsIn(state, ending, held), 'keys'];
}

function actsIn(state: StaffState, ending: boolean, held: boolean): readonly Act[] {
  switch (state.phase) {
    case 'ringing':
    case 'invited':
      return ['answer', 'pass', ...choosable(state)];
    case 'consulted':
      return ['mute', 'back'];
    case 'on_call':
      if (state.call.consultation) return ['mute', 'back', 'write'];
      return [
        'mute',
        // Who was in charge when it began can end it, also when another is meanwhile.
        ...(leads(state.call) || held ? ['hold' as const] : []),
        'write',
        ...(leads(state.call) && !state.call.help ? ['help' as const] : []),
        ending ? 'stay' : 'end',
      ];
    default:
      return choosable(state);
  }
}

/** The key as it is printed on a button. */
export function printed(act: Act): string {
  return act === 'stay' ? 'Esc' : KEY[act].toUpperCase();
}

function leads({ slot, participants }: Call): boolean {
  return participants.some((one) => one.slot === slot && one.lead);
}
