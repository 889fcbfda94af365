//! Which packets of each seat have come, over all legs: a seat's numbers go on whichever connection feeds or hears it.

use std::time::{Duration, Instant};

use crate::core::ids::Slot;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    seats: [Option<Seat>; Slot::COUNT],
    /// Lost on timelines that are over.
    before: u64,
}

#[derive(Debug, Clone, Copy)]
struct Seat {
    first: u64,
    highest: u64,
    received: u64,
    /// When the newest came.
    heard: Instant,
}

impl Seat {
    fn new(sequence: u16, now: Instant) -> Self {
        // Room for packets from before the first one.
        let at = u64::from(sequence) + (1 << 16);
        Self { first: at, highest: at, received: 1, heard: now }
    }

    fn lost(&self) -> u64 {
        (self.highest - self.first + 1).saturating_sub(self.received)
    }
}

impl Arrivals {
    /// Takes note of a packet that is not a duplicate.
    pub(super) fn note(&mut self, slot: Slot, sequence: u16, now: Instant) {
        let seat = &mut self.seats[slot.index()];
        let Some(known) = seat else {
            *seat = Some(Seat::new(sequence, now));
            return;
        };
        let ahead = i64::from(sequence.wrapping_sub(known.highest as u16) as i16);
        let silent = now.saturating_duration_since(known.heard);
        let most = REORDERED + (silent.as_micros() / SHORTEST.as_micros()) as i64;
        if !(-REORDERED..=most).contains(&ahead) {
            // More than can have been sent meanwhile, or from far back: another relay, with numbers of its own.
            self.before += known.lost();
            *known = Seat::new(sequence, now);
            return;
        }
        let at = known.highest.saturating_add_signed(ahead);
        if at > known.highest {
            (known.highest, known.heard) = (at, now);
        }
        known.first = known.first.min(at);
        known.received += 1;
    }

    /// How many packets should have come and did not.
    pub(super) fn lost(&self) -> u64 {
        self.before + self.seats.iter().flatten().map(Seat::lost).sum::<u64>()
    }
}

/// A repair comes within 500 ms, and a burst of late packets is no longer.
const REORDERED: i64 = 100;
/// The shortest frames that are sent.
const SHORTEST: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::epoch;

    /// Packets by their moments, in milliseconds.
    fn lost(packets: impl IntoIterator<Item = (u64, u16)>) -> u64 {
        let mut arrivals = Arrivals::default();
        for (ms, sequence) in packets {
            arrivals.note(Slot::CALLER, sequence, epoch() + Duration::from_millis(ms));
        }
        arrivals.lost()
    }

    fn at_once(sequences: impl IntoIterator<Item = u16>) -> u64 {
        lost(sequences.into_iter().map(|sequence| (0, sequence)))
    }

    #[test]
    fn a_packet_that_comes_late_is_not_lost() {
        assert_eq!(at_once([1, 2, 4, 5]), 1);
        assert_eq!(at_once([1, 2, 4, 3, 5]), 0);
        assert_eq!(at_once([5, 4, 6]), 0);
    }

    #[test]
    fn numbers_may_roll_over_and_begin_anew() {
        assert_eq!(at_once((65_530..=65_535).chain(0..10)), 0);
        assert_eq!(at_once([10, 12, 30_000, 30_001]), 1);
        // A relay that came back without memory begins wherever it likes, and what was not sent is not lost.
        assert_eq!(lost([(0, 5_000), (20, 5_001), (6_000, 7_000), (6_020, 7_001)]), 0);
        assert_eq!(lost([(0, 5_000), (20, 5_001), (6_000, 4_000), (6_020, 4_001)]), 0);
    }

    #[test]
    fn what_is_missing_after_a_silence_is_lost() {
        assert_eq!(lost([(0, 5_000), (6_000, 5_300)]), 299);
    }
}
