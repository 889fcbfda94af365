//! The pure heart of the service: commands in, events out.
//!
//! Nothing here reads a clock, draws a random number, or does I/O; time and randomness come as arguments
//! (`clippy.toml` holds that). May import nothing else of ours.
//!
//! `line::Line` is the whole state. `Line::decide` says which events a command brings about, or why it is refused;
//! `Line::apply` carries an event out. `Line::due` names the command that time has made necessary, and
//! `Line::next_match` the next offer to make: whoever runs the core asks for both after every command.
mod agenda;
mod apply;
pub mod calendar;
pub mod call;
pub mod command;
mod decide;
pub mod directory;
mod due;
pub mod erlang;
pub mod event;
pub mod figures;
pub mod follow_up;
pub mod group;
pub mod hours;
pub mod ids;
pub mod line;
pub mod permissions;
pub mod queue;
pub mod rota;
pub mod rules;
pub mod staff;
pub mod talk;
pub mod time;
pub mod triage;

#[cfg(test)]
mod tests;
