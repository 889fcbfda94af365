import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDeviceStore, type DeviceStore } from '../../src/call/device';
import type { DeviceShelf, KeptDevice } from '../../src/call/shelf';
import { fromBase64, fromBase64Url, utf8 } from '../../src/e2ee/bytes';
import { verify } from '../../src/e2ee/ed25519';
import { generateKeys } from '../../src/e2ee/mls';
import { type Authority, authority } from '../e2ee/people';
import { FakeLine } from './fakes/line';
import { FakeBrowser } from './fakes/pages';

let issuer: Authority;
let browser: FakeBrowser;
let kept: KeptDevice | undefined;
let store: DeviceStore;

const shelf: DeviceShelf = {
  get: async () => kept,
  put: async (device) => {
    kept = device;
  },
  clear: async () => {
    kept = undefined;
  },
};

beforeAll(async () => {
  issuer = await authority();
});

beforeEach(() => {
  kept = undefined;
  browser = new FakeBrowser(new FakeLine().staffSide);
  store = createDeviceStore({ service: 'Line', phone: '1', authority: issuer.publicKey }, browser.surroundings, shelf);
});

const ids = { staff: '01'.repeat(16), device: '02'.repeat(16) };
const answers = (path: string, ok: boolean, body: object) => {
  browser.answers.set(`/api/staff/${path}`, { ok, json: async () => body });
};
/** A server that enrols, with that credential. */
const enrols = (credential: string | null = null) => {
  answers('passkey/enrol', true, { ceremony: 'c1', options: { challenge: 'AA' } });
  answers('passkey/enrolled', true, {
    ...ids,
    name: 'Priya',
    role: 'counsellor',
    credential,
    session: 'first session',
  });
};
const sent = (path: string) => JSON.parse(browser.posts.find((post) => post.path === `/api/staff/${path}`)?.body ?? '');
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    (error) => error.code,
  );

describe('enrolment', () => {
  test('proves the device key by a signature, makes a passkey, keeps the keys and has a session', async () => {
    enrols();
    const device = await store.enrol('secret', ' Priya ');
    const begun = sent('passkey/enrol');
    expect(begun).toMatchObject({ token: 'secret', name: 'Priya', device_key: device.publicKey });
    const [key, signature] = [fromBase64Url(begun.device_key), fromBase64(begun.signature)];
    if (!key || !signature) throw new Error('unreadable');
    const said = `quietline enrol browser v1\nhttps://line.example\nsecret\n${begun.bound_key}`;
    expect(await verify(key, utf8(said), signature)).toBe(true);
    expect(fromBase64Url(begun.bound_key)?.length).toBe(65);
    expect(browser.asked.create).toEqual([{ challenge: 'AA' }]);
    expect(sent('passkey/enrolled')).toEqual({ ceremony: 'c1', passkey: { id: 'passkey' } });
    expect(device).toMatchObject({ name: 'Priya', role: 'counsellor', credential: undefined });
    expect(await store.load()).toEqual(device);
    expect(store.hasSession).toBe(true);
  });

  test('keeps a bound key that no script can read', async () => {
    enrols();
    await store.enrol('secret', 'Priya');
    const { privateKey } = kept?.bound ?? {};
    if (!privateKey) throw new Error('no bound key was kept');
    expect(privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('jwk', privateKey)).rejects.toThrow();
  });

  test.each(['x'.repeat(41), 'a\nb', 'maS\u202e'])('refuses the name %j before it is sent', async (name) => {
    expect(await failure(store.enrol('secret', name))).toBe('bad-name');
    expect(browser.posts).toEqual([]);
  });

  test('says when the link is used, and keeps nothing', async () => {
    answers('passkey/enrol', false, { code: 'bad_credential', text: 'No.' });
    expect(await failure(store.enrol('secret', 'Priya'))).toBe('link-used');
    expect(kept).toBe(undefined);
    expect(store.hasSession).toBe(false);
  });

  test('says when the person or the browser makes no passkey', async () => {
    enrols();
    browser.passkey = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    expect(await failure(store.enrol('secret', 'Priya'))).toBe('passkey-stopped');
    browser.passkey = () => Promise.reject(new DOMException('', 'SecurityError'));
    expect(await failure(store.enrol('secret', 'Priya'))).toBe('no-passkeys');
    const config = { service: 'Line', phone: '1', authority: issuer.publicKey };
    const old = { ...browser.surroundings, passkeys: undefined };
    expect(await failure(createDeviceStore(config, old, shelf).enrol('secret', 'Priya'))).toBe('no-passkeys');
    expect(kept).toBe(undefined);
  });

  test('says when the server does not answer', async () => {
    const offline = { ...browser.surroundings, post: () => Promise.reject(new TypeError('failed')) };
    const config = { service: 'Line', phone: '1', authority: issuer.publicKey };
    expect(await failure(createDeviceStore(config, offline, shelf).enrol('secret', 'Priya'))).toBe('offline');
  });
});

describe('signing in', () => {
  beforeEach(async () => {
    enrols();
    await store.enrol('secret', 'Priya');
    browser.session.close();
  });

  test('proves the passkey and the bound key, and has a session', async () => {
    answers('passkey/sign-in', true, { ceremony: 'c2', options: { challenge: 'BB' } });
    answers('passkey/signed-in', true, { session: 'second session' });
    await store.signIn();
    expect(sent('passkey/sign-in')).toEqual({ device: ids.device });
    expect(browser.asked.get).toEqual([{ challenge: 'BB' }]);
    const { ceremony, passkey, signature } = sent('passkey/signed-in');
    expect({ ceremony, passkey }).toEqual({ ceremony: 'c2', passkey: { id: 'passkey' } });
    const said = utf8('quietline passkey v1\nhttps://line.example\nc2');
    const ecdsa = { name: 'ECDSA', hash: 'SHA-256' };
    const key = kept?.bound.publicKey;
    const bytes = fromBase64(signature);
    if (!key || !bytes) throw new Error('unreadable');
    expect(await crypto.subtle.verify(ecdsa, key, bytes, said)).toBe(true);
    expect(browser.session.token).toBe('second session');
  });

  test('says when the device is shut out, or the passkey is not accepted', async () => {
    answers('passkey/sign-in', false, { code: 'bad_credential', text: 'No.' });
    expect(await failure(store.signIn())).toBe('shut-out');
    answers('passkey/sign-in', true, { ceremony: 'c2', options: {} });
    answers('passkey/signed-in', false, { code: 'bad_credential', text: 'No.' });
    expect(await failure(store.signIn())).toBe('passkey-refused');
    expect(store.hasSession).toBe(false);
  });
});

describe('a pasted credential', () => {
  beforeEach(async () => {
    enrols();
    await store.enrol('secret', 'Priya');
  });

  test('is kept when the authority signed it for this device', async () => {
    const credential = await issuer.issue(kept?.keys.publicKey ?? new Uint8Array());
    expect(await store.accept(` ${credential}\n`)).toMatchObject({ credential });
  });

  test('is refused when it is for another device, or signed by another', async () => {
    const other = await issuer.issue((await generateKeys()).publicKey);
    expect(await failure(store.accept(other))).toBe('not-for-this-device');
    const forged = await (await authority()).issue(kept?.keys.publicKey ?? new Uint8Array());
    expect(await failure(store.accept(forged))).toBe('not-for-this-device');
    expect(kept?.credential).toBe(undefined);
  });

  test('is refused when it is something else', async () => {
    expect(await failure(store.accept('hello'))).toBe('not-a-credential');
  });

  test('is gone when the device is forgotten', async () => {
    await store.forget();
    expect(await store.load()).toBe(undefined);
  });
});
