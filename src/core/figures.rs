//! The figures that the service is run by: counts by hour and line, made of the core's events. Never of one caller.
//!
//! `Book` counts: it is shown each event before it is carried out, and the line after. What it has counted (`Tally`) is added to
//! the records of the hours by whoever runs the core, in the transaction of the events. `docs/figures.md` states
//! the methods.
mod book;
mod census;
pub mod codes;
pub mod counts;
mod heard;
mod promised;
pub mod suppress;
pub mod waits;

pub use book::{Book, Tally};
pub use counts::{Hour, LineHour, StaffHour};
pub use heard::{Heard, seconds_of};
pub use promised::PromisedHour;
