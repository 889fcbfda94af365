/**
 * A contact detail, sealed on the console that takes it down so that only devices of clinicians can read it. No server is believed:
 * a key to seal for must be signed by a device whose credential the line's authority signed, and so must what is read.
 * Formats: docs/followups.md, "A contact detail".
 */
import { Aes128Gcm, CipherSuite, HkdfSha256 } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import type { SignatureKeyPair } from './api';
import { type Bytes, concat, fromBase64, fromBase64Url, toBase64, toBase64Url, utf8 } from './bytes';
import type { Contact } from './contact-form';
import { verifyCredential, verifyStaffCredential } from './credential';
import { sign, verify } from './ed25519';

/** A device that asks to be sealed for, as the server tells of it. */
export interface ContactKey {
  readonly device: string;
  /** The device's Ed25519 key, base64url. */
  readonly device_key: string;
  readonly credential: string;
  /** X-Wing public key, base64. */
  readonly key: string;
  /** By the device's key, base64. */
  readonly signature: string;
}

/** A clinician's device whose key was proven. */
export interface Recipient {
  readonly device: string;
  readonly name: string;
  readonly key: Uint8Array;
}

export interface Copy {
  readonly device: string;
  readonly copy: string;
}

export interface Sealed {
  readonly sealed: string;
  readonly copies: Copy[];
}

/** This device: its keys, its id and its credential. */
export interface Own {
  readonly keys: SignatureKeyPair;
  readonly device: string;
  readonly credential: string;
}

/** Whoever opens: what was said, and by whom. */
export interface Opened {
  readonly contact: Contact;
  readonly by: string;
  /** Seals it for more devices. */
  share(recipients: readonly Recipient[]): Promise<Copy[]>;
}

const KEY_LABEL = 'quietline contact key v1\n';
const DETAIL_LABEL = 'quietline contact v1\n';
const COPY_LABEL = 'quietline contact copy v1\n';
/** What is sealed is always this long, so that its length says nothing. */
const PADDED = 4096;
const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes128Gcm() });

/** This device's key pair: from its own private key, so that there is nothing more to keep or to lose. */
async function pairOf({ keys, device }: Own) {
  const material = await crypto.subtle.importKey('raw', keys.privateKey.slice(), 'HKDF', false, ['deriveBits']);
  const seed = await crypto.subtle.deriveBits(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(KEY_LABEL + device) },
    material,
    256,
  );
  return new XWing().generateKeyPairDerand(new Uint8Array(seed));
}

/** What a clinician's device has the server keep: its key, signed. */
export async function offerKey(own: Own): Promise<{ key: string; signature: string }> {
  const { publicKey } = await pairOf(own);
  const key = new Uint8Array(await new XWing().serializePublicKey(publicKey));
  const signature = await sign(own.keys.privateKey, concat(utf8(KEY_LABEL + own.device), key));
  return { key: toBase64(key), signature: toBase64(signature) };
}

/** Of the devices that the server names, those of clinicians, by the authority's signature and their own. */
export async function proven(
  offered: readonly ContactKey[],
  authority: string,
  now: number,
): Promise<readonly Recipient[]> {
  const checked = await Promise.all(offered.map((one) => prove(one, authority, now).catch(() => undefined)));
  return checked.filter((recipient) => recipient !== undefined);
}

async function prove(one: ContactKey, authority: string, now: number): Promise<Recipient | undefined> {
  const [deviceKey, key, signature] = [fromBase64Url(one.device_key), fromBase64(one.key), fromBase64(one.signature)];
  if (!deviceKey || !key || !signature) return undefined;
  const { role, name } = await verifyStaffCredential(one.credential, deviceKey, authority, now);
  const holds = await verify(deviceKey, concat(utf8(KEY_LABEL + one.device), key), signature);
  return role === 'clinician' && holds ? { device: one.device, name, key } : undefined;
}

/** Seals a contact detail for those devices, with who took it down and for when. */
export async function sealContact(
  contact: Contact,
  at: number,
  own: Own,
  recipients: readonly Recipient[],
): Promise<Sealed> {
  const { credential, keys } = own;
  const detail = JSON.stringify({ ...contact, at, credential, key: toBase64Url(keys.publicKey) });
  const signature = toBase64(await sign(keys.privateKey, utf8(DETAIL_LABEL + detail)));
  const text = utf8(JSON.stringify({ detail, signature }));
  if (text.length > PADDED) throw new RangeError('the contact detail is too long');
  const padded = utf8(' '.repeat(PADDED));
  padded.set(text);
  const contentKey = crypto.getRandomValues(new Uint8Array(32));
  // The key seals nothing else, so the nonce may be fixed.
  const sealed = new Uint8Array(await crypto.subtle.encrypt(gcm(), await aes(contentKey, 'encrypt'), padded));
  return { sealed: toBase64(sealed), copies: await copiesOf(contentKey, recipients) };
}

/** Opens one at a device that it was sealed for. Throws where anything of it does not hold. */
export async function openContact(
  sealed: string,
  copy: string,
  at: number,
  own: Own,
  authority: string,
): Promise<Opened> {
  const [box, wrapped] = [fromBase64(sealed), fromBase64(copy)];
  if (!box || !wrapped || wrapped.length <= suite.kem.encSize) throw new Error('the contact detail cannot be read');
  const { privateKey } = await pairOf(own);
  const recipient = await suite.createRecipientContext({
    recipientKey: privateKey,
    enc: wrapped.slice(0, suite.kem.encSize).buffer,
    info: utf8(COPY_LABEL + own.device),
  });
  const contentKey = new Uint8Array(await recipient.open(wrapped.slice(suite.kem.encSize).buffer));
  const text = await crypto.subtle.decrypt(gcm(), await aes(contentKey, 'decrypt'), box);
  const { detail, signature } = JSON.parse(new TextDecoder().decode(text)) as { detail: string; signature: string };
  const said = JSON.parse(detail) as Contact & { at: number; credential: string; key: string };
  const [key, signed] = [fromBase64Url(said.key), fromBase64(signature)];
  if (!key || !signed || !(await verify(key, utf8(DETAIL_LABEL + detail), signed))) {
    throw new Error('nobody has signed this contact detail');
  }
  // Whoever took it down may have a newer credential by now.
  const { identity } = await verifyCredential(utf8(said.credential), key, authority);
  if (identity.role === 'caller') throw new Error('nobody of staff has signed this contact detail');
  if (said.at !== at) throw new Error('this contact detail is of another follow-up');
  const { name, reach, when } = said;
  return { contact: { name, reach, when }, by: identity.name, share: (others) => copiesOf(contentKey, others) };
}

async function copiesOf(contentKey: Uint8Array, recipients: readonly Recipient[]): Promise<Copy[]> {
  const copies: Copy[] = [];
  for (const { device, key } of recipients) {
    const sender = await suite.createSenderContext({
      recipientPublicKey: await suite.kem.deserializePublicKey(key.slice()),
      info: utf8(COPY_LABEL + device),
    });
    const sealed = new Uint8Array(await sender.seal(contentKey.slice().buffer));
    copies.push({ device, copy: toBase64(concat(new Uint8Array(sender.enc), sealed)) });
    // One at a time, so that a page that is in a call can do what it has to meanwhile.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return copies;
}

const gcm = () => ({ name: 'AES-GCM', iv: new Uint8Array(12) });
const aes = (key: Bytes, use: 'encrypt' | 'decrypt') => crypto.subtle.importKey('raw', key, 'AES-GCM', false, [use]);
