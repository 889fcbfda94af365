import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { slotOfLeaf } from '../../src/call/seats';
import { generateKeys } from '../../src/e2ee/ed25519';
import { DroppedFrame, Keyring } from '../../src/e2ee/keyring';
import type { LogEntry } from '../../src/proto';
import { type Authority, authority, CALL, caller, type Person, staff } from '../e2ee/people';
import { commit, keyPackage, makeGroup } from '../e2ee/rogue';
import { settle } from './fakes/clock';
import { until } from './fakes/pages';
import { FakeRoom, Page } from './fakes/room';

// Real cryptography on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const SAM = { name: 'Sam', sub: 'a'.repeat(32) };
const ANN = { name: 'Ann', role: 'clinician', sub: 'b'.repeat(32) };

let line: Authority;
let room: FakeRoom;
let person: Page;
let sam: Page;
let ann: Page;

beforeAll(async () => {
  line = await authority();
});

async function pageOf(who: Person, slot: number, claims?: object): Promise<Page> {
  const again = () => (claims ? staff(line, claims, who.keys) : caller(line, who.keys));
  return new Page(room, who, slot, again);
}

/** A call of Sam and a caller; Ann is there to come. */
beforeEach(async () => {
  room = new FakeRoom();
  person = await pageOf(await caller(line), 0);
  sam = await pageOf(await staff(line, SAM), 1, SAM);
  ann = await pageOf(await staff(line, ANN), 2, ANN);
  const key_package = await person.group.keyPackage();
  await sam.group.prepare(key_package);
  room.sit(person, { role: 'caller', key_package });
  room.sit(sam, { name: 'Sam', lead: true });
  await sam.group.commitPrepared();
  await room.agreed(person, sam);
});

async function annComes(): Promise<void> {
  room.sit(ann, { role: 'clinician', name: 'Ann', arriving: true });
  await ann.group.rejoin();
  await room.agreed(person, sam, ann);
}

/** A page's frame keys as its worker would hold them: every epoch that it has entered. */
async function keysOf(page: Page): Promise<Keyring> {
  const keyring = new Keyring({ now: () => 0, wait: async () => {} });
  for (const { epoch } of page.changes) {
    const myLeaf = epoch.members.find(({ me }) => me)?.leaf ?? -1;
    const slots = slotOfLeaf(
      epoch.members,
      [...room.seats.values()].map(({ participant }) => participant),
      page.slot,
    );
    await keyring.install({ epoch: epoch.epoch, baseKey: epoch.baseKey, myLeaf, slotOfLeaf: slots });
  }
  return keyring;
}

const frame = (fill: number) => new Uint8Array(80).fill(fill).buffer;
const whyNot = (opening: Promise<unknown>) =>
  opening.then(
    () => 'opened',
    (reason: unknown) => (reason instanceof DroppedFrame ? reason.reason : String(reason)),
  );

