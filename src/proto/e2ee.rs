//! What the server carries for MLS without understanding it: it orders, keeps and delivers.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::core::ids::Slot;

/// An MLS message on its way to the other participants. All byte strings are standard base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum MlsMessage {
    /// A Commit that closes `epoch`, and the Welcome for those whom it adds. The server takes one commit for each
    /// epoch, in order; the first commit of a group closes epoch 0.
    Commit {
        /// The epoch in which the commit was made.
        #[ts(type = "number")]
        epoch: u64,
        /// The MLSMessage with the Commit.
        commit: String,
        /// The MLSMessage with the Welcome, where somebody is added.
        welcome: Option<String>,
        /// The slots of those who are added and so read the Welcome, not the Commit.
        #[ts(type = "number[]")]
        added: Vec<Slot>,
        /// The slots of those whom it removes because they have left; nobody is added in the same commit.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<u8>>", optional)]
        removed: Vec<Slot>,
    },
    /// A PrivateMessage with application data (safety words).
    Application {
        /// The MLSMessage with the PrivateMessage.
        message: String,
    },
}

/// One entry of a call's log, as it is delivered. Entries come in order and without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LogEntry {
    /// Its number: the first entry of a call is 1. A client that resumes names the last one it has seen.
    #[ts(type = "number")]
    pub seq: u64,
    /// Who sent it. The server says so; the MLS signature proves it.
    #[ts(type = "number")]
    pub from: Slot,
    /// The message.
    pub message: MlsMessage,
}

/// Application data on its way to those who are connected, and kept nowhere: it has no number, and nobody who comes back reads it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Said {
    /// Who sent it. The server says so; the MLS signature proves it.
    #[ts(type = "number")]
    pub from: Slot,
    /// The MLSMessage with the PrivateMessage, base64.
    pub message: String,
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Said").field("from", &self.from).finish_non_exhaustive()
    }
}
