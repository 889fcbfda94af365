import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/e2ee/bytes';
import { decodeHeader, deriveFrameKey, encodeHeader, openFrame, sealFrame } from '../../src/e2ee/sframe';
import vectors from './rfc9605.json';

const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

describe('the vectors of RFC 9605, appendix C', () => {
  test('for headers, both ways', () => {
    for (const [kid, ctr, encoded] of vectors.header as [string, string, string][]) {
      expect(toHex(encodeHeader(BigInt(kid), BigInt(ctr)))).toBe(encoded);
      expect(decodeHeader(hex(encoded))).toEqual({
        kid: BigInt(kid),
        ctr: BigInt(ctr),
        length: encoded.length / 2,
      });
    }
    expect(vectors.header.length).toBeGreaterThan(200);
  });

  test('for AES_128_GCM_SHA256_128, both ways', async () => {
    const vector = vectors.aes_128_gcm_sha256_128;
    const key = await deriveFrameKey(hex(vector.base_key), BigInt(vector.kid));
    expect(toHex(key.salt)).toBe(vector.sframe_salt);
    const sealed = await sealFrame(key, BigInt(vector.ctr), hex(vector.pt), hex(vector.metadata));
    expect(toHex(sealed)).toBe(vector.ct);
    const header = decodeHeader(sealed);
    if (header === undefined) throw new Error('no header');
    expect(toHex(await openFrame(key, header, sealed, hex(vector.metadata)))).toBe(vector.pt);
    await expect(openFrame(key, header, sealed)).rejects.toThrow();
  });
});

test('a frame that ends within its header has none', () => {
  for (const text of ['', '80', '88', '8801', '9f01', '0f00']) expect(decodeHeader(hex(text))).toBeUndefined();
});
