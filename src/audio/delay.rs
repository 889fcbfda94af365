//! How long to wait: the target delay, from an explicit cost.
//!
//! A frame's *transit* is its arrival minus its media time, so it holds the network's delay plus an unknown constant. Its
//! *effective* transit is the earliest moment at which the frame could be played at all: its own arrival, or that of
//! the next packet where that one carries an LBRR copy (then a little worse). Playing everything `delay` after the
//! fastest transit loses the share of frames whose effective transit is larger.
//!
//! The target is the delay with the least sum of
//! - the impairment of late frames: the slope of `Ie,eff` of ITU-T G.107 (11/2009, equation 7-29) at small loss, and
//! - the impairment of delay: `Idd` of the same (equation 7-27), which is zero up to 100 ms, plus the small slope that
//!   the recommendation's talker-echo terms have below that (0.024 a millisecond in Cole and Rosenbluth's fit).
//!
//! A stall (the network delivers nothing for a while, then everything at once) is not jitter: the transit jumps by 100 ms or
//! more from one frame to the next, and falls as the queue drains. Such frames are kept in a tally of their own, by stalls
//! and not by frames, so that one of them does not tax the next minute.

mod impairment;
mod stalls;
mod usual;

use impairment::{LBRR_SHARE, LOSS_IMPAIRMENT, STALL_IMPAIRMENT, UNSEEN_MS, WAITED_SHARE, delay_impairment};
use stalls::StallTally;
use usual::Usual;

/// Width of a histogram bin, milliseconds.
const BIN_MS: f64 = 2.5;
/// Bins: from 100 ms before the usual transit to 300 ms after it.
const BINS: usize = 160;
const BELOW_MS: f64 = 100.0;
/// Frames over which the histogram forgets (30 s at 20 ms).
const MEMORY: f64 = 1_500.0;
/// The target before anything is known, milliseconds: what most networks need.
const START_MS: f64 = 60.0;
/// So many frames must be counted before the target rises, and so many independent ones before it falls.
const LEAST_FRAMES: f64 = 10.0;
const LEAST_TO_FALL: f64 = 30.0;
/// A transit that jumps by so much from one frame to the next is a stall, milliseconds: 120 ms, less a frame.
const STALL_MS: f64 = 100.0;
/// A stall is over when a frame is less late than this against the usual, or after so long, milliseconds.
const STALL_TAIL_MS: f64 = 40.0;
const STALL_LONGEST_MS: f64 = 1_500.0;
/// Where the target falls, speech follows so fast, milliseconds a frame: pauses are used first.
const EASING_MS: f64 = 0.1;
/// How fast the peak of what is overdue is forgotten, milliseconds a frame: 60 ms in 12 s.
const OVERDUE_DECAY_MS: f64 = 0.1;
/// Least gain in impairment for which the target moves.
const WORTH_A_CHANGE: f64 = 0.3;
/// Some frame is late in any network: at least this share.
const LEAST_LATE: f64 = 0.005;
/// Frames whose fate is not yet known.
const PENDING: usize = 16;
/// Frames missing in a row that are counted as lost.
const MOST_MISSING: i64 = 8;

/// A frame that arrived.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// When, milliseconds.
    pub at_ms: f64,
    /// Media time of its first sample, samples at 48 kHz, unwrapped.
    pub start: i64,
    /// Its samples.
    pub samples: u32,
    /// Whether it carries an LBRR copy of the frame before it.
    pub lbrr: bool,
    /// How many frames are missing between the newest and this one.
    pub missing: i64,
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    start: i64,
    own: f64,
    copy: f64,
    stalled: bool,
}

/// See the module. Times in milliseconds; media times in samples at 48 kHz.
#[derive(Debug)]
pub struct DelayEstimator {
    usual: Usual,
    /// Shares of frames by effective transit above the floor: own arrival, and LBRR copy only.
    own: [f32; BINS],
    copy: [f32; BINS],
    weight: f64,
    pending: [Option<Pending>; PENDING],
    newest: i64,
    target: f64,
    /// The target that was, on its way to a lower one: there is no hurry.
    eased: f64,
    since_update: u32,
    /// The share of frames that never came.
    lost: f64,
    /// Transit of the newest frame.
    newest_transit: f64,
    /// When the present stall ended for its first frame, if its tail still comes in. Milliseconds.
    in_stall: Option<f64>,
    stall_tally: StallTally,
    /// The longest that the newest frame was overdue of late, short of a stall.
    overdue_peak: f64,
    /// Stalls seen.
    pub stalls: u64,
}

