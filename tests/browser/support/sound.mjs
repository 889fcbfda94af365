/**
 * One person's ears and mouth: a private PulseAudio daemon with a speaker that is recorded and a mouth that is the
 * browser's microphone. Each browser has its own, so that two directions never mix.
 */
import { createWriteStream, rmSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from './paths.mjs';
import { run, start, until } from './processes.mjs';

const RATE = 48_000;
const FORMAT = ['--format=s16le', `--rate=${RATE}`, '--channels=1', '--raw', '--latency-msec=20'];

export class Person {
  #daemon;
  #folder;
  #socket;
  #recorders = new Set();

  /**
   * @param {string} name
   * @param {{ microphone?: boolean }} options `microphone`: whether there is one
   */
  static async appear(name, { microphone = true } = {}) {
    const person = new Person();
    person.#folder = scratch(name);
    person.#socket = join(person.#folder, 'sound');
    const sink = (sink) => `--load=module-null-sink sink_name=${sink} rate=${RATE} channels=1 channel_map=mono`;
    person.#daemon = start(
      'pulseaudio',
      [
        '-n',
        '--daemonize=no',
        '--use-pid-file=no',
        '--exit-idle-time=-1',
        '--disable-shm=yes',
        '--high-priority=yes',
        '--realtime=yes',
        '--log-level=error',
        sink('speaker'),
        sink('mouth'),
        // Browsers hide monitors, so the microphone is a source of its own.
        ...(microphone ? ['--load=module-remap-source source_name=microphone master=mouth.monitor'] : []),
        `--load=module-native-protocol-unix auth-anonymous=1 socket=${person.#socket}`,
      ],
      { env: person.environment },
    );
    await until(`the sound of ${name}`, () => person.#pactl('info').then(Boolean, () => false));
    await person.#pactl('set-default-sink', 'speaker');
    if (microphone) await person.#pactl('set-default-source', 'microphone');
    return person;
  }

  /** What a browser needs to use this sound. */
  get environment() {
    return {
      PULSE_SERVER: `unix:${this.#socket}`,
      PULSE_RUNTIME_PATH: this.#folder,
      PULSE_STATE_PATH: this.#folder,
      XDG_RUNTIME_DIR: this.#folder,
    };
  }

  #pactl(...args) {
    return run('pactl', args, { env: this.environment });
  }

  /** Speaks a WAV file into the microphone, to its end. */
  async say(file) {
    await run('paplay', ['--device=mouth', '--latency-msec=50', file], { env: this.environment });
  }

  /**
   * Records what comes out of the speaker (or what is said) into a raw file: s16le, mono, 48 kHz.
   * @param {string} file
   * @param {'speaker' | 'mouth'} where
   */
  async record(file, where = 'speaker') {
    const recorder = start('parec', [`--device=${where}.monitor`, ...FORMAT], { env: this.environment });
    this.#recorders.add(recorder);
    const output = createWriteStream(file);
    let startedAt = 0;
    let samples = 0;
    const begun = new Promise((resolve) => {
      recorder.child.stdout?.on('data', (chunk) => {
        startedAt ||= Date.now() - (1000 * (chunk.length / 2)) / RATE;
        samples += chunk.length / 2;
        resolve(undefined);
      });
    });
    recorder.child.stdout?.pipe(output);
    await begun;
    return {
      file,
      /** When the first sample was heard, ms since 1970, to about 20 ms. */
      startedAt,
      /** How long the recording is, ms. */
      duration: () => (1000 * samples) / RATE,
      stop: async () => {
        this.#recorders.delete(recorder);
        const closed = new Promise((resolve) => output.on('close', resolve));
        await recorder.stop('SIGINT');
        await closed;
        return { file, startedAt };
      },
    };
  }

  async leave() {
    await Promise.all([...this.#recorders].map((recorder) => recorder.stop()));
    await this.#daemon.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
