import { describe, expect, it } from 'vitest';
import type { Trouble } from '../../src/call/api';
import { noConversation } from '../../src/call/text/conversation';
import { isAccompanied, othersOf, screenOf } from '../../src/caller/screen';
import type { CallerState } from '../../src/proto';
import { callerView, me, member } from './view';

const calm = { joining: false, left: false, offered: false, coding: false };
const connected: CallerState = {
  phase: 'connected',
  participants: [
    { slot: 0, role: 'caller', name: null, connected: true, key_package: null },
    { slot: 1, role: 'counsellor', name: 'Mallory', connected: true, key_package: null },
  ],
};

describe('the screen', () => {
  it('begins with the one button, and says so when nobody is on shift', () => {
    expect(screenOf(callerView({}), calm).kind).toBe('start');
    expect(screenOf(callerView({ onShift: undefined }), calm).kind).toBe('start');
    expect(screenOf(callerView({ onShift: false }), calm).kind).toBe('closed');
  });

  it('does not take the button away under a finger when the last counsellor goes, and says so', () => {
    const offered = { ...calm, offered: true };
    expect(screenOf(callerView({ onShift: true }), offered)).toEqual({ kind: 'start', onShift: true });
    expect(screenOf(callerView({ onShift: false }), offered)).toEqual({ kind: 'start', onShift: false });
  });

  it('shows no name until the credential confirms one, whatever the server says', () => {
    expect(screenOf(callerView({ state: connected }), calm)).toEqual({ kind: 'joining' });
  });

  it('takes names from the credentials only', () => {
    const screen = screenOf(callerView({ state: connected, members: [member(0, 'Sam', 'counsellor'), me] }), calm);
    expect(screen).toEqual({
      kind: 'call',
      others: [{ leaf: 0, name: 'Sam', role: 'counsellor', lead: false, seat: 'here' }],
    });
  });

  it('plays the tone while the only one who was with the caller talks beside the call, and not while another is there', () => {
    const seats = (away: boolean): CallerState => ({
      phase: 'connected',
      participants: [
        { slot: 0, role: 'caller', name: null, connected: true, key_package: null },
        { slot: 1, role: 'counsellor', name: 'Sam', connected: true, key_package: null, lead: true, away },
        { slot: 2, role: 'clinician', name: 'Rhian', connected: true, key_package: null },
      ],
    });
    const [sam, rhian] = [member(0, 'Sam', 'counsellor'), member(2, 'Rhian', 'clinician')];
    expect(isAccompanied(othersOf({ state: seats(false), members: [sam, me], conversation: noConversation }))).toBe(
      true,
    );
    expect(isAccompanied(othersOf({ state: seats(true), members: [sam, me], conversation: noConversation }))).toBe(
      false,
    );
    expect(
      isAccompanied(othersOf({ state: seats(true), members: [sam, me, rhian], conversation: noConversation })),
    ).toBe(true);
  });

  it('leaves at once, without waiting for the server', () => {
    expect(screenOf(callerView({ state: connected }), { ...calm, left: true })).toEqual({
      kind: 'ended',
      by: 'caller',
    });
  });

  it('goes from an ended call to a new one', () => {
    const ended = callerView({ state: { phase: 'ended', by: 'lost' } });
    expect(screenOf(ended, calm).kind).toBe('ended');
    expect(screenOf(ended, { ...calm, joining: true }).kind).toBe('asking');
    expect(screenOf(ended, { ...calm, joining: true, left: true }).kind).toBe('asking');
  });

  it('keeps a call or a place in the queue on the screen when something else is wrong', () => {
    const inQueue: CallerState = { phase: 'waiting', ahead: 1, ringing: false, on_shift: true };
    for (const trouble of ['microphone-refused', 'media-unreachable', 'server-unreachable', 'internal'] as Trouble[]) {
      expect(screenOf(callerView({ state: inQueue, trouble }), calm).kind).toBe('waiting');
      expect(screenOf(callerView({ trouble }), calm)).toEqual({ kind: 'trouble', trouble });
    }
  });

  it('stops where a rule was broken before anyone was let in, and goes on where a change was only refused', () => {
    const trouble = 'server-misbehaved';
    expect(screenOf(callerView({ state: connected, trouble }), calm).kind).toBe('trouble');
    const members = [member(0, 'Sam', 'counsellor'), me];
    expect(screenOf(callerView({ state: connected, members, trouble }), calm).kind).toBe('call');
  });

  it('says that another tab has the call before anything else', () => {
    const taken = callerView({ state: connected, trouble: 'taken-over' });
    expect(screenOf(taken, { ...calm, left: true }).kind).toBe('trouble');
  });
});
