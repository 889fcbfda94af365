//! Extended sequence numbers and the replay window (RFC 3711 3.3).

/// The packets of one source that were seen: the highest index and the [`WINDOW`] before it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Window {
    highest: u64,
    /// Bit n: `highest - n` was seen.
    seen: u128,
}

impl Window {
    /// The highest index that was accepted.
    pub fn highest(&self) -> u64 {
        self.highest
    }

    /// Whether `index` was not seen and is not older than the window.
    pub fn is_fresh(&self, index: u64) -> bool {
        match self.highest.checked_sub(index) {
            _ if self.seen == 0 => true,
            None => true,
            Some(age) => age < WINDOW && self.seen >> age & 1 == 0,
        }
    }

    /// Marks `index` as seen.
    pub fn accept(&mut self, index: u64) {
        if self.seen == 0 || index > self.highest {
            let ahead = index.saturating_sub(self.highest);
            self.seen = if ahead < WINDOW { self.seen << ahead | 1 } else { 1 };
            self.highest = index;
        } else if self.highest - index < WINDOW {
            self.seen |= 1 << (self.highest - index);
        }
    }
}

/// The extended sequence number that lies nearest to `highest` (RFC 3711 appendix A). None where that would be before
/// the first one.
pub fn extend(highest: u64, sequence: u16) -> Option<u64> {
    let distance = i64::from(sequence.wrapping_sub(highest as u16) as i16);
    highest.checked_add_signed(distance).filter(|index| *index < MAX_INDEX)
}

/// How far back a packet may lie behind the newest and still be taken.
pub const WINDOW: u64 = 128;
/// SRTP's index has 48 bits.
const MAX_INDEX: u64 = 1 << 48;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sequence_numbers_extend_over_a_rollover_both_ways() {
        assert_eq!(extend(65_535, 0), Some(65_536));
        assert_eq!(extend(65_536, 65_535), Some(65_535));
        assert_eq!(extend(3, 65_535), None);
        assert_eq!(extend(MAX_INDEX - 1, 0), None);
    }

    proptest! {
        #[test]
        fn an_index_is_taken_once_and_never_when_older_than_the_window(
            steps in prop::collection::vec(0u64..400, 1..300),
        ) {
            let mut window = Window::default();
            let mut taken = HashSet::new();
            for index in steps {
                let expected = !taken.contains(&index)
                    && taken.iter().max().is_none_or(|highest| index + WINDOW > *highest);
                prop_assert_eq!(window.is_fresh(index), expected);
                if expected {
                    window.accept(index);
                    taken.insert(index);
                }
            }
        }
    }
}
