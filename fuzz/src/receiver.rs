//! Bytes as what happens to a receiver: any frames, at any time, in any order, between pulls at any time. Whatever they are, each
//! pull gives sound, nothing is allocated, the figures add up, and a good stream that follows is heard.

use std::{f32::consts::TAU, sync::OnceLock, time::Duration};

use super::audio::{
    Frame, Receiver, ReceiverSettings, Stats, TICK,
    codec::{Encoder, EncoderSettings, MAX_PACKET_SAMPLES, Mode},
};

/// Pulls in one run, at most: a run must end soon.
const MOST_PULLS: u64 = 1_500;
/// Frames in one run, at most.
const MOST_FRAMES: u64 = 4_000;

/// Does to a receiver what `bytes` say. `allocated` counts the allocations of this thread.
///
/// # Panics
/// When the receiver does what it never may.
pub fn torment(bytes: &[u8], allocated: fn() -> usize) {
    let recordings = recordings();
    let mut input = Input(bytes);
    let settings = input.byte();
    let complexity = if settings & 0b1111_0000 == 0 { 5 } else { 0 };
    let receiver = Receiver::new(ReceiverSettings { complexity, dred: settings & 1 == 0 }).expect("libopus");
    let mut run = Run { receiver, now: Duration::from_secs(1), pulls: 0, frames: 0, allocated };
    let mut stream = Stream { recording: 0, number: 0, sequence: 0, timestamp: 0 };
    while !input.0.is_empty() && run.pulls < MOST_PULLS && run.frames < MOST_FRAMES {
        match input.byte() % 8 {
            0 | 1 => {
                for _ in 0..=input.byte() % 64 {
                    run.pull();
                    run.now += Duration::from_millis(10);
                }
            }
            2 => {
                let (sequence, timestamp, late) = (input.short(), input.word(), input.short());
                let length = usize::from(input.short() % 2_000).min(input.0.len());
                let (payload, rest) = input.0.split_at(length);
                input.0 = rest;
                run.insert(sequence, timestamp, payload, run.near(late));
            }
            3 => {
                // Frames of a good stream, one after the other or a burst.
                let (frames, late) = (input.byte() % 64, input.short());
                for _ in 0..=frames {
                    stream.send(&recordings[stream.recording], &mut run, late % 1_000);
                }
            }
            4 => stream.number = stream.number.wrapping_sub(u32::from(input.byte() % 8)),
            5 => stream.number = stream.number.wrapping_add(u32::from(input.byte())),
            6 => {
                stream.recording = usize::from(input.byte()) % recordings.len();
                (stream.sequence, stream.timestamp) = (input.short(), input.word());
            }
            _ => match input.byte() {
                // The clock: forward, rarely backward, seldom anywhere.
                0 => run.now = Duration::from_micros(u64::from(input.word()) << (input.byte() % 32)),
                1..16 => run.now = run.near(input.short()),
                _ => run.now += Duration::from_millis(u64::from(input.short() % 3_000)),
            },
        }
    }
    if settings & 0b1110 == 0 {
        run.recover(&recordings[3]);
    }
}

struct Run {
    receiver: Receiver,
    now: Duration,
    pulls: u64,
    frames: u64,
    allocated: fn() -> usize,
}

impl Run {
    fn insert(&mut self, sequence: u16, timestamp: u32, payload: &[u8], arrival: Duration) {
        let before = (self.allocated)();
        self.receiver.insert(Frame { sequence, timestamp, payload, arrival });
        assert_eq!((self.allocated)(), before, "insert has allocated");
        self.frames += 1;
    }

    fn pull(&mut self) -> u16 {
        let before = (self.allocated)();
        let sound: &[i16; 480] = self.receiver.pull_10ms(self.now);
        let peak = sound.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
        assert_eq!((self.allocated)(), before, "pull has allocated");
        self.pulls += 1;
        let stats = self.receiver.stats();
        assert_eq!((stats.frames, stats.ticks), (self.frames, self.pulls));
        holds(&stats);
        peak
    }

    /// Up to 32 s before or after now.
    fn near(&self, milliseconds: u16) -> Duration {
        let offset = i64::from(milliseconds.cast_signed());
        let distance = Duration::from_millis(offset.unsigned_abs());
        if offset < 0 { self.now.saturating_sub(distance) } else { self.now + distance }
    }

