/** One room that a console is in, a call or a consultation beside it: its session, and how far its log has been dealt with. */
import type { RoomKind } from '../e2ee/api';
import type { LogEntry, Participant } from '../proto';
import type { CallSession } from './session';

export interface RoomOptions {
  readonly id: string;
  readonly kind: RoomKind;
  readonly slot: number;
}

export class Room {
  readonly id: string;
  /** The last entry of the log that was dealt with. */
  seen = 0;
  /** The KeyPackage with which the group was prepared, while it rings. */
  preparedFor: string | undefined;

  constructor(
    { id }: RoomOptions,
    readonly session: CallSession,
  ) {
    this.id = id;
  }

  /** Takes an entry of the log, once: on coming back a consultation's log is sent again whole. */
  receive(entry: LogEntry): void {
    if (entry.seq <= this.seen) return;
    this.seen = entry.seq;
    this.session.receive(entry);
  }

  /** This console comes into the room, or back into it, with a key of its own that is still to be let in. */
  enter(participants: readonly Participant[]): void {
    this.session.seat(participants);
    void this.session.group.rejoin();
    this.session.openMedia();
  }

  /** This console makes the room's group as soon as the other is there. */
  found(participants: readonly Participant[]): void {
    this.session.group.found();
    this.session.seat(participants);
    this.session.openMedia();
  }

  close(): void {
    this.session.close();
  }
}
