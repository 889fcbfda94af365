//! The caller's side: `wss://HOST/ws/caller`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{
    Goodbye, Heartbeat, Hidden, ProtocolError,
    e2ee::{LogEntry, MlsMessage, Said},
    media::{Leg, LegRequest},
    staff::Participant,
};
use crate::core::directory::{LineName, Skill};

/// What a caller asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[ts(rename = "CallerRequest")]
pub enum Request {
    /// First message of a connection: a new visitor. Asks for nothing yet.
    Hello {
        /// In a drill, and only there: what the one who opened it gave to those who play callers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(as = "Option<String>", optional)]
        drill: Option<Hidden>,
    },
    /// First message of a connection: someone who was here a moment ago.
    Resume {
        /// The token of the last `session` message.
        token: String,
        /// The last log entry that this page has dealt with; 0 after a reload.
        #[ts(type = "number")]
        seen: u64,
    },
    /// The tap on the button: join the queue.
    Join {
        /// The MLSMessage with a fresh KeyPackage, base64.
        key_package: String,
        /// The line; the operator's default when none is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(as = "Option<String>", optional)]
        line: Option<LineName>,
        /// What the counsellor should be able to do (`welsh`), for as long as that costs no long wait.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(as = "Option<String>", optional)]
        skill: Option<Skill>,
        /// The words of a follow-up that was booked: to the front of the queue. Refused with `unknown_code` where nothing is
        /// known by it; joining without it is always possible.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(as = "Option<String>", optional)]
        code: Option<Hidden>,
    },
    /// Delete the follow-up of that code, with everything that is kept of it. Answered in the same way whether there was one.
    ForgetCode {
        /// Its words.
        code: Hidden,
    },
    /// The counsellor is lost and so is everybody else in the call: back into the queue, before those who have not been
    /// answered yet.
    AskAnother {
        /// The MLSMessage with a fresh KeyPackage, base64.
        key_package: String,
    },
    /// A fresh KeyPackage of the same signature key: after a reload, or when the last one was used.
    KeyPackage {
        /// The MLSMessage with the KeyPackage, base64.
        key_package: String,
    },
    /// Open (or open again) the media leg.
    Media(LegRequest),
    /// Hand an MLS message to the others in the call.
    Mls {
        /// The message.
        message: MlsMessage,
    },
    /// Hand application data to those in the call who are connected now. Nothing of it is kept, here or anywhere: whoever
    /// sends it sends it again until the others have answered.
    Say {
        /// The MLSMessage with the PrivateMessage, base64.
        message: String,
    },
    /// Leave: the only way in which a caller ends a call.
    Leave {
        /// How.
        how: Leaving,
    },
    /// Heartbeat.
    Ping,
}

/// How a caller ends the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Leaving {
    /// Left the queue, or hung up.
    Left,
    /// *Exit this page*: never to be called back unasked.
    QuickExit,
}

/// What the server tells a caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(rename = "CallerMessage")]
pub enum Message {
    /// The answer to `hello` and `resume`.
    Welcome {
        /// How to keep the connection.
        heartbeat: Heartbeat,
        /// Whether a counsellor is on shift, so that the page can say so before the tap.
        on_shift: bool,
        /// The operator's lines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<LineStatus>>", optional)]
        lines: Vec<LineStatus>,
        /// Whether this is a drill: nobody who answers here helps anybody.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        drill: bool,
    },
    /// Whether a counsellor is on shift has changed, or the lines have. Only to a page that has not joined: one that waits
    /// has it in its state.
    Shift {
        /// Whether a counsellor is on shift.
        on_shift: bool,
        /// The operator's lines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<LineStatus>>", optional)]
        lines: Vec<LineStatus>,
    },
    /// The page's hold on its place. Keep it in the tab's session storage and nowhere else.
    Session {
        /// Secret. Opens this call again after a reload or a lost connection.
        token: String,
        /// The call's id, which is also the MLS group id (16 bytes, hex).
        call: String,
    },
    /// The whole present state. Sent after each change; a client shows the last one.
    State {
        /// The state.
        state: CallerState,
    },
    /// A follow-up was booked in this call: the caller's only copy of its code.
    FollowUp {
        /// Its words.
        code: Hidden,
        /// For when, milliseconds since 1970.
        #[ts(type = "number")]
        at_ms: u64,
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
    /// What somebody in the call has handed over by `say`.
    Said(Said),
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
    /// Heartbeat's answer.
    Pong,
    /// The server closes the connection.
    Bye {
        /// Why.
        why: Goodbye,
    },
}

/// One of the operator's lines, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LineStatus {
    /// Its name, for `join`.
    #[ts(type = "string")]
    pub line: LineName,
    /// What callers see; empty when the operator has set none.
    pub title: String,
    /// Whether it is open. A line that is not takes nobody: the page gives the telephone number.
    pub open: bool,
    /// Whether a counsellor of this line is on shift.
    pub on_shift: bool,
    /// Whose officers and staff it is for today; everybody's when empty.
    pub forces: Vec<String>,
}

/// Where a caller is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum CallerState {
    /// Nothing asked yet.
    Idle,
    /// In the queue. True also while a counsellor's console rings: the place is kept.
    Waiting {
        /// How many callers are before this one.
        ahead: u32,
        /// Whether a counsellor's console rings for this caller.
        ringing: bool,
        /// Whether anyone is on shift who answers this line.
        on_shift: bool,
    },
    /// With a counsellor.
    Connected {
        /// Everyone in the call, by slot. Names are shown only when the MLS credential confirms them.
        participants: Vec<Participant>,
    },
    /// Over.
    Ended {
        /// Who ended it.
        by: EndedBy,
    },
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// The caller left or hung up.
    Caller,
    /// The caller used *Exit this page*.
    QuickExit,
    /// The counsellor ended it.
    Counsellor,
    /// The caller's connection was lost and not regained within the time that the place is held.
    Lost,
}
