//! Browsers of staff: passkeys, sessions bound to the browser, and what shuts them out.

use aws_lc_rs::signature::Ed25519KeyPair;
use serde_json::json;

use crate::{
    browser::{Authenticator, Browser, begin, body, bound_key, link, token_of},
    gateway::{Gateway, command, run},
    socket::{code, staff},
};

const OFFLINE: (&str, &str) = ("QUIETLINE_AUTHORITY_PUBLIC_KEY_FILE", "offline/authority.pub");

/// A gateway whose authority's key is elsewhere.
fn without_the_key() -> Gateway {
    let folder = tempfile::tempdir().unwrap();
    quietline::e2ee::AuthorityKey::load_or_create(&folder.path().join("offline")).unwrap();
    Gateway::start_in(folder, &[OFFLINE])
}

fn quietline(gateway: &Gateway, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = command(gateway.folder.path());
    command.args(arguments).env(OFFLINE.0, OFFLINE.1);
    run(command)
}

#[tokio::test]
async fn a_browser_enrols_with_a_passkey_and_comes_back_with_it() {
    let gateway = Gateway::start();
    let token = link(&gateway, "counsellor");
    let seen = gateway.post("/api/staff/link", &json!({"token": token}).to_string()).await;
    let expected = json!({"role": "counsellor", "whom": "new_person", "name": null, "native": false});
    assert_eq!(body(&seen), expected);
    let mut browser = Browser::enrol_by(&gateway, &token, " Sam ").await;
    assert!(browser.credential.is_some());
    let mut console = browser.connect(&gateway).await;
    console.phase("unavailable").await;
    assert_eq!(console.ask(json!({"type": "available"})).await["type"], "done");
    drop(console);
    let first = browser.session.clone();
    assert_eq!(browser.sign_in(&gateway).await.status, 200);
    assert_ne!(browser.session, first);
    browser.connect(&gateway).await;

    let gateway = Gateway::start_in(gateway.stop(), &[]);
    // The origin's port is another now: a session is of the device, a passkey of the host.
    browser.connect(&gateway).await;
}

#[tokio::test]
async fn a_session_is_worthless_without_the_browsers_own_key() {
    let gateway = Gateway::start();
    let mut browser = Browser::enrol(&gateway, "counsellor").await;
    let own = std::mem::replace(&mut browser.bound, bound_key());
    assert_eq!(browser.refused(&gateway).await, "bad_credential");
    let stolen = browser.sign_in(&gateway).await;
    assert_eq!((stolen.status, stolen.body.contains("bad_credential")), (403, true), "nor a passkey");
    browser.bound = own;
    let other = Browser::enrol(&gateway, "counsellor").await;
    let session = std::mem::replace(&mut browser.session, other.session);
    assert_eq!(browser.refused(&gateway).await, "unknown_session", "another's session");
    browser.session = session;
    browser.connect(&gateway).await;
}

#[tokio::test]
async fn a_browser_does_not_get_in_by_its_credential_alone() {
    let gateway = Gateway::start();
    let browser = Browser::enrol(&gateway, "counsellor").await;
    let device = crate::socket::Device {
        pair: browser.device_key,
        credential: browser.credential.clone(),
        staff: browser.staff,
        id: browser.device,
    };
    let mut socket = staff(&gateway).await;
    let challenge = socket.until("challenge").await;
    let sign_in = device.sign_in(&challenge, &gateway.origin(), &browser.credential.unwrap());
    assert_eq!(socket.refused(sign_in).await, "bad_credential");
}

#[tokio::test]
async fn a_passkey_counts_only_here_verified_and_once() {
    let gateway = Gateway::start();
    let mut browser = Browser::enrol(&gateway, "counsellor").await;

    browser.passkey.verifies = false;
    assert_eq!(browser.sign_in(&gateway).await.status, 403, "nobody was looked at");
    browser.passkey.verifies = true;
    browser.passkey.origin = "https://localhost.example".into();
    assert_eq!(browser.sign_in(&gateway).await.status, 403, "a page of another origin");
    browser.passkey.origin = gateway.origin();
    let own = std::mem::replace(&mut browser.passkey, Authenticator::new(&gateway.origin()));
    assert_eq!(browser.sign_in(&gateway).await.status, 403, "another passkey");
    browser.passkey = own;

    let begun = body(&browser.begin(&gateway).await);
    let finish = browser.finish(&gateway, &begun).to_string();
    assert_eq!(gateway.post("/api/staff/passkey/signed-in", &finish).await.status, 200);
    let again = gateway.post("/api/staff/passkey/signed-in", &finish).await;
    assert_eq!((again.status, again.body.contains("out_of_order")), (400, true));
    let nobody = json!({"device": "0".repeat(32)}).to_string();
    assert_eq!(gateway.post("/api/staff/passkey/sign-in", &nobody).await.status, 403);
}

