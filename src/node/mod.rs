//! Runs the core over a ledger: one task owns the line's state, makes every change durable before anybody hears of it, and
//! tells everybody whom it concerns.
//!
//! May import `core`, `store` and `proto`.
mod config;
mod edge;
mod handle;
pub mod registry;

pub use config::NodeConfig;
pub use edge::{Clock, NoRandomness, Random, SystemClock, SystemRandom};
pub use handle::{
    ANSWER_BOUNDS_S, CallerConn, CallerOutbox, Effect, Gone, Node, NodeError, NodeHandle, Seat, Snapshot,
    StaffConn, StaffIdentity, StaffOutbox,
};
