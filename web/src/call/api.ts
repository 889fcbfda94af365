/**
 * What the pages see of a call. `CallerCall` and `StaffDesk` are made by caller.ts and staff.ts of this folder; they hold the
 * signalling connection (reconnecting by themselves), the media leg, the microphone and the E2EE member. They have no DOM.
 */

import type { VerifiedMember } from '../e2ee/api';
import type {
  CallerState,
  Colleague,
  EndedBy,
  HelpWanted,
  Manner,
  OfficeAnswer,
  OfficeRequest,
  QueueState,
  Role,
  StaffState,
  Whom,
} from '../proto';
import type { SessionView } from './session';

/** Why a call cannot start or go on, for the page to say in plain words. */
export type Trouble =
  | 'microphone-refused'
  | 'microphone-missing'
  | 'microphone-busy'
  | 'no-encryption' // this browser has no encrypted transform or lacks an algorithm
  | 'server-unreachable' // never connected
  | 'media-unreachable' // neither UDP nor TCP reaches the relay
  | 'service-full'
  | 'taken-over' // the same call is open in another tab
  | 'server-misbehaved' // an E2EE rule was broken; see `refusal`
  | 'credential-refused' // staff: this device was shut out, or its credential has run out
  | 'session-over' // staff: the passkey is asked for again
  | 'internal';

/** How the connection is doing. */
export type Link = 'connecting' | 'up' | 'lost';

export interface CallView {
  /** Signalling. */
  readonly signalling: Link;
  /** Media leg. */
  readonly media: Link;
  /** Those who can hear, verified by MLS, and who is about to: nobody hears who is not among them. Empty until the group is joined. */
  readonly members: readonly VerifiedMember[];
  /** Safety words of the present epoch, once all have revealed. */
  readonly words: readonly string[] | undefined;
  /** Whether audio of somebody who is in the call now was decrypted. */
  readonly hearing: boolean;
  readonly muted: boolean;
  readonly trouble: Trouble | undefined;
  /** The refusal's code, with 'server-misbehaved'. */
  readonly refusal: string | undefined;
}

export interface CallerView extends CallView {
  readonly state: CallerState;
  readonly onShift: boolean | undefined;
}

/** The caller's side. */
export interface CallerCall {
  /** The present view; a new object after each change. */
  readonly view: CallerView;
  subscribe(listener: () => void): () => void;
  /** Opens signalling (to know who is on shift), and resumes a call of this tab if there is one. */
  connect(): void;
  /** The tap: microphone, key package, queue, media leg. */
  join(): Promise<void>;
  setMuted(muted: boolean): void;
  leave(): Promise<void>;
  /** Exit this page: ends the call without waiting for an answer; forgets everything. */
  exit(): void;
  /** The far end's audio; attach it to an <audio> element or an AudioContext. */
  readonly audio: MediaStream;
}

export interface StaffView extends CallView {
  readonly state: StaffState | undefined;
  readonly queue: QueueState | undefined;
  readonly name: string | undefined;
  /** Undefined until the server has said it. */
  readonly role: Role | undefined;
  /** Whether the authority has still to sign this device's credential. */
  readonly pending: boolean;
  readonly ended: EndedBy | undefined;
  /** The consultation, beside a call or as the one who is consulted. */
  readonly aside: SessionView | undefined;
  /** Calls for which help is asked; only to those who give it. */
  readonly help: readonly HelpWanted[];
}

/** More than two: help, invitations, consultations, hand-over. Of the call in which this console is. */
export interface StaffTalk {
  /** Asks for help in silence, or no longer. */
  askHelp(wanted: boolean): Promise<void>;
  /** Sees to a colleague's request for help. */
  takeHelp(call: string): Promise<void>;
  /** Who is signed in, those who are free first. */
  colleagues(): Promise<readonly Colleague[]>;
  invite(whom: Whom, manner: Manner): Promise<void>;
  cancelInvite(): Promise<void>;
  /** Whoever is consulted comes into the call, announced. */
  bringIn(): Promise<void>;
  endConsult(): Promise<void>;
  /** The one in that seat is in charge from now on, and this console is out of the call. */
  handOver(slot: number): Promise<void>;
  /** The one in charge is lost: this console is, from now on. */
  takeCharge(): Promise<void>;
  /** Leaves the call or the consultation, which goes on. */
  leave(): Promise<void>;
  /** Lets somebody leave. */
  dismiss(slot: number): Promise<void>;
}

/** The counsellor's side. */
export interface StaffDesk {
  readonly view: StaffView;
  subscribe(listener: () => void): () => void;
  /** Connects with this tab's session and this device's key, and stays connected. */
  connect(): void;
  /** Connects again after the session was over and a new one was opened. Nothing of a call is lost by it. */
  resume(): void;
  /** Ends the session; the device stays enrolled. */
  signOut(): Promise<void>;
  /** Asks for accounts. Fails with RequestFailed. */
  office(ask: OfficeRequest): Promise<OfficeAnswer>;
  setAvailable(available: boolean): Promise<void>;
  /** Answers a caller, or comes where a colleague asks. */
  accept(): Promise<void>;
  pass(): Promise<void>;
  end(): Promise<void>;
  /** What a console can do with others. Each fails with RequestFailed. */
  readonly talk: StaffTalk;
  wrapUpDone(available: boolean): Promise<void>;
  setMuted(muted: boolean): void;
  /** The microphone, opened on first use and kept; also feeds the level meter of the microphone test. */
  microphone(): Promise<MediaStream>;
  readonly audio: MediaStream;
  /** The other's audio in a consultation. */
  readonly asideAudio: MediaStream;
  close(): void;
}
