//! Seats: who may open a media leg where, and which legs are cut.

use super::{
    actor::Actor,
    handle::{Effect, Seat},
};
use crate::core::{
    call::{Call, Phase},
    event::Event,
    ids::{CallId, Slot},
    talk::Aside,
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

    /// Has every leg of every call cut, now: nobody comes back.
    pub(super) fn cut_all(&self) {
        let at = self.now().max(self.cut_at);
        for call in self.line.busy() {
            let asides = call.talk().and_then(|talk| talk.aside.as_ref()).map(|aside| aside.id);
            let asides = asides.into_iter().flat_map(|room| [(room, Aside::HOST), (room, Aside::GUEST)]);
            let seats = seated(call).into_iter().chain([Slot::CALLER]).map(|slot| (call.id, slot));
            for (call, slot) in seats.chain(asides) {
                if self.effects.try_send(Effect::Cut { call, slot, at }).is_err() {
                    tracing::warn!("a relay leg was not cut; the call's keys protect it");
                }
            }
        }
    }

    /// Takes note of the legs that `event` ends.
    pub(super) fn note_cuts(&mut self, event: &Event) {
        let Some(call) = event.call().and_then(|call| self.line.call(call)) else { return };
        let id = call.id;
        let aside = call.talk().and_then(|talk| talk.aside.as_ref()).map(|aside| aside.id);
        let mut cuts: Vec<(CallId, Slot)> = Vec::new();
        match event {
            Event::Withdrawn { .. } if call.is_in_line() => cuts.push((id, Slot::COUNSELLOR)),
            // Of several consoles that rang, each may have opened the leg: the one that answered opens it again.
            Event::Answered { .. } if call.offer().is_some_and(|offer| offer.devices.len() > 1) => {
                cuts.push((id, Slot::COUNSELLOR));
            }
            Event::Left { slot, .. } => cuts.push((id, *slot)),
            Event::Requeued { .. } => cuts.extend(seated(call).into_iter().map(|slot| (id, slot))),
            Event::Ended { .. } => {
                cuts.push((id, Slot::CALLER));
                cuts.extend(seated(call).into_iter().map(|slot| (id, slot)));
            }
            _ => {}
        }
        if matches!(
            event,
            Event::ConsultEnded { .. }
                | Event::BroughtIn { .. }
                | Event::Requeued { .. }
                | Event::Ended { .. }
        ) {
            cuts.extend(aside.into_iter().flat_map(|room| [(room, Aside::HOST), (room, Aside::GUEST)]));
        }
        for (room, slot) in cuts {
            self.cut(room, slot);
        }
    }
}

/// The seats of a call in which members of staff can have legs.
fn seated(call: &Call) -> Vec<Slot> {
    let parties = call.talk().into_iter().flat_map(|talk| talk.present());
    let mut slots: Vec<Slot> = parties.map(|party| party.slot).collect();
    slots.extend(matches!(call.phase, Phase::Offered { .. }).then_some(Slot::COUNSELLOR));
    slots
}

/// The least by which two moments differ.
const TICK: std::time::Duration = std::time::Duration::from_millis(1);
