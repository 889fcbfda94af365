/** How a desk gets in and stays in: the tab's session, the browser's bound key, and the credential without which there is no call. */
import type { StaffMessage, StaffRequest } from '../proto';
import type { StaffView, Trouble } from './api';
import { signBound } from './bound';
import { type Connection, RequestFailed } from './connection';
import type { DeviceShelf, KeptDevice } from './shelf';
import type { Surroundings } from './surroundings';

const UNREACHABLE_MS = 10_000;
/** How often a device asks whether the authority has signed its credential. */
const PENDING_MS = 5_000;

export interface EntryOptions {
  /** The line's authority: its public key, base64url. */
  readonly authority: string;
  readonly around: Surroundings;
  readonly shelf: DeviceShelf;
  readonly connection: Connection<StaffRequest, StaffMessage>;
  readonly show: (patch: Partial<StaffView>) => void;
  readonly trouble: (trouble: Trouble) => void;
}

export class Entry {
  /** This browser's keys, once they are read. */
  device: KeptDevice | undefined;
  private inside = false;
  private cancelUnreachable = () => {};
  private cancelPending = () => {};

  constructor(private readonly options: EntryOptions) {}

  async begin(): Promise<void> {
    const { around, shelf, connection, show, trouble } = this.options;
    if (!around.canEncrypt()) return trouble('no-encryption');
    this.device = await shelf.get();
    if (!this.device) return trouble('credential-refused');
    if (around.session.token === undefined) return trouble('session-over');
    show({ name: this.device.name, trouble: undefined });
    this.cancelUnreachable();
    this.cancelUnreachable = around.clock.after(UNREACHABLE_MS, () => {
      if (!this.inside) trouble('server-unreachable');
    });
    connection.start();
  }

  /** Answers what the server asks to be signed. `seen`: the last entry of the present call's log that was dealt with. */
  async enter(nonce: string, seen: number): Promise<void> {
    const { device } = this;
    const { around, connection, trouble } = this.options;
    const session = around.session.token;
    if (!device || session === undefined) return;
    const signature = await signBound(device.bound, `quietline staff enter v1\n${around.origin}\n${nonce}`);
    try {
      await connection.greet({ type: 'enter', device: device.device, session, signature, seen });
    } catch (failure) {
      if (!(failure instanceof RequestFailed)) return;
      this.cancelUnreachable();
      if (failure.code === 'unknown_session') {
        around.session.close();
        connection.stop();
        trouble('session-over');
      } else if (failure.code === 'bad_credential') {
        connection.stop();
        trouble('credential-refused');
      } else if (failure.code === 'no_drill') {
        connection.stop();
        trouble('no-drill');
      }
    }
  }

  /** The server has let this desk in, which takes part in calls or does not. */
  entered(inCalls: boolean): void {
    this.inside = true;
    this.cancelUnreachable();
    if (!inCalls) return;
    this.options.show({ pending: this.device?.credential === undefined });
    void this.fetchCredential();
  }

  close(): void {
    this.cancelUnreachable();
    this.cancelPending();
  }

  /** Fetches this device's credential, now or as soon as the authority has signed it. */
  private async fetchCredential(): Promise<void> {
    this.cancelPending();
    const { device } = this;
    const { around, authority, connection, shelf, show } = this.options;
    if (!device) return;
    const answer = await connection.request({ type: 'credential' }).catch(() => undefined);
    if (answer?.type !== 'credential') return;
    let credential = answer.credential ?? device.credential;
    if (credential !== undefined) {
      try {
        await around.e2ee.verifyStaffCredential(credential, device.keys.publicKey, authority, around.clock.now());
      } catch {
        // Run out, or not of this line: as good as none.
        credential = undefined;
      }
    }
    if (credential !== device.credential) {
      this.device = { ...device, credential };
      await shelf.put(this.device);
    }
    const pending = this.device?.credential === undefined;
    show({ pending });
    if (pending) this.cancelPending = around.clock.after(PENDING_MS, () => void this.fetchCredential());
  }
}
