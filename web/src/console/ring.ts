/** The ring: two soft bells, again every three seconds, made on the device; and a louder one for help to which nobody sees. */

const NOTES = [587.3, 784] as const;
const EVERY_S = 3;
/** Seconds from one bell to the next. */
const APART_S = 0.28;
/** Of each bell; two sound at once. */
const LOUDNESS = 0.35;
const ALARM = 0.9;
/** Time constant in seconds with which a ring that stops falls silent: at once to the ear, and without a click. */
const HUSH_S = 0.004;

/** A bell that was struck, and the gate behind it that makes it silent. */
interface Bell {
  readonly source: OscillatorNode;
  readonly gate: GainNode;
}

/** Strikes both bells once, the first at `at` (seconds of the context's clock), into `out`. */
export function strike(
  context: BaseAudioContext,
  at: number,
  out: AudioNode = context.destination,
  loudness: number = LOUDNESS,
): readonly Bell[] {
  return NOTES.map((hertz, i) => {
    const begin = at + i * APART_S;
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(loudness, begin + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, begin + 1.4);
    gain.gain.linearRampToValueAtTime(0, begin + 1.45);
    const source = new OscillatorNode(context, { type: 'sine', frequency: hertz });
    const gate = new GainNode(context);
    source.connect(gain).connect(gate).connect(out);
    source.start(begin);
    source.stop(begin + 1.5);
    return { source, gate };
  });
}

/** Lets bells fall silent from `at` on. */
export function hush(bells: readonly Bell[], at: number): void {
  for (const { source, gate } of bells) {
    gate.gain.setTargetAtTime(0, at, HUSH_S);
    source.stop(at + 10 * HUSH_S);
  }
}

export class Ring {
  #context: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #bells: readonly Bell[] = [];
  #alarm: ReturnType<typeof setInterval> | undefined;
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
    const strikes = (): void => this.#strike();
    void this.#open()
      ?.resume()
      .then(strikes, () => this.#report());
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
    if (this.#context) hush(this.#bells, this.#context.currentTime);
    this.#bells = [];
  }

  /** Twice as often and louder, for as long as it is on. */
  alarm(on: boolean): void {
    clearInterval(this.#alarm);
    this.#alarm = undefined;
    if (!on) return;
    const strikes = (): void => {
      const context = this.#context;
      if (context?.state === 'running') strike(context, context.currentTime, context.destination, ALARM);
    };
    this.unlock();
    strikes();
    this.#alarm = setInterval(strikes, (EVERY_S * 1000) / 2);
  }

  close(): void {
    this.stop();
    this.alarm(false);
    void this.#context?.close().catch(() => undefined);
    this.#context = undefined;
  }

  #open(): AudioContext | undefined {
    if (this.#context) return this.#context;
    if (typeof AudioContext === 'undefined') return undefined;
    this.#context = new AudioContext();
    this.#context.onstatechange = () => {
      this.#report();
      // The block was lifted while it rings: the person should not wait for the next bell.
      if (this.#timer !== undefined && this.#bells.length === 0) this.#strike();
    };
    return this.#context;
  }

  #strike(): void {
    const context = this.#context;
    // A bell that was struck while the browser held the sound back would ring late, on its own.
    if (context?.state !== 'running') return;
    this.#bells = strike(context, context.currentTime);
  }

  #report(): void {
    this.#onState(this.#context?.state !== 'running');
  }
}
