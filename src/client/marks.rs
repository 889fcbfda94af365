//! Sound that synthetic clients make: something like a voice, and marks in it by which the time from mouth to ear is measured.
//!
//! A mark is a chirp, made at moments that follow from the clock alone. Whoever hears it in the decoded sound knows when it was
//! made, without a word on the wire; nothing about the call differs from one in which people speak.

use std::time::{Duration, Instant};

use crate::audio::TICK;

/// So many samples at 48 kHz with the rhythm and the pitch of a voice: syllables of four a second, harmonics of a pitch that
/// falls and rises, pauses between phrases.
pub(super) fn voice(samples: usize) -> Vec<i16> {
    let mut phase = 0.0_f32;
    let mut spoken = Vec::with_capacity(samples);
    for at in 0..samples {
        let seconds = at as f32 / 48_000.0;
        let pitch = 140.0 + 30.0 * (seconds * 2.1).sin() + 12.0 * (seconds * 7.3).sin();
        phase = (phase + pitch / 48_000.0).fract();
        let syllable = (seconds * 4.0).fract();
        let envelope = (std::f32::consts::PI * syllable).sin().powi(2);
        let phrase = if (seconds / 2.0).fract() < 0.8 { 1.0 } else { 0.0 };
        let vowel = 1.0 + (seconds * 1.7).sin();
        let tone: f32 = (1..=20)
            .map(|harmonic| {
                let harmonic = harmonic as f32;
                let formant = |centre: f32| (-((harmonic * pitch - centre) / 220.0).powi(2)).exp();
                let level = formant(500.0 + 180.0 * vowel) + 0.6 * formant(1_200.0 + 400.0 * vowel) + 0.02;
                level * (std::f32::consts::TAU * harmonic * phase).sin()
            })
            .sum();
        spoken.push((tone * envelope * phrase * 5_000.0).clamp(-32_000.0, 32_000.0) as i16);
    }
    spoken
}

/// Puts a mark into what is said at moments that everybody in the process knows: each [`PERIOD`] after their common zero.
pub(super) struct MarkMaker(Vec<i16>);

impl MarkMaker {
    pub(super) fn new() -> Self {
        Self(mark())
    }

    /// Marks the 10 ms that end so long after zero, where a mark falls into them.
    pub(super) fn mark(&self, since_zero: Duration, pcm: &mut [i16; TICK]) {
        let end = samples(since_zero);
        let (period, edge) = (samples(PERIOD), (HUSH + MARK + HUSH) as u64);
        // Mostly no part of a mark falls into 10 ms, and not each sample need be asked.
        if (end + HUSH as u64) % period > edge + TICK as u64 {
            return;
        }
        for (at, sample) in (end.saturating_sub(TICK as u64)..).zip(pcm.iter_mut()) {
            // The mark stands between pauses, so that nothing that is said leans into it.
            let into = (at + HUSH as u64) % samples(PERIOD);
            if at + (HUSH as u64) < samples(PERIOD) || into >= (2 * HUSH + MARK) as u64 {
                continue;
            }
            *sample = (into as usize).checked_sub(HUSH).and_then(|n| self.0.get(n)).copied().unwrap_or(0);
        }
    }
}

/// Finds marks in what is heard, and with that how long sound took.
pub(super) struct MarkFinder {
    zero: Instant,
    template: Vec<f32>,
    energy: f32,
    /// What was heard last, at 4 kHz: the template's length and what has come since it was last moved to the front.
    heard: Vec<f32>,
    /// The energy of as much of it as the template is long. Sums of squares of whole numbers: exact.
    loudness: f64,
    /// The sum of the samples that make the next one at 4 kHz.
    sum: (i32, u32),
    best: Option<(f32, u64)>,
    /// The next mark cannot begin before this moment, in samples since zero, unless it comes much sooner than the last one did.
    next: u64,
}

impl MarkFinder {
    pub(super) fn new(zero: Instant) -> Self {
        let template: Vec<f32> =
            mark().chunks_exact(DOWN).map(|c| c.iter().map(|&s| f32::from(s)).sum()).collect();
        let energy = template.iter().map(|s| s * s).sum();
        Self { zero, template, energy, heard: Vec::new(), loudness: 0.0, sum: (0, 0), best: None, next: 0 }
    }

    pub(super) fn since_zero(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.zero)
    }

    /// Takes the 10 ms that begin at `now`; `found` gets the delay of a mark that ended in them or a little before.
    pub(super) fn hear(&mut self, now: Instant, pcm: &[i16; TICK], mut found: impl FnMut(Duration)) {
        let start = samples(self.since_zero(now));
        for (at, &sample) in
            (start..).zip(pcm).skip(self.next.saturating_sub(start).min(TICK as u64) as usize)
        {
            self.sum = (self.sum.0 + i32::from(sample), self.sum.1 + 1);
            if self.sum.1 < DOWN as u32 {
                continue;
            }
            let value = self.sum.0 as f32;
            self.sum = (0, 0);
            if self.heard.len() == 4 * self.template.len() {
                let old = self.heard.len() - self.template.len();
                self.heard.drain(..old);
            }
            if let Some(old) = self.heard.len().checked_sub(self.template.len()) {
                self.loudness -= f64::from(self.heard[old]).powi(2);
            }
            self.loudness += f64::from(value).powi(2);
            self.heard.push(value);
            self.judge(at + 1, &mut found);
            if at < self.next {
                return;
            }
        }
    }

    /// `end`: the moment, in samples since zero, at which the newest sample of `heard` ended.
    fn judge(&mut self, end: u64, found: &mut impl FnMut(Duration)) {
        let Some(start) = self.heard.len().checked_sub(self.template.len()) else { return };
        let energy = self.loudness as f32;
        if energy > self.energy * FAINTEST {
            let dot = product(&self.heard[start..], &self.template);
            let likeness = dot / (energy * self.energy).sqrt().max(1.0);
            if likeness > LIKE && self.best.is_none_or(|(best, _)| likeness > best) {
                self.best = Some((likeness, end));
            }
        }
        if let Some((_, at)) = self.best
            && end > at + MARK as u64
        {
            self.best = None;
            // What cannot be a mark is not listened to.
            self.next = at + samples(PERIOD - SOONER) - MARK as u64;
            self.heard.clear();
            (self.loudness, self.sum) = (0.0, (0, 0));
            // Opus' own delay lies within: it is part of what a person waits.
            let begun = at.saturating_sub(MARK as u64);
            found(Duration::from_micros(begun % samples(PERIOD) * 1_000 / 48));
        }
    }
}

