//! Who may ask what: every message of the staff protocol by every role against the one table, and every endpoint by somebody
//! who proves nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use quietline::core::{
    permissions::{Act, may},
    staff::Role,
};
use serde_json::{Value, json};

use crate::{browser::Browser, gateway::Gateway, socket::Socket};

/// A sample of every message, and the act that it is.
fn messages() -> Vec<(Value, Act)> {
    let id = "0".repeat(32);
    let leg = json!({"fingerprint": "ab".repeat(32), "payload_type": 111});
    let application = json!({"kind": "application", "message": "AAAA"});
    let next = json!({"who": "next", "role": "clinician"});
    let office = |ask: Value| json!({"type": "office", "ask": ask});
    vec![
        (json!({"type": "sign_in", "credential": "", "signature": "", "seen": 0}), Act::Own),
        (json!({"type": "enter", "device": id, "session": id, "signature": "", "seen": 0}), Act::Own),
        (json!({"type": "credential"}), Act::Own),
        (json!({"type": "ping"}), Act::Own),
        (json!({"type": "available"}), Act::BeRung),
        (json!({"type": "unavailable"}), Act::BeRung),
        (json!({"type": "accept", "offer": id}), Act::BeRung),
        (json!({"type": "pass", "offer": id}), Act::BeRung),
        (json!({"type": "media", "call": id, "leg": leg}), Act::TakePart),
        (json!({"type": "key_package", "call": id, "key_package": "AAAA"}), Act::TakePart),
        (json!({"type": "mls", "call": id, "message": application}), Act::TakePart),
        (json!({"type": "pause", "why": "break"}), Act::BeRung),
        (json!({"type": "take_help", "call": id}), Act::GiveHelp),
        (json!({"type": "ask_help", "call": id}), Act::TakePart),
        (json!({"type": "help_done", "call": id}), Act::TakePart),
        (json!({"type": "colleagues"}), Act::TakePart),
        (json!({"type": "invite", "call": id, "whom": next, "manner": "join"}), Act::TakePart),
        (json!({"type": "cancel_invite", "call": id}), Act::TakePart),
        (json!({"type": "bring_in", "call": id}), Act::TakePart),
        (json!({"type": "end_consult", "call": id}), Act::TakePart),
        (json!({"type": "hand_over", "call": id, "to": 2}), Act::TakePart),
        (json!({"type": "take_charge", "call": id}), Act::TakePart),
        (json!({"type": "leave_call", "call": id}), Act::TakePart),
        (json!({"type": "dismiss", "call": id, "slot": 2}), Act::TakePart),
        (json!({"type": "end", "call": id}), Act::TakePart),
        (json!({"type": "wrap_up_done", "call": id, "available": false}), Act::TakePart),
        (office(json!({"ask": "one_more_device", "native": false})), Act::Own),
        (office(json!({"ask": "accounts"})), Act::SeeAccounts),
        (office(json!({"ask": "invite", "role": "counsellor"})), Act::ManageAccounts),
        (office(json!({"ask": "shut_out_person", "staff": id})), Act::ManageAccounts),
        (office(json!({"ask": "shut_out_device", "device": id})), Act::ManageAccounts),
        (office(json!({"ask": "recover", "staff": id})), Act::ManageAccounts),
        (office(json!({"ask": "withdraw", "proposal": id})), Act::ManageAccounts),
        (office(json!({"ask": "confirm", "proposal": id})), Act::ConfirmAsSecond),
        (office(json!({"ask": "credential_requests"})), Act::CarryCredentials),
        (office(json!({"ask": "take_credentials", "credentials": []})), Act::CarryCredentials),
        // Last: it ends the connection.
        (json!({"type": "sign_out"}), Act::Own),
    ]
}

/// Whether the role was refused for what it is, in the words that only this refusal has.
async fn refused_by_role(console: &mut Socket, message: &Value) -> bool {
    if message["type"] == "ping" {
        console.say(message.clone()).await;
        console.until("pong").await;
        return false;
    }
    let answer = console.ask(message.clone()).await;
    let refused = answer["error"]["text"] == "Your role does not allow this.";
    assert!(!refused || answer["error"]["code"] == "not_allowed", "{answer}");
    refused
}

