//! What the unit tests of this module share.

use std::{sync::OnceLock, time::Instant};

/// The moment at which simulated time begins.
#[allow(
    clippy::disallowed_methods,
    reason = "an Instant can only be had from the clock; simulated time counts from it"
)]
pub fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}
