import { describe, expect, test } from 'vitest';
import type { SafetyWords } from '../../src/e2ee/api';
import { concat, fromBase64, toBase64, u32be, u64be, utf8 } from '../../src/e2ee/bytes';
import { createSafetyWords, deriveWords, WORDS } from '../../src/e2ee/words';
import { refusal } from './people';

const AUTHENTICATOR = new Uint8Array(32).fill(7);
const EPOCH = 3n;

function member(me: number, leaves: number[], epochAuthenticator = AUTHENTICATOR, epoch = EPOCH): Promise<SafetyWords> {
  return createSafetyWords({ epoch, leaves, me, epochAuthenticator });
}

/** Every leaf's words. */
async function everyone(leaves: number[]): Promise<ReadonlyMap<number, SafetyWords>> {
  return new Map(await Promise.all(leaves.map(async (leaf) => [leaf, await member(leaf, leaves)] as const)));
}

/** Delivers every message to everybody else until nobody answers. */
async function exchange(members: ReadonlyMap<number, SafetyWords>): Promise<void> {
  const queue: [number, Uint8Array][] = [];
  for (const [leaf, words] of members) queue.push([leaf, words.opening]);
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [from, data] = next;
    for (const [leaf, words] of members) {
      const answer = leaf === from ? undefined : await words.receive(from, data);
      if (answer !== undefined) queue.push([leaf, answer]);
    }
  }
}

const json = (data: Uint8Array | undefined) => JSON.parse(new TextDecoder().decode(data));

describe('safety words', () => {
  test('are four, from the list, and the same for two', async () => {
    const members = await everyone([0, 1]);
    await exchange(members);
    const [one, other] = [...members.values()].map(({ words }) => words);
    expect(one).toHaveLength(4);
    expect(other).toEqual(one);
    for (const word of one ?? []) expect(WORDS).toContain(word);
  });

  test('are the same for three, whatever their leaves', async () => {
    const members = await everyone([5, 0, 2]);
    await exchange(members);
    const all = [...members.values()].map(({ words }) => words);
    expect(all[0]).toHaveLength(4);
    expect(new Set(all.map((words) => words?.join(' '))).size).toBe(1);
  });

  test('differ when the server runs two groups', async () => {
    const members = new Map([
      [0, await member(0, [0, 1])],
      [1, await member(1, [0, 1], new Uint8Array(32).fill(8))],
    ]);
    await exchange(members);
    expect(members.get(0)?.words).not.toEqual(members.get(1)?.words);
  });

  test('are not there before the last reveal', async () => {
    const [one, other] = [await member(0, [0, 1]), await member(1, [0, 1])];
    const reveal = await one.receive(1, other.opening);
    expect(json(reveal)).toMatchObject({ t: 'words-reveal', epoch: 3 });
    expect(one.words).toBeUndefined();
  });

  test('reveal nothing before every commitment is there', async () => {
    const all = [0, 1, 2];
    const [one, second, third] = [await member(0, all), await member(1, all), await member(2, all)];
    expect(await one.receive(1, second.opening)).toBeUndefined();
    expect(await one.receive(2, third.opening)).toBeDefined();
  });

  test('are committed to before there is anything that could reveal them', async () => {
    const [one, other] = [await member(0, [0, 1]), await member(1, [0, 1])];
    // The commitment is there with the object itself, and nothing that comes later changes it.
    const { opening } = one;
    expect(json(opening)).toMatchObject({ t: 'words-commit', epoch: 3 });
    const reveal = json(await one.receive(1, other.opening));
    expect(one.opening).toBe(opening);
    const nonce = fromBase64(reveal.nonce) as Uint8Array;
    const said = [utf8('quietline words commit v1'), u64be(EPOCH), u32be(0), nonce];
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', concat(...said)));
    expect(json(opening).commitment).toBe(toBase64(hash));
  });

  test('raise the alarm at a reveal that does not match', async () => {
    const [one, other] = [await member(0, [0, 1]), await member(1, [0, 1])];
    await one.receive(1, other.opening);
    const wrong = utf8(JSON.stringify({ t: 'words-reveal', epoch: 3, nonce: toBase64(new Uint8Array(32)) }));
    expect(await refusal(one.receive(1, wrong))).toBe('words-mismatch');
    expect(one.words).toBeUndefined();
  });

  test('raise the alarm at a reveal without a commitment', async () => {
    const one = await member(0, [0, 1]);
    const early = utf8(JSON.stringify({ t: 'words-reveal', epoch: 3, nonce: toBase64(new Uint8Array(32)) }));
    expect(await refusal(one.receive(1, early))).toBe('words-mismatch');
  });

  test('raise the alarm at a second, different commitment', async () => {
    const one = await member(0, [0, 1]);
    await one.receive(1, (await member(1, [0, 1])).opening);
    expect(await refusal(one.receive(1, (await member(1, [0, 1])).opening))).toBe('words-mismatch');
  });

  test('are gone when somebody contradicts themselves after they were there', async () => {
    const members = await everyone([0, 1]);
    await exchange(members);
    const one = members.get(0) as SafetyWords;
    expect(one.words).toHaveLength(4);
    expect(await refusal(one.receive(1, (await member(1, [0, 1])).opening))).toBe('words-mismatch');
    expect(one.words).toBeUndefined();
  });

  test('ignore another epoch, a stranger, an echo and other messages', async () => {
    const one = await member(0, [0, 1]);
    const mine = one.opening;
    const commitment = (await member(1, [0, 1])).opening;
    expect(await one.receive(1, (await member(1, [0, 1], AUTHENTICATOR, 4n)).opening)).toBeUndefined();
    expect(await one.receive(9, commitment)).toBeUndefined();
    expect(await one.receive(0, mine)).toBeUndefined();
    for (const text of ['{"t":"text","text":"hello"}', 'null', '[]', '{', '{"epoch":3}', '{"t":1,"epoch":3}']) {
      expect(await one.receive(1, utf8(text))).toBeUndefined();
    }
    expect(await one.receive(1, Uint8Array.of(0xff, 0xfe))).toBeUndefined();
    expect(await one.receive(1, commitment)).toBeDefined();
  });

  test('depend on every nonce, in the order of the leaves', async () => {
    const nonce = (fill: number) => new Uint8Array(32).fill(fill);
    const words = await deriveWords(
      AUTHENTICATOR,
      new Map([
        [0, nonce(1)],
        [1, nonce(2)],
      ]),
    );
    expect(
      await deriveWords(
        AUTHENTICATOR,
        new Map([
          [1, nonce(2)],
          [0, nonce(1)],
        ]),
      ),
    ).toEqual(words);
    expect(
      await deriveWords(
        AUTHENTICATOR,
        new Map([
          [0, nonce(2)],
          [1, nonce(1)],
        ]),
      ),
    ).not.toEqual(words);
  });

  test('come from a list of 256 different words', () => {
    expect(new Set(WORDS).size).toBe(256);
    for (const word of WORDS) expect(word).toMatch(/^[a-z]{3,8}$/);
  });
});
