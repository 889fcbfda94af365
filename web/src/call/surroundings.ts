/** What a call needs of the world around it, in one place, so that tests put their own in. */
import type { Epoch, FrameCrypto, Member, MemberOptions, SafetyWords, SignatureKeyPair } from '../e2ee/api';
import type { Chance, Clock } from './clock';
import type { Socket } from './connection';
import type { LegOptions } from './leg';
import type { AnyLeg } from './media';
import type { Devices } from './microphone';
import type { Passkeys } from './passkeys';
import type { TriedLeg } from './path-check';
import type { Counters } from './quality';
import type { StaffSession } from './staff-session';
import type { CallNotes } from './text/notes';

/** End-to-end encryption, as e2ee/ offers it. */
export interface E2ee {
  createMember(options: MemberOptions): Promise<Member>;
  createSafetyWords(epoch: Epoch, authenticator: Uint8Array): Promise<SafetyWords>;
  /** Undefined where the browser has no encrypted transform. */
  createFrameCrypto(): FrameCrypto | undefined;
  generateKeys(): Promise<SignatureKeyPair>;
  sign(privateKey: Uint8Array, message: Uint8Array): Promise<Uint8Array>;
  /** Throws a Refusal unless the credential is the authority's, in force and for this key. */
  verifyStaffCredential(credential: string, publicKey: Uint8Array, authority: string, now: number): Promise<unknown>;
  /** Uses every algorithm once, because first use costs up to half a second. */
  warmUp(): Promise<void>;
}

export interface Surroundings {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly openSocket: (url: string, protocol: string) => Socket;
  readonly onWake: (wake: () => void) => () => void;
  readonly devices: Devices | undefined;
  /** Undefined where the browser has no WebAuthn. */
  readonly passkeys: Passkeys | undefined;
  /** The session of a staff browser. */
  readonly session: StaffSession;
  /** What of a call outlives a reload. */
  readonly notes: CallNotes;
  /** `https://host`, as the browser names the origin. */
  readonly origin: string;
  readonly canEncrypt: () => boolean;
  readonly newStream: () => MediaStream;
  /** `counted` is told how the leg sounds, where these surroundings look. */
  readonly newLeg: (options: LegOptions, counted?: (counters: Counters) => void) => AnyLeg;
  /** For the check before a shift; the console has it. */
  readonly newTrialLeg?: (options: LegOptions) => TriedLeg;
  readonly post: (path: string, body: string) => Promise<Pick<Response, 'ok' | 'json'>>;
  /** Posts when the page may be gone before an answer comes. */
  readonly beacon: (path: string, body: string) => boolean;
  /** Resolves when the person can see what the page has last been told to show; where nobody looks, at once. */
  readonly shown: () => Promise<void>;
  readonly e2ee: E2ee;
}

/** The address of a WebSocket of this origin. */
export function socketUrl(origin: string, path: string): string {
  return origin.replace(/^http/, 'ws') + path;
}
