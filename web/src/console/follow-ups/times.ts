/** Times of a booking, as a form field holds them: local, to the minute. */

const two = (n: number): string => String(n).padStart(2, '0');

/** "2026-11-24T14:00" of a moment in milliseconds since 1970, where this browser is. */
export function fieldOf(at: number): string {
  const date = new Date(at);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The moment that a field names; undefined where it names none. */
export function momentOf(field: string): number | undefined {
  const at = new Date(field).getTime();
  return Number.isNaN(at) ? undefined : at;
}

/** What is proposed: tomorrow at this hour. */
export function tomorrow(now: number): number {
  const date = new Date(now);
  date.setDate(date.getDate() + 1);
  date.setMinutes(0, 0, 0);
  return date.getTime();
}
