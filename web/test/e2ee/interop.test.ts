import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Epoch, Member } from '../../src/e2ee/api';
import { toHex, utf8 } from '../../src/e2ee/bytes';
import { generateKeys } from '../../src/e2ee/ed25519';
import { createGroupMember, inspectKeyPackage } from '../../src/e2ee/group';
import { Keyring } from '../../src/e2ee/keyring';
import { createSafetyWords, WORDS } from '../../src/e2ee/words';
import { type Answer, base64, bytes, Peer, PeerMember } from './peer';
import { CALL, caller, type Person, refusal, SUB } from './people';
import { commit, forge, joinAs, keyPackage, remove } from './rogue';

/** ts-mls here, openmls in the peer: the same call, both ways round. */
let peer: Peer;
let authorityKey: string;
let names = 0;

beforeAll(async () => {
  peer = new Peer();
  authorityKey = (await peer.ask('authority', { name: 'line' })).authority as string;
});
afterAll(() => peer.close());

/** A staff member of this side, with a credential that the peer's authority signed. */
async function staffHere(role = 'counsellor', staffId = SUB, given?: Person['keys']): Promise<Person> {
  const keys = given ?? (await generateKeys());
  const { jwt } = await peer.ask('issue', {
    issuer: 'line',
    device_key: base64(keys.publicKey).replaceAll('+', '-').replaceAll('/', '_').replace('=', ''),
    name: 'Priya',
    role,
    staff_id: staffId,
  });
  const credential = jwt as string;
  const options = { call: CALL, authority: authorityKey, keys, credential, now: Date.now };
  return { keys, credential, member: await createGroupMember(options) };
}

const callerHere = (keys?: Person['keys']): Promise<Person> =>
  caller({ publicKey: authorityKey, issue: () => Promise.reject(new Error('only the peer issues')) }, keys);

const callerThere = (fields: object = {}) => PeerMember.make(peer, `caller ${names++}`, authorityKey, fields);
const staffThere = (role = 'counsellor', fields: object = {}) =>
  PeerMember.make(peer, `staff ${names++}`, authorityKey, {
    staff: { role, name: 'Ann', staff_id: 'a'.repeat(32) },
    issuer: 'line',
    ...fields,
  });

function expectSame(here: Member, there: Answer): void {
  expect(Number(here.current?.epoch)).toBe(there.epoch);
  expect(here.current?.baseKey).toEqual(bytes(there.base_key));
  expect(here.epochAuthenticator).toEqual(bytes(there.authenticator));
  const members = (there.members as Answer[]).map(({ leaf, role, signature_key }) => [leaf, role, signature_key]);
  expect(here.current?.members.map((m) => [m.leaf, m.identity.role, base64(m.signatureKey)])).toEqual(members);
}

async function expectTalking(here: Member, there: PeerMember): Promise<void> {
  const toThere = await here.seal(utf8('to openmls'));
  expect(bytes((await there.ask('open', { message: base64(toThere) })).data)).toEqual(utf8('to openmls'));
  const toHere = await there.bytes('seal', 'message', { data: base64(utf8('to ts-mls')) });
  expect((await here.open(toHere)).data).toEqual(utf8('to ts-mls'));
}

/** A call that this side's counsellor answered. */
async function answeredHere(): Promise<{ here: Person; there: PeerMember }> {
  const [here, there] = [await staffHere(), await callerThere()];
  const pending = await here.member.prepareGroup(await there.bytes('key_package', 'key_package'));
  pending.confirm();
  expectSame(here.member, await there.ask('join', { welcome: base64(pending.welcome) }));
  return { here, there };
}

/** A call that the peer's counsellor answered. */
async function answeredThere(): Promise<{ here: Person; there: PeerMember }> {
  const [here, there] = [await callerHere(), await staffThere()];
  const { welcome } = await there.ask('prepare_group', { key_package: base64(await here.member.keyPackage()) });
  const epoch = await there.ask('confirm');
  await here.member.join(bytes(welcome));
  expectSame(here.member, epoch);
  return { here, there };
}

