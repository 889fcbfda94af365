//! A receiver that has warmed up does not allocate, whatever it has to repair; a sender neither.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    time::Duration,
};

use quietline::audio::{Frame, Receiver, ReceiverSettings, Sender, SenderSettings};

struct Counting;

thread_local! {
    /// Of this thread: the test harness has others.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn frames_in_and_sound_out_without_an_allocation() {
    let mut sender = Sender::new(SenderSettings::default()).unwrap();
    let mut receiver = Receiver::new(ReceiverSettings::default()).unwrap();
    let started = ALLOCATIONS.get();
    let mut pcm = [0_i16; 480];
    for tick in 0..3_000_u64 {
        for (i, sample) in pcm.iter_mut().enumerate() {
            *sample = ((tick as usize * 480 + i) % 300 * 40) as i16;
        }
        let now = Duration::from_millis(tick * 10);
        if let Some(frame) = sender.push_10ms(&pcm).unwrap() {
            // One in seven is lost, one in five is late, a stall in every third second.
            let late = if frame.sequence % 5 == 0 { 30 } else { 0 } + if tick % 300 > 280 { 150 } else { 0 };
            if frame.sequence % 7 != 0 {
                let arrival = now + Duration::from_millis(late);
                receiver.insert(Frame {
                    sequence: frame.sequence,
                    timestamp: frame.timestamp,
                    payload: frame.payload,
                    arrival,
                });
            }
        }
        receiver.pull_10ms(now);
    }
    assert_eq!(ALLOCATIONS.get() - started, 0);
    assert!(receiver.stats().concealed > 0);
}
