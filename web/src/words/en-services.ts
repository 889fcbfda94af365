/** The English words of the directory of services. */
import type { ServiceFlawKind } from '../proto';
import { count, together } from './english';

export const services = {
  title: 'Directory of services',
  documentTitle: 'Directory – Desk',
  loading: 'One moment: the directory is being fetched.',
  failed:
    'The directory is not kept on this computer yet, and the service cannot be reached. It is fetched when it can.',
  empty: 'The directory is empty. An administrator fills it.',
  offline: 'The connection to the service is lost. This is the directory as it was kept on this computer.',
  look: 'Search the directory',
  lookHint: 'A need, a name, a place or a number. Beginnings of words are enough.',
  found: (found: number, shown: number) =>
    found === 0
      ? 'Nothing found. Try fewer or other words.'
      : found > shown
        ? `${found} found, ${shown} shown. Write more to see fewer.`
        : `${count(found, true)} found.`,
  textTo: (number: string) => `text ${number}`,
  onTheWeb: 'on the web',
  forWhom: 'For whom',
  whom: (areas: readonly string[], families: boolean) =>
    `${areas.length === 0 ? 'Everybody' : together(areas)}${families ? ', and families' : ''}`,
  fields: {
    name: 'Name',
    purpose: 'What it is for',
    areas: 'Forces or regions',
    families: 'For families as well',
    phone: 'Telephone',
    text: 'Text message',
    web: 'Web address',
    hours: 'Open',
    languages: 'Languages',
    cost: 'Cost',
    referral: 'How one comes to it',
    tags: 'Words to find it by',
    owner: 'Who keeps this entry true',
    review: 'Review by',
  },
  hints: {
    name: '',
    purpose: 'One or two sentences. Callers may see it.',
    areas: 'With ; between them. Empty: for everybody.',
    phone: 'Digits and spaces.',
    text: 'Digits and spaces.',
    web: 'Begins with https://',
    hours: 'In words, for example “Every day, 5pm to midnight”.',
    languages: 'With ; between them.',
    cost: '',
    referral: 'Oneself, or by whom.',
    tags: 'With ; between them, for example “grief; loss”.',
    owner: 'A team, not a person, where possible.',
    review: 'The day by which somebody has looked whether all this still holds.',
  } satisfies Record<string, string>,
  review: {
    day: (day: string) => new Date(`${day}T12:00:00Z`).toLocaleDateString('en-GB', { dateStyle: 'long' }),
    short: 'check first',
    never: 'To be reviewed: nobody has checked this entry yet. Check it before you give it to a caller.',
    overdue: (day: string) => `Out of date: its review was due on ${day}. Check it before you give it to a caller.`,
    soon: (day: string) => `Its review is due on ${day}.`,
    good: (day: string) => `To be reviewed by ${day}.`,
  },
  flaw: (flaw: ServiceFlawKind): string => {
    switch (flaw.is) {
      case 'missing':
        return 'This is needed.';
      case 'too_long':
        return `At most ${flaw.most} characters.`;
      case 'too_many':
        return `At most ${flaw.most} of them.`;
      case 'unseen':
        return 'It has a character that cannot be seen, or more than one line.';
      case 'no_number':
        return 'Not a number to dial: 3 to 15 digits, spaces, and a + before them.';
      case 'no_address':
        return 'Not a web address: it begins with https:// and the name of a site.';
      case 'no_day':
        return 'Not a day, as 2027-03-29.';
      case 'neither_yes_nor_no':
        return 'Neither yes nor no.';
      case 'out_of_reach':
        return 'A telephone number, a number for texts or a web address is needed.';
      case 'taken':
        return 'Another entry has this name.';
      case 'full':
        return `The directory has ${flaw.most} entries at most, the retired ones among them.`;
      case 'other_length':
        return 'This row has more or fewer cells than the first one.';
      case 'quotes':
        return 'A quoted cell does not end, or goes on after its end.';
      case 'no_column':
        return 'There is no such column.';
      case 'strange_column':
        return 'There is a column that is not known, or one twice.';
      case 'no_rows':
        return 'There is no row with a service.';
    }
  },
  inCall: {
    title: 'Where the caller can turn to',
    lead: 'The card goes end-to-end encrypted onto the caller’s screen. They can put it away; it is gone when the call is over.',
    send: 'Send this card',
    sendAgain: 'Send it again',
    is: {
      sending: 'On its way to the caller.',
      arrived: 'The caller has it on their screen.',
      failed: 'The card did not reach the caller. Read it out, or send it again when they are here.',
    },
  },
  keep: {
    offline: 'The connection to the service is lost. It comes back by itself; until then nothing can be changed.',
    again: 'Try again',
    show: 'Show',
    kinds: { all: 'All', due: 'Review due', offered: 'Offered', retired: 'Retired' },
    add: 'Add a service',
    empty: 'There is no service yet. Add one, or take in a table.',
    noneShown: 'No service is like that.',
    isRetired: '(retired)',
    ownedBy: (owner: string) => `Kept true by ${owner}`,
    edit: 'Change',
    retire: 'Retire',
    bringBack: 'Offer again',
    kept: (name: string) => `${name} is kept. Every desk has it within half a minute.`,
    retired: (name: string, retired: boolean) => (retired ? `${name} is retired.` : `${name} is offered again.`),
    staleList: 'Somebody else has changed this entry meanwhile. This is how it is now.',
    addTitle: 'A new service',
    editTitle: (name: string) => `Change ${name}`,
    save: 'Save',
    saveOver: 'Save what is in the form',
    back: 'Go back',
    stale: 'Somebody else changed this entry while you wrote. This is what they saved:',
    staleHint: 'What you wrote is still in the form. Save it over theirs, or begin again from theirs.',
    useTheirs: 'Begin again from theirs',
  },
  tables: {
    title: 'As a table',
    lead: 'A spreadsheet opens it. Rows are taken in by their name: a new name is a new service.',
    save: 'Save the table',
    take: 'Take a table in (CSV)',
    tooLarge: 'This file is too large to be taken in at once. Divide it.',
    row: (row: number) => `Row ${row}`,
    flawed: (flaws: number) =>
      flaws === 1 ? 'Nothing was taken in: one thing is wrong.' : `Nothing was taken in: ${flaws} things are wrong.`,
    would: (added: number, changed: number, unchanged: number) =>
      `This adds ${count(added)}, changes ${count(changed)}, and leaves ${count(unchanged)} as they are.`,
    nothing: 'Everything in it is here already.',
    doTake: 'Take it in',
    not: 'Leave it',
    taken: (added: number, changed: number) => `Taken in: ${count(added)} added, ${count(changed)} changed.`,
  },
};
