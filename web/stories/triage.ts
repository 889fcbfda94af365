/** Triage in the stories: what the service answers. */
import type { TriageAnswer, TriageCard, TriageRequest, TriageTotals, TriageTry } from '../src/proto';

const named = (...pairs: readonly (readonly [string, string])[]) => pairs.map(([code, name]) => ({ code, name }));
const CODES = {
  keep_days: 30,
  needs: named(['suicidal', 'Thoughts of suicide'], ['distress', 'Distress or panic'], ['bereavement', 'Bereavement']),
  reasons: named(['open-now', 'It is open now'], ['right-skill', 'It has the right skill']),
  refusals: named(['full', 'No room now'], ['area', 'Not in its area']),
  outcomes: named(['handed-over', 'Handed over, no officer needed'], ['advice', 'Advice was enough']),
};
/** A winter morning, so that it is the same hour everywhere the pictures are made. */
const AT = Date.UTC(2027, 0, 4, 9, 30);
const tried = (agency: string | null, more: Partial<TriageTry> = {}, minute = 1): TriageTry => ({
  agency,
  reason: 'open-now',
  at: AT + minute * 60_000,
  reply: null,
  why: null,
  taken_by: null,
  ...more,
});
const card = (digit: string, need: string, more: Partial<TriageCard> = {}): TriageCard => ({
  card: digit.repeat(32),
  need,
  opened: AT,
  tries: [],
  handed_over: null,
  outcome: null,
  kept_until: AT + 30 * 86_400_000,
  ...more,
});
const refused = tried('Cruse Bereavement Support', { reply: 'refused', why: 'full' });
const CLOSED = card('8', 'bereavement', {
  tries: [tried('Cruse Bereavement Support', { reply: 'accepted' })],
  handed_over: AT + 420_000,
  outcome: 'handed-over',
});

const cards: Readonly<Record<string, readonly TriageCard[]>> = {
  triage: [card('1', 'suicidal', { tries: [refused] }), card('2', 'distress'), CLOSED],
  'triage-empty': [],
  'triage-asked': [card('1', 'distress', { tries: [tried('Samaritans')] })],
  'triage-accepted': [card('1', 'distress', { tries: [tried('Samaritans', { reply: 'accepted' })] })],
  'triage-line': [card('1', 'suicidal', { tries: [refused, tried(null, {}, 3)] })],
  'triage-line-taken': [
    card('1', 'suicidal', { tries: [refused, tried(null, { reply: 'accepted', taken_by: 'Sam' }, 3)] }),
  ],
  'triage-handed-over': [
    card('1', 'suicidal', {
      tries: [tried(null, { reply: 'accepted', taken_by: 'Sam' }, 3)],
      handed_over: AT + 540_000,
    }),
  ],
  'triage-offline': [card('1', 'distress')],
};

const NOTHING: TriageTotals = {
  needs: [],
  outcomes: [],
  accepted: 0,
  refused: 0,
  no_answer: 0,
  not_come: 0,
  handed_over: 0,
  handover_s: null,
  unclosed: 0,
};
const TOTALS: TriageTotals = {
  ...NOTHING,
  needs: [
    { name: 'Thoughts of suicide', cards: 12 },
    { name: 'Distress or panic', cards: 19 },
  ],
  outcomes: [
    {
      name: 'Handed over, no officer needed',
      cards: 20,
      minutes: 1800,
      minutes_each: 90,
      why: 'Median time of two officers at such an incident, from the command and control system, 2026',
    },
    { name: 'Advice was enough', cards: 10, minutes: 450, minutes_each: 45, why: 'One officer, half an incident' },
  ],
  accepted: 22,
  refused: 9,
  no_answer: 4,
  not_come: 1,
  handed_over: 21,
  handover_s: 754,
  unclosed: 1,
};

export class FakeTriage {
  readonly asked: TriageRequest[] = [];
  private people = [
    { card: '1'.repeat(32), need: 'Thoughts of suicide', since_s: 25, taken_by: null as string | null, mine: false },
  ];

  constructor(private readonly story: string) {
    if (!story.startsWith('expected')) this.people = [];
    if (story === 'expected-taken') this.people = this.people.map((person) => ({ ...person, taken_by: 'Priya' }));
  }

  async answer(ask: TriageRequest): Promise<TriageAnswer> {
    if (this.story.endsWith('-loading')) return new Promise(() => undefined);
    if (this.story.endsWith('-failed')) throw new Error('story');
    switch (ask.ask) {
      case 'cards':
        return { answer: 'cards', cards: [...(cards[this.story] ?? [])], codes: CODES };
      case 'totals':
        return { answer: 'totals', totals: this.story === 'totals' ? TOTALS : NOTHING };
      case 'expected':
        return { answer: 'expected', people: this.people };
      case 'take':
        this.people = this.people.map((person) => ({ ...person, taken_by: 'Sam', mine: true }));
        break;
      case 'came':
        this.people = [];
        break;
      default:
        this.asked.push(ask);
        return { answer: 'card', card: card('2', 'distress') };
    }
    this.asked.push(ask);
    return { answer: 'expected', people: this.people };
  }
}
