import type { LegState } from '../../../src/call/leg';
import type { AnyLeg } from '../../../src/call/media';
import type { Devices } from '../../../src/call/microphone';
import type { Counters } from '../../../src/call/quality';
import type { Sample } from '../../../src/call/watchdog';

/** A leg that comes up or breaks when a test says so. */
export class FakeLeg implements AnyLeg {
  state: LegState = 'connecting';
  sent: MediaStreamTrack | null | undefined;
  closed = false;
  /** Who is told what the browser counts of it. */
  counted: ((counters: Counters) => void) | undefined;
  readonly tracks: MediaStreamTrack[];
  private packets = 0;

  constructor(
    name: string,
    private readonly changed: () => void,
    private readonly negotiate: () => Promise<unknown> = async () => {},
  ) {
    this.tracks = [{ id: name } as MediaStreamTrack];
  }

  async open(): Promise<void> {
    await this.negotiate();
  }

  async send(track: MediaStreamTrack | null): Promise<void> {
    this.sent = track;
  }

  async sample(at: number): Promise<Sample> {
    return { at, packets: this.packets, answers: 0, asked: 0, broken: this.state === 'broken' };
  }

  close(): void {
    this.closed = true;
    this.state = 'closed';
  }

  enter(state: LegState): void {
    this.state = state;
    this.changed();
  }

  hear(packets: number): void {
    this.packets += packets;
  }
}

/** A MediaStream's list of tracks. */
export class FakeStream {
  private tracks: MediaStreamTrack[] = [];

  addTrack(track: MediaStreamTrack): void {
    this.tracks.push(track);
  }

  removeTrack(track: MediaStreamTrack): void {
    this.tracks = this.tracks.filter((other) => other !== track);
  }

  getTracks(): MediaStreamTrack[] {
    return [...this.tracks];
  }

  getAudioTracks(): MediaStreamTrack[] {
    return this.getTracks();
  }
}

export interface FakeTrack {
  readyState: 'live' | 'ended';
  enabled: boolean;
  onended: (() => void) | null;
  stop(): void;
}

/** Microphones: what the next getUserMedia gives, or the name of its failure. */
export class FakeDevices extends EventTarget {
  fail: string | undefined;
  readonly given: FakeTrack[] = [];

  /** The ids that were asked for; undefined is the default one. */
  readonly wanted: (string | undefined)[] = [];
  /** Those that are plugged in; asking for another one by its id fails. */
  ids: readonly string[] = [];

  getUserMedia = async (constraints?: MediaStreamConstraints): Promise<MediaStream> => {
    if (this.fail !== undefined) throw new DOMException('no', this.fail);
    const audio = constraints?.audio as { deviceId?: { exact?: string } } | undefined;
    const id = audio?.deviceId?.exact;
    this.wanted.push(id);
    if (id !== undefined && !this.ids.includes(id)) throw new DOMException('no', 'OverconstrainedError');
    const track: FakeTrack = {
      readyState: 'live',
      enabled: true,
      onended: null,
      stop() {
        this.readyState = 'ended';
      },
    };
    this.given.push(track);
    const stream = new FakeStream();
    stream.addTrack(track as unknown as MediaStreamTrack);
    return stream as unknown as MediaStream;
  };

  get asDevices(): Devices {
    return this as unknown as Devices;
  }

  unplug(): void {
    const track = this.given.at(-1);
    if (!track) return;
    track.readyState = 'ended';
    track.onended?.();
  }
}
