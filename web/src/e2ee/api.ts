/**
 * What the rest of the page sees of end-to-end encryption: one MLS member, its frame keys, its safety words.
 * The formats are in docs/e2ee.md. No class here knows of sockets, peer connections or the DOM.
 */

/** Who may be in a call, as its credential proves. */
export type Identity =
  | { readonly role: 'caller' }
  | { readonly role: 'counsellor' | 'clinician' | 'supervisor'; readonly name: string; readonly staff: string };

/** One leaf of the group, verified. */
export interface VerifiedMember {
  readonly leaf: number;
  readonly identity: Identity;
  /** Whether this is the leaf of this page. */
  readonly me: boolean;
  /** Ed25519 public key of the leaf. */
  readonly signatureKey: Uint8Array;
}

/** The member's present epoch. */
export interface Epoch {
  readonly epoch: bigint;
  readonly members: readonly VerifiedMember[];
  /** 16 bytes: MLS-Exporter("SFrame 1.0 Base Key", "", 16). Goes to the SFrame worker and nowhere else. */
  readonly baseKey: Uint8Array;
}

/** An Ed25519 signature key pair: the caller's for one call, or a staff device's. */
export interface SignatureKeyPair {
  readonly privateKey: Uint8Array;
  readonly publicKey: Uint8Array;
}

/** Why something was refused. `code` names the rule of docs/e2ee.md; `message` is for a log or a developer. */
export type RefusalCode =
  | 'no-path'
  | 'unsigned-credential'
  | 'expired-credential'
  | 'second-caller'
  | 'external'
  | 'context-only'
  | 'identity-changed'
  | 'swap-key-changed'
  | 'removed-caller'
  | 'wrong-epoch'
  | 'wrong-group'
  | 'not-alone' // a consultation with a caller or a third person in it
  | 'removed' // this member itself was removed, by a commit that keeps the rules: its group is over
  | 'malformed'
  | 'words-mismatch';

export class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message);
    this.name = 'Refusal';
  }
}

/** A commit made but not yet in force: send `commit` and `welcome`, then `confirm` when the server has ordered it. */
export interface PendingCommit {
  /** The epoch that the commit closes. */
  readonly epoch: bigint;
  readonly commit: Uint8Array;
  /** Empty when nobody is added. */
  readonly welcome: Uint8Array;
  /** Who is in the group once it is in force. */
  readonly members: readonly VerifiedMember[];
  /** Enters the new epoch. */
  confirm(): Epoch;
}

/** A call has one caller in it; a consultation beside it is of two members of staff alone. */
export type RoomKind = 'call' | 'consultation';

export interface MemberOptions {
  /** The id of the call or the consultation: the MLS group id. A function where it is not known yet: read when a group is made or joined. */
  readonly call: Uint8Array | (() => Uint8Array);
  /** What the group is of: a call, unless it is said. */
  readonly room?: RoomKind;
  /** The line's authority public key, base64url. */
  readonly authority: string;
  readonly keys: SignatureKeyPair;
  /** The staff credential (JWT); absent for a caller. */
  readonly credential?: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One page's membership of one call. Created by `createMember` of mls.ts. */
export interface Member {
  /** A fresh KeyPackage (MLSMessage). Its private part is kept until a Welcome uses it. */
  keyPackage(): Promise<Uint8Array>;
  /** Staff only: makes the group and adds the caller (in a consultation, the other), without sending anything. May be done while it rings. */
  prepareGroup(firstKeyPackage: Uint8Array): Promise<PendingCommit>;
  /** Lets a participant in (again): adds the KeyPackage; where a leaf has the same signature key, swaps that leaf. */
  prepareAdd(keyPackage: Uint8Array): Promise<PendingCommit>;
  /** Takes a leaf out of the group: somebody of staff who has left. Never the caller's. */
  prepareRemove(leaf: number): Promise<PendingCommit>;
  /** Joins by Welcome. Throws a Refusal when the group breaks a rule. */
  join(welcome: Uint8Array): Promise<Epoch>;
  /** Processes another member's commit. Throws a Refusal and stays in the present epoch when it breaks a rule. */
  applyCommit(commit: Uint8Array): Promise<Epoch>;
  /** Seals application data for the group. */
  seal(data: Uint8Array): Promise<Uint8Array>;
  /** Opens application data; `from` is the sender's leaf. */
  open(message: Uint8Array): Promise<{ from: number; data: Uint8Array }>;
  /** The present epoch, once there is one. */
  readonly current: Epoch | undefined;
  /** 32 bytes: the present epoch's authenticator. */
  readonly epochAuthenticator: Uint8Array | undefined;
  /** Forgets the group and its keys. */
  close(): void;
}

/** Reads a KeyPackage's identity and signature key and checks it by the rules. Throws a Refusal. */
export type InspectKeyPackage = (
  keyPackage: Uint8Array,
  authority: string,
  now: number,
) => Promise<{ identity: Identity; signatureKey: Uint8Array }>;

/** The safety words of one epoch: commit, then reveal. Pure: says what to send. */
export interface SafetyWords {
  /** This page's commitment: to be sent on entering the epoch, before any answer of `receive`. */
  readonly opening: Uint8Array;
  /** Takes opened application data from `leaf`; returns what to send in answer, if anything. Throws Refusal('words-mismatch'). */
  receive(leaf: number, data: Uint8Array): Promise<Uint8Array | undefined>;
  /** The four words, once every member has revealed. None after a mismatch. */
  readonly words: readonly string[] | undefined;
}

/** From when on an epoch's key seals. */
export type Sealing = 'now' | 'later';

/** Frame encryption for one peer connection. `createFrameCrypto()` of frames.ts; undefined where the browser cannot. */
export interface FrameCrypto {
  /** Must be called at once after the transceiver is made, before any offer and before any track is attached. */
  attachSender(sender: RTCRtpSender): void;
  /** Frames of `slot` arrive on this receiver; only the leaf bound to the slot by `setEpoch` may be heard on it. */
  attachReceiver(receiver: RTCRtpReceiver, slot: number): void;
  /**
   * Installs an epoch's key. Resolves when the worker has confirmed it: only then may a track be attached. It seals at once, or
   * where `seal` is `later` and there is a key that seals already, only from `sealWith` on.
   */
  setEpoch(
    epoch: bigint,
    baseKey: Uint8Array,
    myLeaf: number,
    slotOfLeaf: ReadonlyMap<number, number>,
    seal?: Sealing,
  ): Promise<void>;
  /** Frames are sealed under that epoch from now on. */
  sealWith(epoch: bigint): Promise<void>;
  /** Called once for each slot and epoch when the first frame of it was decoded. */
  onFirstFrame: ((slot: number, epoch: bigint) => void) | undefined;
  /** Called once if the frame encryption breaks. No frame passes from then on, in either direction. */
  onFailure: (() => void) | undefined;
  /** Counters since the start: sealed, opened, and dropped by reason. */
  stats(): Promise<Readonly<Record<string, number>>>;
  close(): void;
}
