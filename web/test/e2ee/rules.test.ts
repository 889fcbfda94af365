import type { ClientState } from 'ts-mls/clientState.js';
import type { Commit } from 'ts-mls/commit.js';
import { createCommit, createGroupInfoWithExternalPubAndRatchetTree, joinGroupExternal } from 'ts-mls/createCommit.js';
import { createApplicationMessage, createProposal } from 'ts-mls/createMessage.js';
import { proposeAddExternal } from 'ts-mls/externalProposal.js';
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from 'ts-mls/message.js';
import type { Proposal } from 'ts-mls/proposal.js';
import { toLeafIndex } from 'ts-mls/treemath.js';
import { createUpdatePath } from 'ts-mls/updatePath.js';
import { beforeEach, describe, expect, test } from 'vitest';
import type { RefusalCode, SignatureKeyPair } from '../../src/e2ee/api';
import { utf8 } from '../../src/e2ee/bytes';
import { generateKeys } from '../../src/e2ee/ed25519';
import { createGroupMember, inspectKeyPackage } from '../../src/e2ee/group';
import { suite } from '../../src/e2ee/suite';
import {
  type Authority,
  authority,
  CALL,
  caller,
  enter,
  expectSameKeys,
  expectTalking,
  type Person,
  pair,
  refusal,
  staff,
} from './people';
import {
  add,
  applyBare,
  type Bundle,
  commit,
  commitWithForeignPath,
  disguise,
  forge,
  joinAs,
  keyPackage,
  makeGroup,
  remove,
} from './rogue';

const CALLER = 'quietline caller v1';

/** A call with a counsellor (leaf 0), a caller (leaf 1) and a staff member who is truly in it but keeps no rule (leaf 2). */
let line: Authority;
let counsellor: Person;
let person: Person;
let rogue: ClientState;
let rogueKeys: SignatureKeyPair;
let rogueCredential: string;

beforeEach(async () => {
  ({ line, counsellor, person } = await pair());
  rogueKeys = await generateKeys();
  rogueCredential = await line.issue(rogueKeys.publicKey, { role: 'clinician', name: 'Rogue', sub: 'c'.repeat(32) });
  const bundle = await keyPackage(rogueCredential, rogueKeys);
  const pending = await counsellor.member.prepareAdd(bundle.message);
  pending.confirm();
  await person.member.applyCommit(pending.commit);
  rogue = await joinAs(bundle, pending.welcome);
});

/** Both members refuse the message, stay where they were, still talk, and still take a good commit. */
async function expectRefused(message: Uint8Array, code: RefusalCode): Promise<void> {
  const before = [counsellor.member.current, person.member.current];
  expect(await refusal(person.member.applyCommit(message))).toBe(code);
  expect(await refusal(counsellor.member.applyCommit(message))).toBe(code);
  expect([counsellor.member.current, person.member.current]).toEqual(before);
  await expectTalking(counsellor, person);
  const good = await staff(line, { role: 'supervisor', sub: 'd'.repeat(32) });
  await enter(counsellor, good, person);
  expectSameKeys(person, good);
}

const staffBundle = async (issuer: Authority, claims: object, header?: object): Promise<Bundle> => {
  const keys = await generateKeys();
  return keyPackage(await issuer.issue(keys.publicKey, claims, header), keys);
};
const someStaff = () => staffBundle(line, { sub: 'e'.repeat(32) });
const message = (content: MLSMessage) => encodeMlsMessage(content);
const seconds = () => Math.floor(Date.now() / 1000);

