/**
 * Whether this tab plays a caller in a drill. The ticket comes in the address, after #, is taken out of it at once, and is in the tab's
 * session storage and nowhere else: a reload stays in the drill until its way out is taken.
 */
import { apart, type TabStorage } from '../call/apart';
import { Tab } from '../call/tab';
import { CallNotes } from '../call/text/notes';

const ITEM = 'drill';
const LINK = /^#drill=(.*)$/s;
const TICKET = /^[\w-]{1,64}$/;

/** The ticket of a link. Empty where it cannot be read: that is a drill's all the same, which nobody can be let into. */
export function ticketOf(hash: string): string | undefined {
  const ticket = LINK.exec(hash)?.[1];
  return ticket === undefined || TICKET.test(ticket) ? ticket : '';
}

export class DrillTab {
  /** For a browser that refuses to store: a reload is out of the drill. */
  private held: string | undefined;

  constructor(private readonly storage: TabStorage | undefined) {}

  get ticket(): string | undefined {
    try {
      return this.storage?.getItem(ITEM) ?? this.held;
    } catch {
      return this.held;
    }
  }

  /** Takes a link's ticket out of the address, and keeps it if `wanted`. Says whether there was one. */
  take(
    { hash, pathname, search }: Pick<Location, 'hash' | 'pathname' | 'search'>,
    history: Pick<History, 'replaceState'>,
    wanted = true,
  ): boolean {
    const ticket = ticketOf(hash);
    if (ticket === undefined) return false;
    history.replaceState(null, '', pathname + search);
    if (wanted) this.keep(ticket);
    return true;
  }

  /** The ticket, and the call that was had by it. What is kept of a call of the line stays. */
  forget(): void {
    this.held = undefined;
    const own = apart(this.storage);
    new Tab(own).forget();
    new CallNotes(own).forget();
    try {
      this.storage?.removeItem(ITEM);
    } catch {
      // Storage that cannot be written holds nothing of ours.
    }
  }

  private keep(ticket: string): void {
    this.forget();
    this.held = ticket;
    try {
      this.storage?.setItem(ITEM, ticket);
    } catch {
      // Held in memory.
    }
  }
}
