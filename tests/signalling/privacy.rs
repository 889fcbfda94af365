//! What the log must not hold, whatever happens and however much it is asked to say.

use aws_lc_rs::signature::Ed25519KeyPair;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, command, run},
    media::Leg,
    socket::{Device, Socket, caller, enrol_with, open, staff, waiting},
};

/// What was seen on the wire or typed by somebody, none of which may be logged.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    fn add(&mut self, secret: impl Into<String>) {
        self.0.push(secret.into());
    }

    fn add_value(&mut self, value: &Value) {
        self.add(value.as_str().unwrap());
    }
}

fn talkative() -> Gateway {
    Gateway::start_with(&[
        ("QUIETLINE_LOG_LEVEL", "debug"),
        ("RUST_LOG", "trace"),
        ("RUST_BACKTRACE", "full"),
        ("QUIETLINE_LIMITS_MESSAGES_PER_SECOND", "10"),
    ])
}

#[tokio::test]
async fn the_log_of_a_whole_session_names_nobody() {
    let gateway = talkative();
    let mut secrets = Secrets::default();
    secrets.add(gateway.link_token());
    let device = Device::enrol(&gateway).await;
    secrets.add(device.credential.clone().unwrap());
    secrets.add(device.staff.clone());
    secrets.add(device.id.clone());
    secrets.add("Sam");

    strangers(&gateway, &device, &mut secrets).await;
    let mut console = device.console(&gateway).await;
    let (mut caller, session) = waiting(&gateway).await;
    secrets.add_value(&session["token"]);
    secrets.add_value(&session["call"]);
    talk(&mut caller, &mut console, &session, &mut secrets).await;
    errors(&mut caller, &mut console, &session).await;

    let mut revoke = command(gateway.folder.path());
    revoke.args(["staff", "revoke", &device.id]);
    assert_eq!(run(revoke).0, Some(0));
    console.closed().await;
    // Too large, which ends the connection; then back, and away.
    caller.text(&"secret words".repeat(20_000)).await;
    caller.closed().await;
    let mut again = crate::socket::caller(&gateway).await;
    again.say(json!({"type": "resume", "token": session["token"], "seen": 0})).await;
    again.phase("connected").await;
    again.say(json!({"type": "leave", "how": "quick_exit"})).await;
    again.phase("ended").await;
    gateway.signal(Signal::SIGTERM);
    again.closed().await;
    gateway.logged("stopped");
    assert_no_secret(&gateway, secrets);
}

/// Those who are refused before they are anybody.
async fn strangers(gateway: &Gateway, device: &Device, secrets: &mut Secrets) {
    let elsewhere = "https://elsewhere.example";
    assert!(open(gateway, "caller", Some(elsewhere), Some("quietline.v1")).await.is_err());
    secrets.add("elsewhere.example");
    let unknown_link = "5ec2e7".repeat(5) + "aa";
    let pair = Ed25519KeyPair::generate().unwrap();
    assert_eq!(enrol_with(gateway, &pair, &unknown_link, "Robin").await.status, 403);
    assert_eq!(enrol_with(gateway, &pair, &gateway.link_token(), "Ro\u{202e}bin").await.status, 400);
    secrets.add(unknown_link);
    secrets.add("Robin");
    assert_eq!(gateway.get("/secret/path?and=query").await.status, 404);
    secrets.add("secret/path");

    let mut thief = staff(gateway).await;
    let challenge = thief.until("challenge").await;
    secrets.add_value(&challenge["nonce"]);
    let credential = device.credential.clone().unwrap();
    let sign_in = device.stolen().sign_in(&challenge, &gateway.origin(), &credential);
    assert_eq!(thief.refused(sign_in).await, "bad_credential");
    let mut lost = caller(gateway).await;
    let token = "5ec2e70a".repeat(8);
    let resume = json!({"type": "resume", "token": token, "seen": 0});
    assert_eq!(lost.refused(resume).await, "unknown_session");
    secrets.add(token);
}