describe('a path whose public keys are not those of its secrets', () => {
  test('is refused in a commit', async () => {
    await expectRefused((await commitWithForeignPath(rogue, add(await someStaff()))).commit, 'malformed');
  });

  test('is refused on joining', async () => {
    const { member } = await caller(line);
    const joining = await addOf(await member.keyPackage());
    const group = await makeGroup(await keyPackage(rogueCredential, rogueKeys), CALL);
    const { welcome } = await commitWithForeignPath(group, joining);
    expect(await refusal(member.join(welcome))).toBe('malformed');
    const sound = await commit(group, joining);
    expect((await member.join(sound.welcome)).epoch).toBe(1n);
  });

  // When this fails, ts-mls checks by itself, and src/e2ee/path.ts can go (docs/dependencies.md).
  test('is taken by bare ts-mls', async () => {
    const newcomer = await someStaff();
    const founder = await keyPackage(rogueCredential, rogueKeys);
    const made = await commit(await makeGroup(founder, CALL), add(newcomer));
    const other = await joinAs(newcomer, made.welcome);
    const foreign = await commitWithForeignPath(made.next, add(await someStaff()));
    expect((await applyBare(other, foreign.commit)).groupContext.epoch).toBe(2n);
  });
});

describe('rule 1: a commit without a path', () => {
  test('that adds', async () => {
    const { commit: made } = await createCommit(
      { state: rogue, cipherSuite: await suite() },
      { extraProposals: [add(await someStaff())] },
    );
    await expectRefused(message(made), 'no-path');
  });

  test('that removes', async () => {
    await expectRefused(
      await forge(rogue, { proposals: [{ proposalOrRefType: 'proposal', proposal: remove(0) }], path: undefined }),
      'no-path',
    );
  });

  test('that is empty', async () => {
    await expectRefused(await forge(rogue, { proposals: [], path: undefined }), 'no-path');
  });
});

describe('rule 2: an Add of somebody without a credential of this line', () => {
  const cases: Record<string, () => Promise<Bundle>> = {
    'a made-up identity': async () => keyPackage('Dr. Evil', await generateKeys()),
    'a credential of another authority': async () => staffBundle(await authority(), {}),
    "another authority's signature under this line's key id": async () =>
      staffBundle(await authority(), {}, { kid: JSON.parse(atob(rogueCredential.split('.')[0] ?? '')).kid }),
    "another device's credential": async () => keyPackage(counsellor.credential ?? '', await generateKeys()),
    'no signature': async () => keyPackage(rogueCredential.replace(/[^.]*$/, ''), await generateKeys()),
    'a token that says it needs none': async () => staffBundle(line, {}, { alg: 'none' }),
    'a header with demands of its own': async () => staffBundle(line, {}, { crit: ['exp'] }),
    'a token that is too long': async () => staffBundle(line, { more: 'x'.repeat(800) }),
    'another kind of token': async () => staffBundle(line, {}, { typ: 'JWT' }),
    'another issuer': async () => staffBundle(line, { iss: 'somebody' }),
    'a role that there is not': async () => staffBundle(line, { role: 'caller' }),
    'a name with control characters': async () => staffBundle(line, { name: 'Pri\u0000ya' }),
    'a name that is too long': async () => staffBundle(line, { name: 'P'.repeat(41) }),
    'no name': async () => staffBundle(line, { name: '' }),
    'no staff id': async () => staffBundle(line, { sub: 'priya' }),
    'no end': async () => staffBundle(line, { exp: undefined }),
    'no key': async () => staffBundle(line, { cnf: undefined }),
    'a certificate': async () =>
      keyPackage('', await generateKeys(), { credential: { credentialType: 'x509', certificates: [utf8('x')] } }),
  };
  test.each(Object.entries(cases))('%s', async (_, make) => {
    const bundle = await make();
    expect(await refusal(inspectKeyPackage(bundle.message, line.publicKey, Date.now()))).toBe('unsigned-credential');
    expect(await refusal(counsellor.member.prepareAdd(bundle.message))).toBe('unsigned-credential');
  });

  test('is refused in a commit', async () => {
    const made = await commit(rogue, add(await keyPackage('Dr. Evil', await generateKeys())));
    await expectRefused(made.commit, 'unsigned-credential');
  });

  test('signed by another authority, is refused in a commit', async () => {
    const made = await commit(rogue, add(await staffBundle(await authority(), {})));
    await expectRefused(made.commit, 'unsigned-credential');
  });

  test('whose credential is out of force, is refused in a commit', async () => {
    const made = await commit(rogue, add(await staffBundle(line, { exp: seconds() - 1 })));
    await expectRefused(made.commit, 'expired-credential');
  });

  test('whose credential is not yet in force, is refused in a commit', async () => {
    const made = await commit(rogue, add(await staffBundle(line, { iat: seconds() + 600 })));
    await expectRefused(made.commit, 'expired-credential');
  });

  test('with a KeyPackage that is out of force, is refused', async () => {
    const keys = await generateKeys();
    const past = { notBefore: BigInt(seconds() - 100), notAfter: BigInt(seconds() - 10) };
    const bundle = await keyPackage(await line.issue(keys.publicKey), keys, { lifetime: past });
    expect(await refusal(counsellor.member.prepareAdd(bundle.message))).toBe('expired-credential');
    const content = await withPath(add(bundle));
    await expectRefused(await forge(rogue, content), 'expired-credential');
  });

  test('with a KeyPackage that somebody else signed, is refused', async () => {
    const { keyPackage: honest } = await someStaff();
    const bent = { ...honest, initKey: (await someStaff()).keyPackage.initKey };
    const bytes = message({ version: 'mls10', wireformat: 'mls_key_package', keyPackage: bent });
    expect(await refusal(counsellor.member.prepareAdd(bytes))).toBe('malformed');
  });

  test('is refused on joining a group that has one', async () => {
    const stranger = await makeGroup(await keyPackage('Dr. Evil', await generateKeys()), CALL);
    expect(await refusal(joinFrom(stranger))).toBe('unsigned-credential');
  });

  test('is refused on joining a group whose member is out of force', async () => {
    const stranger = await makeGroup(await staffBundle(line, { exp: seconds() - 1 }), CALL);
    expect(await refusal(joinFrom(stranger))).toBe('expired-credential');
  });
});

