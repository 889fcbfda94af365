/**
 * From written to arrived. Nobody in between keeps anything: a message is sealed for the group's present epoch, handed over, and
 * sealed and handed over again until everybody whom it is for has answered that it has come. What comes twice is told once.
 *
 * Two things are states and not messages, `hold` and `plan`: of each only the latest is delivered, and to whoever comes later as well.
 */
import type { VerifiedMember } from '../../e2ee/api';
import { toHex } from '../../e2ee/bytes';
import type { Clock } from '../clock';
import { type Content, decode, encode, type Message } from './message';

export interface DeliveryOptions {
  readonly clock: Clock;
  /** Seals for the group as it is, and hands it over. Rejects when it could not be. */
  readonly send: (data: Uint8Array) => Promise<void>;
  /** Something has come, for the first time. */
  readonly received: (from: VerifiedMember, content: Content, n: number) => void;
  /** Where a message is on its way has changed. */
  readonly changed: () => void;
}

/** A message of this page on its way. */
export interface Sent {
  readonly n: number;
  readonly content: Content;
  /** Those who were there and have not answered yet, by their keys; empty when it has arrived. */
  readonly missing: ReadonlySet<string>;
  /** Whether somebody has answered. */
  readonly arrived: boolean;
}

interface Outgoing {
  readonly n: number;
  readonly content: Content;
  readonly missing: Set<string>;
  arrived: boolean;
  tries: number;
  cancel: () => void;
}

/** How long an answer is waited for, ms; the last goes on. */
const AGAIN_MS = [3_000, 6_000, 12_000, 30_000];
/** How many messages of this page are known, arrived or not: more than are shown. */
const KEPT = 1000;
/** How many messages of one sender are remembered, to tell nobody anything twice. */
const REMEMBERED = 500;

export class Delivery {
  private readonly outgoing = new Map<number, Outgoing>();
  private others = new Map<string, VerifiedMember>();
  private readonly seen = new Map<string, Set<number>>();
  /** The number of the latest state of each kind, by sender. */
  private readonly states = new Map<string, number>();
  private leaf: number | undefined;
  private last = 0;
  private closed = false;

  constructor(private readonly options: DeliveryOptions) {}

  /** The number of the latest message of this page, or of the page before its reload; 0 where there is none. */
  get latest(): number {
    return this.last;
  }

  /** After a reload: numbers go on behind that one, also where the clock was set back meanwhile. */
  goOn(last: number): void {
    this.last = Math.max(this.last, last);
  }

  /** Whether there is anybody to write to. */
  get reaches(): boolean {
    return this.others.size > 0;
  }

  /** Where that message is; undefined when it was given up, because all whom it was for have left. */
  at(n: number): Sent | undefined {
    return this.outgoing.get(n);
  }

  /** Everything that has not arrived everywhere. */
  get pending(): readonly Sent[] {
    return [...this.outgoing.values()].filter(({ missing }) => missing.size > 0);
  }

  /** Sends it to all who are there; returns its number. */
  post(content: Content): number {
    const n = Math.max(this.last + 1, this.options.clock.now());
    this.last = n;
    if (isState(content)) this.replace(content.kind);
    const sent: Outgoing = {
      n,
      content,
      missing: new Set(this.others.keys()),
      arrived: false,
      tries: 0,
      cancel: () => {},
    };
    this.outgoing.set(n, sent);
    this.forgetOldest();
    this.transmit(sent);
    return n;
  }

  /** A new epoch: who is in it, and whose leaves are new, because they have come or are back after a reload. */
  enter(members: readonly VerifiedMember[], added: readonly number[]): void {
    const others = members.filter(({ me }) => !me).map((member) => [keyOf(member), member] as const);
    this.others = new Map(others);
    this.leaf = members.find(({ me }) => me)?.leaf;
    // Of a page that is new itself nobody knows anything yet.
    const isNew = this.leaf !== undefined && added.includes(this.leaf);
    const fresh = new Set(others.filter(([, { leaf }]) => isNew || added.includes(leaf)).map(([key]) => key));
    for (const sent of this.outgoing.values()) {
      for (const key of sent.missing) if (!this.others.has(key)) sent.missing.delete(key);
      if (isState(sent.content)) {
        for (const [key] of others) if (fresh.has(key)) sent.missing.add(key);
      }
      // What was sealed before opens no more for whoever had not read it.
      if (sent.missing.size > 0) this.transmit(sent);
    }
    this.options.changed();
  }

  /** The connection is back: what waits for it goes at once. */
  wake(): void {
    for (const sent of this.outgoing.values()) if (sent.missing.size > 0) this.transmit(sent);
  }

  /** Takes what a member has sealed. */
  receive(from: VerifiedMember, data: Uint8Array): void {
    const message = decode(data);
    if (!message || this.closed || from.me) return;
    if (message.type === 'got') this.tick(from, message);
    else this.take(from, message);
  }

  close(): void {
    this.closed = true;
    for (const { cancel } of this.outgoing.values()) cancel();
    this.outgoing.clear();
    this.seen.clear();
    this.states.clear();
  }

  private take(from: VerifiedMember, { n, content }: Extract<Message, { type: 'said' }>): void {
    const key = keyOf(from);
    void this.options.send(encode({ type: 'got', to: from.leaf, n })).catch(() => {
      // Whoever has no answer sends it again.
    });
    const seen = this.seen.get(key) ?? new Set();
    this.seen.set(key, seen);
    if (seen.has(n)) return;
    seen.add(n);
    if (seen.size > REMEMBERED) seen.delete(Math.min(...seen));
    if (isState(content)) {
      const state = `${content.kind} ${key}`;
      if (n < (this.states.get(state) ?? 0)) return;
      this.states.set(state, n);
    }
    this.options.received(from, content, n);
  }

  private tick(from: VerifiedMember, { to, n }: Extract<Message, { type: 'got' }>): void {
    const sent = this.outgoing.get(n);
    if (!sent || to !== this.leaf) return;
    if (!sent.missing.delete(keyOf(from))) return;
    sent.arrived = true;
    if (sent.missing.size === 0) sent.cancel();
    this.options.changed();
  }

  private transmit(sent: Outgoing): void {
    sent.cancel();
    if (this.closed || sent.missing.size === 0) return;
    const wait = AGAIN_MS[Math.min(sent.tries, AGAIN_MS.length - 1)] ?? 0;
    sent.tries += 1;
    sent.cancel = this.options.clock.after(wait, () => this.transmit(sent));
    void this.options.send(encode({ type: 'said', n: sent.n, content: sent.content })).catch(() => {
      // It goes again by its time, or when the connection is back.
    });
  }

  private forgetOldest(): void {
    const [oldest] = this.outgoing.keys();
    if (oldest === undefined || this.outgoing.size <= KEPT) return;
    this.outgoing.get(oldest)?.cancel();
    this.outgoing.delete(oldest);
  }

  /** Only the latest state counts. */
  private replace(kind: Content['kind']): void {
    for (const [n, sent] of this.outgoing) {
      if (sent.content.kind !== kind) continue;
      sent.cancel();
      this.outgoing.delete(n);
    }
  }
}

/** Who somebody is as long as the call lasts: the key stays over a reload, the leaf need not. */
export function keyOf({ signatureKey }: VerifiedMember): string {
  return toHex(signatureKey);
}

function isState({ kind }: Content): boolean {
  return kind === 'hold' || kind === 'plan';
}
