//! The server's face: HTTPS, WebSockets, enrolment, the pages. Text of the protocol: `docs/protocol.md`.
//!
//! May import `node`, `proto`, `legtoken`, `telemetry`, `private_file`, `first_name`, and `core`'s ids and time.
mod accounts;
mod admission;
mod app;
mod approve;
mod authority;
mod caller;
pub mod certificates;
mod content;
pub mod dev_ca;
mod drill;
mod figures;
mod follow_ups;
mod frame;
mod headers;
pub mod internal;
mod legs;
mod line;
mod link;
mod listener;
mod office;
mod passkeys;
mod permissions;
mod rest;
mod server;
mod services;
mod shift;
mod staff;
mod triage;
pub mod web;

pub use admission::AdmissionLimits;
pub use app::{Parts, Patience, Settings};
pub use authority::{StaffAuthority, VerifiedStaff, credential_requests, take_credentials};
pub use legs::{Legs, RelayAt, RelayOf};
pub use server::{Bound, Server, ServerError};