describe('rule 3: exactly one caller', () => {
  test('a second one in a commit', async () => {
    const made = await commit(rogue, add(await keyPackage(CALLER, await generateKeys())));
    await expectRefused(made.commit, 'second-caller');
  });

  test('the same one twice in a commit', async () => {
    const twin = await keyPackage(CALLER, person.keys);
    const content = await withPath(add(twin));
    await expectRefused(await forge(rogue, content), 'second-caller');
  });

  test('a second one at the counsellor', async () => {
    const second = await caller(line);
    expect(await refusal(counsellor.member.prepareAdd(await second.member.keyPackage()))).toBe('second-caller');
  });

  test('two on joining', async () => {
    const group = await makeGroup(await someStaff(), CALL);
    expect(await refusal(joinFrom(group, add(await keyPackage(CALLER, await generateKeys()))))).toBe('second-caller');
  });

  test('none on joining', async () => {
    const joining = await staff(line, { sub: 'f'.repeat(32) });
    const bundle = await joining.member.keyPackage();
    const { welcome } = await commit(await makeGroup(await someStaff(), CALL), await addOf(bundle));
    expect(await refusal(joining.member.join(welcome))).toBe('second-caller');
  });

  test('none when the group is made', async () => {
    const [first, second] = [await staff(line), await staff(line, { sub: 'f'.repeat(32) })];
    expect(await refusal(first.member.prepareGroup(await second.member.keyPackage()))).toBe('second-caller');
  });
});

