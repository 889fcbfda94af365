/**
 * The one cipher suite of `quietline.v1`: 0x004F, MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519. ts-mls 1.6.4 knows number 0x4F
 * under another meaning, so its table is corrected here before any message is read or written.
 */
import { Aes128Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { type CiphersuiteImpl, type CiphersuiteName, ciphersuites } from 'ts-mls/crypto/ciphersuite.js';
import { makeHashImpl } from 'ts-mls/crypto/implementation/default/makeHashImpl.js';
import { makeKdfImpl } from 'ts-mls/crypto/implementation/default/makeKdfImpl.js';
import { makeGenericHpke } from 'ts-mls/crypto/implementation/hpke.js';
import { generateKeys, sign, verify } from './ed25519';

/** The suite's name, by which ts-mls knows it from now on. */
export const SUITE = 'MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519' as CiphersuiteName;

function correctTable(): void {
  const table: Record<string, number> = ciphersuites;
  for (const [name, id] of Object.entries(table)) {
    if (id === 0x4f && name !== SUITE) delete table[name];
  }
  table[SUITE] = 0x4f;
}

async function aes128Gcm(
  use: 'encrypt' | 'decrypt',
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  data: Uint8Array,
) {
  const imported = await crypto.subtle.importKey('raw', key.slice(), 'AES-GCM', false, [use]);
  const parameters = { name: 'AES-GCM', iv: nonce.slice(), additionalData: aad.slice() };
  return new Uint8Array(await crypto.subtle[use](parameters, imported, data.slice()));
}

async function build(): Promise<CiphersuiteImpl> {
  correctTable();
  const aead = {
    encrypt: (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plaintext: Uint8Array) =>
      aes128Gcm('encrypt', key, nonce, aad, plaintext),
    decrypt: (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, ciphertext: Uint8Array) =>
      aes128Gcm('decrypt', key, nonce, aad, ciphertext),
  };
  const hpke = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });
  return {
    name: SUITE,
    hash: makeHashImpl(crypto.subtle, 'SHA-256'),
    kdf: makeKdfImpl(new HkdfSha256()),
    // ts-mls' names of HPKE algorithms only choose special cases of other curves.
    hpke: await makeGenericHpke({ kem: 'X-Wing', kdf: 'HKDF-SHA256', aead: 'AES128GCM' }, aead, hpke),
    signature: {
      sign,
      verify,
      keygen: async () => {
        const { privateKey, publicKey } = await generateKeys();
        return { signKey: privateKey, publicKey };
      },
    },
    rng: { randomBytes: (n) => crypto.getRandomValues(new Uint8Array(n)) },
  };
}

/** The HPKE public key of a private key, both as bytes. */
export async function publicKeyOf(privateKey: Uint8Array): Promise<Uint8Array> {
  const kem = new XWing();
  const { publicKey } = await kem.generateKeyPairDerand(privateKey.slice());
  return new Uint8Array(await kem.serializePublicKey(publicKey));
}

let built: Promise<CiphersuiteImpl> | undefined;

/** The suite's implementation, made once. */
export function suite(): Promise<CiphersuiteImpl> {
  built ??= build();
  return built;
}
