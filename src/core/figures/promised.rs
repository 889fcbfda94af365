//! The follow-ups of an hour by what came of them. Nothing of who promised one, or to whom.

use serde::{Deserialize, Serialize};

use crate::core::follow_up::Outcome;

/// The follow-ups that were promised for one hour, but for those that were deleted before anything had come of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PromisedHour {
    /// All of them.
    pub due: u32,
    /// Of these, those where the two talked: somebody said so, or the caller came back by the code and was answered.
    pub done: u32,
    /// Of these, those where nobody was reached.
    pub not_reached: u32,
}

impl PromisedHour {
    /// Counts one more.
    pub fn promise(&mut self) {
        self.due += 1;
    }

    /// Something came of one, or what was said to have come of it is taken back.
    pub fn settle(&mut self, before: Option<Outcome>, after: Option<Outcome>) {
        if let Some(many) = before.map(|before| self.of(before)) {
            *many = many.saturating_sub(1);
        }
        if let Some(many) = after.map(|after| self.of(after)) {
            *many += 1;
        }
    }

    /// One was deleted before anything had come of it.
    pub fn take_back(&mut self) {
        self.due = self.due.saturating_sub(1);
    }

    /// Those of which nothing has come.
    pub fn open(&self) -> u32 {
        self.due.saturating_sub(self.done + self.not_reached)
    }

    fn of(&mut self, outcome: Outcome) -> &mut u32 {
        match outcome {
            Outcome::Done => &mut self.done,
            Outcome::NotReached => &mut self.not_reached,
        }
    }
}
