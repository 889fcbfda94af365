//! The sender: 10 ms of sound in, Opus frames out, at a rate and frame length that follow what the far end reports.
//!
//! Constant bitrate and no DTX: neither the size nor the timing of packets follows what is said. The size changes only with
//! the network's reports, which know nothing of the speech.

use super::codec::{CodecError, Encoder, EncoderSettings, Mode};

/// Samples in 10 ms.
const TICK: usize = 480;
/// The longest frame sent, samples: 60 ms.
const LONGEST: usize = 2_880;
/// The longest packet: 60 ms at 40 kbit/s are 300 bytes.
const MAX_PACKET: usize = 400;

/// How a sender starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderSettings {
    /// What the encoder is made for.
    pub mode: Mode,
    /// 0 to 10: what encoding may cost.
    pub complexity: u8,
    /// The plan to start with, and to come back to when reports find nothing wrong.
    pub plan: Plan,
}

impl Default for SenderSettings {
    fn default() -> Self {
        Self { mode: Mode::Voice, complexity: 9, plan: Plan::USUAL }
    }
}

/// How long a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FrameLength {
    /// 10 ms.
    Ms10,
    /// 20 ms.
    Ms20,
    /// 40 ms.
    Ms40,
    /// 60 ms.
    Ms60,
}

impl FrameLength {
    /// Samples at 48 kHz.
    pub fn samples(self) -> usize {
        match self {
            Self::Ms10 => 480,
            Self::Ms20 => 960,
            Self::Ms40 => 1_920,
            Self::Ms60 => 2_880,
        }
    }
}

/// What is sent: the columns on the right of the table in `docs/audio.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Bits a second, 16,000 to 40,000.
    pub bitrate: u32,
    /// Frame length.
    pub frame: FrameLength,
    /// Loss that the LBRR copies reckon with, percent.
    pub expected_loss: u8,
}

impl Plan {
    /// On a network of which nothing bad is known.
    pub const USUAL: Self = Self { bitrate: 32_000, frame: FrameLength::Ms20, expected_loss: 10 };
}

/// The table: a report fits the first row of which it reaches both figures. LBRR is always asked for: a copy costs nothing
/// where it is not needed, as the bitrate is constant, and the first loss comes before the first report. At 16 kbit/s libopus
/// sends none.
const ROWS: [(Report, Plan); 5] = {
    const fn row(queueing_ms: u16, loss_percent: u8, plan: (u32, FrameLength, u8)) -> (Report, Plan) {
        let (bitrate, frame, expected_loss) = plan;
        (Report { loss_percent, queueing_ms }, Plan { bitrate, frame, expected_loss })
    }
    [
        // The path is full: fewer bits, and fewer headers, which are as many again.
        row(300, 0, (16_000, FrameLength::Ms60, 10)),
        row(150, 0, (20_000, FrameLength::Ms40, 10)),
        // Random loss: more bits for the copies.
        row(0, 20, (40_000, FrameLength::Ms20, 30)),
        row(0, 8, (40_000, FrameLength::Ms20, 20)),
        row(0, 2, (36_000, FrameLength::Ms20, 15)),
    ]
};

/// What the far end, or the relay, saw in the last second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Packets lost, percent.
    pub loss_percent: u8,
    /// Delay above the least seen in this call, milliseconds: what stands in queues.
    pub queueing_ms: u16,
}

/// An encoded frame.
#[derive(Debug, Clone, Copy)]
pub struct Encoded<'a> {
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp: samples at 48 kHz.
    pub timestamp: u32,
    /// The Opus packet.
    pub payload: &'a [u8],
}

impl Report {
    /// The row of the table that it fits; the one after the last where nothing is wrong.
    fn row(self) -> usize {
        let reaches =
            |least: &Report| self.queueing_ms >= least.queueing_ms && self.loss_percent >= least.loss_percent;
        ROWS.iter().position(|(least, _)| reaches(least)).unwrap_or(ROWS.len())
    }
}

/// Which row of the table is in force: a worse one at once, a better one with patience.
///
/// Where a better row has made things worse again before long, patience doubles: otherwise a sender that fills the path by itself
/// would go to and fro for the whole call.
#[derive(Debug)]
struct Row {
    now: usize,
    patience: u8,
    /// The reports in a row that allowed a better row, and the worst row among those they allowed.
    better: Option<(u8, usize)>,
    /// Reports since a better row was taken.
    since_better: u8,
}

