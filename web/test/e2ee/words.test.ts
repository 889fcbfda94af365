import { describe, expect, test } from 'vitest';
import type { SafetyWords } from '../../src/e2ee/api';
import { toBase64, utf8 } from '../../src/e2ee/bytes';
import { createSafetyWords, deriveWords, WORDS } from '../../src/e2ee/words';
import { refusal } from './people';

const AUTHENTICATOR = new Uint8Array(32).fill(7);
const EPOCH = 3n;

function member(me: number, leaves: number[], epochAuthenticator = AUTHENTICATOR, epoch = EPOCH): SafetyWords {
  return createSafetyWords({ epoch, leaves, me, epochAuthenticator });
}

/** Delivers every message to everybody else until nobody answers. */
async function exchange(members: ReadonlyMap<number, SafetyWords>): Promise<void> {
  const queue: [number, Uint8Array][] = [];
  for (const [leaf, words] of members) queue.push([leaf, await words.start()]);
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
    const members = new Map([0, 1].map((leaf) => [leaf, member(leaf, [0, 1])]));
    await exchange(members);
    const [one, other] = [...members.values()].map(({ words }) => words);
    expect(one).toHaveLength(4);
    expect(other).toEqual(one);
    for (const word of one ?? []) expect(WORDS).toContain(word);
  });

  test('are the same for three, whatever their leaves', async () => {
    const members = new Map([0, 2, 5].map((leaf) => [leaf, member(leaf, [5, 0, 2])]));
    await exchange(members);
    const all = [...members.values()].map(({ words }) => words);
    expect(all[0]).toHaveLength(4);
    expect(new Set(all.map((words) => words?.join(' '))).size).toBe(1);
  });

  test('differ when the server runs two groups', async () => {
    const members = new Map([
      [0, member(0, [0, 1])],
      [1, member(1, [0, 1], new Uint8Array(32).fill(8))],
    ]);
    await exchange(members);
    expect(members.get(0)?.words).not.toEqual(members.get(1)?.words);
  });

  test('are not there before the last reveal', async () => {
    const [one, other] = [member(0, [0, 1]), member(1, [0, 1])];
    await one.start();
    const reveal = await one.receive(1, await other.start());
    expect(json(reveal)).toMatchObject({ t: 'words-reveal', epoch: 3 });
    expect(one.words).toBeUndefined();
  });

  test('reveal nothing before every commitment is there', async () => {
    const [one, second, third] = [member(0, [0, 1, 2]), member(1, [0, 1, 2]), member(2, [0, 1, 2])];
    await one.start();
    expect(await one.receive(1, await second.start())).toBeUndefined();
    expect(await one.receive(2, await third.start())).toBeDefined();
  });

  test('are not revealed before this page has committed', async () => {
    const [one, other] = [member(0, [0, 1]), member(1, [0, 1])];
    const order: string[] = [];
    const early = one.receive(1, await other.start()).then((reveal) => {
      order.push('reveal');
      return reveal;
    });
    await new Promise((resolve) => setTimeout(resolve));
    const commitment = await one.start();
    order.push('commitment');
    const reveal = await early;
    expect(order).toEqual(['commitment', 'reveal']);
    await one.receive(1, (await other.receive(0, commitment)) as Uint8Array);
    await other.receive(0, reveal as Uint8Array);
    expect(one.words).toHaveLength(4);
    expect(one.words).toEqual(other.words);
  });

  test('raise the alarm at a reveal that does not match', async () => {
    const [one, other] = [member(0, [0, 1]), member(1, [0, 1])];
    await one.start();
    await one.receive(1, await other.start());
    const wrong = utf8(JSON.stringify({ t: 'words-reveal', epoch: 3, nonce: toBase64(new Uint8Array(32)) }));
    expect(await refusal(one.receive(1, wrong))).toBe('words-mismatch');
    expect(one.words).toBeUndefined();
  });

  test('raise the alarm at a reveal without a commitment', async () => {
    const one = member(0, [0, 1]);
    await one.start();
    const early = utf8(JSON.stringify({ t: 'words-reveal', epoch: 3, nonce: toBase64(new Uint8Array(32)) }));
    expect(await refusal(one.receive(1, early))).toBe('words-mismatch');
  });

  test('raise the alarm at a second, different commitment', async () => {
    const one = member(0, [0, 1]);
    await one.start();
    await one.receive(1, await member(1, [0, 1]).start());
    expect(await refusal(one.receive(1, await member(1, [0, 1]).start()))).toBe('words-mismatch');
  });

  test('ignore another epoch, a stranger, an echo and other messages', async () => {
    const one = member(0, [0, 1]);
    const mine = await one.start();
    const commitment = await member(1, [0, 1]).start();
    expect(await one.receive(1, await member(1, [0, 1], AUTHENTICATOR, 4n).start())).toBeUndefined();
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
