//! What the fuzz targets run, run by the ordinary tests: over the inputs kept in `fuzz/corpus`, and over random ones.

#[path = "support/counted.rs"]
mod counted;
#[path = "../fuzz/src/files.rs"]
mod files;
#[path = "../fuzz/src/receiver.rs"]
mod receiver;

use std::{fs, path::Path};

use quietline::audio;

fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let inputs: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(!inputs.is_empty());
    inputs
}

/// Random bytes from a seed (SplitMix64), `most` at most.
fn random(seed: u64, most: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let length = next() as usize % most;
    (0..length).map(|_| next() as u8).collect()
}

fn torment(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let input = random(seed, 400);
        println!("seed {seed}");
        receiver::torment(&input, counted::allocations);
    }
}

#[test]
fn the_receiver_stands_all_that_fuzzing_found() {
    for input in corpus("receiver") {
        receiver::torment(&input, counted::allocations);
    }
}

#[test]
fn the_receiver_stands_a_thousand_random_torments() {
    torment(0..1_000);
}

#[test]
fn the_receiver_stands_a_thousand_more() {
    torment(1_000..2_000);
}

#[test]
fn traces_and_sound_files_are_read_as_written_or_not_at_all() {
    for input in corpus("files") {
        files::read(&input);
    }
    let trace = audio::trace::write(
        &(0..20)
            .map(|i| audio::trace::TracePacket {
                arrival_ms: 20.0 * f64::from(i),
                sequence: i as u16,
                timestamp: 960 * i,
                payload: vec![i as u8; i as usize],
            })
            .collect::<Vec<_>>(),
    );
    let sound = audio::wav::write(&[1, -2, 3, -4]);
    for whole in [trace, sound] {
        for at in 0..whole.len() {
            files::read(&whole[..at]);
            for seed in 0..8 {
                let mut broken = whole.clone();
                broken[at] ^= 1 << seed;
                files::read(&broken);
            }
        }
    }
    for seed in 0..1_000 {
        files::read(&[b"TRC1".as_slice(), &random(seed, 200)].concat());
        files::read(&[b"RIFF____WAVEfmt ".as_slice(), &random(seed, 200)].concat());
    }
}
