/** Drills without a server, and the stories that show them. */
import type { StaffView } from '../src/call/api';
import { RequestFailed } from '../src/call/connection';
import type { Drill, DrillAnswer, DrillRequest, StaffState } from '../src/proto';
import { staffView } from './fake';

type Behaviour = 'answers' | 'never-answers' | 'fails';

/** Half past eight in the evening, on a Sunday in November. */
const UNTIL = Date.UTC(2026, 10, 22, 20, 30);
const OPEN: Drill = { until: UNTIL, callers: 2, desks: 3 };

export class FakeDrill {
  open: Drill | null = null;
  behaves: Behaviour = 'answers';

  constructor(
    private readonly asked: string[],
    private readonly runs: () => boolean,
  ) {}

  async answer(ask: DrillRequest): Promise<DrillAnswer> {
    if (this.behaves === 'never-answers') return new Promise(() => undefined);
    if (this.behaves === 'fails') throw new RequestFailed('internal', 'story');
    if (ask.ask !== 'now') this.asked.push(`drill ${ask.ask}${ask.ask === 'open' ? ` ${ask.minutes}` : ''}`);
    if (ask.ask === 'open') this.open = OPEN;
    if (ask.ask === 'close') this.open = null;
    const drill = this.open && { ...this.open, ...(this.runs() && { ticket: 'Zm9yIHBpY3R1cmVzIG9ubHk' }) };
    return { answer: 'drill', drill };
  }
}