describe('rule 4: whatever comes from outside', () => {
  test("a stranger's external commit", async () => {
    const cs = await suite();
    const info = await createGroupInfoWithExternalPubAndRatchetTree(rogue, [], cs);
    const stranger = await someStaff();
    const { publicMessage } = await joinGroupExternal(info, stranger.keyPackage, stranger.secrets, false, cs);
    await expectRefused(message({ version: 'mls10', wireformat: 'mls_public_message', publicMessage }), 'external');
  });

  test("a stranger's external proposal", async () => {
    const stranger = await someStaff();
    const info = await createGroupInfoWithExternalPubAndRatchetTree(rogue, [], await suite());
    const proposal = await proposeAddExternal(info, stranger.keyPackage, stranger.secrets, await suite());
    await expectRefused(message(proposal), 'external');
  });

  test("a member's commit that is not encrypted", async () => {
    const { commit: made } = await createCommit(
      { state: rogue, cipherSuite: await suite() },
      { wireAsPublicMessage: true },
    );
    await expectRefused(message(made), 'external');
  });

  test('a group that admits senders from outside', async () => {
    const bundle = await someStaff();
    const group = await makeGroup(bundle, CALL, [
      { extensionType: 'external_senders', extensionData: externalSender(bundle) },
    ]);
    expect(await refusal(joinFrom(group))).toBe('external');
  });
});

describe('rule 5: a commit about the group itself', () => {
  const proposals: Record<string, Proposal> = {
    'group-context extensions': {
      proposalType: 'group_context_extensions',
      groupContextExtensions: { extensions: [] },
    },
    'a re-initialisation': {
      proposalType: 'reinit',
      reinit: {
        groupId: CALL,
        version: 'mls10',
        cipherSuite: 'MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519',
        extensions: [],
      },
    },
    'a pre-shared key': {
      proposalType: 'psk',
      psk: { preSharedKeyId: { psktype: 'external', pskId: utf8('x'), pskNonce: new Uint8Array(32) } },
    },
  };
  test.each(Object.entries(proposals))('%s, without a path', async (_, proposal) => {
    const content = { proposals: [{ proposalOrRefType: 'proposal' as const, proposal }], path: undefined };
    await expectRefused(await forge(rogue, content), 'context-only');
  });

  test.each(Object.entries(proposals))('%s, with a path', async (_, proposal) => {
    const content = await withPath(proposal);
    await expectRefused(await forge(rogue, content), 'context-only');
  });

  test('as a library makes it', async () => {
    const gce = proposals['group-context extensions'] as Proposal;
    const { commit: made } = await createCommit(
      { state: rogue, cipherSuite: await suite() },
      { extraProposals: [gce] },
    );
    await expectRefused(message(made), 'context-only');
  });

  test('a group that has context extensions', async () => {
    const capabilities = Uint8Array.of(0, 0, 0);
    const group = await makeGroup(await someStaff(), CALL, [
      { extensionType: 'required_capabilities', extensionData: capabilities },
    ]);
    expect(await refusal(joinFrom(group))).toBe('context-only');
  });
});

describe('rule 6: a committer who becomes somebody else', () => {
  test('by another identity', async () => {
    const other = await line.issue(rogueKeys.publicKey, { name: 'Priya' });
    await expectRefused((await commit(disguise(rogue, { identity: other }))).commit, 'identity-changed');
  });

  test("by the caller's identity", async () => {
    await expectRefused((await commit(disguise(rogue, { identity: CALLER }))).commit, 'identity-changed');
  });

  test('by another signature key', async () => {
    const keys = await generateKeys();
    const changed = { ...disguise(rogue, { keys }), signaturePrivateKey: keys.privateKey };
    const bent = await pathOf(changed);
    await expectRefused(await forge(rogue, { proposals: [], path: bent }), 'identity-changed');
  });
});

describe('rule 7: a swap', () => {
  test('for another signature key', async () => {
    const made = await commit(rogue, remove(1), add(await keyPackage(CALLER, await generateKeys())));
    await expectRefused(made.commit, 'swap-key-changed');
  });

  test('of staff for another signature key', async () => {
    const made = await commit(rogue, remove(0), add(await someStaff()));
    await expectRefused(made.commit, 'swap-key-changed');
  });

  test("of the caller for staff with the caller's key", async () => {
    const credential = await line.issue(person.keys.publicKey, { sub: 'f'.repeat(32) });
    const made = await commit(rogue, remove(1), add(await keyPackage(credential, person.keys)));
    await expectRefused(made.commit, 'identity-changed');
  });

  test('together with an Add of somebody else', async () => {
    const made = await commit(rogue, remove(1), add(await keyPackage(CALLER, person.keys)), add(await someStaff()));
    await expectRefused(made.commit, 'swap-key-changed');
  });
});

