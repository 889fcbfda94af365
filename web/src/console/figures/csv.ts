/** Figures as CSV (RFC 4180), made in the page. */
import type { Coded, FiguresAnswer, FollowUpFigures, Heard, LineFigures, Released, TriageTotals } from '../../proto';
import { words } from '../../words/console';
import { shifted } from './days';

type Report = Extract<FiguresAnswer, { answer: 'report' }>;
type Release = Extract<FiguresAnswer, { answer: 'release' }>['release'];
type Cell = string | number | null;

/** A spreadsheet takes what begins so for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function quoted(cell: Cell): string {
  if (typeof cell === 'number') return String(cell);
  const text = cell === null ? '' : FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csv(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

const FIELDS: readonly Exclude<keyof LineFigures, 'heard'>[] = [
  'offered',
  'answered',
  'abandoned',
  'unserved',
  'in_20_s',
  'median_s',
  'centile_90_s',
  'centile_95_s',
  'longest_wait_s',
  'waited_s',
  'calls',
  'call_s',
  'wrap_up_s',
  'reconnected',
];
const STAFF = ['on_call_s', 'wrap_up_s', 'available_s', 'paused_s', 'occupancy_per_cent'] as const;
const HEARD: readonly (keyof Heard)[] = ['good_s', 'gaps_here_s', 'gaps_there_s', 'gaps_both_s', 'late_s'];
const FOLLOW_UPS: readonly (keyof FollowUpFigures)[] = ['due', 'done', 'not_reached', 'overdue'];
const RELEASED: readonly (keyof Released)[] = ['offered', 'answered', 'abandoned', 'unserved'];

export function reportCsv({ report, triage }: Report, line: string | null): string {
  const row = (by: string, of: string, figures: LineFigures): Cell[] => [
    by,
    of,
    ...FIELDS.map((field) => figures[field]),
    ...HEARD.map((field) => figures.heard[field]),
  ];
  const text = words.desk.figures;
  const hour = (_: unknown, number: number): string => text.hour(number);
  return csv([
    ['from', report.from, 'to', report.to, 'line', line ?? 'all'],
    ['by', 'of', ...FIELDS, ...HEARD],
    row('total', '', report.total),
    ...report.days.map((figures, at) => row('day', shifted(report.from, at), figures)),
    ...report.hours.map((figures, at) => row('hour', text.hour(at), figures)),
    ...report.weekdays.map((figures, at) => row('weekday', text.weekdays[at] ?? '', figures)),
    ...report.by_line.map(({ line: name, figures }) => row('line', name, figures)),
    ['callers by weekday and hour', '', ...Array.from({ length: 24 }, hour)],
    ...report.offered.map((hours, at) => ['weekday', text.weekdays[at] ?? '', ...hours]),
    ['time of those who answer', '', ...STAFF],
    ['total', '', ...STAFF.map((field) => report.staff[field])],
    ...report.staff_hours.map((time, at) => ['hour', text.hour(at), ...STAFF.map((field) => time[field])]),
    ...said(report.codes),
    ['promised talks', '', ...FOLLOW_UPS],
    promised('total', '', report.follow_ups),
    ...report.follow_up_days.map((figures, at) => promised('day', shifted(report.from, at), figures)),
    ...report.follow_up_hours.map((figures, at) => promised('hour', text.hour(at), figures)),
    ...report.follow_up_weekdays.map((figures, at) => promised('weekday', text.weekdays[at] ?? '', figures)),
    ...freed(triage),
  ]);
}

function promised(by: string, of: string, figures: FollowUpFigures): Cell[] {
  return [by, of, ...FOLLOW_UPS.map((field) => figures[field])];
}

/** What triage came to. */
function freed(triage: TriageTotals): Cell[][] {
  return [
    ['triage', '', 'cards', 'minutes_freed'],
    ...triage.outcomes.map(({ name, cards, minutes }) => ['outcome', name, cards, minutes]),
    ['never closed', '', triage.unclosed, 0],
  ];
}

export function releaseCsv(release: Release): string {
  const text = words.desk.figures;
  const row = (by: string, of: string, counts: Released): Cell[] => [
    by,
    of,
    ...RELEASED.map((field) => counts[field] ?? text.hidden),
  ];
  return csv([
    ['month', `${release.year}-${String(release.month).padStart(2, '0')}`],
    ['by', 'of', ...RELEASED],
    row('total', '', release.total),
    ...release.hours.map((counts, at) => row('hour', text.hour(at), counts)),
    ...release.weekdays.map((counts, at) => row('weekday', text.weekdays[at] ?? '', counts)),
    ...release.lines.map(({ line, counts }) => row('line', line, counts)),
    ['median_s', release.median_s ?? text.hidden],
    ['centile_90_s', release.centile_90_s ?? text.hidden],
    ['centile_95_s', release.centile_95_s ?? text.hidden],
    ['in_20_s_per_cent', release.in_20_s_per_cent ?? text.hidden],
    ['mean_call_min', release.mean_call_min ?? text.hidden],
    ['occupancy_per_cent', release.occupancy_per_cent ?? text.hidden],
    ...said(release.codes),
  ]);
}

/** What counsellors said of calls. */
function said(codes: readonly Coded[]): Cell[][] {
  const { hidden, codes: text } = words.desk.figures;
  return codes.flatMap(({ title, answers }) =>
    answers.map(({ answer, count }) => [title, answer || text.none, count ?? hidden]),
  );
}

/** Hands a file to the browser to save. Nothing leaves the page. */
export function save(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob(['\ufeff', content], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
