//! When the lengths of the queue are told: a change at once, and what follows within `SPAN` together at the end of it. With
//! hundreds of consoles and thousands who wait, telling everybody of each arrival is most of what a node would do.

use std::time::Duration;

use crate::core::time::Timestamp;

/// The lengths are told once in this time at most.
pub(super) const SPAN: Duration = Duration::from_millis(250);

/// Whether there is something to tell, and when it was told last.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    told: Option<Timestamp>,
    owed: bool,
}

impl Lengths {
    /// There is something to tell.
    pub(super) fn changed(&mut self) {
        self.owed = true;
    }

    /// There is something to tell that does not wait.
    pub(super) fn changed_for_all(&mut self) {
        *self = Self { told: None, owed: true };
    }

    /// When to tell it, if there is something.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        self.owed.then(|| self.told.map_or(Timestamp::from_millis(0), |told| told + SPAN))
    }

    /// Whether it is to be told now. Then it counts as told.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let due = self.wake_at().is_some_and(|at| at <= now);
        if due {
            *self = Self { told: Some(now), owed: false };
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Timestamp {
        Timestamp::from_millis(10_000 + ms)
    }

    #[test]
    fn a_change_is_told_at_once_and_those_that_follow_together() {
        let mut lengths = Lengths::default();
        assert!(!lengths.take(ms(0)) && lengths.wake_at().is_none());
        lengths.changed();
        assert!(lengths.take(ms(0)));
        for at in [1, 2, 249] {
            lengths.changed();
            assert!(!lengths.take(ms(at)));
            assert_eq!(lengths.wake_at(), Some(ms(250)));
        }
        assert!(lengths.take(ms(250)) && lengths.wake_at().is_none());
        lengths.changed();
        assert!(!lengths.take(ms(499)) && lengths.take(ms(500)));
    }

    #[test]
    fn what_concerns_all_does_not_wait() {
        let mut lengths = Lengths::default();
        lengths.changed();
        assert!(lengths.take(ms(0)));
        lengths.changed_for_all();
        assert!(lengths.take(ms(1)));
    }
}
