/**
 * One page's part in the group of a call or of a consultation: publishes KeyPackages, joins by Welcome, makes or changes the group
 * when it is this page's turn, applies the log in order, exchanges the safety words. It decides nothing about trust: a Refusal from
 * e2ee is told, and the last good epoch stays in force.
 *
 * Everything runs in one queue, one step at a time, because an MLS state has one successor.
 */
import {
  type Epoch,
  type Member,
  type PendingCommit,
  Refusal,
  type RoomKind,
  type SafetyWords,
  type VerifiedMember,
} from '../e2ee/api';
import { equal, fromBase64, toBase64 } from '../e2ee/bytes';
import type { LogEntry, MlsMessage, Participant, Said } from '../proto';
import { RequestFailed } from './connection';
import { mark } from './marks';
import { CALLER_SLOT, isInside, leafOfLeaver } from './seats';
import { bytesOf } from './wire';

export interface GroupOptions {
  /** This page's seat. */
  readonly slot: number;
  readonly room: RoomKind;
  readonly newMember: () => Promise<Member>;
  readonly newWords: (epoch: Epoch, authenticator: Uint8Array) => Promise<SafetyWords>;
  /** Hands a message to the server; resolves when it is ordered. Throws RequestFailed. */
  readonly send: (message: MlsMessage) => Promise<void>;
  /** Hands over what is kept nowhere. Throws RequestFailed. */
  readonly pass: (message: string) => Promise<void>;
  /** Something was opened that a member has handed over so. */
  readonly told: (from: VerifiedMember, data: Uint8Array) => void;
  /** Publishes a KeyPackage (base64) of a page that must be let in again. Throws RequestFailed. */
  readonly publish: (keyPackage: string) => Promise<void>;
  /** Installs an epoch's keys; resolves when the worker has them. */
  readonly install: (change: Change) => Promise<void>;
  /** Something was opened that a leaf has said in that epoch. */
  readonly said: (epoch: bigint, leaf: number) => void;
  readonly changed: () => void;
  /** Resolves when the person can see what `changed` has told. */
  readonly shown: () => Promise<void>;
  readonly refused: (refusal: Refusal) => void;
}

/** An epoch that this page has entered. */
export interface Change {
  readonly epoch: Epoch;
  /** Whether this page was in the epoch before. */
  readonly goesOn: boolean;
  /** The slots of those whom it has let in. */
  readonly added: readonly number[];
  /** Whether it has taken somebody out. */
  readonly removes: boolean;
}

/** How often a page asks to be let in again when the Welcome it got was not for it. */
const TRIES = 3;
/** The seat of whoever is consulted. */
const GUEST_SLOT = 2;

export class CallGroup {
  /** The present epoch, once this page is in the group. */
  epoch: Epoch | undefined;
  private member: Member | undefined;
  /** Those who can hear, and those whom this page is about to let in. */
  private listed: readonly VerifiedMember[] = [];
  private safetyWords: SafetyWords | undefined;
  private prepared: { readonly pending: PendingCommit; readonly keyPackage: string } | undefined;
  private participants: readonly Participant[] = [];
  private readonly admitted = new Set<string>();
  /** Whether log entries concern this page: not between a reload and the acceptance of its new KeyPackage. */
  private listening = false;
  private published = 0;
  private closed = false;
  private queue: Promise<void> = Promise.resolve();

  constructor(private readonly options: GroupOptions) {}

  get words(): readonly string[] | undefined {
    return this.safetyWords?.words;
  }

  /** Whom the page lists: nobody can hear who is not among them. */
  get members(): readonly VerifiedMember[] {
    return this.listed;
  }

  /** A fresh KeyPackage (base64) for the first message of a call; from then on the log concerns this page. */
  async keyPackage(): Promise<string> {
    const text = toBase64(await (await this.freshMember()).keyPackage());
    this.listening = true;
    return text;
  }

  /** On coming into a call, and after a reload: publishes a fresh KeyPackage and waits to be let in. */
  rejoin(): Promise<void> {
    this.listening = false;
    return this.step(() => this.publish());
  }

  /** Begins in a room whose group this page makes as soon as the other has published a KeyPackage. */
  found(): void {
    this.listening = true;
  }

  /** While it rings: makes the group with the caller in it, without telling anyone. */
  prepare(callerKeyPackage: string): Promise<void> {
    return this.step(async () => {
      const pending = await (await this.freshMember()).prepareGroup(bytesOf(callerKeyPackage));
      this.prepared = { pending, keyPackage: callerKeyPackage };
    });
  }

