//! What the log must not hold.

use serde_json::json;

use crate::{
    gateway::Gateway,
    socket::{Device, waiting},
};

#[tokio::test]
async fn the_log_of_a_whole_session_names_nobody() {
    let gateway = Gateway::start_with(&[("QUIETLINE_LOG_LEVEL", "debug")]);
    let device = Device::enrol(&gateway).await;
    let mut console = device.console(&gateway).await;
    let (mut caller, session) = waiting(&gateway).await;
    let fingerprint = "0e".repeat(32);
    let leg = caller.ask(json!({"type": "media", "fingerprint": fingerprint, "payload_type": 111})).await;
    console.say(json!({"type": "available"})).await;
    let offer = console.phase("ringing").await["state"]["offer"]["id"].clone();
    console.say(json!({"type": "accept", "offer": offer})).await;
    caller.phase("connected").await;
    caller.text("{\"id\": 1, \"request\": \"secret words\"}").await;
    caller.say(json!({"type": "leave", "how": "quick_exit"})).await;
    caller.phase("ended").await;
    let origin = gateway.origin();
    gateway.signal(nix::sys::signal::Signal::SIGTERM);
    console.closed().await;
    gateway.logged("stopped");

    let log = gateway.log();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let secrets = [
        text(&session["token"]),
        text(&session["call"]),
        text(&leg["leg"]["ufrag"]),
        text(&leg["leg"]["pwd"]),
        text(&offer),
        gateway.link_token(),
        device.credential.clone().unwrap(),
        device.staff.clone(),
        device.id.clone(),
        fingerprint,
        "Sam".to_owned(),
        "secret words".to_owned(),
        "/ws/".to_owned(),
        origin,
    ];
    for secret in secrets {
        assert!(!log.contains(&secret), "the log holds {secret}:\n{log}");
    }
    // The only address is that of the listener for metrics, which the operator chose.
    let with_address: Vec<_> = log.lines().filter(|line| line.contains("127.0.0.1")).collect();
    assert!(with_address.iter().all(|line| line.contains("metrics and health")), "{with_address:?}");
}
