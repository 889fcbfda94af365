//! An endpoint without a face: one person's side of a call, for synthetic clients, tests and the softphone.
//!
//! [`Endpoint`] is the whole of it without sockets or clock: signalling session with resume, MLS member, SFrame, media legs
//! and the audio pipeline. Moments, texts and datagrams go in; texts, datagrams and events come out. [`swarm`] drives
//! thousands of endpoints on one thread, [`socket`] carries their signalling.
//!
//! May import `proto`, `e2ee`, `audio`, `core::ids` and the relay's protocol modules (all of those in `protocols`). See `docs/client.md`.

pub mod carrier;
pub mod endpoint;
pub mod event;
pub mod options;
pub mod socket;
pub mod stats;
pub mod swarm;
pub mod webrtc;

mod arrivals;
mod caller;
mod chance;
mod clock;
mod connection;
mod frames;
mod group;
mod history;
mod ice;
mod leg;
mod marks;
mod media;
mod outbox;
mod protocols;
mod reports;
mod seats;
mod staff;
mod ticket;
mod voice;
mod wire;
mod writing;
mod written;
mod wss;

#[cfg(test)]
mod testing;

pub use carrier::Carried;
pub use endpoint::Endpoint;
pub use event::{Command, Event, Fault, Hearer, LegPlan, Output, PathId};
pub use options::{
    Ear, EndpointOptions, Entropy, IdentityPool, MediaLevel, Mouth, Role, Speech, StaffDevice, SystemEntropy,
};
pub use stats::{Histogram, Moments, Stats};
pub use ticket::{DrillTicket, NoTicket};
pub use written::{Tap, Written, can_be_written};
