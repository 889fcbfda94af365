/** Which leaf of the MLS group sits in which slot of the call. */
import type { VerifiedMember } from '../e2ee/api';
import type { Participant } from '../proto';

/** The caller's slot, by the protocol. */
export const CALLER_SLOT = 0;

/** Whether that participant is in the group, as the server sees it. */
export function isInside(participant: Participant): boolean {
  return participant.key_package === null && !participant.arriving && !participant.left;
}

/** Somebody whose key is in the group, with what the server says of their seat. */
export interface Seated {
  readonly member: VerifiedMember;
  readonly participant: Participant | undefined;
}

/** Those who are in the group, each with their seat. Names and roles are the members'; the seat only says how their connection does. */
export function seated(
  members: readonly VerifiedMember[],
  participants: readonly Participant[],
  mySlot: number,
): readonly Seated[] {
  const slots = slotOfLeaf(members, participants, mySlot);
  return members.map((member) => ({
    member,
    participant: participants.find(({ slot }) => slot === slots.get(member.leaf)),
  }));
}

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

/**
 * The leaf of the one who has left that seat: only where role and name are theirs, so that nobody else is taken out by mistake.
 * Never this page's, never the caller's.
 */
export function leafOfLeaver(
  members: readonly VerifiedMember[],
  participants: readonly Participant[],
  mySlot: number,
  seat: number,
): number | undefined {
  const slots = slotOfLeaf(members, participants, mySlot);
  const leaver = participants.find(({ slot, left }) => slot === seat && left);
  const found = members.find((member) => !member.me && slots.get(member.leaf) === seat);
  return leaver && found && is(leaver, found) ? found.leaf : undefined;
}

function is(participant: Participant, member: VerifiedMember): boolean {
  const { identity } = member;
  return identity.role !== 'caller' && participant.role === identity.role && participant.name === identity.name;
}
