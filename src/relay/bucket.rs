//! A limit on how often something happens.

use std::time::{Duration, Instant};

/// A limit on how often something happens: so often a second, and a second's worth at once.
pub struct Bucket {
    interval: Duration,
    /// When all that was taken is paid for.
    paid: Instant,
}

impl Bucket {
    /// A full bucket.
    pub fn new(per_second: u32, now: Instant) -> Self {
        Self { interval: WORTH / per_second, paid: now }
    }

    /// Takes one, if there is one.
    pub fn take(&mut self, now: Instant) -> bool {
        let paid = self.paid.max(now) + self.interval;
        let is_there = paid <= now + WORTH;
        if is_there {
            self.paid = paid;
        }
        is_there
    }
}

const WORTH: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::testing::epoch;

    #[test]
    fn a_bucket_gives_its_rate_and_no_more() {
        let mut bucket = Bucket::new(100, epoch());
        let taken = |bucket: &mut Bucket, at| (0..1_000).filter(|_| bucket.take(at)).count();
        assert_eq!(taken(&mut bucket, epoch()), 100);
        assert_eq!(taken(&mut bucket, epoch() + Duration::from_millis(250)), 25);
        assert_eq!(taken(&mut bucket, epoch() + Duration::from_secs(60)), 100);
    }
}