#[tokio::test]
async fn a_link_is_used_up_only_by_a_passkey_that_holds() {
    let gateway = Gateway::start();
    let token = link(&gateway, "counsellor");
    let (device_key, bound) = (Ed25519KeyPair::generate().unwrap(), bound_key());
    for name in ["", "a\nb", "Sam\u{202e}"] {
        let refused = begin(&gateway, &device_key, &bound, &token, name).await;
        assert_eq!((refused.status, refused.body.contains("\"malformed\"")), (400, true), "{name:?}");
    }
    assert_eq!(begin(&gateway, &device_key, &bound, &"0".repeat(32), "Sam").await.status, 403);
    let begun = body(&begin(&gateway, &device_key, &bound, &token, "Sam").await);
    let mut unseeing = Authenticator::new(&gateway.origin());
    unseeing.verifies = false;
    let finish = json!({"ceremony": begun["ceremony"], "passkey": unseeing.create(&begun["options"])});
    let refused = gateway.post("/api/staff/passkey/enrolled", &finish.to_string()).await;
    assert_eq!(refused.status, 403, "{}", refused.body);
    for nonsense in [json!(null), json!({}), json!({"id": "a", "rawId": "a", "type": "b", "response": {}})] {
        let begun = body(&begin(&gateway, &device_key, &bound, &token, "Sam").await);
        let finish = json!({"ceremony": begun["ceremony"], "passkey": nonsense});
        assert_eq!(gateway.post("/api/staff/passkey/enrolled", &finish.to_string()).await.status, 400);
    }
    Browser::enrol_by(&gateway, &token, "Sam").await;
    assert_eq!(begin(&gateway, &device_key, &bound, &token, "Sam").await.status, 403, "used");
}

#[tokio::test]
async fn whoever_signs_out_needs_the_passkey_again() {
    let gateway = Gateway::start();
    let mut browser = Browser::enrol(&gateway, "supervisor").await;
    let mut console = browser.connect(&gateway).await;
    assert_eq!(console.ask(json!({"type": "sign_out"})).await["type"], "done");
    console.closed().await;
    assert_eq!(browser.refused(&gateway).await, "unknown_session");
    assert_eq!(browser.sign_in(&gateway).await.status, 200);
    browser.connect(&gateway).await;
}

#[tokio::test]
async fn a_person_who_is_shut_out_is_out_at_once_at_every_device() {
    let gateway = Gateway::start();
    let mut laptop = Browser::enrol(&gateway, "counsellor").await;
    let mut first = laptop.connect(&gateway).await;
    let answer =
        first.ask(json!({"type": "office", "ask": {"ask": "one_more_device", "native": false}})).await;
    let own_link = token_of(answer["answer"]["link"].as_str().unwrap());
    let seen = gateway.post("/api/staff/link", &json!({"token": own_link}).to_string()).await;
    assert_eq!((&body(&seen)["whom"], &body(&seen)["name"]), (&json!("one_more_device"), &json!("Sam")));
    let telephone = Browser::enrol_by(&gateway, &own_link, "").await;
    assert_eq!(telephone.staff, laptop.staff);
    let mut second = telephone.connect(&gateway).await;
    let unused =
        first.ask(json!({"type": "office", "ask": {"ask": "one_more_device", "native": true}})).await;
    let unused = token_of(unused["answer"]["link"].as_str().unwrap());

    let mut administrator = Browser::enrol(&gateway, "administrator").await.connect(&gateway).await;
    let shut_out = json!({"ask": "shut_out_person", "staff": laptop.staff});
    let answer = administrator.ask(json!({"type": "office", "ask": shut_out})).await;
    assert_eq!(answer["answer"]["answer"], "done", "{answer}");
    for socket in [&mut first, &mut second] {
        assert_eq!(socket.until("bye").await["why"], "signed_out");
        assert_eq!(socket.closed().await, Some(1001));
    }
    for browser in [&laptop, &telephone] {
        assert_eq!(browser.refused(&gateway).await, "bad_credential", "a session");
    }
    assert_eq!(laptop.sign_in(&gateway).await.status, 403, "a passkey");
    let link = gateway.post("/api/staff/link", &json!({"token": unused}).to_string()).await;
    assert_eq!(link.status, 403, "a link");
}

