//! When the lengths of the queue are told: a change at once, and what follows within `SPAN` together at the end of it. With
//! hundreds of consoles and thousands who wait, telling everybody of each arrival is most of what a node would do; and telling
//! thousands in one moment keeps whoever is offered a call in that moment waiting. So of those who wait the first few and
//! `AT_ONCE` others are told at the end of a span, going round.

use std::time::Duration;

use crate::core::time::Timestamp;

/// The lengths are told once in this time at most.
pub(super) const SPAN: Duration = Duration::from_millis(250);
/// Those at the front of the queue who are always told with the others.
pub(super) const FRONT: usize = 20;
/// Of those behind them, how many are told at the end of a span at most.
pub(super) const AT_ONCE: usize = 50;

/// Whether there is something to tell, and when it was told last.
#[derive(Debug, Default)]
pub(super) struct Lengths {
    told: Option<Timestamp>,
    owed: bool,
    /// The place in the queue that comes next, going round.
    next: usize,
    /// Whether everybody is to be told the next time.
    all: bool,
}

impl Lengths {
    /// There is something to tell.
    pub(super) fn changed(&mut self) {
        self.owed = true;
    }

    /// There is something to tell that does not wait, and to everybody.
    pub(super) fn changed_for_all(&mut self) {
        *self = Self { told: None, owed: true, next: 0, all: true };
    }

    /// When to tell it, if there is something.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        self.owed.then(|| self.told.map_or(Timestamp::from_millis(0), |told| told + SPAN))
    }

    /// Whether it is to be told now. Then it counts as told, and `go_round` follows.
    pub(super) fn take(&mut self, now: Timestamp) -> bool {
        let due = self.wake_at().is_some_and(|at| at <= now);
        if due {
            self.told = Some(now);
            self.owed = false;
        }
        due
    }

    /// Goes through the places of a queue of that length: those in front, then from where it stopped the last time. `tell` says
    /// whether whoever is there had to be told something. What is left counts as something to tell.
    pub(super) fn go_round(&mut self, length: usize, mut tell: impl FnMut(usize) -> bool) {
        let front = FRONT.min(length);
        for place in 0..front {
            tell(place);
        }
        let behind = length - front;
        let mut left = if std::mem::take(&mut self.all) { behind } else { AT_ONCE };
        let from = self.next.max(front);
        for step in 0..behind {
            let place = front + (from - front + step) % behind;
            if left == 0 {
                (self.owed, self.next) = (true, place);
                return;
            }
            left -= usize::from(tell(place));
        }
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

    #[test]
    fn of_a_long_queue_the_front_is_told_each_time_and_the_others_in_turn() {
        const LENGTH: usize = FRONT + 2 * AT_ONCE + 10;
        let mut lengths = Lengths::default();
        lengths.changed();
        let mut told = vec![0; LENGTH];
        for round in 0..3 {
            assert!(lengths.take(ms(250 * round)));
            lengths.go_round(LENGTH, |place| {
                // The front moves up each time; everybody else once.
                told[place] += 1;
                place < FRONT || told[place] == 1
            });
        }
        assert!(told[..FRONT].iter().all(|times| *times == 3));
        assert!(told[FRONT..].iter().all(|times| *times > 0), "everybody had their turn: {told:?}");
        assert!(!lengths.take(ms(10_000)), "and then nothing is owed");
    }

    #[test]
    fn everybody_is_told_at_once_what_concerns_all() {
        let mut lengths = Lengths::default();
        lengths.changed_for_all();
        assert!(lengths.take(ms(0)));
        let mut told = 0;
        lengths.go_round(5_000, |_| {
            told += 1;
            true
        });
        assert_eq!(told, 5_000);
        assert!(lengths.wake_at().is_none());
    }

    #[test]
    fn a_queue_that_has_become_short_meanwhile_is_gone_through() {
        for length in [0, 1, FRONT, FRONT + 1, FRONT + AT_ONCE] {
            let mut lengths = Lengths { next: 5_000, ..Lengths::default() };
            lengths.changed();
            assert!(lengths.take(ms(0)));
            let mut told = vec![false; length];
            lengths.go_round(length, |place| !std::mem::replace(&mut told[place], true));
            assert!(told.iter().all(|told| *told) && lengths.wake_at().is_none());
        }
    }
}
