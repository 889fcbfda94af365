/**
 * The key to which a staff browser's sessions are bound: ECDSA P-256, made so that no script can read it. The device's Ed25519
 * key cannot be such a key, because MLS signs with it in a worker; a session is worthless without this one.
 */
import { toBase64, toBase64Url } from '../e2ee/bytes';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;

export function generateBoundKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify']);
}

/** The public half as the protocol has it: the uncompressed point, base64url. */
export async function boundPublicKey({ publicKey }: CryptoKeyPair): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)));
}

/** A signature, base64. */
export async function signBound({ privateKey }: CryptoKeyPair, said: string): Promise<string> {
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    privateKey,
    new TextEncoder().encode(said),
  );
  return toBase64(new Uint8Array(signature));
}
