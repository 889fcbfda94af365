//! Who is let in, and who is kept out.

use super::*;

#[test]
fn nothing_is_learnt_from_a_check_without_the_password() {
    let mut world = World::new();
    let mut client = Client::new(&world.identity, call(1), 0, A);
    let forged = client.check_as(true, false, "not the password at all");
    assert!(world.inject(client.address, forged).is_empty());
    let forged = client.check_as(false, true, "not the password at all");
    assert!(world.inject(client.address, forged).is_empty());
    assert_eq!((world.count(Count::DropStunForged), world.count(Count::Legs)), (2, 0));

    let (mut world, a, b) = pair();
    let elsewhere: SocketAddr = "203.0.113.9:9".parse().unwrap();
    let forged = world.clients[b].check_as(true, false, "not the password at all");
    world.inject(elsewhere, forged);
    world.say(a, b"x");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"x"]);
}

#[test]
fn there_is_no_handshake_before_a_valid_check_from_the_same_address() {
    let (mut world, a, _) = pair();
    let mut client = Client::new(&world.identity, call(1), 0, C);
    // The client begins its handshake when its check is answered; here the answer is made up from another world.
    let mut other = World::new();
    std::mem::swap(&mut other.identity, &mut world.identity);
    let check = client.check(true);
    let answer = world.inject(client.address, check).remove(0).1;
    let hello = client.receive(world.now().at, &answer).remove(0);
    let elsewhere: SocketAddr = "203.0.113.9:9".parse().unwrap();
    assert!(world.inject(elsewhere, hello).is_empty());
    let audio = world.clients[a].say(b"x");
    assert!(world.inject(elsewhere, audio).is_empty());
    assert_eq!(world.count(Count::DropUnknownAddress), 2);
}

#[test]
fn an_expired_token_admits_no_leg_but_never_ends_one() {
    let (mut world, a, b) = pair();
    world.run_for(Duration::from_secs(120));
    world.say(a, b"still here");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[b]), [b"still here"]);

    let late = world.join(1, 2, C);
    world.run_for(Duration::from_secs(3));
    assert!(!world.clients[late].is_connected());
    assert!(world.count(Count::DropTokenExpired) > 0);
}

#[test]
fn a_tampered_token_or_one_of_another_key_admits_no_leg() {
    let mut world = World::new();
    let at = world.join(1, 0, A);
    world.run_for(Duration::from_millis(50));
    let mut stranger = Client::new(&world.identity, call(1), 1, B);
    stranger.token = stranger.mint(&quietline::legtoken::LegKeys::new(&[8; 32], None), u32::MAX, 1);
    let check = stranger.check(true);
    assert!(world.inject(stranger.address, check).is_empty());
    let mut tampered = Client::new(&world.identity, call(1), 1, B);
    let last = tampered.token.ufrag.pop().unwrap();
    tampered.token.ufrag.push(if last == 'A' { 'B' } else { 'A' });
    let check = tampered.check(true);
    assert!(world.inject(tampered.address, check).is_empty());
    assert_eq!((world.count(Count::DropTokenRefused), world.count(Count::Legs)), (2, 1));
    assert!(world.clients[at].answered > 0);
}

#[test]
fn a_call_of_another_worker_is_refused() {
    let mut world = World::new();
    world.consent = false;
    let placement = Arc::new(Placement::new(2));
    assert_eq!([call(1), call(2)].map(|call| placement.worker_of(call)), [0, 1]);
    world.exchange = Exchange::new(keys(), world.identity.clone(), None).for_worker(0, placement);
    world.join(1, 0, A);
    world.join(2, 0, B);
    world.run_for(Duration::from_millis(50));
    assert_eq!((world.count(Count::DropOtherWorker), world.count(Count::Legs)), (1, 1));
}

#[test]
fn a_client_that_claims_to_be_controlled_is_told_of_the_conflict() {
    let (mut world, a, _) = pair();
    let pwd = world.clients[a].token.pwd.clone();
    let check = world.clients[a].check_as(false, true, &pwd);
    world.send(a, check);
    world.run_for(Duration::from_millis(50));
    assert_eq!((world.clients[a].conflicts, world.count(Count::RoleConflict)), (1, 1));
}

#[test]
fn another_certificate_than_the_tokens_gets_no_keys() {
    let mut world = World::new();
    let at = world.join(1, 0, A);
    world.clients[at].identity = quietline::relay::dtls::Identity::generate().unwrap();
    world.run_for(Duration::from_secs(5));
    assert_eq!((world.count(Count::HandshakesDone), world.count(Count::HandshakesFailed)), (0, 1));
    assert!(world.clients[at].closed && world.clients[at].sealer.is_none());
}

