import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/e2ee/bytes';
import { inspectKeyPackage } from '../../src/e2ee/group';
import { warmUp } from '../../src/e2ee/warm';
import { authority, caller, enter, expectSameKeys, expectTalking, pair, refusal, SUB, staff } from './people';
import { commit, joinAs, keyPackage, remove } from './rogue';

describe('a group of a counsellor and a caller', () => {
  test('shares keys and carries application data both ways', async () => {
    const { counsellor, person } = await pair();
    expectSameKeys(counsellor, person);
    expect(person.member.current?.epoch).toBe(1n);
    expect(person.member.current?.baseKey).toHaveLength(16);
    await expectTalking(counsellor, person);
    await expectTalking(person, counsellor);
  });

  test('tells each who the other is', async () => {
    const { counsellor, person } = await pair();
    expect(person.member.current?.members).toEqual([
      {
        leaf: 0,
        identity: { role: 'counsellor', name: 'Priya', staff: SUB },
        me: false,
        signatureKey: counsellor.keys.publicKey,
      },
      { leaf: 1, identity: { role: 'caller' }, me: true, signatureKey: person.keys.publicKey },
    ]);
  });

  test('exists for the counsellor only when the prepared commit is confirmed', async () => {
    const line = await authority();
    const [counsellor, person] = [await staff(line), await caller(line)];
    const pending = await counsellor.member.prepareGroup(await person.member.keyPackage());
    expect(pending.epoch).toBe(0n);
    expect(counsellor.member.current).toBeUndefined();
    expect(await refusal(counsellor.member.seal(utf8('early')))).toBe('wrong-epoch');
    pending.confirm();
    expect(counsellor.member.current?.epoch).toBe(1n);
    expect(() => pending.confirm()).toThrowError(expect.objectContaining({ code: 'wrong-epoch' }));
  });

  test('opens messages that arrive in another order', async () => {
    const { counsellor, person } = await pair();
    const sealed = await Promise.all(['a', 'b', 'c', 'd'].map((text) => counsellor.member.seal(utf8(text))));
    const opened = [];
    for (const index of [3, 0, 2, 1]) {
      const { data } = await person.member.open(sealed[index] as Uint8Array);
      opened.push(new TextDecoder().decode(data));
    }
    expect(opened).toEqual(['d', 'a', 'c', 'b']);
  });

  test('opens no message twice', async () => {
    const { counsellor, person } = await pair();
    const sealed = await counsellor.member.seal(utf8('once'));
    await person.member.open(sealed);
    expect(await refusal(person.member.open(sealed))).toBe('malformed');
    await expectTalking(counsellor, person);
  });

  test('is forgotten when the member is closed', async () => {
    const { counsellor } = await pair();
    counsellor.member.close();
    expect(counsellor.member.current).toBeUndefined();
    expect(counsellor.member.epochAuthenticator).toBeUndefined();
    expect(await refusal(counsellor.member.seal(utf8('late')))).toBe('wrong-epoch');
  });
});

describe('a reload', () => {
  test('of the caller swaps the leaf with the same signature key', async () => {
    const { line, counsellor, person } = await pair();
    const reloaded = await caller(line, person.keys);
    const pending = await counsellor.member.prepareAdd(await reloaded.member.keyPackage());
    const before = counsellor.member.current?.baseKey;
    pending.confirm();
    await reloaded.member.join(pending.welcome);
    expectSameKeys(counsellor, reloaded);
    expect(reloaded.member.current?.baseKey).not.toEqual(before);
    expect(reloaded.member.current?.members).toHaveLength(2);
    await expectTalking(reloaded, counsellor);
    expect(await refusal(person.member.applyCommit(pending.commit))).toBe('removed');
    expect(person.member.current).toBeUndefined();
  });

  test('of the counsellor is healed by the caller', async () => {
    const { line, counsellor, person } = await pair();
    const reloaded = await staff(line, {}, counsellor.keys);
    const pending = await person.member.prepareAdd(await reloaded.member.keyPackage());
    pending.confirm();
    await reloaded.member.join(pending.welcome);
    expectSameKeys(person, reloaded);
    await expectTalking(reloaded, person);
  });

  test('may happen again and again', async () => {
    const { line, counsellor, person } = await pair();
    let present = person;
    for (let round = 0; round < 4; round++) {
      present = await caller(line, person.keys);
      await enter(counsellor, present);
    }
    expect(counsellor.member.current?.epoch).toBe(5n);
    await expectTalking(counsellor, present);
  });

  test('of a page that is still in the group joins it anew', async () => {
    const { counsellor, person } = await pair();
    await enter(counsellor, person);
    expect(person.member.current?.epoch).toBe(2n);
    await expectTalking(counsellor, person);
  });
});

