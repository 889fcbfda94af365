/** The states of the supervisor's pages. */
import type { StaffView } from '../src/call/api';
import type { Board, Doing, HelpWanted, Minute, PersonNow, Role, ShiftAnswer, ShiftRequest } from '../src/proto';
import { staffView } from './fake';
import { autumn, conflict, own, planned, trained, unplanned } from './rota';

type Answers = Partial<Record<ShiftRequest['ask'], ShiftAnswer | 'never'>>;

/** A Sunday evening, ms since 1970; the same in every picture. */
const NOW = Date.UTC(2026, 10, 22, 20, 30, 20);
const MINUTE = 60_000;

const person = (
  name: string,
  doing: Doing,
  minutes: number,
  role: Role = 'counsellor',
  connected = true,
): PersonNow => ({
  name,
  role,
  doing,
  since: NOW - minutes * MINUTE,
  connected,
  occupancy: name === 'Megan' ? 92 : null,
});

const minutes: readonly Minute[] = Array.from({ length: 60 }, (_, index) => {
  const wave = Math.max(0, Math.round(2.4 * Math.sin(index / 7) + 1.2 * Math.sin(index / 2.3)));
  return {
    at: NOW - (NOW % MINUTE) - (59 - index) * MINUTE,
    waiting: index > 56 ? 3 : wave,
    longest_wait_s: wave * 24,
    on_shift: index < 30 ? 5 : 4,
    answered: index % 4 === 0 ? 1 : 0,
    lost: index === 21 || index === 47 ? 1 : 0,
  };
});

const board: Board = {
  now: NOW,
  waiting: 3,
  oldest: NOW - 95_000,
  people: [
    person('Aled', 'on_call', 14),
    person('Bethan', 'on_call', 3),
    person('Carys', 'available', 2),
    person('Gwen', 'wrap_up', 4),
    person('Idris', 'break', 11),
    person('Megan', 'on_call', 41, 'counsellor', false),
    person('Rhian', 'available', 62, 'clinician'),
    person('Sam', 'debrief', 7),
    person('Tom', 'unavailable', 130, 'supervisor'),
  ],
  lost: 2,
  counted_since: NOW - 9 * 3_600_000,
  overdue: 1,
  minute: minutes[59] as Minute,
  relay: { running: true, legs: 14, calls: 6, dropped: 0 },
};
const watching = (part: Partial<Board>, of = minutes): ShiftAnswer => ({
  answer: 'watching',
  board: { ...board, ...part },
  minutes: [...of],
});
const quiet = minutes
  .slice(-1)
  .map((minute) => ({ ...minute, waiting: 0, longest_wait_s: 0, answered: 0, on_shift: 0 }));

const asks = (name: string, since_s: number, escalated: boolean): HelpWanted => ({
  call: name.padEnd(32, '0'),
  name,
  since_s,
  helper: null,
  escalated,
});
const HOUR = 3_600_000;
const gaps: ShiftAnswer = {
  answer: 'gaps',
  now: NOW,
  gaps: [
    {
      line: 'main',
      title: '',
      from: NOW - (NOW % HOUR) + 5 * HOUR,
      until: NOW - (NOW % HOUR) + 9 * HOUR,
      on: 1,
      needed: 2,
    },
  ],
};
const supervisor = (part: Partial<StaffView>) => staffView({ name: 'Tom', role: 'supervisor', ...part });

export const shiftStates: Readonly<Record<string, StaffView>> = {
  wallboard: supervisor({}),
  'wallboard-quiet': supervisor({}),
  'wallboard-relay-stopped': supervisor({}),
  'wallboard-loading': supervisor({}),
  'wallboard-failed': supervisor({}),
  'wallboard-offline': supervisor({ signalling: 'lost', board }),
  'wallboard-far': supervisor({}),
  'wallboard-help': supervisor({ help: [asks('Sam', 12, false)] }),
  'wallboard-far-help': supervisor({ help: [asks('Sam', 12, false), asks('Priya', 45, true)] }),
  rota: supervisor({}),
  'rota-empty': supervisor({}),
  'rota-clock-change': supervisor({}),
  'rota-overtaken': supervisor({}),
  'rota-loading': supervisor({}),
  'rota-failed': supervisor({}),
  'rota-offline': supervisor({ signalling: 'lost' }),
  'rota-own': staffView({}),
  'rota-own-none': staffView({}),
  'training-soon': staffView({}),
  'training-over': staffView({}),
  'much-with-callers': staffView({ state: { phase: 'available' } }),
  'help-louder': staffView({
    name: 'Rhian',
    role: 'clinician',
    state: { phase: 'paused', why: 'break', since_s: 300 },
    help: [asks('Sam', 45, true)],
  }),
};

const WALLBOARD = '[data-page=wallboard]';
const ROTA = '[data-page=rota]';

const steps: Readonly<Record<string, readonly string[]>> = {
  wallboard: [WALLBOARD],
  'wallboard-quiet': [WALLBOARD],
  'wallboard-relay-stopped': [WALLBOARD],
  'wallboard-loading': [WALLBOARD],
  'wallboard-failed': [WALLBOARD],
  'wallboard-offline': [WALLBOARD],
  'wallboard-far': [WALLBOARD, '[data-act=far]'],
  'wallboard-help': [WALLBOARD],
  rota: [ROTA],
  'rota-empty': [ROTA],
  'rota-clock-change': [ROTA],
  'rota-overtaken': [ROTA, '[data-place="136"]', '[data-act=save]:enabled'],
  'rota-loading': [ROTA],
  'rota-failed': [ROTA],
  'rota-offline': [ROTA],
  'rota-own': [ROTA],
  'rota-own-none': [ROTA],
  'wallboard-far-help': [WALLBOARD, '[data-act=far]'],
};

export const shiftPressed: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(steps).map(([story, all]) => [story, all.join(', ')]),
);

/** What the service answers in that story. */
export function shiftAnswers(story: string): Answers {
  switch (story) {
    case 'wallboard-quiet': {
      const [minute = board.minute] = quiet;
      const people = board.people.filter(({ role }) => role === 'supervisor');
      const none = { waiting: 0, oldest: null, lost: 0, counted_since: NOW - 20_000, relay: null, people, minute };
      return { watch: watching(none, quiet) };
    }
    case 'wallboard-relay-stopped':
      return { watch: watching({ relay: { running: false, legs: 0, calls: 0, dropped: 1_204 }, overdue: 2 }) };
    case 'wallboard-loading':
      return { watch: 'never' };
    case 'wallboard-failed':
      return {};
    case 'rota-empty':
      return { rota: unplanned, training: { answer: 'training', people: [] } };
    case 'rota-clock-change':
      return { rota: autumn, training: trained };
    case 'rota-overtaken':
      return { rota: planned, set_rota: conflict, training: trained };
    case 'rota-loading':
      return { rota: 'never' };
    case 'rota-failed':
      return {};
    case 'rota-own':
      return { rota: own(true) };
    case 'rota-own-none':
      return { rota: own(false) };
    case 'training-soon':
      return { mine: { answer: 'mine', training: { until: '2026-12-03', days_left: 11 }, occupancy: 61 } };
    case 'training-over':
      return { mine: { answer: 'mine', training: { until: '2026-11-20', days_left: -2 }, occupancy: null } };
    case 'much-with-callers':
      return { mine: { answer: 'mine', training: null, occupancy: 91 } };
    default:
      return {
        watch: watching({}),
        gaps,
        rota: planned,
        set_rota: planned,
        training: trained,
        set_training: { answer: 'done' },
      };
  }
}
