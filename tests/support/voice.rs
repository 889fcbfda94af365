//! A voice that is sent to a receiver, and what is heard of it.

use std::{f32::consts::TAU, time::Duration};

use quietline::audio::{
    Frame, Receiver, ReceiverSettings, Stats, TICK,
    codec::{Encoder, EncoderSettings, Mode},
};

const SETTINGS: EncoderSettings = EncoderSettings {
    mode: Mode::Voice,
    bitrate: 32_000,
    complexity: 0,
    lbrr: true,
    expected_loss: 10,
    dred_10ms: 0,
};

/// A packet as it reaches the receiver.
#[derive(Debug, Clone)]
pub struct Arriving {
    pub at_ms: f64,
    pub sequence: u16,
    pub timestamp: u32,
    pub payload: Vec<u8>,
}

/// A voice of 200 Hz in frames of `samples`, sent from time 0, arriving 40 ms later.
pub fn voice(frames: usize, samples: usize) -> Vec<Arriving> {
    let mut encoder = Encoder::new(SETTINGS).unwrap();
    (0..frames)
        .map(|number| {
            let first = number * samples;
            let pcm: Vec<i16> = (first..first + samples)
                .map(|i| (6_000.0 * (TAU * 200.0 * (i % 240) as f32 / 48_000.0).sin()) as i16)
                .collect();
            let mut packet = [0; 1_275];
            let length = encoder.encode(&pcm, &mut packet).unwrap();
            Arriving {
                at_ms: 40.0 + first as f64 / 48.0,
                sequence: number as u16,
                timestamp: first as u32,
                payload: packet[..length].to_vec(),
            }
        })
        .collect()
}

/// A receiver that conceals cheaply.
pub fn receiver() -> Receiver {
    Receiver::new(ReceiverSettings { complexity: 0, dred: true }).unwrap()
}

/// Plays to `until_ms`; what was heard, and the figures from `from_ms` on.
pub fn play(
    receiver: &mut Receiver,
    mut packets: Vec<Arriving>,
    from_ms: u64,
    until_ms: u64,
) -> (Vec<i16>, Stats) {
    packets.sort_by(|a, b| a.at_ms.total_cmp(&b.at_ms));
    let mut packets = packets.into_iter().peekable();
    let (mut heard, mut before) = (Vec::new(), Stats::default());
    for now in (0..until_ms).step_by(10) {
        while let Some(packet) = packets.next_if(|packet| packet.at_ms <= now as f64) {
            receiver.insert(Frame {
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                payload: &packet.payload,
                arrival: Duration::from_secs_f64(packet.at_ms / 1_000.0),
            });
        }
        if now == from_ms {
            before = receiver.stats();
        }
        heard.extend(receiver.pull_10ms(Duration::from_millis(now)));
    }
    (heard, receiver.stats().since(&before))
}

/// Whether there is a voice in nine of ten ticks.
pub fn loud(sound: &[i16]) -> bool {
    sound.chunks(TICK).filter(|tick| tick.iter().any(|&sample| sample.unsigned_abs() > 1_500)).count() * 10
        >= sound.len() / TICK * 9
}
