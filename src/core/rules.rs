//! The rules of the line that an operator may set.

use std::time::Duration;

use super::figures::codes::Fields;

/// The rules of the line that an operator may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// How long a console rings before the caller is offered to the next.
    pub ring: Duration,
    /// How long a counsellor who passed or missed a caller is not offered that caller again, even when nobody else is
    /// free.
    pub rest: Duration,
    /// How long a caller who asked for a skill waits for somebody who has it, while there is somebody, before anybody answers.
    pub skill_wait: Duration,
    /// How long a request for help waits for somebody before it is made more loudly.
    pub help_escalates: Duration,
    /// How long a call is held when both connections are lost. While one side is there, no timer ends it.
    pub hold_call: Duration,
    /// How long the place in the queue is held for a caller whose connection was lost.
    pub hold_place: Duration,
    /// A console that has not been heard from for this long is not available.
    pub presence: Duration,
    /// After so many offers in a row that a console let expire, it is set unavailable.
    pub misses_allowed: u32,
    /// Callers in the queue at most.
    pub max_waiting: usize,
    /// What counsellors may say of a call when they wrap it up.
    pub fields: Fields,
    /// How long an ended call is remembered, so that a caller who comes back is told how it ended.
    pub keep_ended: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            ring: Duration::from_secs(20),
            rest: Duration::from_secs(15),
            skill_wait: Duration::from_secs(60),
            help_escalates: Duration::from_secs(30),
            hold_call: Duration::from_secs(300),
            hold_place: Duration::from_secs(300),
            presence: Duration::from_secs(10),
            misses_allowed: 2,
            max_waiting: 500,
            fields: Fields::default(),
            keep_ended: Duration::from_secs(600),
        }
    }
}