describe.each([
  ['ts-mls creates, openmls joins', answeredHere],
  ['openmls creates, ts-mls joins', answeredThere],
])('%s', (_, answer) => {
  test('and they talk', async () => {
    const { here, there } = await answer();
    await expectTalking(here.member, there);
  });

  test('ts-mls adds a third, of openmls', async () => {
    const { here, there } = await answer();
    const third = await staffThere('clinician', {
      staff: { role: 'clinician', name: 'Bea', staff_id: 'b'.repeat(32) },
    });
    const pending = await here.member.prepareAdd(await third.bytes('key_package', 'key_package'));
    const epoch = await there.ask('apply_commit', { commit: base64(pending.commit) });
    pending.confirm();
    expectSame(here.member, epoch);
    expectSame(here.member, await third.ask('join', { welcome: base64(pending.welcome) }));
    await expectTalking(here.member, third);
  });

  test('openmls adds a third, of ts-mls', async () => {
    const { here, there } = await answer();
    const third = await staffHere('supervisor', 'b'.repeat(32));
    const made = await there.ask('prepare_add', { key_package: base64(await third.member.keyPackage()) });
    await here.member.applyCommit(bytes(made.commit));
    const epoch = await there.ask('confirm');
    await third.member.join(bytes(made.welcome));
    expectSame(here.member, epoch);
    expectSame(third.member, epoch);
    await expectTalking(third.member, there);
  });

  test('openmls removes the third', async () => {
    const { here, there } = await answer();
    const third = await staffHere('supervisor', 'b'.repeat(32));
    const made = await there.ask('prepare_add', { key_package: base64(await third.member.keyPackage()) });
    await here.member.applyCommit(bytes(made.commit));
    await there.ask('confirm');
    await third.member.join(bytes(made.welcome));
    const { commit: removal } = await there.ask('prepare_remove', { leaf: 2 });
    await here.member.applyCommit(bytes(removal));
    expect(await refusal(third.member.applyCommit(bytes(removal)))).toBe('removed');
    expectSame(here.member, await there.ask('confirm'));
    await expectTalking(here.member, there);
  });

  test('each side keeps the same words', async () => {
    const { here, there } = await answer();
    const epoch = here.member.current as Epoch;
    const me = epoch.members.find((member) => member.me)?.leaf ?? -1;
    const other = 1 - me;
    const words = await createSafetyWords({
      epoch: epoch.epoch,
      leaves: [0, 1],
      me,
      epochAuthenticator: here.member.epochAuthenticator as Uint8Array,
    });
    const theirCommit = await there.bytes('words_start', 'data');
    const myCommit = words.opening;
    const theirReveal = bytes((await there.ask('words_receive', { from: me, data: base64(myCommit) })).data);
    const myReveal = await words.receive(other, theirCommit);
    await words.receive(other, theirReveal);
    await there.ask('words_receive', { from: me, data: base64(myReveal as Uint8Array) });
    expect(words.words).toHaveLength(4);
    expect(words.words).toEqual((await there.ask('words')).words);
  });

  test('frames pass both ways', async () => {
    const { here, there } = await answer();
    const { epoch, baseKey, members } = here.member.current as Epoch;
    const me = members.find((member) => member.me)?.leaf ?? -1;
    const keyring = new Keyring({ now: () => 0, wait: () => Promise.resolve() });
    const slots = [0, 1].map((leaf) => [leaf, leaf] as const);
    await keyring.install({ epoch, baseKey, myLeaf: me, slotOfLeaf: new Map(slots) });
    await there.ask('sframe_install', { slots });
    for (const text of ['first', 'second', 'third']) {
      const sealed = await keyring.seal(utf8(text).buffer);
      const opened = await there.ask('sframe_open', { slot: me, sealed: base64(sealed), now: 0 });
      expect(bytes(opened.frame)).toEqual(utf8(text));
      const theirs = await there.bytes('sframe_seal', 'sealed', { frame: base64(utf8(text)) });
      expect(await keyring.open(1 - me, theirs)).toEqual(utf8(text));
    }
  });
});

describe('a reload', () => {
  test('of an openmls caller is swapped by ts-mls', async () => {
    const [here, there] = [await staffHere(), await callerThere()];
    const { private_key } = await peer.ask('member', { m: 'reload', call: toHex(CALL), authority: authorityKey });
    const first = new PeerMember(peer, 'reload');
    const group = await here.member.prepareGroup(await first.bytes('key_package', 'key_package'));
    group.confirm();
    await first.ask('join', { welcome: base64(group.welcome) });
    const again = await callerThere({ private_key });
    const swap = await here.member.prepareAdd(await again.bytes('key_package', 'key_package'));
    swap.confirm();
    expectSame(here.member, await again.ask('join', { welcome: base64(swap.welcome) }));
    await expectTalking(here.member, again);
    expect(there.name).not.toBe(again.name);
  });

  test('of a ts-mls caller is swapped by openmls', async () => {
    const { here, there } = await answeredThere();
    const again = await callerHere(here.keys);
    const swap = await there.ask('prepare_add', { key_package: base64(await again.member.keyPackage()) });
    const epoch = await there.ask('confirm');
    await again.member.join(bytes(swap.welcome));
    expectSame(again.member, epoch);
    await expectTalking(again.member, there);
  });
});

