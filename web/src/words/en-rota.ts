/** The English words of the rota, of training, and of what concerns oneself in a shift. */
import { count, together } from './english';

const day = (of: string, options: Intl.DateTimeFormatOptions): string =>
  new Date(`${of}T12:00:00Z`).toLocaleDateString('en-GB', { timeZone: 'UTC', ...options });
const two = (n: number): string => String(n).padStart(2, '0');

export const rota = {
  title: 'Rota',
  documentTitle: 'Rota – Desk',
  loading: 'The rota is being fetched.',
  failed: {
    title: 'The rota could not be fetched',
    lead: 'Nothing in it was changed. Try again; if it stays so, tell whoever runs the service.',
    again: 'Try again',
  },
  offline: 'The connection to the service is lost. It comes back by itself; until then nothing can be saved.',
  line: 'Line',
  mainLine: 'The line',
  week: (monday: string) => `Week of ${day(monday, { day: 'numeric', month: 'long', year: 'numeric' })}`,
  before: 'The week before',
  after: 'The week after',
  present: 'This week',
  longer: 'The clock goes back in this week: one day has 25 hours.',
  shorter: 'The clock goes forward in this week: one day has 23 hours.',
  day: (of: string) => day(of, { weekday: 'long', day: 'numeric', month: 'long' }),
  dayShort: (of: string) => day(of, { weekday: 'short' }),
  dayNumber: (of: string) => day(of, { day: 'numeric' }),
  hour: (hour: number, again: boolean) => (again ? `${two(hour)} again` : two(hour)),
  span: (from: string, until: string) => `${from} to ${until}`,
  clock: (hour: number, again: boolean) => `${two(hour)}:00${again ? ' (the second)' : ''}`,
  grid: (who: string) => `Hours of the week: ${who}`,
  hint: 'Drag over hours to change them. With the keyboard: arrow keys move, the space bar changes an hour, Shift with an arrow carries the change on.',
  choose: 'What to change',
  needed: 'How many are needed',
  neededNumber: 'Needed in each hour you choose',
  person: (name: string, hours: number) => `${name}, ${hours}\u00a0h`,
  elsewhere: (name: string) => `${name} (does not answer this line)`,
  cell: (when: string, on: boolean | undefined, have: number, want: number) =>
    `${when}: ${on === undefined ? '' : on ? 'on, ' : 'not on, '}${have} of ${want} needed${have < want ? ', too few' : ''}`,
  gaps: {
    title: 'Too few',
    none: 'From now on enough are on in every hour of this week.',
    some: (hours: number) => `${count(hours, true)} ${hours === 1 ? 'hour' : 'hours'} from now on with too few.`,
    one: (when: string, on: number, needed: number) => `${when}: ${on} of ${needed}`,
    more: (spans: number) => `and ${count(spans)} more`,
  },
  untrained: (name: string) => `${name} is on in hours after the end of their training. These do not count.`,
  unsaved: 'Not saved yet.',
  saved: 'Saved.',
  by: (name: string) => `Saved last by ${name}.`,
  save: 'Save this week',
  undo: 'Put back',
  saving: 'It is being saved.',
  notSaved: 'This could not be saved. Your changes are still here: try again.',
  overtaken: {
    title: (name: string | null) => `${name ?? 'Somebody else'} has saved this week meanwhile`,
    lead: 'Nothing is lost: what they changed is in the grid now, with your own changes on top. Look at it, then save.',
    added: (name: string, when: readonly string[]) => `${name} is on now: ${together(when)}`,
    removed: (name: string, when: readonly string[]) => `${name} is not on any more: ${together(when)}`,
    needed: (hours: number) => `The number needed was changed in ${count(hours)} ${hours === 1 ? 'hour' : 'hours'}.`,
    nothing: 'They saved it without a change.',
    seen: 'I have seen it',
  },
  copy: {
    submit: 'Copy to the week after',
    first: 'Save this week before it is copied.',
    ask: 'The week after has a plan already. Replace it?',
    hint: 'Hours are copied as the clock shows them. What is planned there now is gone.',
    yes: 'Replace it',
    no: 'Go back',
    done: 'Copied: this is the week after.',
    failed: 'It could not be copied. The week after is as it was.',
  },
  nobody: 'Nobody who takes part in calls has an account yet.',
  own: {
    lead: 'The hours in which you are on. A supervisor changes them.',
    none: 'You are not on the rota in this week.',
    total: (hours: number) => `${hours}\u00a0hours in this week.`,
  },
};

export const training = {
  title: 'Training',
  lead: 'After the last day somebody is not made available any more. Calls in progress are never ended by it.',
  loading: 'Being fetched.',
  failed: 'This could not be fetched or saved. Nothing was changed.',
  again: 'Try again',
  nobody: 'Nobody who takes part in calls has an account yet.',
  until: (name: string) => `${name}: last day`,
  none: 'no day is set',
  left: (days: number) =>
    days < 0 ? 'has ended' : days === 0 ? 'ends today' : `${count(days)} ${days === 1 ? 'day' : 'days'} left`,
  save: 'Set',
  saved: (name: string) => `Set for ${name}.`,
};

export const mine = {
  training: {
    soon: (until: string, days: number) =>
      `Your training is valid until ${day(until, { day: 'numeric', month: 'long', year: 'numeric' })}: ${
        days === 0 ? 'that is today' : days === 1 ? 'one more day' : `${count(days)} more days`
      }. After that you cannot be made available. Ask a supervisor about the next course.`,
    over: (until: string) =>
      `Your training was valid until ${day(until, { day: 'numeric', month: 'long', year: 'numeric' })}, so you cannot be made available. Ask a supervisor: they set the next date. A call that you are in is never ended by this.`,
  },
  occupancy: (percent: number) =>
    `You were with callers, or just after, for ${percent}\u00a0% of the last hours. That is a lot for anybody: a break or a debrief is yours to take, and nobody needs to know why.`,
};
