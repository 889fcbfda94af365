/** A staff device: its key, its enrolment by a one-time link, and the credential that makes it count. */
import type { SignatureKeyPair } from '../e2ee/api';
import { toBase64, toBase64Url } from '../e2ee/bytes';
import { isShowable } from '../e2ee/names';
import type { Enrol, Enrolled, ProtocolError, PublicConfig } from '../proto';
import { browserSurroundings } from './browser';
import { type DeviceShelf, indexedDbShelf, type KeptDevice } from './shelf';
import type { Surroundings } from './surroundings';

/** What a page may know of this device. */
export interface Device {
  readonly name: string;
  /** base64url, 32 bytes. */
  readonly publicKey: string;
  readonly staff: string;
  readonly device: string;
  /** Undefined: pending, to be pasted. */
  readonly credential: string | undefined;
}

export class DeviceError extends Error {
  constructor(
    readonly code: 'offline' | 'link-used' | 'bad-name' | 'not-for-this-device' | 'not-a-credential' | 'internal',
    text: string,
  ) {
    super(text);
    this.name = 'DeviceError';
  }
}

export interface DeviceStore {
  load(): Promise<Device | undefined>;
  /** Makes the key, registers it by the link's token, keeps it. Throws DeviceError. */
  enrol(token: string, name: string): Promise<Device>;
  /** Takes a pasted credential. Throws DeviceError unless it is this line's and for this device. */
  accept(credential: string): Promise<Device>;
  forget(): Promise<void>;
}

export function createDeviceStore(
  config: PublicConfig,
  surroundings: Surroundings = browserSurroundings(),
  shelf: DeviceShelf = indexedDbShelf,
): DeviceStore {
  return new Enrolment(config, surroundings, shelf);
}

class Enrolment implements DeviceStore {
  constructor(
    private readonly config: PublicConfig,
    private readonly around: Surroundings,
    private readonly shelf: DeviceShelf,
  ) {}

  async load(): Promise<Device | undefined> {
    const kept = await this.shelf.get();
    return kept && publicFace(kept);
  }

  async enrol(token: string, name: string): Promise<Device> {
    const first = name.trim();
    if (!isShowable(first)) throw new DeviceError('bad-name', 'not a name that a caller can be shown');
    const keys = await this.around.e2ee.generateKeys();
    const enrolled = await this.register(token, first, keys);
    const { staff, device } = enrolled;
    const kept: KeptDevice = { keys, name: first, staff, device, credential: enrolled.credential ?? undefined };
    if (kept.credential !== undefined) await this.check(kept.credential, keys.publicKey);
    await this.shelf.put(kept);
    return publicFace(kept);
  }

  async accept(credential: string): Promise<Device> {
    const kept = await this.shelf.get();
    if (!kept) throw new DeviceError('not-for-this-device', 'this device is not enrolled');
    const text = credential.trim();
    if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) throw new DeviceError('not-a-credential', 'not a compact JWT');
    await this.check(text, kept.keys.publicKey);
    const named = { ...kept, credential: text };
    await this.shelf.put(named);
    return publicFace(named);
  }

  forget(): Promise<void> {
    return this.shelf.clear();
  }

  private async check(credential: string, publicKey: Uint8Array): Promise<void> {
    try {
      await this.around.e2ee.verifyStaffCredential(
        credential,
        publicKey,
        this.config.authority,
        this.around.clock.now(),
      );
    } catch {
      throw new DeviceError('not-for-this-device', 'the credential is not this line’s or names another key');
    }
  }

  private async register(token: string, name: string, keys: SignatureKeyPair): Promise<Enrolled> {
    const said = new TextEncoder().encode(`quietline enrol v1\n${this.around.origin}\n${token}`);
    const body: Enrol = {
      token,
      name,
      device_key: toBase64Url(keys.publicKey),
      signature: toBase64(await this.around.e2ee.sign(keys.privateKey, said)),
    };
    const response = await this.around.post('/api/staff/enrol', JSON.stringify(body)).catch(() => {
      throw new DeviceError('offline', 'the server did not answer');
    });
    const answer = await response.json().catch(() => undefined);
    if (response.ok) return answer as Enrolled;
    const code = (answer as ProtocolError | undefined)?.code;
    if (code === 'bad_credential' || code === 'not_allowed')
      throw new DeviceError('link-used', 'the link is used or expired');
    if (code === 'malformed') throw new DeviceError('bad-name', 'the server refuses the name');
    throw new DeviceError('internal', 'the server could not enrol this device');
  }
}

function publicFace({ keys, name, staff, device, credential }: KeptDevice): Device {
  return { name, publicKey: toBase64Url(keys.publicKey), staff, device, credential };
}