    /// A good stream after all that: heard within five seconds, and whole from then on.
    fn recover(&mut self, recording: &Recording) {
        let mut stream = Stream { recording: 0, number: 0, sequence: 77, timestamp: 0x1234_5678 };
        let mut quiet = 0;
        for tick in 0..700 {
            if tick % 2 == 0 {
                stream.send(recording, self, 0);
            }
            let peak = self.pull();
            quiet += u32::from(tick >= 500 && peak < 1_500);
            self.now += Duration::from_millis(10);
        }
        assert!(quiet <= 20, "{quiet} of 200 ticks of a good stream were quiet: {:?}", self.receiver.stats());
    }
}

/// What the figures can never be.
fn holds(stats: &Stats) {
    let fates = stats.late + stats.duplicates + stats.unusable + stats.empty + stats.overflowed;
    assert!(fates <= stats.frames, "a frame has one fate: {stats:?}");
    let made = stats.decoded + stats.lbrr + stats.dred + stats.concealed + stats.comfort + stats.lengthened;
    let gone = stats.shortened + stats.ticks * TICK as u64;
    // A packet, what is being cross-faded, and what is waited with for a late frame.
    let held = (MAX_PACKET_SAMPLES + 4 * TICK) as u64;
    assert!(made <= gone + held, "more was made than could be played or held: {stats:?}");
    let shares = [stats.concealed_percent(), stats.stretched_percent()];
    assert!(shares.iter().all(|share| *share >= 0.0 && share.is_finite()), "{shares:?}");
    let delays = [stats.mean_delay_ms(), stats.mean_target_ms()];
    assert!(delays.iter().all(|delay| delay.is_finite()), "{delays:?}");
}

/// A sender whose clock and numbers may be set anew.
struct Stream {
    recording: usize,
    number: u32,
    sequence: u16,
    timestamp: u32,
}

impl Stream {
    fn send(&mut self, recording: &Recording, run: &mut Run, late_ms: u16) {
        let payload = &recording.packets[self.number as usize % recording.packets.len()];
        let sequence = self.sequence.wrapping_add(self.number as u16);
        let timestamp = self.timestamp.wrapping_add(self.number.wrapping_mul(recording.samples));
        run.insert(sequence, timestamp, payload, run.near(late_ms));
        self.number = self.number.wrapping_add(1);
    }
}

/// A second of a loud voice, encoded.
struct Recording {
    samples: u32,
    packets: Vec<Vec<u8>>,
}

/// One for each frame length (the fourth has 20 ms), and one with DRED. Made once: encoding is dear.
fn recordings() -> &'static [Recording] {
    static RECORDINGS: OnceLock<Vec<Recording>> = OnceLock::new();
    RECORDINGS.get_or_init(|| {
        let speech = EncoderSettings {
            mode: Mode::Voice,
            bitrate: 32_000,
            complexity: 0,
            lbrr: true,
            expected_loss: 10,
            dred_10ms: 0,
        };
        let dred = EncoderSettings { bitrate: 64_000, expected_loss: 30, dred_10ms: 100, ..speech };
        let lengths = [120, 240, 480, 960, 1_920, 2_880, 5_760];
        lengths.into_iter().map(|samples| (speech, samples)).chain([(dred, 960)]).map(record).collect()
    })
}

fn record((settings, samples): (EncoderSettings, usize)) -> Recording {
    let mut encoder = Encoder::new(settings).expect("libopus");
    let mut packet = [0; 1_275];
    let packets = (0..48_000 / samples)
        .map(|number| {
            let pcm: Vec<i16> = (number * samples..(number + 1) * samples)
                .map(|i| (9_000.0 * (TAU * 200.0 * (i % 240) as f32 / 48_000.0).sin()) as i16)
                .collect();
            let length = encoder.encode(&pcm, &mut packet).expect("a frame");
            packet[..length].to_vec()
        })
        .collect();
    Recording { samples: samples as u32, packets }
}

/// Bytes that become numbers; zeros when they have run out.
struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn byte(&mut self) -> u8 {
        match self.0 {
            [first, rest @ ..] => {
                self.0 = rest;
                *first
            }
            [] => 0,
        }
    }

    fn short(&mut self) -> u16 {
        u16::from_le_bytes([self.byte(), self.byte()])
    }

    fn word(&mut self) -> u32 {
        u32::from(self.short()) | u32::from(self.short()) << 16
    }
}
