/** A week of the rota as a page edits it: hours by their place, what was changed, and what somebody else has changed meanwhile. */
import type { RotaHour, RotaSpan, RotaView } from '../../proto';

/** Each person's hours, on or not, and how many are needed in each hour. */
export interface Draft {
  readonly on: ReadonlyMap<string, readonly boolean[]>;
  readonly needed: readonly number[];
}

/** A row of the grid: an hour as the clock shows it, with its place in each day's column, where the day has it. */
export interface Row {
  readonly hour: number;
  readonly again: boolean;
  readonly places: readonly (number | undefined)[];
}

export interface Gap {
  readonly from: number;
  readonly until: number;
  readonly on: number;
  readonly needed: number;
}

/** What somebody else changed in one person's hours. */
export interface Change {
  readonly name: string;
  readonly added: readonly RotaSpan[];
  readonly removed: readonly RotaSpan[];
}

export function draftOf(rota: RotaView): Draft {
  const on = rota.people.map(({ staff, on: spans }) => {
    const hours = rota.hours.map((_, place) => spans.some(({ from, until }) => from <= place && place < until));
    return [staff, hours] as const;
  });
  return { on: new Map(on), needed: rota.needed };
}

export function spansOf(hours: readonly boolean[]): RotaSpan[] {
  const spans: RotaSpan[] = [];
  hours.forEach((on, place) => {
    if (!on) return;
    const last = spans.at(-1);
    if (last?.until === place) last.until = place + 1;
    else spans.push({ from: place, until: place + 1 });
  });
  return spans;
}

/** The same draft with one hour of one person set. */
export function withHour(draft: Draft, staff: string, place: number, on: boolean): Draft {
  const hours = draft.on.get(staff) ?? [];
  if (hours[place] === on) return draft;
  return { ...draft, on: new Map(draft.on).set(staff, hours.with(place, on)) };
}

export function withNeeded(draft: Draft, place: number, needed: number): Draft {
  return draft.needed[place] === needed ? draft : { ...draft, needed: draft.needed.with(place, needed) };
}

export function isSame(one: Draft, other: Draft): boolean {
  return (
    one.needed.every((needed, place) => needed === other.needed[place]) &&
    [...one.on].every(([staff, hours]) => hours.every((on, place) => on === (other.on.get(staff)?.[place] ?? false)))
  );
}

/** The draft as it is saved. */
export function saved(draft: Draft) {
  const people = [...draft.on].map(([staff, hours]) => ({ staff, on: spansOf(hours) }));
  return { needed: [...draft.needed], people: people.filter(({ on }) => on.length > 0) };
}

/** What I changed in `base`, on top of what is there now. */
export function rebased(base: Draft, mine: Draft, now: Draft): Draft {
  const needed = now.needed.map((theirs, place) => {
    const own = mine.needed[place] ?? theirs;
    return own === base.needed[place] ? theirs : own;
  });
  const on = [...now.on].map(([staff, theirs]) => {
    const [own, was] = [mine.on.get(staff), base.on.get(staff)];
    const hours = theirs.map((is, place) => (own && was && own[place] !== was[place] ? (own[place] ?? is) : is));
    return [staff, hours] as const;
  });
  return { needed, on: new Map(on) };
}

/** What somebody else has changed since `base`. */
export function changes(rota: RotaView, base: Draft, now: Draft): readonly Change[] {
  return rota.people
    .map(({ staff, name }) => {
      const [was, is] = [base.on.get(staff) ?? [], now.on.get(staff) ?? []];
      return {
        name,
        added: spansOf(is.map((on, place) => on && !was[place])),
        removed: spansOf(is.map((on, place) => !on && was[place] === true)),
      };
    })
    .filter(({ added, removed }) => added.length + removed.length > 0);
}

/** How many of those whose training lasts are on in each hour. */
export function counts(rota: RotaView, draft: Draft): readonly number[] {
  return rota.hours.map(
    ({ at }, place) =>
      rota.people.filter(
        ({ staff, training_ends }) => draft.on.get(staff)?.[place] && (training_ends === null || at < training_ends),
      ).length,
  );
}

/** Who is planned for hours after the end of their training. */
export function untrained(rota: RotaView, draft: Draft): readonly string[] {
  return rota.people
    .filter(
      ({ staff, training_ends: ends }) =>
        ends !== null && rota.hours.some(({ at }, place) => at >= ends && draft.on.get(staff)?.[place]),
    )
    .map(({ name }) => name);
}

/** Hours from now on in which too few are on; those that follow each other and are alike together. */
export function gapsOf(rota: RotaView, draft: Draft): readonly Gap[] {
  const have = counts(rota, draft);
  const gaps: { from: number; until: number; on: number; needed: number }[] = [];
  rota.hours.forEach(({ at }, place) => {
    const [on, needed] = [have[place] ?? 0, draft.needed[place] ?? 0];
    if (at + 3_600_000 <= rota.now || on >= needed) return;
    const last = gaps.at(-1);
    if (last?.until === place && last.on === on && last.needed === needed) last.until = place + 1;
    else gaps.push({ from: place, until: place + 1, on, needed });
  });
  return gaps;
}

/** The days of the week, Monday first. */
export function daysOf(hours: readonly RotaHour[]): readonly string[] {
  return [...new Set(hours.map(({ day }) => day))];
}

/** The grid by the clock: an hour that a day has not has no place there, and one that it has twice has a row of its own. */
export function rowsOf(hours: readonly RotaHour[]): readonly Row[] {
  const days = daysOf(hours);
  const kinds = new Map<string, { hour: number; again: boolean }>();
  for (const { hour, again } of hours) kinds.set(`${hour} ${again}`, { hour, again });
  const sorted = [...kinds.values()].sort((a, b) => a.hour - b.hour || Number(a.again) - Number(b.again));
  return sorted.map(({ hour, again }) => {
    const places = days.map((day) => {
      const place = hours.findIndex((one) => one.day === day && one.hour === hour && one.again === again);
      return place < 0 ? undefined : place;
    });
    return { hour, again, places };
  });
}

/** The place in the grid that is reached from `place` by so many rows and columns, over holes; the same where there is none. */
export function reached(rows: readonly Row[], place: number, down: number, across: number): number {
  const row = rows.findIndex(({ places }) => places.includes(place));
  const column = rows[row]?.places.indexOf(place) ?? 0;
  for (let step = 1; step <= rows.length; step += 1) {
    const next = rows[row + down * step]?.places[column + across * step];
    if (next !== undefined) return next;
  }
  return place;
}
