import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64, toBase64Url } from '../../src/e2ee/bytes';
import { type ContactKey, type Own, offerKey, openContact, proven, sealContact } from '../../src/e2ee/contact';
import { generateKeys } from '../../src/e2ee/ed25519';
import { type Authority, authority } from './people';

const AT = 1_795_521_600_000;
const contact = { name: 'Alex', reach: '07700 900123', when: 'after six, no voicemail' };

async function device(line: Authority, digit: string, claims: object): Promise<Own> {
  const keys = await generateKeys();
  return { keys, device: digit.repeat(32), credential: await line.issue(keys.publicKey, claims) };
}

async function offered(own: Own): Promise<ContactKey> {
  const { device: id, credential, keys } = own;
  return { device: id, credential, device_key: toBase64Url(keys.publicKey), ...(await offerKey(own)) };
}

async function people() {
  const line = await authority();
  const sam = await device(line, '1', { name: 'Sam' });
  const rhian = await device(line, '2', { name: 'Rhian', role: 'clinician' });
  const tom = await device(line, '3', { name: 'Tom', role: 'clinician' });
  return { line, sam, rhian, tom };
}

describe('a contact detail', () => {
  test('is read at the clinicians’ devices that it was sealed for, and says who took it down', async () => {
    const { line, sam, rhian, tom } = await people();
    const recipients = await proven([await offered(rhian)], line.publicKey, Date.now());
    expect(recipients.map(({ name }) => name)).toEqual(['Rhian']);
    const { sealed, copies } = await sealContact(contact, AT, sam, recipients);
    const [copy] = copies;
    const opened = await openContact(sealed, copy?.copy ?? '', AT, rhian, line.publicKey);
    expect({ ...opened.contact, by: opened.by }).toEqual({ ...contact, by: 'Sam' });
    await expect(openContact(sealed, copy?.copy ?? '', AT, tom, line.publicKey)).rejects.toThrow();
  });

  test('is sealed for a clinician who came later by one who can read it', async () => {
    const { line, sam, rhian, tom } = await people();
    const [first, second] = await proven([await offered(rhian), await offered(tom)], line.publicKey, Date.now());
    if (!first || !second) throw new Error('both keys are proven');
    const { sealed, copies } = await sealContact(contact, AT, sam, [first]);
    const opened = await openContact(sealed, copies[0]?.copy ?? '', AT, rhian, line.publicKey);
    const [copy] = await opened.share([second]);
    expect(copy?.device).toBe(tom.device);
    expect((await openContact(sealed, copy?.copy ?? '', AT, tom, line.publicKey)).contact).toEqual(contact);
  });

  test('is as long whatever it says', async () => {
    const { line, sam, rhian } = await people();
    const recipients = await proven([await offered(rhian)], line.publicKey, Date.now());
    const [long, short] = await Promise.all(
      [contact, { name: 'A', reach: '1', when: '' }].map((one) => sealContact(one, AT, sam, recipients)),
    );
    expect(short?.sealed.length).toBe(long?.sealed.length);
    expect(short?.copies[0]?.copy.length).toBe(long?.copies[0]?.copy.length);
  });

  test('is sealed for nobody whose key the server made up, moved, or took from another role', async () => {
    const { line, sam, rhian, tom } = await people();
    const rogue = await authority();
    const forged = await device(rogue, '4', { name: 'Rhian', role: 'clinician' });
    const own = await offered(rhian);
    const other = await offered(tom);
    const ended = await device(line, '5', { name: 'Una', role: 'clinician', iat: 1000, exp: 2000 });
    const offers = [
      await offered(forged),
      await offered(sam),
      await offered(ended),
      { ...own, key: other.key },
      { ...own, key: other.key, signature: other.signature },
      { ...own, device: tom.device },
      { ...own, device_key: other.device_key },
      { ...own, credential: 'not a credential' },
    ];
    expect(await proven(offers, line.publicKey, Date.now())).toEqual([]);
  });

  test('is not taken from a server that made it up, changed it, or put it beside another time', async () => {
    const { line, sam, rhian } = await people();
    const recipients = await proven([await offered(rhian)], line.publicKey, Date.now());
    const rogue = await authority();
    const forger = await device(rogue, '6', { name: 'Sam' });
    const forged = await sealContact(contact, AT, forger, recipients);
    const open = (sealed: string, copy: string | undefined, at = AT) =>
      openContact(sealed, copy ?? '', at, rhian, line.publicKey);
    await expect(open(forged.sealed, forged.copies[0]?.copy)).rejects.toThrow();
    const good = await sealContact(contact, AT, sam, recipients);
    await expect(open(good.sealed, good.copies[0]?.copy, AT + 60_000)).rejects.toThrow('another follow-up');
    await expect(open(good.sealed, forged.copies[0]?.copy)).rejects.toThrow();
    const bytes = fromBase64(good.sealed);
    if (!bytes) throw new Error('not base64');
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    await expect(open(toBase64(bytes), good.copies[0]?.copy)).rejects.toThrow();
    await expect(open('', '')).rejects.toThrow();
  });
});
