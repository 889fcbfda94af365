//! What sound costs: `cargo bench --bench audio`. Prints; asserts nothing on times. Ratios count, not times: bare libopus is
//! measured in the same run, in turns with ours.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::{
    f32::consts::TAU,
    hint::black_box,
    time::{Duration, Instant},
};

use quietline::audio::{
    Frame, Receiver, ReceiverSettings, Sender, SenderSettings, TICK,
    codec::{Decoder, MAX_PACKET_SAMPLES},
};

const FRAMES: usize = 2_000;
const ROUNDS: usize = 7;

struct Sent {
    sequence: u16,
    timestamp: u32,
    payload: Vec<u8>,
}

fn main() {
    let (sent, encode) = speech();
    println!("20 ms at 32 kbit/s, microseconds a frame, least of {ROUNDS} rounds of {FRAMES} frames");
    println!("encode, complexity 9            {:8.1}", micros(encode));
    for complexity in [0, 5] {
        let mut least = [Duration::MAX; 4];
        for _ in 0..ROUNDS {
            least[0] = least[0].min(bare(&sent, complexity));
            least[1] = least[1].min(received(&sent, complexity, |_| Some(0)));
            // Every third is lost; most are repaired from the next one's copy.
            least[2] = least[2].min(received(&sent, complexity, |number| (number % 3 > 0).then_some(0)));
            // The delay grows and shrinks by 200 ms every two seconds: most ticks are stretched.
            least[3] = least[3]
                .min(received(&sent, complexity, |number| Some(if number / 100 % 2 == 0 { 0 } else { 200 })));
        }
        let [bare, good, lossy, stretched] = least.map(micros);
        println!("complexity {complexity}: bare libopus decode   {bare:8.1}");
        println!(
            "complexity {complexity}: receiver, good frames {good:8.1}  {:.2} x bare, {:.0} streams a core",
            good / bare,
            20_000.0 / good
        );
        println!("complexity {complexity}: receiver, 1/3 lost    {lossy:8.1}  {:.2} x bare", lossy / bare);
        println!(
            "complexity {complexity}: receiver, stretching  {stretched:8.1}  {:.2} x bare",
            stretched / bare
        );
    }
}

/// Something with pitch, pauses and noise, encoded; and what encoding took.
fn speech() -> (Vec<Sent>, Duration) {
    let mut sender = Sender::new(SenderSettings::default()).expect("libopus");
    let (mut noise, mut phase) = (1_u32, 0.0_f32);
    let (mut sent, mut took) = (Vec::new(), Duration::ZERO);
    for tick in 0..2 * FRAMES {
        let loud = if tick % 120 < 80 { 1.0 } else { 0.003 };
        let hz = 120.0 + 40.0 * (tick as f32 / 30.0).sin();
        let pcm: [i16; TICK] = std::array::from_fn(|_| {
            phase = (phase + hz / 48_000.0).fract();
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let voice: f32 = (1..12).map(|n| (TAU * phase * n as f32).sin() / n as f32).sum();
            (loud * (4_000.0 * voice + (noise >> 22) as f32)) as i16
        });
        let started = Instant::now();
        let frame = sender.push_10ms(&pcm).expect("libopus");
        took += started.elapsed();
        if let Some(frame) = frame {
            sent.push(Sent {
                sequence: frame.sequence,
                timestamp: frame.timestamp,
                payload: frame.payload.to_vec(),
            });
        }
    }
    (sent, took)
}

fn bare(sent: &[Sent], complexity: u8) -> Duration {
    let mut decoder = Decoder::new(complexity).expect("libopus");
    let mut out = [0; MAX_PACKET_SAMPLES];
    let started = Instant::now();
    for frame in sent {
        black_box(decoder.decode(&frame.payload, &mut out).expect("a frame"));
    }
    started.elapsed()
}

/// `delay_ms` of a frame's number; `None` when it is lost.
fn received(sent: &[Sent], complexity: u8, delay_ms: impl Fn(usize) -> Option<u64>) -> Duration {
    let mut receiver = Receiver::new(ReceiverSettings { complexity, dred: true }).expect("libopus");
    let mut arriving: Vec<_> = sent
        .iter()
        .enumerate()
        .filter_map(|(number, frame)| Some((20 * number as u64 + 40 + delay_ms(number)?, frame)))
        .collect();
    arriving.sort_by_key(|&(at, _)| at);
    let mut arriving = arriving.into_iter().peekable();
    let started = Instant::now();
    for tick in 0..2 * sent.len() as u64 {
        while let Some((at, frame)) = arriving.next_if(|&(at, _)| at <= 10 * tick) {
            receiver.insert(Frame {
                sequence: frame.sequence,
                timestamp: frame.timestamp,
                payload: &frame.payload,
                arrival: Duration::from_millis(at),
            });
        }
        black_box(receiver.pull_10ms(Duration::from_millis(10 * tick)));
    }
    started.elapsed()
}

fn micros(all: Duration) -> f64 {
    all.as_secs_f64() * 1e6 / FRAMES as f64
}