describe('a third person', () => {
  test('is let in by the caller’s page, and everybody has the same key', async () => {
    await annComes();
    const commits = room.log.filter(({ message }) => message.kind === 'commit');
    expect(commits.map(({ from }) => from)).toEqual([1, 0]);
    for (const page of [person, sam, ann]) {
      expect(page.names).toEqual(['Ann', 'Sam', 'caller']);
      expect(page.group.epoch?.baseKey).toEqual(ann.group.epoch?.baseKey);
      expect(page.refused).toEqual([]);
    }
  });

  test('is on every screen before anything opens a frame of theirs', async () => {
    const commits: number[] = [];
    person.painted = async () => void commits.push(room.epoch);
    const installed: number[] = [];
    sam.painted = async () => void installed.push(sam.changes.length);
    await annComes();
    // On the caller's, which lets them in, before the Welcome leaves it.
    expect(person.screens).toEqual([['Ann', 'Sam', 'caller']]);
    expect(commits).toEqual([1]);
    // On the counsellor's, before the key is installed.
    expect(sam.screens).toEqual([['Ann', 'Sam', 'caller']]);
    expect(installed).toEqual([1]);
  });

  test('is not listed any more where the commit was refused, and is let in when the turn comes again', async () => {
    const take = room.take.bind(room);
    let refuse = true;
    room.take = async (from, message) => {
      if (refuse && from === 0 && message.kind === 'commit') {
        refuse = false;
        await take(from, { ...message, epoch: 0 });
      }
      return take(from, message);
    };
    room.sit(ann, { role: 'clinician', name: 'Ann', arriving: true });
    await ann.group.rejoin();
    await until('it was refused', () => !refuse && person.names.length === 2);
    room.tell();
    await room.agreed(person, sam, ann);
  });

  test('who reloads is swapped, and the others hear on', async () => {
    await annComes();
    ann = await pageOf(ann.person, 2, ANN);
    const sitting = room.seats.get(2);
    if (sitting) room.seats.set(2, { ...sitting, page: ann, reads: false });
    await ann.group.rejoin();
    await room.agreed(person, sam, ann);
    const last = person.changes.at(-1);
    expect(last).toMatchObject({ goesOn: true, added: [2], removes: false });
    expect(person.names).toEqual(['Ann', 'Sam', 'caller']);
  });
});

describe('what is handed on and kept nowhere', () => {
  const data = (fill: number) => new Uint8Array(512).fill(fill);

  test('is opened by all who are in the group, with its sender proven, and stands in no log', async () => {
    await annComes();
    const entries = room.log.length;
    await sam.group.pass(data(1));
    await until('both heard it', () => person.heard.length === 1 && ann.heard.length === 1);
    expect([person.heard, ann.heard]).toEqual([[['Sam', data(1)]], [['Sam', data(1)]]]);
    expect([sam.heard.length, room.log.length]).toEqual([0, entries]);
  });

  test('of a past epoch, or played again, or bent, is dropped without an alarm', async () => {
    const carried: { from: number; message: string }[] = [];
    const pass = room.pass.bind(room);
    room.pass = async (from, message) => {
      carried.push({ from, message });
      await pass(from, message);
    };
    await sam.group.pass(data(1));
    await until('it was heard', () => person.heard.length === 1);
    const [first] = carried;
    if (!first) throw new Error('it was carried');
    person.group.hear(first);
    person.group.hear({ ...first, message: `AAAA${first.message.slice(4)}` });
    person.group.hear({ from: 1, message: 'no base64' });
    await annComes();
    person.group.hear(first);
    ann.group.hear(first);
    await sam.group.pass(data(2));
    await until('the next was heard', () => person.heard.length === 2 && ann.heard.length === 1);
    expect(person.heard.map(([, heard]) => heard[0])).toEqual([1, 2]);
    expect([person.refused, ann.refused, sam.refused]).toEqual([[], [], []]);
  });
});

