//! How calls sounded, as the consoles in them say: for how long how, of no one call.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// For how long it sounded how, seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Heard {
    /// Nothing was missing.
    pub good_s: u32,
    /// At the console gaps were heard.
    pub gaps_here_s: u32,
    /// The others heard gaps of the one at the console.
    pub gaps_there_s: u32,
    /// Both.
    pub gaps_both_s: u32,
    /// No gaps, but late.
    pub late_s: u32,
}

impl Heard {
    /// So much of it as fits into a call of that many seconds: what is too much is taken off the good time first.
    #[must_use]
    pub fn within(self, seconds: u32) -> Self {
        let mut left = seconds;
        let mut fit = |wanted: u32| {
            let fits = wanted.min(left);
            left -= fits;
            fits
        };
        Self {
            gaps_both_s: fit(self.gaps_both_s),
            gaps_here_s: fit(self.gaps_here_s),
            gaps_there_s: fit(self.gaps_there_s),
            late_s: fit(self.late_s),
            good_s: fit(self.good_s),
        }
    }

    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.good_s += other.good_s;
        self.gaps_here_s += other.gaps_here_s;
        self.gaps_there_s += other.gaps_there_s;
        self.gaps_both_s += other.gaps_both_s;
        self.late_s += other.late_s;
    }

    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The seconds of a call, begun ones too.
pub fn seconds_of(call: Duration) -> u32 {
    u32::try_from(call.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_more_than_the_call_was_long_is_taken_off_the_good_time_first() {
        let heard = Heard { good_s: 50, gaps_here_s: 4, gaps_there_s: 3, gaps_both_s: 2, late_s: 1 };
        assert_eq!(heard.within(60), heard);
        assert_eq!(heard.within(20), Heard { good_s: 10, ..heard });
        let all = Heard { gaps_both_s: 2, gaps_here_s: 3, ..Heard::default() };
        assert_eq!(heard.within(5), all);
        let most = Heard { good_s: u32::MAX, gaps_here_s: u32::MAX, ..Heard::default() };
        assert_eq!(most.within(7), Heard { gaps_here_s: 7, ..Heard::default() });
        assert!(most.within(0).is_empty());
    }
}
