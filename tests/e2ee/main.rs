//! One call's MLS group between members of ours, and against members that keep no rule.

mod garbage;
mod group;
#[allow(dead_code, reason = "the interoperability peer needs the rest of it")]
mod loose;
mod rules;
mod staff;
