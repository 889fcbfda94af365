//! Streams that the benchmarks play: speech-like sound, encoded once, over networks that do one thing each.

use std::{collections::VecDeque, f32::consts::TAU, hint::black_box, sync::OnceLock, time::Duration};

use quietline::audio::{Frame, Receiver, ReceiverSettings, Sender, SenderSettings, Stats, TICK};

/// Frames of 20 ms in `speech`.
pub const FRAMES: usize = 2_000;

/// What happens to frames on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// Nothing.
    Good,
    /// A third of them are lost, alone and in pairs.
    Lossy,
    /// The delay grows and shrinks by 200 ms every two seconds.
    Swaying,
}

impl Network {
    /// How much later than usual a frame comes, milliseconds; `None` when it never does.
    fn delay_ms(self, number: u64) -> Option<u64> {
        match self {
            Self::Good => Some(0),
            Self::Lossy if (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32).is_multiple_of(3) => None,
            Self::Lossy => Some(0),
            Self::Swaying => Some(if (number / 100).is_multiple_of(2) { 0 } else { 200 }),
        }
    }
}

/// A receiver of an endless stream, in simulated time.
pub struct Receiving {
    receiver: Receiver,
    network: Network,
    number: u64,
    under_way: VecDeque<(u64, u64)>,
}

impl Receiving {
    pub fn new(complexity: u8, network: Network) -> Self {
        let receiver = Receiver::new(ReceiverSettings { complexity, dred: true }).expect("libopus");
        Self { receiver, network, number: 0, under_way: VecDeque::with_capacity(64) }
    }

    /// 20 ms: what arrives, and two pulls.
    pub fn step(&mut self) {
        if let Some(delay) = self.network.delay_ms(self.number) {
            self.under_way.push_back((20 * self.number + 40 + delay, self.number));
        }
        for now in [20 * self.number, 20 * self.number + 10] {
            while let Some(at) = self.under_way.iter().position(|&(arrival, _)| arrival <= now) {
                let Some((arrival, number)) = self.under_way.remove(at) else { break };
                self.receiver.insert(Frame {
                    sequence: number as u16,
                    timestamp: (number * 960) as u32,
                    payload: &speech()[number as usize % FRAMES],
                    arrival: Duration::from_millis(arrival),
                });
            }
            black_box(self.receiver.pull_10ms(Duration::from_millis(now)));
        }
        self.number += 1;
    }

    pub fn stats(&self) -> Stats {
        self.receiver.stats()
    }
}

/// `FRAMES` frames of `voice`, as the sender makes them by default.
pub fn speech() -> &'static [Vec<u8>] {
    static SPEECH: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SPEECH.get_or_init(|| {
        let mut sender = Sender::new(SenderSettings::default()).expect("libopus");
        let mut voice = voice();
        let mut frames = Vec::with_capacity(FRAMES);
        while frames.len() < FRAMES {
            let pcm: [i16; TICK] = std::array::from_fn(|_| voice.next().unwrap_or(0));
            frames.extend(sender.push_10ms(&pcm).expect("libopus").map(|frame| frame.payload.to_vec()));
        }
        frames
    })
}

/// Something with pitch, pauses and noise, for ever.
pub fn voice() -> impl Iterator<Item = i16> {
    let (mut noise, mut phase) = (1_u32, 0.0_f32);
    (0_usize..).map(move |at| {
        let tick = at / TICK;
        let loud = if tick % 120 < 80 { 1.0 } else { 0.003 };
        let hz = 120.0 + 40.0 * (tick as f32 / 30.0).sin();
        phase = (phase + hz / 48_000.0).fract();
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let voice: f32 = (1..12).map(|n| (TAU * phase * n as f32).sin() / n as f32).sum();
        (loud * (4_000.0 * voice + (noise >> 22) as f32)) as i16
    })
}
