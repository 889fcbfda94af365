//! The rota and training as supervisors, counsellors and administrators ask for them.

use serde_json::{Value, json};

use crate::{browser::Browser, gateway::Gateway, socket::Socket};

const WEEK: &str = "2026-11-23";

async fn ask(console: &mut Socket, ask: Value) -> Value {
    let answer = console.ask(json!({"type": "shift", "ask": ask})).await;
    if answer["type"] == "shift" { answer["answer"].clone() } else { answer }
}

fn rota() -> Value {
    json!({"ask": "rota", "line": null, "week": WEEK})
}

/// Saves one person's hours in that week, with one needed in each hour.
fn save(at: &Value, staff: &str, from: u16, until: u16) -> Value {
    let people = json!([{"staff": staff, "on": [{"from": from, "until": until}]}]);
    json!({"ask": "set_rota", "line": "main", "week": WEEK, "at": at, "needed": vec![1; 168], "people": people})
}

#[tokio::test]
async fn two_supervisors_plan_one_week_and_each_counsellor_sees_their_own_hours() {
    let gateway = Gateway::start();
    let counsellor = Browser::enrol(&gateway, "counsellor").await;
    let other = Browser::enrol(&gateway, "counsellor").await;
    let mut first = Browser::enrol(&gateway, "supervisor").await.connect(&gateway).await;
    let mut second = Browser::enrol(&gateway, "supervisor").await.connect(&gateway).await;
    let empty = ask(&mut first, rota()).await["rota"].clone();
    assert_eq!((empty["hours"].as_array().unwrap().len(), &empty["at"]), (168, &json!(0)));
    assert_eq!(empty["people"].as_array().unwrap().len(), 4);
    assert!(empty["needed"].as_array().unwrap().iter().all(|needed| *needed == json!(1)));

    let saved = ask(&mut first, save(&empty["at"], &counsellor.staff, 8, 16)).await;
    assert_eq!(saved["answer"], "rota");
    let overtaken = ask(&mut second, save(&empty["at"], &other.staff, 16, 24)).await;
    assert_eq!(
        (&overtaken["answer"], &overtaken["rota"]["at"]),
        (&json!("rota_overtaken"), &saved["rota"]["at"])
    );
    let on = |rota: &Value, of: &Browser| {
        let people = rota["people"].as_array().unwrap().iter();
        people.filter(|person| person["staff"] == of.staff).map(|person| person["on"].clone()).next().unwrap()
    };
    assert_eq!(on(&overtaken["rota"], &counsellor), json!([{"from": 8, "until": 16}]));
    assert_eq!(on(&overtaken["rota"], &other), json!([]));

    let mut console = counsellor.connect(&gateway).await;
    let own = ask(&mut console, rota()).await["rota"].clone();
    assert_eq!(
        (own["people"].as_array().unwrap().len(), &own["needed"], &own["by"]),
        (1, &json!([]), &Value::Null)
    );
    assert_eq!(on(&own, &counsellor), json!([{"from": 8, "until": 16}]));

    let to = json!({"ask": "copy_rota", "line": "main", "from": WEEK, "to": "2026-11-30", "at": 0});
    let copied = ask(&mut second, to.clone()).await;
    assert_eq!(
        (&copied["answer"], on(&copied["rota"], &counsellor)),
        (&json!("rota"), json!([{"from": 8, "until": 16}]))
    );
    assert_eq!(ask(&mut second, to).await["answer"], "rota_overtaken");

    for wrong in [
        save(&saved["rota"]["at"], &"0".repeat(32), 8, 16),
        save(&saved["rota"]["at"], &counsellor.staff, 8, 169),
        save(&saved["rota"]["at"], &counsellor.staff, 9, 9),
        json!({"ask": "rota", "line": null, "week": "2026-11-24"}),
    ] {
        let answer = ask(&mut first, wrong.clone()).await;
        assert_eq!(answer["error"]["code"], "malformed", "{wrong}");
    }
    let elsewhere = ask(&mut first, json!({"ask": "rota", "line": "nowhere", "week": null})).await;
    assert_eq!(elsewhere["error"]["code"], "closed");
    // Nobody is planned for the present week: every hour of the next day is a gap.
    let gaps = ask(&mut first, json!({"ask": "gaps"})).await;
    assert!(!gaps["gaps"].as_array().unwrap().is_empty(), "{gaps}");
}

#[tokio::test]
async fn an_administrator_ends_somebodys_training_and_they_are_not_made_ready() {
    let gateway = Gateway::start();
    let counsellor = Browser::enrol(&gateway, "counsellor").await;
    let mut administrator = Browser::enrol(&gateway, "administrator").await.connect(&gateway).await;
    let mut console = counsellor.connect(&gateway).await;
    let people = ask(&mut administrator, json!({"ask": "training"})).await["people"].clone();
    assert_eq!((people.as_array().unwrap().len(), &people[0]["until"]), (1, &Value::Null));
    let set = |until: Value| json!({"ask": "set_training", "staff": counsellor.staff, "until": until});
    assert_eq!(ask(&mut administrator, set(json!("2020-01-01"))).await["answer"], "done");
    let people = ask(&mut administrator, json!({"ask": "training"})).await["people"].clone();
    assert!(people[0]["days_left"].as_i64().unwrap() < -300, "{people}");
    // The node hears of what is set within a moment.
    loop {
        let answer = console.ask(json!({"type": "available"})).await;
        if answer["type"] == "error" {
            assert_eq!(answer["error"]["code"], "training_over");
            break;
        }
        console.ask(json!({"type": "unavailable"})).await;
    }
    let mine = ask(&mut console, json!({"ask": "mine"})).await;
    assert_eq!(mine["training"]["until"], "2020-01-01");
    assert_eq!(ask(&mut administrator, set(Value::Null)).await["answer"], "done");
    let nobody = json!({"ask": "set_training", "staff": "0".repeat(32), "until": null});
    assert_eq!(ask(&mut administrator, nobody).await["error"]["code"], "out_of_order");
}
