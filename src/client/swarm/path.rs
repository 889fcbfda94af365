//! What a network does to an endpoint's datagrams, as a hook.

use std::time::{Duration, Instant};

/// A modelled network in one direction of one endpoint. It sees each datagram once, in the order of sending.
pub trait Path: Send {
    /// What becomes of a datagram of `bytes` bytes that is sent at `now`.
    fn fate(&mut self, now: Instant, bytes: usize) -> Fate;
}

/// What becomes of one datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is lost.
    Drop,
    /// It arrives so much later.
    Deliver {
        /// Zero: at once.
        after: Duration,
    },
    /// It arrives twice.
    Twice {
        /// The first one.
        after: Duration,
        /// The second one.
        again: Duration,
    },
}