describe('who leaves', () => {
  beforeEach(annComes);

  test('is taken out by whoever is in the lowest seat, and hears nothing of the next epoch in a dump of the relay', async () => {
    room.leave(1);
    room.change(2, { lead: true });
    await until('Sam is out', () => person.names.length === 2 && ann.names.length === 2);
    await room.agreed(person, ann);
    expect(person.changes.at(-1)).toMatchObject({ removes: true, added: [] });
    expect(person.epoch).toBe(3n);
    expect(sam.epoch).toBe(2n);

    // All that the relay carries from now on, and all that the one who left ever had.
    const [mine, anns, sams] = [await keysOf(person), await keysOf(ann), await keysOf(sam)];
    const dump = [];
    for (let at = 0; at < 50; at++) dump.push({ slot: 0, sealed: await mine.seal(frame(at)) });
    for (let at = 0; at < 50; at++) dump.push({ slot: 2, sealed: await anns.seal(frame(at)) });
    for (const { slot, sealed } of dump) expect(await whyNot(sams.open(slot, sealed))).not.toBe('opened');
    // Whatever epoch they take it for: the KID's last byte names it.
    for (const { epoch } of sam.changes) {
      for (const leaf of [0, 1, 2, 3]) {
        const forced = new Keyring({ now: () => 0, wait: async () => {} });
        await forced.install({
          epoch: 3n,
          baseKey: epoch.baseKey,
          myLeaf: 7,
          slotOfLeaf: new Map([
            [leaf, 0],
            [7, 1],
          ]),
        });
        for (const { sealed } of dump.slice(0, 5)) expect(await whyNot(forced.open(0, sealed))).not.toBe('opened');
      }
    }
    // And it is the dump: who stays opens all of it.
    for (const { slot, sealed } of dump.slice(50)) expect(await whyNot(mine.open(slot, sealed))).toBe('opened');
  });

  test('is taken out once, though the list that tells of it comes late', async () => {
    room.leave(1);
    const [late] = [structuredClone([...room.seats.values()].map(({ participant }) => participant))];
    await until('Sam is out', () => person.names.length === 2);
    person.group.seat(late ?? []);
    ann.group.seat(late ?? []);
    await settle();
    await room.agreed(person, ann);
    expect(room.log.filter(({ message }) => message.kind === 'commit').length).toBe(3);
    expect([...person.refused, ...ann.refused]).toEqual([]);
  });

  test('may be the clinician, and the two go on', async () => {
    room.leave(2);
    await until('Ann is out', () => sam.names.length === 2);
    await room.agreed(person, sam);
    expect(person.names).toEqual(['Sam', 'caller']);
  });
});

describe('a server that misbehaves', () => {
  test('lets nobody in whom the authority has not signed', async () => {
    const forger = await authority();
    const keys = await generateKeys();
    const false_ = await keyPackage(await forger.issue(keys.publicKey, ANN), keys);
    room.sit(ann, { role: 'clinician', name: 'Ann', key_package: Buffer.from(false_.message).toString('base64') });
    await until('it is refused', () => person.refused.length > 0);
    expect(person.refused).toEqual(['unsigned-credential']);
    expect(person.names).toEqual(['Sam', 'caller']);
    expect(person.screens).toEqual([]);
    expect(person.epoch).toBe(1n);
  });

  test('has nobody listed whom the credential does not name, whatever the seat says', async () => {
    room.sit(ann, { role: 'counsellor', name: 'Priya', arriving: true });
    await ann.group.rejoin();
    await room.agreed(person, sam, ann);
    expect(person.names).toEqual(['Ann', 'Sam', 'caller']);
  });

  test('takes nobody out by saying so: not the caller, nor under another name', async () => {
    await annComes();
    const participants = [...room.seats.values()].map(({ participant }) => structuredClone(participant));
    const say = (change: object) =>
      [person, sam, ann].forEach(({ group }) => {
        group.seat(participants.map((one) => ({ ...one, ...change })));
      });
    for (const one of participants) if (one.slot === 0) one.left = true;
    say({});
    for (const one of participants) {
      one.left = one.slot === 1;
      if (one.slot === 1) one.name = 'Priya';
    }
    say({});
    await settle();
    await settle();
    for (const page of [person, sam, ann]) {
      expect(page.names).toEqual(['Ann', 'Sam', 'caller']);
      expect(page.refused).toEqual([]);
    }
  });

  test('forges no removal: a commit from outside the group is refused', async () => {
    await annComes();
    const keys = await generateKeys();
    const outside = await makeGroup(await keyPackage(await line.issue(keys.publicKey, SAM), keys), CALL);
    const made = await commit(outside);
    const entry: LogEntry = {
      seq: 99,
      from: 0,
      message: {
        kind: 'commit',
        epoch: 2,
        commit: Buffer.from(made.commit).toString('base64'),
        welcome: null,
        added: [],
        removed: [1],
      },
    };
    sam.group.receive(entry);
    await until('it is refused', () => sam.refused.length > 0);
    expect(sam.names).toEqual(['Ann', 'Sam', 'caller']);
    expect(sam.epoch).toBe(2n);
  });

  test('plays no commit again, and none before its time', async () => {
    await annComes();
    const held: LogEntry[] = [];
    const bend = (entry: LogEntry, to: number) => {
      if (to !== 2 || entry.message.kind !== 'commit') return [entry];
      held.push(entry);
      return [];
    };
    room.bend = bend;
    // Two changes, of which Ann's page is told in the wrong order, and the first twice.
    for (let round = 0; round < 2; round++) {
      sam = await pageOf(sam.person, 1, SAM);
      const sitting = room.seats.get(1);
      if (sitting) room.seats.set(1, { ...sitting, page: sam, reads: false });
      await sam.group.rejoin();
      await until('Sam is back', () => sam.epoch === person.epoch);
    }
    const [first, second] = held;
    if (!first || !second) throw new Error('two commits');
    ann.group.receive(second);
    await until('what is too early is refused', () => ann.refused.length === 1);
    ann.group.receive(first);
    await until('the next is taken', () => ann.epoch === 3n);
    ann.group.receive(first);
    await until('what was before is refused', () => ann.refused.length === 2);
    expect(ann.refused).toEqual(['wrong-epoch', 'wrong-epoch']);
    ann.group.receive(second);
    await until('all is well', () => ann.epoch === 4n);
    expect(ann.group.epoch?.baseKey).toEqual(person.group.epoch?.baseKey);
  });
});

