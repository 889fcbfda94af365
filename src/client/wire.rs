//! Both sides' signalling messages under one roof, so that the connection need not know which side it is.

use serde::Serialize;

use crate::{
    core::ids::{CallId, OfferId},
    proto::{
        ErrorCode, Frame, Goodbye, Heartbeat,
        caller::{self, CallerState},
        e2ee::{LogEntry, MlsMessage, Said},
        media::{Leg, LegRequest},
        staff::{self, StaffState},
    },
};

/// A message of the server.
pub(super) enum Incoming {
    Challenge(String),
    Welcome(Heartbeat),
    Session {
        token: String,
        call: String,
    },
    Caller(CallerState),
    Staff(StaffState),
    Leg {
        re: u32,
        leg: Leg,
    },
    Mls(LogEntry),
    Said(Said),
    Done {
        re: u32,
    },
    Error {
        re: Option<u32>,
        code: ErrorCode,
    },
    /// A sign of life, and nothing that an endpoint acts upon.
    Pong,
    Bye(Goodbye),
}

/// Reads a message of the server to a caller. None where it is not of the protocol.
pub(super) fn from_caller_side(text: &str) -> Option<Incoming> {
    Some(match serde_json::from_str(text).ok()? {
        caller::Message::Welcome { heartbeat, .. } => Incoming::Welcome(heartbeat),
        caller::Message::Session { token, call } => Incoming::Session { token, call },
        caller::Message::State { state } => Incoming::Caller(state),
        caller::Message::Leg { re, leg } => Incoming::Leg { re, leg },
        caller::Message::Mls(entry) => Incoming::Mls(entry),
        caller::Message::Said(said) => Incoming::Said(said),
        caller::Message::Done { re } => Incoming::Done { re },
        caller::Message::Error { re, error } => Incoming::Error { re, code: error.code },
        caller::Message::Pong | caller::Message::Shift { .. } | caller::Message::FollowUp { .. } => {
            Incoming::Pong
        }
        caller::Message::Bye { why } => Incoming::Bye(why),
    })
}

/// Reads a message of the server to a member of staff. None where it is not of the protocol.
pub(super) fn from_staff_side(text: &str) -> Option<Incoming> {
    Some(match serde_json::from_str(text).ok()? {
        staff::Message::Challenge { nonce } => Incoming::Challenge(nonce),
        staff::Message::Welcome { heartbeat, .. } => Incoming::Welcome(heartbeat),
        staff::Message::State { state, .. } => Incoming::Staff(state),
        staff::Message::Leg { re, leg } => Incoming::Leg { re, leg },
        staff::Message::Mls { entry, .. } => Incoming::Mls(entry),
        staff::Message::Said { said, .. } => Incoming::Said(said),
        staff::Message::Done { re } => Incoming::Done { re },
        staff::Message::Error { re, error } => Incoming::Error { re, code: error.code },
        staff::Message::Pong
        | staff::Message::Help { .. }
        | staff::Message::Colleagues { .. }
        | staff::Message::Credential { .. }
        | staff::Message::Office { .. }
        | staff::Message::Figures { .. }
        | staff::Message::Shift { .. }
        | staff::Message::Wallboard { .. }
        | staff::Message::Services { .. }
        | staff::Message::Triage { .. }
        | staff::Message::Drill { .. }
        | staff::Message::FollowUps { .. } => Incoming::Pong,
        staff::Message::Bye { why } => Incoming::Bye(why),
    })
}

/// What a request is about, and so what its answer means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Greeting,
    Join,
    Available,
    Unavailable,
    Accept,
    Pass,
    Media,
    KeyPackage,
    /// A commit: what follows waits for its answer.
    Commit,
    /// Application data: nothing waits for it.
    Application,
    End,
    WrapUpDone,
}

impl Tag {
    /// Whether the request is sent again, unchanged, on the next connection until it is answered.
    pub(super) fn lasts(self) -> bool {
        matches!(self, Self::KeyPackage | Self::Commit | Self::Application | Self::End | Self::WrapUpDone)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Join => "join",
            Self::Available => "available",
            Self::Unavailable => "unavailable",
            Self::Accept => "accept",
            Self::Pass => "pass",
            Self::Media => "media",
            Self::KeyPackage => "key_package",
            Self::Commit | Self::Application => "mls",
            Self::End => "end",
            Self::WrapUpDone => "wrap_up_done",
        }
    }
}

/// A request of either side.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Request {
    Caller(caller::Request),
    Staff(staff::Request),
}

impl Request {
    /// The text that is sent under the number `id`.
    pub(super) fn text(&self, id: u32) -> String {
        // Strings and numbers only: writing them into memory cannot fail.
        serde_json::to_string(&Frame { id, request: self }).unwrap_or_default()
    }
}

/// In whose name requests are made: those that both sides know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Caller,
    /// A member of staff in a call, or in none.
    Staff(Option<CallId>),
}

impl Side {
    pub(super) fn ping(self) -> Request {
        match self {
            Self::Caller => Request::Caller(caller::Request::Ping),
            Self::Staff(_) => Request::Staff(staff::Request::Ping),
        }
    }

    /// None for staff without a call.
    pub(super) fn media(self, leg: LegRequest) -> Option<Request> {
        Some(match self {
            Self::Caller => Request::Caller(caller::Request::Media(leg)),
            Self::Staff(call) => Request::Staff(staff::Request::Media { call: call?, leg }),
        })
    }

    pub(super) fn key_package(self, key_package: String) -> Option<Request> {
        Some(match self {
            Self::Caller => Request::Caller(caller::Request::KeyPackage { key_package }),
            Self::Staff(call) => Request::Staff(staff::Request::KeyPackage { call: call?, key_package }),
        })
    }

    pub(super) fn mls(self, message: MlsMessage) -> Option<Request> {
        Some(match self {
            Self::Caller => Request::Caller(caller::Request::Mls { message }),
            Self::Staff(call) => Request::Staff(staff::Request::Mls { call: call?, message }),
        })
    }
}

/// Staff requests about one offer or call.
pub(super) fn accept(offer: OfferId) -> Request {
    Request::Staff(staff::Request::Accept { offer })
}

/// See [`accept`].
pub(super) fn pass(offer: OfferId) -> Request {
    Request::Staff(staff::Request::Pass { offer })
}