#[test]
fn a_check_with_an_attribute_that_must_be_understood_and_is_not_teaches_nothing() {
    let mut world = World::new();
    let mut client = Client::new(&world.identity, call(1), 0, A);
    let check = client.check_with(0x7abc);
    let answers = world.inject(client.address, check);
    assert_eq!((answers.len(), world.count(Count::UnknownAttribute)), (1, 1));
    assert_eq!(answers[0].1[..2], [0x01, 0x11], "a binding error");
    assert_eq!((world.count(Count::Legs), world.exchange.knows(path(client.address))), (0, false));
}

fn cut(world: &mut World, slot: Slot, minted_until_ms: u64) -> Vec<Vec<u8>> {
    let mut out = Sent::default();
    let now = world.now();
    world.exchange.cut(now, call(1), slot, minted_until_ms, &mut out);
    out.0.into_iter().map(|(_, packet)| packet).collect()
}

/// A client of that slot whose token was minted so many seconds after the others'.
fn client_of_later(world: &World, slot: u8, address: &str, seconds: u64) -> Client {
    let mut client = Client::new(&world.identity, call(1), slot, address);
    client.token = client.mint(&keys(), (MINTED_AT + 60 + seconds) as u32, 2);
    client
}

#[test]
fn a_leg_that_is_cut_is_told_and_stays_out() {
    let (mut world, a, b) = pair();
    let goodbyes = cut(&mut world, Slot::COUNSELLOR, MINTED_AT * 1000);
    assert_eq!(world.count(Count::Cut), 1);
    let now = world.now().at;
    for packet in &goodbyes {
        world.clients[b].receive(now, packet);
    }
    assert!(world.clients[b].closed);
    let check = world.clients[b].check(true);
    assert!(world.inject(B.parse().unwrap(), check).is_empty());
    assert_eq!(world.count(Count::DropCut), 1);
    let audio = world.clients[a].say(b"x");
    assert!(world.inject(A.parse().unwrap(), audio).is_empty());
}

#[test]
fn a_token_that_was_never_used_is_cut_with_the_seat_whatever_its_certificate() {
    let (mut world, _, _) = pair();
    let mut unused = Client::new(&world.identity, call(1), 1, D);
    cut(&mut world, Slot::COUNSELLOR, MINTED_AT * 1000);
    let check = unused.check(true);
    assert!(world.inject(unused.address, check).is_empty());
    assert_eq!((world.count(Count::DropCut), world.count(Count::Legs)), (1, 1));
}

#[test]
fn a_seat_that_was_cut_before_anybody_sat_there_is_closed_as_well() {
    let mut world = World::new();
    let mut unused = Client::new(&world.identity, call(1), 0, A);
    cut(&mut world, Slot::CALLER, MINTED_AT * 1000);
    let check = unused.check(true);
    assert!(world.inject(unused.address, check).is_empty());
    assert_eq!((world.count(Count::DropCut), world.count(Count::Legs)), (1, 0));
}

#[test]
fn whoever_takes_a_seat_after_a_cut_is_heard_and_a_late_cut_does_not_touch_them() {
    let (mut world, a, _) = pair();
    cut(&mut world, Slot::COUNSELLOR, MINTED_AT * 1000);
    let mut successor = client_of_later(&world, 1, C, 1);
    let check = successor.check(true);
    world.clients.push(successor);
    let at = world.clients.len() - 1;
    world.send(at, check);
    world.run_until(|world| world.clients[at].is_connected());
    world.run_for(Duration::from_millis(50));
    cut(&mut world, Slot::COUNSELLOR, MINTED_AT * 1000 + 999);
    world.say(a, b"y");
    world.run_for(Duration::from_millis(50));
    assert_eq!(payloads(&world.clients[at]), [b"y"]);
}

#[test]
fn a_worker_that_begins_anew_keeps_its_totals_and_who_was_cut() {
    let (mut world, _, b) = pair();
    cut(&mut world, Slot::COUNSELLOR, MINTED_AT * 1000);
    let before = world.count(Count::LegsAdmitted);
    world.exchange = world.exchange.restarted();
    assert_eq!((world.count(Count::WorkerRestarts), world.count(Count::Legs)), (1, 0));
    assert_eq!((world.count(Count::LegsAdmitted), world.count(Count::LegsConnected)), (before, 0));
    let check = world.clients[b].check(true);
    assert!(world.inject(B.parse().unwrap(), check).is_empty());
    assert_eq!(world.count(Count::DropCut), 1);
    // Everybody else comes back with the token they have, or with a fresh one.
    let mut again = client_of_later(&world, 0, D, 1);
    let check = again.check(true);
    assert_eq!(world.inject(again.address, check).len(), 1);
}
