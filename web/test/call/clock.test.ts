/** Timers of a page that may be hidden. */
import { describe, expect, it } from 'vitest';
import { type Clock, steadyClock, type Ticker } from '../../src/call/clock';
import type { TickRequest } from '../../src/call/ticks.worker';

class FakeTicker implements Ticker {
  readonly asked: TickRequest[] = [];
  onmessage: Ticker['onmessage'] = null;
  onerror: Ticker['onerror'] = null;
  postMessage(request: TickRequest): void {
    this.asked.push(request);
  }
  over(timer: number): void {
    this.onmessage?.({ data: timer } as MessageEvent<number>);
  }
}

/** A page whose own timers run only when they are told to. */
class Hidden implements Clock {
  at = 1_000;
  readonly set: { ms: number; task: () => void; cancelled: boolean }[] = [];
  now = (): number => this.at;
  after(ms: number, task: () => void): () => void {
    const timer = { ms, task, cancelled: false };
    this.set.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }
}

describe('a clock that goes on in a hidden page', () => {
  it('has its timers in the worker, and runs each once', () => {
    const [ticker, page] = [new FakeTicker(), new Hidden()];
    const clock = steadyClock(() => ticker, page);
    const ran: string[] = [];
    clock.after(3_000, () => ran.push('beat'));
    clock.after(5_000, () => ran.push('other'));
    expect(ticker.asked).toEqual([
      { set: 0, ms: 3_000 },
      { set: 1, ms: 5_000 },
    ]);
    ticker.over(0);
    ticker.over(0);
    expect(ran).toEqual(['beat']);
    expect(page.set).toEqual([]);
  });

  it('runs nothing that was cancelled, also where its end was on its way', () => {
    const [ticker, page] = [new FakeTicker(), new Hidden()];
    const cancel = steadyClock(() => ticker, page).after(10, () => expect.fail('cancelled'));
    cancel();
    cancel();
    expect(ticker.asked).toEqual([{ set: 0, ms: 10 }, { clear: 0 }]);
    ticker.over(0);
  });

  it('goes on with the timers of the page where the worker breaks, and loses none that runs', () => {
    const [ticker, page] = [new FakeTicker(), new Hidden()];
    const clock = steadyClock(() => ticker, page);
    const ran: string[] = [];
    clock.after(3_000, () => ran.push('running'));
    const cancel = clock.after(3_000, () => expect.fail('cancelled'));
    page.at += 1_000;
    ticker.onerror?.({} as ErrorEvent);
    cancel();
    clock.after(50, () => ran.push('later'));
    expect(page.set.map(({ ms, cancelled }) => [ms, cancelled])).toEqual([
      [2_000, false],
      [2_000, true],
      [50, false],
    ]);
    page.set[0]?.task();
    page.set[2]?.task();
    expect(ran).toEqual(['running', 'later']);
  });

  it('has the timers of the page where no worker can be started', () => {
    const page = new Hidden();
    const clock = steadyClock(() => {
      throw new TypeError('no worker');
    }, page);
    clock.after(7, () => {});
    expect(page.set.map(({ ms }) => ms)).toEqual([7]);
  });
});
