//! A call through the built server: queue, offer, answer, log, legs, end.

use serde_json::json;

use crate::{
    gateway::Gateway,
    socket::{Device, caller, code, visitor, waiting},
};

const FINGERPRINT: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

#[tokio::test]
async fn a_caller_is_answered_and_both_hang_together() {
    let gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let mut console = device.console(&gateway).await;
    let (mut caller, session) = waiting(&gateway).await;

    let leg = caller.ask(json!({"type": "media", "fingerprint": FINGERPRINT, "payload_type": 111})).await;
    assert_eq!((&leg["type"], &leg["leg"]["slot"]), (&json!("leg"), &json!(0)));
    assert_eq!(leg["leg"]["streams"].as_array().unwrap().len(), 3);
    assert!(
        leg["leg"]["candidates"].as_array().unwrap().iter().any(|candidate| candidate["transport"] == "tcp")
    );
    let bad = json!({"type": "media", "fingerprint": "0F", "payload_type": 111});
    assert_eq!(caller.refused(bad).await, "malformed");

    console.say(json!({"type": "available"})).await;
    let offer = console.phase("ringing").await["state"]["offer"].clone();
    assert_eq!((&offer["call"], &offer["key_package"]), (&session["call"], &json!("AAAA")));
    console.say(json!({"type": "accept", "offer": offer["id"]})).await;
    console.phase("on_call").await;
    caller.phase("connected").await;

    let call = &session["call"];
    let commit = json!({"kind": "commit", "epoch": 0, "commit": "AAAA", "welcome": "AAAA", "added": [0]});
    console.say(json!({"type": "mls", "call": call, "message": commit})).await;
    let entry = caller.until("mls").await;
    assert_eq!((&entry["seq"], &entry["from"], &entry["message"]), (&json!(1), &json!(1), &commit));
    let stale = json!({"kind": "commit", "epoch": 0, "commit": "AAAB", "welcome": null, "added": []});
    assert_eq!(console.refused(json!({"type": "mls", "call": call, "message": stale})).await, "stale_epoch");
    let words = json!({"kind": "application", "message": "AAAC"});
    assert_eq!(caller.ask(json!({"type": "mls", "message": words})).await["type"], "done");
    assert_eq!(console.until("mls").await["message"], words);

    console.say(json!({"type": "end", "call": call})).await;
    assert_eq!(caller.phase("ended").await["state"]["by"], "counsellor");
    console.phase("wrap_up").await;
    assert_eq!(
        console.ask(json!({"type": "wrap_up_done", "call": call, "available": true})).await["type"],
        "done"
    );
}

#[tokio::test]
async fn a_caller_who_leaves_stops_the_ring_and_the_late_answer_is_refused() {
    let gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let mut console = device.console(&gateway).await;
    let (mut caller, _) = waiting(&gateway).await;
    console.say(json!({"type": "available"})).await;
    let offer = console.phase("ringing").await["state"]["offer"]["id"].clone();
    assert_eq!(caller.ask(json!({"type": "leave", "how": "left"})).await["type"], "done");
    console.phase("available").await;
    assert_eq!(console.refused(json!({"type": "accept", "offer": offer})).await, "offer_gone");
}

#[tokio::test]
async fn a_console_may_not_touch_a_call_that_is_not_its() {
    let gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let mut console = device.console(&gateway).await;
    let (mut caller, session) = waiting(&gateway).await;
    caller.phase("waiting").await;
    let leg = json!({"fingerprint": FINGERPRINT, "payload_type": 111});
    let call = &session["call"];
    for request in [
        json!({"type": "media", "call": call, "leg": leg}),
        json!({"type": "end", "call": call}),
        json!({"type": "mls", "call": call, "message": {"kind": "application", "message": "AAAA"}}),
    ] {
        let error = console.ask(request.clone()).await;
        assert!(["not_allowed", "out_of_order"].contains(&code(&error).as_str()), "{request} {error}");
    }
    caller.say(json!({"type": "ping"})).await;
    assert_eq!(caller.next().await["type"], "pong", "the caller saw nothing of it");
}

#[tokio::test]
async fn a_reload_takes_the_session_over() {
    let gateway = Gateway::start();
    let (mut first, session) = waiting(&gateway).await;
    let mut second = caller(&gateway).await;
    second.say(json!({"type": "resume", "token": session["token"], "seen": 0})).await;
    second.phase("waiting").await;
    assert_eq!(first.until("bye").await["why"], "taken_over");
    first.closed().await;
}

#[tokio::test]
async fn a_full_queue_says_so() {
    let gateway = Gateway::start_with(&[("QUIETLINE_LIMITS_WAITING", "1")]);
    let (_first, _) = waiting(&gateway).await;
    let mut second = visitor(&gateway).await;
    assert_eq!(second.refused(json!({"type": "join", "key_package": "AAAA"})).await, "busy");
}

#[tokio::test]
async fn one_address_brings_so_many_new_callers_a_minute() {
    let gateway = Gateway::start_with(&[("QUIETLINE_LIMITS_JOINS_PER_MINUTE", "1")]);
    let (_first, _) = waiting(&gateway).await;
    let mut second = visitor(&gateway).await;
    assert_eq!(second.refused(json!({"type": "join", "key_package": "AAAA"})).await, "busy");
}

#[tokio::test]
async fn a_page_that_goes_away_leaves_by_beacon() {
    let gateway = Gateway::start();
    let (socket, session) = waiting(&gateway).await;
    let body = json!({"token": session["token"], "how": "quick_exit"}).to_string();
    assert_eq!(gateway.post("/api/caller/leave", &body).await.status, 204);
    drop(socket);
    let mut again = caller(&gateway).await;
    again.say(json!({"type": "resume", "token": session["token"], "seen": 0})).await;
    let answer = again.next().await;
    assert!(
        answer["type"] == "error" || again.phase("ended").await["state"]["by"] == "quick_exit",
        "{answer}"
    );

    let unknown = json!({"token": "00", "how": "left"}).to_string();
    assert_eq!(gateway.post("/api/caller/leave", &unknown).await.status, 404);
    assert_eq!(gateway.post("/api/caller/leave", "{}").await.status, 400);
    assert_eq!(gateway.request("POST", "/api/caller/leave", &[], &body).await.status, 403);
}
