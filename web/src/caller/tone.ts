/**
 * The soft tone of the waiting screen, made on the device: low voices that swell and fade slowly out of step, so that it is never silent
 * and never a melody. Fades in and out; nothing is downloaded. Some 8 dB below a voice in loudness, so that nobody
 * starts when the counsellor speaks; the upper voices carry it on the loudspeaker of a telephone, which has no bass.
 */

/** Hertz of each voice, its level, and the seconds of one swell. The lowest pair beats slowly. */
const VOICES: readonly { readonly hertz: number; readonly level: number; readonly swell: number }[] = [
  { hertz: 146.8, level: 0.6, swell: 11 },
  { hertz: 147.1, level: 0.6, swell: 17 },
  { hertz: 220.2, level: 0.6, swell: 13 },
  { hertz: 293.9, level: 0.5, swell: 19 },
  { hertz: 440.4, level: 0.35, swell: 23 },
  { hertz: 587.6, level: 0.15, swell: 15 },
];
/** How much of its level a voice swells and fades by. */
const SWELL = 0.6;
const LOUDNESS = 0.07;
/** Time constants, seconds. */
const FADE_IN = 1.6;
const FADE_OUT = 0.5;

/** The voices, behind a gain that lets nothing through yet. `fade` opens and closes it. */
export function voices(context: BaseAudioContext): GainNode {
  const gain = new GainNode(context, { gain: 0 });
  const soft = new BiquadFilterNode(context, { type: 'lowpass', frequency: 900, Q: 0.3 });
  for (const { hertz, level, swell } of VOICES) {
    const voice = new OscillatorNode(context, { type: 'sine', frequency: hertz });
    const loudness = new GainNode(context, { gain: level });
    const slow = new OscillatorNode(context, { type: 'sine', frequency: 1 / swell });
    const depth = new GainNode(context, { gain: SWELL * level });
    slow.connect(depth).connect(loudness.gain);
    voice.connect(loudness).connect(soft);
    voice.start();
    slow.start();
  }
  soft.connect(gain).connect(context.destination);
  return gain;
}

/** Fades in or out from wherever it is, beginning at `at` (seconds of the context's clock). */
export function fade({ gain }: GainNode, on: boolean, at: number): void {
  gain.setTargetAtTime(on ? LOUDNESS : 0, at, on ? FADE_IN : FADE_OUT);
}

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
    fade(this.#gain, on, context.currentTime);
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
    context.onstatechange = () => this.#report();
    this.#context = context;
    this.#gain = voices(context);
    return context;
  }

  #report(): void {
    this.#onBlocked(this.#playing && this.#context?.state === 'suspended');
  }
}
