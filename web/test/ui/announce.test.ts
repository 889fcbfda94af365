import { describe, expect, it } from 'vitest';
import { announcement } from '../../src/caller/announce';
import type { CallerState } from '../../src/proto';
import { callerView, me, member } from './view';

const waiting = (ahead: number, ringing = false): CallerState => ({ phase: 'waiting', ahead, ringing, on_shift: true });
const connected: CallerState = { phase: 'connected', participants: [] };
const sam = member(0, 'Sam', 'counsellor');

describe('what a screen reader is told', () => {
  it('is who can hear, as soon as the credential is verified', () => {
    const before = callerView({ state: connected });
    expect(announcement(before, callerView({ state: connected, members: [sam, me] }))).toBe(
      'Sam, counsellor, can now hear.',
    );
  });

  it('is each further person, before any sound of theirs', () => {
    const before = callerView({ state: connected, members: [sam, me], hearing: true });
    const after = { ...before, members: [sam, me, member(2, 'Rhian', 'clinician')] };
    expect(announcement(before, after)).toBe('Rhian, clinician, can now hear.');
    expect(announcement(after, before)).toBe('Rhian is no longer in the call.');
  });

  it('is not that a counsellor left when their page was only reloaded into another leaf', () => {
    const before = callerView({ state: connected, members: [sam, me] });
    const after = callerView({ state: connected, members: [member(3, 'Sam', 'counsellor'), me] });
    expect(announcement(before, after)).toBe('Sam, counsellor, can now hear.');
  });

  it('is the true place in the queue when it changes, and nothing when it does not', () => {
    const two = callerView({ state: waiting(2) });
    expect(announcement(two, callerView({ state: waiting(1) }))).toBe('One person is before you.');
    expect(announcement(two, callerView({ state: waiting(0) }))).toBe('You are next.');
    expect(announcement(two, callerView({ state: waiting(2) }))).toBeUndefined();
  });

  it('is that a counsellor is there again for who waits', () => {
    const gone = callerView({ state: { phase: 'waiting', ahead: 0, ringing: false, on_shift: false } });
    expect(announcement(gone, callerView({ state: waiting(0) }))).toBe(
      'A counsellor is here again. You keep your place.',
    );
  });

  it('is that the connection is back', () => {
    const lost = callerView({ state: connected, members: [sam, me], media: 'lost' });
    expect(announcement(lost, { ...lost, media: 'up' })).toBe('The connection is back.');
  });
});
