//! What a receiver survives: whatever the network and the sender do, sound goes on, memory stays, and it comes back in time.

#[path = "support/voice.rs"]
mod voice;

use proptest::prelude::*;
use voice::{Arriving, loud, play, receiver, voice};

#[test]
fn every_frame_length_is_played_whole() {
    for samples in [120, 240, 480, 960, 1_920, 2_880, 5_760] {
        let (heard, stats) = play(&mut receiver(), voice(96_000 / samples, samples), 500, 1_900);
        assert_eq!(stats.concealed + stats.comfort, 0, "{samples} samples a frame: {stats:?}");
        assert!(loud(&heard[24_000..]), "{samples} samples a frame");
    }
}

#[test]
fn sequence_and_timestamp_wrap_unheard() {
    let mut packets = voice(150, 960);
    for packet in &mut packets {
        packet.sequence = packet.sequence.wrapping_add(u16::MAX - 70);
        packet.timestamp = packet.timestamp.wrapping_sub(70 * 960 + 13);
    }
    let (_, stats) = play(&mut receiver(), packets, 500, 3_000);
    assert_eq!((stats.concealed, stats.comfort, stats.timelines), (0, 0, 0));
}

#[test]
fn duplicates_and_neighbours_swapped_are_unheard() {
    let mut packets = voice(300, 960);
    for packet in packets.iter_mut().step_by(3) {
        packet.at_ms += 25.0;
    }
    packets.extend(packets.clone());
    let (_, stats) = play(&mut receiver(), packets, 3_000, 5_900);
    assert_eq!(stats.concealed + stats.comfort, 0, "{stats:?}");
}

#[test]
fn a_new_sender_is_heard_at_once() {
    let mut packets = voice(100, 960);
    packets.extend(voice(100, 960).into_iter().map(|packet| Arriving {
        at_ms: packet.at_ms + 2_000.0,
        timestamp: packet.timestamp.wrapping_add(3_000_000_000),
        sequence: packet.sequence.wrapping_add(40_000),
        ..packet
    }));
    let (heard, stats) = play(&mut receiver(), packets, 0, 4_000);
    assert_eq!(stats.timelines, 1);
    assert!(loud(&heard[2_300 * 48..3_900 * 48]));
}

#[test]
fn a_burst_of_five_seconds_does_not_delay_what_follows() {
    let mut packets = voice(600, 960);
    for packet in &mut packets {
        if (2_000.0..7_000.0).contains(&packet.at_ms) {
            packet.at_ms = 7_000.0;
        }
    }
    let (heard, stats) = play(&mut receiver(), packets, 9_000, 11_900);
    assert!(stats.mean_delay_ms() < 150.0, "{}", stats.mean_delay_ms());
    assert_eq!(stats.concealed + stats.comfort, 0, "{stats:?}");
    assert!(loud(&heard[9_000 * 48..]));
}

#[test]
fn a_clock_that_is_off_is_followed() {
    for (ppm, concealed_percent) in [(-500.0, 0.0), (500.0, 0.0), (-1_000.0, 0.1), (1_000.0, 0.1)] {
        let mut packets = voice(3_000, 960);
        for packet in &mut packets {
            packet.at_ms = 40.0 + (packet.at_ms - 40.0) * (1.0 + ppm / 1e6);
        }
        let (_, stats) = play(&mut receiver(), packets, 5_000, 59_900);
        assert!(stats.concealed_percent() <= concealed_percent, "{ppm} ppm: {stats:?}");
        assert!(stats.mean_delay_ms() < 60.0, "{ppm} ppm: {} ms", stats.mean_delay_ms());
    }
}

#[test]
fn minutes_without_a_frame_end_in_sound_at_once() {
    let mut packets = voice(100, 960);
    packets.extend(voice(200, 960).into_iter().map(|packet| Arriving {
        at_ms: packet.at_ms + 182_000.0,
        timestamp: packet.timestamp + 182_000 * 48,
        ..packet
    }));
    // Muted meanwhile: frames without a payload.
    packets.extend((100..9_000_u32).map(|number| Arriving {
        at_ms: 40.0 + 20.0 * f64::from(number),
        sequence: number as u16,
        timestamp: number * 960,
        payload: Vec::new(),
    }));
    let (heard, stats) = play(&mut receiver(), packets, 10_000, 185_900);
    assert!(loud(&heard[182_500 * 48..185_800 * 48]));
    assert!(heard[10_000 * 48..180_000 * 48].iter().all(|&sample| sample.unsigned_abs() < 1_000));
    assert_eq!(stats.timelines, 0);
    assert!(stats.concealed < 48_000, "the decoder is not asked for what nobody says");
}

