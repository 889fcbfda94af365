/** The states in which the directory of services is seen. */
import type { StaffView } from '../src/call/api';
import { staffView } from './fake';

const keeper = staffView({ state: undefined, queue: undefined, name: 'Alex', role: 'administrator' });
const reader = staffView({});
export const serviceStates: Readonly<Record<string, StaffView>> = {
  directory: reader,
  'directory-loading': reader,
  'directory-failed': reader,
  'directory-empty': reader,
  'directory-offline': staffView({ signalling: 'lost' }),
  'directory-coordinator': staffView({ state: undefined, queue: undefined, name: 'Nia', role: 'coordinator' }),
  keep: keeper,
  'keep-loading': keeper,
  'keep-failed': keeper,
  'keep-empty': keeper,
  'keep-offline': { ...keeper, signalling: 'lost' },
  'keep-edit': keeper,
};

/** What is pressed in each, in order. */
export const servicePresses: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.keys(serviceStates).map((name) => [name, '[data-page=directory]'])),
  directory: '[data-page=directory], [data-service=Samaritans] .service-row',
  'call-directory': '.services-in-call summary, [data-service=CALM] .service-row, [data-act=send-card]',
  'keep-edit': '[data-page=directory], [data-service=CALM] [data-act=edit]',
};
