//! How long a worker lets packets gather before it takes them: not at all while it has time to spare, and the longer the nearer
//! it is to saturation, up to a budget. One wake-up then serves several packets, which is most of what a packet costs.

use std::time::{Duration, Instant};

/// The pace of one worker. Learns from how much of the time it has worked.
#[derive(Debug)]
pub struct Pace {
    budget: Duration,
    /// How long the present interval has lasted, and how much of that was work.
    lasted: Duration,
    worked: Duration,
    /// Packets of this interval.
    packets: u32,
    gather: Duration,
    brisk: bool,
}

impl Pace {
    /// A pace at which no packet is kept waiting for longer than `budget`.
    pub fn new(budget: Duration) -> Self {
        Self {
            budget,
            lasted: Duration::ZERO,
            worked: Duration::ZERO,
            packets: 0,
            gather: Duration::ZERO,
            brisk: false,
        }
    }

    /// A round began, its work, so many packets, was done, and the worker has waited until `resumed`.
    pub fn passed(&mut self, began: Instant, done: Instant, resumed: Instant, packets: usize) {
        self.packets += packets as u32;
        self.worked += done.saturating_duration_since(began);
        self.lasted += resumed.saturating_duration_since(began);
        if self.lasted < INTERVAL {
            return;
        }
        let share = self.worked.as_secs_f32() / self.lasted.as_secs_f32();
        let enough = self.lasted * ENOUGH / self.packets.max(1);
        // With a high power: what is half-way to saturation does not wait.
        let wanted =
            self.budget.mul_f32(((share - IDLE) / (SATURATED - IDLE)).clamp(0.0, 1.0).powi(5)).min(enough);
        // Gathering makes the share fall: half of the way at a time, so that it settles between the two.
        self.gather = (self.gather + wanted) / 2;
        self.brisk = self.packets >= BRISK;
        (self.lasted, self.worked, self.packets) = (Duration::ZERO, Duration::ZERO, 0);
    }

    /// Whether packets follow each other so closely that the next one can be waited for blindly.
    pub fn is_brisk(&self) -> bool {
        self.brisk
    }

    /// How much longer packets may gather, in a round that took its first packets at `began` and whose work was done at
    /// `done`. None where they would not gather for long enough to be worth it: then they are taken at once.
    pub fn gather(&self, began: Instant, done: Instant) -> Option<Duration> {
        self.gather.checked_sub(done.saturating_duration_since(began)).filter(|rest| *rest >= WORTH_IT)
    }
}

/// The share of time at work under which packets leave at once.
const IDLE: f32 = 0.25;
/// The share of time at work from which they gather for the whole budget.
const SATURATED: f32 = 0.75;
/// Packets that share a wake-up. More would wait longer and cost hardly less.
const ENOUGH: u32 = 32;
/// Packets of one interval from which on they are brisk: 5,000 a second, as of 50 calls.
const BRISK: u32 = 20;
/// How often the gathering is set anew.
const INTERVAL: Duration = Duration::from_millis(4);
/// Going to sleep and coming back costs some microseconds.
const WORTH_IT: Duration = Duration::from_micros(10);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::testing::epoch;

    const BUDGET: Duration = Duration::from_micros(250);

    /// A worker that has worked so much of each 100 us for a while.
    fn after(worked: u64) -> Pace {
        with_packets(worked, 1)
    }

    fn with_packets(worked: u64, packets: usize) -> Pace {
        let mut pace = Pace::new(BUDGET);
        for round in 0..1_000 {
            let began = epoch() + Duration::from_micros(100 * round);
            pace.passed(
                began,
                began + Duration::from_micros(worked),
                began + Duration::from_micros(100),
                packets,
            );
        }
        pace
    }

    fn gather(pace: &Pace, worked: Duration) -> Option<Duration> {
        pace.gather(epoch(), epoch() + worked)
    }

    #[test]
    fn packets_leave_at_once_while_there_is_little_to_do() {
        assert_eq!(gather(&Pace::new(BUDGET), Duration::ZERO), None);
        assert_eq!(gather(&after(20), Duration::ZERO), None);
        assert_eq!(gather(&after(50), Duration::ZERO), None);
    }

    #[test]
    fn packets_gather_the_longer_the_more_there_is_to_do_and_never_beyond_the_budget() {
        let waits: Vec<_> = [65, 75, 85].map(|worked| gather(&after(worked), Duration::ZERO).unwrap()).into();
        assert!(waits.is_sorted() && waits[0] < waits[2], "{waits:?}");
        let longest = gather(&after(100), Duration::ZERO).unwrap();
        assert!(longest <= BUDGET && longest > BUDGET * 9 / 10, "{longest:?}");
    }

    #[test]
    fn packets_gather_for_no_longer_than_it_takes_until_there_are_enough() {
        let many = gather(&with_packets(100, 40), Duration::ZERO).unwrap();
        assert!(many <= Duration::from_micros(80), "{many:?}");
    }

    #[test]
    fn work_counts_as_gathering_so_that_a_saturated_worker_never_sleeps() {
        let pace = after(100);
        assert!(gather(&pace, Duration::from_micros(100)).unwrap() <= Duration::from_micros(150));
        assert_eq!(gather(&pace, BUDGET), None);
    }

    #[test]
    fn packets_that_follow_each_other_closely_are_known() {
        assert!(!Pace::new(BUDGET).is_brisk() && !with_packets(20, 0).is_brisk());
        assert!(with_packets(20, 1).is_brisk());
    }

    #[test]
    fn without_a_budget_nothing_waits() {
        let mut pace = Pace { budget: Duration::ZERO, ..after(100) };
        for round in 0..1_000 {
            let began = epoch() + Duration::from_micros(100 * round);
            pace.passed(began, began + Duration::from_micros(100), began + Duration::from_micros(100), 1);
        }
        assert_eq!(gather(&pace, Duration::ZERO), None);
    }
}
