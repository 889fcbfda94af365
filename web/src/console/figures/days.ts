/** Days as the figures name them, YYYY-MM-DD, by the wall clock of the United Kingdom. */

const UK = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

const DAY_MS = 86_400_000;

export interface Days {
  readonly from: string;
  readonly to: string;
}

export interface Month {
  readonly year: number;
  readonly month: number;
}

export function ukDay(now: number): string {
  const part = (type: string): string => UK.formatToParts(now).find((known) => known.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** That many days later, or earlier. */
export function shifted(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days there are from the first to the last. */
export function howMany({ from, to }: Days): number {
  return Math.round((Date.parse(`${to}T12:00:00Z`) - Date.parse(`${from}T12:00:00Z`)) / DAY_MS) + 1;
}

export function isRange(days: Days): boolean {
  const many = howMany(days);
  return many >= 1 && many <= 400;
}

/** The last months that are released by now, the latest first. */
export function releasedMonths(now: number, many: number): Month[] {
  const [year = 1970, month = 1] = shifted(ukDay(now), -1).split('-').map(Number);
  return Array.from({ length: many }, (_, back) => {
    const index = year * 12 + (month - 1) - 1 - back;
    return { year: Math.floor(index / 12), month: (index % 12) + 1 };
  });
}

export function presets(now: number): Readonly<Record<'today' | 'week' | 'month' | 'lastMonth', Days>> {
  const today = ukDay(now);
  const first = `${today.slice(0, 8)}01`;
  const before = shifted(first, -1);
  return {
    today: { from: today, to: today },
    week: { from: shifted(today, -6), to: today },
    month: { from: first, to: today },
    lastMonth: { from: `${before.slice(0, 8)}01`, to: before },
  };
}
