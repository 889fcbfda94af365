//! The receiver against bare libopus on the same frames, in turns, step by step: the median of each kind of step.

use std::{hint::black_box, time::Instant};

use quietline::audio::{
    Stats,
    codec::{Decoder, MAX_PACKET_SAMPLES},
};

use crate::{
    COMPLEXITIES,
    streams::{FRAMES, Network, Receiving, speech},
};

const ROUNDS: usize = 9;
/// Frames until a stream has settled.
const SETTLING: usize = 100;

/// What happened in 20 ms, and of which network it is looked at.
const KINDS: [(&str, Network); 5] = [
    ("good frame", Network::Good),
    ("repaired from a copy (LBRR)", Network::Lossy),
    ("concealed", Network::Lossy),
    ("stretched", Network::Swaying),
    ("any, a third of the frames lost", Network::Lossy),
];

/// Prints the table.
pub fn print() {
    println!(
        "\nper 20 ms, median of {ROUNDS} rounds of {FRAMES} frames, in turns with bare libopus decode of the same frames"
    );
    println!("{:<34}{:>11}{:>9}{:>8}{:>16}", "", "complexity", "us", "x bare", "streams a core");
    for complexity in COMPLEXITIES {
        let mut bare = Vec::new();
        let mut steps: [Vec<f64>; KINDS.len()] = Default::default();
        for _ in 0..ROUNDS {
            decode(complexity, &mut bare);
            for network in [Network::Good, Network::Lossy, Network::Swaying] {
                receive(complexity, network, &mut steps);
            }
        }
        let bare = median(&mut bare);
        line("bare libopus decode", complexity, bare, bare);
        for ((name, _), steps) in KINDS.iter().zip(&mut steps) {
            line(name, complexity, median(steps), bare);
        }
    }
}

fn line(name: &str, complexity: u8, micros: f64, bare: f64) {
    println!("{name:<34}{complexity:>11}{micros:>9.1}{:>8.2}{:>16.0}", micros / bare, 20_000.0 / micros);
}

fn decode(complexity: u8, micros: &mut Vec<f64>) {
    let mut decoder = Decoder::new(complexity).expect("libopus");
    let mut out = [0; MAX_PACKET_SAMPLES];
    for (number, frame) in speech().iter().enumerate() {
        let started = Instant::now();
        black_box(decoder.decode(frame, &mut out).expect("a frame"));
        if number >= SETTLING {
            micros.push(started.elapsed().as_secs_f64() * 1e6);
        }
    }
}

fn receive(complexity: u8, network: Network, steps: &mut [Vec<f64>; KINDS.len()]) {
    let mut receiving = Receiving::new(complexity, network);
    for number in 0..FRAMES {
        let before = receiving.stats();
        let started = Instant::now();
        receiving.step();
        let micros = started.elapsed().as_secs_f64() * 1e6;
        let happened = receiving.stats().since(&before);
        for (at, (_, of)) in KINDS.iter().enumerate() {
            if *of == network && number >= SETTLING && is_kind(at, &happened) {
                steps[at].push(micros);
            }
        }
    }
}

/// Whether what happened is of that row of `KINDS`.
fn is_kind(kind: usize, happened: &Stats) -> bool {
    let concealed = happened.concealed + happened.comfort > 0;
    let stretched = happened.shortened + happened.lengthened > 0;
    match kind {
        0 => happened.decoded == 960 && !concealed && !stretched && happened.lbrr + happened.dred == 0,
        1 => happened.lbrr > 0 && !concealed,
        2 => concealed,
        3 => stretched && !concealed,
        _ => true,
    }
}

fn median(of: &mut [f64]) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::NAN)
}
