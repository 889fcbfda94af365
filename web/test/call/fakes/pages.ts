import type { CallerCall, StaffDesk } from '../../../src/call/api';
import { createCallerCall, createDrillCall } from '../../../src/call/caller';
import type { Passkeys } from '../../../src/call/passkeys';
import type { KeptDevice } from '../../../src/call/shelf';
import { createDrillDesk, createStaffDesk } from '../../../src/call/staff';
import { StaffSession } from '../../../src/call/staff-session';
import type { E2ee, Surroundings } from '../../../src/call/surroundings';
import { Tab } from '../../../src/call/tab';
import { CallNotes } from '../../../src/call/text/notes';
import type { FrameCrypto, Sealing } from '../../../src/e2ee/api';
import { sign } from '../../../src/e2ee/ed25519';
import { createGroupMember } from '../../../src/e2ee/group';
import { generateKeys, verifyStaffCredential } from '../../../src/e2ee/mls';
import { createSafetyWords } from '../../../src/e2ee/words';
import type { PublicConfig } from '../../../src/proto';
import { FakeClock, settle } from './clock';
import { FakeDevices, FakeLeg, FakeStream } from './media';
import type { FakeServer } from './server';

/** Frame encryption that remembers what it was told. */
export class FakeFrames implements FrameCrypto {
  readonly epochs: bigint[] = [];
  readonly keys: string[] = [];
  slots: ReadonlyMap<number, number> = new Map();
  closed = false;
  onFirstFrame: FrameCrypto['onFirstFrame'];
  onFailure: FrameCrypto['onFailure'];

  attachSender(): void {}
  attachReceiver(): void {}

  /** The epoch under which frames are sealed. */
  sealing: bigint | undefined;

  async setEpoch(
    epoch: bigint,
    key: Uint8Array,
    _leaf: number,
    slots: ReadonlyMap<number, number>,
    seal: Sealing = 'now',
  ): Promise<void> {
    this.epochs.push(epoch);
    if (seal === 'now') this.sealing = epoch;
    this.keys.push(key.join());
    this.slots = slots;
  }

  async sealWith(epoch: bigint): Promise<void> {
    this.sealing = epoch;
  }

  async stats(): Promise<Record<string, number>> {
    return {};
  }

  close(): void {
    this.closed = true;
  }
}

/** One browser: its clock, its devices, and what the page made in it. */
export class FakeBrowser {
  readonly clock = new FakeClock();
  readonly devices = new FakeDevices();
  readonly legs: FakeLeg[] = [];
  readonly frames: FakeFrames[] = [];
  readonly beacons: { path: string; body: string }[] = [];
  readonly posts: { path: string; body: string }[] = [];
  readonly stored = new Map<string, string>();
  readonly session = new StaffSession(this.storage);
  /** What the browser was asked for, and what it answers: a passkey, or a DOMException. */
  readonly asked: { create: unknown[]; get: unknown[] } = { create: [], get: [] };
  passkey: () => Promise<unknown> = async () => ({ id: 'passkey' });
  passkeys: Passkeys | undefined = {
    create: (options) => {
      this.asked.create.push(options);
      return this.passkey();
    },
    get: (options) => {
      this.asked.get.push(options);
      return this.passkey();
    },
  };
  /** Answers by path, before `answer`. */
  readonly answers = new Map<string, { ok: boolean; json(): Promise<unknown> }>();
  answer: { ok: boolean; json(): Promise<unknown> } = { ok: true, json: async () => ({}) };
  encrypts = true;
  /** Whether the console is opened without a session. */
  signedOut = false;
  wake = (): void => {};
  private readonly e2ee: E2ee = {
    createMember: createGroupMember,
    createSafetyWords: (epoch, epochAuthenticator) =>
      createSafetyWords({
        epoch: epoch.epoch,
        leaves: epoch.members.map(({ leaf }) => leaf),
        me: epoch.members.find(({ me }) => me)?.leaf ?? -1,
        epochAuthenticator,
      }),
    createFrameCrypto: () => {
      const frames = new FakeFrames();
      this.frames.push(frames);
      return frames;
    },
    generateKeys,
    sign,
    verifyStaffCredential,
    warmUp: async () => {},
  };

  constructor(private readonly server: FakeServer) {}

  get storage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
    return {
      getItem: (key) => this.stored.get(key) ?? null,
      setItem: (key, value) => void this.stored.set(key, value),
      removeItem: (key) => void this.stored.delete(key),
    };
  }

  get surroundings(): Surroundings {
    return {
      clock: this.clock,
      chance: () => 0.5,
      openSocket: this.server.openSocket,
      onWake: (wake) => {
        this.wake = wake;
        return () => {};
      },
      devices: this.devices.asDevices,
      passkeys: this.passkeys,
      session: this.session,
      notes: new CallNotes(this.storage),
      origin: 'https://line.example',
      canEncrypt: () => this.encrypts,
      newStream: () => new FakeStream() as unknown as MediaStream,
      newLeg: ({ ask, changed, slot }, counted) => {
        const leg = new FakeLeg(`leg${this.legs.length}-slot${slot}`, changed, () =>
          ask({ fingerprint: 'cd'.repeat(32), payload_type: 111 }),
        );
        leg.counted = counted;
        this.legs.push(leg);
        return leg;
      },
      shown: async () => {},
      post: async (path, body) => {
        this.posts.push({ path, body });
        return this.answers.get(path) ?? this.answer;
      },
      beacon: (path, body) => {
        this.beacons.push({ path, body });
        return true;
      },
      e2ee: this.e2ee,
    };
  }

  /** Opens the caller's page; opening it again is a reload. */
  caller(config: PublicConfig): CallerCall {
    const call = createCallerCall(config, this.surroundings, new Tab(this.storage));
    call.connect();
    return call;
  }

  /** Opens the caller's page as one of a drill. */
  drillCaller(config: PublicConfig, ticket: string): CallerCall {
    const call = createDrillCall(config, ticket, this.surroundings, this.storage);
    call.connect();
    return call;
  }

  /** Opens the console, on the line or in a drill. */
  desk(config: PublicConfig, device: KeptDevice | undefined, drill = false): StaffDesk {
    let kept = device;
    const shelf = {
      get: async () => kept,
      put: async (fresh: KeptDevice) => {
        kept = fresh;
      },
      clear: async () => {},
    };
    if (device && this.session.token === undefined && !this.signedOut) this.session.open('session');
    const desk = drill
      ? createDrillDesk(config, this.surroundings, shelf, this.storage)
      : createStaffDesk(config, this.surroundings, shelf);
    desk.connect();
    return desk;
  }
}

/** Waits for something to become true: real cryptography takes real time. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (performance.now() < deadline) {
    if (condition()) return;
    await settle();
  }
  throw new Error(`never: ${what}`);
}
