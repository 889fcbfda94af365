//! Staff: who gets in.

use aws_lc_rs::signature::Ed25519KeyPair;
use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, command, run},
    socket::{Device, code, enrol_with, staff, waiting},
};

/// What the server says to a sign-in made by `make` of the challenge.
async fn answer(gateway: &Gateway, make: impl FnOnce(&Value) -> Value) -> Value {
    let mut socket = staff(gateway).await;
    let challenge = socket.until("challenge").await;
    socket.say(make(&challenge)).await;
    let answer = socket.next().await;
    if answer["type"] == "error" {
        socket.closed().await;
    }
    answer
}

#[tokio::test]
async fn an_enrolled_device_signs_in_under_its_name() {
    let gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let credential = device.credential.clone().unwrap();
    let welcome =
        answer(&gateway, |challenge| device.sign_in(challenge, &gateway.origin(), &credential)).await;
    assert_eq!((&welcome["name"], &welcome["role"]), (&json!("Sam"), &json!("counsellor")));
}

#[tokio::test]
async fn a_sign_in_that_does_not_hold_is_refused_and_ends_the_connection() {
    let gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let credential = device.credential.clone().unwrap();
    let foreign = Gateway::start();
    let elsewhere = Device::enrol(&foreign).await.credential.unwrap();
    let thief = device.stolen();
    let origin = gateway.origin();
    let altered = credential.replace('.', "A.");

    for refused in [
        answer(&gateway, |challenge| device.sign_in(challenge, &origin, &elsewhere)).await,
        answer(&gateway, |challenge| device.sign_in(challenge, &origin, &altered)).await,
        answer(&gateway, |challenge| device.sign_in(challenge, &origin, "")).await,
        answer(&gateway, |challenge| thief.sign_in(challenge, &origin, &credential)).await,
        answer(&gateway, |challenge| device.sign_in(challenge, "https://elsewhere.example", &credential))
            .await,
        answer(&gateway, |_| device.sign_in(&json!({"nonce": "AAAA"}), &origin, &credential)).await,
    ] {
        assert_eq!(code(&refused), "bad_credential");
    }
}

#[tokio::test]
async fn a_device_that_was_shut_out_stays_out() {
    let gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let mut revoke = command(gateway.folder.path());
    revoke.args(["staff", "revoke", &device.id]);
    assert_eq!(run(revoke).0, Some(0));
    let credential = device.credential.clone().unwrap();
    let refused =
        answer(&gateway, |challenge| device.sign_in(challenge, &gateway.origin(), &credential)).await;
    assert_eq!(code(&refused), "bad_credential");
}

#[tokio::test]
async fn a_device_that_is_shut_out_in_a_call_is_let_go_and_the_caller_sees_it() {
    let gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let mut console = device.console(&gateway).await;
    let (mut caller, _) = waiting(&gateway).await;
    console.say(json!({"type": "available"})).await;
    let offer = console.phase("ringing").await["state"]["offer"]["id"].clone();
    console.say(json!({"type": "accept", "offer": offer})).await;
    caller.phase("connected").await;

    let mut revoke = command(gateway.folder.path());
    revoke.args(["staff", "revoke", &device.id]);
    assert_eq!(run(revoke).0, Some(0));
    assert_eq!(console.until("bye").await["why"], "signed_out");
    assert_eq!(console.closed().await, Some(1001));
    let state = loop {
        let state = caller.phase("connected").await;
        if state["state"]["participants"][1]["connected"] == json!(false) {
            break state;
        }
    };
    assert_eq!(state["state"]["participants"][0]["connected"], json!(true));
}

#[tokio::test]
async fn a_second_sign_in_is_out_of_order() {
    let gateway = Gateway::start();
    let device = Device::enrol(&gateway).await;
    let mut console = device.console(&gateway).await;
    let again = json!({"type": "sign_in", "credential": "", "signature": "", "seen": 0});
    assert_eq!(console.refused(again).await, "out_of_order");
    assert_eq!(console.ask(json!({"type": "available"})).await["type"], "done");
}

