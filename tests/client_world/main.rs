//! The client's endpoint in simulated time, against a line that speaks the protocol and the relay's real exchange.

mod adapting;
mod calls;
mod drills;
mod line;
mod losses;
mod world;
