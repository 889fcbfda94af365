//! Which packets of each seat have come, over all legs: a seat's numbers go on whichever connection feeds or hears it.

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
}

impl Seat {
    fn new(sequence: u16) -> Self {
        // Room for packets from before the first one.
        let at = u64::from(sequence) + (1 << 16);
        Self { first: at, highest: at, received: 1 }
    }

    fn lost(&self) -> u64 {
        (self.highest - self.first + 1).saturating_sub(self.received)
    }
}

impl Arrivals {
    /// Takes note of a packet that is not a duplicate.
    pub(super) fn note(&mut self, slot: Slot, sequence: u16) {
        let seat = &mut self.seats[slot.index()];
        let Some(known) = seat else {
            *seat = Some(Seat::new(sequence));
            return;
        };
        let ahead = i64::from(sequence.wrapping_sub(known.highest as u16) as i16);
        if ahead.unsigned_abs() > LEAP {
            // Another relay, with numbers of its own.
            self.before += known.lost();
            *known = Seat::new(sequence);
            return;
        }
        let at = known.highest.saturating_add_signed(ahead);
        known.highest = known.highest.max(at);
        known.first = known.first.min(at);
        known.received += 1;
    }

    /// How many packets should have come and did not.
    pub(super) fn lost(&self) -> u64 {
        self.before + self.seats.iter().flatten().map(Seat::lost).sum::<u64>()
    }
}

/// More than 100 s of frames.
const LEAP: u64 = 5_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(sequences: impl IntoIterator<Item = u16>) -> u64 {
        let mut arrivals = Arrivals::default();
        sequences.into_iter().for_each(|sequence| arrivals.note(Slot::CALLER, sequence));
        arrivals.lost()
    }

    #[test]
    fn a_packet_that_comes_late_is_not_lost() {
        assert_eq!(lost([1, 2, 4, 5]), 1);
        assert_eq!(lost([1, 2, 4, 3, 5]), 0);
        assert_eq!(lost([5, 4, 6]), 0);
    }

    #[test]
    fn numbers_may_roll_over_and_begin_anew() {
        assert_eq!(lost((65_530..=65_535).chain(0..10)), 0);
        assert_eq!(lost([10, 12, 30_000, 30_001]), 1);
    }
}
