//! The relay is a process of its own, and signalling is killed: those in a call go on hearing each other, and find their call
//! again when signalling is back.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command as Process, Stdio},
};

use quietline::{
    client::{Command, Event, MediaLevel, swarm::EndpointId},
    proto::caller::EndedBy,
};

use crate::{gateway::Gateway, stage::Stage};

/// Packets of more than a second.
const A_WHILE: u64 = 100;

struct Relay(Child);

impl Relay {
    /// A relay that shares the key of the gateway whose data will be in that folder.
    fn start(folder: &Path) -> Self {
        let data = folder.join("quietline-data");
        std::fs::create_dir(&data).unwrap();
        let mut child = Process::new(env!("CARGO_BIN_EXE_quietline"))
            .args(["relay", "--listen", "127.0.0.1", "--port", "0", "--json", "--key-file"])
            .arg(data.join("legs.key"))
            .arg("--say-in")
            .arg(folder.join("relay.json"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert!(said.contains("fingerprint"), "{said}");
        Self(child)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Stage {
    /// Waits until both have heard the other for a while from now on.
    fn both_hear(&mut self, people: [EndpointId; 2]) {
        for person in people {
            let before = self.eventually(person, |_| true).packets_received;
            self.eventually(person, |figures| figures.stats.packets_received >= before + A_WHILE);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_go_on_while_signalling_is_killed_and_are_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let _relay = Relay::start(folder.path());
    let elsewhere = ("QUIETLINE_RELAY_ELSEWHERE", "relay.json");
    let mut stage = Stage::set_before(Gateway::start_in(folder, &[elsewhere]), MediaLevel::Sealed).await;
    let address = stage.gateway.address().to_string();
    let (caller, counsellor) = stage.call();

    let folder = stage.gateway.kill();
    for person in [caller, counsellor] {
        stage.until(person, &Event::SocketLost);
    }
    stage.both_hear([caller, counsellor]);
    stage.gateway = Gateway::start_in(folder, &[elsewhere, ("QUIETLINE_SERVER_LISTEN", &address)]);
    for person in [caller, counsellor] {
        stage.until(person, &Event::Reconnected);
    }
    stage.both_hear([caller, counsellor]);

    // Who comes now is sent to the same relay, and the call is one that signalling knows.
    stage.does(counsellor, Command::HangUp);
    stage.until(caller, &Event::Ended { by: EndedBy::Counsellor });
    stage.until(counsellor, &Event::WrapUp);
    stage.does(counsellor, Command::WrapUpDone { available: true });
    stage.does(caller, Command::Join);
    for person in [caller, counsellor] {
        stage.until(person, &Event::Connected);
        stage.until(person, &Event::FirstAudio);
    }
    let heard = stage.eventually(caller, |_| true);
    assert_eq!((heard.packets_forged, heard.frames_refused), (0, 0), "{heard:?}");
}