#[tokio::test]
async fn the_command_line_shuts_a_person_out_by_the_id_that_it_lists() {
    let gateway = Gateway::start();
    let browser = Browser::enrol(&gateway, "clinician").await;
    let mut console = browser.connect(&gateway).await;
    let (_, listed, _) = quietline(&gateway, &["staff", "list"]);
    assert!(
        listed.contains(&format!("{} {} clinician enrolled Sam", browser.device, browser.staff)),
        "{listed}"
    );
    assert_eq!(quietline(&gateway, &["staff", "revoke", &browser.staff]).0, Some(0));
    assert_eq!(console.until("bye").await["why"], "signed_out");
    let (status, _, error) = quietline(&gateway, &["staff", "revoke", &"0".repeat(32)]);
    assert_eq!((status, error.contains("no person and no device")), (Some(1), true), "{error}");
}

#[tokio::test]
async fn a_person_who_lost_every_passkey_comes_back_by_two_administrators_and_never_by_one() {
    let gateway = Gateway::start();
    let lost = Browser::enrol(&gateway, "counsellor").await;
    let mut old = lost.connect(&gateway).await;
    let one = Browser::enrol_by(&gateway, &link(&gateway, "administrator"), "Alex").await;
    let mut alex = one.connect(&gateway).await;
    let mut bethan = Browser::enrol(&gateway, "administrator").await.connect(&gateway).await;
    let office = |ask: serde_json::Value| json!({"type": "office", "ask": ask});

    let proposed = alex.ask(office(json!({"ask": "recover", "staff": lost.staff}))).await;
    assert_eq!(proposed["answer"]["answer"], "proposed");
    let accounts = alex.ask(office(json!({"ask": "accounts"}))).await;
    let proposal = accounts["answer"]["proposals"][0].clone();
    assert_eq!(proposal["confirmable"], false, "not by whoever asked");
    let confirm = office(json!({"ask": "confirm", "proposal": proposal["id"]}));
    assert_eq!(alex.refused(confirm.clone()).await, "not_allowed");

    // One administrator cannot make a second one up either.
    let asked = alex.ask(office(json!({"ask": "invite", "role": "administrator"}))).await;
    assert_eq!(asked["answer"]["answer"], "proposed");

    let answer = bethan.ask(confirm.clone()).await;
    let token = token_of(answer["answer"]["link"].as_str().unwrap());
    assert_eq!(bethan.refused(confirm).await, "out_of_order", "once");
    let found = Browser::enrol_by(&gateway, &token, "somebody else").await;
    assert_eq!(found.staff, lost.staff);
    found.connect(&gateway).await;
    assert_eq!(old.until("bye").await["why"], "signed_out");
    assert_eq!(lost.refused(&gateway).await, "bad_credential");

    let accounts = bethan.ask(office(json!({"ask": "accounts"}))).await;
    let acts: Vec<_> =
        accounts["answer"]["acts"].as_array().unwrap().iter().map(|act| &act["what"]).collect();
    for what in ["recovery_asked", "confirmed", "recovered", "administrator_asked"] {
        assert!(acts.contains(&&json!(what)), "{what} is not in {acts:?}");
    }
}

#[tokio::test]
async fn nobody_confirms_their_own_recovery_and_nobody_shuts_themselves_out() {
    let gateway = Gateway::start();
    let one = Browser::enrol(&gateway, "administrator").await;
    let two = Browser::enrol(&gateway, "administrator").await;
    let (mut alex, mut bethan) = (one.connect(&gateway).await, two.connect(&gateway).await);
    let office = |ask: serde_json::Value| json!({"type": "office", "ask": ask});
    alex.ask(office(json!({"ask": "recover", "staff": two.staff}))).await;
    let accounts = bethan.ask(office(json!({"ask": "accounts"}))).await;
    let id = &accounts["answer"]["proposals"][0]["id"];
    assert_eq!(bethan.refused(office(json!({"ask": "confirm", "proposal": id}))).await, "not_allowed");
    assert_eq!(
        alex.refused(office(json!({"ask": "shut_out_person", "staff": one.staff}))).await,
        "not_allowed"
    );
    let withdrawn = bethan.ask(office(json!({"ask": "withdraw", "proposal": id}))).await;
    assert_eq!(withdrawn["answer"]["answer"], "done");
}

