/** What is written in a call, for the stories of both pages. */
import { type ConversationView, type Line, noConversation } from '../src/call/text/conversation';
import { RHIAN, SAM } from './fake';

const caller = { role: 'caller' } as const;
const line = (key: string, by: Line['by'], content: Line['content'], more: Partial<Line> = {}): Line => ({
  key,
  by,
  content,
  at: 0,
  state: by === undefined ? 'arrived' : 'came',
  missing: [],
  ...more,
});
const text = (words: string): Line['content'] => ({ kind: 'text', text: words });
const CARD: Line['content'] = {
  kind: 'card',
  card: {
    title: 'Police Care UK',
    what: 'Counselling for officers, staff and their families. It is free, and your force is not told.',
    phone: '0300 012 0030',
    web: 'https://www.policecare.org.uk',
    hours: 'Monday to Friday, 9 to 5',
  },
};
const open: ConversationView = { ...noConversation, open: true };

export const nothingWritten = open;

/** As the caller sees it. */
export const writtenForCaller: ConversationView = {
  ...open,
  lines: [
    line('1', SAM.identity, text('I am here. You need not speak.\nTap an answer if that is easier.')),
    line('2', undefined, { kind: 'tap', tap: 'cannot_talk' }),
    line('3', SAM.identity, text('Are you safe where you are?')),
    line('4', undefined, { kind: 'tap', tap: 'yes' }),
    line('5', SAM.identity, CARD),
    line('6', undefined, text('Thank you'), { state: 'going', missing: [SAM.identity] }),
  ],
};

/** As the counsellor sees it, with a clinician in the call. */
export const writtenForDesk: ConversationView = {
  ...open,
  lines: [
    line('1', undefined, text('I am here. You need not speak.\nTap an answer if that is easier.')),
    line('2', caller, { kind: 'tap', tap: 'cannot_talk' }),
    line('3', RHIAN.identity, text('Take all the time that you need.')),
    line('4', undefined, CARD),
    line('5', caller, text('Somebody is in the next room')),
    line('6', undefined, text('Then we write.'), { state: 'going', missing: [caller, RHIAN.identity] }),
    line('7', undefined, text('Are you safe?'), { state: 'unsent' }),
  ],
};

export const holdingCaller: ConversationView = { ...open, holding: true };
export const holdingUntold: ConversationView = { ...open, holding: true, holdTold: false };
export const onHold: ConversationView = { ...open, heldBy: [SAM.identity] };
export const loadedAgain: ConversationView = { ...open, before: { wrote: true, unsent: 1 } };
export const planAgreed: ConversationView = { ...open, plan: 'telephone' };
