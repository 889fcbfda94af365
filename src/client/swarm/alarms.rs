//! Which endpoint is due when. Media ticks fall on whole milliseconds, so that hundreds of endpoints share one moment: they are
//! found by it once, instead of sorting each among all others.

use std::{collections::BTreeMap, time::Instant};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    due: BTreeMap<Instant, Vec<u32>>,
    /// The lists of moments that have passed.
    spare: Vec<Vec<u32>>,
}

impl Alarms {
    /// The first moment at which somebody is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first_key_value().map(|(at, _)| *at)
    }

    /// An endpoint is due. One may be due at several moments.
    pub(super) fn set(&mut self, at: Instant, endpoint: u32) {
        let spare = &mut self.spare;
        self.due.entry(at).or_insert_with(|| spare.pop().unwrap_or_default()).push(endpoint);
    }

    /// Takes an endpoint that is due by `now`, of the earliest moment.
    pub(super) fn take(&mut self, now: Instant) -> Option<(Instant, u32)> {
        let mut first = self.due.first_entry().filter(|first| *first.key() <= now)?;
        let at = *first.key();
        // No list is empty but in the midst of this.
        let endpoint = first.get_mut().pop();
        if first.get().is_empty() {
            self.spare.push(first.remove());
            self.spare.truncate(SPARE);
        }
        Some((at, endpoint?))
    }
}

const SPARE: usize = 256;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::client::testing::epoch;

    #[test]
    fn who_is_due_first_is_taken_first_and_nobody_is_forgotten() {
        let ms = |ms| epoch() + Duration::from_millis(ms);
        let mut alarms = Alarms::default();
        for (at, endpoint) in [(30, 1), (10, 2), (30, 3), (20, 4)] {
            alarms.set(ms(at), endpoint);
        }
        assert_eq!(alarms.next(), Some(ms(10)));
        assert_eq!(alarms.take(ms(9)), None);
        let mut taken: Vec<_> = std::iter::from_fn(|| alarms.take(ms(30))).collect();
        assert_eq!(taken[..2], [(ms(10), 2), (ms(20), 4)]);
        taken[2..].sort_unstable();
        assert_eq!(taken[2..], [(ms(30), 1), (ms(30), 3)]);
        assert_eq!(alarms.next(), None);
    }
}
