//! Forwarding a packet allocates nothing.

#[path = "support/counted.rs"]
mod counted;
#[allow(dead_code, reason = "each test binary uses its part of the client")]
#[path = "support/relay_client.rs"]
mod relay_client;
#[allow(dead_code, reason = "each test binary uses its part of the world")]
#[path = "support/relay_world.rs"]
mod relay_world;

use std::time::Duration;

use quietline::relay::{
    counters::Count,
    path::{Outbox, Path},
};
use relay_world::{World, path};

struct Nowhere(usize);

impl Outbox for Nowhere {
    fn send(&mut self, _: Path, _: &[u8]) {
        self.0 += 1;
    }

    fn close(&mut self, _: Path) {}
}

#[test]
fn forwarding_and_answering_a_nack_allocate_nothing() {
    let mut world = World::new();
    let a = world.connect(1, 0, "192.0.2.1:1");
    let b = world.connect(1, 1, "192.0.2.2:2");
    world.connect(1, 2, "192.0.2.3:3");
    world.say(a, &[7; 120]);
    world.run_for(Duration::from_millis(50));

    let heard = world.clients[b].heard[0].header;
    let from = path(world.clients[a].address);
    let mut packets: Vec<_> = (0..300)
        // One packet in ten is lost, so that asking for it is measured, too.
        .filter_map(|n| Some(world.clients[a].say(&[n as u8; 120])).filter(|_| n % 10 != 5))
        .collect();
    let mut nack = world.clients[b].report(|w| w.nack(1, heard.ssrc, &[heard.sequence]));
    let listener = path(world.clients[b].address);
    let mut out = Nowhere(0);
    let now = world.now();
    let before = counted::allocations();
    world.exchange.receive(now, listener, &mut nack, &mut out);
    for packet in &mut packets {
        world.exchange.receive(now, from, packet, &mut out);
    }
    let allocated = counted::allocations() - before;
    assert_eq!(out.0, 2 * 270 + 1);
    assert_eq!(world.count(Count::NackAnswered), 1);
    assert_eq!(allocated, 0);
}
