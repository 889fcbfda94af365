//! The clock and the random source: the only place in which the node touches either.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use futures_util::future::BoxFuture;

use crate::core::time::Timestamp;

/// A clock that never runs backwards.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
    /// Resolves when the clock has reached `at`.
    fn until(&self, at: Timestamp) -> BoxFuture<'static, ()>;
}

/// A cryptographic random source.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`. Fails only if the system has no randomness to give.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The system's random source failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random source failed")]
pub struct NoRandomness;

/// The system's clock: civil time read once, then carried on by the monotonic clock, so that it never runs backwards.
#[derive(Debug, Clone)]
pub struct SystemClock {
    start: Instant,
    civil_ms: u64,
}

#[allow(clippy::disallowed_methods, reason = "the node's edge: every other part takes `now` from here")]
impl SystemClock {
    /// Reads the civil time.
    pub fn new() -> Self {
        let civil = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start: Instant::now(), civil_ms: u64::try_from(civil.as_millis()).unwrap_or(u64::MAX) }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

#[allow(clippy::disallowed_methods, reason = "the node's edge: every other part takes `now` from here")]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.civil_ms) + self.start.elapsed()
    }

    fn until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let left = at.since(self.now());
        Box::pin(tokio::time::sleep(left))
    }
}

/// The system's cryptographic random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

#[allow(
    clippy::disallowed_methods,
    reason = "the node's edge: every other part takes random bytes from here"
)]
impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        aws_lc_rs::rand::fill(bytes).map_err(|_| NoRandomness)
    }
}