#[tokio::test]
async fn the_authority_signs_on_another_machine_over_the_network() {
    let gateway = without_the_key();
    assert!(gateway.said[1].contains("administrator"), "{:?}", gateway.said);
    let browser = Browser::enrol(&gateway, "counsellor").await;
    Browser::enrol(&gateway, "commissioner").await;
    assert_eq!(browser.credential, None);
    let mut console = browser.connect(&gateway).await;
    let pending = console.ask(json!({"type": "credential"})).await;
    assert_eq!((&pending["type"], &pending["credential"]), (&json!("credential"), &json!(null)));

    let origin = gateway.origin();
    let approve = |more: &[&str]| {
        let base = ["authority", "approve", "--server", &origin, "--trust", "certs-dev/ca.pem"];
        quietline(&gateway, &[base.as_slice(), more].concat())
    };
    let (status, listed, error) = approve(&["--dir", "offline", "--list"]);
    assert_eq!(status, Some(0), "{error}");
    assert_eq!(listed.lines().count(), 1, "only those who are in calls: {listed}");
    assert!(listed.starts_with(&format!("Sam, counsellor, staff {}", browser.staff)), "{listed}");
    let (status, said, error) = approve(&["--dir", "offline", "--all"]);
    assert_eq!((status, said.as_str()), (Some(0), "1 signed; the server has them\n"), "{error}");
    let credential = console.ask(json!({"type": "credential"})).await["credential"].clone();
    assert_eq!(credential.as_str().unwrap().split('.').count(), 3);
    assert_eq!(approve(&["--dir", "offline", "--all"]).1, "nobody waits for a credential\n");

    quietline::e2ee::AuthorityKey::load_or_create(&gateway.folder.path().join("impostor")).unwrap();
    let (status, _, error) = approve(&["--dir", "impostor", "--list"]);
    assert_eq!((status, error.contains("refused")), (Some(1), true), "{error}");
}

#[tokio::test]
async fn the_authority_signs_on_a_machine_without_a_network_by_two_files() {
    let gateway = without_the_key();
    let browser = Browser::enrol(&gateway, "clinician").await;
    assert_eq!(quietline(&gateway, &["staff", "requests", "--out", "requests.json"]).0, Some(0));
    let approve = |dir: &str| {
        let files = ["--requests", "requests.json", "--out", "signed.json"];
        quietline(&gateway, &[["authority", "approve", "--dir", dir, "--all"].as_slice(), &files].concat())
    };
    quietline::e2ee::AuthorityKey::load_or_create(&gateway.folder.path().join("impostor")).unwrap();
    assert_eq!(approve("impostor").0, Some(0));
    let (status, _, error) = quietline(&gateway, &["staff", "credentials", "signed.json"]);
    assert_eq!((status, error.contains("1 were not")), (Some(1), true), "{error}");

    assert_eq!(approve("offline").0, Some(0));
    // An administrator's page takes the same file.
    let signed = std::fs::read_to_string(gateway.folder.path().join("signed.json")).unwrap();
    let signed: serde_json::Value = serde_json::from_str(&signed).unwrap();
    let mut administrator = Browser::enrol(&gateway, "administrator").await.connect(&gateway).await;
    let take = json!({"ask": "take_credentials", "credentials": signed["credentials"]});
    let taken = administrator.ask(json!({"type": "office", "ask": take})).await;
    assert_eq!((&taken["answer"]["taken"], &taken["answer"]["refused"]), (&json!(1), &json!(0)), "{taken}");
    let mut console = browser.connect(&gateway).await;
    assert!(console.ask(json!({"type": "credential"})).await["credential"].is_string());
}

#[tokio::test]
async fn a_program_enrols_by_its_own_kind_of_link_and_a_browser_does_not() {
    let gateway = Gateway::start();
    let pair = Ed25519KeyPair::generate().unwrap();
    let for_browsers = link(&gateway, "counsellor");
    assert_eq!(crate::socket::enrol_with(&gateway, &pair, &for_browsers, "Sam").await.status, 403);
    let for_programs = gateway.link_token();
    let bound = bound_key();
    assert_eq!(begin(&gateway, &pair, &bound, &for_programs, "Sam").await.status, 403);
    assert_eq!(crate::socket::enrol_with(&gateway, &pair, &for_programs, "Sam").await.status, 200);
}

#[tokio::test]
async fn a_message_of_a_stranger_is_refused_before_anything_is_looked_at() {
    let gateway = Gateway::start();
    let mut socket = staff(&gateway).await;
    socket.until("challenge").await;
    for request in [json!({"type": "office", "ask": {"ask": "accounts"}}), json!({"type": "credential"})] {
        assert_eq!(code(&socket.ask(request).await), "out_of_order");
    }
}