impl Default for DelayEstimator {
    fn default() -> Self {
        Self {
            usual: Usual::new(),
            own: [0.0; BINS],
            copy: [0.0; BINS],
            weight: 0.0,
            pending: [None; PENDING],
            newest: i64::MIN,
            target: START_MS,
            eased: 0.0,
            since_update: 0,
            lost: 0.0,
            newest_transit: f64::INFINITY,
            in_stall: None,
            stall_tally: StallTally::default(),
            overdue_peak: START_MS,
            stalls: 0,
        }
    }
}

impl DelayEstimator {
    /// The playhead may be this much early before it is moved, milliseconds; so much is waited beyond the target.
    pub const SLACK_MS: f64 = 3.0;

    /// Takes note of a frame that arrived.
    pub fn insert(&mut self, arrival: Arrival) {
        let Arrival { at_ms: arrival_ms, start, samples, lbrr, missing } = arrival;
        let transit = arrival_ms - media_ms(start);
        if start > self.newest {
            self.follow_stall(arrival_ms, transit);
        }
        let stalled = self.in_stall.is_some();
        if self.usual.insert(transit, STALL_MS.min(self.target + 20.0)) {
            self.forget_frames();
        }
        self.note(start, |pending| {
            pending.own = pending.own.min(transit);
            pending.stalled |= stalled;
        });
        // It is here: when it could be had is known, since every copy that comes later is later.
        if let Some(here) =
            self.pending.iter_mut().find(|slot| slot.is_some_and(|frame| frame.start == start))
            && let Some(here) = here.take()
        {
            self.count(here);
        }
        for number in 1..=missing.min(MOST_MISSING) {
            self.note(start - number * i64::from(samples), |_| ());
        }
        // The copy counts where the frame before is missing still.
        let before = start - i64::from(samples);
        if lbrr && let Some(pending) = self.awaited(before) {
            pending.copy = pending.copy.min(arrival_ms - media_ms(before));
        }
        if start > self.newest {
            let overdue = if self.newest == i64::MIN {
                0.0
            } else {
                transit + media_ms(missing * i64::from(samples)) - self.usual.mean
            };
            if !stalled {
                self.overdue_peak = overdue.max(self.overdue_peak - OVERDUE_DECAY_MS);
            }
            self.newest = start;
            self.newest_transit = transit;
        }
        self.eased -= EASING_MS;
        self.since_update += 1;
        if self.since_update >= 5 {
            self.since_update = 0;
            self.settle(samples);
            self.retarget(arrival_ms);
        }
    }

    /// Whether the newest frame, just come, begins, continues or ends a stall.
    fn follow_stall(&mut self, arrival_ms: f64, transit: f64) {
        if transit - self.newest_transit >= STALL_MS {
            self.stalls += 1;
            self.stall_tally.note(arrival_ms, transit - self.usual.mean);
            self.in_stall = Some(arrival_ms);
        } else if let Some(since) = self.in_stall
            && (transit - self.usual.mean < STALL_TAIL_MS || arrival_ms - since > STALL_LONGEST_MS)
        {
            self.in_stall = None;
        }
    }

    fn forget_frames(&mut self) {
        self.own = [0.0; BINS];
        self.copy = [0.0; BINS];
        self.weight = 0.0;
        self.pending = [None; PENDING];
        self.stall_tally = StallTally::default();
    }

    /// Moves the target where that is worth a change of speed: each change is heard a little.
    fn retarget(&mut self, now_ms: f64) {
        self.stall_tally.forget(now_ms);
        if self.weight < LEAST_FRAMES {
            return;
        }
        let (best, least) = self.cheapest();
        let known = best > self.target || self.observations() >= LEAST_TO_FALL;
        if known && self.cost_at(self.target) - least > WORTH_A_CHANGE {
            self.eased = self.eased.max(self.target).min(best + START_MS);
            self.target = best;
        }
    }

