/** A microphone that the counsellor has chosen: opened by its id, changed in a call without a gap, and without it the default one. */
import { type Devices, Microphone, type MicrophoneOptions, troubleOf } from './microphone';

export interface ChosenOptions extends MicrophoneOptions {
  /** The chosen one is not there, and the default one was opened in its place. */
  readonly fellBack: () => void;
}

export class ChosenMicrophone extends Microphone {
  private readonly choice: { id: string | undefined };

  constructor(options: ChosenOptions) {
    const choice: { id: string | undefined } = { id: undefined };
    const { devices, fellBack } = options;
    super({ ...options, devices: devices && choosing(devices, () => choice.id, fellBack) });
    this.choice = choice;
  }

  /** Uses this one from now on; undefined is the browser's default. Where it cannot be opened the present one goes on. Throws MicrophoneFailed. */
  async choose(id: string | undefined): Promise<void> {
    const before = this.choice.id;
    if (before === id) return;
    this.choice.id = id;
    if (!this.track) return;
    try {
      // The new one is open before the old one is let go.
      await this.acquire();
    } catch (failure) {
      this.choice.id = before;
      throw failure;
    }
    if (this.track) this.options.replaced(this.track);
  }
}

/** Devices that open the chosen microphone, or the default one where that is gone. */
function choosing(devices: Devices, chosen: () => string | undefined, fellBack: () => void): Devices {
  const open = async (constraints?: MediaStreamConstraints): Promise<MediaStream> => {
    const id = chosen();
    const audio = constraints?.audio;
    if (id === undefined || typeof audio !== 'object') return devices.getUserMedia(constraints);
    try {
      return await devices.getUserMedia({ ...constraints, audio: { ...audio, deviceId: { exact: id } } });
    } catch (failure) {
      if (troubleOf(failure) !== 'microphone-missing') throw failure;
      const stream = await devices.getUserMedia(constraints);
      fellBack();
      return stream;
    }
  };
  return {
    getUserMedia: open,
    addEventListener: devices.addEventListener.bind(devices),
    removeEventListener: devices.removeEventListener.bind(devices),
  };
}
