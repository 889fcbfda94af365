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
use crate::core::ids::{CallId, DeviceId, OfferId, Slot};

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
        /// The last entry of the present call's log that this page has dealt with; 0 after a reload.
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
    /// Answer the caller.
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
    /// Open (or open again) the media leg of a call that is offered to this device or that it is in.
    Media {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// This side of the leg.
        leg: LegRequest,
    },
    /// A fresh KeyPackage: this page was reloaded in a call and must be let in again.
    KeyPackage {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// The MLSMessage with the KeyPackage, base64.
        key_package: String,
    },
    /// Hand an MLS message to the others in the call.
    Mls {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// The message.
        message: MlsMessage,
    },
    /// End the call.
    End {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
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
    /// The answer to `media`.
    Leg {
        /// The request's id.
        re: u32,
        /// The leg.
        leg: Leg,
    },
    /// An entry of the call's log.
    Mls(LogEntry),
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
    /// In a call.
    OnCall {
        /// The call.
        call: Call,
    },
    /// After a call.
    WrapUp {
        /// The call that ended.
        #[ts(type = "string")]
        call: CallId,
        /// Who ended it.
        ended_by: EndedBy,
    },
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
    /// How long the caller has waited, seconds.
    pub waited_s: u32,
    /// How long the offer still stands, milliseconds.
    pub expires_in_ms: u32,
    /// The caller's KeyPackage, so that the group can be made ready while it rings.
    pub key_package: String,
}

/// A call in progress, as its counsellor sees it.
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