impl Row {
    fn report(&mut self, report: Report) {
        let fits = report.row();
        self.since_better = self.since_better.saturating_add(1);
        if fits < self.now {
            let too_soon = self.since_better <= 2 * self.patience;
            self.patience =
                if too_soon { (2 * self.patience).min(Sender::MOST_PATIENCE) } else { Sender::PATIENCE };
            (self.now, self.better) = (fits, None);
        } else if fits == self.now {
            self.better = None;
        } else {
            let (times, worst) = self.better.unwrap_or((0, fits));
            let (times, worst) = (times + 1, worst.min(fits));
            self.better = Some((times, worst));
            if times >= self.patience {
                // A path that was full is filled again step by step.
                let next = if self.now == 0 { 1 } else { worst };
                (self.now, self.better, self.since_better) = (next, None, 0);
            }
        }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Sender {
    encoder: Encoder,
    /// What it began with, and comes back to when nothing is wrong.
    usual: Plan,
    plan: Plan,
    row: Row,
    pcm: Box<[i16; LONGEST]>,
    filled: usize,
    packet: [u8; MAX_PACKET],
    sequence: u16,
    timestamp: u32,
}

impl Sender {
    /// So many reports in a row must allow a better plan before it is taken; a worse one is taken at once.
    pub const PATIENCE: u8 = 5;
    /// So many where a better plan has proved too much again and again.
    pub const MOST_PATIENCE: u8 = 80;

    /// # Errors
    /// When libopus has no memory or refuses a setting.
    pub fn new(settings: SenderSettings) -> Result<Self, CodecError> {
        Ok(Self {
            encoder: Encoder::new(encoder_settings(settings.plan, settings.mode, settings.complexity))?,
            usual: settings.plan,
            plan: settings.plan,
            row: Row { now: ROWS.len(), patience: Self::PATIENCE, better: None, since_better: u8::MAX },
            pcm: Box::new([0; LONGEST]),
            filled: 0,
            packet: [0; MAX_PACKET],
            sequence: 0,
            timestamp: 0,
        })
    }

    /// Takes the next 10 ms; gives a frame when one is full.
    ///
    /// # Errors
    /// When libopus fails; the frame is lost and the next one is tried afresh.
    pub fn push_10ms(&mut self, pcm: &[i16; TICK]) -> Result<Option<Encoded<'_>>, CodecError> {
        if self.filled == 0 && self.next_plan() != self.plan {
            self.plan = self.next_plan();
            let EncoderSettings { mode, complexity, .. } = self.encoder.settings();
            self.encoder.apply(encoder_settings(self.plan, mode, complexity))?;
        }
        self.pcm[self.filled..self.filled + TICK].copy_from_slice(pcm);
        self.filled += TICK;
        let samples = self.plan.frame.samples();
        if self.filled < samples {
            return Ok(None);
        }
        self.filled = 0;
        let (sequence, timestamp) = (self.sequence, self.timestamp);
        self.sequence = sequence.wrapping_add(1);
        self.timestamp = timestamp.wrapping_add(samples as u32);
        let length = self.encoder.encode(&self.pcm[..samples], &mut self.packet)?;
        Ok(Some(Encoded { sequence, timestamp, payload: &self.packet[..length] }))
    }

    /// Adapts to a report, of which there is one a second: to worse at once, to better after `PATIENCE` of them or more.
    pub fn report(&mut self, report: Report) {
        self.row.report(report);
    }

    /// The plan in force from the next frame on.
    pub fn next_plan(&self) -> Plan {
        ROWS.get(self.row.now).map_or(self.usual, |&(_, plan)| plan)
    }
}

fn encoder_settings(plan: Plan, mode: Mode, complexity: u8) -> EncoderSettings {
    EncoderSettings {
        mode,
        bitrate: plan.bitrate.clamp(16_000, 40_000),
        complexity,
        lbrr: true,
        expected_loss: plan.expected_loss,
        dred_10ms: 0,
    }
}

#[cfg(test)]
mod tests;
