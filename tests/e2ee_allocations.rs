//! Sealing and opening frames takes no memory once the buffers have grown.

#[path = "support/counted.rs"]
mod counted;

use quietline::e2ee::sframe::{FrameReceiver, FrameSender};

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
    let before = counted::allocations();
    pass(1_000);
    assert_eq!(counted::allocations() - before, 0);
}
