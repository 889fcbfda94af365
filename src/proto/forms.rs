//! Every request that there is, in every wrong form: without a member, with a member of another type, with one too many. None
//! of them is read, and so none changes anything. A request that has no sample here fails the test.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{caller, drill, e2ee::MlsMessage, figures, follow_ups, office, services, shift, staff, triage};

/// The names of all variants, as serde itself gives them to whoever asks for one that is not there.
pub(crate) fn variants<R: DeserializeOwned>(tag: &str) -> BTreeSet<String> {
    let error = serde_json::from_value::<R>(json!({ tag: "?" })).err().unwrap().to_string();
    assert!(error.contains("unknown variant"), "{error}");
    error.split('`').skip(3).step_by(2).map(str::to_owned).collect()
}

/// Everything that is one wrong form of `sample`, and what is wrong.
fn wrong_forms(sample: &Value) -> Vec<(String, Value)> {
    let mut wrong = Vec::new();
    for (name, member) in sample.as_object().unwrap() {
        let mut with = |what: &str, change: &dyn Fn(&mut Map<String, Value>)| {
            let mut changed = sample.clone();
            change(changed.as_object_mut().unwrap());
            wrong.push((format!("{name} {what} in {sample}"), changed));
        };
        with("is missing", &|members| drop(members.remove(name)));
        for other in
            [json!(null), json!(true), json!(-1), json!(1.5), json!("?!"), json!(["?!"]), json!({"?!": 1})]
        {
            if kind(&other) != kind(member) || other == json!(-1) || other == json!(1.5) {
                with(&format!("is {other}"), &|members| drop(members.insert(name.clone(), other.clone())));
            }
        }
        if member.is_object() {
            for (what, within) in wrong_forms(member) {
                with(&format!("where {what}"), &|members| drop(members.insert(name.clone(), within.clone())));
            }
        }
    }
    // Of a request without members serde does not look at what else is there.
    if sample.as_object().unwrap().len() > 1 {
        let mut more = sample.clone();
        more["more"] = json!(1);
        wrong.push((format!("more in {sample}"), more));
    }
    wrong
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// Asserts that there is a sample of each variant, that each is read, and none of its wrong forms, but for the members that may
/// be left out.
fn holds<R: DeserializeOwned>(tag: &str, samples: &[Value], optional: &[&str]) {
    let named: BTreeSet<String> =
        samples.iter().map(|sample| sample[tag].as_str().unwrap().to_owned()).collect();
    assert_eq!(named, variants::<R>(tag), "a request without a sample");
    for sample in samples {
        if let Err(error) = serde_json::from_value::<R>(sample.clone()) {
            panic!("{sample}: {error}");
        }
        for (what, wrong) in wrong_forms(sample) {
            let may_be = optional.iter().any(|name| {
                what.contains(&format!("{name} is missing in"))
                    || what.contains(&format!("{name} is null in"))
            });
            assert!(may_be || serde_json::from_value::<R>(wrong).is_err(), "taken although {what}");
        }
    }
}

fn id() -> String {
    "0".repeat(32)
}

fn mls() -> [Value; 2] {
    [
        json!({"kind": "commit", "epoch": 1, "commit": "AAAA", "welcome": "AAAA", "added": [0], "removed": [2]}),
        json!({"kind": "application", "message": "AAAA"}),
    ]
}

#[test]
fn no_wrong_form_of_a_callers_request_is_read() {
    let mut samples = vec![
        json!({"type": "hello"}),
        json!({"type": "hello", "drill": "t"}),
        json!({"type": "resume", "token": "t", "seen": 3}),
        json!({"type": "join", "key_package": "AAAA", "line": "main", "skill": "welsh", "code": "c"}),
        json!({"type": "ask_another", "key_package": "AAAA"}),
        json!({"type": "key_package", "key_package": "AAAA"}),
        json!({"type": "media", "fingerprint": "ab", "payload_type": 111}),
        json!({"type": "say", "message": "AAAA"}),
        json!({"type": "forget_code", "code": "c"}),
        json!({"type": "leave", "how": "left"}),
        json!({"type": "ping"}),
    ];
    samples.extend(mls().map(|message| json!({"type": "mls", "message": message})));
    holds::<caller::Request>("type", &samples, &["drill", "line", "skill", "code", "welcome", "removed"]);
}

#[test]
fn no_wrong_form_of_a_consoles_request_is_read() {
    let (id, next) = (id(), json!({"who": "next", "role": "clinician"}));
    let heard = json!({"good_s": 1, "gaps_here_s": 0, "gaps_there_s": 0, "gaps_both_s": 0, "late_s": 0});
    let mut samples = vec![
        json!({"type": "sign_in", "credential": "c", "signature": "s", "seen": 0}),
        json!({"type": "enter", "device": id, "session": "s", "signature": "s", "seen": 0}),
        json!({"type": "sign_out"}),
        json!({"type": "credential"}),
        json!({"type": "office", "ask": {"ask": "accounts"}}),
        json!({"type": "figures", "ask": {"ask": "release", "year": 2026, "month": 10}}),
        json!({"type": "services", "ask": {"ask": "keep"}}),
        json!({"type": "shift", "ask": {"ask": "watch", "on": true}}),
        json!({"type": "triage", "ask": {"ask": "cards"}}),
        json!({"type": "drill", "ask": {"ask": "now"}}),
        json!({"type": "follow_ups", "ask": {"ask": "list"}}),
        json!({"type": "available"}),
        json!({"type": "unavailable"}),
        json!({"type": "pause", "why": "break"}),
        json!({"type": "accept", "offer": id}),
        json!({"type": "pass", "offer": id}),
        json!({"type": "media", "call": id, "leg": {"fingerprint": "ab", "payload_type": 111}}),
        json!({"type": "check_path", "leg": {"fingerprint": "ab", "payload_type": 111}}),
        json!({"type": "key_package", "call": id, "key_package": "AAAA"}),
        json!({"type": "say", "call": id, "message": "AAAA"}),
        json!({"type": "end", "call": id}),
        json!({"type": "ask_help", "call": id}),
        json!({"type": "help_done", "call": id}),
        json!({"type": "take_help", "call": id}),
        json!({"type": "colleagues"}),
        json!({"type": "invite", "call": id, "whom": next, "manner": "join"}),
        json!({"type": "invite", "call": id, "whom": {"who": "person", "staff": id}, "manner": "consult"}),
        json!({"type": "cancel_invite", "call": id}),
        json!({"type": "bring_in", "call": id}),
        json!({"type": "end_consult", "call": id}),
        json!({"type": "hand_over", "call": id, "to": 2}),
        json!({"type": "take_charge", "call": id}),
        json!({"type": "leave_call", "call": id}),
        json!({"type": "dismiss", "call": id, "slot": 2}),
        json!({"type": "wrap_up_done", "call": id, "available": true}),
        json!({"type": "code_wrap_up", "call": id, "chosen": [1, null]}),
        json!({"type": "quality", "call": id, "heard": heard}),
        json!({"type": "ping"}),
    ];
    samples.extend(mls().map(|message| json!({"type": "mls", "call": id, "message": message})));
    holds::<staff::Request>("type", &samples, &["welcome", "removed"]);
}

#[test]
fn no_wrong_form_of_an_office_request_is_read() {
    let id = id();
    let samples = [
        json!({"ask": "one_more_device", "native": false}),
        json!({"ask": "accounts"}),
        json!({"ask": "invite", "role": "counsellor"}),
        json!({"ask": "shut_out_person", "staff": id}),
        json!({"ask": "shut_out_device", "device": id}),
        json!({"ask": "recover", "staff": id}),
        json!({"ask": "confirm", "proposal": id}),
        json!({"ask": "withdraw", "proposal": id}),
        json!({"ask": "credential_requests"}),
        json!({"ask": "take_credentials", "credentials": ["c"]}),
    ];
    holds::<office::Request>("ask", &samples, &[]);
}

#[test]
fn no_wrong_form_of_a_request_for_figures_is_read() {
    let samples = [
        json!({"ask": "report", "from": "2026-10-01", "to": "2026-10-31", "line": "main"}),
        json!({"ask": "release", "year": 2026, "month": 10}),
        json!({"ask": "forecast", "from": "2026-10-01", "to": "2026-10-31", "line": "main",
            "in_20_s_per_cent": 90, "occupancy_per_cent": 85}),
    ];
    holds::<figures::Request>("ask", &samples, &["line"]);
}

#[test]
fn no_wrong_form_of_a_request_about_services_is_read() {
    let id = id();
    let details = json!({
        "name": "CALM", "purpose": "Support", "areas": ["Wales"], "families": true, "phone": "0800 58 58 58",
        "text": "85258", "web": "https://a.example", "hours": "always", "languages": ["Welsh"], "cost": "none",
        "referral": "oneself", "tags": ["grief"], "owner": "the team", "review": "2027-03-29",
    });
    let samples = [
        json!({"ask": "list", "known": 3}),
        json!({"ask": "keep"}),
        json!({"ask": "add", "details": details}),
        json!({"ask": "change", "service": id, "based_on": 3, "details": details}),
        json!({"ask": "retire", "service": id, "based_on": 3, "retired": true}),
        json!({"ask": "import", "table": "name,purpose", "trial": true}),
        json!({"ask": "export"}),
    ];
    holds::<services::Request>("ask", &samples, &["review"]);
}

#[test]
fn no_wrong_form_of_a_request_about_the_shift_is_read() {
    let week = "2026-11-23";
    let samples = [
        json!({"ask": "watch", "on": true}),
        json!({"ask": "mine"}),
        json!({"ask": "rota", "line": "main", "week": week}),
        json!({"ask": "set_rota", "line": "main", "week": week, "at": 7, "needed": [1], "people": [{"staff": id(), "on": []}]}),
        json!({"ask": "copy_rota", "line": "main", "from": week, "to": week, "at": 7}),
        json!({"ask": "gaps"}),
        json!({"ask": "training"}),
        json!({"ask": "set_training", "staff": id(), "until": week}),
    ];
    holds::<shift::Request>("ask", &samples, &["line", "week", "until"]);
}

#[test]
fn no_wrong_form_of_a_request_about_triage_is_read() {
    let id = id();
    let samples = [
        json!({"ask": "cards"}),
        json!({"ask": "open", "need": "suicidal"}),
        json!({"ask": "try", "card": id, "service": id, "reason": "open-now"}),
        json!({"ask": "heard", "card": id, "reply": "refused", "why": "full"}),
        json!({"ask": "hand_over", "card": id}),
        json!({"ask": "close", "card": id, "outcome": "advice"}),
        json!({"ask": "expected"}),
        json!({"ask": "take", "card": id}),
        json!({"ask": "came", "card": id, "came": true}),
        json!({"ask": "totals", "from": "2027-03-01", "until": "2027-03-31"}),
    ];
    holds::<triage::Request>("ask", &samples, &["service", "why"]);
}

#[test]
fn no_wrong_form_of_a_request_about_drills_is_read() {
    let samples = [json!({"ask": "now"}), json!({"ask": "open", "minutes": 30}), json!({"ask": "close"})];
    holds::<drill::Request>("ask", &samples, &[]);
}

#[test]
fn no_wrong_form_of_a_follow_ups_request_is_read() {
    let id = id();
    let samples = [
        json!({"ask": "book", "call": id, "at_ms": 1, "contact": {"sealed": "AAAA", "copies": [{"device": id, "copy": "AAAA"}]}}),
        json!({"ask": "list"}),
        json!({"ask": "settle", "follow_up": id, "outcome": "done"}),
        json!({"ask": "remove", "follow_up": id}),
        json!({"ask": "contact_keys"}),
        json!({"ask": "offer_contact_key", "key": "AAAA", "signature": "AAAA"}),
        json!({"ask": "read_contact", "follow_up": id}),
        json!({"ask": "share_contact", "follow_up": id, "copies": [{"device": id, "copy": "AAAA"}]}),
    ];
    holds::<follow_ups::Request>("ask", &samples, &["contact"]);
}

#[test]
fn no_wrong_form_of_an_mls_message_is_read() {
    holds::<MlsMessage>("kind", &mls(), &["welcome", "removed"]);
}
