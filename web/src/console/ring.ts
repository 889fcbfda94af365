/** The ring: two soft bells, again every three seconds, made on the device. */

const NOTES = [587.3, 784] as const;
const EVERY_S = 3;
const LOUDNESS = 0.35;

export class Ring {
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #bells: OscillatorNode[] = [];
  readonly #onState: (blocked: boolean) => void;

  /** `onState` is told whether the browser keeps the sound back until a click. */
  constructor(onState: (blocked: boolean) => void) {
    this.#onState = onState;
  }

  /** Makes the sound ready; from a click it also lifts the browser's block. */
  unlock(): void {
    const context = this.#open();
    void context?.resume().then(
      () => this.#report(),
      () => this.#report(),
    );
    this.#report();
  }

  /** Once, to hear whether it can be heard. */
  once(): void {
    this.unlock();
    this.#strike();
  }

  start(): void {
    if (this.#timer !== undefined) return;
    this.unlock();
    this.#strike();
    this.#timer = setInterval(() => this.#strike(), EVERY_S * 1000);
  }

  /** Silent at once: also the bell that still sounds. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const bell of this.#bells) bell.stop();
    this.#bells = [];
  }

  close(): void {
    this.stop();
    void this.#context?.close().catch(() => undefined);
    this.#context = undefined;
  }

  #open(): AudioContext | undefined {
    if (this.#context) return this.#context;
    if (typeof AudioContext === 'undefined') return undefined;
    this.#context = new AudioContext();
    this.#context.onstatechange = () => this.#report();
    return this.#context;
  }

  #strike(): void {
    const context = this.#context;
    // A bell that was struck while the browser held the sound back would ring late, on its own.
    if (context?.state !== 'running') return;
    NOTES.forEach((hertz, i) => {
      const at = context.currentTime + i * 0.28;
      const gain = new GainNode(context, { gain: 0 });
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.001, at + 1.4);
      const bell = new OscillatorNode(context, { type: 'sine', frequency: hertz });
      bell.connect(gain).connect(context.destination);
      bell.onended = () => {
        this.#bells = this.#bells.filter((other) => other !== bell);
      };
      bell.start(at);
      bell.stop(at + 1.5);
      this.#bells.push(bell);
    });
  }

  #report(): void {
    this.#onState(this.#context?.state !== 'running');
  }
}
