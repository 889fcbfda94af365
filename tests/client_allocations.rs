//! A client that speaks and hears allocates nothing for it.

#[path = "support/counted.rs"]
mod counted;
#[allow(dead_code, reason = "each test binary uses its part of the line")]
#[path = "client_world/line.rs"]
mod line;
#[allow(dead_code, reason = "each test binary uses its part of the world")]
#[path = "client_world/world.rs"]
mod world;

use std::time::Duration;

use quietline::client::MediaLevel;
use world::World;

#[test]
fn packets_cost_no_allocation_once_buffers_have_grown() {
    for level in [MediaLevel::Full, MediaLevel::Sealed, MediaLevel::Packets] {
        let mut world = World::in_call(level);
        world.run_for(Duration::from_secs(5));
        world.meter = counted::allocations;
        // Checks and pings allocate, every few seconds; between them are whole quarters of a second.
        let quarters = (0..40).map(|_| {
            world.spent = 0;
            world.run_for(Duration::from_millis(250));
            world.spent
        });
        let free = quarters.filter(|spent| *spent == 0).count();
        assert!(free >= 20, "{level:?}: {free} of 40 quarters of a second passed without an allocation");
    }
}
