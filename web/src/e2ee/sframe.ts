/**
 * SFrame (RFC 9605) with AES_128_GCM_SHA256_128 (0x0004) on WebCrypto: header, key derivation, one frame sealed or opened. Pure but
 * for WebCrypto. Which key and which counter are for the caller to decide; keyring.ts has the rules of that.
 */
import { type Bytes, concat, u64be, utf8 } from './bytes';

const CIPHER_SUITE = 0x0004;
const KEY_BYTES = 16;
const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

export interface Header {
  readonly kid: bigint;
  readonly ctr: bigint;
  /** Bytes that the header takes. */
  readonly length: number;
}

/** The header (section 4.3), in its shortest form. `kid` and `ctr` are below 2^64. */
export function encodeHeader(kid: bigint, ctr: bigint): Bytes {
  const [kidBits, kidBytes] = encodeField(kid);
  const [ctrBits, ctrBytes] = encodeField(ctr);
  return concat(Uint8Array.of((kidBits << 4) | ctrBits), kidBytes, ctrBytes);
}

/** Reads the header; `undefined` when the frame ends within it. */
export function decodeHeader(frame: Uint8Array): Header | undefined {
  const config = frame[0];
  if (config === undefined) return undefined;
  const kidLength = config & 0x80 ? ((config >> 4) & 7) + 1 : 0;
  const ctrLength = config & 0x08 ? (config & 7) + 1 : 0;
  const length = 1 + kidLength + ctrLength;
  if (frame.length < length) return undefined;
  const kid = kidLength === 0 ? BigInt((config >> 4) & 7) : readNumber(frame.subarray(1, 1 + kidLength));
  const ctr = ctrLength === 0 ? BigInt(config & 7) : readNumber(frame.subarray(1 + kidLength, length));
  return { kid, ctr, length };
}

function encodeField(value: bigint): [number, Bytes] {
  if (value < 8n) return [Number(value), new Uint8Array()];
  const all = u64be(value);
  const bytes = all.slice(all.findIndex((byte) => byte !== 0));
  return [8 | (bytes.length - 1), bytes];
}

function readNumber(bytes: Uint8Array): bigint {
  return bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

/** What section 4.4.2 derives from a base key for one KID. */
export interface FrameKey {
  readonly kid: bigint;
  readonly key: CryptoKey;
  readonly salt: Bytes;
}

export async function deriveFrameKey(baseKey: Uint8Array, kid: bigint): Promise<FrameKey> {
  const suite = Uint8Array.of(CIPHER_SUITE >> 8, CIPHER_SUITE & 0xff);
  const ikm = await crypto.subtle.importKey('raw', baseKey.slice(), 'HKDF', false, ['deriveBits']);
  const derive = async (label: string, bytes: number) => {
    const info = concat(utf8(label), u64be(kid), suite);
    const parameters = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
    return new Uint8Array(await crypto.subtle.deriveBits(parameters, ikm, bytes * 8));
  };
  const raw = await derive('SFrame 1.0 Secret key ', KEY_BYTES);
  const key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt']);
  raw.fill(0);
  return { kid, key, salt: await derive('SFrame 1.0 Secret salt ', NONCE_BYTES) };
}

/** header || ciphertext || tag (section 4.4.3). `metadata` follows the header in the additional data; quietline uses none. */
export async function sealFrame(
  key: FrameKey,
  ctr: bigint,
  plaintext: BufferSource,
  metadata: Uint8Array = new Uint8Array(),
): Promise<Bytes> {
  const header = encodeHeader(key.kid, ctr);
  const sealed = await crypto.subtle.encrypt(parameters(key, ctr, concat(header, metadata)), key.key, plaintext);
  return concat(header, new Uint8Array(sealed));
}

/** The plaintext of a frame whose header was read and whose key was found by it. Throws when the frame is not genuine. */
export async function openFrame(
  key: FrameKey,
  header: Header,
  frame: Uint8Array,
  metadata: Uint8Array = new Uint8Array(),
): Promise<Bytes> {
  const aad = concat(frame.subarray(0, header.length), metadata);
  return new Uint8Array(
    await crypto.subtle.decrypt(parameters(key, header.ctr, aad), key.key, frame.slice(header.length)),
  );
}

function parameters(key: FrameKey, ctr: bigint, additionalData: Bytes): AesGcmParams {
  const iv = key.salt.slice();
  for (const [i, byte] of u64be(ctr).entries()) {
    const at = NONCE_BYTES - 8 + i;
    iv[at] = (iv[at] ?? 0) ^ byte;
  }
  return { name: 'AES-GCM', iv, additionalData, tagLength: TAG_BYTES * 8 };
}
