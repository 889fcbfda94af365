/** The week that a page edits: what is drawn, changed, and saved against somebody else's changes. */
import { describe, expect, it } from 'vitest';
import {
  changes,
  counts,
  draftOf,
  gapsOf,
  isSame,
  reached,
  rebased,
  rowsOf,
  saved,
  spansOf,
  untrained,
  withHour,
  withNeeded,
} from '../../src/console/rota/week';
import { withMinute } from '../../src/console/wallboard/board';
import type { RotaView, ShiftAnswer } from '../../src/proto';
import { autumn, conflict, planned } from '../../stories/rota';

const rotaOf = (answer: ShiftAnswer): RotaView => {
  if (answer.answer !== 'rota' && answer.answer !== 'rota_overtaken') throw new Error(answer.answer);
  return answer.rota;
};
const rota = rotaOf(planned);
const [aled, bethan, carys] = ['1', '2', '3'].map((digit) => digit.repeat(32)) as [string, string, string];

describe('a week of the rota', () => {
  it('is saved as it was read', () => {
    const { needed, people } = saved(draftOf(rota));
    expect(needed).toEqual(rota.needed);
    expect(people).toEqual(rota.people.map(({ staff, on }) => ({ staff, on })));
  });

  it('leaves out whoever is not on, and joins hours that touch', () => {
    let draft = draftOf({ ...rota, people: rota.people.map((one) => ({ ...one, on: [] })) });
    for (const place of [3, 5, 4]) draft = withHour(draft, aled, place, true);
    expect(saved(draft).people).toEqual([{ staff: aled, on: [{ from: 3, until: 6 }] }]);
    expect(spansOf([true, false, true])).toEqual([
      { from: 0, until: 1 },
      { from: 2, until: 3 },
    ]);
  });

  it('knows when nothing was changed after all', () => {
    const draft = draftOf(rota);
    const changed = withHour(draft, aled, 108, true);
    expect(isSame(draft, changed)).toBe(false);
    expect(isSame(draft, withHour(changed, aled, 108, false))).toBe(true);
    expect(isSame(draft, withNeeded(draft, 0, 5))).toBe(false);
  });

  it('puts what I changed on top of what somebody else saved, and names what they changed', () => {
    const theirs = rotaOf(conflict);
    const [base, now] = [draftOf(rota), draftOf(theirs)];
    const mine = withNeeded(withHour(base, aled, 108, true), 7, 3);
    const merged = rebased(base, mine, now);
    expect(merged.on.get(aled)?.[108]).toBe(true);
    expect(merged.on.get(carys)?.[5 * 24 + 16]).toBe(true);
    expect(merged.needed[7]).toBe(3);
    expect(changes(theirs, base, now)).toEqual([{ name: 'Carys', added: [{ from: 136, until: 144 }], removed: [] }]);
  });

  it('does not count whoever is planned after the end of their training', () => {
    const draft = draftOf(rota);
    const saturday = 5 * 24 + 8;
    expect(draft.on.get(bethan)?.[saturday]).toBe(true);
    expect(counts(rota, draft)[saturday]).toBe(0);
    expect(untrained(rota, draft)).toEqual(['Bethan']);
  });

  it('names the hours from now on in which too few are on', () => {
    const draft = draftOf(rota);
    const late = { ...rota, now: rota.hours[6 * 24 + 15]?.at ?? 0 };
    expect(gapsOf(late, draft)).toEqual(
      [
        { from: 159, until: 161, on: 0, needed: 2 },
        { from: 161, until: 168, on: 0, needed: 1 },
      ].map((gap) => ({ ...gap })),
    );
  });

  it('has a row for the hour that comes twice and a hole where a day has it once', () => {
    const rows = rowsOf(rotaOf(autumn).hours);
    expect(rows).toHaveLength(25);
    const again = rows.find((row) => row.again);
    expect(again?.hour).toBe(1);
    expect(again?.places.filter((place) => place !== undefined)).toEqual([6 * 24 + 2]);
    // Down from 01:00 on Saturday goes over the hole, and from 01:00 on Sunday into the second one.
    expect(reached(rows, 5 * 24 + 1, 1, 0)).toBe(5 * 24 + 2);
    expect(reached(rows, 6 * 24 + 1, 1, 0)).toBe(6 * 24 + 2);
    expect(reached(rows, 0, -1, 0)).toBe(0);
  });
});

describe('the last hour on the wallboard', () => {
  it('takes the present minute in place of what it was, and keeps sixty', () => {
    const minute = (at: number, waiting: number) => ({
      at,
      waiting,
      longest_wait_s: 0,
      on_shift: 1,
      answered: 0,
      lost: 0,
    });
    const hour = Array.from({ length: 60 }, (_, at) => minute(at, 1));
    expect(
      withMinute(hour, minute(59, 4))
        .map(({ waiting }) => waiting)
        .at(-1),
    ).toBe(4);
    const next = withMinute(hour, minute(60, 2));
    expect([next.length, next[0]?.at, next.at(-1)?.at]).toEqual([60, 1, 60]);
  });
});
