//! The staff side: `wss://HOST/ws/staff`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    Goodbye, Heartbeat, Hidden, ProtocolError,
    caller::EndedBy,
    drill,
    e2ee::{LogEntry, MlsMessage, Said},
    figures, follow_ups,
    media::{Leg, LegRequest},
    office, services, shift, triage,
};
use crate::core::ids::{CallId, DeviceId, OfferId, Slot};

mod talk;

pub use talk::{
    Asked, Call, Colleague, Consultation, Help, HelpWanted, Invitation, Manner, Offer, Participant, Progress,
    Whom,
};

/// What a member of staff asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[ts(rename = "StaffRequest")]
pub enum Request {
    /// First message of a program, in answer to `challenge`: who this is, and proof of the device key.
    SignIn {
        /// The staff credential (a compact JWT).
        credential: String,
        /// Ed25519 signature by the credential's `cnf` key over
        /// `"quietline staff sign-in v1\n" ORIGIN "\n" NONCE` (ORIGIN as in the Origin header, NONCE as challenged), base64.
        signature: String,
        /// The last entry of the present call's log that this page has dealt with; 0 after a reload. Of a consultation's log
        /// everything is sent again that is still to be read.
        #[ts(type = "number")]
        seen: u64,
    },
    /// First message of a browser, in answer to `challenge`: the session that a passkey opened, and proof that it is still the
    /// same browser.
    Enter {
        /// This device.
        #[ts(type = "string")]
        device: DeviceId,
        /// The session's token.
        session: Hidden,
        /// Signature by the browser's bound key (ECDSA P-256 with SHA-256, 64 bytes) over
        /// `"quietline staff enter v1\n" ORIGIN "\n" NONCE`, base64.
        signature: String,
        /// As in `sign_in`.
        #[ts(type = "number")]
        seen: u64,
    },
    /// End the session of this connection. The device stays enrolled; the passkey is asked for next time.
    SignOut,
    /// This device's staff credential.
    Credential,
    /// Accounts.
    Office {
        /// What.
        ask: office::Request,
    },
    /// Figures.
    Figures {
        /// Which.
        ask: figures::Request,
    },
    /// The directory of services.
    Services {
        /// What.
        ask: services::Request,
    },
    /// The shift.
    Shift {
        /// What.
        ask: shift::Request,
    },
    /// Triage.
    Triage {
        /// What.
        ask: triage::Request,
    },
    /// Drills.
    Drill {
        /// What.
        ask: drill::Request,
    },
    /// Promised talks.
    FollowUps {
        /// What.
        ask: follow_ups::Request,
    },
    /// Ready for a caller.
    Available,
    /// Not ready.
    Unavailable,
    /// At work, and not to be rung for: a break, a debrief, promised calls. Ends a wrap-up as well.
    Pause {
        /// For what.
        why: Pause,
    },
    /// Answer the caller, or come to the call or consultation that was asked for. Of several consoles of one person, the
    /// first answer wins.
    Accept {
        /// The offer.
        #[ts(type = "string")]
        offer: OfferId,
    },
    /// Let the next counsellor answer.
    Pass {
        /// The offer.
        #[ts(type = "string")]
        offer: OfferId,
    },
    /// Open (or open again) the media leg of a call that is offered to this device or that it is in, or of a consultation.
    Media {
        /// The call or the consultation.
        #[ts(type = "string")]
        call: CallId,
        /// This side of the leg.
        leg: LegRequest,
    },
    /// Open a media leg that is in no call, before a shift: whether this device reaches a relay. Answered by `leg`; nobody is
    /// ever at its other end.
    CheckPath {
        /// This side of the leg.
        leg: LegRequest,
    },
    /// A fresh KeyPackage: this page has come into a call or a consultation, or was reloaded in it, and must be let in.
    KeyPackage {
        /// The call or the consultation.
        #[ts(type = "string")]
        call: CallId,
        /// The MLSMessage with the KeyPackage, base64.
        key_package: String,
    },
    /// Hand an MLS message to the others in the call or in the consultation.
    Mls {
        /// The call or the consultation.
        #[ts(type = "string")]
        call: CallId,
        /// The message.
        message: MlsMessage,
    },
    /// Hand application data to those in the call, or in the consultation, who are connected now. Nothing of it is kept.
    Say {
        /// The call or the consultation.
        #[ts(type = "string")]
        call: CallId,
        /// The MLSMessage with the PrivateMessage, base64.
        message: String,
    },
    /// End the call: only the one in charge.
    End {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
    },
    /// Ask for help in silence: clinicians and supervisors see it, nobody in the call does but the one in charge.
    AskHelp {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
    },
    /// Help is needed no longer.
    HelpDone {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
    },
    /// A clinician or supervisor sees to a request for help. The one who asked sees who it is, and may invite them.
    TakeHelp {
        /// The call, as `help` names it.
        #[ts(type = "string")]
        call: CallId,
    },
    /// Who is signed in, to choose whom to invite: answered by `colleagues`.
    Colleagues,
    /// The one in charge asks somebody to come.
    Invite {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// Whom.
        whom: Whom,
        /// For what.
        manner: Manner,
    },
    /// Nobody need come any longer.
    CancelInvite {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
    },
    /// The one who is consulted comes into the call: announced to the caller before any key.
    BringIn {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
    },
    /// The consultation is over: either of the two says so.
    EndConsult {
        /// The call or the consultation.
        #[ts(type = "string")]
        call: CallId,
    },
    /// Give the call to another who is in it and in its group, and leave.
    HandOver {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// The seat of the one who is in charge from now on.
        #[ts(type = "number")]
        to: Slot,
    },
    /// Take charge of a call that this console is in, because the one in charge is lost.
    TakeCharge {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
    },
    /// Leave a call that another is in charge of, or a consultation.
    LeaveCall {
        /// The call or the consultation.
        #[ts(type = "string")]
        call: CallId,
    },
    /// The one in charge lets another leave the call: one whose console is lost, for instance.
    Dismiss {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// Whom.
        #[ts(type = "number")]
        slot: Slot,
    },
    /// Wrap-up is done.
    WrapUpDone {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// Ready for the next caller at once.
        available: bool,
    },
    /// What may be said of the call that is wrapped up, once. It is counted, and kept with no call.
    CodeWrapUp {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// The number of the answer to each of `fields`, or null.
        chosen: Vec<Option<u32>>,
    },
    /// How the call sounded that is wrapped up, once. It is counted, for no longer than the call was, and kept with no call.
    Quality {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// For how long how; time in which nothing was measured is in none.
        heard: figures::Heard,
    },
    /// Heartbeat.
    Ping,
}

