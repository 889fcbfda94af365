import { describe, expect, test } from 'vitest';
import { type Dropped, DroppedFrame } from '../../src/e2ee/keyring';
import { type EncodedFrame, pump, type Transform } from '../../src/e2ee/pump';

/** Frames go in by `send`; what came out is in `out`, what was dropped in `dropped`. */
function rig(transform: Transform) {
  const out: number[] = [];
  const dropped: Dropped[] = [];
  let passed = 0;
  let source!: ReadableStreamDefaultController<EncodedFrame>;
  const from = new ReadableStream<EncodedFrame>({
    start(controller) {
      source = controller;
    },
  });
  const to = new WritableStream<EncodedFrame>({
    write(frame) {
      out.push(new Uint8Array(frame.data)[0] ?? -1);
    },
  });
  const done = pump(from, to, transform, {
    passed: () => {
      passed++;
    },
    dropped: (reason) => dropped.push(reason),
  });
  return {
    out,
    dropped,
    passed: () => passed,
    send: (value: number) => source.enqueue({ data: Uint8Array.of(value).buffer }),
    end: async () => {
      source.close();
      await done;
    },
    done,
    source,
  };
}

const copy: Transform = async (data) => new Uint8Array(data.slice(0));

/** A transform whose frames are finished by hand, in any order. */
function byHand() {
  const finish: (() => void)[] = [];
  const transform: Transform = (data) =>
    new Promise((resolve) => {
      finish.push(() => resolve(new Uint8Array(data.slice(0))));
    });
  return { finish, transform };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

describe('the pump', () => {
  test('keeps the order of frames that are finished in another order', async () => {
    const { finish, transform } = byHand();
    const { send, end, out } = rig(transform);
    for (const value of [1, 2, 3]) send(value);
    await turn();
    expect(finish).toHaveLength(3);
    for (const index of [2, 0, 1]) finish[index]?.();
    await end();
    expect(out).toEqual([1, 2, 3]);
  });

  test('drops what the transform refuses, and passes nothing in its place', async () => {
    const { send, end, out, dropped } = rig(async (data) => {
      if (new Uint8Array(data)[0] === 2) throw new DroppedFrame('forged');
      if (new Uint8Array(data)[0] === 3) throw new Error('broken');
      return copy(data);
    });
    for (const value of [1, 2, 3, 4]) send(value);
    await end();
    expect(out).toEqual([1, 4]);
    expect(dropped).toEqual(['forged', 'failed']);
  });

  test('drops what the transform throws at once', async () => {
    const { send, end, out, dropped } = rig(() => {
      throw new DroppedFrame('no-key');
    });
    send(1);
    await end();
    expect(out).toEqual([]);
    expect(dropped).toEqual(['no-key']);
  });

  test('holds no more than a second of frames when it is stalled, and goes on afterwards', async () => {
    const { finish, transform } = byHand();
    const { send, end, out, dropped, passed } = rig(transform);
    for (let value = 0; value < 60; value++) send(value);
    await turn();
    expect(finish).toHaveLength(50);
    expect(dropped).toEqual(Array.from({ length: 10 }, () => 'stalled'));
    for (const each of finish) each();
    await turn();
    send(99);
    await turn();
    finish[50]?.();
    await end();
    expect(out).toEqual([...Array.from({ length: 50 }, (_, i) => i), 99]);
    expect(passed()).toBe(51);
  });

  test('ends when the source breaks, with nothing passed on', async () => {
    const { source, done, out } = rig(copy);
    source.error(new Error('the connection is gone'));
    await expect(done).rejects.toThrow('the connection is gone');
    expect(out).toEqual([]);
  });
});
