//! Fuzzes what reads traces and WAV files.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| quietline_fuzz::files::read(bytes));
