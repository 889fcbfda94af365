//! The rules for the relay, one test each, in simulated time.

#[allow(dead_code, reason = "each test binary uses its part of the client")]
#[path = "../support/relay_client.rs"]
mod relay_client;
#[path = "../support/relay_torment.rs"]
mod relay_torment;
#[allow(dead_code, reason = "each test binary uses its part of the world")]
#[path = "../support/relay_world.rs"]
mod relay_world;

mod admission;
mod floods;
mod hostile;
mod pair;
mod repair;
mod torment;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use proptest::prelude::*;
use quietline::{
    core::ids::Slot,
    legtoken::slot_ssrc,
    relay::{counters::Count, exchange::Exchange, placement::Placement, rtcp::Item, rtp},
};
use relay_client::{Client, MINTED_AT, call, keys};
use relay_world::{Sent, World, path};

const A: &str = "192.0.2.1:1000";
const B: &str = "192.0.2.2:2000";
const C: &str = "[2001:db8::3]:3000";
const D: &str = "192.0.2.4:4000";

fn pair() -> (World, usize, usize) {
    let mut world = World::new();
    let a = world.connect(1, 0, A);
    let b = world.connect(1, 1, B);
    (world, a, b)
}

fn payloads(client: &Client) -> Vec<&[u8]> {
    client.heard.iter().map(|heard| &heard.payload[..]).collect()
}

#[test]
fn the_legs_of_a_call_hear_each_other_and_nobody_else() {
    let (mut world, a, b) = pair();
    let c = world.connect(1, 3, C);
    let stranger = world.connect(2, 1, D);
    world.say(a, b"from a");
    world.say(b, b"from b");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[a]), [b"from b"]);
    assert_eq!(payloads(&world.clients[b]), [b"from a"]);
    assert_eq!(payloads(&world.clients[c]), [&b"from a"[..], b"from b"]);
    assert!(world.clients[stranger].heard.is_empty());
    let ssrcs: Vec<_> = world.clients[c].heard.iter().map(|heard| heard.header.ssrc).collect();
    assert_eq!(ssrcs, [slot_ssrc(call(1), Slot::CALLER), slot_ssrc(call(1), Slot::COUNSELLOR)]);
}

#[test]
fn audio_level_marker_sources_and_padding_never_leave_the_relay() {
    let (mut world, a, b) = pair();
    let client = &mut world.clients[a];
    let mut packet = rtp::write_header(client.payload_type, 0, 5, client.ssrc).to_vec();
    packet[0] |= 0x20 | 0x10 | 1;
    packet[1] |= 0x80;
    packet.extend([9; 4]);
    // One-byte extension, id 1: voice activity and a level of -18 dBov.
    packet.extend([0xbe, 0xde, 0, 1, 0x10, 0x92, 0, 0]);
    packet.extend(b"sealed\0\0\x03");
    let packet = client.say_raw(packet);
    world.send(a, packet);
    world.run_for(Duration::from_millis(50));
    let heard = &world.clients[b].heard[0];
    assert_eq!((heard.first_byte, heard.marker, heard.header.len), (0x80, false, 12));
    assert_eq!(heard.payload, b"sealed");
    assert_eq!(heard.wire.len(), 12 + 6 + 16);
}

#[test]
fn each_listener_hears_under_its_own_payload_type() {
    let (mut world, a, b) = pair();
    world.say(a, b"x");
    world.say(b, b"y");
    world.run_for(Duration::from_millis(50));
    assert_eq!(world.clients[b].heard[0].header.payload_type, 101);
    assert_eq!(world.clients[a].heard[0].header.payload_type, 100);
}

#[test]
fn only_the_payload_type_of_the_token_is_forwarded() {
    let (mut world, a, b) = pair();
    let ssrc = world.clients[a].ssrc;
    for other in [0, 13, 110, 126, 127] {
        let packet = world.clients[a].say_raw([&rtp::write_header(other, 0, 0, ssrc)[..], b"digit"].concat());
        world.send(a, packet);
    }
    world.run_for(Duration::from_millis(50));
    assert!(world.clients[b].heard.is_empty());
    assert_eq!(world.count(Count::DropPayloadType), 5);
}

#[test]
fn a_client_that_moves_is_followed_without_an_ice_restart() {
    let (mut world, a, b) = pair();
    world.say(a, b"before");
    world.consent = false;
    world.clients[b].address = D.parse().unwrap();
    let probe = world.clients[b].check(false);
    world.send(b, probe);
    world.say(a, b"probed only");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"before"]);
    let nominated = world.clients[b].check(true);
    world.send(b, nominated);
    world.run_for(Duration::from_millis(50));
    world.say(a, b"after");
    world.say(b, b"back");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [&b"before"[..], b"after"]);
    assert_eq!(payloads(&world.clients[a]), [b"back"]);
    assert_eq!((world.count(Count::HandshakesDone), world.count(Count::Moved)), (2, 1));
}

