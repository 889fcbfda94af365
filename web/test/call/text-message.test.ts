import { describe, expect, test } from 'vitest';
import { clean, cleanCard, decode, encode, lengthOf, type Message, TEXT_LIMIT } from '../../src/call/text/message';
import { utf8 } from '../../src/e2ee/bytes';

const card = {
  title: 'Police Care',
  what: 'Counselling',
  phone: '0300 012 0030',
  web: 'care.example',
  hours: 'Mon–Fri',
};
const said = (content: object): Message => ({ type: 'said', n: 7, content }) as Message;
const padded = (fields: object, length = 512): Uint8Array => {
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set(utf8(JSON.stringify(fields)));
  return bytes;
};

describe('a written message', () => {
  test.each([
    said({ kind: 'text', text: 'Hello,\nSam ☕' }),
    said({ kind: 'tap', tap: 'cannot_talk' }),
    said({ kind: 'card', card }),
    said({ kind: 'hold', held: true }),
    said({ kind: 'plan', plan: 'telephone' }),
    said({ kind: 'plan', plan: null }),
    { type: 'got', to: 2, n: 7 } as const,
  ])('is read as it was written: %j', (message) => {
    expect(decode(encode(message))).toEqual(message);
  });

  test('says next to nothing by its length', () => {
    const lengths = ['a', 'a'.repeat(200), 'a'.repeat(400)].map((text) => encode(said({ kind: 'text', text })).length);
    const others = [said({ kind: 'tap', tap: 'yes' }), { type: 'got', to: 0, n: Date.now() } as const].map(
      (message) => encode(message).length,
    );
    expect(new Set([...lengths, ...others])).toEqual(new Set([512]));
  });

  test('fits however its characters are written', () => {
    for (const character of ['"', '\\', '\n', '😀', 'é']) {
      const text = `a${character.repeat(TEXT_LIMIT - 2)}b`;
      expect(encode(said({ kind: 'text', text })).length).toBeLessThanOrEqual(4096);
      expect(decode(encode(said({ kind: 'text', text })))).toEqual(said({ kind: 'text', text }));
    }
    const long = '😀'.repeat(500);
    const full = cleanCard({ title: long, what: long, phone: long, web: long, hours: long });
    expect(encode(said({ kind: 'card', card: full })).length).toBeLessThanOrEqual(4096);
    expect(decode(encode(said({ kind: 'card', card: full })))).toBeDefined();
  });

  test.each([
    ['another version', { t: 'said', v: 2, n: 1, kind: 'tap', tap: 'yes' }],
    ['an unknown type', { t: 'sung', v: 1, n: 1, kind: 'tap', tap: 'yes' }],
    ['an unknown kind', { t: 'said', v: 1, n: 1, kind: 'picture', tap: 'yes' }],
    ['an unknown tap', { t: 'said', v: 1, n: 1, kind: 'tap', tap: 'maybe' }],
    ['no number', { t: 'said', v: 1, kind: 'tap', tap: 'yes' }],
    ['a broken number', { t: 'said', v: 1, n: 1.5, kind: 'tap', tap: 'yes' }],
    ['a negative number', { t: 'said', v: 1, n: -1, kind: 'tap', tap: 'yes' }],
    ['empty text', { t: 'said', v: 1, n: 1, kind: 'text', text: '' }],
    ['text that is none', { t: 'said', v: 1, n: 1, kind: 'text', text: ['a'] }],
    ['control characters', { t: 'said', v: 1, n: 1, kind: 'text', text: 'a\u0007' }],
    ['a turned reading direction', { t: 'said', v: 1, n: 1, kind: 'text', text: 'a\u202eb' }],
    ['a card without a title', { t: 'said', v: 1, n: 1, kind: 'card', card: { ...card, title: '' } }],
    ['a card with a part too long', { t: 'said', v: 1, n: 1, kind: 'card', card: { ...card, phone: '0'.repeat(41) } }],
    ['half a card', { t: 'said', v: 1, n: 1, kind: 'card', card: { title: 'a' } }],
    ['a hold that is neither', { t: 'said', v: 1, n: 1, kind: 'hold', held: 'yes' }],
    ['an unknown plan', { t: 'said', v: 1, n: 1, kind: 'plan', plan: 'visit' }],
    ['an answer to nobody', { t: 'got', v: 1, n: 1 }],
    ['the safety words', { t: 'words-commit', epoch: 1, commitment: 'AAAA' }],
  ])('of another form is dropped: %s', (_what, fields) => {
    expect(decode(padded(fields))).toBe(undefined);
  });

  test('that is longer than anybody types is dropped, and so is what is no JSON or of another length', () => {
    expect(decode(padded({ t: 'said', v: 1, n: 1, kind: 'text', text: 'a'.repeat(TEXT_LIMIT + 1) }, 2048))).toBe(
      undefined,
    );
    expect(decode(new Uint8Array(512))).toBe(undefined);
    expect(decode(new Uint8Array(512).fill(0xff))).toBe(undefined);
    expect(decode(padded({ t: 'got', v: 1, to: 0, n: 1 }, 600))).toBe(undefined);
    expect(decode(new Uint8Array())).toBe(undefined);
    expect(decode(padded([1, 2]))).toBe(undefined);
  });
});

test('what was typed is sent without what nobody sees', () => {
  expect(clean('  a\r\nb\u0000\u202ec\ud800  ')).toBe('a\nbc\ufffd');
  expect(clean(' \n\t ')).toBe('');
  expect(lengthOf('😀a')).toBe(2);
});
