//! The `quietline` binary.
fn main() {}
