/**
 * A staff device: its keys, its enrolment by a one-time link and a passkey, the proof of the passkey that opens a session, and
 * the credential that makes it count in calls.
 */
import { toBase64, toBase64Url } from '../e2ee/bytes';
import { isShowable } from '../e2ee/names';
import type {
  BeginEnrolment,
  BeginSignIn,
  Ceremony,
  EnrolledBrowser,
  FinishEnrolment,
  FinishSignIn,
  LinkSeen,
  LookAtLink,
  ProtocolError,
  PublicConfig,
  Role,
  SignedIn,
} from '../proto';
import { boundPublicKey, generateBoundKey, signBound } from './bound';
import { browserSurroundings } from './browser';
import { type DeviceShelf, indexedDbShelf, type KeptDevice } from './shelf';
import type { Surroundings } from './surroundings';

/** What a page may know of this device. */
export interface Device {
  readonly name: string;
  readonly role: Role;
  /** base64url, 32 bytes. */
  readonly publicKey: string;
  readonly staff: string;
  readonly device: string;
  /** Undefined for a role that is in no call, and while the authority has not signed it. */
  readonly credential: string | undefined;
}

/** What can go wrong before the desk is open. */
export type DeviceErrorCode =
  | 'offline'
  | 'link-used'
  | 'link-for-program'
  | 'bad-name'
  | 'no-passkeys' // this browser has no WebAuthn, or the page is not at a host name
  | 'passkey-stopped' // the person or the browser stopped it, or nothing was chosen in time
  | 'passkey-refused'
  | 'shut-out'
  | 'not-for-this-device'
  | 'not-a-credential'
  | 'internal';

export class DeviceError extends Error {
  constructor(
    readonly code: DeviceErrorCode,
    text: string,
  ) {
    super(text);
    this.name = 'DeviceError';
  }
}

/** Each throws DeviceError. */
export interface DeviceStore {
  load(): Promise<Device | undefined>;
  /** What a link is for. Does not use it up. */
  look(token: string): Promise<LinkSeen>;
  /** Makes the keys and a passkey, registers them by the link's token, keeps them, and has a session. */
  enrol(token: string, name: string): Promise<Device>;
  /** Whether this tab has a session; whether it still holds, the server says. */
  readonly hasSession: boolean;
  /** Opens a session by the passkey. */
  signIn(): Promise<void>;
  /** Takes a credential that was signed elsewhere, if it is this line's and for this device. */
  accept(credential: string): Promise<Device>;
  forget(): Promise<void>;
}

export function createDeviceStore(
  config: PublicConfig,
  surroundings: Surroundings = browserSurroundings(),
  shelf: DeviceShelf = indexedDbShelf,
): DeviceStore {
  return new Store(config, surroundings, shelf);
}

class Store implements DeviceStore {
  constructor(
    private readonly config: PublicConfig,
    private readonly around: Surroundings,
    private readonly shelf: DeviceShelf,
  ) {}

  async load(): Promise<Device | undefined> {
    const kept = await this.shelf.get();
    return kept && publicFace(kept);
  }

  look(token: string): Promise<LinkSeen> {
    return this.ask<LookAtLink, LinkSeen>('/api/staff/link', { token });
  }

  async enrol(token: string, name: string): Promise<Device> {
    const { e2ee, origin, session } = this.around;
    const first = name.trim();
    if (first !== '' && !isShowable(first)) throw new DeviceError('bad-name', 'not a name that a caller can be shown');
    const [keys, bound] = [await e2ee.generateKeys(), await generateBoundKey()];
    const bound_key = await boundPublicKey(bound);
    const said = new TextEncoder().encode(`quietline enrol browser v1\n${origin}\n${token}\n${bound_key}`);
    const { ceremony, options } = await this.ask<BeginEnrolment, Ceremony>('/api/staff/passkey/enrol', {
      token,
      name: first,
      device_key: toBase64Url(keys.publicKey),
      bound_key,
      signature: toBase64(await e2ee.sign(keys.privateKey, said)),
    });
    const passkey = await this.prove((passkeys) => passkeys.create(options));
    const enrolled = await this.ask<FinishEnrolment, EnrolledBrowser>('/api/staff/passkey/enrolled', {
      ceremony,
      passkey,
    });
    const credential = enrolled.credential ?? undefined;
    if (credential !== undefined) await this.check(credential, keys.publicKey);
    const { staff, device, role } = enrolled;
    const kept: KeptDevice = { keys, bound, name: enrolled.name, staff, device, role, credential };
    await this.shelf.put(kept);
    session.open(enrolled.session);
    return publicFace(kept);
  }

  get hasSession(): boolean {
    return this.around.session.token !== undefined;
  }

  async signIn(): Promise<void> {
    const kept = await this.shelf.get();
    if (!kept) throw new DeviceError('shut-out', 'this device is not enrolled');
    const { ceremony, options } = await this.ask<BeginSignIn, Ceremony>(
      '/api/staff/passkey/sign-in',
      { device: kept.device },
      'shut-out',
    );
    const passkey = await this.prove((passkeys) => passkeys.get(options));
    const said = `quietline passkey v1\n${this.around.origin}\n${ceremony}`;
    const { session } = await this.ask<FinishSignIn, SignedIn>(
      '/api/staff/passkey/signed-in',
      { ceremony, passkey, signature: await signBound(kept.bound, said) },
      'passkey-refused',
    );
    this.around.session.open(session);
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
    this.around.session.close();
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

  private async prove(work: (passkeys: NonNullable<Surroundings['passkeys']>) => Promise<unknown>): Promise<unknown> {
    const { passkeys } = this.around;
    if (!passkeys) throw new DeviceError('no-passkeys', 'this browser has no passkeys');
    try {
      return await work(passkeys);
    } catch (failure) {
      const name = failure instanceof Error ? failure.name : '';
      if (name === 'SecurityError' || name === 'NotSupportedError') {
        throw new DeviceError('no-passkeys', 'this browser makes no passkey for this page');
      }
      throw new DeviceError('passkey-stopped', 'no passkey was chosen');
    }
  }

  /** `refused`: what a bad credential means here. */
  private async ask<Q, A>(path: string, body: Q, refused: DeviceErrorCode = 'link-used'): Promise<A> {
    const response = await this.around.post(path, JSON.stringify(body)).catch(() => {
      throw new DeviceError('offline', 'the server did not answer');
    });
    const answer = await response.json().catch(() => undefined);
    if (response.ok) return answer as A;
    switch ((answer as ProtocolError | undefined)?.code) {
      case 'bad_credential':
      case 'not_allowed':
        throw new DeviceError(refused, 'the server refuses it');
      case 'malformed':
        throw new DeviceError('bad-name', 'the server refuses the name');
      case 'out_of_order':
        throw new DeviceError('passkey-stopped', 'it took too long');
      default:
        throw new DeviceError('internal', 'the server could not do it');
    }
  }
}

function publicFace({ keys, name, role, staff, device, credential }: KeptDevice): Device {
  return { name, role, publicKey: toBase64Url(keys.publicKey), staff, device, credential };
}
