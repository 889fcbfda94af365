/**
 * The frame keys of one page: which key seals, which open, and for how long (docs/e2ee.md, "Frames"). A counter never repeats under
 * a key, however often the key is installed; a frame that no rule admits is dropped, with the reason counted.
 */
import type { Sealing } from './api';
import { type Bytes, toHex } from './bytes';
import { ReplayWindow } from './replay';
import { decodeHeader, deriveFrameKey, type FrameKey, openFrame, sealFrame, TAG_BYTES } from './sframe';

/** How long an old epoch's keys are kept after the first frame under a newer one, in milliseconds. */
const OLD_EPOCH_MS = 10_000;
/**
 * How long a frame of the next epoch waits for its key, in milliseconds: whoever commits enters the new epoch a little before the
 * others, and the first words of a call are the last that may be lost.
 */
const HOLD_MS = 500;

/** Epochs before the present one whose keys still open: two changes may follow close upon each other. */
const OLD_EPOCHS = 2;

/** Why a frame was dropped. */
export type Dropped =
  | 'no-key' // sending: no key is confirmed yet
  | 'empty'
  | 'not-sframe'
  | 'unknown-key'
  | 'wrong-slot'
  | 'replayed'
  | 'forged'
  | 'stalled' // more frames are in work than may be
  | 'failed';

/** A frame that is not to be passed on. */
export class DroppedFrame extends Error {
  constructor(readonly reason: Dropped) {
    super(reason);
    this.name = 'DroppedFrame';
  }
}

export interface EpochKey {
  readonly epoch: bigint;
  /** 16 bytes. */
  readonly baseKey: Uint8Array;
  readonly myLeaf: number;
  /** The leaves of the others, each with the slot whose stream carries it. */
  readonly slotOfLeaf: ReadonlyMap<number, number>;
}

interface SendingKey {
  readonly id: string;
  readonly epoch: bigint;
  readonly key: FrameKey;
}

interface Leaf {
  readonly key: FrameKey;
  readonly slot: number;
  readonly replay: ReplayWindow;
}

interface Receiving {
  readonly id: string;
  readonly epoch: bigint;
  readonly leaves: ReadonlyMap<bigint, Leaf>;
  readonly heard: Set<number>;
  /** When the first frame of a newer epoch was opened. */
  supersededAt?: number;
}

/** The edges: `now` is in milliseconds on any clock that does not go back; `wait` resolves after as many milliseconds. */
export interface Clock {
  now(): number;
  wait(milliseconds: number): Promise<void>;
}

