/** The states in which triage is seen. */
import type { StaffView } from '../src/call/api';
import { staffView } from './fake';

const coordinator = staffView({ state: undefined, queue: undefined, name: 'Nia', role: 'coordinator' });
const supervisor = staffView({ name: 'Tom', role: 'supervisor' });
const cards = [
  'triage',
  'triage-empty',
  'triage-asked',
  'triage-accepted',
  'triage-line',
  'triage-line-taken',
  'triage-handed-over',
  'triage-loading',
  'triage-failed',
];
const totals = ['totals', 'totals-empty', 'totals-loading', 'totals-failed'];
export const triageStates: Readonly<Record<string, StaffView>> = {
  ...Object.fromEntries(cards.map((name) => [name, coordinator])),
  'triage-offline': { ...coordinator, signalling: 'lost' },
  ...Object.fromEntries(totals.map((name) => [name, supervisor])),
  expected: staffView({ state: { phase: 'available' } }),
  'expected-mine': staffView({ state: { phase: 'paused', why: 'follow_up', since_s: 5 } }),
  'expected-taken': staffView({ state: { phase: 'available' } }),
};

/** What is pressed in each, in order. */
export const triagePresses: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...cards, ...totals, 'triage-offline'].map((name) => [name, '[data-page=triage]'])),
  'expected-mine': '[data-act=take]',
};
