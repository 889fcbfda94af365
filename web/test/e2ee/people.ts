import { expect } from 'vitest';
import type { Member, Refusal, SignatureKeyPair } from '../../src/e2ee/api';
import { toBase64Url, toHex, utf8 } from '../../src/e2ee/bytes';
import { generateKeys, sign } from '../../src/e2ee/ed25519';
import { createGroupMember } from '../../src/e2ee/group';

/** The people of a test: an authority, staff with credentials signed by it, anonymous callers. */
export const CALL = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
/** The staff id that a credential has unless a test says another. */
export const SUB = '0123456789abcdef0123456789abcdef';

export interface Authority {
  readonly publicKey: string;
  issue(device: Uint8Array, claims?: object, header?: object): Promise<string>;
}

export async function authority(): Promise<Authority> {
  const keys = await generateKeys();
  const kid = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', keys.publicKey.slice()))).slice(0, 16);
  return {
    publicKey: toBase64Url(keys.publicKey),
    async issue(device, claims = {}, header = {}) {
      const seconds = Math.floor(Date.now() / 1000);
      const head = { alg: 'EdDSA', typ: 'quietline-staff+jwt', kid, ...header };
      const body = {
        iss: 'quietline authority',
        sub: SUB,
        name: 'Priya',
        role: 'counsellor',
        iat: seconds - 10,
        exp: seconds + 3600,
        cnf: { jwk: { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(device) } },
        ...claims,
      };
      const signed = `${toBase64Url(utf8(JSON.stringify(head)))}.${toBase64Url(utf8(JSON.stringify(body)))}`;
      return `${signed}.${toBase64Url(await sign(keys.privateKey, utf8(signed)))}`;
    },
  };
}

export interface Person {
  readonly keys: SignatureKeyPair;
  readonly member: Member;
  readonly credential?: string;
}

export async function caller(
  line: Authority,
  keys?: SignatureKeyPair,
  call: Uint8Array | (() => Uint8Array) = CALL,
): Promise<Person> {
  const own = keys ?? (await generateKeys());
  const member = await createGroupMember({ call, authority: line.publicKey, keys: own, now: Date.now });
  return { keys: own, member };
}

export async function staff(
  line: Authority,
  claims: object = {},
  keys?: SignatureKeyPair,
  call: Uint8Array = CALL,
): Promise<Person> {
  const own = keys ?? (await generateKeys());
  const credential = await line.issue(own.publicKey, claims);
  const member = await createGroupMember({ call, authority: line.publicKey, keys: own, credential, now: Date.now });
  return { keys: own, member, credential };
}

export interface Pair {
  readonly line: Authority;
  readonly counsellor: Person;
  readonly person: Person;
}

/** A counsellor (leaf 0) and a caller (leaf 1) in a call, in epoch 1. */
export async function pair(): Promise<Pair> {
  const line = await authority();
  const [counsellor, person] = [await staff(line), await caller(line)];
  const pending = await counsellor.member.prepareGroup(await person.member.keyPackage());
  pending.confirm();
  await person.member.join(pending.welcome);
  return { line, counsellor, person };
}

/** `who` lets `newcomer` in; the others hear of it. */
export async function enter(who: Person, newcomer: Person, ...others: Person[]): Promise<void> {
  const pending = await who.member.prepareAdd(await newcomer.member.keyPackage());
  pending.confirm();
  await newcomer.member.join(pending.welcome);
  for (const other of others) await other.member.applyCommit(pending.commit);
}

export function expectSameKeys(one: Person, other: Person): void {
  expect(one.member.current?.epoch).toBe(other.member.current?.epoch);
  expect(one.member.current?.baseKey).toEqual(other.member.current?.baseKey);
  expect(one.member.epochAuthenticator).toEqual(other.member.epochAuthenticator);
  expect(one.member.epochAuthenticator).toHaveLength(32);
}

export async function expectTalking(from: Person, to: Person): Promise<void> {
  const leaf = from.member.current?.members.find(({ me }) => me)?.leaf;
  const opened = await to.member.open(await from.member.seal(utf8('hello')));
  expect(opened).toEqual({ from: leaf, data: utf8('hello') });
}

/** The code with which `operation` was refused. */
export async function refusal(operation: Promise<unknown>): Promise<string> {
  const error = await operation.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  // By name, because a test may load the module twice.
  if (error instanceof Error && error.name === 'Refusal') return (error as Refusal).code;
  throw error;
}