/// The product of two pieces of sound. In lanes, so that it takes vector instructions.
fn product(heard: &[f32], template: &[f32]) -> f32 {
    const LANES: usize = 16;
    let mut dot = [0.0_f32; LANES];
    for (heard, template) in heard.chunks_exact(LANES).zip(template.chunks_exact(LANES)) {
        for lane in 0..LANES {
            dot[lane] += heard[lane] * template[lane];
        }
    }
    dot.iter().sum()
}

/// A chirp of 120 ms, from 300 to 1,200 Hz. Through Opus at 32 kbit/s and least complexity it keeps a likeness of 0.84 and more, while
/// speech comes to 0.3; shorter and higher ones do not survive.
fn mark() -> Vec<i16> {
    (0..MARK)
        .map(|n| {
            let (at, length) = (n as f32 / 48_000.0, MARK as f32 / 48_000.0);
            let phase = std::f32::consts::TAU * (300.0 * at + 900.0 / length * at * at / 2.0);
            let window = (std::f32::consts::PI * at / length).sin();
            (10_000.0 * window * phase.sin()) as i16
        })
        .collect()
}

fn samples(time: Duration) -> u64 {
    (time.as_nanos() * 48 / 1_000_000) as u64
}

/// How often a mark is made. Delays of more than this are not told apart from short ones.
pub(super) const PERIOD: Duration = Duration::from_secs(3);
const MARK: usize = 5_760;
/// Samples of silence before and after a mark.
const HUSH: usize = 1_920;
/// By so much less than the one before may a mark's delay be and still be found.
const SOONER: Duration = Duration::from_secs(1);
/// From 48 to 4 kHz.
const DOWN: usize = 12;
/// A mark that the jitter buffer had to stretch or to cut in two keeps less than a whole one, and more than speech has.
const LIKE: f32 = 0.45;
/// Share of the mark's energy that must be heard.
const FAINTEST: f32 = 0.02;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        audio::{Frame, Receiver, ReceiverSettings, Sender, SenderSettings, codec::Mode},
        client::testing::epoch,
    };

    fn tick(number: u64) -> Instant {
        epoch() + Duration::from_millis(10 * number)
    }

    /// What a listener finds within 10 s of speech with marks that reaches it `late` ticks later, by way of `through`.
    fn found(late: u64, mut through: impl FnMut(u64, [i16; TICK]) -> [i16; TICK]) -> Vec<u64> {
        let speech = voice(8 * 48_000);
        let (maker, mut finder) = (MarkMaker::new(), MarkFinder::new(epoch()));
        let mut delays = Vec::new();
        for number in 1..1_000 {
            let at = (number as usize * TICK) % (speech.len() - TICK);
            let mut pcm = *speech[at..].first_chunk().unwrap();
            maker.mark(Duration::from_millis(10 * number), &mut pcm);
            let heard = through(number, pcm);
            finder.hear(tick(number + late), &heard, |delay| delays.push(delay.as_millis() as u64));
        }
        delays
    }

    #[test]
    fn a_mark_tells_when_it_was_said_to_a_millisecond() {
        // What is captured in the 10 ms before a tick is played in the 10 ms behind it.
        assert_eq!(found(0, |_, pcm| pcm), [10, 10, 10]);
        assert_eq!(found(25, |_, pcm| pcm), [260, 260, 260]);
    }

    #[test]
    fn speech_alone_holds_no_mark() {
        let speech = voice(8 * 48_000);
        let mut finder = MarkFinder::new(epoch());
        for (number, pcm) in speech.chunks_exact(TICK).enumerate() {
            finder.hear(tick(number as u64), pcm.first_chunk().unwrap(), |delay| panic!("{delay:?}"));
        }
    }

    #[test]
    fn a_mark_survives_opus_and_the_jitter_buffer() {
        for mode in [Mode::Voice, Mode::LowDelay] {
            let settings = SenderSettings { mode, complexity: 0, ..SenderSettings::default() };
            let mut sender = Sender::new(settings).unwrap();
            let mut receiver = Receiver::new(ReceiverSettings { complexity: 0, dred: false }).unwrap();
            let delays = found(0, |number, pcm| {
                let now = Duration::from_millis(10 * number);
                if let Some(frame) = sender.push_10ms(&pcm).unwrap() {
                    let (sequence, timestamp, payload) = (frame.sequence, frame.timestamp, frame.payload);
                    receiver.insert(Frame { sequence, timestamp, payload, arrival: now });
                }
                *receiver.pull_10ms(now)
            });
            assert_eq!(delays.len(), 3, "{mode:?}: {delays:?}");
            assert!(delays.iter().all(|delay| (20..200).contains(delay)), "{mode:?}: {delays:?}");
        }
    }
}
