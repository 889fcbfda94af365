//! What a receiver did, in figures.

/// How a piece of sound came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// From its own frame.
    None,
    /// From the LBRR copy in the next frame.
    Lbrr,
    /// From deep redundancy.
    Dred,
    /// From the decoder's concealment.
    Concealed,
    /// Comfort noise, since nothing came for long.
    Comfort,
    /// Comfort noise where the sender sent nothing: muted, or discontinuous transmission.
    Silence,
}

/// Counters since the start. Sample counts are at 48 kHz.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stats {
    /// Frames inserted, of any kind.
    pub frames: u64,
    /// Frames that came after their time.
    pub late: u64,
    /// Frames that were there already.
    pub duplicates: u64,
    /// Frames that were no Opus, or too large.
    pub unusable: u64,
    /// Muted frames: no payload.
    pub empty: u64,
    /// Frames thrown away because the buffer was full.
    pub overflowed: u64,
    /// Stalls of the network.
    pub stalls: u64,
    /// New timelines after the first: new senders, clock jumps.
    pub timelines: u64,
    /// Ticks of 10 ms pulled.
    pub ticks: u64,
    /// Samples from their own frames.
    pub decoded: u64,
    /// Samples from LBRR copies.
    pub lbrr: u64,
    /// Samples from deep redundancy.
    pub dred: u64,
    /// Samples made by concealment.
    pub concealed: u64,
    /// Samples of comfort noise, since nothing came for long.
    pub comfort: u64,
    /// Samples of comfort noise where the sender sent nothing: nothing is missing there.
    pub silence: u64,
    /// Samples left out by time stretching.
    pub shortened: u64,
    /// Samples repeated by time stretching.
    pub lengthened: u64,
    /// Of those, samples repeated because the frame that was due had not come.
    pub waited: u64,
    /// Samples jumped over, to catch up.
    pub skipped: u64,
    delay_sum_ms: f64,
    target_sum_ms: f64,
    delay_ticks: u64,
}

impl Stats {
    pub(super) fn note(&mut self, how: Repair, samples: usize) {
        let counter = match how {
            Repair::None => &mut self.decoded,
            Repair::Lbrr => &mut self.lbrr,
            Repair::Dred => &mut self.dred,
            Repair::Concealed => &mut self.concealed,
            Repair::Comfort => &mut self.comfort,
            Repair::Silence => &mut self.silence,
        };
        *counter += samples as u64;
    }

    /// So many samples were taken for lost, and turn out to be what the sender left out.
    pub(super) fn excuse(&mut self, samples: u64) {
        let concealed = samples.min(self.concealed);
        let comfort = (samples - concealed).min(self.comfort);
        self.concealed -= concealed;
        self.comfort -= comfort;
        self.silence += concealed + comfort;
    }

    pub(super) fn note_delay(&mut self, delay_ms: f64, target_ms: f64) {
        if delay_ms.is_finite() {
            self.delay_sum_ms += delay_ms;
            self.target_sum_ms += target_ms;
            self.delay_ticks += 1;
        }
    }

    /// Mean time between the fastest possible arrival and playing, milliseconds.
    pub fn mean_delay_ms(&self) -> f64 {
        self.delay_sum_ms / self.delay_ticks.max(1) as f64
    }

    /// Mean target of that, milliseconds.
    pub fn mean_target_ms(&self) -> f64 {
        self.target_sum_ms / self.delay_ticks.max(1) as f64
    }

    /// Share of what was played that was concealed or comfort noise, percent.
    pub fn concealed_percent(&self) -> f64 {
        100.0 * (self.concealed + self.comfort) as f64 / (self.ticks.max(1) * 480) as f64
    }

    /// Share of what was played that was added or left out by time stretching, percent.
    pub fn stretched_percent(&self) -> f64 {
        100.0 * (self.lengthened + self.shortened) as f64 / (self.ticks.max(1) * 480) as f64
    }

    /// What happened since `earlier`.
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            frames: self.frames - earlier.frames,
            late: self.late - earlier.late,
            duplicates: self.duplicates - earlier.duplicates,
            unusable: self.unusable - earlier.unusable,
            empty: self.empty - earlier.empty,
            overflowed: self.overflowed - earlier.overflowed,
            stalls: self.stalls - earlier.stalls,
            timelines: self.timelines - earlier.timelines,
            ticks: self.ticks - earlier.ticks,
            decoded: self.decoded - earlier.decoded,
            lbrr: self.lbrr - earlier.lbrr,
            dred: self.dred - earlier.dred,
            // What was taken for lost may turn out to be silence later.
            concealed: self.concealed.saturating_sub(earlier.concealed),
            comfort: self.comfort.saturating_sub(earlier.comfort),
            silence: self.silence - earlier.silence,
            shortened: self.shortened - earlier.shortened,
            lengthened: self.lengthened - earlier.lengthened,
            waited: self.waited - earlier.waited,
            skipped: self.skipped - earlier.skipped,
            delay_sum_ms: self.delay_sum_ms - earlier.delay_sum_ms,
            target_sum_ms: self.target_sum_ms - earlier.target_sum_ms,
            delay_ticks: self.delay_ticks - earlier.delay_ticks,
        }
    }
}