#[test]
fn a_client_whose_address_changes_under_it_is_followed_by_what_it_says() {
    let (mut world, a, b) = pair();
    world.say(b, b"here");
    world.consent = false;
    world.clients[b].address = D.parse().unwrap();
    // It does not know that its address is another now: it checks and nominates nothing anew.
    let consent = world.clients[b].check(false);
    world.send(b, consent);
    for _ in 0..25 {
        world.say(b, b"there");
    }
    assert_eq!(world.count(Count::Moved), 1);
    world.say(a, b"after");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"after"]);
}

#[test]
fn a_client_whose_address_changes_under_it_while_it_is_silent_is_followed_by_its_checks() {
    let (mut world, a, b) = pair();
    world.say(b, b"here");
    world.consent = false;
    world.clients[b].address = D.parse().unwrap();
    for _ in 0..4 {
        world.run_for(Duration::from_millis(2_500));
        let consent = world.clients[b].check(false);
        world.send(b, consent);
    }
    world.say(a, b"after");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"after"]);
}

#[test]
fn what_comes_from_another_path_moves_nothing_while_the_chosen_one_is_heard() {
    let (mut world, a, b) = pair();
    let elsewhere: SocketAddr = D.parse().unwrap();
    let check = world.clients[b].check(false);
    world.inject(elsewhere, check);
    for n in 0..50 {
        let packet = world.clients[b].say(b"x");
        world.send_from(if n % 2 == 0 { elsewhere } else { B.parse().unwrap() }, packet);
        world.run_for(Duration::from_millis(20));
    }
    world.say(a, b"x");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"x"]);
    assert_eq!(world.count(Count::Moved), 0);
}

#[test]
fn a_path_that_the_client_has_chosen_is_kept_while_it_tries_others() {
    let mut world = World::new();
    let a = world.connect(1, 0, A);
    let b = world.join(1, 1, B);
    world.consent = false;
    world.run_for(Duration::from_millis(15));
    let elsewhere: SocketAddr = "203.0.113.9:9".parse().unwrap();
    let probe = world.clients[b].check(false);
    world.inject(elsewhere, probe);
    world.run_until(|world| world.count(Count::LegsConnected) == 2);
    world.run_for(Duration::from_millis(50));
    world.say(a, b"x");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"x"]);
}

#[test]
fn a_leg_whose_connection_breaks_is_heard_on_its_other_path() {
    let (mut world, a, b) = pair();
    world.consent = false;
    world.clients[b].address = D.parse().unwrap();
    let probe = world.clients[b].check(false);
    world.inject(D.parse().unwrap(), probe);
    world.exchange.path_closed(path(B.parse().unwrap()));
    world.say(a, b"x");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"x"]);
}

#[test]
fn a_leg_has_few_addresses_and_keeps_the_chosen_one() {
    let (mut world, a, b) = pair();
    let address = |n: u16| SocketAddr::from(([203, 0, 113, 1], n));
    for n in 1..50 {
        let check = world.clients[b].check(false);
        world.inject(address(n), check);
    }
    world.say(a, b"x");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"x"]);
    let known = (1..50).filter(|n| world.exchange.knows(path(address(*n)))).count();
    assert_eq!(known, 7);
}

#[test]
fn an_address_that_is_no_longer_used_is_forgotten() {
    let (mut world, _, b) = pair();
    let elsewhere: SocketAddr = "203.0.113.9:9".parse().unwrap();
    let check = world.clients[b].check(false);
    world.inject(elsewhere, check);
    assert!(world.exchange.knows(path(elsewhere)));
    world.run_for(Duration::from_secs(33));
    assert!(!world.exchange.knows(path(elsewhere)));
    assert!(world.exchange.knows(path(B.parse().unwrap())));
}

#[test]
fn a_reload_goes_on_under_the_same_ssrc_with_unbroken_numbers() {
    let (mut world, a, b) = pair();
    for n in 0..60u8 {
        world.say(a, &[n]);
    }
    let reloaded = world.connect(1, 0, C);
    for n in 60..120u8 {
        world.say(reloaded, &[n]);
        // What the old page still says is no longer heard.
        let late = world.clients[a].say(b"late");
        world.send(a, late);
    }
    world.say(b, b"to the new page");
    world.run_for(Duration::from_secs(3));

    let heard = &world.clients[b].heard;
    assert_eq!(heard.iter().map(|h| h.payload[0]).collect::<Vec<_>>(), (0..120).collect::<Vec<_>>());
    for (before, after) in heard.iter().zip(&heard[1..]) {
        assert_eq!(after.header.ssrc, slot_ssrc(call(1), Slot::CALLER));
        assert_eq!(after.header.sequence, before.header.sequence.wrapping_add(1));
        let step = after.header.timestamp.wrapping_sub(before.header.timestamp);
        assert!((960..48_000).contains(&step), "{step}");
    }
    assert!(world.clients[a].heard.is_empty());
    assert_eq!(payloads(&world.clients[reloaded]), [b"to the new page"]);
    assert_eq!((world.count(Count::Replaced), world.count(Count::LegsConnected)), (1, 2));
    assert!(world.clients[a].closed);
}

