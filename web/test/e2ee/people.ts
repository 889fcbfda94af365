import type { Member, SignatureKeyPair } from '../../src/e2ee/api';
import { toBase64Url, toHex, utf8 } from '../../src/e2ee/bytes';
import { generateKeys, sign } from '../../src/e2ee/ed25519';
import { createGroupMember } from '../../src/e2ee/group';

/** The people of a test: an authority, staff with credentials signed by it, anonymous callers. */
export const CALL = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

export interface Authority {
  readonly publicKey: string;
  issue(device: Uint8Array, changes?: { claims?: object; header?: object }): Promise<string>;
}

export async function authority(): Promise<Authority> {
  const keys = await generateKeys();
  const kid = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', keys.publicKey.slice()))).slice(0, 16);
  return {
    publicKey: toBase64Url(keys.publicKey),
    async issue(device, changes = {}) {
      const seconds = Math.floor(Date.now() / 1000);
      const header = { alg: 'EdDSA', typ: 'quietline-staff+jwt', kid, ...changes.header };
      const claims = {
        iss: 'quietline authority',
        sub: '0123456789abcdef0123456789abcdef',
        name: 'Priya',
        role: 'counsellor',
        iat: seconds - 10,
        exp: seconds + 3600,
        cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(device) } },
        ...changes.claims,
      };
      const signed = `${toBase64Url(utf8(JSON.stringify(header)))}.${toBase64Url(utf8(JSON.stringify(claims)))}`;
      return `${signed}.${toBase64Url(await sign(keys.privateKey, utf8(signed)))}`;
    },
  };
}

export interface Person {
  readonly keys: SignatureKeyPair;
  readonly member: Member;
}

export async function caller(line: Authority, keys?: SignatureKeyPair): Promise<Person> {
  const own = keys ?? (await generateKeys());
  return {
    keys: own,
    member: await createGroupMember({ call: CALL, authority: line.publicKey, keys: own, now: Date.now }),
  };
}

export async function staff(line: Authority, claims: object = {}, keys?: SignatureKeyPair): Promise<Person> {
  const own = keys ?? (await generateKeys());
  const credential = await line.issue(own.publicKey, { claims });
  const member = await createGroupMember({
    call: CALL,
    authority: line.publicKey,
    keys: own,
    credential,
    now: Date.now,
  });
  return { keys: own, member };
}