/// What the server tells a member of staff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(rename = "StaffMessage")]
pub enum Message {
    /// Sent first: what to sign.
    Challenge {
        /// Fresh and random, base64.
        nonce: String,
    },
    /// Signed in.
    Welcome {
        /// How to keep the connection.
        heartbeat: Heartbeat,
        /// The name in the credential.
        name: String,
        /// The role in the credential.
        role: Role,
        /// Whether this is a drill: no caller here is in need.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        drill: bool,
    },
    /// The whole present state. Sent after each change; a client shows the last one.
    State {
        /// The state.
        state: StaffState,
        /// The line.
        queue: QueueState,
    },
    /// The calls for which help is asked. Only to clinicians and supervisors: all of them, after each change.
    Help {
        /// The calls, the one that has waited longest first.
        calls: Vec<HelpWanted>,
    },
    /// The answer to `colleagues`.
    Colleagues {
        /// The request's id.
        re: u32,
        /// Who is signed in and can be asked into a call, but for the one who asks.
        colleagues: Vec<Colleague>,
    },
    /// The answer to `media` and `check_path`.
    Leg {
        /// The request's id.
        re: u32,
        /// The leg.
        leg: Leg,
    },
    /// An entry of the log of a call or a consultation.
    Mls {
        /// The call or the consultation.
        #[ts(type = "string")]
        call: CallId,
        /// The entry.
        #[serde(flatten)]
        #[ts(flatten)]
        entry: LogEntry,
    },
    /// What somebody in the call or in the consultation has handed over by `say`.
    Said {
        /// The call or the consultation.
        #[ts(type = "string")]
        call: CallId,
        /// What.
        #[serde(flatten)]
        #[ts(flatten)]
        said: Said,
    },
    /// The request was carried out.
    Done {
        /// The request's id.
        re: u32,
    },
    /// The request was refused; nothing changed.
    Error {
        /// The request's id, where it could be read.
        re: Option<u32>,
        /// Why.
        error: ProtocolError,
    },
    /// The answer to `credential`.
    Credential {
        /// The request's id.
        re: u32,
        /// The credential (a compact JWT); none while the authority has not signed.
        credential: Option<Hidden>,
    },
    /// The answer to `office`.
    Office {
        /// The request's id.
        re: u32,
        /// The answer.
        answer: office::Answer,
    },
    /// The answer to `figures`.
    Figures {
        /// The request's id.
        re: u32,
        /// The answer.
        answer: figures::Answer,
    },
    /// The answer to `services`.
    Services {
        /// The request's id.
        re: u32,
        /// The answer.
        answer: services::Answer,
    },
    /// The answer to `shift`.
    Shift {
        /// The request's id.
        re: u32,
        /// The answer.
        answer: shift::Answer,
    },
    /// The wallboard, to those who watch it, after each change.
    Wallboard {
        /// How things are now.
        board: shift::Board,
    },
    /// The answer to `triage`.
    Triage {
        /// The request's id.
        re: u32,
        /// The answer.
        answer: triage::Answer,
    },
    /// The answer to `drill`.
    Drill {
        /// The request's id.
        re: u32,
        /// The answer.
        answer: drill::Answer,
    },
    /// The answer to `follow_ups`.
    FollowUps {
        /// The request's id.
        re: u32,
        /// The answer.
        answer: follow_ups::Answer,
    },
    /// Heartbeat's answer.
    Pong,
    /// The server closes the connection.
    Bye {
        /// Why.
        why: Goodbye,
    },
}

