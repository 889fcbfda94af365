/** Which leaf of the MLS group sits in which slot of the call. */
import type { VerifiedMember } from '../e2ee/api';
import type { Participant } from '../proto';

/** The caller's slot, by the protocol. */
export const CALLER_SLOT = 0;

/**
 * Leaves to slots. This page's own leaf and the caller's are certain; other staff are matched by role and name with what
 * the server says of the seats, and what is left over goes in order. A server that lies here can only make somebody unheard:
 * frames of a leaf are accepted on its slot alone, and names are shown from the credentials.
 */
export function slotOfLeaf(
  members: readonly VerifiedMember[],
  participants: readonly Participant[],
  mySlot: number,
): Map<number, number> {
  const slots = new Map<number, number>();
  const free = new Set([0, 1, 2, 3]);
  const seat = (leaf: number, slot: number) => {
    slots.set(leaf, slot);
    free.delete(slot);
  };
  for (const member of members) {
    if (member.me) seat(member.leaf, mySlot);
    else if (member.identity.role === 'caller') seat(member.leaf, CALLER_SLOT);
  }
  free.delete(CALLER_SLOT);
  const others = members.filter((member) => !slots.has(member.leaf));
  for (const member of others) {
    const match = participants.find((participant) => free.has(participant.slot) && is(participant, member));
    if (match) seat(member.leaf, match.slot);
  }
  for (const member of others) {
    const [next] = free;
    if (!slots.has(member.leaf) && next !== undefined) seat(member.leaf, next);
  }
  return slots;
}

function is(participant: Participant, member: VerifiedMember): boolean {
  const { identity } = member;
  return identity.role !== 'caller' && participant.role === identity.role && participant.name === identity.name;
}
