//! What can be set about a node.

use std::time::Duration;

use crate::proto::Heartbeat;

/// What can be set about a node. The defaults are the service's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeConfig {
    /// How long a counsellor's console rings before the caller is offered to the next.
    pub ring: Duration,
    /// How long a counsellor is held for a caller whose connection was lost.
    pub hold_call: Duration,
    /// How long the place in the queue is held for a caller whose connection was lost.
    pub hold_place: Duration,
    /// A console that has not been heard from for this long is not available.
    pub presence: Duration,
    /// After so many offers in a row that a console let expire, it is set unavailable.
    pub misses_allowed: u32,
    /// Callers in the queue at most; the next is told that the service is full.
    pub max_waiting: usize,
    /// How often a client speaks, told to it in `welcome`.
    pub heartbeat: Heartbeat,
}

impl Default for NodeConfig {
    fn default() -> Self {
        Self {
            ring: Duration::from_secs(20),
            hold_call: Duration::from_secs(300),
            hold_place: Duration::from_secs(300),
            presence: Duration::from_secs(10),
            misses_allowed: 2,
            max_waiting: 500,
            heartbeat: Heartbeat { interval_ms: 3_000, timeout_ms: 10_000 },
        }
    }
}