  /** Sends the prepared group's commit and enters its epoch once the server has ordered it. */
  commitPrepared(): Promise<void> {
    this.listening = true;
    return this.step(async () => {
      const { prepared } = this;
      this.prepared = undefined;
      if (!prepared) return;
      // A list of who waits that was written before this commit still names the caller.
      this.admitted.add(prepared.keyPackage);
      await this.commit(prepared.pending, { added: [CALLER_SLOT] });
    });
  }

  /** Takes the server's list of who is in the call, and lets in who waits, or takes out who has left, if that is this page's turn. */
  seat(participants: readonly Participant[]): void {
    this.participants = participants;
    void this.step(() => this.tend());
  }

  /** Takes an entry of the call's log. */
  receive(entry: LogEntry): void {
    if (!this.listening) return;
    void this.step(() => (entry.message.kind === 'commit' ? this.takeCommit(entry) : this.takeApplication(entry)));
  }

  /** Seals for the present epoch what is not to be kept, and hands it over. Throws RequestFailed. */
  async pass(data: Uint8Array): Promise<void> {
    const { member, epoch } = this;
    if (!member || !epoch) throw new RequestFailed('out_of_order', 'This page is in no group.');
    await this.options.pass(toBase64(await member.seal(data)));
  }

  /** Takes what a member has handed over so. What cannot be opened is dropped: whoever has no answer sends it again. */
  hear({ from, message }: Said): void {
    if (!this.listening || from === this.options.slot) return;
    void this.step(async () => {
      const { member, epoch, options } = this;
      const bytes = fromBase64(message);
      if (!member || !epoch || !bytes) return;
      const opened = await member.open(bytes).catch(() => undefined);
      const sender = epoch.members.find(({ leaf }) => leaf === opened?.from);
      if (!opened || !sender) return;
      options.said(epoch.epoch, opened.from);
      options.told(sender, opened.data);
    });
  }

  close(): void {
    this.closed = true;
    this.member?.close();
  }

  private step(task: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(async () => {
      if (this.closed) return;
      try {
        await task();
      } catch (failure) {
        if (failure instanceof Refusal) this.options.refused(failure);
        // The server's refusals need no act of ours: a stale epoch is followed by the commit that made it stale, and a call
        // that is over ends by its state.
        else if (!(failure instanceof RequestFailed)) {
          this.options.refused(
            new Refusal('malformed', failure instanceof Error ? failure.message : 'unknown failure'),
          );
        }
      }
    });
    return this.queue;
  }

  private async freshMember(): Promise<Member> {
    const member = await this.options.newMember();
    this.member?.close();
    this.member = member;
    if (this.closed) member.close();
    return member;
  }

  private async publish(): Promise<void> {
    this.published += 1;
    const keyPackage = await (await this.freshMember()).keyPackage();
    await this.options.publish(toBase64(keyPackage));
    this.listening = true;
    this.leaveEpoch();
  }

  private async takeCommit({ message }: LogEntry): Promise<void> {
    if (message.kind !== 'commit') return;
    if (message.added.includes(this.options.slot)) {
      if (message.welcome !== null) await this.join(message.welcome);
    } else if (this.epoch && this.member) {
      const epoch = await this.member.applyCommit(bytesOf(message.commit));
      this.forget(message.removed ?? []);
      await this.enter(epoch, { added: message.added, removed: message.removed ?? [] });
      await this.tend();
    }
  }

  private async join(welcome: string): Promise<void> {
    try {
      const epoch = await this.member?.join(bytesOf(welcome));
      if (epoch) await this.enter(epoch, { added: [this.options.slot] });
    } catch (failure) {
      // Somebody may have used an older KeyPackage of this page in the same instant. With only one ever published that
      // cannot be: then it is told at once.
      const mixedUp = failure instanceof Refusal && (failure.code === 'wrong-group' || failure.code === 'malformed');
      if (!mixedUp || this.published === 0) throw failure;
      if (this.published >= TRIES) throw failure;
      this.listening = false;
      await this.publish();
    }
  }

  private async takeApplication({ from, message }: LogEntry): Promise<void> {
    if (message.kind !== 'application' || !this.member || !this.epoch || from === this.options.slot) return;
    try {
      const opened = await this.member.open(bytesOf(message.message));
      this.options.said(this.epoch.epoch, opened.from);
      const answer = await this.safetyWords?.receive(opened.from, opened.data);
      if (answer) await this.say(answer);
    } catch (failure) {
      // Sent before the last commit was known to its sender: late, not wrong.
      if (!(failure instanceof Refusal && failure.code === 'wrong-epoch')) throw failure;
    } finally {
      this.options.changed();
    }
  }