#[tokio::test]
async fn every_message_by_every_role_is_answered_as_the_table_says() {
    let gateway = Gateway::start();
    for role in Role::ALL {
        let word = format!("{role:?}").to_lowercase();
        let mut console = Browser::enrol(&gateway, &word).await.connect(&gateway).await;
        for (message, act) in messages() {
            let refused = refused_by_role(&mut console, &message).await;
            assert_eq!(refused, !may(role, act), "{role:?} asks {message}");
        }
    }
}

#[test]
fn the_samples_above_are_all_messages_that_there_are() {
    let named = |file: &str, tag: &str| -> BTreeSet<String> {
        let types = fs::read_to_string(Path::new("web/src/proto").join(file)).unwrap();
        let marks: Vec<_> = types.split(&format!("\"{tag}\": \"")).skip(1).collect();
        marks.iter().map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    let mut sampled: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (message, _) in messages() {
        sampled.entry("type").or_default().insert(message["type"].as_str().unwrap().to_owned());
        if let Some(ask) = message["ask"]["ask"].as_str() {
            sampled.entry("ask").or_default().insert(ask.to_owned());
        }
    }
    assert_eq!(named("StaffRequest.ts", "type"), sampled["type"]);
    assert_eq!(named("OfficeRequest.ts", "ask"), sampled["ask"]);
}

/// What is open to everybody, and why.
const OPEN: [&str; 4] = [
    // What a page must know.
    "/api/config",
    // A caller is anonymous; the tokens of calls are tested in `connection` and `calls`.
    "/ws/caller",
    "/api/caller/leave",
    // Says a challenge and waits for whoever answers it.
    "/ws/staff",
];

#[tokio::test]
async fn every_endpoint_of_staff_refuses_whoever_proves_nothing() {
    let gateway = Gateway::start_with(&[("QUIETLINE_LIMITS_ENROLMENTS_PER_MINUTE", "1000")]);
    let id = "0".repeat(32);
    let (key, bound) = ("A".repeat(43), format!("B{}", "A".repeat(86)));
    let passkey = json!({"id": "AA", "rawId": "AA", "type": "public-key", "extensions": {}, "response": {}});
    let bodies = BTreeMap::from([
        ("/api/staff/link", json!({"token": id})),
        ("/api/staff/enrol", json!({"token": id, "name": "Sam", "device_key": key, "signature": ""})),
        (
            "/api/staff/passkey/enrol",
            json!({"token": id, "name": "Sam", "device_key": key, "bound_key": bound, "signature": ""}),
        ),
        ("/api/staff/passkey/enrolled", json!({"ceremony": id, "passkey": passkey})),
        ("/api/staff/passkey/sign-in", json!({"device": id})),
        ("/api/staff/passkey/signed-in", json!({"ceremony": id, "passkey": passkey, "signature": ""})),
        ("/api/authority/requests", json!({"at": 0, "signature": ""})),
        // Credentials prove themselves: one that does not is counted and not taken (see below).
        ("/api/authority/credentials", json!({"quietline": "credentials v1", "credentials": ["a.b.c"]})),
    ]);
    let routes = ["src/signalling/rest.rs", "src/signalling/server.rs"]
        .into_iter()
        .flat_map(|file| {
            let text: String = fs::read_to_string(file).unwrap().split_whitespace().collect();
            let routes =
                text.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
            routes.collect::<Vec<_>>()
        })
        .filter(|path| !OPEN.contains(&path.as_str()))
        .collect::<BTreeSet<_>>();
    assert_eq!(routes, bodies.keys().map(|path| (*path).to_owned()).collect(), "an endpoint without a test");

    for (path, body) in bodies {
        let answer = gateway.post(path, &body.to_string()).await;
        if path == "/api/authority/credentials" {
            assert_eq!(answer.body, r#"{"taken":0,"refused":1}"#);
        } else {
            assert!([400, 403].contains(&answer.status), "{path}: {} {}", answer.status, answer.body);
        }
        let elsewhere = [("origin", "https://elsewhere.example")];
        let foreign = gateway.request("POST", path, &elsewhere, &body.to_string()).await;
        assert_eq!(foreign.status, 403, "{path} from another origin");
        for malformed in ["", "[]", "{\"more\":1}"] {
            assert_eq!(gateway.post(path, malformed).await.status, 400, "{path}: {malformed:?}");
        }
        // What is much more than is read may be cut off while it is sent: only where the limit is small is it refused by name.
        if !path.starts_with("/api/authority") {
            let large = format!("{{\"token\":\"{}\"}}", "x".repeat(8 * 1024));
            assert_eq!(gateway.post(path, &large).await.status, 413, "{path}");
        }
    }
}