/// The call itself, with sealed audio through the relay, and what the relay refuses.
async fn talk(caller: &mut Socket, console: &mut Socket, session: &Value, secrets: &mut Secrets) {
    console.say(json!({"type": "available"})).await;
    let offer = console.phase("ringing").await["state"]["offer"]["id"].clone();
    secrets.add_value(&offer);
    console.say(json!({"type": "accept", "offer": offer})).await;
    caller.phase("connected").await;
    let commit =
        json!({"kind": "commit", "epoch": 0, "commit": "U2VjcmV0", "welcome": "U2VjcmV0", "added": [0]});
    console.say(json!({"type": "mls", "call": session["call"], "message": commit})).await;
    caller.until("mls").await;
    secrets.add("U2VjcmV0");

    let (one, asked) = Leg::ask(0);
    let mut request = asked.clone();
    request["type"] = json!("media");
    let answer = caller.ask(request).await;
    let mut one = Leg::connect(one, &answer["leg"]);
    let (two, asked_two) = Leg::ask(1);
    let request = json!({"type": "media", "call": session["call"], "leg": asked_two});
    let answer_two = console.ask(request).await;
    let mut two = Leg::connect(two, &answer_two["leg"]);
    for (asked, answer) in [(asked, answer), (asked_two, answer_two)] {
        secrets.add_value(&asked["fingerprint"]);
        secrets.add_value(&answer["leg"]["ufrag"]);
        secrets.add_value(&answer["leg"]["pwd"]);
    }
    secrets.add(format!(":{}", one.port()));
    secrets.add(format!(":{}", two.port()));

    // Said until it is heard: the other's handshake may end a moment later than ours.
    while two.client.heard.is_empty() {
        let packet = one.client.say(b"sealed");
        one.send(&packet);
        let heard = two.client.heard.len();
        let waited = std::cell::Cell::new(0);
        two.run_until(|client| {
            waited.set(waited.get() + 1);
            client.heard.len() > heard || waited.get() > 3
        });
    }
    // Garbage of every kind from a known address, a forged check, and a token that opens nothing.
    for head in [&[0_u8, 1][..], &[22, 254, 253], &[128, 100], &[128, 205], b"garbage"] {
        one.send(&[head, &[7; 100]].concat());
    }
    let forged = one.client.check_as(true, false, "not the password at all");
    one.send(&forged);
    let not_understood = one.client.check_with(0x7abc);
    one.send(&not_understood);
}

/// What both sides do wrong in a call.
async fn errors(caller: &mut Socket, console: &mut Socket, session: &Value) {
    caller.text("{\"id\": 1, \"request\": \"secret words\"}").await;
    caller.until("error").await;
    let stale = json!({"kind": "commit", "epoch": 7, "commit": "U2VjcmV0", "welcome": null, "added": []});
    let stale = json!({"type": "mls", "call": session["call"], "message": stale});
    assert_eq!(console.refused(stale).await, "stale_epoch");
    assert_eq!(console.refused(json!({"type": "end", "call": "0".repeat(32)})).await, "not_allowed");
    for _ in 0..40 {
        console.say(json!({"type": "ping"})).await;
    }
    console.until("error").await;
}

fn assert_no_secret(gateway: &Gateway, mut secrets: Secrets) {
    for word in ["secret words", "/ws/", "/api/", "#enrol="] {
        secrets.add(word);
    }
    secrets.add(gateway.origin());
    let log = gateway.log();
    for secret in secrets.0 {
        assert!(!log.contains(&secret), "the log holds {secret}:\n{log}");
    }
    // The only address is that of the listener for metrics, which the operator chose.
    let with_address: Vec<_> =
        log.lines().filter(|line| line.contains("127.0.0.1") || line.contains("::1")).collect();
    assert!(with_address.iter().all(|line| line.contains("metrics and health")), "{with_address:?}");
}