describe('a consultation', () => {
  const SIDE = Uint8Array.from({ length: 16 }, () => 7);
  const sidePage = (who: Person, slot: number, claims: object) =>
    new Page(
      room,
      who,
      slot,
      async () => {
        const { createGroupMember } = await import('../../src/e2ee/group');
        const credential = await line.issue(who.keys.publicKey, claims);
        const options = { call: SIDE, room: 'consultation', authority: line.publicKey, now: Date.now } as const;
        return { keys: who.keys, member: await createGroupMember({ ...options, keys: who.keys, credential }) };
      },
      'consultation',
    );
  let host: Page;
  let guest: Page;

  beforeEach(() => {
    room = new FakeRoom();
    host = sidePage(sam.person, 1, SAM);
    guest = sidePage(ann.person, 2, ANN);
    host.group.found();
  });

  test('is of the two of them, made by the one who consults', async () => {
    room.sit(host, { name: 'Sam' });
    room.sit(guest, { role: 'clinician', name: 'Ann', arriving: true });
    await guest.group.rejoin();
    await room.agreed(host, guest);
    expect(host.names).toEqual(['Ann', 'Sam']);
    expect(guest.names).toEqual(['Ann', 'Sam']);
  });

  test('that a server puts a caller into is refused by the counsellor', async () => {
    room.sit(host, { name: 'Sam' });
    const stranger = await caller(line, undefined, SIDE);
    const key_package = Buffer.from(await stranger.member.keyPackage()).toString('base64');
    room.sit(guest, { role: 'clinician', name: 'Ann', key_package });
    await until('it is refused', () => host.refused.length > 0);
    expect(host.refused).toEqual(['not-alone']);
    expect(host.names).toEqual([]);
  });

  test('that a server puts a third person into is refused', async () => {
    room.sit(host, { name: 'Sam' });
    room.sit(guest, { role: 'clinician', name: 'Ann', arriving: true });
    await guest.group.rejoin();
    await room.agreed(host, guest);
    const third = sidePage(await staff(line, { name: 'Tom', sub: 'c'.repeat(32) }), 3, {
      name: 'Tom',
      sub: 'c'.repeat(32),
    });
    room.sit(third, { name: 'Tom', arriving: true });
    await third.group.rejoin();
    await until('it is refused', () => host.refused.length > 0);
    expect(host.refused).toEqual(['not-alone']);
    expect(host.names).toEqual(['Ann', 'Sam']);
  });
});
