//! `quietline relay` and `quietline relay token`, driven as commands.

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use quietline::{
    core::ids::{CallId, Slot},
    legtoken::{LegKeys, slot_ssrc},
};
use serde_json::Value;

const CALL: &str = "0123456789abcdef0123456789abcdef";

fn quietline(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quietline"));
    command.args(args);
    command
}

fn token(key_file: &Path, more: &[&str]) -> Output {
    quietline(&["relay", "token", "--call", CALL, "--key-file"]).arg(key_file).args(more).output().unwrap()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A relay that listens, and what it said of itself.
fn relay(key_file: &Path, port: &str) -> (Running, Value) {
    let mut child = quietline(&["relay", "--listen", "127.0.0.1", "--json", "--port", port, "--key-file"])
        .arg(key_file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Running(child), serde_json::from_str(&line).unwrap())
}

#[test]
fn a_relay_makes_its_key_file_says_where_it_listens_and_stops_on_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("leg.keys");
    let (mut running, said) = relay(&key_file, "0");
    assert_eq!(said["fingerprint"].as_str().unwrap().len(), 64);
    assert_eq!(said["addresses"][0], "127.0.0.1");
    assert!(said["ports"][0].as_u64().unwrap() > 0);
    assert_eq!(std::fs::metadata(&key_file).unwrap().permissions().mode() & 0o777, 0o600);

    let pid = nix::unistd::Pid::from_raw(running.0.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert!(running.0.wait().unwrap().success());
}

#[test]
fn a_token_is_minted_for_the_slot_and_certificate_that_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("leg.keys");
    let (_running, _) = relay(&key_file, "0");
    let fingerprint = ["AB"; 32].join(":");
    let output =
        token(&key_file, &["--slot", "1", "--fingerprint", &fingerprint, "--payload-type", "109", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();

    let keys = LegKeys::load(&key_file).unwrap();
    let ufrag = said["ufrag"].as_str().unwrap();
    let grant = keys.open(ufrag, 0).unwrap();
    let call: CallId = CALL.parse().unwrap();
    assert_eq!((grant.call, grant.slot, grant.payload_type), (call, Slot::COUNSELLOR, 109));
    assert_eq!(grant.fingerprint, [0xab; 32]);
    assert_eq!(said["pwd"], keys.password(ufrag).unwrap());
    let ssrcs: Vec<_> =
        said["streams"].as_array().unwrap().iter().map(|s| s["ssrc"].as_u64().unwrap()).collect();
    let others = Slot::all().filter(|slot| *slot != Slot::COUNSELLOR);
    assert_eq!(ssrcs, others.map(|slot| u64::from(slot_ssrc(call, slot))).collect::<Vec<_>>());

    let plain = token(&key_file, &["--slot", "1", "--fingerprint", &fingerprint]);
    let text = String::from_utf8(plain.stdout).unwrap();
    assert!(text.contains("ufrag ") && text.contains("pwd ") && text.contains("SSRC"), "{text}");
}

#[test]
fn wrong_arguments_are_one_clear_line() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("leg.keys");
    let fingerprint = "ab".repeat(32);
    let (running, said) = relay(&key_file, "0");
    let port = said["ports"][0].to_string();
    let taken = quietline(&["relay", "--listen", "127.0.0.1", "--port", &port, "--key-file"])
        .arg(&key_file)
        .output()
        .unwrap();
    let missing = folder.path().join("missing");
    for (output, says) in [
        (token(&key_file, &["--slot", "4", "--fingerprint", &fingerprint]), "slot"),
        (token(&key_file, &["--slot", "0", "--fingerprint", "ab"]), "fingerprint"),
        (
            token(&key_file, &["--slot", "0", "--fingerprint", &fingerprint, "--payload-type", "5"]),
            "payload type",
        ),
        (token(&missing, &["--slot", "0", "--fingerprint", &fingerprint]), "missing"),
        (taken, &port),
    ] {
        assert!(!output.status.success());
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains(says) && text.trim_end().lines().count() == 1, "{text}");
    }
    drop(running);
}
