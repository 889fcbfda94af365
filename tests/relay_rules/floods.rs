//! Floods beside running calls, at ten times the rate of all their packets: no call loses a packet, memory stays bounded, and
//! the counters say what came.

use quietline::relay::dtls::{Dtls, Identity};

use super::*;

const CALLS: u8 = 5;
const ROUNDS: u32 = 100;
/// A leg of a call of its own, which says nothing unless a test lets it.
const LOUD: usize = 2 * CALLS as usize;
/// Two legs a call say a packet in each round.
const FLOOD: u32 = 10 * 2 * CALLS as u32;

/// Random bytes, the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| (self.next() >> 32) as u8).collect()
    }

    fn address(&mut self) -> SocketAddr {
        let [a, b, c, d, e, f, ..] = self.next().to_be_bytes();
        SocketAddr::from(([198, 18 + a % 2, b, c], u16::from_be_bytes([d | e | 1, f])))
    }
}

/// Calls that talk for two seconds while `flood` makes a packet and where it seems to come from, ten times for each of
/// theirs. Gives the world, and how many bytes it answered.
fn beside(mut flood: impl FnMut(&mut World, &mut Random) -> (SocketAddr, Vec<u8>)) -> (World, usize) {
    let mut world = World::new();
    for call in 1..=CALLS {
        for slot in 0..2 {
            world.connect(call, slot, &format!("192.0.2.{call}:{}", 1_000 + u16::from(slot)));
        }
    }
    let stranger = world.connect(CALLS + 1, 0, "203.0.113.5:5000");
    assert_eq!(stranger, LOUD);
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (legs, mut answered) = (world.count(Count::Legs), 0);
    for round in 0..ROUNDS {
        for at in 0..LOUD {
            let packet = world.clients[at].say(&round.to_be_bytes());
            world.send(at, packet);
        }
        for _ in 0..FLOOD {
            let (from, packet) = flood(&mut world, &mut random);
            answered += world.inject(from, packet).iter().map(|(_, packet)| packet.len()).sum::<usize>();
        }
        world.run_for(Duration::from_millis(20));
    }
    world.run_for(Duration::from_secs(1));
    for client in &world.clients[..LOUD] {
        let heard: Vec<u32> = client
            .heard
            .iter()
            .map(|heard| u32::from_be_bytes(heard.payload[..].try_into().unwrap()))
            .collect();
        assert!(heard == (0..ROUNDS).collect::<Vec<_>>(), "{} of {ROUNDS} were heard", heard.len());
    }
    assert_eq!(world.count(Count::Legs), legs);
    (world, answered)
}

const SENT: u64 = (ROUNDS * FLOOD) as u64;

#[test]
fn random_bytes_from_anywhere_are_dropped_unanswered() {
    let (world, answered) = beside(|_, random| {
        let len = (random.next() % 400) as usize;
        (random.address(), random.bytes(len))
    });
    assert_eq!(answered, 0);
    let kinds = [Count::DropUnknownAddress, Count::DropStunMalformed, Count::DropUnknownKind];
    assert_eq!(kinds.map(|kind| world.count(kind)).iter().sum::<u64>(), SENT);
}

#[test]
fn random_bytes_under_the_address_of_a_leg_are_dropped_unanswered() {
    let (world, answered) = beside(|world, random| {
        let (leg, len) = (random.next() as usize % world.clients.len(), random.next() as usize % 400);
        // An association's own alerts are read at a rate; whatever else is DTLS is taken for a lost last flight.
        let mut packet = random.bytes(len);
        if let Some(first) = packet.first_mut().filter(|first| (20..64).contains(*first)) {
            *first = 200;
        }
        (world.clients[leg].address, packet)
    });
    assert_eq!(answered, 0);
    let kinds = [
        Count::DropForged,
        Count::DropMalformed,
        Count::DropReplayed,
        Count::DropTooManySources,
        Count::DropStunMalformed,
        Count::DropUnknownKind,
    ];
    assert_eq!(kinds.map(|kind| world.count(kind)).iter().sum::<u64>(), SENT);
}

#[test]
fn checks_with_a_real_user_name_and_a_wrong_password_make_nothing_and_get_no_answer() {
    let (world, answered) = beside(|world, random| {
        let leg = random.next() as usize % world.clients.len();
        (random.address(), world.clients[leg].check_as(true, false, "not the password at all"))
    });
    assert_eq!((answered, world.count(Count::DropStunForged)), (0, SENT));
    assert_eq!(world.count(Count::Moved), 0);
}

#[test]
fn hellos_from_unknown_addresses_make_no_handshake() {
    let mut hello = None;
    let (world, answered) = beside(|world, random| {
        let hello = hello.get_or_insert_with(|| client_hello(world));
        (random.address(), hello.clone())
    });
    assert_eq!((answered, world.count(Count::DropUnknownAddress)), (0, SENT));
}

#[test]
fn hellos_under_the_address_of_a_leg_are_answered_at_a_rate_and_its_goodbye_is_still_heard() {
    let mut hello = None;
    let (mut world, answered) = beside(|world, random| {
        let hello = hello.get_or_insert_with(|| client_hello(world)).clone();
        (world.clients[random.next() as usize % LOUD].address, hello)
    });
    // The last flight, at most ten times a second and twenty at once, on ten legs.
    assert!(answered < LOUD * 40 * 200, "{answered} bytes");
    assert_eq!(world.count(Count::LegsConnected), LOUD as u64 + 1);
    let now = world.now().at;
    let dtls = world.clients[0].dtls.as_mut().unwrap();
    dtls.close(now);
    let goodbye = dtls.next_datagram().unwrap().to_vec();
    world.inject(world.clients[0].address, goodbye);
    assert_eq!(world.count(Count::ClosedByClient), 1);
}

fn client_hello(world: &World) -> Vec<u8> {
    let stranger = Identity::generate().unwrap();
    let mut dtls = Dtls::client(&stranger, *world.identity.fingerprint(), world.now().at).unwrap();
    dtls.next_datagram().unwrap().to_vec()
}

#[test]
fn forged_sources_under_the_address_of_a_leg_take_nothing_from_it() {
    let (world, answered) = beside(|world, random| {
        let leg = random.next() as usize % world.clients.len();
        let client = &world.clients[leg];
        let header = rtp::write_header(client.payload_type, random.next() as u16, 0, random.next() as u32);
        (client.address, [&header[..], &random.bytes(140)].concat())
    });
    assert_eq!((answered, world.count(Count::DropForged)), (0, SENT));
    assert_eq!(world.count(Count::DropRateLimited), 0);
}

#[test]
fn a_leg_that_sends_a_hundred_times_its_rate_is_cut_down_and_the_others_lose_nothing() {
    let (world, answered) = beside(|world, _| {
        let packet = world.clients[LOUD].say(b"loud");
        (world.clients[LOUD].address, packet)
    });
    let two_seconds_and_what_was_saved = 3 * 800;
    assert!(world.count(Count::DropRateLimited) >= SENT - two_seconds_and_what_was_saved);
    assert_eq!(answered, 0);
}
