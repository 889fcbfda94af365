//! Seats: who may open a media leg where, and which legs are cut.

use super::{
    actor::Actor,
    handle::{Effect, Seat},
};
use crate::core::{
    call::Call,
    command::Event,
    ids::{CallId, Slot},
};

impl Actor {
    /// That seat, as of now.
    pub(super) fn seat(&self, call: CallId, slot: Slot) -> Seat {
        Seat { call, slot, at: self.now().max(self.cut_at + TICK) }
    }

    /// Has the leg in that seat cut once the batch is durable. A token that is minted of a seat given before opens nothing
    /// any more.
    pub(super) fn cut(&mut self, call: CallId, slot: Slot) {
        let at = self.now().max(self.cut_at);
        self.cut_at = at;
        self.batch.cuts.push(Effect::Cut { call, slot, at });
    }

    /// Takes note of the legs that `event` ends.
    pub(super) fn note_cuts(&mut self, event: &Event) {
        match event {
            Event::Withdrawn { call, .. } => self.cut(*call, Slot::COUNSELLOR),
            Event::Ended { call, .. } => {
                let counsellor = self.line.call(*call).and_then(Call::device).is_some();
                self.cut(*call, Slot::CALLER);
                if counsellor {
                    self.cut(*call, Slot::COUNSELLOR);
                }
            }
            _ => {}
        }
    }
}

/// The least by which two moments differ.
const TICK: std::time::Duration = std::time::Duration::from_millis(1);
