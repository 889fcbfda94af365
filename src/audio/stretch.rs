//! Time stretching: a few milliseconds more or less of the same sound, its pitch kept.
//!
//! WSOLA (Verhelst and Roelands, 1993) in the time domain: find the lag at which the signal looks most like itself, then leave
//! out or play again one such stretch, cross-faded. Voiced speech repeats with its pitch period, so the joint is
//! inaudible; noise and silence accept any lag. Where nothing matches, nothing is changed.
//!
//! Works on a [`Line`]: samples already played, then samples still to play.

/// Samples kept behind the playhead, as material to repeat: two of the longest periods.
pub const HISTORY: usize = 2 * MAX_LAG;
/// Shortest and longest lag: 2.5 ms (400 Hz) and 15 ms (67 Hz).
const MIN_LAG: usize = 120;
const MAX_LAG: usize = 720;
/// Samples compared, and cross-faded: 5 ms.
const WINDOW: usize = 240;
/// Over which a step is smoothed: 2.5 ms.
const FADE_IN: usize = 120;
/// The coarse search looks at every fourth sample.
const STEP: usize = 4;

/// How much unlikeness is accepted at a joint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Least normalised correlation, 0 to 1.
    pub correlation: f32,
    /// Mean square under which the sound is background and any lag will do.
    pub background: f32,
}

impl Tolerance {
    /// No joint is good enough.
    pub const NONE: Self = Self { correlation: f32::INFINITY, background: -1.0 };
}

/// Played and still-to-be-played samples in one buffer of fixed size.
#[derive(Debug)]
pub struct Line {
    samples: Box<[i16]>,
    head: usize,
    end: usize,
}

impl Line {
    /// A line with room for `ahead` samples to play, beside the history. The history begins as silence.
    pub fn new(ahead: usize) -> Self {
        Self { samples: vec![0; 2 * HISTORY + ahead].into_boxed_slice(), head: HISTORY, end: HISTORY }
    }

    /// Samples still to play.
    pub fn ahead(&self) -> usize {
        self.end - self.head
    }

    /// Those samples.
    pub fn to_play(&self) -> &[i16] {
        &self.samples[self.head..self.end]
    }

    /// The samples last played, oldest first.
    pub fn played(&self) -> &[i16] {
        &self.samples[self.head - HISTORY..self.head]
    }

    /// Room for more samples at the end: write there, then `extend` by what was written.
    pub fn room(&mut self) -> &mut [i16] {
        self.compact();
        &mut self.samples[self.end..]
    }

    /// Takes `count` samples, written to the front of `room`, as to be played.
    pub fn extend(&mut self, count: usize) {
        self.end = (self.end + count).min(self.samples.len());
    }

    /// Moves up to `out.len()` samples to `out`; returns how many.
    pub fn play(&mut self, out: &mut [i16]) -> usize {
        let count = out.len().min(self.ahead());
        out[..count].copy_from_slice(&self.samples[self.head..self.head + count]);
        self.head += count;
        count
    }

    /// Throws away what is still to be played.
    pub fn clear_ahead(&mut self) {
        self.end = self.head;
    }

    /// Leaves out one stretch of at most `most` samples. Returns how many were left out: 0 if nothing matched or too little
    /// is there to look at.
    pub fn shorten(&mut self, most: usize, tolerance: Tolerance) -> usize {
        let longest = most.min(MAX_LAG).min(self.ahead().saturating_sub(WINDOW));
        let at = self.head;
        let Some(lag) = self.best_lag(longest, tolerance, |lag| (at, at + lag)) else { return 0 };
        for i in 0..WINDOW {
            self.samples[at + lag + i] = mix(self.samples[at + i], self.samples[at + lag + i], i, WINDOW);
        }
        // The history stays what was heard: move it up against the new playhead.
        self.samples.copy_within(at - HISTORY..at, at + lag - HISTORY);
        self.head += lag;
        lag
    }

