/** The microphones and loudspeakers of this device, as the browser names them, and which of them was chosen. Kept on the device only. */
import { useEffect, useState } from 'preact/hooks';

export interface SoundDevice {
  readonly id: string;
  /** Empty where the browser does not name it. */
  readonly label: string;
}

export interface SoundDevices {
  readonly microphones: readonly SoundDevice[];
  readonly speakers: readonly SoundDevice[];
  /** Whether the browser names them: not before the microphone was allowed. */
  readonly named: boolean;
}

export type Kind = 'microphone' | 'speaker';

/** Entries that stand for another one of the list. */
const ALIASES: readonly string[] = ['', 'default', 'communications'];

/** Sorts what the browser lists. Its default is not among them: it is what is used where nothing is chosen. */
export function sorted(list: readonly Pick<MediaDeviceInfo, 'deviceId' | 'kind' | 'label'>[]): SoundDevices {
  const of = (kind: MediaDeviceKind): SoundDevice[] =>
    list
      .filter((one) => one.kind === kind && !ALIASES.includes(one.deviceId))
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  return {
    microphones: of('audioinput'),
    speakers: of('audiooutput'),
    named: list.some(({ label }) => label !== ''),
  };
}

/** Whether the chosen one was unplugged: what is not named yet is not known to be gone. */
export function isGone(chosen: string | undefined, list: readonly SoundDevice[], named: boolean): boolean {
  return chosen !== undefined && named && !list.some(({ id }) => id === chosen);
}

/** Whether sound can be sent to a loudspeaker of one's choice. */
export const canChooseSpeaker = (): boolean =>
  typeof HTMLMediaElement !== 'undefined' && 'setSinkId' in HTMLMediaElement.prototype;

const item = (kind: Kind): string => `console.${kind}`;

/** The device that was chosen here, if one was. */
export function keptDevice(kind: Kind, storage: Pick<Storage, 'getItem'> = localStorage): string | undefined {
  try {
    return storage.getItem(item(kind)) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepDevice(
  kind: Kind,
  id: string | undefined,
  storage: Pick<Storage, 'setItem' | 'removeItem'> = localStorage,
): void {
  try {
    if (id === undefined) storage.removeItem(item(kind));
    else storage.setItem(item(kind), id);
  } catch {
    // A browser that refuses to store uses the choice until the page is left.
  }
}

/** What is plugged in now; follows what is plugged in and out. `asked` changes when the microphone has been allowed since. */
export function useSoundDevices(asked: unknown): SoundDevices {
  const [found, setFound] = useState<SoundDevices>({ microphones: [], speakers: [], named: false });
  useEffect(() => {
    const devices = navigator.mediaDevices as MediaDevices | undefined;
    let shown = true;
    const look = (): void => {
      void devices?.enumerateDevices().then(
        (list) => {
          if (shown) setFound(sorted(list));
        },
        () => undefined,
      );
    };
    look();
    devices?.addEventListener('devicechange', look);
    return () => {
      shown = false;
      devices?.removeEventListener('devicechange', look);
    };
  }, [asked]);
  return found;
}
