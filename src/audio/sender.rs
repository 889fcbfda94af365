//! The sender: 10 ms of sound in, Opus frames out, at a rate and frame length that follow what the far end reports.
//!
//! Constant bitrate and no DTX: neither the size nor the timing of packets follows what is said. The size changes only with
//! the network's reports, which know nothing of the speech.

use super::codec::{CodecError, Encoder, EncoderSettings};

/// Samples in 10 ms.
const TICK: usize = 480;
/// The longest frame sent, samples: 60 ms.
const LONGEST: usize = 2_880;
/// The longest packet: 60 ms at 40 kbit/s are 300 bytes.
const MAX_PACKET: usize = 400;

/// How a sender starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderSettings {
    /// 0 to 10: what encoding may cost.
    pub complexity: u8,
    /// The plan to start with.
    pub plan: Plan,
}

impl Default for SenderSettings {
    fn default() -> Self {
        Self { complexity: 9, plan: Plan::USUAL }
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

    /// The plan for a report; the first row that fits. LBRR is always on: a copy costs nothing where it is not needed, as the
    /// bitrate is constant, and the first loss comes before the first report.
    pub fn for_report(report: Report) -> Self {
        let plan = |bitrate, frame, expected_loss| Self { bitrate, frame, expected_loss };
        match (report.queueing_ms, report.loss_percent) {
            // The path is full: fewer bits, and fewer headers, which are as many again.
            (300.., _) => plan(16_000, FrameLength::Ms60, 10),
            (150.., _) => plan(20_000, FrameLength::Ms40, 10),
            // Random loss: more bits for the copies.
            (_, 20..) => plan(40_000, FrameLength::Ms20, 30),
            (_, 8..) => plan(40_000, FrameLength::Ms20, 20),
            (_, 2..) => plan(36_000, FrameLength::Ms20, 15),
            (_, _) => Self::USUAL,
        }
    }
}

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

/// See the module.
#[derive(Debug)]
pub struct Sender {
    encoder: Encoder,
    plan: Plan,
    /// The plan from the next frame on.
    next: Plan,
    /// How many reports in a row asked for a better plan than the present one.
    better: u8,
    pcm: Box<[i16; LONGEST]>,
    filled: usize,
    packet: [u8; MAX_PACKET],
    sequence: u16,
    timestamp: u32,
}

impl Sender {
    /// So many reports in a row must allow a better plan before it is taken; a worse one is taken at once.
    pub const PATIENCE: u8 = 5;

    /// # Errors
    /// When libopus has no memory or refuses a setting.
    pub fn new(settings: SenderSettings) -> Result<Self, CodecError> {
        Ok(Self {
            encoder: Encoder::new(encoder_settings(settings.plan, settings.complexity))?,
            plan: settings.plan,
            next: settings.plan,
            better: 0,
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
        if self.filled == 0 && self.next != self.plan {
            self.plan = self.next;
            let complexity = self.encoder.settings().complexity;
            self.encoder.apply(encoder_settings(self.plan, complexity))?;
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

    /// Adapts to a report: at once when things get worse, after `PATIENCE` reports when they get better.
    pub fn report(&mut self, report: Report) {
        let wanted = Plan::for_report(report);
        let worse = wanted.frame > self.next.frame || wanted.expected_loss > self.next.expected_loss;
        if wanted == self.next {
            self.better = 0;
        } else if worse {
            self.better = 0;
            self.next = wanted;
        } else {
            self.better += 1;
            if self.better >= Self::PATIENCE {
                self.better = 0;
                self.next = wanted;
            }
        }
    }

    /// The plan in force from the next frame on.
    pub fn next_plan(&self) -> Plan {
        self.next
    }
}

fn encoder_settings(plan: Plan, complexity: u8) -> EncoderSettings {
    EncoderSettings {
        bitrate: plan.bitrate.clamp(16_000, 40_000),
        complexity,
        lbrr: true,
        expected_loss: plan.expected_loss,
        dred_10ms: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(sender: &mut Sender, ticks: usize, sound: impl Fn(usize) -> i16) -> Vec<usize> {
        (0..ticks)
            .filter_map(|tick| {
                let pcm = std::array::from_fn(|i| sound(tick * TICK + i));
                sender.push_10ms(&pcm).unwrap().map(|frame| frame.payload.len())
            })
            .collect()
    }

    #[test]
    fn silence_and_speech_make_packets_of_one_size() {
        let mut sender = Sender::new(SenderSettings::default()).unwrap();
        let mut all = sizes(&mut sender, 100, |_| 0);
        all.extend(sizes(&mut sender, 100, |i| ((i * i) % 9_001) as i16));
        assert_eq!(all, [80; 100]);
    }

    #[test]
    fn every_frame_length_and_rate_is_kept() {
        for (frame, bitrate) in [
            (FrameLength::Ms10, 40_000),
            (FrameLength::Ms20, 32_000),
            (FrameLength::Ms40, 20_000),
            (FrameLength::Ms60, 16_000),
        ] {
            let plan = Plan { bitrate, frame, expected_loss: 10 };
            let mut sender = Sender::new(SenderSettings { complexity: 0, plan }).unwrap();
            let sizes = sizes(&mut sender, 60, |i| (i % 240) as i16 * 50);
            assert_eq!(sizes.len(), 60 * TICK / frame.samples());
            let wanted = bitrate as usize * frame.samples() / 48_000 / 8;
            assert!(sizes.iter().all(|size| *size == wanted), "{sizes:?} instead of {wanted}");
        }
    }

    #[test]
    fn timestamps_follow_the_sound_across_a_change_of_frame_length() {
        let mut sender = Sender::new(SenderSettings { complexity: 0, ..SenderSettings::default() }).unwrap();
        let mut stamps = Vec::new();
        for tick in 0..12 {
            if tick == 3 {
                sender.report(Report { loss_percent: 0, queueing_ms: 400 });
            }
            if let Some(frame) = sender.push_10ms(&[0; TICK]).unwrap() {
                stamps.push((frame.sequence, frame.timestamp));
            }
        }
        assert_eq!(stamps, [(0, 0), (1, 960), (2, 1_920)]);
    }

    #[test]
    fn worse_is_answered_at_once_and_better_with_patience() {
        let mut sender = Sender::new(SenderSettings::default()).unwrap();
        let bad = Report { loss_percent: 12, queueing_ms: 0 };
        let good = Report { loss_percent: 0, queueing_ms: 0 };
        sender.report(bad);
        assert_eq!(sender.next_plan(), Plan::for_report(bad));
        for _ in 1..Sender::PATIENCE {
            sender.report(good);
            assert_eq!(sender.next_plan(), Plan::for_report(bad));
        }
        sender.report(good);
        assert_eq!(sender.next_plan(), Plan::USUAL);
    }
}
