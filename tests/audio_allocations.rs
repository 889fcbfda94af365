//! What a receiver and a sender take: no allocation after warm-up, whatever has to be repaired, and little memory.

#[path = "support/counted.rs"]
mod counted;

use std::time::Duration;

use quietline::audio::{
    Frame, Receiver, ReceiverSettings, Sender, SenderSettings,
    codec::{Decoder, Dred},
};

/// Half a minute of sound over a network with losses, late frames, stalls and a burst.
fn converse(sender: &mut Sender, receiver: &mut Receiver) {
    let mut pcm = [0_i16; 480];
    for tick in 0..3_000_u64 {
        for (i, sample) in pcm.iter_mut().enumerate() {
            *sample = ((tick as usize * 480 + i) % 300 * 40) as i16;
        }
        let now = Duration::from_millis(tick * 10);
        if let Some(frame) = sender.push_10ms(&pcm).unwrap() {
            // One in seven is lost, one in five is late, a stall in every third second.
            let late = if frame.sequence % 5 == 0 { 30 } else { 0 } + if tick % 300 > 280 { 150 } else { 0 };
            if frame.sequence % 7 != 0 {
                let arrival = now + Duration::from_millis(late);
                receiver.insert(Frame {
                    sequence: frame.sequence,
                    timestamp: frame.timestamp,
                    payload: frame.payload,
                    arrival,
                });
            }
        }
        receiver.pull_10ms(now);
    }
    // Five seconds at once, of the largest packets.
    for number in 0..250_u32 {
        let sequence = 2_000 + number as u16;
        let payload = &[0x78; 1_275];
        let timestamp = 1_500 * 960 + number * 960;
        receiver.insert(Frame { sequence, timestamp, payload, arrival: Duration::from_secs(35) });
    }
    receiver.pull_10ms(Duration::from_secs(35));
}

#[test]
fn frames_in_and_sound_out_without_an_allocation() {
    let mut sender = Sender::new(SenderSettings::default()).unwrap();
    let mut receiver = Receiver::new(ReceiverSettings::default()).unwrap();
    let started = counted::allocations();
    converse(&mut sender, &mut receiver);
    assert_eq!(counted::allocations() - started, 0);
    assert!(receiver.stats().concealed > 0);
}

/// libopus allocates its state by itself, so that what is counted here is what is ours.
#[test]
fn a_receiver_takes_less_than_40_kib_beside_the_state_of_libopus() {
    let mut sender = Sender::new(SenderSettings::default()).unwrap();
    for settings in [ReceiverSettings::default(), ReceiverSettings { complexity: 0, dred: false }] {
        let before = counted::held_bytes();
        let mut receiver = Receiver::new(settings).unwrap();
        converse(&mut sender, &mut receiver);
        let own = (counted::held_bytes() - before) as usize + size_of::<Receiver>();
        let dred = if settings.dred { Dred::state_bytes() } else { 0 };
        let codec = Decoder::state_bytes() + dred;
        println!("{settings:?}: {own} bytes, and {codec} of libopus' state");
        assert!(own < 40 * 1024, "{own} bytes");
        assert!(codec > 1_000);
    }
}
