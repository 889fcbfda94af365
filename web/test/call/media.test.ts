import { beforeEach, describe, expect, test } from 'vitest';
import type { Link } from '../../src/call/api';
import { Media } from '../../src/call/media';
import { judge, type Sample, unwatched } from '../../src/call/watchdog';
import { FakeClock, settle } from './fakes/clock';
import { FakeLeg, FakeStream } from './fakes/media';

describe('a watchdog', () => {
  const sample = (at: number, rest: Partial<Sample> = {}): Sample => ({
    at,
    packets: 0,
    answers: 0,
    asked: 0,
    broken: false,
    ...rest,
  });
  const run = (samples: Sample[]): boolean[] => {
    let watch = unwatched;
    return samples.map((one) => {
      const judged = judge(watch, one);
      watch = judged.watch;
      return judged.silent;
    });
  };

  test('is content with a leg on which nothing is due', () => {
    expect(run([0, 500, 1000, 5000].map((at) => sample(at)))).not.toContain(true);
  });

  test('notices audio that stops for a second', () => {
    const flow = [
      sample(0),
      sample(500, { packets: 25 }),
      sample(1000, { packets: 25 }),
      sample(1499, { packets: 25 }),
    ];
    expect(run(flow)).not.toContain(true);
    expect(run([...flow, sample(1500, { packets: 25 })]).at(-1)).toBe(true);
  });

  test('notices audio that stopped before its second look, where checks are answered only now and then', () => {
    const stopped = [0, 500, 1000].map((at) => sample(at, { packets: 20 }));
    expect(run(stopped)).toEqual([false, false, true]);
  });

  test('lets an answered check stand for audio that is not due', () => {
    const talked = [sample(0), sample(500, { packets: 25 })];
    expect(
      run([...talked, sample(1400, { packets: 25, answers: 1 }), sample(2000, { packets: 25, answers: 1 })]),
    ).toEqual([false, false, false, false]);
  });

  test('notices checks that stay without answer', () => {
    expect(run([sample(0, { asked: 1 }), sample(800, { asked: 5 }), sample(1100, { asked: 6 })])).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('believes the browser', () => {
    expect(run([sample(0, { broken: true })])).toEqual([true]);
  });
});

describe('media', () => {
  let clock: FakeClock;
  let legs: FakeLeg[];
  let links: Link[];
  let unreachable: number;
  let audio: FakeStream;
  let media: Media;

  beforeEach(() => {
    clock = new FakeClock();
    legs = [];
    links = [];
    unreachable = 0;
    audio = new FakeStream();
    media = new Media({
      clock,
      chance: () => 0.5,
      audio,
      makeLeg: (changed) => {
        const leg = new FakeLeg(`leg${legs.length}`, changed);
        legs.push(leg);
        return leg;
      },
      changed: (link) => links.push(link),
      unreachable: () => {
        unreachable += 1;
      },
    });
  });

  const track = { id: 'microphone' } as MediaStreamTrack;
  const names = () => audio.getTracks().map(({ id }) => id);

  test('opens a leg at once and sends nothing over it by itself', async () => {
    expect(legs.length).toBe(1);
    legs[0]?.enter('up');
    await settle();
    expect(links).toEqual(['up']);
    expect(legs[0]?.sent).toBe(null);
  });

  test('moves to a second leg only when that is up', async () => {
    legs[0]?.enter('up');
    await media.send(track);
    media.refresh();
    await settle();
    expect(legs[0]?.closed).toBe(false);
    expect(names()).toEqual(['leg0']);
    legs[1]?.enter('up');
    await settle();
    expect(legs[0]?.closed).toBe(true);
    expect(legs[1]?.sent).toBe(track);
    expect(names()).toEqual(['leg1']);
  });

  test('opens another leg when audio stops, and one only while the far end is silent', async () => {
    legs[0]?.enter('up');
    await clock.pass(1_000);
    legs[0]?.hear(50);
    await clock.pass(3_000);
    expect(legs.length).toBe(2);
    legs[1]?.enter('up');
    await clock.pass(60_000);
    expect(legs.length).toBe(2);
  });

  test('replaces a leg that the browser gives up', async () => {
    legs[0]?.enter('up');
    legs[0]?.enter('broken');
    expect(links).toEqual(['up', 'lost']);
    expect(legs.length).toBe(2);
    legs[1]?.enter('up');
    expect(links.at(-1)).toBe('up');
  });

  test('tries again when an attempt fails, and tells after 15 s that nothing gets through', async () => {
    legs[0]?.enter('broken');
    await clock.pass(14_999);
    expect(legs.length).toBeGreaterThan(1);
    expect(unreachable).toBe(0);
    await clock.pass(1);
    expect(unreachable).toBe(1);
    legs.at(-1)?.enter('up');
    expect(links).toEqual(['up']);
  });

  test('replaces a leg that brings nothing when signalling is back, at once', async () => {
    legs[0]?.enter('up');
    await clock.pass(1_000);
    legs[0]?.hear(50);
    media.wake();
    await clock.pass(299);
    expect(legs.length).toBe(1);
    await clock.pass(1);
    expect(legs.length).toBe(2);
    expect(legs[0]?.closed).toBe(false);
    legs[1]?.enter('up');
    expect(legs[0]?.closed).toBe(true);
  });

  test('keeps a leg over which audio comes when signalling is back', async () => {
    legs[0]?.enter('up');
    legs[0]?.hear(50);
    media.wake();
    await clock.pass(200);
    legs[0]?.hear(10);
    await clock.pass(200);
    expect(legs.length).toBe(1);
  });

  test('tries at once when signalling is back what was refused meanwhile', async () => {
    for (let failed = 0; failed < 5; failed++) {
      legs.at(-1)?.enter('broken');
      await clock.pass(10_000);
    }
    legs.at(-1)?.enter('broken');
    const { length } = legs;
    media.wake();
    expect(legs.length).toBe(length + 1);
    // The attempt that was due is not made as well.
    legs.at(-1)?.enter('up');
    await clock.pass(60_000);
    expect(legs.length).toBe(length + 1);
  });

  test('leaves nothing open when it is closed', async () => {
    legs[0]?.enter('up');
    media.refresh();
    media.close();
    await clock.pass(60_000);
    expect(legs.map(({ closed }) => closed)).toEqual([true, true]);
    expect(names()).toEqual([]);
  });
});
