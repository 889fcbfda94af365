import { describe, expect, test } from 'vitest';
import { fromBase64Url, toBase64Url, utf8 } from '../../src/e2ee/bytes';
import { CALLER_IDENTITY, verifyCredential, verifyStaffCredential } from '../../src/e2ee/credential';
import { generateKeys, sign, verify } from '../../src/e2ee/ed25519';
import { authority, refusal, SUB } from './people';

describe('a staff credential', () => {
  test('names the person, for the key that it is bound to', async () => {
    const [line, { publicKey }] = [await authority(), await generateKeys()];
    const credential = await line.issue(publicKey, { name: 'Zoë 🙂', role: 'supervisor' });
    expect(await verifyStaffCredential(credential, publicKey, line.publicKey, Date.now())).toEqual({
      role: 'supervisor',
      name: 'Zoë 🙂',
      staff: SUB,
    });
    const other = (await generateKeys()).publicKey;
    expect(await refusal(verifyStaffCredential(credential, other, line.publicKey, Date.now()))).toBe(
      'unsigned-credential',
    );
  });

  test('is in force from its beginning, less a minute, until its end', async () => {
    const [line, { publicKey }] = [await authority(), await generateKeys()];
    const credential = await line.issue(publicKey, { iat: 1000, exp: 2000 });
    const at = (second: number) => verifyStaffCredential(credential, publicKey, line.publicKey, second * 1000);
    for (const second of [940, 1000, 1999]) await at(second);
    for (const second of [939, 2000]) expect(await refusal(at(second))).toBe('expired-credential');
  });

  test('is refused when a single character of it is changed', async () => {
    const [line, { publicKey }] = [await authority(), await generateKeys()];
    const credential = await line.issue(publicKey);
    for (let i = 0; i < credential.length; i += 7) {
      const bent = credential.slice(0, i) + (credential[i] === 'A' ? 'B' : 'A') + credential.slice(i + 1);
      expect(await refusal(verifyStaffCredential(bent, publicKey, line.publicKey, Date.now()))).toBe(
        'unsigned-credential',
      );
    }
  });

  test('is refused when its name would not be seen as it was signed, whoever signed it', async () => {
    const [line, { publicKey }] = [await authority(), await generateKeys()];
    const check = async (name: string) =>
      verifyStaffCredential(await line.issue(publicKey, { name }), publicKey, line.publicKey, Date.now());
    for (const name of ['S', ' Sam ', 'Siân', 'Anne-Marie O’Neill', 'Zoë 🙂', 'Łukasz', '李', 'x'.repeat(40)]) {
      expect(await check(name)).toMatchObject({ name });
    }
    const unseen = {
      empty: '',
      'white space': ' \u00a0 ',
      'too long': 'x'.repeat(41),
      'a line break': 'Sam\n',
      'a control of the second set': 'Sam\u0085',
      'a right-to-left override': 'Sam \u202Ellesnuoc',
      'an isolate': '\u2067Sam',
      'a zero-width space': 'Sa\u200Bm',
      'a zero-width joiner': 'Sam\u200D',
      'a soft hyphen': 'Sa\u00ADm',
      'a byte order mark': '\uFEFFSam',
      'a tag': 'Sam\u{E0041}',
      'a line separator': 'Sam\u2028',
      'a paragraph separator': 'Sam\u2029',
      'private use': 'Sam\uE000',
      'a lone surrogate': 'Sam\uD800',
    };
    for (const [what, name] of Object.entries(unseen)) {
      expect(await refusal(check(name)), what).toBe('unsigned-credential');
    }
  });

  test('needs an authority key that can be read', async () => {
    const [line, { publicKey }] = [await authority(), await generateKeys()];
    const credential = await line.issue(publicKey);
    for (const bad of ['', 'x', `${line.publicKey}=`, line.publicKey.slice(1)]) {
      expect(await refusal(verifyStaffCredential(credential, publicKey, bad, Date.now()))).toBe('unsigned-credential');
    }
  });

  test('is not what the caller has', async () => {
    const line = await authority();
    const { publicKey } = await generateKeys();
    expect(await verifyCredential(CALLER_IDENTITY, publicKey, line.publicKey)).toEqual({
      identity: { role: 'caller' },
    });
    expect(await refusal(verifyStaffCredential('quietline caller v1', publicKey, line.publicKey, 0))).toBe(
      'unsigned-credential',
    );
  });
});

describe('Ed25519', () => {
  test('verifies its own signatures and no others', async () => {
    const { privateKey, publicKey } = await generateKeys();
    const signature = await sign(privateKey, utf8('message'));
    expect(await verify(publicKey, utf8('message'), signature)).toBe(true);
    expect(await verify(publicKey, utf8('another'), signature)).toBe(false);
    expect(await verify(publicKey.subarray(1), utf8('message'), signature)).toBe(false);
    expect(await verify(publicKey, utf8('message'), signature.subarray(1))).toBe(false);
    expect(await verify((await generateKeys()).publicKey, utf8('message'), signature)).toBe(false);
  });

  test('agrees with RFC 8032, test 2', async () => {
    const hex = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
    const privateKey = hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
    const publicKey = hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = await sign(privateKey, Uint8Array.of(0x72));
    expect(toBase64Url(signature.subarray(0, 32))).toBe(
      toBase64Url(hex('92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da')),
    );
    expect(await verify(publicKey, Uint8Array.of(0x72), signature)).toBe(true);
  });
});

test('base64url is read in one form only', () => {
  expect(fromBase64Url('_-8')).toEqual(Uint8Array.of(0xff, 0xef));
  for (const bad of ['_-9', '_-8=', '+/8', 'a', '_-8\n', ' _-8']) expect(fromBase64Url(bad)).toBeUndefined();
});
