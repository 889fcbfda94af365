//! The staff side: `wss://HOST/ws/staff`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    Goodbye, Heartbeat, Hidden, ProtocolError,
    caller::EndedBy,
    e2ee::{LogEntry, MlsMessage},
    media::{Leg, LegRequest},
    office,
};
use crate::core::{
    directory::LineName,
    ids::{CallId, DeviceId, OfferId, Slot, StaffId},
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
    /// The answer to `media`.
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
    },
    /// At work, and not rung for until this person says so.
    Paused {
        /// For what.
        why: Pause,
        /// For how long, seconds.
        since_s: u32,
    },
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

/// What somebody is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// To talk with the one in charge alone, beside the call.
    Consult,
    /// To join the call, announced.
    Join,
}

/// Who is asked to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "who", rename_all = "snake_case", deny_unknown_fields)]
pub enum Whom {
    /// The next one of that role who is free, now or later.
    Next {
        /// `clinician`, `supervisor` or `counsellor`.
        role: Role,
    },
    /// That person, who must be free now.
    Person {
        /// Who, as `colleagues` names them.
        #[ts(type = "string")]
        staff: StaffId,
    },
}

/// Somebody is asked to come, as their console sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Invitation {
    /// What an answer names.
    #[ts(type = "string")]
    pub offer: OfferId,
    /// Who asks.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// For what.
    pub manner: Manner,
    /// How long it still stands, milliseconds.
    pub expires_in_ms: u32,
}

/// A consultation beside a call: two members of staff, alone. A room with a group, a log and media of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Consultation {
    /// What requests name, and the MLS group id.
    #[ts(type = "string")]
    pub id: CallId,
    /// This device's seat: 1 for the one who consults and makes the group, 2 for the one who is consulted.
    #[ts(type = "number")]
    pub slot: Slot,
    /// The two.
    pub participants: Vec<Participant>,
}

/// The help that the one in charge asks for, as they see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Help {
    /// Who sees to it, if somebody does yet.
    pub helper: Option<Colleague>,
}

/// Whom the one in charge asks to come, as they see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Asked {
    /// For what.
    pub manner: Manner,
    /// How far it is.
    pub progress: Progress,
}

/// How far it is with somebody who was asked to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Progress {
    /// Nobody is free yet.
    Looking,
    /// It rings.
    Ringing {
        /// At whose console.
        name: String,
    },
    /// The person who was asked passed.
    Passed,
    /// The person who was asked did not answer.
    NoAnswer,
}

/// A call for which help is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HelpWanted {
    /// The call, for `take_help`.
    #[ts(type = "string")]
    pub call: CallId,
    /// Who asks.
    pub name: String,
    /// How long ago, seconds.
    pub since_s: u32,
    /// Who sees to it.
    pub helper: Option<String>,
}

/// A member of staff who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Colleague {
    /// Who, for `invite`.
    #[ts(type = "string")]
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Whether they can be rung for now.
    pub free: bool,
}

/// One caller offered to one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Offer {
    /// What an answer names.
    #[ts(type = "string")]
    pub id: OfferId,
    /// The call it would open.
    #[ts(type = "string")]
    pub call: CallId,
    /// The line that was called.
    #[ts(type = "string")]
    pub line: LineName,
    /// How long the caller has waited, seconds.
    pub waited_s: u32,
    /// How long the offer still stands, milliseconds.
    pub expires_in_ms: u32,
    /// The caller's KeyPackage, so that the group can be made ready while it rings.
    pub key_package: String,
}

/// A call in progress, as a member of staff in it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Call {
    /// The call, and the MLS group id.
    #[ts(type = "string")]
    pub id: CallId,
    /// This device's seat.
    #[ts(type = "number")]
    pub slot: Slot,
    /// Everyone in the call, by slot.
    pub participants: Vec<Participant>,
    /// The help that is asked for; only to the one in charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub help: Option<Help>,
    /// Who is asked to come; only to the one in charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub asked: Option<Asked>,
    /// The consultation beside the call; only to the one who consults. Until it is over the caller must not be sent the
    /// microphone's sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub consultation: Option<Consultation>,
}

/// One person in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Participant {
    /// Their seat.
    #[ts(type = "number")]
    pub slot: Slot,
    /// Their role.
    pub role: Role,
    /// Their name as the server knows it; none for a caller. Only the MLS credential proves it.
    pub name: Option<String>,
    /// False while their connection is lost and their place is held.
    pub connected: bool,
    /// The KeyPackage with which they wait to be let into the group (new, or back after a reload). Whoever is in the
    /// group and in the lowest slot commits them in. None once a commit has added them.
    pub key_package: Option<String>,
    /// True for the one in charge of the call.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub lead: bool,
    /// True while they talk with somebody else beside the call, and nothing of them is heard here.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub away: bool,
    /// True when they have just come and have not published a KeyPackage yet: they are not in the group.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub arriving: bool,
    /// True when they have left the call: they are sent nothing any more, and a commit that names their slot in `removed`
    /// is still to come. Whoever is in the group and in the lowest slot makes it.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub left: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
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