    /// Plays one stretch of at most `most` samples again. Returns how many were added: 0 if nothing matched or fewer than
    /// 5 ms are ahead.
    pub fn lengthen(&mut self, most: usize, tolerance: Tolerance) -> usize {
        self.compact();
        let longest = most.min(MAX_LAG).min(self.samples.len() - self.end);
        if self.ahead() < WINDOW {
            return 0;
        }
        let at = self.head;
        let Some(lag) = self.best_lag(longest, tolerance, |lag| (at, at - lag)) else { return 0 };
        self.samples.copy_within(at..self.end, at + lag);
        self.end += lag;
        let fade = WINDOW.min(lag);
        for i in 0..lag {
            let again = self.samples[at - lag + i];
            self.samples[at + i] =
                if i < fade { mix(self.samples[at + lag + i], again, i, fade) } else { again };
        }
        lag
    }

    /// Goes on after the end with the stretch before it, once more, where nothing else is there to be played. What really
    /// follows can be appended after it without a joint. Returns how many samples were added: 0 if nothing matched.
    pub fn go_on(&mut self, tolerance: Tolerance) -> usize {
        self.compact();
        let end = self.end;
        let longest = MAX_LAG.min(self.samples.len() - end);
        let Some(lag) = self.best_lag(longest, tolerance, |lag| (end - WINDOW, end - WINDOW - lag)) else {
            return 0;
        };
        self.samples.copy_within(end - lag..end, end);
        let fade = FADE_IN.min(lag);
        let step = i32::from(self.samples[end - 1]) - i32::from(self.samples[end - 1 - lag]);
        for (i, sample) in self.samples[end..end + fade].iter_mut().enumerate() {
            let rest = step * (fade - i) as i32 / (fade + 1) as i32;
            *sample = (i32::from(*sample) + rest).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        }
        self.end += lag;
        lag
    }

    /// Takes `count` samples, written to the front of `room`, as to be played, where they do not follow on what is at the end:
    /// cross-faded from what would have followed there.
    pub fn extend_joined(&mut self, count: usize, tolerance: Tolerance) {
        let (end, fade) = (self.end, WINDOW.min(count));
        if let Some(lag) = self
            .best_lag(MAX_LAG, tolerance, |lag| (end - WINDOW, end - WINDOW - lag))
            .filter(|&lag| lag >= fade)
        {
            for i in 0..fade {
                self.samples[end + i] = mix(self.samples[end - lag + i], self.samples[end + i], i, fade);
            }
        }
        self.extend(count);
    }

    /// The lag, from `MIN_LAG` to `longest`, at which the windows that begin at the two places look most alike.
    fn best_lag(
        &self,
        longest: usize,
        tolerance: Tolerance,
        places: impl Fn(usize) -> (usize, usize),
    ) -> Option<usize> {
        if longest < MIN_LAG {
            return None;
        }
        let window = |start: usize| &self.samples[start..start + WINDOW];
        let here = window(places(MIN_LAG).0);
        let energy = energy(here, STEP);
        if energy / (WINDOW / STEP) as f32 <= tolerance.background {
            let there = window(places(longest).1);
            if self::energy(there, STEP) / (WINDOW / STEP) as f32 <= 2.0 * tolerance.background {
                return Some(longest);
            }
        }
        let likeness = |lag: usize, step: usize| {
            let (a, b) = places(lag);
            correlation(window(a), window(b), step)
        };
        let coarse = (MIN_LAG..=longest)
            .step_by(STEP)
            .map(|lag| (lag, likeness(lag, STEP)))
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        let (lag, best) = (coarse.0.saturating_sub(STEP - 1).max(MIN_LAG)
            ..=(coarse.0 + STEP - 1).min(longest))
            .map(|lag| (lag, likeness(lag, 1)))
            .max_by(|a, b| a.1.total_cmp(&b.1))?;
        (best >= tolerance.correlation).then_some(lag)
    }

    fn compact(&mut self) {
        if self.head > HISTORY {
            self.samples.copy_within(self.head - HISTORY..self.end, 0);
            self.end -= self.head - HISTORY;
            self.head = HISTORY;
        }
    }
}

/// A raised-cosine cross-fade would need both sides uncorrelated; they are alike, so a linear one keeps the level.
fn mix(from: i16, to: i16, at: usize, over: usize) -> i16 {
    let (from, to) = (i32::from(from), i32::from(to));
    let (at, over) = (at as i32 + 1, over as i32 + 1);
    ((from * (over - at) + to * at) / over) as i16
}

