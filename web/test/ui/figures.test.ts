import { describe, expect, it } from 'vitest';
import { places } from '../../src/console/figures/Chart';
import { releaseCsv, reportCsv } from '../../src/console/figures/csv';
import { howMany, isRange, presets, releasedMonths, shifted, ukDay } from '../../src/console/figures/days';
import { release, report } from '../../stories/figures-answers';

describe('days', () => {
  it('are those of the United Kingdom, also when the clock has changed', () => {
    expect(ukDay(Date.UTC(2026, 5, 30, 23, 30))).toBe('2026-07-01');
    expect(ukDay(Date.UTC(2026, 11, 31, 23, 30))).toBe('2026-12-31');
    expect(ukDay(Date.UTC(2026, 9, 25, 0, 30))).toBe('2026-10-25');
    expect(shifted('2026-10-25', 1)).toBe('2026-10-26');
    expect(shifted('2026-03-29', -1)).toBe('2026-03-28');
    expect(howMany({ from: '2026-10-01', to: '2026-10-31' })).toBe(31);
  });

  it('are chosen by what one mostly wants', () => {
    const known = presets(Date.UTC(2026, 2, 31, 23, 30));
    expect(known.today).toEqual({ from: '2026-04-01', to: '2026-04-01' });
    expect(known.week).toEqual({ from: '2026-03-26', to: '2026-04-01' });
    expect(known.lastMonth).toEqual({ from: '2026-03-01', to: '2026-03-31' });
  });

  it('are one to four hundred', () => {
    expect(isRange({ from: '2026-01-02', to: '2026-01-01' })).toBe(false);
    expect(isRange({ from: '2026-01-01', to: '2027-02-04' })).toBe(true);
    expect(isRange({ from: '2026-01-01', to: '2027-02-05' })).toBe(false);
    expect(isRange({ from: '', to: '2027-02-05' })).toBe(false);
  });

  it('of a month are released on the second day after it', () => {
    expect(releasedMonths(Date.UTC(2026, 10, 1, 12), 1)).toEqual([{ year: 2026, month: 9 }]);
    expect(releasedMonths(Date.UTC(2026, 10, 2, 12), 1)).toEqual([{ year: 2026, month: 10 }]);
    expect(releasedMonths(Date.UTC(2027, 0, 5, 12), 2)).toEqual([
      { year: 2026, month: 12 },
      { year: 2026, month: 11 },
    ]);
  });
});

describe('the file', () => {
  it('has every figure once, and no formula', () => {
    const answer = report(
      '2026-10-01',
      '2026-10-02',
      Array.from({ length: 24 }, () => 3),
    );
    if (answer.answer !== 'report') throw new Error('no report');
    const [first] = answer.report.by_line;
    const shown = { ...answer.report, by_line: first ? [{ ...first, line: '-1' }] : [] };
    const lines = reportCsv({ ...answer, report: shown }, 'police').split('\r\n');
    expect(lines[0]).toBe('from,2026-10-01,to,2026-10-02,line,police');
    expect(lines.filter((line) => line.startsWith('hour,'))).toHaveLength(72);
    expect(lines.filter((line) => line.startsWith('day,'))).toHaveLength(4);
    expect(lines.find((line) => line.startsWith('line,'))).toMatch(/^line,'-1,/);
    expect(lines[1]).toMatch(/,reconnected,good_s,gaps_here_s,gaps_there_s,gaps_both_s,late_s$/);
    expect(lines[2]).toMatch(/^total,,72,.*,114570,4154,2680,268,737$/);
    expect(lines.at(-1)).toBe('');
    const after = lines.slice(lines.indexOf('promised talks,,due,done,not_reached,overdue'));
    expect(after[1]).toBe('total,,12,10,2,0');
    expect(after.find((line) => line.startsWith('hour,'))).toBe('hour,00:00,0,0,0,0');
    expect(after).toContain('triage,,cards,minutes_freed');
    expect(after).toContain('outcome,"Handed over, no officer needed",17,1530');
    expect(after).toContain('never closed,,1,0');
  });

  it('says hidden where something is', () => {
    const answer = release(
      2026,
      10,
      Array.from({ length: 24 }, (_, hour) => hour * 10),
    );
    if (answer.answer !== 'release') throw new Error('no release');
    expect(releaseCsv(answer.release)).toContain('hour,00:00,hidden,hidden,hidden,hidden\r\n');
    expect(releaseCsv(answer.release)).toContain('hour,23:00,230,202,28,hidden\r\n');
  });
});

describe('the chart', () => {
  it('names as many places as there is room for', () => {
    expect(places(24, 2000)).toHaveLength(24);
    expect(places(24, 320)).toEqual([0, 5, 10, 15, 20]);
    expect(places(1, 10)).toEqual([0]);
  });
});
