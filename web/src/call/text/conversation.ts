/**
 * The written side of one call: what was written by whom, and how far it has come; who holds; what was agreed for a lost connection.
 * It is in this page's memory and gone with the call.
 */
import type { Identity, VerifiedMember } from '../../e2ee/api';
import type { Clock } from '../clock';
import { RequestFailed } from '../connection';
import { Delivery, keyOf, type Sent } from './delivery';
import { type Card, type Content, clean, cleanCard, type DropPlan, lengthOf, type Tap, TEXT_LIMIT } from './message';
import type { Notes } from './notes';

type Shown = Extract<Content, { kind: 'text' | 'tap' | 'card' }>;

/** One thing that was written. */
export interface Line {
  /** The same as long as the call lasts. */
  readonly key: string;
  /** Undefined for this page's own. */
  readonly by: Identity | undefined;
  readonly content: Shown;
  /** Milliseconds since 1970: when it was written, or came. */
  readonly at: number;
  /** `going`: not everybody has it yet. `unsent`: those whom it was for have left without it. */
  readonly state: 'came' | 'going' | 'arrived' | 'unsent';
  /** Of `going`: who has not answered. */
  readonly missing: readonly Identity[];
}

export interface ConversationView {
  readonly lines: readonly Line[];
  /** Whether there is anybody to write to. */
  readonly open: boolean;
  /** Those who have put the caller on hold. */
  readonly heldBy: readonly Identity[];
  /** Whether this page has. */
  readonly holding: boolean;
  /** Whether the caller's page has what was last said of it. */
  readonly holdTold: boolean;
  /** What was agreed for the case that the connection is lost for good. */
  readonly plan: DropPlan | null;
  /** Whether the caller's page has what was last said of it. */
  readonly planTold: boolean;
  /** After a reload: that something was written before it, and how much of this page's may not have arrived. */
  readonly before: Pick<Notes, 'wrote' | 'unsent'> | undefined;
  /** The number of this page's latest message; 0 before the first. */
  readonly last: number;
}

export const noConversation: ConversationView = {
  lines: [],
  open: false,
  heldBy: [],
  holding: false,
  holdTold: true,
  plan: null,
  planTold: true,
  before: undefined,
  last: 0,
};

export interface ConversationOptions {
  readonly clock: Clock;
  readonly send: (data: Uint8Array) => Promise<void>;
  readonly changed: (view: ConversationView) => void;
}

interface Written {
  readonly key: string;
  readonly by: Identity | undefined;
  readonly content: Shown;
  readonly at: number;
  readonly n: number;
}

interface Waiter {
  readonly n: number;
  readonly arrived: () => void;
  readonly failed: (failure: RequestFailed) => void;
}

/** The oldest give way: a page that is open for hours stays small. */
const KEPT = 500;

export class Conversation {
  private readonly delivery: Delivery;
  private readonly written: Written[] = [];
  private members: readonly VerifiedMember[] = [];
  private readonly holders = new Map<string, Identity>();
  private holding = false;
  private plan: DropPlan | null = null;
  /** The messages that last told of it. */
  private told: { hold?: number; plan?: number } = {};
  private before: ConversationView['before'];
  private waiters: readonly Waiter[] = [];

  constructor(private readonly options: ConversationOptions) {
    this.delivery = new Delivery({
      clock: options.clock,
      send: options.send,
      received: (from, content, n) => this.take(from, content, n),
      changed: () => this.show(),
    });
  }

  /** A new epoch: who is in it, and which leaves are new. */
  enter(members: readonly VerifiedMember[], added: readonly number[]): void {
    this.members = members;
    const there = new Set(members.map(keyOf));
    for (const key of this.holders.keys()) if (!there.has(key)) this.holders.delete(key);
    this.delivery.enter(members, added);
  }

  receive(from: VerifiedMember, data: Uint8Array): void {
    this.delivery.receive(from, data);
  }

  /** The connection is back. */
  wake(): void {
    this.delivery.wake();
  }

  write(typed: string): boolean {
    const text = clean(typed);
    if (text === '' || lengthOf(text) > TEXT_LIMIT) return false;
    return this.post({ kind: 'text', text });
  }

  tap(tap: Tap): boolean {
    return this.post({ kind: 'tap', tap });
  }

