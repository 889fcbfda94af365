//! The pure heart of the service: commands in, events out.
//!
//! Nothing here reads a clock, draws a random number, or does I/O; time and randomness come as arguments
//! (`clippy.toml` holds that). May import nothing else of ours.
pub mod ids;
pub mod time;
