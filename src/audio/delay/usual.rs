//! The usual transit of a network, and how far the clocks are apart.

use super::{BELOW_MS, BIN_MS};

/// The usual transit, against which the histograms are kept: a slow mean that steps when the network's delay does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    pub(super) mean: f64,
    weight: f64,
    /// What the clocks' difference adds to the transit, milliseconds a frame.
    slope: f64,
    /// The transit before, less the mean, and the mean square and mean product of neighbours of such.
    off: f64,
    square: f64,
    product: f64,
    /// Runs of frames far later, and far earlier, than usual: how many, and the transit nearest to the usual.
    late: (u32, f64),
    early: (u32, f64),
    run: Run,
}

/// Frames in a row whose transits lie close together, away from the usual: how many, the least and the largest transit, and the slope
/// and the deviation before they came.
#[derive(Debug, Clone, Copy)]
struct Run {
    frames: u32,
    least: f64,
    largest: f64,
    slope: f64,
    deviation: f64,
}

impl Usual {
    /// Frames over which the mean forgets.
    const MEMORY: f64 = 500.0;
    /// So many frames in a row, all late or all early, are a new usual. Nothing can be early by chance.
    const LATE_RUN: u32 = 25;
    const EARLY_RUN: u32 = 8;
    /// A run that is twice as near together as it is to the usual is a new usual, too, where it is so long and so far off: the network's
    /// delay has made a step. Milliseconds.
    const STEP_RUN: u32 = 50;
    const LEAST_STEP: f64 = 10.0;
    /// And so many deviations off: a queue that stays empty for a while is no step.
    const RARE: f64 = 2.0;
    /// The slope is learned from so many frames on, and is at most 1,500 ppm at 20 ms.
    const SLOPE_FROM: f64 = 50.0;
    const STEEPEST: f64 = 0.03;

    pub(super) const fn new() -> Self {
        Self {
            mean: 0.0,
            weight: 0.0,
            slope: 0.0,
            off: 0.0,
            square: 0.0,
            product: 0.0,
            late: (0, f64::INFINITY),
            early: (0, f64::NEG_INFINITY),
            run: Run { frames: 0, least: 0.0, largest: 0.0, slope: 0.0, deviation: 0.0 },
        }
    }

    /// `late`: how much later than the mean is far later than usual. Whether what was learned before is void.
    pub(super) fn insert(&mut self, transit: f64, late: f64) -> bool {
        self.mean += self.slope;
        if self.has_stepped(transit) {
            return true;
        }
        if self.weight > 0.0 && transit - self.mean > late {
            self.late = (self.late.0 + 1, self.late.1.min(transit));
            if self.late.0 >= Self::LATE_RUN {
                self.step(self.late.1);
            }
            return false;
        }
        self.late = (0, f64::INFINITY);
        if self.weight > 0.0 && self.mean - transit > BELOW_MS {
            self.early = (self.early.0 + 1, self.early.1.max(transit));
            if self.early.0 >= Self::EARLY_RUN {
                self.step(self.early.1);
                return true;
            }
            return false;
        }
        self.early = (0, f64::NEG_INFINITY);
        self.weight = (self.weight + 1.0).min(Self::MEMORY);
        let (off, gain) = (transit - self.mean, 1.0 / self.weight);
        self.mean += gain * off;
        if self.weight > 1.0 {
            self.square += gain * (off * off - self.square);
            self.product += gain * (off * self.off - self.product);
            self.off = off;
        }
        if self.weight > Self::SLOPE_FROM {
            // Critically damped: the slope's gain is a quarter of the square of the mean's.
            self.slope = (self.slope + gain * gain / 4.0 * off).clamp(-Self::STEEPEST, Self::STEEPEST);
        }
        false
    }

    fn has_stepped(&mut self, transit: f64) -> bool {
        let run = &mut self.run;
        run.frames += 1;
        run.least = run.least.min(transit);
        run.largest = run.largest.max(transit);
        // Negative where the usual is among them.
        let nearest = (run.least - self.mean).max(self.mean - run.largest);
        if run.frames == 1 || 2.0 * (run.largest - run.least) > nearest {
            let deviation = self.square.sqrt();
            *run = Run { frames: 1, least: transit, largest: transit, slope: self.slope, deviation };
        } else if run.frames >= Self::STEP_RUN && nearest >= Self::LEAST_STEP.max(Self::RARE * run.deviation)
        {
            self.slope = run.slope;
            let middle = f64::midpoint(run.least, run.largest);
            self.step(middle);
            return true;
        }
        false
    }

    /// How alike the transits of neighbouring frames are: their correlation, 0 to 1. What is less than a bin is not jitter, but
    /// how far the mean lags behind the clocks.
    pub(super) fn likeness(&self) -> f64 {
        (self.product / (self.square + BIN_MS * BIN_MS)).clamp(0.0, 1.0)
    }

    /// The deviation of the transits, milliseconds.
    pub(super) fn deviation(&self) -> f64 {
        self.square.sqrt()
    }

    fn step(&mut self, mean: f64) {
        *self = Self { mean, weight: 1.0, slope: self.slope, ..Self::new() };
    }
}
