/** Which screen the caller sees. Pure: the view and what the person did last go in, one screen comes out. */
import type { CallerView, Trouble } from '../call/api';
import { CALLER_SLOT, seated } from '../call/seats';
import type { EndedBy, Role } from '../proto';

/** What the page itself knows. */
export interface Local {
  /** The tap was made and `join()` has not settled. */
  readonly joining: boolean;
  /** The person chose to leave; nothing waits for the server's answer. */
  readonly left: boolean;
  /** The page has offered to talk from here. It does not take that back under somebody's finger; it says what has changed. */
  readonly offered: boolean;
  /** The person has chosen to come back by a code. */
  readonly coding: boolean;
}

export type Screen =
  | { readonly kind: 'start'; readonly onShift: boolean }
  | { readonly kind: 'closed' }
  | { readonly kind: 'code' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'waiting'; readonly ahead: number; readonly ringing: boolean; readonly onShift: boolean }
  | { readonly kind: 'joining' }
  | { readonly kind: 'call'; readonly others: readonly Other[] }
  | { readonly kind: 'ended'; readonly by: EndedBy }
  | { readonly kind: 'trouble'; readonly trouble: Trouble };

/** Someone else who can hear: only from a verified credential, never from what the server says. */
export interface Other {
  readonly leaf: number;
  readonly name: string;
  readonly role: 'counsellor' | 'clinician' | 'supervisor';
  /** In charge of the call. */
  readonly lead: boolean;
  /** What the server says of their seat: with the caller, or why not. */
  readonly seat: Seat;
}

/** `hold`: has put the caller on hold, and says so by themselves. */
export type Seat = 'here' | 'away' | 'left' | 'lost' | 'hold';

/** There is no call here any more, whatever the person did last. */
const GONE: ReadonlySet<Trouble> = new Set(['taken-over', 'no-drill', 'drill-unsure']);
/** Nothing can go on after these, whatever the state. */
const FINAL: ReadonlySet<Trouble> = new Set(['no-encryption', 'credential-refused']);

export function screenOf(view: CallerView, local: Local): Screen {
  const { state, trouble } = view;
  if (trouble !== undefined && GONE.has(trouble)) return { kind: 'trouble', trouble };
  if (local.joining && (local.left || state.phase === 'ended')) return { kind: 'asking' };
  if (local.left) return { kind: 'ended', by: 'caller' };
  if (state.phase === 'ended') return { kind: 'ended', by: state.by };
  if (trouble !== undefined && isFull(trouble, view)) return { kind: 'trouble', trouble };
  switch (state.phase) {
    case 'waiting':
      return { kind: 'waiting', ahead: state.ahead, ringing: state.ringing, onShift: state.on_shift };
    case 'connected': {
      const others = othersOf(view);
      return others.length === 0 ? { kind: 'joining' } : { kind: 'call', others };
    }
    case 'idle':
      if (local.joining) return { kind: 'asking' };
      if (local.coding) return { kind: 'code' };
      if (view.onShift === false && !local.offered) return { kind: 'closed' };
      return { kind: 'start', onShift: view.onShift !== false };
  }
}

/** Everyone who can hear but the caller. */
export function othersOf({
  members,
  state,
  conversation,
}: Pick<CallerView, 'members' | 'state' | 'conversation'>): readonly Other[] {
  const participants = state.phase === 'connected' ? state.participants : [];
  return seated(members, participants, CALLER_SLOT).flatMap(({ member, participant }) => {
    const { leaf, me, identity } = member;
    if (me || identity.role === 'caller') return [];
    const seat: Seat = participant?.left
      ? 'left'
      : participant?.away
        ? 'away'
        : participant?.connected === false
          ? 'lost'
          : holds(conversation.heldBy, identity.staff)
            ? 'hold'
            : 'here';
    return [{ leaf, name: identity.name, role: identity.role, lead: participant?.lead ?? false, seat }];
  });
}

const holds = (by: CallerView['conversation']['heldBy'], staff: string): boolean =>
  by.some((one) => one.role !== 'caller' && one.staff === staff);

/** Those who are in the call to stay. Who has left is listed until their key is gone. */
export const staying = (others: readonly Other[]): readonly Other[] => others.filter(({ seat }) => seat !== 'left');

/** Whether somebody is with the caller, or will be when a connection comes back: nobody is who talks beside the call or holds. */
export const isAccompanied = (others: readonly Other[]): boolean =>
  others.some(({ seat }) => seat === 'here' || seat === 'lost');

/** The role of somebody who has come and whose name no credential has proven yet. */
export function arrivingOf({ state, members }: Pick<CallerView, 'state' | 'members'>): Role | undefined {
  if (state.phase !== 'connected' || members.length === 0) return undefined;
  const listed = seated(members, state.participants, CALLER_SLOT).map(({ participant }) => participant?.slot);
  const isNew = ({ slot, arriving, key_package }: (typeof state.participants)[number]) =>
    (arriving || key_package !== null) && !listed.includes(slot);
  return state.participants.find(isNew)?.role;
}

/** The person the caller talks to, for sentences that need one name. */
export const leadOf = (others: readonly Other[]): Other | undefined =>
  others.find((other) => other.lead) ?? others.find((other) => other.role === 'counsellor') ?? others[0];

/** Whether a trouble takes the screen. In the queue or a call most of them are a note beside what goes on. */
function isFull(trouble: Trouble, view: CallerView): boolean {
  if (FINAL.has(trouble)) return true;
  if (trouble === 'server-misbehaved') return othersOf(view).length === 0;
  return view.state.phase === 'idle';
}