  /** Changes the group where that is this page's turn: it is in, and nobody in a lower seat is. */
  private async tend(): Promise<void> {
    if (!this.epoch || !this.member) return this.makeAnew();
    const inside = this.participants.filter(isInside);
    if (Math.min(...inside.map(({ slot }) => slot)) !== this.options.slot) return;
    await this.takeOut();
    for (const { slot, key_package } of this.participants) {
      if (key_package === null || this.admitted.has(key_package)) continue;
      await this.letIn(slot, key_package);
    }
  }

  private async letIn(slot: number, keyPackage: string): Promise<void> {
    const { member, options } = this;
    if (!member) return;
    this.admitted.add(keyPackage);
    const pending = await member.prepareAdd(bytesOf(keyPackage));
    // Whoever comes in is on this screen before anything reaches them that could open a frame.
    if (pending.members.some((one) => !isKnown(one, this.listed))) {
      this.listed = pending.members;
      options.changed();
      await options.shown();
    }
    try {
      await this.commit(pending, { added: [slot] });
    } catch (failure) {
      // The commit that came first brings the turn again.
      this.admitted.delete(keyPackage);
      this.listed = this.epoch?.members ?? [];
      options.changed();
      throw failure;
    }
  }

  /** Those who have left. */
  private async takeOut(): Promise<void> {
    const { member, epoch, participants, options } = this;
    if (!member || !epoch) return;
    for (const { slot } of participants.filter(({ left }) => left)) {
      const leaf = leafOfLeaver(epoch.members, participants, options.slot, slot);
      if (leaf === undefined) continue;
      await this.commit(await member.prepareRemove(leaf), { removed: [slot] });
      return this.takeOut();
    }
  }

  /** Nobody is in the group, or nobody any more: the one in charge makes it, in a consultation the one who consults. */
  private async makeAnew(): Promise<void> {
    const { slot, room } = this.options;
    const first = room === 'call' ? CALLER_SLOT : GUEST_SLOT;
    const others = this.participants.filter((participant) => participant.slot !== slot);
    const lead = this.participants.find((participant) => participant.lead)?.slot ?? CALLER_SLOT + 1;
    const maker = room === 'call' ? lead : CALLER_SLOT + 1;
    const keyPackage = others.find((participant) => participant.slot === first)?.key_package;
    if (slot !== maker || !this.listening || others.some(isInside)) return;
    if (!keyPackage || this.admitted.has(keyPackage)) return;
    this.admitted.add(keyPackage);
    await this.commit(await (await this.freshMember()).prepareGroup(bytesOf(keyPackage)), { added: [first] });
  }

  private async commit(pending: PendingCommit, slots: { added?: number[]; removed?: number[] }): Promise<void> {
    const { added = [], removed = [] } = slots;
    mark('commit');
    await this.options.send({
      kind: 'commit',
      epoch: Number(pending.epoch),
      commit: toBase64(pending.commit),
      welcome: pending.welcome.length > 0 ? toBase64(pending.welcome) : null,
      added,
      ...(removed.length > 0 && { removed }),
    });
    this.forget(removed);
    await this.enter(pending.confirm(), { added, removed });
  }

  private async enter(
    epoch: Epoch,
    { added, removed = [] }: { added: readonly number[]; removed?: readonly number[] },
  ): Promise<void> {
    const { options } = this;
    const authenticator = this.member?.epochAuthenticator;
    const goesOn = this.epoch !== undefined;
    const news = epoch.members.some((one) => !isKnown(one, this.listed));
    this.epoch = epoch;
    this.listed = epoch.members;
    this.safetyWords = undefined;
    options.changed();
    // No frame of somebody who is not on the screen can be opened, and none is sealed for them.
    if (news && goesOn) await options.shown();
    await options.install({ epoch, goesOn, added, removes: removed.length > 0 });
    if (!authenticator) return;
    const words = await options.newWords(epoch, authenticator);
    await this.say(words.opening);
    this.safetyWords = words;
  }

  /** The list of seats that tells of a removal may be late: nobody is taken out twice meanwhile. */
  private forget(removed: readonly number[]): void {
    this.participants = this.participants.filter(({ slot, left }) => !(left && removed.includes(slot)));
  }

  private leaveEpoch(): void {
    this.epoch = undefined;
    this.listed = [];
    this.safetyWords = undefined;
  }

  /** Seals and sends without waiting: what follows must not hang on the answer. */
  private async say(data: Uint8Array): Promise<void> {
    const sealed = await this.member?.seal(data);
    if (sealed) void this.options.send({ kind: 'application', message: toBase64(sealed) }).catch(() => {});
  }
}

/** Whether somebody is listed already: the same key, which a reload keeps. */
function isKnown(one: VerifiedMember, listed: readonly VerifiedMember[]): boolean {
  return listed.some(({ signatureKey }) => equal(signatureKey, one.signatureKey));
}
