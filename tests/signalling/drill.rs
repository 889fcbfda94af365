//! Drills as clients meet them: who opens one, who gets in, and that nothing of it is on the real line.

use serde_json::{Value, json};

use crate::{
    browser::Browser,
    gateway::{Gateway, command, run},
    socket::{Socket, caller, code, open, visitor},
};

const FINGERPRINT: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

async fn ask(console: &mut Socket, ask: Value) -> Value {
    let answer = console.ask(json!({"type": "drill", "ask": ask})).await;
    if answer["type"] == "drill" { answer["answer"]["drill"].clone() } else { code(&answer).into() }
}

fn open_for(minutes: u32) -> Value {
    json!({"ask": "open", "minutes": minutes})
}

async fn at(gateway: &Gateway, side: &str) -> Socket {
    open(gateway, side, Some(&gateway.origin()), Some("quietline.v1")).await.unwrap()
}

/// A console of the drill that is open; else why not.
async fn practise(gateway: &Gateway, browser: &Browser) -> Result<Socket, String> {
    let mut socket = at(gateway, "drill/staff").await;
    let challenge = socket.until("challenge").await;
    socket.say(browser.enter(gateway, &challenge)).await;
    let first = socket.next().await;
    if first["type"] == "error" {
        assert_eq!(socket.closed().await, Some(1008));
        return Err(code(&first));
    }
    assert_eq!((&first["type"], &first["drill"]), (&json!("welcome"), &json!(true)));
    Ok(socket)
}

/// Somebody who plays a caller, in the queue, and the `session` message.
async fn plays(gateway: &Gateway, ticket: &Value) -> (Socket, Value) {
    let mut socket = at(gateway, "drill/caller").await;
    socket.say(json!({"type": "hello", "drill": ticket})).await;
    assert_eq!(socket.until("welcome").await["drill"], true);
    socket.say(json!({"type": "join", "key_package": "AAAA"})).await;
    let session = socket.until("session").await;
    socket.until("done").await;
    (socket, session)
}

#[tokio::test]
async fn only_a_supervisor_opens_a_drill_and_hears_its_ticket() {
    let gateway = Gateway::start();
    let counsellor = Browser::enrol(&gateway, "counsellor").await;
    let mut console = counsellor.connect(&gateway).await;
    let mut supervisor = Browser::enrol(&gateway, "supervisor").await.connect(&gateway).await;
    let coordinator = Browser::enrol(&gateway, "coordinator").await;
    let mut elsewhere = coordinator.connect(&gateway).await;

    assert_eq!(ask(&mut console, json!({"ask": "now"})).await, Value::Null);
    for request in [open_for(30), json!({"ask": "close"})] {
        assert_eq!(ask(&mut console, request).await, "not_allowed");
    }
    assert_eq!(ask(&mut elsewhere, json!({"ask": "now"})).await, "not_allowed");
    for minutes in [0, 4, 481] {
        assert_eq!(ask(&mut supervisor, open_for(minutes)).await, "malformed");
    }
    assert_eq!(practise(&gateway, &counsellor).await.err().as_deref(), Some("no_drill"));

    let drill = ask(&mut supervisor, open_for(30)).await;
    assert_eq!((&drill["callers"], &drill["desks"]), (&json!(0), &json!(0)));
    let seen = ask(&mut console, json!({"ask": "now"})).await;
    assert_eq!((&seen["until"], seen.get("ticket")), (&drill["until"], None));
    let longer = ask(&mut supervisor, open_for(60)).await;
    assert_eq!(longer["ticket"], drill["ticket"]);
    assert!(longer["until"].as_u64() > drill["until"].as_u64());

    assert_eq!(practise(&gateway, &coordinator).await.err().as_deref(), Some("not_allowed"));
    let mut learner = practise(&gateway, &counsellor).await.unwrap();
    assert_eq!(ask(&mut learner, json!({"ask": "now"})).await["desks"], 1);
    assert_eq!(ask(&mut learner, json!({"ask": "close"})).await, "not_allowed");
    assert_eq!(ask(&mut supervisor, json!({"ask": "close"})).await, Value::Null);
    assert_eq!(learner.until("bye").await["why"], "drill_over");
    assert_eq!(learner.closed().await, Some(1001));
    assert_eq!(practise(&gateway, &counsellor).await.err().as_deref(), Some("no_drill"));

    let ticket = drill["ticket"].as_str().unwrap();
    assert!(!gateway.log().contains(ticket), "a ticket is in the log");
    let mut list = command(gateway.folder.path());
    list.args(["audit", "list"]);
    let (_, acts, _) = run(list);
    let of_drills: Vec<&str> = acts.lines().filter(|act| act.contains("\"drill\"")).collect();
    let whats = ["opened", "prolonged", "closed"].map(|what| format!("\"what\":\"{what}\""));
    assert!(
        of_drills.len() == 3 && of_drills.iter().zip(&whats).all(|(act, what)| act.contains(what)),
        "{acts}"
    );
    assert!(!acts.contains(ticket));
}

