//! Fuzzes the receiver.
#![no_main]

#[path = "../../tests/support/counted.rs"]
mod counted;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    quietline_fuzz::receiver::torment(bytes, counted::allocations);
});
