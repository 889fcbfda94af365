//! The one place where the client reads the clock, for the loops that drive endpoints.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Now.
#[allow(clippy::disallowed_methods, reason = "the edge that hands `now` to the sans-IO endpoints")]
pub(super) fn clock() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods, reason = "the edge that hands the time of day to the sans-IO endpoints")]
pub(super) fn wall_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
