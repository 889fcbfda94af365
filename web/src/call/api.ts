/**
 * What the pages see of a call. `CallerCall` and `StaffDesk` are made by caller.ts and staff.ts of this folder; they hold the
 * signalling connection (reconnecting by themselves), the media leg, the microphone and the E2EE member. They have no DOM.
 */

import type { VerifiedMember } from '../e2ee/api';
import type {
  Board,
  CallerState,
  Colleague,
  DrillAnswer,
  DrillRequest,
  EndedBy,
  FiguresAnswer,
  FiguresRequest,
  FollowUpAnswer,
  FollowUpRequest,
  HelpWanted,
  Manner,
  OfficeAnswer,
  OfficeRequest,
  Pause,
  QueueState,
  Role,
  ServicesAnswer,
  ServicesRequest,
  ShiftAnswer,
  ShiftRequest,
  StaffState,
  TriageAnswer,
  TriageRequest,
  Whom,
} from '../proto';
import type { Path } from './path-check';
import type { Quality } from './quality';
import type { ServiceShelf } from './service-shelf';
import type { SessionView } from './session';
import type { Contacts } from './staff-contacts';
import type { ConversationView } from './text/conversation';
import type { Card, DropPlan, Tap } from './text/message';

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
  | 'no-drill' // none is open, or not by that ticket; or it has ended
  | 'drill-unsure' // the page and the server do not agree on whether this is a drill
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
  /** What is written in the call, and who holds. */
  readonly conversation: ConversationView;
  readonly muted: boolean;
  readonly trouble: Trouble | undefined;
  /** The refusal's code, with 'server-misbehaved'. */
  readonly refusal: string | undefined;
  /** Whether this is a drill: the page was opened as one, and the server has said nothing else. */
  readonly drill: boolean;
}

export interface CallerView extends CallView {
  readonly state: CallerState;
  readonly onShift: boolean | undefined;
  /** The follow-up that was booked in this call. Here and on no disk. */
  readonly followUp: FollowUp | undefined;
  /** Why the code that was given last did not count. */
  readonly codeRefused: 'unknown' | 'busy' | undefined;
}

/** A promised talk, as the caller is told of it. */
export interface FollowUp {
  /** The words to come back with. */
  readonly code: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Writing to everybody else in the call, end-to-end encrypted. What was written is in the view's `conversation`. */
export interface CallText {
  /** What is typed and not sent: kept over screens and a lost connection, gone after the call. */
  draft: string;
  /** Sends it. False where it cannot be: nobody is there, or it is empty or too long. */
  write(text: string): boolean;
  tap(tap: Tap): boolean;
}

/** The caller's side. */
export interface CallerCall {
  /** The present view; a new object after each change. */
  readonly view: CallerView;
  subscribe(listener: () => void): () => void;
  /** Opens signalling (to know who is on shift), and resumes a call of this tab if there is one. */
  connect(): void;
  /** The tap: microphone, key package, queue, media leg. */
  /** With the code of a follow-up: to the front of the queue. */
  join(code?: string): Promise<void>;
  /** The same without a microphone, for whoever cannot speak: the counsellor is told. It can be turned on later, by `setMuted`. */
  joinSilently(): Promise<void>;
  /** Deletes what was booked by that code. Nobody is told whether there was anything. Fails with RequestFailed. */
  forgetCode(code: string): Promise<void>;
  setMuted(muted: boolean): void;
  leave(): Promise<void>;
  /** Exit this page: ends the call without waiting for an answer; forgets everything. */
  exit(): void;
  /** Out of a drill: ends its call and forgets its session, without waiting for an answer. */
  leaveDrill(): void;
  readonly text: CallText;
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
  /** The wallboard as it was told last, to those who watch it. */
  readonly board: Board | undefined;
  /** How the call sounds. */
  readonly quality: Quality;
  /** The name of the microphone in use, once one is open. */
  readonly microphone: string | undefined;
  /** Whether the one before went away by itself, so that another one is used. */
  readonly microphoneGone: boolean;
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
  /** Asks for figures. Fails with RequestFailed. */
  figures(ask: FiguresRequest): Promise<FiguresAnswer>;
  /** Asks for the directory of services. Fails with RequestFailed. */
  services(ask: ServicesRequest): Promise<ServicesAnswer>;
  /** Asks for triage. Fails with RequestFailed. */
  triage(ask: TriageRequest): Promise<TriageAnswer>;
  /** Where this browser keeps the directory. */
  readonly serviceShelf: ServiceShelf;
  /** Asks about the shift. Fails with RequestFailed. */
  shift(ask: ShiftRequest): Promise<ShiftAnswer>;
  /** Asks for the drill. Fails with RequestFailed. */
  drill(ask: DrillRequest): Promise<DrillAnswer>;
  /** Promised talks. Fails with RequestFailed. */
  followUps(ask: FollowUpRequest): Promise<FollowUpAnswer>;
  /** How those who have consented are reached. Each fails with RequestFailed or ContactFailed. */
  readonly contacts: Pick<Contacts, 'readers' | 'book' | 'offer' | 'read'>;
  /** Can be rung for, or not. To be rung for is asked once; not to be is asked until it is answered. */
  setAvailable(available: boolean): Promise<void>;
  /** Not to be rung for until `setAvailable`; out of a wrap-up too. Asked until it is answered, refused in a call. */
  pause(why: Pause): Promise<void>;
  /** Answers a caller, or comes where a colleague asks. */
  accept(): Promise<void>;
  pass(): Promise<void>;
  end(): Promise<void>;
  /** What a console can do with others. Each fails with RequestFailed. */
  readonly talk: StaffTalk;
  wrapUpDone(available: boolean): Promise<void>;
  setMuted(muted: boolean): void;
  readonly text: CallText;
  /**
   * Shows the caller a card of a service. Resolves when their page has it. Fails with RequestFailed: `out_of_order` where there is no
   * caller to show it to or the card has no title, `lost` where the call ended first.
   */
  sendCard(card: Card): Promise<void>;
  /** Puts the caller on hold, who is told, or takes them back: nothing of the call is heard here meanwhile, and nothing from here in it. */
  setHold(held: boolean): void;
  /** What was agreed with the caller for a connection that does not come back, who sees it; null is nothing yet. */
  agree(plan: DropPlan | null): void;
  /** The microphone, opened on first use and kept; also feeds the level meter of the microphone test. */
  microphone(): Promise<MediaStream>;
  /** Uses this microphone, in a call too; undefined is the browser's default. Where it cannot be opened the present one goes on. Throws MicrophoneFailed. */
  /** What is said of the call that is wrapped up: the number of an answer to each of its fields, or null. Fails with RequestFailed. */
  codeWrapUp(chosen: readonly (number | null)[]): Promise<void>;
  chooseMicrophone(id: string | undefined): Promise<void>;
  /** Whether this computer reaches a relay, and how. Throws PathFailed. */
  checkPath(): Promise<Path>;
  readonly audio: MediaStream;
  /** The other's audio in a consultation. */
  readonly asideAudio: MediaStream;
  close(): void;
}
