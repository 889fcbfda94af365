//! Bytes from the network that are no messages, or nearly: nothing panics, and the group stays as it was.

use std::cell::RefCell;

use proptest::prelude::*;
use quietline::e2ee::{Member, inspect_key_package};

use crate::{
    group::call_of_two,
    staff::{Line, fresh_seed, now},
};

/// A call, and one real message of each kind that its caller could be sent.
struct Bench {
    line: Line,
    caller: Member,
    real: Vec<Vec<u8>>,
}

impl Bench {
    fn new() -> Self {
        let line = Line::new();
        let (mut sam, caller) = call_of_two(&line);
        let key_package = line.staff(fresh_seed()).key_package(now()).unwrap();
        let pending = sam.prepare_add(&key_package, now()).unwrap();
        sam.discard().unwrap();
        let application = sam.seal(b"words").unwrap();
        Self { line, caller, real: vec![key_package, pending.welcome.unwrap(), pending.commit, application] }
    }

    /// Feeds every reader. Whatever happens, the caller's epoch does not change.
    fn feed(&mut self, bytes: &[u8]) {
        let before = self.caller.current().cloned();
        let mut outside = self.line.caller([1; 32]);
        let _ = outside.join(bytes, now());
        let _ = inspect_key_package(bytes, &self.line.authority.public(), now());
        let _ = self.caller.prepare_add(bytes, now());
        let _ = self.caller.apply_commit(bytes, now());
        let _ = self.caller.open(bytes);
        assert_eq!(self.caller.current().cloned(), before);
    }
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        BENCH.with_borrow_mut(|bench| bench.feed(&bytes));
    }

    #[test]
    fn bytes_that_begin_like_a_message(kind in 1..8_u8, bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        BENCH.with_borrow_mut(|bench| bench.feed(&[&[0, 1, 0, kind], bytes.as_slice()].concat()));
    }

    #[test]
    fn real_messages_with_one_byte_changed(which in 0..4_usize, at: prop::sample::Index, to in 1..=255_u8) {
        BENCH.with_borrow_mut(|bench| {
            let mut bytes = bench.real[which].clone();
            *at.get_mut(&mut bytes) ^= to;
            bench.feed(&bytes);
        });
    }

    #[test]
    fn real_messages_cut_short_or_with_a_tail(which in 0..4_usize, at: prop::sample::Index, tail in 0..3_usize) {
        BENCH.with_borrow_mut(|bench| {
            let whole = bench.real[which].clone();
            bench.feed(&whole[..at.index(whole.len())]);
            bench.feed(&[whole.as_slice(), &vec![0; tail + 1]].concat());
        });
    }
}

#[test]
fn a_length_that_promises_more_than_there_is_takes_no_memory() {
    BENCH.with_borrow_mut(|bench| {
        for kind in 1..8 {
            // A vector header for 2^30 - 1 bytes, where each kind has its first vector.
            for offset in 0..8 {
                let mut bytes = vec![0, 1, 0, kind];
                bytes.resize(4 + offset, 0);
                bytes.extend_from_slice(&[0xbf, 0xff, 0xff, 0xff]);
                bench.feed(&bytes);
            }
        }
        bench.feed(&vec![0; 1 << 20]);
    });
}
