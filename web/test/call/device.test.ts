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

const answers = (ok: boolean, body: object) => {
  browser.answer = { ok, json: async () => body };
};
const ids = { staff: '01'.repeat(16), device: '02'.repeat(16) };
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no failure',
    (error) => error.code,
  );

describe('enrolment', () => {
  test('proves the key by a signature over origin and token, and keeps it', async () => {
    answers(true, { ...ids, credential: null });
    const device = await store.enrol('secret', ' Priya ');
    const [{ path, body } = { path: '', body: '' }] = browser.posts;
    const sent = JSON.parse(body);
    expect(path).toBe('/api/staff/enrol');
    expect(sent).toMatchObject({ token: 'secret', name: 'Priya', device_key: device.publicKey });
    const [key, signature] = [fromBase64Url(sent.device_key), fromBase64(sent.signature)];
    if (!key || !signature) throw new Error('unreadable');
    expect(await verify(key, utf8('quietline enrol v1\nhttps://line.example\nsecret'), signature)).toBe(true);
    expect(device).toMatchObject({ name: 'Priya', credential: undefined });
    expect(await store.load()).toEqual(device);
  });

  test.each(['', '   ', 'x'.repeat(41), 'a\nb', 'maS\u202e'])('refuses the name %j before it is sent', async (name) => {
    expect(await failure(store.enrol('secret', name))).toBe('bad-name');
    expect(browser.posts).toEqual([]);
  });

  test('says when the link is used, and keeps nothing', async () => {
    answers(false, { code: 'bad_credential', text: 'No.' });
    expect(await failure(store.enrol('secret', 'Priya'))).toBe('link-used');
    expect(kept).toBe(undefined);
  });

  test('says when the server does not answer', async () => {
    const offline = { ...browser.surroundings, post: () => Promise.reject(new TypeError('failed')) };
    const config = { service: 'Line', phone: '1', authority: issuer.publicKey };
    expect(await failure(createDeviceStore(config, offline, shelf).enrol('secret', 'Priya'))).toBe('offline');
  });
});

describe('a pasted credential', () => {
  beforeEach(async () => {
    answers(true, { ...ids, credential: null });
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
