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

  it('is who comes, who talks beside the call and is back, and who has left, once each', () => {
    const rhian = member(2, 'Rhian', 'clinician');
    const seats = (sam: object, guest?: object): CallerState => ({
      phase: 'connected',
      participants: [
        { slot: 0, role: 'caller', name: null, connected: true, key_package: null },
        { slot: 1, role: 'counsellor', name: 'Sam', connected: true, key_package: null, ...sam },
        ...(guest
          ? [{ slot: 2, role: 'clinician' as const, name: 'Rhian', connected: true, key_package: null, ...guest }]
          : []),
      ],
    });
    const steps = [
      { state: seats({ lead: true }), members: [sam, me] },
      { state: seats({ lead: true, away: true }), members: [sam, me] },
      { state: seats({ lead: true }), members: [sam, me] },
      { state: seats({ lead: true }, { arriving: true }), members: [sam, me] },
      { state: seats({ lead: true }, { key_package: 'AAEA' }), members: [sam, me] },
      { state: seats({ lead: true }, {}), members: [sam, me, rhian] },
      { state: seats({ left: true }, { lead: true }), members: [sam, me, rhian] },
      { state: seats({}, { lead: true }), members: [me, rhian] },
    ].map((part) => callerView(part));
    expect(steps.slice(1).map((step, at) => announcement(steps[at] ?? step, step))).toEqual([
      'Sam is talking with a colleague for a moment.',
      'Sam is back with you.',
      'A clinician is coming into the call. They hear nothing until their name is on the list below.',
      undefined,
      'Rhian, clinician, can now hear.',
      'Sam has left the call.',
      undefined,
    ]);
  });

  it('is that the connection is back', () => {
    const lost = callerView({ state: connected, members: [sam, me], media: 'lost' });
    expect(announcement(lost, { ...lost, media: 'up' })).toBe('The connection is back.');
  });

  it('that another talk was agreed is said once, without the words of the code', () => {
    const talking = callerView({ state: { phase: 'connected', participants: [] } });
    const promised = { ...talking, followUp: { code: 'acorn meadow', at: 1_795_521_600_000 } };
    const said = announcement(talking, promised);
    expect(said).toContain('Another talk was agreed');
    expect(said).not.toContain('acorn');
    expect(announcement(promised, { ...promised, muted: true })).toBe(undefined);
  });
});
