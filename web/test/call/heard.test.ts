import { expect, test } from 'vitest';
import { CallHeard } from '../../src/call/heard';
import type { Call, Heard, StaffState } from '../../src/proto';

const onCall = (id: string): StaffState => ({ phase: 'on_call', call: { id } as Call });
const wrapUp = (call: string, ended_by: 'caller' | null = 'caller'): StaffState => ({
  phase: 'wrap_up',
  call,
  ended_by,
});

function listening(): { told: [string, Heard][]; heard: CallHeard } {
  const told: [string, Heard][] = [];
  return { told, heard: new CallHeard((call, all) => told.push([call, all])) };
}

const nothing: Heard = { good_s: 0, gaps_here_s: 0, gaps_there_s: 0, gaps_both_s: 0, late_s: 0 };

test('what was heard of a call is told once, when it is over', () => {
  const { told, heard } = listening();
  heard.hear('good', 9_000);
  heard.follow(onCall('a'));
  heard.hear('good', 20_400);
  heard.follow(onCall('a'));
  heard.hear('gaps-here', 2_600);
  heard.hear('late', 300);
  expect(told).toEqual([]);
  heard.follow(wrapUp('a'));
  heard.follow(wrapUp('a'));
  heard.hear('good', 9_000);
  expect(told).toEqual([['a', { ...nothing, good_s: 20, gaps_here_s: 3 }]]);
  heard.follow(onCall('b'));
  heard.hear('gaps-both', 4_000);
  heard.follow(wrapUp('b'));
  expect(told[1]).toEqual(['b', { ...nothing, gaps_both_s: 4 }]);
});

test('of a call that goes on, of one that was not heard, and of another one nothing is told', () => {
  const { told, heard } = listening();
  heard.follow(onCall('a'));
  heard.hear('good', 9_000);
  heard.follow(wrapUp('a', null));
  heard.follow(onCall('b'));
  heard.follow(wrapUp('b'));
  heard.follow(onCall('c'));
  heard.hear('good', 9_000);
  heard.follow(wrapUp('d'));
  expect(told).toEqual([]);
});
