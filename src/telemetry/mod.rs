//! Logs, counters, and what must never be in them. A leaf: imports nothing of ours.
//!
//! A caller's address, a token, a key and a name are not written to a log, a metric or an error. Types that hold one
//! have a `Debug` that does not show it; [`Redacted`] is for those that are not ours.
pub mod log;
pub mod metrics;
mod redacted;

pub use redacted::Redacted;
