//! Runs the core over a ledger: one task owns the line's state, makes every change durable before anybody hears of it, and
//! tells everybody whom it concerns.
//!
//! May import `core`, `store`, `proto` and `first_name`.
mod actor;
pub mod audit;
mod batch;
mod board;
mod bookings;
mod callers;
mod config;
mod consoles;
pub mod drill;
mod edge;
pub mod figures;
mod flush;
pub mod follow_ups;
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
pub mod rota;
mod seats;
pub mod services;
pub mod settings;
mod show;
pub mod triage;
mod views;

#[cfg(test)]
mod tests;

pub use board::{RelayHealth, RelaySource};
pub use config::NodeConfig;
pub use edge::{Clock, NoRandomness, Random, SystemClock, SystemRandom};
pub use handle::{
    CallerConn, CallerOutbox, Effect, Gone, Node, NodeError, NodeHandle, Seat, StaffConn, StaffIdentity,
    StaffOutbox,
};
pub use metrics::{ANSWER_BOUNDS_S, Counters, Snapshot};
