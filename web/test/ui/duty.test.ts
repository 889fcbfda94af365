import { describe, expect, it } from 'vitest';
import { RequestFailed } from '../../src/call/connection';
import { choosable, DUTIES, dutyOf, refusedOf } from '../../src/console/duty';
import { keepKeys, keptKeys } from '../../src/console/keys';
import { type Act, holding, KEY, printed } from '../../src/console/shortcuts';
import { words } from '../../src/words/console';
import { consoleStates } from '../../stories/console-states';

const states = Object.entries(consoleStates).flatMap(([name, { state }]) => (state ? [{ name, state }] : []));

describe('what a counsellor can choose', () => {
  it('is anything but what holds already, after a call as well', () => {
    expect(choosable({ phase: 'available' })).toEqual(['break', 'debrief', 'follow_up', 'unavailable']);
    expect(choosable({ phase: 'paused', why: 'debrief', since_s: 3 })).toEqual(
      DUTIES.filter((duty) => duty !== 'debrief'),
    );
    expect(choosable({ phase: 'wrap_up', call: 'c', ended_by: 'caller' })).toEqual(DUTIES);
  });
  it('is nothing in a call', () => {
    expect(choosable({ phase: 'on_call', call: { id: 'c', slot: 1, participants: [] } })).toEqual([]);
    expect(choosable({ phase: 'consulted', consultation: { id: 'd', slot: 2, participants: [] } })).toEqual([]);
  });
  it('is another thing than the ring that goes on', () => {
    const invitation = { offer: 'f', name: 'Sam', role: 'counsellor', manner: 'join', expires_in_ms: 1 } as const;
    expect(dutyOf({ phase: 'invited', invitation })).toBe('available');
    expect(choosable({ phase: 'invited', invitation })).not.toContain('available');
  });
  it('is told why where it is refused', () => {
    expect(refusedOf(new RequestFailed('lost', ''))).toBe('unconfirmed');
    expect(refusedOf(new RequestFailed('timeout', ''))).toBe('unconfirmed');
    expect(refusedOf(new RequestFailed('out_of_order', ''))).toBe('notNow');
    expect(refusedOf(new RequestFailed('not_allowed', ''))).toBe('notAllowed');
    expect(refusedOf(new RequestFailed('internal', ''))).toBe('internal');
    expect(refusedOf(new Error('microphone-refused'))).toBeUndefined();
  });
});

describe('the keys', () => {
  it('mean one thing each, whatever the state: a press may come late', () => {
    const acts = Object.keys(KEY) as Act[];
    expect(new Set(acts.map((act) => KEY[act])).size).toBe(acts.length);
    for (const act of acts) expect(words.desk.keys[act]).toBeTruthy();
    expect([printed('break'), printed('stay')]).toEqual(['K', 'Esc']);
  });
  it.each(states)('do in “$name” what can be done there', ({ state }) => {
    const now = holding(state, false);
    expect(new Set(now).size).toBe(now.length);
    const chosen = DUTIES.filter((duty) => now.includes(duty));
    expect(chosen).toEqual(choosable(state));
    expect(now.at(-1)).toBe('keys');
  });
  it('ask for help and hold only where one is in charge, and for help only once', () => {
    const state = (name: string) => consoleStates[name]?.state;
    expect(holding(state('call'), false)).toEqual(['mute', 'hold', 'write', 'help', 'end', 'keys']);
    expect(holding(state('call'), true)).toEqual(['mute', 'hold', 'write', 'help', 'stay', 'keys']);
    expect(holding(state('call-help-asked'), false)).toEqual(['mute', 'hold', 'write', 'end', 'keys']);
    expect(holding(state('guest-call'), false)).toEqual(['mute', 'write', 'end', 'keys']);
    expect(holding(state('guest-call'), false, true)).toEqual(['mute', 'hold', 'write', 'end', 'keys']);
    expect(holding(state('call-consulting'), false)).toEqual(['mute', 'back', 'write', 'keys']);
    expect(holding(undefined, false)).toEqual([]);
  });
});

describe('the switch for single keys', () => {
  it('is on until it is switched off, and stays so on this device', () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
      removeItem: (key: string) => void kept.delete(key),
    };
    expect(keptKeys(storage)).toBe(true);
    keepKeys(false, storage);
    expect(keptKeys(storage)).toBe(false);
    keepKeys(true, storage);
    expect(kept.size).toBe(0);
  });
  it('is on where the browser refuses to store', () => {
    const refuse = () => {
      throw new DOMException('no', 'SecurityError');
    };
    const storage = { getItem: refuse, setItem: refuse, removeItem: refuse };
    expect(() => keepKeys(false, storage)).not.toThrow();
    expect(keptKeys(storage)).toBe(true);
  });
});