describe('rule 8: what does not belong here', () => {
  test('a removal of the caller', async () => {
    await expectRefused((await commit(rogue, remove(1))).commit, 'removed-caller');
  });

  test('a replayed commit', async () => {
    const good = await staff(line, { role: 'supervisor', sub: 'd'.repeat(32) });
    const pending = await counsellor.member.prepareAdd(await good.member.keyPackage());
    pending.confirm();
    await person.member.applyCommit(pending.commit);
    expect(await refusal(person.member.applyCommit(pending.commit))).toBe('wrong-epoch');
    expect(await refusal(counsellor.member.applyCommit(pending.commit))).toBe('wrong-epoch');
    await expectTalking(counsellor, person);
  });

  test('application data of a past epoch', async () => {
    const late = await counsellor.member.seal(utf8('late'));
    await enter(counsellor, await staff(line, { sub: 'd'.repeat(32) }), person);
    expect(await refusal(person.member.open(late))).toBe('wrong-epoch');
  });

  test('a commit of another group of the same people', async () => {
    const call = CALL.map((byte) => byte ^ 0xff);
    const [again, callerAgain] = [await staff(line, {}, counsellor.keys, call), await caller(line, person.keys, call)];
    const pending = await again.member.prepareGroup(await callerAgain.member.keyPackage());
    await expectRefused(pending.commit, 'wrong-group');
    expect(await refusal(person.member.join(pending.welcome))).toBe('wrong-group');
  });

  test('a Welcome to another group than this call', async () => {
    const other = await makeGroup(await someStaff(), utf8('another call'));
    expect(await refusal(joinFrom(other))).toBe('wrong-group');
  });

  test('a Welcome to a past epoch', async () => {
    const old = await commit(rogue, remove(1), await addOf(await person.member.keyPackage()));
    const ahead = await staff(line, { sub: 'd'.repeat(32) });
    await enter(counsellor, ahead, person);
    await enter(counsellor, await staff(line, { sub: 'f'.repeat(32) }), person);
    expect(await refusal(person.member.join(old.welcome))).toBe('wrong-epoch');
    await expectTalking(counsellor, person);
  });

  test('a KeyPackage of another cipher suite', async () => {
    const bytes = (await someStaff()).message;
    // MLSMessage: version, wire format, then the KeyPackage's version and its cipher suite.
    bytes.set([0, 1], 6);
    expect(await refusal(inspectKeyPackage(bytes, line.publicKey, Date.now()))).toBe('malformed');
  });
});

describe('what cannot be read', () => {
  test('is refused as malformed', async () => {
    const { commit: made } = await commit(rogue);
    for (const bytes of [
      new Uint8Array(),
      Uint8Array.of(0),
      made.subarray(0, 40),
      Uint8Array.of(...made, 0),
      new Uint8Array(65_537),
    ]) {
      expect(await refusal(person.member.applyCommit(bytes))).toBe('malformed');
      expect(await refusal(person.member.open(bytes))).toBe('malformed');
      expect(await refusal(person.member.join(bytes))).toBe('malformed');
      expect(await refusal(counsellor.member.prepareAdd(bytes))).toBe('malformed');
    }
    await expectRefused(Uint8Array.of(...made.subarray(0, -1), (made.at(-1) ?? 0) ^ 1), 'malformed');
  });

  test('is a commit with a wrong confirmation tag', async () => {
    await expectRefused(await forge(rogue, { proposals: [], path: await pathOf(rogue) }), 'malformed');
  });

  test('is a lone proposal of a member', async () => {
    const { message: proposal } = await createProposal(rogue, false, remove(0), await suite());
    await expectRefused(message(proposal), 'malformed');
  });

  test('is a commit of a proposal by reference', async () => {
    const content = {
      proposals: [{ proposalOrRefType: 'reference' as const, reference: new Uint8Array(32) }],
      path: await pathOf(rogue),
    };
    await expectRefused(await forge(rogue, content), 'malformed');
  });

  test('is a proposal of an unknown kind', async () => {
    const proposal: Proposal = { proposalType: 0xf000, proposalData: utf8('x') };
    const content = await withPath(proposal);
    await expectRefused(await forge(rogue, content), 'malformed');
  });

  test('is a removal of nobody', async () => {
    const content = await withPath(remove(7));
    await expectRefused(await forge(rogue, content), 'malformed');
  });

  test('is application data in the place of a commit, and the other way round', async () => {
    expect(await refusal(person.member.open((await commit(rogue)).commit))).toBe('malformed');
    const data = await createApplicationMessage(rogue, utf8('hello'), await suite());
    const { privateMessage } = data;
    await expectRefused(message({ version: 'mls10', wireformat: 'mls_private_message', privateMessage }), 'malformed');
  });
});

