import { describe, expect, it } from 'vitest';
import { Padding, padTo } from '../../src/e2ee/padding';

/** Frames of an Opus packet by RFC 6716, section 3.2, written apart from the code under test. */
function frames(packet: Uint8Array): Uint8Array[] {
  const bytes = [...packet];
  const toc = bytes.shift() ?? 0;
  const size = (): number => {
    const first = bytes.shift() ?? 0;
    return first < 252 ? first : first + 4 * (bytes.shift() ?? 0);
  };
  const cut = (length: number) => Uint8Array.from(bytes.splice(0, length));
  switch (toc & 3) {
    case 0:
      return [cut(bytes.length)];
    case 1: {
      const half = bytes.length / 2;
      return [cut(half), cut(half)];
    }
    case 2: {
      const first = size();
      return [cut(first), cut(bytes.length)];
    }
    default: {
      const count = bytes.shift() ?? 0;
      let padding = 0;
      if (count & 0x40) {
        let byte = 255;
        while (byte === 255) {
          byte = bytes.shift() ?? 0;
          padding += byte === 255 ? 254 : byte;
        }
      }
      const many = count & 0x3f;
      const sizes = count & 0x80 ? Array.from({ length: many - 1 }, size) : [];
      bytes.length -= padding;
      if (count & 0x80) return [...sizes.map(cut), cut(bytes.length)];
      const each = bytes.length / many;
      return Array.from({ length: many }, () => cut(each));
    }
  }
}

const noise = (length: number, seed = 7) => Uint8Array.from({ length }, (_, i) => (i * 73 + seed * 31) & 255);
const packet = (code: number, ...parts: (number | Uint8Array)[]) =>
  Uint8Array.from([0x78 | code, ...parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part]))]);

const examples: Record<string, Uint8Array> = {
  'one frame': packet(0, noise(70)),
  'one frame of a byte': packet(0, 1),
  'an empty frame': packet(0),
  'two frames of one length': packet(1, noise(40), noise(40, 2)),
  'two frames': packet(2, 30, noise(30), noise(50, 2)),
  'two frames, the first long': packet(2, 252, 1, noise(256), noise(20, 2)),
  'three frames of one length': packet(3, 3, noise(20), noise(20, 2), noise(20, 3)),
  'three frames': packet(3, 0x83, 10, 20, noise(10), noise(20, 2), noise(30, 3)),
  'one padded frame': packet(3, 0x41, 5, noise(30), noise(5)),
  'one frame with much padding': packet(3, 0x41, 255, 3, noise(30), noise(257)),
};

describe('padding', () => {
  for (const [name, example] of Object.entries(examples)) {
    it(`leaves the sound of ${name} as it was`, () => {
      for (const length of [96, 353, 354, 355, 607, 608, 609, 610, 900]) {
        const padded = padTo(example, length);
        if (length < example.length + 3) continue;
        expect(padded).toHaveLength(length);
        expect(frames(padded ?? new Uint8Array())).toEqual(frames(example));
        expect((padded?.[0] ?? 0) >> 2).toBe((example[0] ?? 0) >> 2);
      }
    });
  }

  it('makes speech, silence and a muted microphone equally long', () => {
    const padding = new Padding();
    for (const length of [2, 22, 80, 93]) expect(padding.pad(packet(0, noise(length - 1)))).toHaveLength(96);
  });

  it('never goes back to a shorter length', () => {
    const padding = new Padding();
    expect(padding.pad(packet(0, noise(114)))).toHaveLength(128);
    expect(padding.pad(packet(0, noise(20)))).toHaveLength(128);
  });

  it('passes on what is not an Opus packet, to be sealed as it is', () => {
    const padding = new Padding();
    for (const odd of [new Uint8Array(), packet(3), packet(3, 0x41, 255), packet(3, 0x41, 200, 1)])
      expect(padding.pad(odd)).toBe(odd);
  });
});
