//! The audio pipeline: Opus frames from a network in, even sound out (and back).
//!
//! A leaf: imports nothing else of ours. No clock, no thread, no I/O; time is an argument, so all of it runs in
//! simulated time. `docs/audio.md` explains the choices and holds the measurements.
pub mod codec;
pub mod comfort;
pub mod delay;
pub mod emodel;
pub mod network;
pub mod packets;
pub mod receiver;
pub mod sender;
pub mod stats;
pub mod stretch;
pub mod trace;
pub mod wav;

pub use receiver::{Frame, Receiver, ReceiverSettings, TICK};
pub use sender::{Encoded, FrameLength, Plan, Report, Sender, SenderSettings};
pub use stats::Stats;
