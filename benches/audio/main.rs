//! What sound costs: `cargo bench --bench audio`. Asserts nothing on times.
//!
//! First each part by itself, then the receiver against bare libopus in turns, as ratios: those hold on a busy machine too.
//! `cargo bench --bench audio -- receive` runs only the parts of that name.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod ratios;
mod streams;

use divan::{Bencher, counter::ItemsCount};
use quietline::audio::{
    FrameLength, Plan, Sender, SenderSettings, TICK,
    codec::{Decoder, MAX_PACKET_SAMPLES},
};
use streams::{Network, Receiving, speech, voice};

fn main() {
    divan::main();
    let asked_for_parts = std::env::args().skip(1).any(|argument| !argument.starts_with('-'));
    let benchmark = std::env::args().any(|argument| argument == "--bench");
    if benchmark && !asked_for_parts {
        ratios::print();
    }
}

/// Decoder complexity: 0 for synthetic clients, 5 for people (neural concealment).
const COMPLEXITIES: [u8; 2] = [0, 5];

/// Bare libopus: one frame of 20 ms.
#[divan::bench(args = COMPLEXITIES, sample_count = 1_000, sample_size = 1)]
fn decode_bare(bencher: Bencher<'_, '_>, complexity: u8) {
    let mut decoder = Decoder::new(complexity).expect("libopus");
    let mut out = [0; MAX_PACKET_SAMPLES];
    let mut frames = speech().iter().cycle();
    bencher.counter(ItemsCount::new(1_u8)).bench_local(|| {
        let frame = frames.next().expect("cycles");
        decoder.decode(frame, &mut out).expect("a frame")
    });
}

/// The receiver: 20 ms of sound, good frames.
#[divan::bench(args = COMPLEXITIES, sample_count = 1_000, sample_size = 1)]
fn receive_good(bencher: Bencher<'_, '_>, complexity: u8) {
    receive(bencher, complexity, Network::Good);
}

/// The receiver: 20 ms of sound, a third of the frames lost.
#[divan::bench(args = COMPLEXITIES, sample_count = 1_000, sample_size = 1)]
fn receive_lossy(bencher: Bencher<'_, '_>, complexity: u8) {
    receive(bencher, complexity, Network::Lossy);
}

/// The receiver: 20 ms of sound, a delay that comes and goes so that most ticks are stretched.
#[divan::bench(args = COMPLEXITIES, sample_count = 1_000, sample_size = 1)]
fn receive_stretching(bencher: Bencher<'_, '_>, complexity: u8) {
    receive(bencher, complexity, Network::Swaying);
}

fn receive(bencher: Bencher<'_, '_>, complexity: u8, network: Network) {
    let mut receiving = Receiving::new(complexity, network);
    bencher.counter(ItemsCount::new(1_u8)).bench_local(|| receiving.step());
}

/// The sender: 20 ms of sound. Longer frames are encoded every second or third time: the mean counts.
#[divan::bench(args = [
    "32 kbit/s, 20 ms, complexity 9",
    "40 kbit/s, 20 ms, complexity 9",
    "20 kbit/s, 40 ms, complexity 9",
    "16 kbit/s, 60 ms, complexity 9",
    "32 kbit/s, 20 ms, complexity 5",
    "32 kbit/s, 20 ms, complexity 0",
], sample_count = 600, sample_size = 1)]
fn encode(bencher: Bencher<'_, '_>, settings: &str) {
    let number =
        |word: usize| settings.split([' ', ',']).filter_map(|word| word.parse().ok()).nth(word).unwrap_or(0);
    let frame = match number(1) {
        40 => FrameLength::Ms40,
        60 => FrameLength::Ms60,
        _ => FrameLength::Ms20,
    };
    let plan = Plan { bitrate: number(0) * 1_000, frame, ..Plan::USUAL };
    let mut sender =
        Sender::new(SenderSettings { complexity: number(2) as u8, plan, ..SenderSettings::default() })
            .expect("libopus");
    let sound: Vec<i16> = voice().take(400 * TICK).collect();
    let mut ticks = sound.as_chunks::<TICK>().0.iter().cycle();
    bencher.counter(ItemsCount::new(1_u8)).bench_local(|| {
        for pcm in ticks.by_ref().take(2) {
            sender.push_10ms(pcm).expect("libopus");
        }
    });
}