#[tokio::test]
async fn a_wrong_ticket_no_ticket_and_the_ticket_of_a_drill_that_is_over_are_refused_alike() {
    let gateway = Gateway::start();
    let mut supervisor = Browser::enrol(&gateway, "supervisor").await.connect(&gateway).await;
    let ticket = ask(&mut supervisor, open_for(30)).await["ticket"].clone();
    let mut refusals = Vec::new();
    let hello = |ticket: &Value| json!({"type": "hello", "drill": ticket});
    let mut stranger = at(&gateway, "drill/caller").await;
    refusals.push(stranger.ask(json!({"type": "hello"})).await["error"].clone());
    refusals.push(stranger.ask(hello(&json!("AAAAAAAAAAAAAAAAAAAAAA"))).await["error"].clone());
    refusals.push(stranger.ask(hello(&json!(""))).await["error"].clone());
    // On the real line a ticket leads nowhere, also the right one.
    refusals.push(caller(&gateway).await.ask(hello(&ticket)).await["error"].clone());
    let (mut played, session) = plays(&gateway, &ticket).await;
    let resume = json!({"type": "resume", "token": session["token"], "seen": 0});
    assert_eq!(caller(&gateway).await.refused(resume.clone()).await, "unknown_session");
    let mut again = at(&gateway, "drill/caller").await;
    again.say(resume.clone()).await;
    assert_eq!(again.until("welcome").await["drill"], true);
    assert_eq!(played.until("bye").await["why"], "taken_over");

    ask(&mut supervisor, json!({"ask": "close"})).await;
    assert_eq!(again.until("bye").await["why"], "drill_over");
    refusals.push(at(&gateway, "drill/caller").await.ask(hello(&ticket)).await["error"].clone());
    assert_eq!(refusals[0]["code"], "no_drill");
    assert!(refusals.iter().all(|refusal| *refusal == refusals[0]), "{refusals:?}");
    assert_eq!(at(&gateway, "drill/caller").await.refused(resume).await, "unknown_session");
}

