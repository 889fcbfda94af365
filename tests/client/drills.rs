//! `quietline drill` against the built gateway, with a native counsellor who practises.

use std::{
    fs,
    process::{Child, Command as Process, Stdio},
};

use quietline::{
    client::{
        Command, Event, Hearer, MediaLevel, Role, Written,
        swarm::{EndpointId, Links},
    },
    proto::caller::EndedBy,
};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::{browser::Browser, stage::Stage};

/// A drill that is open: who opened it, and the ticket.
async fn opened(stage: &Stage) -> (Browser, String) {
    let supervisor = Browser::enrol(&stage.gateway, "supervisor").await;
    let drill = asked(stage, &supervisor, json!({"ask": "open", "minutes": 5})).await;
    let ticket = drill["ticket"].as_str().unwrap().to_owned();
    (supervisor, ticket)
}

/// Asks on a connection of its own: one that waits for callers beside would have to be kept by heartbeats.
async fn asked(stage: &Stage, supervisor: &Browser, ask: Value) -> Value {
    let mut console = supervisor.connect(&stage.gateway).await;
    console.ask(json!({"type": "drill", "ask": ask})).await["answer"]["drill"].clone()
}

fn counsellor(stage: &mut Stage) -> EndpointId {
    let options = stage.options(Role::Practising(stage.device.clone()));
    let counsellor = stage.swarm.add(options, Links::default()).unwrap();
    stage.does(counsellor, Command::GoAvailable);
    stage.until(counsellor, &Event::Available);
    counsellor
}

/// The command, whose ticket is in a file.
fn callers(stage: &Stage, ticket: &str, more: &[&str]) -> Child {
    let folder = stage.gateway.folder.path();
    fs::write(folder.join("ticket"), ticket).unwrap();
    fs::write(folder.join("lines"), "I can't talk here.\n\nThank you.\n").unwrap();
    Process::new(env!("CARGO_BIN_EXE_quietline"))
        .current_dir(folder)
        .args(["drill", "--server", &stage.gateway.origin(), "--trust", "certs-dev/ca.pem"])
        .args(["--ticket-file", "ticket", "--every", "0"])
        .args(more)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

async fn ends(child: Child) -> (Option<i32>, String) {
    let output = spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn said(text: &str) -> Event {
    Event::Written { from: Hearer::Caller, what: Written::Text(text.to_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synthetic_caller_is_answered_in_the_drill_is_heard_and_leaves() {
    let mut stage = Stage::set(MediaLevel::Full).await;
    let (_, ticket) = opened(&stage).await;
    let counsellor = counsellor(&mut stage);
    let callers = callers(&stage, &ticket, &["--stay", "6"]);
    stage.until(counsellor, &Event::Connected);
    stage.until(counsellor, &Event::FirstAudio);
    stage.eventually(counsellor, |figures| figures.stats.packets_received > 20);
    stage.until(counsellor, &Event::Ended { by: EndedBy::Caller });
    let (code, told) = ends(callers).await;
    assert_eq!(code, Some(0), "{told}");
    assert!(told.ends_with("all calls have ended: 1 caller waited, 1 answered\n"), "{told}");
    assert!(!stage.gateway.log().contains(&ticket) && !told.contains(&ticket));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_writes_is_read_until_the_counsellor_ends_the_call() {
    let mut stage = Stage::set(MediaLevel::Full).await;
    let (supervisor, ticket) = opened(&stage).await;
    let counsellor = counsellor(&mut stage);
    let callers = callers(&stage, &ticket, &["--write", "lines"]);
    stage.until(counsellor, &said("I can't talk here."));
    let drill = asked(&stage, &supervisor, json!({"ask": "now"})).await;
    assert_eq!((&drill["callers"], &drill["desks"]), (&json!(1), &json!(1)));
    stage.swarm.write(counsellor, "I am here.".to_owned()).unwrap();
    stage.until(counsellor, &said("Thank you."));
    stage.does(counsellor, Command::HangUp);
    let (code, told) = ends(callers).await;
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("caller 1 is answered") && !told.contains("can't talk"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_drill_ends_the_callers_with_a_sentence() {
    let mut stage = Stage::set(MediaLevel::Full).await;
    let (supervisor, ticket) = opened(&stage).await;
    let counsellor = counsellor(&mut stage);
    let inside = callers(&stage, &ticket, &["--callers", "2"]);
    stage.until(counsellor, &Event::FirstAudio);
    assert_eq!(asked(&stage, &supervisor, json!({"ask": "close"})).await, Value::Null);
    stage.until(counsellor, &Event::DrillOver);
    let (code, told) = ends(inside).await;
    assert_eq!(code, Some(1), "{told}");
    assert!(told.ends_with("quietline: the drill is over, and its callers with it\n"), "{told}");
    let (code, told) = ends(callers(&stage, &ticket, &[])).await;
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("no drill is open there"), "{told}");
}
