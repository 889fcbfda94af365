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
    let services = |ask: Value| json!({"type": "services", "ask": ask});
    let drill = |ask: Value| json!({"type": "drill", "ask": ask});
    let triage = |ask: Value| json!({"type": "triage", "ask": ask});
    let details = json!({
        "name": "CALM", "purpose": "", "areas": [], "families": false, "phone": "", "text": "", "web": "", "hours": "",
        "languages": [], "cost": "", "referral": "", "tags": [], "owner": "", "review": null,
    });
    let heard = json!({"good_s": 1, "gaps_here_s": 0, "gaps_there_s": 0, "gaps_both_s": 0, "late_s": 0});
    let shift = |ask: Value| json!({"type": "shift", "ask": ask});
    let follow_ups = |ask: Value| json!({"type": "follow_ups", "ask": ask});
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
        (json!({"type": "check_path", "leg": leg}), Act::TakePart),
        (json!({"type": "key_package", "call": id, "key_package": "AAAA"}), Act::TakePart),
        (json!({"type": "mls", "call": id, "message": application}), Act::TakePart),
        (json!({"type": "say", "call": id, "message": "AAAA"}), Act::TakePart),
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
        (json!({"type": "code_wrap_up", "call": id, "chosen": []}), Act::TakePart),
        (json!({"type": "quality", "call": id, "heard": heard}), Act::TakePart),
        (follow_ups(json!({"ask": "book", "call": id, "at_ms": 1})), Act::SeeToFollowUps),
        (follow_ups(json!({"ask": "list"})), Act::SeeToFollowUps),
        (follow_ups(json!({"ask": "settle", "follow_up": id, "outcome": "done"})), Act::SeeToFollowUps),
        (follow_ups(json!({"ask": "remove", "follow_up": id})), Act::SeeToFollowUps),
        (follow_ups(json!({"ask": "contact_keys"})), Act::SeeToFollowUps),
        (
            follow_ups(json!({"ask": "offer_contact_key", "key": "AAAA", "signature": "AAAA"})),
            Act::ReadContacts,
        ),
        (follow_ups(json!({"ask": "read_contact", "follow_up": id})), Act::ReadContacts),
        (follow_ups(json!({"ask": "share_contact", "follow_up": id, "copies": []})), Act::ReadContacts),
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
        (
            json!({"type": "figures", "ask": {"ask": "report", "from": "2026-10-01", "to": "2026-10-31", "line": null}}),
            Act::SeeFigures,
        ),
        (json!({"type": "figures", "ask": {"ask": "release", "year": 2026, "month": 10}}), Act::SeeReleases),
        (services(json!({"ask": "list", "known": 0})), Act::SearchServices),
        (services(json!({"ask": "keep"})), Act::KeepServices),
        (services(json!({"ask": "add", "details": details})), Act::KeepServices),
        (
            services(json!({"ask": "change", "service": id, "based_on": 0, "details": details})),
            Act::KeepServices,
        ),
        (
            services(json!({"ask": "retire", "service": id, "based_on": 0, "retired": true})),
            Act::KeepServices,
        ),
        (services(json!({"ask": "import", "table": "", "trial": true})), Act::KeepServices),
        (services(json!({"ask": "export"})), Act::KeepServices),
        (
            json!({"type": "figures", "ask": {"ask": "forecast", "from": "2026-10-01", "to": "2026-10-31", "line": null,
                "in_20_s_per_cent": 90, "occupancy_per_cent": 85}}),
            Act::SeeFigures,
        ),
        (shift(json!({"ask": "watch", "on": false})), Act::WatchShift),
        (shift(json!({"ask": "gaps"})), Act::WatchShift),
        (shift(json!({"ask": "mine"})), Act::SeeOwnShift),
        (shift(json!({"ask": "rota", "line": null, "week": null})), Act::SeeOwnShift),
        (
            shift(
                json!({"ask": "set_rota", "line": "main", "week": "2026-11-23", "at": 0, "needed": [], "people": []}),
            ),
            Act::EditRota,
        ),
        (
            shift(
                json!({"ask": "copy_rota", "line": "main", "from": "2026-11-23", "to": "2026-11-30", "at": 9}),
            ),
            Act::EditRota,
        ),
        (shift(json!({"ask": "training"})), Act::SetTraining),
        (shift(json!({"ask": "set_training", "staff": id, "until": null})), Act::SetTraining),
        (triage(json!({"ask": "cards"})), Act::Triage),
        (triage(json!({"ask": "open", "need": "none"})), Act::Triage),
        (triage(json!({"ask": "try", "card": id, "service": null, "reason": "none"})), Act::Triage),
        (triage(json!({"ask": "heard", "card": id, "reply": "accepted", "why": null})), Act::Triage),
        (triage(json!({"ask": "hand_over", "card": id})), Act::Triage),
        (triage(json!({"ask": "close", "card": id, "outcome": "none"})), Act::Triage),
        (triage(json!({"ask": "expected"})), Act::TakeExpected),
        (triage(json!({"ask": "take", "card": id})), Act::TakeExpected),
        (triage(json!({"ask": "came", "card": id, "came": true})), Act::TakeExpected),
        (triage(json!({"ask": "totals", "from": "2027-03-01", "until": "2027-03-31"})), Act::SeeTriage),
        (drill(json!({"ask": "now"})), Act::Practise),
        (drill(json!({"ask": "open", "minutes": 0})), Act::RunDrill),
        (drill(json!({"ask": "close"})), Act::RunDrill),
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
    // One console asks everything there is within a second.
    let gateway = Gateway::start_with(&[("QUIETLINE_LIMITS_MESSAGES_PER_SECOND", "1000")]);
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
    let mut sampled: BTreeSet<String> = BTreeSet::new();
    let mut asks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (message, _) in messages() {
        sampled.insert(message["type"].as_str().unwrap().to_owned());
        if let Some(ask) = message["ask"]["ask"].as_str() {
            let subject = message["type"].as_str().unwrap().to_owned();
            asks.entry(subject).or_default().insert(ask.to_owned());
        }
    }
    assert_eq!(named("StaffRequest.ts", "type"), sampled);
    for (subject, asks) in asks {
        let subject = if subject == "follow_ups" { "followUp" } else { &subject };
        let file = format!("{}{}Request.ts", subject[..1].to_uppercase(), &subject[1..]);
        assert_eq!(named(&file, "ask"), asks);
    }
}

/// What is open to everybody, and why.
const OPEN: [&str; 6] = [
    // What a page must know.
    "/api/config",
    // A caller is anonymous; the tokens of calls are tested in `connection` and `calls`.
    "/ws/caller",
    "/api/caller/leave",
    // Says a challenge and waits for whoever answers it.
    "/ws/staff",
    // The same for a drill, tested in `drill`.
    "/ws/drill/caller",
    "/ws/drill/staff",
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
