//! Streams of every shape that a receiver meets: whatever the sender or the network does to them, it is heard on.

#[path = "support/voice.rs"]
mod voice;

use proptest::prelude::*;
use voice::{Arriving, loud, play, receiver, voice};

/// The same packets later, with other numbers.
fn moved(packets: Vec<Arriving>, by_ms: f64, by_samples: u32, by_frames: u16) -> Vec<Arriving> {
    let move_one = |packet: Arriving| Arriving {
        at_ms: packet.at_ms + by_ms,
        timestamp: packet.timestamp.wrapping_add(by_samples),
        sequence: packet.sequence.wrapping_add(by_frames),
        ..packet
    };
    packets.into_iter().map(move_one).collect()
}

#[test]
fn the_sequence_number_may_jump_where_the_sound_goes_on() {
    let mut packets = voice(100, 960);
    packets.extend(moved(voice(100, 960), 2_000.0, 96_000, 31_000));
    let (heard, stats) = play(&mut receiver(), packets, 500, 3_900);
    assert_eq!((stats.concealed, stats.comfort, stats.timelines), (0, 0, 0), "{stats:?}");
    assert!(loud(&heard[24_000..]));
}

#[test]
fn a_clock_that_is_set_back_while_the_numbers_go_on_is_followed_at_once() {
    for back_ms in [200, 1_000, 1_990] {
        let mut packets = voice(100, 960);
        packets.extend(moved(voice(400, 960), 2_000.0, 96_000 - back_ms * 48, 100));
        let (heard, stats) = play(&mut receiver(), packets, 2_300, 9_900);
        assert!(loud(&heard[2_300 * 48..]), "{back_ms} ms: {stats:?}");
        assert_eq!((stats.late, stats.concealed, stats.comfort), (0, 0, 0), "{back_ms} ms: {stats:?}");
        assert!(stats.mean_delay_ms() < 60.0, "{back_ms} ms: {}", stats.mean_delay_ms());
    }
}

#[test]
fn frames_may_change_their_length_in_mid_call() {
    let (mut packets, mut samples_so_far) = (Vec::new(), 0_u32);
    for samples in [960, 2_880, 480, 5_760, 120, 1_920, 240, 960] {
        let frames = 48_000 / samples;
        let from = f64::from(samples_so_far) / 48.0;
        packets.extend(moved(voice(frames, samples), from, samples_so_far, packets.len() as u16));
        samples_so_far += (frames * samples) as u32;
    }
    let (heard, stats) = play(&mut receiver(), packets, 500, 7_900);
    assert!(stats.concealed_percent() < 3.0, "only where a longer frame takes longer to come: {stats:?}");
    assert!(loud(&heard[24_000..]));
    assert_eq!(stats.timelines, 0);
}

#[test]
fn a_pause_without_packets_is_quiet_and_what_follows_is_whole() {
    // Discontinuous transmission: time goes on, the numbering does not.
    let mut packets = voice(100, 960);
    for pause in 1..5_u32 {
        let from = f64::from(pause) * 3_000.0;
        packets.extend(moved(voice(100, 960), from, pause * 3_000 * 48, 100 * pause as u16));
    }
    let (heard, stats) = play(&mut receiver(), packets, 500, 14_000);
    for pause in 1..5 {
        let from = (pause * 3_000 + 300) * 48;
        assert!(loud(&heard[from..from + 1_600 * 48]), "after pause {pause}");
        let quiet = &heard[from - 500 * 48..from - 300 * 48];
        assert!(quiet.iter().all(|sample| sample.unsigned_abs() < 1_500), "in pause {pause}");
    }
    assert_eq!(stats.timelines, 0);
    assert!(stats.mean_delay_ms() < 200.0, "{}", stats.mean_delay_ms());
}

#[test]
fn muted_frames_between_good_ones_are_unheard() {
    let mut packets = voice(200, 960);
    let muted: Vec<_> =
        packets.iter().map(|packet| Arriving { payload: Vec::new(), ..packet.clone() }).collect();
    packets.extend(muted);
    let (heard, stats) = play(&mut receiver(), packets, 500, 3_900);
    assert_eq!((stats.concealed, stats.comfort, stats.unusable), (0, 0, 0), "{stats:?}");
    assert!(loud(&heard[24_000..]));
}

#[test]
fn muted_frames_cost_no_decoding_and_no_room() {
    let mut muted = receiver();
    let packets = (0..3_000_u32).map(|number| Arriving {
        at_ms: 40.0 + 20.0 * f64::from(number),
        sequence: number as u16,
        timestamp: number * 960,
        payload: Vec::new(),
    });
    let (heard, stats) = play(&mut muted, packets.collect(), 0, 60_100);
    assert_eq!(stats.empty, 3_000);
    let decoded = stats.decoded + stats.lbrr + stats.dred + stats.concealed + stats.comfort;
    assert_eq!((decoded, stats.overflowed), (0, 0), "a stream that begins muted: {stats:?}");
    assert!(heard.iter().all(|&sample| sample == 0));

    // One that is muted after a while: the decoder is asked for the fade, and then no more.
    let mut packets = voice(100, 960);
    packets.extend((100..3_000_u32).map(|number| Arriving {
        at_ms: 40.0 + 20.0 * f64::from(number),
        sequence: number as u16,
        timestamp: number * 960,
        payload: Vec::new(),
    }));
    let (_, stats) = play(&mut receiver(), packets, 2_500, 60_000);
    assert_eq!((stats.decoded, stats.concealed, stats.lbrr + stats.dred), (0, 0, 0), "{stats:?}");
}