export class Keyring {
  readonly #clock: Clock;
  /** The next counter of every sending key of this page's life, so that a key installed again goes on counting. */
  readonly #counters = new Map<string, bigint>();
  #sending: SendingKey | undefined;
  /** The key of the present epoch, while an older one still seals. */
  #nextSending: SendingKey | undefined;
  #current: Receiving | undefined;
  /** The epochs before, the newest first. */
  #old: Receiving[] = [];
  /** Called at the next installation, for each frame that waits for it. */
  readonly #held = new Set<() => void>();
  /** Called when the first frame of a slot was opened in an epoch. */
  onFirstFrame: ((slot: number, epoch: bigint) => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Installs an epoch's key: it opens beside the ones before, and seals at once or, where another seals already and it is wanted
   * `later`, from `sealWith` on. Calls must not overlap. Installing the same key again changes only the binding of leaves to slots.
   */
  async install({ epoch, baseKey, myLeaf, slotOfLeaf }: EpochKey, seal: Sealing = 'now'): Promise<void> {
    const id = toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', baseKey.slice())));
    const known = this.#current?.id === id ? this.#current : undefined;
    const leaves = new Map<bigint, Leaf>();
    for (const [leaf, slot] of slotOfLeaf) {
      if (leaf === myLeaf) continue;
      const kid = keyId(leaf, epoch);
      const before = known?.leaves.get(kid);
      leaves.set(kid, {
        key: before?.key ?? (await deriveFrameKey(baseKey, kid)),
        slot,
        replay: before?.replay ?? new ReplayWindow(),
      });
    }
    const kid = keyId(myLeaf, epoch);
    const sending = { id: `${id} ${kid}`, epoch, key: await deriveFrameKey(baseKey, kid) };
    // Of two keys that are to seal later only the newer one is waited for.
    if (seal === 'now' || this.#sending === undefined) {
      this.#sending = sending;
      this.#nextSending = undefined;
    } else if (this.#sending.id !== sending.id) {
      this.#nextSending = sending;
    }
    if (known === undefined && this.#current !== undefined) {
      this.#old = [this.#current, ...this.#old].slice(0, OLD_EPOCHS);
    }
    this.#current = { id, epoch, leaves, heard: known?.heard ?? new Set() };
    for (const release of this.#held) release();
    this.#held.clear();
  }

  /** Seals under that epoch from now on, if its key is the one that waits. */
  async sealWith(epoch: bigint): Promise<void> {
    if (this.#nextSending?.epoch !== epoch) return;
    this.#sending = this.#nextSending;
    this.#nextSending = undefined;
  }

  /** Seals a frame. Its counter is taken before the call returns, so frames sealed side by side keep their order. */
  seal(frame: ArrayBuffer): Promise<Bytes> {
    if (this.#sending === undefined) throw new DroppedFrame('no-key');
    if (frame.byteLength === 0) throw new DroppedFrame('empty');
    const { id, key } = this.#sending;
    const counter = this.#counters.get(id) ?? 0n;
    this.#counters.set(id, counter + 1n);
    return sealFrame(key, counter, frame);
  }

  /** Opens a frame that came on the stream of `slot`. Rejects with a DroppedFrame. */
  async open(slot: number, frame: Uint8Array): Promise<Bytes> {
    this.#forgetOld();
    if (frame.length === 0) throw new DroppedFrame('empty');
    const header = decodeHeader(frame);
    if (header === undefined || frame.length < header.length + TAG_BYTES) throw new DroppedFrame('not-sframe');
    if (this.#find(header.kid) === undefined && this.#isOfNextEpoch(header.kid)) {
      await this.#hold();
    }
    const keys = this.#find(header.kid);
    const leaf = keys?.leaves.get(header.kid);
    if (keys === undefined || leaf === undefined) throw new DroppedFrame('unknown-key');
    if (leaf.slot !== slot) throw new DroppedFrame('wrong-slot');
    if (!leaf.replay.admits(header.ctr)) throw new DroppedFrame('replayed');
    const plain = await openFrame(leaf.key, header, frame).catch(() => {
      throw new DroppedFrame('forged');
    });
    // Asked again, because a copy may have been opened meanwhile.
    if (!leaf.replay.admits(header.ctr)) throw new DroppedFrame('replayed');
    leaf.replay.record(header.ctr);
    if (plain.length === 0) throw new DroppedFrame('empty');
    this.#noteHeard(keys, slot);
    return plain;
  }

  async #hold(): Promise<void> {
    let release: () => void = () => undefined;
    const installed = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#held.add(release);
    await Promise.race([installed, this.#clock.wait(HOLD_MS)]);
    this.#held.delete(release);
  }

  #find(kid: bigint): Receiving | undefined {
    return [this.#current, ...this.#old].find((candidate) => candidate?.leaves.has(kid));
  }

  #isOfNextEpoch(kid: bigint): boolean {
    return this.#current === undefined || (kid & 0xffn) === ((this.#current.epoch + 1n) & 0xffn);
  }

  #noteHeard(keys: Receiving, slot: number): void {
    const newer = keys === this.#current ? 0 : this.#old.indexOf(keys) + 1;
    for (const old of this.#old.slice(newer)) old.supersededAt ??= this.#clock.now();
    if (keys.heard.has(slot)) return;
    keys.heard.add(slot);
    this.onFirstFrame?.(slot, keys.epoch);
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    this.#old = this.#old.filter(({ supersededAt }) => supersededAt === undefined || now - supersededAt < OLD_EPOCH_MS);
  }
}

/** The KID of a leaf in an epoch (RFC 9605, section 5.2, with E = 8). */
export function keyId(leaf: number, epoch: bigint): bigint {
  return (BigInt(leaf) << 8n) | (epoch & 0xffn);
}