/// A voice that pauses from frame 100 to frame 160: nothing is sent then but what `in_pause` makes of the frames there.
fn pausing(in_pause: impl Fn(usize, Arriving) -> Option<Arriving>) -> Vec<Arriving> {
    let packets = voice(250, 960).into_iter().enumerate();
    packets
        .filter_map(|(at, packet)| if (100..160).contains(&at) { in_pause(at, packet) } else { Some(packet) })
        .collect()
}

/// Numbers packets in the order in which they were sent, as a sender does that leaves frames out.
fn numbered(mut packets: Vec<Arriving>, first: u16) -> Vec<Arriving> {
    for (number, packet) in packets.iter_mut().enumerate() {
        packet.sequence = first.wrapping_add(number as u16);
    }
    packets
}

#[test]
fn what_the_sender_leaves_out_is_silence_and_not_loss() {
    // A table of contents alone every 400 ms, as Opus does it; the same where the number wraps; nothing at all.
    let refreshed = pausing(|at, packet| {
        (at % 20 == 0).then(|| Arriving { payload: vec![packet.payload[0] & 0xfc], ..packet })
    });
    let nothing = numbered(pausing(|_, _| None), 0);
    for packets in [numbered(refreshed.clone(), 0), numbered(refreshed, u16::MAX - 101), nothing] {
        let (heard, stats) = play(&mut receiver(), packets, 1_000, 4_900);
        assert_eq!((stats.concealed, stats.comfort, stats.timelines), (0, 0, 0), "{stats:?}");
        assert!(stats.silence > 48 * 1_100 && stats.silence < 48 * 1_300, "{stats:?}");
        assert!(heard[2_500 * 48..3_100 * 48].iter().all(|&sample| sample.unsigned_abs() < 1_000));
        assert!(loud(&heard[3_400 * 48..]));
    }
}

#[test]
fn what_was_sent_and_never_came_is_loss() {
    let (_, stats) = play(&mut receiver(), pausing(|_, _| None), 1_000, 4_900);
    assert!(stats.concealed + stats.comfort > 48 * 500, "{stats:?}");
    assert_eq!(stats.silence, 0);
}

#[test]
fn a_muted_sender_is_silence() {
    let muted = pausing(|_, packet| Some(Arriving { payload: Vec::new(), ..packet }));
    let (heard, stats) = play(&mut receiver(), muted, 1_000, 4_900);
    assert_eq!((stats.concealed, stats.comfort, stats.empty), (0, 0, 60), "{stats:?}");
    assert!(heard[2_200 * 48..3_100 * 48].iter().all(|&sample| sample.unsigned_abs() < 1_000));
    assert!(loud(&heard[3_400 * 48..]));
}

#[test]
fn losing_the_network_fades_to_quiet_and_never_repeats() {
    let (heard, _) = play(&mut receiver(), voice(100, 960), 0, 4_000);
    assert!(heard[2_400 * 48..].iter().all(|&sample| sample.unsigned_abs() < 1_000));
}

fn anything() -> impl Strategy<Value = Vec<Arriving>> {
    let packet = (
        0.0..4_000.0_f64,
        any::<u16>(),
        prop_oneof![0..400_000_u32, any::<u32>()],
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            proptest::collection::vec(any::<u8>(), 0..1_600),
            (0..60_usize).prop_map(|number| vec![number as u8 * 4; number]),
        ],
    );
    proptest::collection::vec(
        packet.prop_map(|(at_ms, sequence, timestamp, payload)| Arriving {
            at_ms,
            sequence,
            timestamp,
            payload,
        }),
        0..120,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_arrives_sound_goes_on(packets in anything()) {
        let (heard, _) = play(&mut receiver(), packets, 0, 4_500);
        prop_assert_eq!(heard.len(), 4_500 * 48);
    }

    #[test]
    fn it_recovers_from_whatever_arrived(packets in anything()) {
        let mut receiver = receiver();
        let mut all = packets;
        all.extend(voice(500, 960).into_iter().map(|packet| Arriving { at_ms: packet.at_ms + 4_100.0, ..packet }));
        let (heard, _) = play(&mut receiver, all, 0, 14_000);
        prop_assert!(loud(&heard[9_500 * 48..]));
    }

    #[test]
    fn any_jitter_and_loss_keeps_the_delay_bounded(
        delays in proptest::collection::vec(prop_oneof![9 => 0.0..60.0_f64, 1 => 60.0..400.0], 300),
        lost in proptest::collection::vec(proptest::bool::weighted(0.1), 300),
    ) {
        let packets = voice(300, 960)
            .into_iter()
            .zip(delays.into_iter().zip(lost))
            .filter(|(_, (_, lost))| !lost)
            .map(|(packet, (delay, _))| Arriving { at_ms: packet.at_ms + delay, ..packet })
            .collect();
        let (_, stats) = play(&mut receiver(), packets, 1_000, 5_900);
        prop_assert!(stats.mean_delay_ms() < 500.0, "{}", stats.mean_delay_ms());
    }
}
