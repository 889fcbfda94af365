/** Weeks of the rota for the stories. */
import type { Planned, RotaHour, RotaSpan, RotaView, ShiftAnswer } from '../src/proto';

const HOUR = 3_600_000;
const id = (digit: string): string => digit.repeat(32);

/** The hours of a week by the clock of the United Kingdom, as the service counts them. */
function hoursOf(monday: string): RotaHour[] {
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/London',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  const shown = (at: number): { day: string; hour: number } => {
    const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, value]));
    return { day: `${part.year}-${part.month}-${part.day}`, hour: Number(part.hour) };
  };
  const hours: RotaHour[] = [];
  let at = Date.parse(`${monday}T00:00:00Z`) - HOUR;
  while (shown(at).day < monday) at += HOUR;
  const end = new Date(Date.parse(`${monday}T12:00:00Z`) + 7 * 24 * HOUR).toISOString().slice(0, 10);
  for (; shown(at).day < end; at += HOUR) {
    const { day, hour } = shown(at);
    hours.push({ at, day, hour, again: hours.at(-1)?.day === day && hours.at(-1)?.hour === hour });
  }
  return hours;
}

const shifts = (from: number, length: number, days: readonly number[]): RotaSpan[] =>
  days.map((day) => ({ from: day * 24 + from, until: day * 24 + from + length }));
const person = (digit: string, name: string, on: readonly RotaSpan[], more: Partial<Planned> = {}): Planned => ({
  staff: id(digit),
  name,
  role: 'counsellor',
  on: [...on],
  training_ends: null,
  answers: true,
  ...more,
});

const WEEK = [0, 1, 2, 3, 4, 5, 6];
const hours = hoursOf('2026-11-23');
const people: Planned[] = [
  person('1', 'Aled', shifts(0, 8, WEEK)),
  person('2', 'Bethan', shifts(8, 8, WEEK), { training_ends: hours[5 * 24]?.at ?? null }),
  person('3', 'Carys', shifts(16, 8, [0, 1, 2, 3, 4])),
  person('4', 'Gwen', shifts(9, 8, [0, 1, 2, 3, 4])),
  person('5', 'Rhian', shifts(9, 7, [0, 2, 4]), { role: 'clinician', answers: false }),
];
const rota: RotaView = {
  line: 'main',
  lines: [
    { line: 'main', title: 'Police' },
    { line: 'fire', title: 'Fire and rescue' },
  ],
  week: '2026-11-23',
  next: '2026-11-30',
  hours,
  people,
  needed: hours.map(({ hour }) => (hour >= 9 && hour < 17 ? 2 : 1)),
  at: 12,
  by: 'Tom',
  now: Date.UTC(2026, 10, 22, 20, 30),
};
const nobody = people.map((one) => ({ ...one, on: [] }));

export const planned: ShiftAnswer = { answer: 'rota', rota };
export const unplanned: ShiftAnswer = { answer: 'rota', rota: { ...rota, people: nobody, at: 0, by: null } };
export const conflict: ShiftAnswer = {
  answer: 'rota_overtaken',
  rota: {
    ...rota,
    at: 13,
    by: 'Alex',
    people: people.map((one) =>
      one.name === 'Carys' ? { ...one, on: [...one.on, { from: 5 * 24 + 16, until: 6 * 24 }] } : one,
    ),
  },
};
const changing = hoursOf('2026-10-19');
export const autumn: ShiftAnswer = {
  answer: 'rota',
  rota: {
    ...rota,
    week: '2026-10-19',
    next: '2026-10-26',
    hours: changing,
    needed: changing.map(() => 1),
    people: people.map((one) => ({ ...one, training_ends: null })),
    now: Date.UTC(2026, 9, 18),
  },
};
export const own = (on: boolean): ShiftAnswer => ({
  answer: 'rota',
  rota: {
    ...rota,
    people: [person('6', 'Sam', on ? [...shifts(8, 8, [0, 1]), ...shifts(22, 8, [3])] : [])],
    needed: [],
    by: null,
  },
});
export const trained: ShiftAnswer = {
  answer: 'training',
  people: [
    { staff: id('1'), name: 'Aled', role: 'counsellor', until: '2027-08-31', days_left: 282 },
    { staff: id('2'), name: 'Bethan', role: 'counsellor', until: '2026-11-27', days_left: 5 },
    { staff: id('3'), name: 'Carys', role: 'counsellor', until: '2026-11-20', days_left: -2 },
    { staff: id('5'), name: 'Rhian', role: 'clinician', until: null, days_left: null },
  ],
};
