/** The microphone: asked for only on a tap, let go at the end, opened again when it is unplugged. */
import type { Trouble } from './api';

export type MicrophoneTrouble = Extract<Trouble, `microphone-${string}`>;

export class MicrophoneFailed extends Error {
  constructor(readonly trouble: MicrophoneTrouble) {
    super(trouble);
    this.name = 'MicrophoneFailed';
  }
}

const WANTED: MediaStreamConstraints = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
};

/** What of navigator.mediaDevices is used. */
export type Devices = Pick<MediaDevices, 'getUserMedia' | 'addEventListener' | 'removeEventListener'>;

export interface MicrophoneOptions {
  readonly devices: Devices | undefined;
  /** The track in use is another one: send it. */
  readonly replaced: (track: MediaStreamTrack) => void;
  /** The device went away and no other could be opened. */
  readonly lost: (trouble: MicrophoneTrouble) => void;
}

export class Microphone {
  private stream: MediaStream | undefined;
  private opening: Promise<MediaStream> | undefined;
  private muted = false;
  private released = false;

  constructor(protected readonly options: MicrophoneOptions) {
    options.devices?.addEventListener('devicechange', this.devicesChanged);
  }

  /** Opens the microphone, or gives the one that is open. Throws MicrophoneFailed. */
  open(): Promise<MediaStream> {
    if (this.track) return Promise.resolve(this.stream as MediaStream);
    this.opening ??= this.acquire().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  /** The open microphone's track. */
  get track(): MediaStreamTrack | undefined {
    return this.stream?.getAudioTracks().find((track) => track.readyState === 'live');
  }

  setMuted(muted: boolean): void {
    this.muted = muted;
    for (const track of this.stream?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** Lets the device go, at once. */
  release(): void {
    this.released = true;
    this.options.devices?.removeEventListener('devicechange', this.devicesChanged);
    this.stop();
  }

  private stop(): void {
    for (const track of this.stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.stream = undefined;
  }

  protected async acquire(): Promise<MediaStream> {
    const { devices } = this.options;
    if (!devices) throw new MicrophoneFailed('microphone-missing');
    const stream = await devices.getUserMedia(WANTED).catch((failure: unknown) => {
      throw new MicrophoneFailed(troubleOf(failure));
    });
    this.stop();
    this.stream = stream;
    for (const track of stream.getAudioTracks()) {
      track.enabled = !this.muted;
      track.onended = () => this.ended();
    }
    if (this.released) {
      this.stop();
      throw new MicrophoneFailed('microphone-missing');
    }
    return stream;
  }

  private ended(): void {
    if (!this.released) void this.reopen();
  }

  private readonly devicesChanged = (): void => {
    if (!this.released && this.stream && !this.track) void this.reopen();
  };

  private async reopen(): Promise<void> {
    try {
      await this.open();
      if (this.track) this.options.replaced(this.track);
    } catch (failure) {
      this.options.lost(failure instanceof MicrophoneFailed ? failure.trouble : 'microphone-missing');
    }
  }
}

/** What a getUserMedia failure means to a person. */
export function troubleOf(failure: unknown): MicrophoneTrouble {
  const name = failure instanceof Error || failure instanceof DOMException ? failure.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
    case 'PermissionDeniedError':
      return 'microphone-refused';
    case 'NotReadableError':
    case 'AbortError':
    case 'TrackStartError':
      return 'microphone-busy';
    default:
      return 'microphone-missing';
  }
}
