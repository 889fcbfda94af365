//! What a hostile or broken client sends, and what it does not do to the others.

use super::*;

#[test]
fn a_flood_from_one_leg_is_cut_down_and_others_are_heard() {
    let (mut world, a, b) = pair();
    for _ in 0..5_000 {
        let packet = world.clients[a].say(b"x");
        world.inject(A.parse().unwrap(), packet);
    }
    assert!(world.count(Count::DropRateLimited) >= 4_000);
    world.say(b, b"y");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[a]), [b"y"]);
}

#[test]
fn a_leg_speaks_with_four_sources_at_most() {
    let (mut world, a, b) = pair();
    for ssrc in 1..=6 {
        world.clients[a].ssrc = ssrc;
        world.say(a, &[ssrc as u8]);
    }
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [[1], [2], [3], [4]]);
    assert_eq!(world.count(Count::DropTooManySources), 2);
}

#[test]
fn a_replayed_packet_is_not_forwarded_again() {
    let (mut world, a, _) = pair();
    let packet = world.clients[a].say(b"x");
    assert_eq!(world.inject(A.parse().unwrap(), packet.clone()).len(), 1);
    assert_eq!(world.inject(A.parse().unwrap(), packet).len(), 0);
    assert_eq!(world.count(Count::DropReplayed), 1);
}

#[test]
fn nothing_is_forwarded_that_the_sender_did_not_seal() {
    let (mut world, a, b) = pair();
    let mut forged = world.clients[a].say(b"x");
    *forged.last_mut().unwrap() ^= 1;
    assert!(world.inject(A.parse().unwrap(), forged).is_empty());
    // Sealed by b, sent from a's address.
    world.clients[b].payload_type = 100;
    let crossed = world.clients[b].say(b"x");
    assert!(world.inject(A.parse().unwrap(), crossed).is_empty());
    assert_eq!(world.count(Count::DropForged), 2);
}

#[test]
fn a_call_has_a_bounded_number_of_legs() {
    let mut world = World::new();
    world.consent = false;
    for n in 0..40u16 {
        world.join(1, (n % 4) as u8, &format!("192.0.2.1:{}", 100 + n));
    }
    world.run_for(Duration::from_millis(15));
    assert_eq!((world.count(Count::Legs), world.count(Count::DropFull)), (12, 28));
}

#[test]
fn empty_packets_and_wrong_padding_are_dropped() {
    let (mut world, a, b) = pair();
    let (pt, ssrc) = (world.clients[a].payload_type, world.clients[a].ssrc);
    for (flags, payload) in
        [(0x80, &b""[..]), (0xa0, &b"\0"[..]), (0xa0, &b"\x01"[..]), (0xa0, &b"ab\x09"[..])]
    {
        let mut packet = rtp::write_header(pt, 0, 0, ssrc).to_vec();
        packet[0] = flags;
        packet.extend(payload);
        let packet = world.clients[a].say_raw(packet);
        world.send(a, packet);
    }
    world.run_for(Duration::from_millis(50));
    assert!(world.clients[b].heard.is_empty());
    assert_eq!(world.count(Count::DropEmpty), 4);
}

#[test]
fn a_packet_that_would_not_fit_is_dropped() {
    let (mut world, a, b) = pair();
    let packet = world.clients[a].say(&[0; 1_480]);
    assert!(world.inject(A.parse().unwrap(), packet).is_empty());
    world.say(a, &[7; 1_300]);
    world.run_for(Duration::from_millis(50));
    assert_eq!(world.clients[b].heard.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A connected and a connecting leg are fed anything that begins like each kind of packet; the call goes on.
    #[test]
    fn no_bytes_from_a_known_address_disturb_the_call(
        packets in prop::collection::vec((0usize..6, prop::collection::vec(any::<u8>(), 0..1_600)), 1..60),
    ) {
        let (mut world, a, b) = pair();
        let mut connecting = Client::new(&world.identity, call(1), 2, D);
        let check = connecting.check(true);
        world.inject(connecting.address, check);
        for (kind, mut packet) in packets {
            let head: &[u8] = match kind {
                0 => &[0, 1],
                1 => &[22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1],
                2 => &[128, 100],
                3 => &[128, 205],
                4 => &[20, 254, 253],
                _ => &[],
            };
            let len = head.len().min(packet.len());
            packet[..len].copy_from_slice(&head[..len]);
            world.inject(A.parse().unwrap(), packet.clone());
            world.inject(D.parse().unwrap(), packet);
        }
        world.run_for(Duration::from_secs(2));
        world.say(a, b"x");
        world.say(b, b"y");
        world.run_for(Duration::from_millis(50));
        prop_assert_eq!(payloads(&world.clients[b]), [b"x"]);
        prop_assert_eq!(payloads(&world.clients[a]), [b"y"]);
    }

    /// Handshake messages of a real client, cut, altered and repeated.
    #[test]
    fn no_mangled_handshake_makes_the_relay_panic(
        mangling in prop::collection::vec((any::<u16>(), any::<u8>(), any::<bool>()), 0..30),
    ) {
        let mut world = World::new();
        let mut client = Client::new(&world.identity, call(1), 0, A);
        let check = client.check(true);
        let mut to_client: Vec<_> = world.inject(client.address, check);
        let mut mangling = mangling.into_iter();
        for _ in 0..8 {
            let now = world.now().at;
            let datagrams: Vec<_> = to_client.drain(..).flat_map(|(_, p)| client.receive(now, &p)).collect();
            for datagram in datagrams {
                let mut sent = datagram.clone();
                if let Some((at, xor, cut)) = mangling.next() {
                    let at = usize::from(at) % sent.len();
                    sent[at] ^= xor;
                    if cut { sent.truncate(at); }
                }
                to_client.extend(world.inject(client.address, sent));
            }
        }
    }
}
