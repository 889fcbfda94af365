//! How long callers waited, counted in steps that are fine enough for centiles and too coarse to tell anybody apart.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

/// How many waits ended in each step, by the step's upper bound in seconds.
///
/// A step is 1 s wide up to a minute, 5 s up to five minutes, 30 s up to half an hour, 5 min above. A wait counts in the step that
/// holds it, so that a centile is never shorter than the wait was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Waits(BTreeMap<u32, u32>);

/// Steps: up to which second, how wide.
const STEPS: [(u64, u64); 3] = [(60, 1), (300, 5), (1_800, 30)];
/// The width of the steps above those.
const WIDEST: u64 = 300;

/// The upper bound, in seconds, of the step in which that wait counts.
pub fn step_of(wait: Duration) -> u32 {
    let seconds = u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX / 2);
    let width = STEPS.iter().find(|(until, _)| seconds <= *until).map_or(WIDEST, |(_, width)| *width);
    u32::try_from(seconds.div_ceil(width) * width).unwrap_or(u32::MAX)
}

impl Waits {
    /// Counts one.
    pub fn count(&mut self, wait: Duration) {
        *self.0.entry(step_of(wait)).or_default() += 1;
    }

    /// Adds those of another.
    pub fn add(&mut self, other: &Self) {
        for (step, many) in &other.0 {
            *self.0.entry(*step).or_default() += many;
        }
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.0.values().map(|many| u64::from(*many)).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many were not longer than that. Exact for the upper bound of a step.
    pub fn within(&self, seconds: u32) -> u64 {
        self.0.range(..=seconds).map(|(_, many)| u64::from(*many)).sum()
    }

    /// The shortest step that is not exceeded by that share of them, in per cent: nearest rank. None when there is none.
    pub fn centile(&self, per_cent: u32) -> Option<u32> {
        let rank = (self.len() * u64::from(per_cent)).div_ceil(100).max(1);
        let mut below = 0;
        self.0.iter().find_map(|(step, many)| {
            below += u64::from(*many);
            (below >= rank).then_some(*step)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_hold_the_wait_and_are_narrow_where_it_matters() {
        for (ms, step) in [
            (0, 0),
            (1, 1),
            (20_000, 20),
            (20_001, 21),
            (60_000, 60),
            (60_001, 65),
            (300_000, 300),
            (300_001, 330),
            (1_800_000, 1_800),
            (1_800_001, 2_100),
        ] {
            assert_eq!(step_of(Duration::from_millis(ms)), step, "{ms} ms");
        }
    }

    #[test]
    fn centiles_are_those_of_the_sorted_list() {
        let mut waits = Waits::default();
        assert_eq!(waits.centile(50), None);
        for seconds in 1..=20 {
            waits.count(Duration::from_secs(seconds));
        }
        assert_eq!((waits.centile(50), waits.centile(90), waits.centile(95)), (Some(10), Some(18), Some(19)));
        assert_eq!((waits.within(20), waits.within(5), waits.len()), (20, 5, 20));
    }
}
