//! Sealing and opening frames takes no memory once the buffers have grown. A test of its own, because the counter counts a
//! whole process.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use quietline::e2ee::sframe::{FrameReceiver, FrameSender};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc`.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn a_frame_is_sealed_and_opened_without_an_allocation() {
    let mut sender = FrameSender::new(&[1; 16], 300, 2).unwrap();
    let mut receiver = FrameReceiver::new();
    receiver.install(300, &[1; 16], [(1, 1), (2, 2)]).unwrap();
    let (mut sealed, mut frame) = (Vec::with_capacity(256), Vec::with_capacity(256));
    let mut pass = |times: u32| {
        for _ in 0..times {
            sender.seal(&[7; 80], &mut sealed).unwrap();
            receiver.open(2, &sealed, 0, &mut frame).unwrap();
            assert!(receiver.open(1, &sealed, 0, &mut frame).is_err());
            assert!(receiver.open(2, &sealed, 0, &mut frame).is_err());
        }
    };
    pass(1);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    pass(1_000);
    assert_eq!(ALLOCATIONS.load(Ordering::Relaxed) - before, 0);
}
