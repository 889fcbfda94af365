//! A client that speaks and hears allocates nothing for it.

#[allow(dead_code, reason = "each test binary uses its part of the line")]
#[path = "client_world/line.rs"]
mod line;
#[allow(dead_code, reason = "each test binary uses its part of the world")]
#[path = "client_world/world.rs"]
mod world;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    time::Duration,
};

use quietline::client::MediaLevel;
use world::World;

/// Counts what the thread of the test allocates.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending has no counter any more, and is not the one that is measured.
    let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
}

// An allocator cannot be written without `unsafe`; this one only counts and hands on to the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn packets_cost_no_allocation_once_buffers_have_grown() {
    for level in [MediaLevel::Full, MediaLevel::Sealed, MediaLevel::Packets] {
        let mut world = World::in_call(level);
        world.run_for(Duration::from_secs(5));
        world.meter = || ALLOCATIONS.with(Cell::get);
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