#[tokio::test]
async fn a_link_enrols_once_and_a_refused_attempt_does_not_use_it_up() {
    let gateway = Gateway::start();
    let pair = Ed25519KeyPair::generate().unwrap();
    let token = gateway.link_token();
    for name in ["", " ", &"x".repeat(41), "a\nb", "Sam\u{202e}", "S\u{200b}am"] {
        let refused = enrol_with(&gateway, &pair, &token, name).await;
        assert_eq!((refused.status, refused.body.contains("\"malformed\"")), (400, true));
    }
    let unsigned = json!({"token": token, "name": "Sam", "device_key": "A".repeat(43), "signature": ""});
    assert_eq!(gateway.post("/api/staff/enrol", &unsigned.to_string()).await.status, 403);
    assert_eq!(gateway.request("POST", "/api/staff/enrol", &[], &unsigned.to_string()).await.status, 403);
    assert_eq!(enrol_with(&gateway, &pair, &"0".repeat(32), "Sam").await.status, 403);

    assert_eq!(enrol_with(&gateway, &pair, &token, "Sam").await.status, 200);
    let other = Ed25519KeyPair::generate().unwrap();
    let used = enrol_with(&gateway, &other, &token, "Kim").await;
    assert_eq!((used.status, used.body.contains("\"bad_credential\"")), (403, true));
}

#[tokio::test]
async fn attempts_to_enrol_are_limited() {
    let gateway = Gateway::start_with(&[("QUIETLINE_LIMITS_ENROLMENTS_PER_MINUTE", "1")]);
    let pair = Ed25519KeyPair::generate().unwrap();
    assert_eq!(enrol_with(&gateway, &pair, &"0".repeat(32), "Sam").await.status, 403);
    assert_eq!(enrol_with(&gateway, &pair, &gateway.link_token(), "Sam").await.status, 429);
}

#[tokio::test]
async fn an_invitation_from_the_command_line_is_good_at_once() {
    let gateway = Gateway::start();
    let mut add = command(gateway.folder.path());
    add.args(["staff", "add", "--native", "--role", "clinician", "--valid-h", "1"]);
    let (status, link, error) = run(add);
    assert_eq!(status, Some(0), "{error}");
    let (address, token) = link.trim().split_once("#enrol=").unwrap();
    assert_eq!(address, format!("{}/console/", gateway.origin()));
    let pair = Ed25519KeyPair::generate().unwrap();
    assert_eq!(enrol_with(&gateway, &pair, token, "Kim").await.status, 200);
    let mut list = command(gateway.folder.path());
    list.args(["staff", "list"]);
    let (_, listed, _) = run(list);
    assert!(listed.contains("clinician enrolled Kim"), "{listed}");
}

#[tokio::test]
async fn without_the_signing_key_enrolment_waits_for_a_credential() {
    let folder = tempfile::tempdir().unwrap();
    let authority = quietline::e2ee::AuthorityKey::load_or_create(&folder.path().join("offline")).unwrap();
    let gateway =
        Gateway::start_in(folder, &[("QUIETLINE_AUTHORITY_PUBLIC_KEY_FILE", "offline/authority.pub")]);
    let config: Value = serde_json::from_str(&gateway.get("/api/config").await.body).unwrap();
    assert_eq!(config["authority"], authority.public().to_string());
    let device = Device::enrol(&gateway).await;
    assert_eq!(device.credential, None);

    let folder = gateway.stop();
    let environment = [("QUIETLINE_AUTHORITY_PUBLIC_KEY_FILE", "offline/authority.pub")];
    let gateway = Gateway::start_in(folder, &environment);
    assert!(
        !gateway.said[1].contains("#enrol="),
        "staff exist, and this machine cannot sign: {:?}",
        gateway.said
    );
}
