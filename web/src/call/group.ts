/**
 * One page's part in the call's MLS group: publishes KeyPackages, joins by Welcome, makes or changes the group when it is this
 * page's turn, applies the log in order, exchanges the safety words. It decides nothing about trust: a Refusal from e2ee is
 * told, and the last good epoch stays in force.
 *
 * Everything runs in one queue, one step at a time, because an MLS state has one successor.
 */
import { type Epoch, type Member, type PendingCommit, Refusal, type SafetyWords } from '../e2ee/api';
import { toBase64 } from '../e2ee/bytes';
import type { LogEntry, MlsMessage, Participant } from '../proto';
import { RequestFailed } from './connection';
import { CALLER_SLOT } from './seats';
import { bytesOf } from './wire';

export interface GroupOptions {
  /** This page's seat. */
  readonly slot: number;
  readonly newMember: () => Promise<Member>;
  readonly newWords: (epoch: Epoch, authenticator: Uint8Array) => Promise<SafetyWords>;
  /** Hands a message to the server; resolves when it is ordered. Throws RequestFailed. */
  readonly send: (message: MlsMessage) => Promise<void>;
  /** Publishes a KeyPackage (base64) of a page that must be let in again. Throws RequestFailed. */
  readonly publish: (keyPackage: string) => Promise<void>;
  /** Installs an epoch's keys; resolves when the worker has them. */
  readonly install: (epoch: Epoch) => Promise<void>;
  readonly changed: () => void;
  readonly refused: (refusal: Refusal) => void;
}

/** How often a page asks to be let in again when the Welcome it got was not for it. */
const TRIES = 3;

export class CallGroup {
  /** The present epoch, once this page is in the group. */
  epoch: Epoch | undefined;
  private member: Member | undefined;
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

  /** A fresh KeyPackage (base64) for the first message of a call; from then on the log concerns this page. */
  async keyPackage(): Promise<string> {
    const text = toBase64(await (await this.freshMember()).keyPackage());
    this.listening = true;
    return text;
  }

  /** After a reload: publishes a fresh KeyPackage and waits to be let in. */
  rejoin(): Promise<void> {
    this.listening = false;
    return this.step(() => this.publish());
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
      await this.commit(prepared.pending, CALLER_SLOT);
    });
  }

  /** Takes the server's list of who is in the call, and lets in who waits if that is this page's turn. */
  seat(participants: readonly Participant[]): void {
    this.participants = participants;
    void this.step(() => this.letIn());
  }

  /** Takes an entry of the call's log. */
  receive(entry: LogEntry): void {
    if (!this.listening) return;
    void this.step(() => (entry.message.kind === 'commit' ? this.takeCommit(entry) : this.takeApplication(entry)));
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
      await this.enter(await this.member.applyCommit(bytesOf(message.commit)));
      await this.letIn();
    }
  }

  private async join(welcome: string): Promise<void> {
    try {
      const epoch = await this.member?.join(bytesOf(welcome));
      if (epoch) await this.enter(epoch);
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
      const answer = await this.safetyWords?.receive(opened.from, opened.data);
      if (answer) await this.say(answer);
    } catch (failure) {
      // Sent before the last commit was known to its sender: late, not wrong.
      if (!(failure instanceof Refusal && failure.code === 'wrong-epoch')) throw failure;
    } finally {
      this.options.changed();
    }
  }

  private async letIn(): Promise<void> {
    const { slot } = this.options;
    const waiting = this.participants.filter((participant) => participant.key_package !== null);
    const inside = this.participants.filter((participant) => participant.key_package === null);
    if (this.epoch && this.member) {
      if (Math.min(...inside.map((participant) => participant.slot)) !== slot) return;
      for (const { slot: seat, key_package } of waiting) {
        if (key_package === null || this.admitted.has(key_package)) continue;
        this.admitted.add(key_package);
        await this.commit(await this.member.prepareAdd(bytesOf(key_package)), seat);
      }
      return;
    }
    // Nobody is in the group any more: the first counsellor makes it anew.
    const caller = waiting.find((participant) => participant.slot === CALLER_SLOT)?.key_package;
    if (slot !== CALLER_SLOT + 1 || inside.length > 0 || !caller || this.admitted.has(caller)) return;
    this.admitted.add(caller);
    await this.commit(await (await this.freshMember()).prepareGroup(bytesOf(caller)), CALLER_SLOT);
  }

  private async commit(pending: PendingCommit, added: number): Promise<void> {
    await this.options.send({
      kind: 'commit',
      epoch: Number(pending.epoch),
      commit: toBase64(pending.commit),
      welcome: toBase64(pending.welcome),
      added: [added],
    });
    await this.enter(pending.confirm());
  }

  private async enter(epoch: Epoch): Promise<void> {
    const authenticator = this.member?.epochAuthenticator;
    this.epoch = epoch;
    this.safetyWords = undefined;
    this.options.changed();
    await this.options.install(epoch);
    if (!authenticator) return;
    const words = await this.options.newWords(epoch, authenticator);
    await this.say(words.opening);
    this.safetyWords = words;
  }

  private leaveEpoch(): void {
    this.epoch = undefined;
    this.safetyWords = undefined;
  }

  /** Seals and sends without waiting: what follows must not hang on the answer. */
  private async say(data: Uint8Array): Promise<void> {
    const sealed = await this.member?.seal(data);
    if (sealed) void this.options.send({ kind: 'application', message: toBase64(sealed) }).catch(() => {});
  }
}
