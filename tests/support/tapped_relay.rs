//! `quietline relay` with a tap: prints what it forwards as JSON lines, so that a test can prove it to be ciphertext.
//!
//! The shipped binary has no such facility; this one is built only with the tests (`cargo build --example tapped-relay`).

use std::{io::Write, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Parser;
use quietline::{
    cli::relay::{RunArgs, run_until_stopped},
    relay::observer::{Forwarded, Observer},
};

#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    run: RunArgs,
}

struct Tap;

impl Observer for Tap {
    fn forwarded(&self, packet: &Forwarded<'_>) {
        let line = serde_json::json!({
            "call": packet.call,
            "from": packet.from,
            "to": packet.to,
            "header": STANDARD.encode(packet.header),
            "payload": STANDARD.encode(packet.payload),
            "wire": STANDARD.encode(packet.wire),
        });
        // Whoever reads may have had enough.
        let _ = writeln!(std::io::stdout().lock(), "{line}");
    }
}

fn main() -> anyhow::Result<()> {
    run_until_stopped(&Arguments::parse().run, Some(Arc::new(Tap)))
}
