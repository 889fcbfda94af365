//! The openmls side of the interoperability tests: JSON lines on standard input and output, for the tests of
//! `web/src/e2ee` to drive. `cargo build --example mls_peer`; `docs/e2ee.md` lists the commands. Not part of the product.

#[path = "../e2ee/loose.rs"]
#[allow(dead_code, reason = "the tests of the rules need the rest of it")]
mod loose;
mod party;
mod requests;

use std::io::{self, BufRead as _, Write as _};

use serde_json::{Value, json};

use party::Peer;
use requests::{Fault, Request};

fn main() -> io::Result<()> {
    let mut peer = Peer::default();
    for line in io::stdin().lock().lines() {
        let answer = answer(&mut peer, &line?);
        writeln!(io::stdout().lock(), "{answer}")?;
    }
    Ok(())
}

fn answer(peer: &mut Peer, line: &str) -> Value {
    let request: Value = serde_json::from_str(line).unwrap_or_default();
    let id = request["id"].clone();
    match Request::new(request).and_then(|request| peer.handle(&request)) {
        Ok(mut fields) => {
            fields["id"] = id;
            fields["ok"] = json!(true);
            fields
        }
        Err(Fault { refusal, message }) => {
            json!({ "id": id, "ok": false, "refusal": refusal, "message": message })
        }
    }
}
