import { describe, expect, test } from 'vitest';
import { slotOfLeaf } from '../../src/call/seats';
import type { Identity, VerifiedMember } from '../../src/e2ee/api';
import type { Participant } from '../../src/proto';

const member = (leaf: number, identity: Identity, me = false): VerifiedMember => ({
  leaf,
  identity,
  me,
  signatureKey: new Uint8Array(32),
});
const staff = (name: string, role: 'counsellor' | 'clinician' = 'counsellor'): Identity => ({
  role,
  name,
  staff: name,
});
const seat = (slot: number, role: Participant['role'], name: string | null): Participant => ({
  slot,
  role,
  name,
  connected: true,
  key_package: null,
});

describe('the seat of a leaf', () => {
  test('is certain for the caller and for this page', () => {
    const members = [member(0, staff('Sam')), member(1, { role: 'caller' }, true)];
    expect([...slotOfLeaf(members, [], 0)].sort()).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  test('follows role and name for further staff, whatever the order of leaves', () => {
    const members = [
      member(0, staff('Sam')),
      member(1, { role: 'caller' }, true),
      member(2, staff('Ali', 'clinician')),
    ];
    const seats = [seat(0, 'caller', null), seat(1, 'clinician', 'Ali'), seat(2, 'counsellor', 'Sam')];
    expect(slotOfLeaf(members, seats, 0)).toEqual(
      new Map([
        [1, 0],
        [0, 2],
        [2, 1],
      ]),
    );
  });

  test('is never shared by two leaves', () => {
    const members = [member(0, staff('Sam')), member(1, { role: 'caller' }), member(2, staff('Sam'), true)];
    const slots = [...slotOfLeaf(members, [seat(1, 'counsellor', 'Sam')], 1).values()];
    expect(new Set(slots).size).toBe(3);
  });
});