fn energy(window: &[i16], step: usize) -> f32 {
    window.iter().step_by(step).map(|&sample| f32::from(sample) * f32::from(sample)).sum()
}

fn correlation(a: &[i16], b: &[i16], step: usize) -> f32 {
    let (mut ab, mut aa, mut bb) = (0.0_f32, 1.0_f32, 1.0_f32);
    for (&a, &b) in a.iter().step_by(step).zip(b.iter().step_by(step)) {
        let (a, b) = (f32::from(a), f32::from(b));
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    ab / (aa * bb).sqrt()
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    const STRICT: Tolerance = Tolerance { correlation: 0.9, background: 0.0 };

    fn tone(hz: f32, samples: usize) -> Vec<i16> {
        (0..samples).map(|i| (8_000.0 * (TAU * hz * i as f32 / 48_000.0).sin()) as i16).collect()
    }

    fn line_of(samples: &[i16]) -> Line {
        let mut line = Line::new(5_760);
        line.room()[..samples.len()].copy_from_slice(samples);
        line.extend(samples.len());
        line
    }

    /// The largest second difference: a click shows there.
    fn roughness(samples: &[i16]) -> i32 {
        samples
            .windows(3)
            .map(|w| (i32::from(w[0]) - 2 * i32::from(w[1]) + i32::from(w[2])).abs())
            .max()
            .unwrap_or(0)
    }

    #[test]
    fn stretching_a_tone_keeps_it_a_tone() {
        let tone = tone(150.0, 4_800);
        let smooth = roughness(&tone);
        for longer in [false, true] {
            let mut line = line_of(&tone);
            let mut heard = vec![0; 1_000];
            line.play(&mut heard);
            let changed = if longer { line.lengthen(720, STRICT) } else { line.shorten(720, STRICT) };
            let periods = changed as f32 / 320.0;
            assert!(
                (periods - periods.round()).abs() < 0.01 && changed > 0,
                "whole periods of 320 samples, not {changed}"
            );
            let before = line.ahead();
            let mut rest = vec![0; before];
            line.play(&mut rest);
            heard.extend(rest);
            assert_eq!(heard.len(), if longer { 4_800 + changed } else { 4_800 - changed });
            assert!(roughness(&heard) <= 2 * smooth + 8, "{} against {smooth}", roughness(&heard));
        }
    }

    #[test]
    fn sound_goes_on_while_nothing_comes_and_after() {
        let tone = tone(150.0, 4_800);
        let mut line = line_of(&tone[..2_400]);
        let mut heard = vec![0; 2_400];
        line.play(&mut heard);
        assert_eq!(line.go_on(STRICT) % 320, 0, "whole periods");
        line.room()[..2_400].copy_from_slice(&tone[2_400..]);
        line.extend(2_400);
        heard.extend(line.to_play());
        assert!(heard.len() > 4_800);
        assert!(roughness(&heard) <= 2 * roughness(&tone) + 8, "{}", roughness(&heard));
    }

    #[test]
    fn what_does_not_follow_is_joined_without_a_click() {
        let tone = tone(150.0, 4_800);
        let mut line = line_of(&tone[..2_400]);
        line.room()[..960].copy_from_slice(&tone[80..1_040]);
        line.extend_joined(960, STRICT);
        assert_eq!(line.ahead(), 3_360);
        // A quarter of a period off: a jump to the crest unless it is faded.
        assert!(roughness(line.to_play()) <= 4 * roughness(&tone) + 40, "{}", roughness(line.to_play()));
    }

    #[test]
    fn what_does_not_match_is_left_alone() {
        let mut seed = 1_u32;
        let noise: Vec<i16> = (0..4_800)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 18) as i16
            })
            .collect();
        let mut line = line_of(&noise);
        assert_eq!(line.shorten(720, STRICT), 0);
        assert_eq!(line.to_play(), noise);
    }

    #[test]
    fn silence_stretches_by_as_much_as_is_asked() {
        let mut line = line_of(&[0; 2_000]);
        assert_eq!(line.shorten(480, Tolerance { correlation: 0.9, background: 10.0 }), 480);
        assert_eq!(line.lengthen(700, Tolerance { correlation: 0.9, background: 10.0 }), 700);
    }
}
