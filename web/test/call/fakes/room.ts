import { RequestFailed } from '../../../src/call/connection';
import type { Change } from '../../../src/call/group';
import { CallGroup } from '../../../src/call/group';
import type { Refusal, RoomKind, VerifiedMember } from '../../../src/e2ee/api';
import { createSafetyWords } from '../../../src/e2ee/words';
import type { LogEntry, MlsMessage, Participant } from '../../../src/proto';
import type { Person } from '../../e2ee/people';
import { until } from './pages';

/** One page in a FakeRoom: its group, and everything that it did. */
export class Page {
  readonly group: CallGroup;
  readonly changes: Change[] = [];
  readonly refused: string[] = [];
  /** What was listed each time that the page waited for the screen. */
  readonly screens: string[][] = [];
  /** How many changes were installed when that was. */
  readonly said: [bigint, number][] = [];
  /** What others have handed over to be kept nowhere, by whom. */
  readonly heard: [string, Uint8Array][] = [];
  /** What happens while the page waits for the screen. */
  painted: () => Promise<void> = async () => {};

  constructor(
    room: FakeRoom,
    readonly person: Person,
    readonly slot: number,
    newMember: () => Promise<Person>,
    kind: RoomKind = 'call',
  ) {
    this.group = new CallGroup({
      slot,
      room: kind,
      newMember: async () => (await newMember()).member,
      newWords: (epoch, epochAuthenticator) =>
        createSafetyWords({
          epoch: epoch.epoch,
          leaves: epoch.members.map(({ leaf }) => leaf),
          me: epoch.members.find(({ me }) => me)?.leaf ?? -1,
          epochAuthenticator,
        }),
      send: (message) => room.take(slot, message),
      pass: (message) => room.pass(slot, message),
      told: (from, data) => void this.heard.push([namesOf([from])[0] ?? '', data]),
      publish: (keyPackage) => room.publish(slot, keyPackage),
      install: async (change) => void this.changes.push(change),
      said: (epoch, leaf) => void this.said.push([epoch, leaf]),
      changed: () => {},
      shown: async () => {
        this.screens.push(this.names);
        await this.painted();
      },
      refused: (refusal: Refusal) => void this.refused.push(refusal.code),
    });
  }

  get epoch(): bigint {
    return this.group.epoch?.epoch ?? 0n;
  }

  /** Who is listed, by name; the caller as `caller`. */
  get names(): string[] {
    return namesOf(this.group.members);
  }
}

export const namesOf = (members: readonly VerifiedMember[]): string[] =>
  members.map(({ identity }) => (identity.role === 'caller' ? 'caller' : identity.name)).sort();

interface Sitting {
  readonly page: Page;
  readonly participant: Participant;
  /** Whether the log is delivered. */
  reads: boolean;
  hasLeaf: boolean;
}

/** A room as the node keeps it: who sits where, one commit for each epoch, the log to those who are in the group. */
export class FakeRoom {
  readonly log: LogEntry[] = [];
  readonly seats = new Map<number, Sitting>();
  epoch = 0;
  /** Changes an entry on its way to a slot; a server that misbehaves. */
  bend: (entry: LogEntry, to: number) => readonly LogEntry[] = (entry) => [entry];

  /** Somebody sits down. A caller's first KeyPackage waits already. */
  sit(page: Page, participant: Partial<Participant>): void {
    const { slot } = page;
    const whole: Participant = {
      slot,
      role: 'counsellor',
      name: null,
      connected: true,
      key_package: null,
      ...participant,
    };
    this.seats.set(slot, { page, participant: whole, reads: false, hasLeaf: false });
    this.tell();
  }

  change(slot: number, change: Partial<Participant>): void {
    const sitting = this.seats.get(slot);
    if (sitting) Object.assign(sitting.participant, change);
    this.tell();
  }

  /** Somebody leaves: nothing is delivered to them from now on. */
  leave(slot: number): void {
    const sitting = this.seats.get(slot);
    if (sitting) sitting.reads = false;
    this.change(slot, { left: true, lead: false, key_package: null });
  }

  async publish(slot: number, key_package: string): Promise<void> {
    const sitting = this.seats.get(slot);
    if (!sitting) throw new RequestFailed('not_allowed', 'No seat.');
    sitting.reads = false;
    this.change(slot, { key_package, arriving: false });
  }

  async take(from: number, message: MlsMessage): Promise<void> {
    await Promise.resolve();
    const sender = this.seats.get(from);
    if (!sender) throw new RequestFailed('not_allowed', 'No seat.');
    const exists = [...this.seats.values()].some(({ reads }) => reads);
    if (message.kind === 'commit') {
      if (exists && (!sender.reads || message.epoch !== this.epoch)) throw new RequestFailed('stale_epoch', 'Stale.');
      if (!exists && message.epoch !== 0) throw new RequestFailed('stale_epoch', 'Stale.');
      for (const slot of message.added) {
        const sitting = this.seats.get(slot);
        if (!sitting?.participant.key_package) throw new RequestFailed('not_allowed', 'Adds nobody.');
      }
      for (const slot of message.removed ?? []) {
        if (!this.seats.get(slot)?.participant.left) throw new RequestFailed('not_allowed', 'Removes nobody.');
      }
      this.epoch = message.epoch + 1;
      for (const sitting of [sender, ...message.added.map((slot) => this.seats.get(slot))]) {
        if (!sitting) continue;
        sitting.reads = true;
        Object.assign(sitting.participant, { key_package: null, arriving: false });
      }
      for (const slot of message.removed ?? []) this.seats.delete(slot);
    } else if (!sender.reads) throw new RequestFailed('out_of_order', 'Outside.');
    const entry: LogEntry = { seq: this.log.length + 1, from, message };
    this.log.push(entry);
    for (const [slot, { page, reads }] of this.seats) {
      if (slot === from || !reads) continue;
      for (const bent of this.bend(entry, slot)) page.group.receive(bent);
    }
    if (message.kind === 'commit') setImmediate(() => this.tell());
  }

  /** Hands on what is kept nowhere. */
  async pass(from: number, message: string): Promise<void> {
    if (!this.seats.get(from)?.reads) throw new RequestFailed('out_of_order', 'Outside.');
    for (const [slot, { page, reads }] of this.seats) if (slot !== from && reads) page.group.hear({ from, message });
  }

  tell(): void {
    const participants = [...this.seats.values()]
      .map(({ participant }) => structuredClone(participant))
      .sort((one, other) => one.slot - other.slot);
    for (const { page, participant } of this.seats.values()) if (!participant.left) page.group.seat(participants);
  }

  /** Waits until these pages are in one epoch, with words. */
  agreed(...pages: Page[]): Promise<void> {
    return until('they agree', () => {
      const [first] = pages;
      return pages.every(
        ({ group, epoch }) => group.words && epoch === first?.epoch && `${group.words}` === `${first.group.words}`,
      );
    });
  }
}