#[tokio::test]
async fn a_call_in_a_drill_is_a_call_and_the_real_line_counts_nothing_of_it() {
    let gateway = Gateway::start();
    let counsellor = Browser::enrol(&gateway, "counsellor").await;
    let learner = Browser::enrol(&gateway, "counsellor").await;
    let supervisor = Browser::enrol(&gateway, "supervisor").await;
    let mut at_work = counsellor.connect(&gateway).await;
    at_work.ask(json!({"type": "available"})).await;
    let mut board = supervisor.connect(&gateway).await;
    let before = counted(&gateway).await;

    let ticket = ask(&mut board, open_for(30)).await["ticket"].clone();
    let mut console = practise(&gateway, &learner).await.unwrap();
    let mut helper = practise(&gateway, &supervisor).await.unwrap();
    let (mut played, session) = plays(&gateway, &ticket).await;
    console.say(json!({"type": "available"})).await;
    let offer = console.phase("ringing").await["state"]["offer"].clone();
    assert_eq!(offer["call"], session["call"]);
    console.say(json!({"type": "accept", "offer": offer["id"]})).await;
    console.phase("on_call").await;
    played.phase("connected").await;
    let leg = played.ask(json!({"type": "media", "fingerprint": FINGERPRINT, "payload_type": 111})).await;
    assert_eq!(leg["type"], "leg");
    let call = &session["call"];
    console.ask(json!({"type": "ask_help", "call": call})).await;
    while helper.until("help").await["calls"].as_array().unwrap().is_empty() {}
    let at_ms = ask(&mut helper, json!({"ask": "now"})).await["until"].as_u64().unwrap() + 86_400_000;
    let book = json!({"ask": "book", "call": call, "at_ms": at_ms});
    let booked = console.ask(json!({"type": "follow_ups", "ask": book})).await;
    assert_eq!(booked["answer"]["answer"], "booked", "{booked}");
    console.ask(json!({"type": "end", "call": call})).await;
    console.phase("wrap_up").await;
    let chosen = json!([0, 0, 0, 0, 0]);
    let coded = console.ask(json!({"type": "code_wrap_up", "call": call, "chosen": chosen})).await;
    assert_eq!(coded["type"], "done", "{coded}");
    console.ask(json!({"type": "wrap_up_done", "call": call, "available": false})).await;

    let list = json!({"type": "follow_ups", "ask": {"ask": "list"}});
    let listed = |answer: Value| answer["answer"]["follow_ups"].as_array().unwrap().len();
    assert_eq!(listed(console.ask(list.clone()).await), 1);
    assert_eq!(listed(at_work.ask(list.clone()).await), 0);
    assert_eq!(listed(board.ask(list).await), 0);
    let day = json!({"ask": "report", "from": "2026-01-01", "to": "2026-12-31", "line": null});
    let report = board.ask(json!({"type": "figures", "ask": day})).await;
    assert_eq!(report["answer"]["report"]["total"]["offered"], 0, "{report}");
    let shift = board.ask(json!({"type": "shift", "ask": {"ask": "watch", "on": true}})).await;
    let people = shift["answer"]["board"]["people"].as_array().unwrap();
    assert!(
        people.iter().all(|person| person["doing"] != "wrap_up" && person["doing"] != "on_call"),
        "{shift}"
    );
    assert_eq!(counted(&gateway).await, before);
    // What is of the real line is not changed from a drill.
    let training = json!({"type": "office", "ask": {"ask": "one_more_device", "native": false}});
    assert_eq!(console.refused(training).await, "not_allowed");
    let week = json!({"ask": "copy_rota", "line": "main", "from": "2026-11-23", "to": "2026-11-30", "at": 0});
    assert_eq!(helper.refused(json!({"type": "shift", "ask": week})).await, "not_allowed");
    // Nobody was rung for who is at work; a real caller rings there.
    let mut real = visitor(&gateway).await;
    real.ask(json!({"type": "join", "key_package": "AAAA"})).await;
    let offer = at_work.phase("ringing").await["state"]["offer"].clone();
    assert_ne!(offer["call"], session["call"]);
    // A page's last word finds its line.
    let (_, waiting) = plays(&gateway, &ticket).await;
    let leave = json!({"token": waiting["token"], "how": "quick_exit"}).to_string();
    assert_eq!(gateway.post("/api/caller/leave", &leave).await.status, 204);
}

/// What the metrics say of the real line.
async fn counted(gateway: &Gateway) -> Vec<String> {
    let of_the_line = ["calls_", "callers_", "staff_", "offers_", "answer_seconds", "leg_tokens", "errors"];
    let text = gateway.internal("/metrics").await;
    let wanted = |line: &&str| {
        let name = line.strip_prefix("quietline_").unwrap_or_default();
        of_the_line.iter().any(|start| name.starts_with(start)) || name.contains("side=\"caller\"")
    };
    text.lines().filter(wanted).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_drill_is_over_when_the_process_stops_and_its_folder_is_gone() {
    let gateway = Gateway::start();
    let mut supervisor = Browser::enrol(&gateway, "supervisor").await.connect(&gateway).await;
    let ticket = ask(&mut supervisor, open_for(5)).await["ticket"].clone();
    let (mut played, _) = plays(&gateway, &ticket).await;
    let of = |folder: &std::path::Path| folder.join("quietline-data/drill");
    assert!(of(gateway.folder.path()).exists());
    gateway.signal(nix::sys::signal::Signal::SIGTERM);
    assert_eq!(played.until("bye").await["why"], "drill_over");
    let folder = gateway.stop_after_signal();
    assert!(!of(folder.path()).exists());

    std::fs::create_dir(of(folder.path())).unwrap();
    let next = Gateway::start_in(folder, &[]);
    assert!(!of(next.folder.path()).exists(), "what a killed process left of a drill");
}
