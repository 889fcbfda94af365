/** The states of the page of figures, by name. */
import type { StaffView } from '../src/call/api';
import { staffView } from './fake';

const supervisor = staffView({ state: { phase: 'unavailable' }, name: 'Tom', role: 'supervisor' });
const commissioner = staffView({ state: undefined, queue: undefined, name: 'Kit', role: 'commissioner' });

const fields = [
  { title: 'Main concern', answers: ['Suicidal thoughts', 'Self-harm', 'Trauma', 'Grief', 'Work', 'Something else'] },
  { title: 'Risk at the start', answers: ['None seen', 'Low', 'Medium', 'High'] },
  { title: 'Risk at the end', answers: ['None seen', 'Low', 'Medium', 'High'] },
  { title: 'Outcome', answers: ['Supported', 'Signposted', 'Follow-up agreed', 'Emergency services'] },
  { title: 'Signposted to', answers: ['GP', 'Counselling', 'Bereavement counselling', 'Other'] },
];
const wrapUp = staffView({ state: { phase: 'wrap_up', call: 'c'.repeat(32), ended_by: 'caller', fields } });

export const figuresStories: Readonly<Record<string, StaffView>> = {
  'wrap-up-figures': wrapUp,
  'figures-forecast': supervisor,
  'figures-forecast-empty': supervisor,
  figures: supervisor,
  'figures-busy': supervisor,
  'figures-empty': supervisor,
  'figures-loading': supervisor,
  'figures-failed': supervisor,
  'figures-offline': { ...supervisor, signalling: 'lost' },
  'figures-released': commissioner,
  'figures-released-empty': commissioner,
  'figures-released-loading': commissioner,
  'figures-released-failed': commissioner,
};

export const figuresPressed: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(figuresStories)
    .filter(([, view]) => view.role === 'supervisor')
    .map(([name]) => [
      name,
      name.includes('forecast') ? '[data-page=figures] then [data-view=forecast]' : '[data-page=figures]',
    ]),
);
