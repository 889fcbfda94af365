import { beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/e2ee/bytes';
import { DroppedFrame, Keyring, keyId } from '../../src/e2ee/keyring';
import { ReplayWindow } from '../../src/e2ee/replay';
import { decodeHeader, deriveFrameKey, sealFrame } from '../../src/e2ee/sframe';

const ME = 1;
const THEM = 0;
const SLOTS = new Map([
  [THEM, 0],
  [ME, 1],
]);
const base = (fill: number) => new Uint8Array(16).fill(fill);
const epoch = (number: bigint, fill: number, myLeaf = ME) => ({
  epoch: number,
  baseKey: base(fill),
  myLeaf,
  slotOfLeaf: SLOTS,
});

let now: number;
/** Ends the wait of a frame that is held for its key. */
let giveUp: () => void;
let mine: Keyring;
let theirs: Keyring;

beforeEach(() => {
  now = 0;
  giveUp = () => undefined;
  const clock = {
    now: () => now,
    wait: () =>
      new Promise<void>((resolve) => {
        giveUp = resolve;
      }),
  };
  mine = new Keyring(clock);
  theirs = new Keyring(clock);
});

const seal = (keyring: Keyring, text: string) => keyring.seal(utf8(text).buffer);
const counter = (frame: Uint8Array) => decodeHeader(frame)?.ctr;

async function dropped(operation: () => Promise<unknown>): Promise<string> {
  try {
    await operation();
  } catch (error) {
    if (error instanceof DroppedFrame) return error.reason;
    throw error;
  }
  return 'passed';
}

describe('sending', () => {
  test('drops everything until there is a key', async () => {
    expect(await dropped(async () => seal(mine, 'hello'))).toBe('no-key');
  });

  test('drops empty frames', async () => {
    await mine.install(epoch(1n, 7));
    expect(await dropped(async () => seal(mine, ''))).toBe('empty');
  });

  test('carries epoch and leaf in the KID, and counts from 0', async () => {
    await mine.install(epoch(0x1234n, 7));
    for (const expected of [0n, 1n, 2n]) {
      expect(decodeHeader(await seal(mine, 'x'))).toMatchObject({ kid: 0x134n, ctr: expected });
    }
    expect(keyId(ME, 0x1234n)).toBe(0x134n);
  });

  test('takes counters in the order of the frames, also side by side', async () => {
    await mine.install(epoch(1n, 7));
    const sealed = await Promise.all(Array.from({ length: 100 }, () => seal(mine, 'x')));
    expect(sealed.map(counter)).toEqual(Array.from({ length: 100 }, (_, i) => BigInt(i)));
  });

  test('goes on under the old key until it is told to take the new one, which opens at once', async () => {
    await mine.install(epoch(1n, 7));
    await theirs.install(epoch(1n, 7, THEM));
    await mine.install(epoch(2n, 8), 'later');
    await theirs.install(epoch(2n, 8, THEM), 'later');
    const old = await seal(mine, 'old');
    expect(decodeHeader(old)?.kid).toBe(keyId(ME, 1n));
    expect(await theirs.open(1, old)).toEqual(utf8('old'));
    await theirs.sealWith(2n);
    expect(await mine.open(0, await seal(theirs, 'new'))).toEqual(utf8('new'));
    await mine.sealWith(1n);
    expect(decodeHeader(await seal(mine, 'old'))?.kid).toBe(keyId(ME, 1n));
    await mine.sealWith(2n);
    expect(decodeHeader(await seal(mine, 'new'))).toMatchObject({ kid: keyId(ME, 2n), ctr: 0n });
  });

  test('seals at once where nothing seals yet, whatever is wanted', async () => {
    await mine.install(epoch(1n, 7), 'later');
    expect(decodeHeader(await seal(mine, 'x'))?.kid).toBe(keyId(ME, 1n));
  });

  test('never repeats a counter under a key, however often it is installed', async () => {
    await mine.install(epoch(1n, 7));
    const seen = [counter(await seal(mine, 'a'))];
    await mine.install(epoch(1n, 7));
    seen.push(counter(await seal(mine, 'b')));
    await mine.install(epoch(2n, 8));
    expect(counter(await seal(mine, 'c'))).toBe(0n);
    await mine.install(epoch(1n, 7));
    seen.push(counter(await seal(mine, 'd')));
    expect(seen).toEqual([0n, 1n, 2n]);
  });

  test('starts anew under another key of the same epoch number', async () => {
    await mine.install(epoch(1n, 7));
    await seal(mine, 'a');
    await mine.install(epoch(1n, 8));
    expect(counter(await seal(mine, 'b'))).toBe(0n);
  });
});

describe('receiving', () => {
  beforeEach(async () => {
    await mine.install(epoch(1n, 7));
    await theirs.install(epoch(1n, 7, THEM));
  });

  test('opens what the bound leaf sent', async () => {
    expect(await mine.open(0, await seal(theirs, 'hello'))).toEqual(utf8('hello'));
  });

  test('drops frames on the stream of another slot', async () => {
    const frame = await seal(theirs, 'hello');
    expect(await dropped(() => mine.open(2, frame))).toBe('wrong-slot');
  });

  test("drops the page's own frames that somebody sends back", async () => {
    const frame = await seal(mine, 'echo');
    expect(await dropped(() => mine.open(1, frame))).toBe('unknown-key');
  });

  test('drops empty frames and plaintext', async () => {
    expect(await dropped(() => mine.open(0, new Uint8Array()))).toBe('empty');
    for (const opus of [
      Uint8Array.of(0xfc, 0xff, 0xfe),
      new Uint8Array(80).fill(0x78),
      new Uint8Array(160).fill(0xfc),
    ]) {
      expect(['not-sframe', 'unknown-key', 'forged']).toContain(await dropped(() => mine.open(0, opus)));
    }
  });

  test('drops a sealed empty frame', async () => {
    const empty = await sealFrame(await deriveFrameKey(base(7), keyId(THEM, 1n)), 0n, new Uint8Array());
    expect(await dropped(() => mine.open(0, empty))).toBe('empty');
  });

  test('drops frames that were touched, in every byte', async () => {
    const frame = await seal(theirs, 'hello');
    for (let i = 0; i < frame.length; i++) {
      const bent = frame.slice();
      bent[i] = (bent[i] ?? 0) ^ 1;
      expect(await dropped(() => mine.open(0, bent))).not.toBe('passed');
    }
    expect(await mine.open(0, frame)).toEqual(utf8('hello'));
  });

  test('opens no frame twice, not even side by side', async () => {
    const frame = await seal(theirs, 'hello');
    const results = await Promise.all([dropped(() => mine.open(0, frame)), dropped(() => mine.open(0, frame))]);
    expect(results.sort()).toEqual(['passed', 'replayed']);
    expect(await dropped(() => mine.open(0, frame))).toBe('replayed');
  });

  test('drops frames of an epoch that it does not know', async () => {
    await theirs.install(epoch(3n, 8, THEM));
    const frame = await seal(theirs, 'early');
    expect(await dropped(() => mine.open(0, frame))).toBe('unknown-key');
  });

  test('holds frames of the next epoch until its key comes', async () => {
    await theirs.install(epoch(2n, 8, THEM));
    const held = mine.open(0, await seal(theirs, 'early'));
    await mine.install(epoch(2n, 8));
    expect(await held).toEqual(utf8('early'));
  });

  test('drops frames of the next epoch whose key does not come', async () => {
    await theirs.install(epoch(2n, 8, THEM));
    const frame = await seal(theirs, 'early');
    const result = dropped(() => mine.open(0, frame));
    giveUp();
    expect(await result).toBe('unknown-key');
  });

  test('holds the first frames of a call until there is a key', async () => {
    const fresh = new Keyring({ now: () => now, wait: () => new Promise(() => undefined) });
    const held = fresh.open(0, await seal(theirs, 'hello'));
    await fresh.install(epoch(1n, 7));
    expect(await held).toEqual(utf8('hello'));
  });

  test('keeps the old epoch until 10 s after the newer one was first heard', async () => {
    const late = [await seal(theirs, 'a'), await seal(theirs, 'b'), await seal(theirs, 'c')] as const;
    await mine.install(epoch(2n, 8));
    await theirs.install(epoch(2n, 8, THEM));
    now = 60_000;
    expect(await mine.open(0, late[0])).toEqual(utf8('a'));
    await mine.open(0, await seal(theirs, 'new'));
    now += 9_999;
    expect(await mine.open(0, late[1])).toEqual(utf8('b'));
    now += 1;
    expect(await dropped(() => mine.open(0, late[2]))).toBe('unknown-key');
  });

  test('keeps no more than two old epochs', async () => {
    const late = [await seal(theirs, 'a'), await seal(theirs, 'b')] as const;
    await mine.install(epoch(2n, 8));
    await mine.install(epoch(3n, 9));
    expect(await mine.open(0, late[0])).toEqual(utf8('a'));
    await mine.install(epoch(4n, 10));
    expect(await dropped(() => mine.open(0, late[1]))).toBe('unknown-key');
  });

  test('lets an old epoch go 10 s after any newer one was heard', async () => {
    const late = await seal(theirs, 'a');
    for (const keyring of [mine, theirs]) await keyring.install(epoch(2n, 8, keyring === mine ? ME : THEM));
    await mine.install(epoch(3n, 9));
    await mine.open(0, await seal(theirs, 'the second'));
    now += 10_000;
    expect(await dropped(() => mine.open(0, late))).toBe('unknown-key');
    expect(await mine.open(0, await seal(theirs, 'the second still'))).toEqual(utf8('the second still'));
  });

  test('uses the newer key where an old epoch has the same KID', async () => {
    const late = await seal(theirs, 'a');
    await mine.install(epoch(257n, 8));
    await theirs.install(epoch(257n, 8, THEM));
    expect(await mine.open(0, await seal(theirs, 'new'))).toEqual(utf8('new'));
    expect(await dropped(() => mine.open(0, late))).not.toBe('passed');
  });

  test('remembers what it opened when a key is installed again', async () => {
    const frame = await seal(theirs, 'hello');
    await mine.open(0, frame);
    await mine.install(epoch(1n, 7));
    expect(await dropped(() => mine.open(0, frame))).toBe('replayed');
  });

  test('tells the first frame of each slot and epoch once', async () => {
    const heard: [number, bigint][] = [];
    mine.onFirstFrame = (slot, number) => heard.push([slot, number]);
    await mine.open(0, await seal(theirs, 'a'));
    await mine.open(0, await seal(theirs, 'b'));
    await mine.install(epoch(2n, 8));
    await theirs.install(epoch(2n, 8, THEM));
    await mine.open(0, await seal(theirs, 'c'));
    expect(heard).toEqual([
      [0, 1n],
      [0, 2n],
    ]);
  });
});

describe('the replay window', () => {
  test('accepts a counter once, in any order within 128', () => {
    const window = new ReplayWindow();
    for (const value of [5n, 3n, 4n, 132n, 6n]) {
      expect(window.admits(value)).toBe(true);
      window.record(value);
      expect(window.admits(value)).toBe(false);
    }
    expect(window.admits(4n)).toBe(false);
    expect(window.admits(7n)).toBe(true);
  });

  test('forgets what is out of reach after a jump', () => {
    const window = new ReplayWindow();
    for (const value of [0n, 127n, 128n, 1n << 40n, (1n << 64n) - 1n]) {
      expect(window.admits(value)).toBe(true);
      window.record(value);
      expect(window.admits(value)).toBe(false);
    }
    expect(window.admits((1n << 64n) - 128n)).toBe(true);
    expect(window.admits((1n << 64n) - 129n)).toBe(false);
  });
});
