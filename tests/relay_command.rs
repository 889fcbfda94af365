//! `quietline relay` and `quietline relay token`, driven as commands.

#![allow(clippy::disallowed_methods, reason = "a program runs in real time")]

#[allow(dead_code, reason = "each test binary uses its part of the client")]
#[path = "support/relay_client.rs"]
mod relay_client;

use std::{
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use quietline::{
    core::ids::{CallId, Slot},
    legtoken::{LegKeys, slot_ssrc},
    proto::media::fingerprint_of_hex,
};
use relay_client::Client;
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

impl Running {
    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.0.id() as i32), signal).unwrap();
    }
}

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

    running.signal(Signal::SIGTERM);
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

/// A client on a socket of its own.
struct Leg {
    socket: UdpSocket,
    client: Client,
}

impl Leg {
    /// Connects to a relay that said this of itself.
    fn connect(said: &Value, keys: &LegKeys, call: u8, slot: u8) -> Self {
        let relay = fingerprint_of_hex(said["fingerprint"].as_str().unwrap()).unwrap();
        let port = said["ports"][0].as_u64().unwrap() as u16;
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let expires = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as u32 + 60;
        let address = socket.local_addr().unwrap();
        let client = Client::towards(relay, keys, relay_client::call(call), slot, address, expires);
        let mut leg = Self { socket, client };
        let check = leg.client.check(true);
        leg.socket.send(&check).unwrap();
        while !leg.client.is_connected() {
            leg.receive();
        }
        leg
    }

    fn receive(&mut self) {
        let mut buffer = [0; 1_500];
        let len = self.socket.recv(&mut buffer).unwrap();
        for packet in self.client.receive(Instant::now(), &buffer[..len]) {
            self.socket.send(&packet).unwrap();
        }
    }
}

/// For what comes at once unless it was lost.
const PATIENCE: Duration = Duration::from_secs(20);

/// A host that gives a virtual machine's processor to others makes its programs stand still.
#[test]
fn what_comes_while_a_relay_stands_still_for_200_ms_is_forwarded_when_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("leg.keys");
    let (relay, said) = relay(&key_file, "0");
    let keys = LegKeys::load(&key_file).unwrap();
    let mut calls: Vec<[Leg; 2]> =
        (1..=10).map(|call| [0, 1].map(|slot| Leg::connect(&said, &keys, call, slot))).collect();

    relay.signal(Signal::SIGSTOP);
    for frame in 0..FRAMES {
        for leg in calls.iter_mut().flatten() {
            let packet = leg.client.say(&[frame; 80]);
            leg.socket.send(&packet).unwrap();
        }
    }
    relay.signal(Signal::SIGCONT);

    for leg in calls.iter_mut().flatten() {
        while leg.client.heard.len() < usize::from(FRAMES) {
            leg.receive();
        }
        let heard: Vec<u8> = leg.client.heard.iter().map(|heard| heard.payload[0]).collect();
        assert_eq!(heard, (0..FRAMES).collect::<Vec<_>>());
    }
}

/// 200 ms of audio.
const FRAMES: u8 = 10;
