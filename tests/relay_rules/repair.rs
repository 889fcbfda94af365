//! Lost packets, and the reports that go with them: repaired and ended on each hop.

use super::*;

#[test]
fn losses_and_reordering_are_repaired_hop_by_hop() {
    let (mut world, a, b) = pair();
    world.loss = 10;
    world.jitter = Duration::from_millis(30);
    for n in 0..1_000u32 {
        world.say(a, &n.to_be_bytes());
        ask_for_missing(&mut world, b);
    }
    world.run_for(Duration::from_millis(500));
    let heard: BTreeMap<u32, u16> = world.clients[b]
        .heard
        .iter()
        .map(|h| (u32::from_be_bytes(h.payload[..].try_into().unwrap()), h.header.sequence))
        .collect();
    assert_eq!(heard.len(), world.clients[b].heard.len(), "a packet was heard twice");
    assert!(heard.len() >= 990, "{} of 1000 were heard", heard.len());
    let (first, sequence) = heard.first_key_value().unwrap();
    assert!(heard.iter().all(|(n, s)| s.wrapping_sub(*sequence) == (n - first) as u16));
    assert!(world.count(Count::NackSent) > 50 && world.count(Count::NackAnswered) > 50);
}

/// Does what a browser does: asks for what is missing of the last 20 packets.
pub(super) fn ask_for_missing(world: &mut World, listener: usize) {
    let client = &mut world.clients[listener];
    let heard: Vec<u16> = client.heard.iter().rev().take(60).map(|h| h.header.sequence).collect();
    let Some(newest) = heard.iter().copied().max_by_key(|s| s.wrapping_sub(heard[0]) as i16) else { return };
    let first = client.heard[0].header.sequence;
    let mut missing: Vec<u16> = (1..20)
        .map(|back| newest.wrapping_sub(back))
        .filter(|s| (s.wrapping_sub(first) as i16) > 0 && !heard.contains(s))
        .collect();
    missing.sort_unstable();
    if !missing.is_empty() {
        let ssrc = client.heard[0].header.ssrc;
        let nack = client.report(|writer| writer.nack(1, ssrc, &missing));
        world.send(listener, nack);
    }
}

#[test]
fn a_packet_is_sent_again_bit_for_bit_for_half_a_second_and_only_on_the_leg_that_asks() {
    let (mut world, a, b) = pair();
    let c = world.connect(1, 2, C);
    world.say(a, b"x");
    world.run_for(Duration::from_millis(50));
    let first = world.clients[b].heard[0].clone();
    let nack = |world: &mut World| {
        let packet = world.clients[b].report(|w| w.nack(1, first.header.ssrc, &[first.header.sequence]));
        world.inject(B.parse().unwrap(), packet)
    };
    let again = nack(&mut world);
    assert_eq!(again, [(path(B.parse().unwrap()), first.wire.clone())]);
    world.run_for(Duration::from_millis(600));
    assert_eq!(nack(&mut world), []);
    assert_eq!(world.clients[c].heard.len(), 1);
}

#[test]
fn nacks_are_answered_at_a_limited_rate() {
    let (mut world, a, b) = pair();
    world.say(a, b"x");
    world.run_for(Duration::from_millis(50));
    let heard = world.clients[b].heard[0].clone();
    let mut answers = 0;
    for _ in 0..700 {
        let nack = world.clients[b].report(|w| w.nack(1, heard.header.ssrc, &[heard.header.sequence]));
        answers += world.inject(B.parse().unwrap(), nack).len();
    }
    assert_eq!(answers, 200);
}

#[test]
fn the_relay_reports_to_each_leg_and_passes_no_report_on() {
    let (mut world, a, b) = pair();
    for _ in 0..120 {
        world.say(a, b"x");
    }
    let secret = world.clients[a].report(|writer| {
        writer.receiver_report(0x5ec_2e7, None);
        writer.description(0x5ec_2e7);
    });
    world.send(a, secret);
    world.run_for(Duration::from_secs(1));
    let caller = slot_ssrc(call(1), Slot::CALLER);
    let sr = world.clients[b]
        .asked
        .iter()
        .any(|i| matches!(i, Item::SenderReport { ssrc, .. } if *ssrc == caller));
    assert!(sr, "the listener got no sender report of the speaker");
    // The speaker gets a receiver report about its own source.
    let own = world.clients[a].ssrc.to_be_bytes();
    let rr = world.clients[a].rtcp.iter().any(|c| c[1] == 201 && c.len() > 12 && c[8..12] == own);
    assert!(rr, "the speaker got no receiver report");
    let all = world.clients.iter().flat_map(|client| &client.rtcp);
    assert!(all.into_iter().all(|c| !c.windows(4).any(|w| w == 0x5ec_2e7_u32.to_be_bytes())));
}
