//! Looking at what a batch of packets will need before the first of them is dealt with. Thousands of legs do not stay in a
//! processor's cache; asked for together, what they need is fetched from memory at the same time instead of one after the other.

use std::hint::black_box;

use super::{Exchange, LegId};
use crate::relay::{
    leg::{Leg, Media},
    path::Path,
    receive::BATCH,
};

impl Exchange {
    /// Looks at what packets from these paths will need, as if each were audio. It changes nothing.
    pub fn look_ahead(&self, paths: impl Iterator<Item = Path>) {
        let mut legs: [Option<LegId>; BATCH] = [None; BATCH];
        for (leg, path) in legs.iter_mut().zip(paths) {
            *leg = self.by_path.get(&path).copied();
        }
        // What is found by one look is where the next one looks.
        black_box(self.over(&legs, Leg::look));
        black_box(self.over(&legs, |leg| {
            let streams = self.calls.get(leg.call).map_or(0, |call| u64::from(call.listeners[0].is_some()));
            streams ^ leg.media.as_ref().map_or(0, |media| media.order)
        }));
        black_box(self.over(&legs, |leg| {
            let reception = leg.media.as_ref().and_then(|media| media.receptions[0].as_ref());
            reception.map_or(0, |reception| u64::from(reception.ssrc())) ^ self.beside(leg)
        }));
    }

    fn over(&self, legs: &[Option<LegId>; BATCH], look: impl Fn(&Leg) -> u64) -> u64 {
        legs.iter().flatten().filter_map(|id| self.legs.get(*id)).fold(0, |sum, leg| sum ^ look(leg))
    }

    /// Where the leg's packets are kept, and who listens to it.
    fn beside(&self, leg: &Leg) -> u64 {
        let Some(call) = self.calls.get(leg.call) else { return 0 };
        let slot = leg.grant.slot.index();
        let kept = call.streams[slot].as_ref().map_or(0, |stream| stream.look());
        let others = call.listeners.iter().enumerate().filter(|(at, _)| *at != slot);
        let listeners = others.filter_map(|(_, id)| self.legs.get((*id)?));
        listeners.fold(kept, |sum, leg| sum ^ leg.media.as_deref().map_or(0, Media::look))
    }
}