#[test]
fn an_ice_restart_with_a_new_token_keeps_the_leg() {
    let (mut world, a, b) = pair();
    let token = world.clients[b].mint(&keys(), MINTED_AT as u32 + 100, 9);
    assert_ne!(token.ufrag, world.clients[b].token.ufrag);
    world.clients[b].token = token;
    world.clients[b].address = D.parse().unwrap();
    let check = world.clients[b].check(true);
    world.send(b, check);
    world.run_for(Duration::from_millis(50));
    world.say(a, b"x");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"x"]);
    assert_eq!((world.count(Count::LegsAdmitted), world.count(Count::Legs)), (2, 2));
}

#[test]
fn a_listener_who_joins_after_a_rollover_hears() {
    let (mut world, a, b) = pair();
    for _ in 0..100 {
        world.say(a, b"x");
    }
    let c = world.connect(1, 2, C);
    for _ in 0..5 {
        world.say(a, b"y");
    }
    world.run_for(Duration::from_millis(50));
    assert_eq!(world.clients[b].heard.len(), 105);
    assert_eq!(world.clients[c].heard.len(), 5);
}

#[test]
fn a_leg_that_sends_no_check_for_thirty_seconds_is_forgotten_with_all_that_it_had() {
    let (mut world, a, _) = pair();
    world.consent = false;
    world.run_for(Duration::from_secs(28));
    assert_eq!(world.count(Count::Legs), 2);
    let check = world.clients[a].check(true);
    world.send(a, check);
    world.run_for(Duration::from_secs(4));
    assert_eq!((world.count(Count::Legs), world.count(Count::ConsentExpired)), (1, 1));
    world.run_for(Duration::from_secs(30));
    assert_eq!((world.count(Count::Legs), world.count(Count::Calls)), (0, 0));
    assert!(!world.exchange.knows(path(A.parse().unwrap())));
}

#[test]
fn a_handshake_that_is_not_finished_is_given_up() {
    let mut world = World::new();
    let mut client = Client::new(&world.identity, call(1), 0, A);
    let check = client.check(true);
    world.inject(client.address, check);
    assert_eq!(world.count(Count::Legs), 1);
    world.run_for(Duration::from_secs(21));
    assert_eq!((world.count(Count::Legs), world.count(Count::HandshakesFailed)), (0, 1));
}

#[test]
fn a_handshake_survives_a_bad_network() {
    let mut world = World::new();
    world.loss = 20;
    world.jitter = Duration::from_millis(100);
    let a = world.join(1, 0, A);
    let b = world.join(1, 1, B);
    world.run_until(|world| world.clients[a].is_connected() && world.clients[b].is_connected());
    world.loss = 0;
    world.run_until(|world| world.count(Count::LegsConnected) == 2);
}

#[test]
fn a_leg_that_has_spoken_is_still_told_and_still_heard_when_the_call_ends() {
    let (mut world, a, b) = pair();
    world.say(a, b"x");
    world.say(b, b"y");
    let now = world.now().at;
    let dtls = world.clients[a].dtls.as_mut().unwrap();
    dtls.close(now);
    let goodbye = dtls.next_datagram().unwrap().to_vec();
    // What an attacker makes up ends nothing, before as well as after.
    let mut forged = goodbye.clone();
    *forged.last_mut().unwrap() ^= 1;
    world.inject(A.parse().unwrap(), forged);
    assert_eq!((world.count(Count::ClosedByClient), world.count(Count::Legs)), (0, 2));
    world.inject(A.parse().unwrap(), goodbye);
    assert_eq!((world.count(Count::ClosedByClient), world.count(Count::Legs)), (1, 1));

    let mut out = Sent::default();
    let now = world.now();
    world.exchange.cut(now, call(1), Slot::COUNSELLOR, MINTED_AT * 1000, &mut out);
    assert_eq!(out.0.len(), 1);
    for (_, packet) in &out.0 {
        world.clients[b].receive(now.at, packet);
    }
    assert!(world.clients[b].closed);
}

#[test]
fn a_client_that_closes_is_gone_at_once() {
    let (mut world, a, _) = pair();
    let now = world.now().at;
    let dtls = world.clients[a].dtls.as_mut().unwrap();
    dtls.close(now);
    let goodbye = dtls.next_datagram().unwrap().to_vec();
    world.inject(A.parse().unwrap(), goodbye);
    assert_eq!((world.count(Count::ClosedByClient), world.count(Count::Legs)), (1, 1));
}