describe('a clock that passes the end of a credential', () => {
  const twoHours = 7_200_000;

  test('throws nobody out of a running call', async () => {
    const other = await callerWithClock();
    const [first, second] = [await staff(line), await staff(line, { sub: 'd'.repeat(32), exp: seconds() + twoHours })];
    const pending = await first.member.prepareGroup(await other.member.keyPackage());
    pending.confirm();
    await other.member.join(pending.welcome);
    other.clock.shift = twoHours;
    await enter(first, second, other);
    await expectTalking(first, other);
  });

  test('lets nobody in who is out of force by then', async () => {
    const other = await callerWithClock();
    const [first, second] = [await staff(line), await staff(line, { sub: 'd'.repeat(32) })];
    const pending = await first.member.prepareGroup(await other.member.keyPackage());
    pending.confirm();
    await other.member.join(pending.welcome);
    other.clock.shift = twoHours;
    const late = await first.member.prepareAdd(await second.member.keyPackage());
    expect(await refusal(other.member.applyCommit(late.commit))).toBe('expired-credential');
    await expectTalking(first, other);
  });
});

async function callerWithClock(): Promise<Person & { clock: { shift: number } }> {
  const clock = { shift: 0 };
  const keys = await generateKeys();
  const now = () => Date.now() + clock.shift;
  return { keys, clock, member: await createGroupMember({ call: CALL, authority: line.publicKey, keys, now }) };
}

/** A caller who joins by a Welcome that `group` makes for them. */
async function joinFrom(group: ClientState, ...more: Proposal[]): Promise<unknown> {
  const joining = await caller(line);
  const { welcome } = await commit(group, await addOf(await joining.member.keyPackage()), ...more);
  return joining.member.join(welcome);
}

async function addOf(bytes: Uint8Array): Promise<Proposal> {
  const decoded = decodeMlsMessage(bytes, 0)?.[0];
  if (decoded?.wireformat !== 'mls_key_package') throw new Error('not a KeyPackage');
  return { proposalType: 'add', add: { keyPackage: decoded.keyPackage } };
}

/** The content of a commit of one proposal with a sound path of the rogue's. */
async function withPath(proposal: Proposal): Promise<Commit> {
  return { proposals: [{ proposalOrRefType: 'proposal', proposal }], path: await pathOf(rogue) };
}

async function pathOf(state: ClientState) {
  const [, made] = await createUpdatePath(
    state.ratchetTree,
    toLeafIndex(state.privatePath.leafIndex),
    state.groupContext,
    state.signaturePrivateKey,
    await suite(),
  );
  return made;
}

function externalSender(bundle: Bundle): Uint8Array {
  const { signaturePublicKey, credential } = bundle.keyPackage.leafNode;
  if (!('identity' in credential)) throw new Error('not basic');
  const { identity } = credential;
  return Uint8Array.of(
    32,
    ...signaturePublicKey,
    0,
    1,
    0x40 | (identity.length >> 8),
    identity.length & 0xff,
    ...identity,
  );
}