    /// The transit at which to play, milliseconds.
    pub fn target_transit(&self) -> f64 {
        self.usual.mean + self.target + Self::SLACK_MS
    }

    /// The transit to which a late playhead may return, milliseconds: where a frame that was late says that the next will be
    /// late too, no further than that, and after the target fell, without hurry.
    pub fn return_transit(&self) -> f64 {
        let expected = self.usual.likeness() * (self.newest_transit - self.usual.mean);
        self.usual.mean + self.target.max(self.eased).max(expected) + Self::SLACK_MS
    }

    /// The target delay above the usual transit, milliseconds.
    pub fn target_ms(&self) -> f64 {
        self.target
    }

    /// Whether the network holds something up for longer than its jitter and losses explain, when the newest frame is
    /// `overdue_ms` over its usual time.
    pub fn stalling(&self, overdue_ms: f64) -> bool {
        overdue_ms > 10.0 + 1.1 * self.overdue_peak.max(15.0)
    }

    /// The usual transit, milliseconds: an unknown constant plus the network's mean delay.
    pub fn usual(&self) -> f64 {
        self.usual.mean
    }

    /// Whether a frame that is missing at the target delay is rather late than lost.
    pub fn late_rather_than_lost(&self) -> bool {
        let bins = (((self.target + BELOW_MS) / BIN_MS) as usize).min(BINS);
        let late: f64 = self.own[bins..].iter().map(|&share| f64::from(share)).sum();
        self.lost <= late.max(LEAST_LATE)
    }

    fn awaited(&mut self, start: i64) -> Option<&mut Pending> {
        self.pending.iter_mut().flatten().find(|pending| pending.start == start)
    }

    fn note(&mut self, start: i64, change: impl FnOnce(&mut Pending)) {
        if let Some(pending) = self.awaited(start) {
            return change(pending);
        }
        let mut fresh = Pending { start, own: f64::INFINITY, copy: f64::INFINITY, stalled: false };
        change(&mut fresh);
        let oldest =
            self.pending.iter_mut().min_by_key(|slot| slot.map_or(i64::MIN, |pending| pending.start));
        if let Some(slot) = oldest {
            let gone = slot.replace(fresh);
            if let Some(gone) = gone {
                self.count(gone);
            }
        }
    }

    /// Counts the frames whose fate is known by now.
    fn settle(&mut self, samples: u32) {
        let horizon = self.newest - 10 * i64::from(samples.max(480));
        for at in 0..PENDING {
            if self.pending[at].is_some_and(|pending| pending.start < horizon)
                && let Some(pending) = self.pending[at].take()
            {
                self.count(pending);
            }
        }
    }

    fn count(&mut self, frame: Pending) {
        let usual = self.usual.mean;
        let (own, copy) = (frame.own - usual, frame.copy - usual);
        if !frame.stalled {
            let gain = 1.0 / (self.weight + 1.0).min(MEMORY);
            self.lost += gain * (f64::from(u8::from(own.is_infinite())) - self.lost);
        }
        if own.min(copy).is_infinite() || frame.stalled {
            return;
        }
        self.weight = (self.weight + 1.0).min(MEMORY);
        let keep = (1.0 - 1.0 / self.weight) as f32;
        for bin in self.own.iter_mut().chain(&mut self.copy) {
            *bin *= keep;
        }
        let share = (1.0 / self.weight) as f32;
        // A frame counts in `own` at the time it came itself, and in `copy` at the time it could be had at all.
        if own.is_finite() {
            self.own[bin(own)] += share;
        }
        self.copy[bin(own.min(copy))] += share;
    }

    /// The delay of least cost, and that cost.
    fn cheapest(&self) -> (f64, f64) {
        let mut best = (0.0, f64::INFINITY);
        let (mut own, mut any) = (0.0, 0.0);
        let (own_total, any_total) = self.totals();
        for at in 0..BINS {
            own += f64::from(self.own[at]);
            any += f64::from(self.copy[at]);
            let delay = (at + 1) as f64 * BIN_MS - BELOW_MS;
            let cost = self.cost(delay, own_total - own, any_total - any);
            if delay >= 0.0 && cost < best.1 {
                best = (delay, cost);
            }
        }
        best
    }

