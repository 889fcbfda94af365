//! Fuzzes everything that reads what the network brings: STUN, DTLS, SRTP, SRTCP.
#![no_main]

#[allow(dead_code, reason = "this program uses its part of the client")]
#[path = "../../../tests/support/relay_client.rs"]
mod relay_client;
#[path = "../../../tests/support/relay_torment.rs"]
mod relay_torment;
#[allow(dead_code, reason = "this program uses its part of the world")]
#[path = "../../../tests/support/relay_world.rs"]
mod relay_world;

use std::cell::RefCell;

use relay_torment::Tormented;

thread_local! {
    static TORMENTED: RefCell<Option<Tormented>> = const { RefCell::new(None) };
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    TORMENTED.with_borrow_mut(|tormented| tormented.get_or_insert_with(Tormented::new).torment(bytes));
});
