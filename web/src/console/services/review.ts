/** Whether an entry can still be relied on: by the day on which somebody must have looked at it again. Pure. */
import type { ServiceEntry } from '../../proto';

export type Review =
  /** Nobody has looked whether it holds. */
  { readonly is: 'never' } | { readonly is: 'overdue' | 'soon' | 'good'; readonly day: string };

/** Reviews in so many days are shown as due soon. */
const SOON_DAYS = 30;
const DAY_MS = 86_400_000;
const RANK = { overdue: 0, never: 1, soon: 2, good: 3, retired: 4 } as const;

/** The day in the United Kingdom, as 2027-03-29. */
export function dayOf(now: Date): string {
  // The form of that locale is that of ISO 8601.
  return now.toLocaleDateString('sv-SE', { timeZone: 'Europe/London' });
}

export function reviewOf({ details: { review: day } }: ServiceEntry, now: Date): Review {
  if (day === null) return { is: 'never' };
  if (day < dayOf(now)) return { is: 'overdue', day };
  return { is: day < dayOf(new Date(now.getTime() + SOON_DAYS * DAY_MS)) ? 'soon' : 'good', day };
}

/** Those whose review is due come first, the longest overdue before the others; the retired last. */
export function byReview(entries: readonly ServiceEntry[], now: Date): readonly ServiceEntry[] {
  const rank = (entry: ServiceEntry): number => RANK[entry.retired ? 'retired' : reviewOf(entry, now).is];
  const day = (entry: ServiceEntry): string => entry.details.review ?? '';
  return [...entries].sort(
    (a, b) =>
      rank(a) - rank(b) || day(a).localeCompare(day(b)) || a.details.name.localeCompare(b.details.name, 'en-GB'),
  );
}
