/** A value that is replaced, never changed, and those who want to know. */
export class Observable<V extends object> {
  private readonly listeners = new Set<() => void>();

  constructor(private present: V) {}

  get value(): V {
    return this.present;
  }

  /** Replaces the given parts; tells the listeners when something differs. */
  set(parts: Partial<V>): void {
    const keys = Object.keys(parts) as (keyof V)[];
    if (keys.every((key) => Object.is(this.present[key], parts[key]))) return;
    this.present = { ...this.present, ...parts };
    for (const listener of [...this.listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }
}
