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

const minutes = { state: { phase: 'unavailable' }, queue: { waiting: 1, longest_wait_s: 20 } } as const;
const ringing: StaffState = {
  phase: 'ringing',
  offer: {
    id: 'f'.repeat(32),
    call: 'c'.repeat(32),
    line: 'main',
    came: 'new',
    waited_s: 42,
    expires_in_ms: 20_000,
    key_package: '',
  },
};
const tom: Partial<StaffView> = { name: 'Tom', role: 'supervisor' };

/** The page on the line, and the desk in a drill. `talking`: a desk in a call. */
export const drillStates = (talking: Partial<StaffView>): Readonly<Record<string, StaffView>> => ({
  'drill-closed': staffView({}),
  'drill-closed-supervisor': staffView(tom),
  'drill-open': staffView(minutes),
  'drill-open-supervisor': staffView({ ...minutes, ...tom }),
  'drill-end-asked': staffView({ ...minutes, ...tom }),
  'drill-loading': staffView({}),
  'drill-failed': staffView(tom),
  'drill-offline': staffView({ signalling: 'lost' }),
  'drill-over': staffView({}),
  'drill-unsure': staffView({ trouble: 'drill-unsure' }),
  'practising-page': staffView({ drill: true }),
  'practising-ready': staffView({ drill: true, state: { phase: 'available' } }),
  'practising-signing-in': staffView({ drill: true, state: undefined, queue: undefined, signalling: 'connecting' }),
  'practising-ringing': staffView({ drill: true, state: ringing, queue: { waiting: 1, longest_wait_s: 42 } }),
  'practising-invited': staffView({
    drill: true,
    name: 'Rhian',
    role: 'clinician',
    state: {
      phase: 'invited',
      invitation: { offer: 'f'.repeat(32), name: 'Sam', role: 'counsellor', manner: 'join', expires_in_ms: 20_000 },
    },
  }),
  'practising-help': staffView({
    ...tom,
    drill: true,
    help: [{ call: 'c'.repeat(32), name: 'Sam', since_s: 12, helper: null, escalated: false }],
  }),
  'practising-call': staffView({ ...talking, drill: true }),
  'practising-wrap-up': staffView({
    drill: true,
    state: { phase: 'wrap_up', call: 'c'.repeat(32), ended_by: 'caller' },
  }),
});

const PAGE = '[data-page=drill]';
export const drillPressed: Readonly<Record<string, string>> = {
  'drill-closed': PAGE,
  'drill-closed-supervisor': PAGE,
  'drill-open': PAGE,
  'drill-open-supervisor': PAGE,
  'drill-end-asked': `${PAGE}, [data-act=close]`,
  'drill-loading': PAGE,
  'drill-failed': PAGE,
  'drill-offline': PAGE,
  'practising-page': PAGE,
};

/** How the service does in that story. */
export function drillOf(story: string, fake: FakeDrill): void {
  if (story.startsWith('drill-open') || story === 'drill-end-asked') fake.open = OPEN;
  if (story === 'drill-loading') fake.behaves = 'never-answers';
  if (story === 'drill-failed') fake.behaves = 'fails';
}
