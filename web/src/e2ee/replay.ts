/** Which counters of one SFrame key have been seen (RFC 9605, section 9.3): a window over the newest 128. */
export class ReplayWindow {
  static readonly SIZE = 128n;
  #newest: bigint | undefined;
  /** Bit `n`: whether `newest - n` was accepted. */
  #seen = 0n;

  /** Whether a frame with this counter may still be accepted. Changes nothing: the counter is not authentic yet. */
  admits(counter: bigint): boolean {
    if (this.#newest === undefined || counter > this.#newest) return true;
    const behind = this.#newest - counter;
    return behind < ReplayWindow.SIZE && ((this.#seen >> behind) & 1n) === 0n;
  }

  /** Notes the counter of a frame that was authentic. */
  record(counter: bigint): void {
    const newest = this.#newest ?? counter;
    if (counter > newest) {
      const forward = counter - newest;
      this.#seen = forward < ReplayWindow.SIZE ? BigInt.asUintN(128, this.#seen << forward) : 0n;
      this.#newest = counter;
      this.#seen |= 1n;
    } else {
      this.#newest = newest;
      const behind = newest - counter;
      if (behind < ReplayWindow.SIZE) this.#seen |= 1n << behind;
    }
  }
}
