//! A relay that stands still for a moment, as when a host gives its processor to others, while its legs talk on.

use std::{
    error::Error,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::subject::Subject;

/// One pause a turn.
pub struct Stall {
    relay: Pid,
    length: Duration,
    state: State,
    times: usize,
}

#[derive(Clone, Copy)]
enum State {
    Running,
    StoppedAt(Instant),
    Over,
}

impl Stall {
    pub fn new(subject: &Subject, length: Duration) -> Self {
        Self { relay: subject.pid(), length, state: State::Running, times: 0 }
    }

    /// What follows is another turn.
    pub fn begin_turn(&mut self) {
        self.state = State::Running;
    }

    /// Stops the relay when this turn has gone on for a while, and lets it go on after the pause.
    pub fn go_on(&mut self, elapsed: Duration) -> Result<(), Box<dyn Error>> {
        match self.state {
            State::Running if elapsed >= BEFORE => {
                kill(self.relay, Signal::SIGSTOP)?;
                self.state = State::StoppedAt(Instant::now());
            }
            State::StoppedAt(at) if at.elapsed() >= self.length => {
                kill(self.relay, Signal::SIGCONT)?;
                self.state = State::Over;
                self.times += 1;
            }
            State::Running | State::StoppedAt(_) | State::Over => {}
        }
        Ok(())
    }

    /// What happened.
    pub fn summary(&self) -> String {
        format!("standing still for {} ms, {} times", self.length.as_millis(), self.times)
    }
}

/// What of a turn is as without a pause.
const BEFORE: Duration = Duration::from_millis(300);
