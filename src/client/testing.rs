//! What the tests of this module share.

use std::{sync::OnceLock, time::Instant};

/// The moment from which simulated time counts.
#[allow(clippy::disallowed_methods, reason = "an Instant can only be had from the clock")]
pub(crate) fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}
