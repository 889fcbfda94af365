//! Runs the core over a ledger: one task owns the line's state, makes every change durable before anybody hears of it, and
//! tells everybody whom it concerns.
//!
//! May import `core`, `store`, `proto` and `first_name`.
mod actor;
pub mod audit;
mod batch;
mod callers;
mod config;
mod consoles;
mod edge;
mod flush;
mod handle;
mod lengths;
mod limits;
mod log;
mod messages;
mod metrics;
mod peers;
mod records;
pub mod registry;
mod revocations;
mod seats;
pub mod settings;
mod show;
mod views;

#[cfg(test)]
mod tests;

pub use config::NodeConfig;
pub use edge::{Clock, NoRandomness, Random, SystemClock, SystemRandom};
pub use handle::{
    CallerConn, CallerOutbox, Effect, Gone, Node, NodeError, NodeHandle, Seat, StaffConn, StaffIdentity,
    StaffOutbox,
};
pub use metrics::{ANSWER_BOUNDS_S, Counters, Snapshot};