describe('a third member', () => {
  test('is added, speaks, and everybody has the same keys', async () => {
    const { line, counsellor, person } = await pair();
    const clinician = await staff(line, { role: 'clinician', name: 'Ann', sub: 'a'.repeat(32) });
    await enter(counsellor, clinician, person);
    expectSameKeys(counsellor, clinician);
    expectSameKeys(counsellor, person);
    for (const [from, to] of [
      [clinician, person],
      [person, counsellor],
      [counsellor, clinician],
    ] as const) {
      await expectTalking(from, to);
    }
    expect(person.member.current?.members.map(({ identity }) => identity.role)).toEqual([
      'counsellor',
      'caller',
      'clinician',
    ]);
  });

  test('may be added by another who was added', async () => {
    const { line, counsellor, person } = await pair();
    const clinician = await staff(line, { role: 'clinician', sub: 'a'.repeat(32) });
    const supervisor = await staff(line, { role: 'supervisor', sub: 'b'.repeat(32) });
    await enter(counsellor, clinician, person);
    await enter(clinician, supervisor, person, counsellor);
    expectSameKeys(person, supervisor);
    await expectTalking(supervisor, counsellor);
  });

  test('who is removed cannot follow, and the others go on', async () => {
    const { line, counsellor, person } = await pair();
    const clinician = await staff(line, { role: 'clinician', sub: 'a'.repeat(32) });
    const bystander = await staff(line, { role: 'supervisor', sub: 'b'.repeat(32) });
    await enter(counsellor, clinician, person);
    const bundle = await keyPackage(bystander.credential ?? '', bystander.keys);
    const added = await counsellor.member.prepareAdd(bundle.message);
    added.confirm();
    await person.member.applyCommit(added.commit);
    await clinician.member.applyCommit(added.commit);
    const removing = await commit(await joinAs(bundle, added.welcome), remove(2));
    await person.member.applyCommit(removing.commit);
    await counsellor.member.applyCommit(removing.commit);
    expect(await refusal(clinician.member.applyCommit(removing.commit))).toBe('removed');
    expect(clinician.member.current).toBeUndefined();
    expect(person.member.current?.members.map(({ leaf }) => leaf)).toEqual([0, 1, 3]);
    expectSameKeys(person, counsellor);
    await expectTalking(person, counsellor);
  });
});

describe('two commits for one epoch', () => {
  test('the one that the server ordered first wins, and the other is dropped', async () => {
    const { line, counsellor, person } = await pair();
    const clinician = await staff(line, { role: 'clinician', sub: 'a'.repeat(32) });
    const supervisor = await staff(line, { role: 'supervisor', sub: 'b'.repeat(32) });
    const losing = await counsellor.member.prepareAdd(await clinician.member.keyPackage());
    const winning = await person.member.prepareAdd(await supervisor.member.keyPackage());
    winning.confirm();
    await counsellor.member.applyCommit(winning.commit);
    expect(() => losing.confirm()).toThrowError(expect.objectContaining({ code: 'wrong-epoch' }));
    await supervisor.member.join(winning.welcome);
    expectSameKeys(counsellor, person);
    expectSameKeys(counsellor, supervisor);
    await expectTalking(counsellor, supervisor);
  });

  test('a pending one that is never confirmed leaves the epoch as it was', async () => {
    const { line, counsellor, person } = await pair();
    const clinician = await staff(line, { role: 'clinician', sub: 'a'.repeat(32) });
    await counsellor.member.prepareAdd(await clinician.member.keyPackage());
    await expectTalking(counsellor, person);
    await expectTalking(person, counsellor);
    await enter(counsellor, clinician, person);
    await expectTalking(clinician, person);
  });

  test('messages go on between preparing and confirming', async () => {
    const { line, counsellor, person } = await pair();
    const clinician = await staff(line, { role: 'clinician', sub: 'a'.repeat(32) });
    const pending = await counsellor.member.prepareAdd(await clinician.member.keyPackage());
    await expectTalking(person, counsellor);
    await expectTalking(counsellor, person);
    pending.confirm();
    await person.member.applyCommit(pending.commit);
    await expectTalking(person, counsellor);
  });

  test('a message that is being sealed while a commit is confirmed belongs to the new epoch', async () => {
    const { line, counsellor, person } = await pair();
    const clinician = await staff(line, { role: 'clinician', sub: 'a'.repeat(32) });
    const pending = await counsellor.member.prepareAdd(await clinician.member.keyPackage());
    const sealing = counsellor.member.seal(utf8('hello'));
    await Promise.resolve();
    pending.confirm();
    await person.member.applyCommit(pending.commit);
    expect((await person.member.open(await sealing)).data).toEqual(utf8('hello'));
  });
});

describe('a KeyPackage', () => {
  test('is told apart by identity and key', async () => {
    const line = await authority();
    const [counsellor, person] = [await staff(line), await caller(line)];
    const inspect = async (bytes: Uint8Array) => inspectKeyPackage(bytes, line.publicKey, Date.now());
    expect(await inspect(await person.member.keyPackage())).toEqual({
      identity: { role: 'caller' },
      signatureKey: person.keys.publicKey,
    });
    expect(await inspect(await counsellor.member.keyPackage())).toEqual({
      identity: { role: 'counsellor', name: 'Priya', staff: SUB },
      signatureKey: counsellor.keys.publicKey,
    });
  });

  test('may be made before the call has an id', async () => {
    const line = await authority();
    const [counsellor, person] = [
      await staff(line),
      await caller(line, undefined, () => {
        throw new Error('not known yet');
      }),
    ];
    await inspectKeyPackage(await person.member.keyPackage(), line.publicKey, Date.now());
    await counsellor.member.prepareGroup(await person.member.keyPackage());
  });

  test('that was replaced by later ones is forgotten, and the later ones still open a Welcome', async () => {
    const line = await authority();
    const [counsellor, person] = [await staff(line), await caller(line)];
    const published = [];
    for (let count = 0; count < 5; count++) published.push(await person.member.keyPackage());
    const toFirst = await counsellor.member.prepareGroup(published[0] as Uint8Array);
    expect(await refusal(person.member.join(toFirst.welcome))).toBe('wrong-group');
    const toSecond = await counsellor.member.prepareGroup(published[1] as Uint8Array);
    await person.member.join(toSecond.welcome);
  });
});

test('warming up needs no call', async () => {
  await warmUp();
});
