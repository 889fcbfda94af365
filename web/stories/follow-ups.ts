/** Promised talks without a server, and the stories that show them. */
import type { StaffDesk } from '../src/call/api';
import { RequestFailed } from '../src/call/connection';
import type { FollowUpAnswer, FollowUpRequest, FollowUpStanding, FollowUpView } from '../src/proto';

export const CODE = 'acorn meadow piano river willow';
const HOUR = 3_600_000;
/** A Tuesday in November. */
export const NOON = Date.UTC(2026, 10, 24, 12);

const followUp = (digit: string, standing: FollowUpStanding, hours: number, by = 'Sam'): FollowUpView => ({
  follow_up: digit.repeat(32),
  standing,
  at_ms: NOON + hours * HOUR,
  booked_ms: NOON - 30 * HOUR,
  gone_ms: NOON + (14 * 24 + hours) * HOUR,
  by,
  mine: by === 'Sam',
  came: false,
});

export const LIST: readonly FollowUpView[] = [
  { ...followUp('1', 'overdue', -3), contact: { readable: true, devices: ['2'.repeat(32)] } },
  followUp('2', 'due', 0, 'Priya'),
  { ...followUp('3', 'planned', 20), contact: { readable: false, devices: ['3'.repeat(32)] } },
  followUp('4', 'not_reached', -20),
  { ...followUp('5', 'done', -26), came: true },
];

/** What a clinician's console reads, and for whom a counsellor's seals. */
export const fakeContacts = (asked: string[]): StaffDesk['contacts'] => ({
  readers: async () => ['Rhian', 'Tom'],
  book: async (_call, at_ms, { reach }) => {
    asked.push(`book-with-contact ${reach}`);
    return { answer: 'booked', follow_up: '9'.repeat(32), code: CODE, at_ms };
  },
  offer: async () => undefined,
  read: async () => ({
    contact: { name: 'Alex', reach: '07700 900123', when: 'After six; no voicemail' },
    by: 'Sam',
    shared: 1,
  }),
});

type Behaviour = 'answers' | 'never-answers' | 'fails';

export class FakeFollowUps {
  list: readonly FollowUpView[] = LIST;
  behaves: Behaviour = 'answers';

  constructor(private readonly asked: string[]) {}

  async ask(ask: FollowUpRequest): Promise<FollowUpAnswer> {
    if (this.behaves === 'never-answers') return new Promise(() => undefined);
    if (this.behaves === 'fails') throw new RequestFailed('internal', 'story');
    if (ask.ask === 'list') return { answer: 'list', follow_ups: [...this.list] };
    this.asked.push(`follow-ups ${ask.ask}`);
    switch (ask.ask) {
      case 'book':
        return { answer: 'booked', follow_up: '9'.repeat(32), code: CODE, at_ms: ask.at_ms };
      case 'settle':
        this.list = this.list.map((one) =>
          one.follow_up === ask.follow_up
            ? { ...one, standing: ask.outcome === 'open' ? 'overdue' : ask.outcome }
            : one,
        );
        return { answer: 'done' };
      case 'remove':
        this.list = this.list.filter((one) => one.follow_up !== ask.follow_up);
        return { answer: 'done' };
      default:
        return { answer: 'done' };
    }
  }
}

/** The page of the list, by what the service does. */
export const lists: Readonly<Record<string, { list?: readonly FollowUpView[]; behaves?: Behaviour }>> = {
  'follow-ups': {},
  'follow-ups-clinician': {},
  'follow-ups-none': { list: [] },
  'follow-ups-loading': { behaves: 'never-answers' },
  'follow-ups-failed': { behaves: 'fails' },
  'follow-ups-offline': {},
};
