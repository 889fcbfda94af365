//! A tally of the network's stalls.

/// How much of the delay slowing down can add in a stall, and what a stretched millisecond costs against a lost one: it is
/// heard twice, slowed down and then hurried.
const BRIDGED: f64 = 0.6;
const BRIDGED_SHARE: f64 = 0.8;

/// The stalls of the last while: when, and how long.
#[derive(Debug, Default)]
pub(super) struct StallTally {
    stalls: [(f64, f64); Self::MOST],
    count: usize,
}

impl StallTally {
    const MOST: usize = 16;
    /// How long a stall counts, milliseconds.
    const MEMORY_MS: f64 = 20_000.0;
    /// A stall that came alone says nothing of the next.
    const LEAST: usize = 2;

    pub(super) fn note(&mut self, at_ms: f64, lasted: f64) {
        if self.count == Self::MOST {
            self.stalls.rotate_left(1);
            self.count -= 1;
        }
        self.stalls[self.count] = (at_ms, lasted);
        self.count += 1;
    }

    pub(super) fn forget(&mut self, now_ms: f64) {
        while self.count > 0 && now_ms - self.stalls[0].0 > Self::MEMORY_MS {
            self.stalls.rotate_left(1);
            self.count -= 1;
        }
    }

    /// The share of time that stalls leave uncovered by a delay. What slowing down can bridge counts less.
    pub(super) fn uncovered_share(&self, delay: f64) -> f64 {
        if self.count < Self::LEAST {
            return 0.0;
        }
        let uncovered: f64 = self.stalls[..self.count]
            .iter()
            .map(|&(_, lasted)| {
                let beyond = (lasted - delay).max(0.0);
                let bridged = beyond.min(BRIDGED * delay);
                BRIDGED_SHARE * bridged + (beyond - bridged)
            })
            .sum();
        uncovered / Self::MEMORY_MS
    }
}