  /** Resolves when the caller's page has it. */
  sendCard(given: Card): Promise<void> {
    const card = cleanCard(given);
    const caller = this.members.find(({ identity }) => identity.role === 'caller');
    if (!caller || card.title === '') {
      return Promise.reject(new RequestFailed('out_of_order', 'There is nobody to show the card to.'));
    }
    const n = this.post({ kind: 'card', card }) ? this.written.at(-1)?.n : undefined;
    return new Promise((arrived, failed) => {
      if (n === undefined) return failed(new RequestFailed('out_of_order', 'There is nobody to show the card to.'));
      this.waiters = [...this.waiters, { n, arrived, failed }];
      this.show();
    });
  }

  hold(holding: boolean): void {
    this.holding = holding;
    this.told.hold = this.delivery.post({ kind: 'hold', held: holding });
    this.show();
  }

  /** After a reload: how things stood. The others are told, as soon as this page is in the group again. */
  restore({ holding, plan, wrote, unsent, last }: Notes, staff: boolean): void {
    this.delivery.goOn(last);
    if (wrote) this.before = { wrote, unsent };
    if (staff) this.hold(holding);
    if (staff && plan !== null) this.agree(plan);
    else this.plan = plan;
    this.show();
  }

  agree(plan: DropPlan | null): void {
    this.plan = plan;
    this.told.plan = this.delivery.post({ kind: 'plan', plan });
    this.show();
  }

  close(): void {
    this.delivery.close();
    for (const { failed } of this.waiters) failed(new RequestFailed('lost', 'The call is over.'));
    this.waiters = [];
  }

  private post(content: Shown): boolean {
    if (!this.delivery.reaches) return false;
    const n = this.delivery.post(content);
    this.keep({ key: `me ${n}`, by: undefined, content, at: this.options.clock.now(), n });
    return true;
  }

  private take(from: VerifiedMember, content: Content, n: number): void {
    const { identity } = from;
    switch (content.kind) {
      case 'hold':
      case 'plan':
        // Of the call only staff decides.
        if (identity.role === 'caller') return;
        if (content.kind === 'plan') this.plan = content.plan;
        else if (content.held) this.holders.set(keyOf(from), identity);
        else this.holders.delete(keyOf(from));
        this.show();
        break;
      default:
        if (content.kind === 'card' && identity.role === 'caller') return;
        this.keep({ key: `${keyOf(from)} ${n}`, by: identity, content, at: this.options.clock.now(), n });
    }
  }

  private keep(written: Written): void {
    this.written.push(written);
    if (this.written.length > KEPT) this.written.shift();
    this.show();
  }

  private show(): void {
    this.answer();
    this.options.changed({
      lines: this.written.map((written) => this.lineOf(written)),
      open: this.delivery.reaches,
      heldBy: [...this.holders.values()],
      holding: this.holding,
      holdTold: this.hasCaller(this.told.hold),
      plan: this.plan,
      planTold: this.hasCaller(this.told.plan),
      before: this.before,
      last: this.delivery.latest,
    });
  }

  private lineOf({ key, by, content, at, n }: Written): Line {
    if (by) return { key, by, content, at, state: 'came', missing: [] };
    const sent = this.delivery.at(n);
    const missing = this.members.filter((member) => sent?.missing.has(keyOf(member))).map(({ identity }) => identity);
    return { key, by, content, at, state: stateOf(sent), missing };
  }

  /** Tells those who wait for the caller's answer. */
  private answer(): void {
    const answered = this.waiters.filter(({ n }) => this.hasCaller(n));
    this.waiters = this.waiters.filter((waiter) => !answered.includes(waiter));
    for (const { arrived } of answered) arrived();
  }

  /** Whether the caller's page has that message; so it is where there is none. */
  private hasCaller(n: number | undefined): boolean {
    if (n === undefined) return true;
    const caller = this.members.find(({ identity }) => identity.role === 'caller');
    return caller !== undefined && this.delivery.at(n)?.missing.has(keyOf(caller)) === false;
  }
}

function stateOf(sent: Sent | undefined): Line['state'] {
  if (!sent) return 'unsent';
  if (sent.missing.size > 0) return 'going';
  return sent.arrived ? 'arrived' : 'unsent';
}

/** What is noted of a conversation for a reload. */
export function noted(
  { lines, holding, plan, before, last }: ConversationView,
  { muted, silent = false }: { readonly muted: boolean; readonly silent?: boolean },
): Notes {
  const unsent = undelivered(lines);
  return {
    muted,
    silent,
    holding,
    plan,
    wrote: lines.length > 0 || before !== undefined,
    unsent: unsent + (before?.unsent ?? 0),
    last,
  };
}

/** How many of this page's own have not arrived everywhere. */
export function undelivered(lines: readonly Line[]): number {
  return lines.filter(({ state }) => state === 'going' || state === 'unsent').length;
}
