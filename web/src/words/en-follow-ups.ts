/** The English words of promised talks, as the console says them. */
import { count, when } from './english';

export const followUps = {
  title: 'Follow-ups',
  documentTitle: 'Follow-ups – Desk',
  lead: 'Talks that were promised. What is overdue or due comes first.',
  loading: 'One moment.',
  none: 'No talk is promised at the moment.',
  offline: 'The connection to the service is lost. It comes back by itself; the list is as it was.',
  problems: {
    lost: 'The service could not be reached. Nothing may have been changed: look again.',
    gone: 'This one is kept no longer, or was deleted.',
    notNow: 'This time cannot be booked. Choose one that is still to come, within the next weeks.',
    notHere: 'This cannot be booked any more: the caller’s page is closed, or they left by the quick exit.',
    enough: 'Enough was booked in this call.',
    busy: 'The service is busy with codes just now. Try again in a moment.',
    internal: 'The service could not do this. Nothing was changed.',
    nobody:
      'No clinician’s device can be sealed for yet: a clinician must have opened the desk once. Book it without the contact detail.',
    notProven:
      'This contact detail is not what a colleague sealed. Do not use it, and tell the person who runs the shift.',
    noCredential: 'This device waits for its credential.',
  },
  again: 'Look again',
  book: {
    title: 'Promise another talk',
    lead: 'The caller gets words and a time on their screen. Nothing is kept of them but a time.',
    at: 'When',
    submit: 'Book it',
    booked: (at: number) => `Booked for ${when(at)}.`,
    words: 'The caller’s screen shows these words. You can read them out; nobody can show them again.',
    another: 'Book another time',
  },
  contact: {
    offer: 'The caller wants to be called back',
    consent:
      'Only where the caller has asked for it. It is sealed here; the service cannot read it, and each reading is written down.',
    fields: {
      name: 'First name, if they want to give one',
      reach: 'How to reach them',
      when: 'When, and what to mind (no voicemail, for instance)',
    },
    looking: 'Looking who could read it.',
    nobody: 'No clinician’s device can be sealed for yet.',
    readers: (names: readonly string[]) => `Can be read by: ${names.join(', ')}.`,
    kept: 'A contact detail is kept for the clinicians.',
    elsewhere:
      'A contact detail is kept. It was sealed before this device was known: once a colleague opens it, you can.',
    show: 'Show how they are reached',
    hide: 'Put it away',
    taken: (name: string) => `Taken down by ${name}. That you have read it is written down.`,
    shared: (devices: number) =>
      `It can now be read at ${count(devices)} more ${devices === 1 ? 'device' : 'devices'}.`,
  },
  standing: {
    overdue: 'Overdue',
    due: 'Due now',
    planned: 'Planned',
    not_reached: 'Could not reach',
    done: 'Done',
  },
  when,
  by: (name: string, mine: boolean) => (mine ? 'Promised by you' : `Promised by ${name || 'a colleague who has left'}`),
  came: 'The caller came back and was answered.',
  waits: 'The caller comes back with their code.',
  gone: (at: number) => `Kept until ${when(at)}.`,
  acts: {
    done: 'Done',
    not_reached: 'Could not reach',
    open: 'Still to be seen to',
    remove: 'Delete',
  },
  of: (what: string, at: number) => `${what}: ${when(at)}`,
  removeAsk: 'Delete this follow-up?',
  removeHint: 'The code no longer works. Do this when the caller has asked for it.',
  removeYes: 'Delete it',
  removeNo: 'Keep it',
};