describe('an openmls member that keeps no rule is refused by ts-mls', () => {
  async function withLoose(): Promise<{ counsellor: Person; person: Person; loose: PeerMember }> {
    const [counsellor, person] = [await staffHere(), await callerHere()];
    const group = await counsellor.member.prepareGroup(await person.member.keyPackage());
    group.confirm();
    await person.member.join(group.welcome);
    const loose = await staffThere('clinician', { loose: true });
    const pending = await counsellor.member.prepareAdd(await loose.bytes('key_package', 'key_package'));
    pending.confirm();
    await person.member.applyCommit(pending.commit);
    await loose.ask('join', { welcome: base64(pending.welcome) });
    return { counsellor, person, loose };
  }
  const stranger = async (fields: object) => {
    const name = `loose ${names++}`;
    await peer.ask('member', { m: name, call: toHex(CALL), authority: authorityKey, loose: true, ...fields });
    return base64(await new PeerMember(peer, name).bytes('key_package', 'key_package'));
  };
  const text = { staff: { role: 'clinician', name: 'X', credential: 'Dr. Evil' }, issuer: 'line' };
  const otherLine = { staff: { role: 'clinician', name: 'X' }, issuer: 'another line' };

  const cases: [string, string, () => Promise<object>][] = [
    ['evil_add', 'unsigned-credential', async () => ({ key_package: await stranger(text) })],
    ['evil_add', 'unsigned-credential', async () => ({ key_package: await stranger(otherLine) })],
    ['evil_add', 'second-caller', async () => ({ key_package: await stranger({}) })],
    ['evil_no_path_add', 'no-path', async () => ({ key_package: await stranger({ ...otherLine, issuer: 'line' }) })],
    ['evil_external_commit', 'external', async () => ({})],
    ['evil_external_proposal', 'external', async () => ({})],
    ['evil_public_commit', 'external', async () => ({})],
    ['evil_context_only', 'context-only', async () => ({})],
    ['evil_context_with_path', 'context-only', async () => ({})],
    ['evil_identity', 'identity-changed', async () => ({ credential: 'quietline caller v1' })],
    ['evil_identity', 'identity-changed', async () => ({ new_key: true })],
    ['evil_remove', 'removed-caller', async () => ({ leaf: 1 })],
    ['evil_swap', 'swap-key-changed', async () => ({ leaf: 1, key_package: await stranger({}) })],
  ];
  test.each(cases)('%s: %s', async (cmd, code, fields) => {
    await peer.ask('authority', { name: 'another line' });
    const { counsellor, person, loose } = await withLoose();
    const evil = bytes((await loose.ask(cmd, await fields())).commit);
    const before = person.member.current;
    expect(await refusal(person.member.applyCommit(evil))).toBe(code);
    expect(await refusal(counsellor.member.applyCommit(evil))).toBe(code);
    expect(person.member.current).toBe(before);
    expect((await person.member.open(await counsellor.member.seal(utf8('still here')))).data).toEqual(
      utf8('still here'),
    );
  });
});

describe('a ts-mls member that keeps no rule is refused by openmls', () => {
  async function rogueIn(there: PeerMember) {
    const rogue = await staffHere('clinician', 'c'.repeat(32));
    const bundle = await keyPackage(rogue.credential ?? '', rogue.keys);
    const made = await there.ask('prepare_add', { key_package: base64(bundle.message) });
    await there.ask('confirm');
    return joinAs(bundle, bytes(made.welcome));
  }

  test('a Remove without a path', async () => {
    const { there } = await answeredThere();
    const state = await rogueIn(there);
    const bare = await forge(state, {
      proposals: [{ proposalOrRefType: 'proposal', proposal: remove(1) }],
      path: undefined,
    });
    expect(await there.refusal('apply_commit', { commit: base64(bare) })).not.toBe('it was accepted');
  });

  test('a removal of the caller', async () => {
    const { there } = await answeredThere();
    const made = await commit(await rogueIn(there), remove(1));
    expect(await there.refusal('apply_commit', { commit: base64(made.commit) })).toBe('removed-caller');
  });
});

test('both sides read the same from a KeyPackage', async () => {
  const there = await staffThere('supervisor');
  const made = await there.bytes('key_package', 'key_package');
  const read = await peer.ask('inspect_key_package', { key_package: base64(made), authority: authorityKey });
  const { signatureKey, identity } = await inspectKeyPackage(made, authorityKey, Date.now());
  expect(base64(signatureKey)).toBe(read.signature_key);
  expect(identity).toEqual({ role: 'supervisor', name: 'Ann', staff: 'a'.repeat(32) });
});

test('both sides have the same list of words', async () => {
  expect(WORDS).toEqual((await peer.ask('words_list')).words);
});