#[test]
fn packets_that_are_only_a_header_become_quiet() {
    let mut packets = voice(100, 960);
    // One frame to the packet (RFC 6716 section 3.1).
    let header = packets[99].payload[0] & !3;
    // A packet with no bytes behind its first: what libopus sends in pauses (DTX). Its decoder
    // would conceal them for ever.
    packets.extend((100..400_u32).map(|number| Arriving {
        at_ms: 40.0 + 20.0 * f64::from(number),
        sequence: number as u16,
        timestamp: number * 960,
        payload: vec![header],
    }));
    let (heard, stats) = play(&mut receiver(), packets, 2_500, 7_900);
    assert_eq!((stats.decoded, stats.concealed, stats.timelines), (0, 0, 0), "{stats:?}");
    let peaks: Vec<_> =
        heard.chunks(48_000).map(|second| second.iter().map(|s| s.unsigned_abs()).max()).collect();
    assert!(heard[3_000 * 48..].iter().all(|sample| sample.unsigned_abs() < 1_500), "{peaks:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn numbers_may_begin_anywhere(timestamp in any::<u32>(), sequence in any::<u16>()) {
        let packets = moved(voice(150, 960), 0.0, timestamp, sequence);
        let (heard, stats) = play(&mut receiver(), packets, 500, 2_900);
        prop_assert_eq!((stats.concealed, stats.comfort, stats.timelines), (0, 0, 0));
        prop_assert!(loud(&heard[24_000..]));
    }

    #[test]
    fn a_timestamp_may_jump_anywhere(by in prop_oneof![any::<u32>(), 0..200_000_u32, 4_294_767_296..=u32::MAX]) {
        let mut packets = voice(100, 960);
        packets.extend(moved(voice(400, 960), 2_000.0, 96_000_u32.wrapping_add(by), 100));
        let (heard, stats) = play(&mut receiver(), packets, 7_000, 9_900);
        prop_assert!(loud(&heard[7_000 * 48..]), "{:?}", stats);
        prop_assert!(stats.mean_delay_ms() < 150.0, "{}", stats.mean_delay_ms());
    }

    #[test]
    fn a_new_sender_may_have_any_numbers(by in any::<u32>(), sequence in any::<u16>(), samples in 0..7_usize) {
        let samples = [120, 240, 480, 960, 1_920, 2_880, 5_760][samples];
        let mut packets = voice(100, 960);
        packets.extend(moved(voice(384_000 / samples, samples), 2_500.0, by, sequence));
        let (heard, stats) = play(&mut receiver(), packets, 7_500, 10_400);
        prop_assert!(loud(&heard[7_500 * 48..]), "{:?}", stats);
    }

    #[test]
    fn any_order_within_a_tenth_of_a_second_is_put_right(delays in proptest::collection::vec(0.0..100.0_f64, 600)) {
        let mut packets = voice(600, 960);
        for (packet, delay) in packets.iter_mut().zip(&delays) {
            packet.at_ms += delay;
        }
        let again: Vec<_> = packets
            .iter()
            .zip(delays.iter().rev())
            .map(|(packet, delay)| Arriving { at_ms: packet.at_ms + delay, ..packet.clone() })
            .collect();
        packets.extend(again);
        let (heard, stats) = play(&mut receiver(), packets, 4_000, 11_900);
        prop_assert!(loud(&heard[4_000 * 48..]), "{:?}", stats);
        prop_assert!(stats.concealed_percent() < 3.0, "{:?}", stats);
        prop_assert_eq!(stats.timelines, 0);
    }

    #[test]
    fn garbage_between_the_frames_does_not_silence_them(
        garbage in proptest::collection::vec((0.0..8_000.0_f64, any::<u16>(), any::<u32>(), proptest::collection::vec(any::<u8>(), 0..100)), 1..6),
    ) {
        let mut packets = voice(700, 960);
        packets.extend(garbage.into_iter().map(|(at_ms, sequence, timestamp, payload)| Arriving {
            at_ms,
            sequence,
            timestamp,
            payload,
        }));
        let (heard, stats) = play(&mut receiver(), packets, 10_000, 13_900);
        prop_assert!(loud(&heard[10_000 * 48..]), "{:?}", stats);
        prop_assert!(stats.mean_delay_ms() < 200.0, "{}", stats.mean_delay_ms());
    }
}
