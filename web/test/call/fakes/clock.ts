import type { Clock } from '../../../src/call/clock';

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  /** Begins now, because credentials are checked against it. */
  private time = Date.now();
  private timers: { at: number; task: () => void }[] = [];

  now = (): number => this.time;

  after = (ms: number, task: () => void): (() => void) => {
    const timer = { at: this.time + ms, task };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };

  /** Somebody sets the clock back; timers go by the time that passes. */
  setBack(ms: number): void {
    this.time -= ms;
    for (const timer of this.timers) timer.at -= ms;
  }

  /** Lets `ms` pass; runs what falls due in order, with the promises in between. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await settle();
    for (;;) {
      const [next] = this.timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.timers = this.timers.filter((timer) => timer !== next);
      this.time = next.at;
      next.task();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

/** Lets every promise that can resolve do so: a message channel turn comes after all of them. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
