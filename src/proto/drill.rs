//! Drills, over the staff WebSocket: a line of its own for training, apart from the real one.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Hidden;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
#[ts(rename = "DrillRequest")]
pub enum Request {
    /// Whether a drill is open, and until when.
    Now,
    /// Open one. Where one is open, it goes on until the later of the two ends.
    Open {
        /// For how long, minutes: 5 to 480.
        minutes: u32,
    },
    /// End it now. Everybody in it is told so, and everything of it is thrown away.
    Close,
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[ts(rename = "DrillAnswer")]
pub enum Answer {
    /// How things are, after what was asked was done.
    Drill {
        /// The drill; null when none is open.
        drill: Option<Drill>,
    },
}

/// The drill that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Drill {
    /// Until when, milliseconds since 1970.
    #[ts(type = "number")]
    pub until: u64,
    /// What lets somebody play a caller: `https://HOST/#drill=TICKET`, or `quietline drill`. Only to those who may open one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ticket: Option<Hidden>,
    /// Callers in it now, waiting or in a call.
    pub callers: u32,
    /// Consoles that are signed in to it now.
    pub desks: u32,
}
