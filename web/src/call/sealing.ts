/**
 * When a page begins to seal under a new epoch: make before break. Everybody opens with the new key as soon as they have it, and goes
 * on sealing with the old one until all who stay have said something in the new epoch, so that no frame comes before its key.
 * Somebody who does not say anything is not waited for beyond `patience`.
 */
import type { Clock } from './clock';

export interface SealingOptions {
  readonly clock: Clock;
  /** Seals under that epoch from now on. */
  readonly seal: (epoch: bigint) => void;
}

export class Sealing {
  private epoch: bigint | undefined;
  /** When the wait is over in any case. */
  private until = Number.POSITIVE_INFINITY;
  private readonly awaited = new Set<number>();
  private cancelPatience = () => {};

  constructor(private readonly options: SealingOptions) {}

  /** The key of an epoch is installed and does not seal yet: waits until these leaves were heard of in it, in milliseconds at most. */
  await(epoch: bigint, leaves: Iterable<number>, patience: number): void {
    const { clock } = this.options;
    this.cancelPatience();
    // A further epoch must not put off what the one before was waited with.
    this.until = Math.min(this.until, clock.now() + patience);
    this.epoch = epoch;
    this.awaited.clear();
    for (const leaf of leaves) this.awaited.add(leaf);
    this.cancelPatience = clock.after(Math.max(0, this.until - clock.now()), () => this.begin());
    if (this.awaited.size === 0) this.begin();
  }

  /** Something was opened that a leaf has said in that epoch: it has the key. */
  heard(epoch: bigint, leaf: number): void {
    if (epoch !== this.epoch) return;
    this.awaited.delete(leaf);
    if (this.awaited.size === 0) this.begin();
  }

  /** Nothing waits any more. */
  cancel(): void {
    this.cancelPatience();
    this.epoch = undefined;
    this.until = Number.POSITIVE_INFINITY;
  }

  private begin(): void {
    const { epoch } = this;
    this.cancel();
    if (epoch !== undefined) this.options.seal(epoch);
  }
}
