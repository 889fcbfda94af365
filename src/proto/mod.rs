//! The signalling protocol: the messages between a client and the server, as JSON over a WebSocket.
//!
//! Every type here is exported to TypeScript (`web/src/proto/`). The text of the protocol is `docs/protocol.md`.
//! May import `core` only.
pub mod caller;
pub mod drill;
pub mod e2ee;
pub mod error;
pub mod figures;
pub mod follow_ups;
#[cfg(test)]
pub(crate) mod forms;
pub mod media;
pub mod office;
pub mod passkey;
pub mod rest;
pub mod services;
pub mod shift;
pub mod staff;
pub mod triage;
#[cfg(test)]
mod typescript;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use error::{ErrorCode, ProtocolError};

/// The WebSocket subprotocol that names this version. A client that does not offer it is refused at the upgrade.
pub const SUBPROTOCOL: &str = "quietline.v1";

/// A client's message: a request with a number of the client's choosing, which the reply repeats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Frame<R> {
    /// Chosen by the client, repeated in `done` or `error`.
    pub id: u32,
    /// What is asked.
    pub request: R,
}

/// A text that is not printed: a token, or what names somebody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct Hidden(pub String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("..")
    }
}

/// How often a client speaks, and when a silent peer counts as gone. Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Heartbeat {
    /// A client sends `ping` this often.
    pub interval_ms: u32,
    /// Either side counts the other as gone after this much silence.
    pub timeout_ms: u32,
}

/// Why the server closes a connection in good order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Goodbye {
    /// The server stops. The call's audio goes on for as long as the relay runs; reconnect and resume.
    ServerStopping,
    /// The same session was opened in another tab or window, which holds it now.
    TakenOver,
    /// The member of staff was signed out by an administrator.
    SignedOut,
    /// The drill is over.
    DrillOver,
}