/// Where a member of staff is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum StaffState {
    /// Signed in, not taking callers.
    Unavailable,
    /// Ready.
    Available,
    /// A caller is offered.
    Ringing {
        /// The offer.
        offer: Offer,
    },
    /// Asked to come to a call in progress, or to a consultation: answered by `accept` or `pass`.
    Invited {
        /// Who asks, and for what.
        invitation: Invitation,
    },
    /// In a call.
    OnCall {
        /// The call.
        call: Call,
    },
    /// Consulted by the one in charge of a call, and in no room with its caller.
    Consulted {
        /// The consultation.
        consultation: Consultation,
    },
    /// After a call.
    WrapUp {
        /// The call that ended, or that goes on without this person.
        #[ts(type = "string")]
        call: CallId,
        /// Who ended it; null when it goes on.
        ended_by: Option<EndedBy>,
        /// What may be said of it, until it was.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<CodeField>>", optional)]
        fields: Vec<CodeField>,
    },
    /// At work, and not rung for until this person says so.
    Paused {
        /// For what.
        why: Pause,
        /// For how long, seconds.
        since_s: u32,
    },
}

/// A question about a call that is over, with answers to choose from. None need be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CodeField {
    /// The question.
    pub title: String,
    /// The answers.
    pub answers: Vec<String>,
}

/// What a person who is not rung for does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// A break.
    Break,
    /// A protected rest after a hard call.
    Debrief,
    /// Calls that were promised.
    FollowUp,
}

/// Who somebody is to the service. In a call are callers, counsellors, clinicians and supervisors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The one who called.
    Caller,
    /// Answers and supports.
    Counsellor,
    /// Is consulted, joins announced.
    Clinician,
    /// Runs the shift.
    Supervisor,
    /// Sends control-room calls to the right agency.
    Coordinator,
    /// Funds the service: sees suppressed totals only.
    Commissioner,
    /// Accounts, forces in scope, directory, configuration.
    Administrator,
}

/// The line at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct QueueState {
    /// How many callers wait.
    pub waiting: u32,
    /// How long the first of them has waited, seconds.
    pub longest_wait_s: u32,
}
