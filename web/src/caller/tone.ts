/**
 * The soft tone of the waiting screen, made on the device: two low voices that swell and fade slowly out of step, so that it is never silent
 * and never a melody. Fades in and out; nothing is downloaded.
 */

/** Hertz of each voice, and the seconds of one swell. Two close pairs beat slowly against each other. */
const VOICES: readonly { readonly hertz: number; readonly swell: number }[] = [
  { hertz: 146.8, swell: 11 },
  { hertz: 147.1, swell: 17 },
  { hertz: 220.2, swell: 13 },
  { hertz: 293.9, swell: 19 },
];
const LOUDNESS = 0.16;
/** Time constants, seconds. */
const FADE_IN = 1.6;
const FADE_OUT = 0.5;

export class Tone {
  #context: AudioContext | undefined;
  #gain: GainNode | undefined;
  #playing = false;
  #onBlocked: (blocked: boolean) => void;

  /** `onBlocked` is told whether the browser keeps the sound back until a tap. */
  constructor(onBlocked: (blocked: boolean) => void) {
    this.#onBlocked = onBlocked;
  }

  /** Makes the sound possible. Call from a tap; without one the browser may keep it silent. */
  unlock(): void {
    const context = this.#open();
    void context?.resume().catch(() => undefined);
  }

  /** Fades in or out. */
  play(on: boolean): void {
    if (on === this.#playing) return;
    this.#playing = on;
    const context = on ? this.#open() : this.#context;
    if (!context || !this.#gain) return;
    if (on && context.state !== 'running') void context.resume().catch(() => undefined);
    this.#gain.gain.setTargetAtTime(on ? LOUDNESS : 0, context.currentTime, on ? FADE_IN : FADE_OUT);
    this.#report();
  }

  /** Silent at once, for good. */
  close(): void {
    this.#playing = false;
    void this.#context?.close().catch(() => undefined);
    this.#context = undefined;
    this.#gain = undefined;
  }

  #open(): AudioContext | undefined {
    if (this.#context) return this.#context;
    if (typeof AudioContext === 'undefined') return undefined;
    const context = new AudioContext({ latencyHint: 'playback' });
    const gain = new GainNode(context, { gain: 0 });
    const soft = new BiquadFilterNode(context, { type: 'lowpass', frequency: 480, Q: 0.3 });
    for (const { hertz, swell } of VOICES) {
      const voice = new OscillatorNode(context, { type: 'sine', frequency: hertz });
      const level = new GainNode(context, { gain: 0.6 });
      const slow = new OscillatorNode(context, { type: 'sine', frequency: 1 / swell });
      const depth = new GainNode(context, { gain: 0.35 });
      slow.connect(depth).connect(level.gain);
      voice.connect(level).connect(soft);
      voice.start();
      slow.start();
    }
    soft.connect(gain).connect(context.destination);
    context.onstatechange = () => this.#report();
    this.#context = context;
    this.#gain = gain;
    return context;
  }

  #report(): void {
    this.#onBlocked(this.#playing && this.#context?.state === 'suspended');
  }
}
