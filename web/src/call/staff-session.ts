/** The session of a staff browser: its token is in the tab's session storage and nowhere else, and gone with the tab. */

const ITEM = 'staff-session';

export class StaffSession {
  /** For a browser that refuses to store: a reload asks for the passkey again. */
  private held: string | undefined;

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | undefined) {}

  get token(): string | undefined {
    try {
      return this.storage?.getItem(ITEM) ?? this.held;
    } catch {
      return this.held;
    }
  }

  open(token: string): void {
    this.held = token;
    try {
      this.storage?.setItem(ITEM, token);
    } catch {
      // Held in memory.
    }
  }

  close(): void {
    this.held = undefined;
    try {
      this.storage?.removeItem(ITEM);
    } catch {
      // Storage that cannot be written holds nothing of ours.
    }
  }
}
