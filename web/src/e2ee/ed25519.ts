/**
 * Ed25519 (RFC 8032) with raw 32-byte keys: by WebCrypto where the browser has it, else by `@noble/curves`, which is loaded only
 * then. Errors never carry key material.
 */
import type { SignatureKeyPair } from './api';
import { type Bytes, concat, fromBase64Url } from './bytes';

/** What every PKCS #8 wrapping of an Ed25519 private key begins with (RFC 8410, section 7). */
const PKCS8_PREFIX = new Uint8Array([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20]);

interface Ed25519 {
  sign(privateKey: Uint8Array, message: Uint8Array): Promise<Bytes>;
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean>;
  generate(): Promise<SignatureKeyPair>;
}

const byWebCrypto: Ed25519 = {
  async sign(privateKey, message) {
    const pkcs8 = concat(PKCS8_PREFIX, privateKey);
    const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
    pkcs8.fill(0);
    return new Uint8Array(await crypto.subtle.sign('Ed25519', key, message.slice()));
  },
  async verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const key = await crypto.subtle
      .importKey('raw', publicKey.slice(), 'Ed25519', false, ['verify'])
      .catch(() => undefined);
    return key !== undefined && crypto.subtle.verify('Ed25519', key, signature.slice(), message.slice());
  },
  async generate() {
    const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair;
    const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
    const privateKey = fromBase64Url(jwk.d ?? '');
    const publicKey = fromBase64Url(jwk.x ?? '');
    if (privateKey?.length !== 32 || publicKey?.length !== 32) throw new Error('the browser made no Ed25519 key');
    return { privateKey, publicKey };
  },
};

async function byNoble(): Promise<Ed25519> {
  const { ed25519 } = await import('@noble/curves/ed25519.js');
  return {
    sign: async (privateKey, message) => ed25519.sign(message, privateKey) as Bytes,
    verify: async (publicKey, message, signature) =>
      publicKey.length === 32 && signature.length === 64 && ed25519.verify(signature, message, publicKey),
    generate: async () => {
      const { secretKey, publicKey } = ed25519.keygen();
      return { privateKey: secretKey, publicKey };
    },
  };
}

/** Tries WebCrypto with a signature, because some browsers know the name of the algorithm and not the algorithm. */
async function choose(): Promise<Ed25519> {
  try {
    const { privateKey, publicKey } = await byWebCrypto.generate();
    const message = new Uint8Array([1]);
    const signature = await byWebCrypto.sign(privateKey, message);
    if (await byWebCrypto.verify(publicKey, message, signature)) return byWebCrypto;
  } catch {
    // This browser has no Ed25519: the other implementation is as good, only slower.
  }
  return byNoble();
}

let chosen: Promise<Ed25519> | undefined;
const implementation = (): Promise<Ed25519> => {
  chosen ??= choose();
  return chosen;
};

export async function sign(privateKey: Uint8Array, message: Uint8Array): Promise<Bytes> {
  return (await implementation()).sign(privateKey, message);
}

/** Whether `signature` is `publicKey`'s over `message`; false for a key or signature of another length. */
export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return (await implementation()).verify(publicKey, message, signature);
}

/** A fresh key pair: the caller's for one call, or a staff device's. */
export async function generateKeys(): Promise<SignatureKeyPair> {
  return (await implementation()).generate();
}
