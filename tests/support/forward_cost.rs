//! What forwarding costs in instructions, without sockets: `cargo run --release --example forward-cost -- CALLS PACKETS` for a time,
//! `scripts/instructions.sh` for a count that is the same on every machine.

#[allow(dead_code, reason = "this program uses its part of the client")]
#[path = "relay_client.rs"]
mod relay_client;
#[allow(dead_code, reason = "this program uses its part of the world")]
#[path = "relay_world.rs"]
mod relay_world;

use std::time::{Duration, Instant};

use quietline::relay::{
    exchange::{Exchange, MAX_PACKET},
    path::{Now, Outbox, Path},
};
use relay_world::{World, path};

/// Where packets would leave: buffers as a worker's.
struct Buffers {
    buffers: Box<[[u8; MAX_PACKET]]>,
    used: usize,
    sent: usize,
}

impl Outbox for Buffers {
    fn send(&mut self, path: Path, packet: &[u8]) {
        self.compose(path, |buffer| {
            buffer[..packet.len()].copy_from_slice(packet);
            Some(packet.len())
        });
    }

    fn compose(&mut self, _: Path, write: impl FnOnce(&mut [u8; MAX_PACKET]) -> Option<usize>) {
        self.used = (self.used + 1) % self.buffers.len();
        self.sent += usize::from(write(&mut self.buffers[self.used]).is_some());
    }

    fn close(&mut self, _: Path) {}
}

/// What is counted: `scripts/instructions.sh` knows it by this name.
#[inline(never)]
fn forward_all(exchange: &mut Exchange, now: Now, packets: &mut [(Path, Vec<u8>)], out: &mut Buffers) {
    for (from, packet) in packets {
        exchange.receive(now, *from, packet, out);
    }
}

#[allow(clippy::disallowed_methods, reason = "it measures time")]
fn main() {
    let mut arguments = std::env::args().skip(1).map(|n| n.parse::<usize>().expect("a number"));
    let calls = arguments.next().unwrap_or(4).clamp(1, 250);
    let rounds = arguments.next().unwrap_or(1_000) / calls;
    let mut world = World::new();
    for call in 0..calls {
        for slot in 0..2 {
            let address = format!("192.0.2.{}:{}", call % 250, 1_000 + call * 4 + slot);
            world.connect(call as u8 + 1, slot as u8, &address);
        }
    }
    let mut out = Buffers { buffers: vec![[0; MAX_PACKET]; 32].into(), used: 0, sent: 0 };
    let mut spent = Duration::ZERO;
    let mut expected = 0;
    for round in 0..rounds {
        world.run_for(Duration::from_millis(20));
        let mut packets: Vec<(Path, Vec<u8>)> = world
            .clients
            .iter_mut()
            .map(|client| (path(client.address), client.say(&[round as u8; 144])))
            .collect();
        let now = world.now();
        let began = Instant::now();
        forward_all(&mut world.exchange, now, &mut packets, &mut out);
        spent += began.elapsed();
        expected += packets.len();
    }
    assert_eq!(out.sent, expected, "not every packet was forwarded");
    println!("{} packets, {:.0} ns each", out.sent, spent.as_secs_f64() * 1e9 / out.sent as f64);
}
