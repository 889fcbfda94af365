//! The encoder follows what the relay reports, and comes back when it has nothing to report.

use std::time::Duration;

use quietline::{
    audio::{FrameLength, Plan},
    client::MediaLevel,
};

use crate::{line::Side, world::World};

const BOTH: [Side; 2] = [Side::Caller, Side::Staff];

fn plans(world: &mut World) -> [Plan; 2] {
    BOTH.map(|side| world.person(side).endpoint.plan().expect("a full endpoint in a call has a plan"))
}

/// Sealed bytes a second of what a person sends.
fn sent_in_5_s(world: &mut World, side: Side) -> (u64, u64) {
    let before = world.person(side).endpoint.stats().clone();
    world.run_for(Duration::from_secs(5));
    let after = world.person(side).endpoint.stats();
    (after.packets_sent - before.packets_sent, after.bytes_sent - before.bytes_sent)
}

#[test]
fn the_encoder_follows_losses_and_comes_back() {
    let mut world = World::in_call(MediaLevel::Full);
    world.run_for(Duration::from_secs(3));
    assert_eq!(plans(&mut world), [Plan::USUAL; 2]);
    let (packets, usual) = sent_in_5_s(&mut world, Side::Caller);
    assert!((245..=255).contains(&packets), "{packets}");

    world.loss = 40;
    // Repair leaves little of it, not the same in each second, and reports are lost, too.
    let adapted =
        |plan: &Plan| plan.bitrate > Plan::USUAL.bitrate && plan.expected_loss > Plan::USUAL.expected_loss;
    let seconds = (1..=30).find(|_| {
        world.run_for(Duration::from_secs(1));
        plans(&mut world).iter().all(adapted)
    });
    assert!(seconds.is_some(), "{:?}", plans(&mut world));
    let (_, lossy) = sent_in_5_s(&mut world, Side::Caller);
    assert!(lossy > usual * 105 / 100, "{lossy} bytes where there were {usual}");

    world.loss = 0;
    world.run_for(Duration::from_secs(90));
    assert_eq!(plans(&mut world), [Plan::USUAL; 2]);
}

#[test]
fn the_encoder_follows_a_queue_that_grows_and_comes_back() {
    let mut world = World::in_call(MediaLevel::Full);
    world.run_for(Duration::from_secs(3));
    world.delay = 200;
    world.run_for(Duration::from_secs(4));
    for plan in plans(&mut world) {
        assert_eq!((plan.bitrate, plan.frame), (16_000, FrameLength::Ms60), "{plan:?}");
    }
    let (packets, _) = sent_in_5_s(&mut world, Side::Staff);
    assert!((80..=87).contains(&packets), "{packets} packets of 60 ms in 5 s");

    world.delay = 10;
    world.run_for(Duration::from_secs(90));
    assert_eq!(plans(&mut world), [Plan::USUAL; 2]);
    for side in BOTH {
        assert_eq!(world.person(side).endpoint.stats().frames_refused, 0);
    }
}