    fn cost_at(&self, delay: f64) -> f64 {
        let bins = (((delay + BELOW_MS) / BIN_MS).round() as usize).min(BINS);
        let sum = |shares: &[f32]| shares.iter().map(|&share| f64::from(share)).sum::<f64>();
        self.cost(delay, sum(&self.own[bins..]), sum(&self.copy[bins..]))
    }

    fn totals(&self) -> (f64, f64) {
        let sum = |shares: &[f32; BINS]| shares.iter().map(|&share| f64::from(share)).sum();
        (sum(&self.own), sum(&self.copy))
    }

    /// How much is known: frames that are alike are not independent ones (effective sample size of a first-order
    /// autoregression).
    fn observations(&self) -> f64 {
        let alike = self.usual.likeness();
        self.weight * (1.0 - alike) / (1.0 + alike)
    }

    /// The share of frames that may be later than `delay` though none was yet: as much as one observation in those made, where
    /// the transits fall off exponentially. Such reach one deviation less far from their mean than from where they begin.
    fn unseen_share(&self, delay: f64) -> f64 {
        let deviation = self.usual.deviation();
        if deviation <= 0.0 {
            return 0.0;
        }
        (-1.0 - delay / deviation).exp() / (self.observations() + 1.0)
    }

    /// Impairment at a delay, where `late` of the frames come later themselves and `lost` of them cannot be had at all.
    fn cost(&self, delay: f64, late: f64, lost: f64) -> f64 {
        let copied = (late - lost).max(0.0);
        // The likelier a late frame is to be followed by another, the nearer they are to a stall.
        let waited = if self.late_rather_than_lost() { WAITED_SHARE } else { 1.0 };
        let impairment =
            waited * LOSS_IMPAIRMENT + (STALL_IMPAIRMENT - waited * LOSS_IMPAIRMENT) * self.usual.likeness();
        impairment * (lost.max(0.0) + LBRR_SHARE * copied + self.unseen_share(delay))
            + STALL_IMPAIRMENT * self.stall_tally.uncovered_share(delay)
            + delay_impairment(UNSEEN_MS + delay)
    }
}

fn bin(ms: f64) -> usize {
    (((ms + BELOW_MS).max(0.0) / BIN_MS) as usize).min(BINS - 1)
}

fn media_ms(samples: i64) -> f64 {
    samples as f64 / 48.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(at_ms: f64, frame: i32) -> Arrival {
        Arrival { at_ms, start: i64::from(frame) * 960, samples: 960, lbrr: true, missing: 0 }
    }

    #[test]
    fn a_steady_network_is_played_at_once() {
        let mut estimator = DelayEstimator::default();
        for frame in 0..500 {
            estimator.insert(arrival(40.0 + 20.0 * f64::from(frame), frame));
        }
        assert!(estimator.target_ms() <= 5.0, "{}", estimator.target_ms());
    }

    #[test]
    fn a_network_that_is_slower_or_faster_from_now_on_is_soon_as_steady_as_before() {
        for step_ms in [-90.0, -30.0, 30.0, 90.0] {
            let mut estimator = DelayEstimator::default();
            for frame in 0..1_000 {
                let delay = if frame < 800 { 140.0 } else { 140.0 + step_ms };
                estimator.insert(arrival(delay + 20.0 * f64::from(frame), frame));
            }
            assert!(estimator.target_ms() <= 10.0, "{step_ms} ms: {}", estimator.target_ms());
            let off = estimator.usual() - (140.0 + step_ms);
            assert!(off.abs() < 1.0, "{step_ms} ms: {off}");
        }
    }

    #[test]
    fn one_stall_does_not_tax_what_follows() {
        let mut estimator = DelayEstimator::default();
        for frame in 0..1_000 {
            let sent = 20.0 * f64::from(frame);
            let stall = 6_000.0..6_200.0;
            let arrival = if stall.contains(&sent) { stall.end } else { sent } + 40.0;
            estimator.insert(super::Arrival { lbrr: false, ..self::arrival(arrival, frame) });
        }
        assert_eq!(estimator.stalls, 1);
        assert!(estimator.target_ms() <= 30.0, "{}", estimator.target_ms());
    }
}
