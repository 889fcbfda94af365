//! Every request of everybody who may not make it then: a typed error to the one who asked, nothing changed, nobody told.

use std::collections::BTreeSet;

use serde::Serialize;

use super::*;
use crate::{
    proto::{
        Hidden,
        caller::{Leaving, Request as CallerRequest},
        drill, figures, follow_ups,
        forms::variants,
        media::LegRequest,
        office, services, shift,
        staff::{Manner, Pause, Request, Role, Whom},
        triage,
    },
    store::Entry,
};

/// One of each request of a console, about that call, that offer, and that seat. What signalling answers by itself is here as
/// well: the node refuses it.
fn staff_requests(call: CallId, offer: OfferId, slot: Slot) -> Vec<Request> {
    let all = vec![
        Request::Available,
        Request::Unavailable,
        Request::Pause { why: Pause::Break },
        Request::Accept { offer },
        Request::Pass { offer },
        Request::KeyPackage { call, key_package: PACKAGE.to_owned() },
        Request::Mls { call, message: words("aGVsbG8=") },
        Request::Say { call, message: "aGVsbG8=".to_owned() },
        Request::End { call },
        Request::AskHelp { call },
        Request::HelpDone { call },
        Request::TakeHelp { call },
        Request::Colleagues,
        Request::Invite { call, whom: Whom::Next { role: Role::Clinician }, manner: Manner::Join },
        Request::CancelInvite { call },
        Request::BringIn { call },
        Request::EndConsult { call },
        Request::HandOver { call, to: slot },
        Request::TakeCharge { call },
        Request::LeaveCall { call },
        Request::Dismiss { call, slot },
        Request::WrapUpDone { call, available: true },
        Request::CodeWrapUp { call, chosen: Vec::new() },
        Request::SignIn { credential: String::new(), signature: String::new(), seen: 0 },
        Request::Enter {
            device: DeviceId::from_random([1; 16]),
            session: Hidden(String::new()),
            signature: String::new(),
            seen: 0,
        },
        Request::SignOut,
        Request::Credential,
        Request::Office { ask: office::Request::Accounts },
        Request::Figures { ask: figures::Request::Release { year: 2026, month: 10 } },
        Request::Services { ask: services::Request::Keep },
        Request::Shift { ask: shift::Request::Watch { on: true } },
        Request::Triage { ask: triage::Request::Cards },
        Request::Drill { ask: drill::Request::Now },
        Request::FollowUps { ask: follow_ups::Request::List },
        Request::Media { call, leg: LegRequest { fingerprint: "ab".repeat(32), payload_type: 111 } },
        Request::CheckPath { leg: LegRequest { fingerprint: "ab".repeat(32), payload_type: 111 } },
        Request::Ping,
    ];
    let names: BTreeSet<String> = all.iter().map(name).collect();
    assert_eq!(names, variants::<Request>("type"), "a request that nobody is refused");
    all
}

/// As it is named in the protocol.
fn name<R: Serialize>(request: &R) -> String {
    serde_json::to_value(request).unwrap()["type"].as_str().unwrap().to_owned()
}

async fn records(house: &House) -> Vec<Entry> {
    house.barrier().await;
    house.ledger.range("").await.unwrap().0
}

/// Makes every request that is not among `may`, and asserts that each is refused and changes nothing.
async fn refuses(house: &House, who: &str, console: &mut Console, requests: Vec<Request>, may: &[&str]) {
    for request in requests.into_iter().filter(|request| !may.contains(&name(request).as_str())) {
        let (asked, before) = (name(&request), records(house).await);
        let answer = console.ask(request).await;
        let code = answer.expect_err(&format!("{who} may {asked}"));
        let typed = [
            ErrorCode::NotAllowed,
            ErrorCode::OutOfOrder,
            ErrorCode::OfferGone,
            ErrorCode::UnknownSession,
            ErrorCode::NotFree,
        ];
        assert!(typed.contains(&code), "{who}: {asked} is {code:?}");
        assert!(records(house).await == before, "{who}: {asked} was refused and changed something");
    }
}

async fn console_of(house: &House, number: u8, role: Role) -> Console {
    let who = house.enrol_as(number, number, role).await;
    house.sign_in_as(who, 0).await.unwrap()
}

#[tokio::test]
async fn nobody_at_a_console_does_what_is_not_theirs_to_do_then() {
    let house = House::open().await;
    let (mut caller, mut lead) = house.call().await;
    let call = caller.call();
    let offer = OfferId::from_random([0xee; 16]);
    let all = |slot| staff_requests(call, offer, slot);
    house.barrier().await;
    caller.0.catch_up();
    let shown = caller.0.last.clone();

    // Outside the call, of each role.
    for (number, role) in [(2, Role::Counsellor), (3, Role::Clinician), (4, Role::Supervisor)] {
        let mut console = console_of(&house, number, role).await;
        let of_all = ["available", "unavailable", "pause", "colleagues"];
        let may: Vec<&str> =
            of_all.into_iter().chain((role == Role::Supervisor).then_some("shift")).collect();
        refuses(&house, &format!("{role:?} outside"), &mut console, all(Slot::CALLER), &may).await;
        console.ask(Request::Available).await.unwrap();
        refuses(&house, &format!("{role:?} available"), &mut console, all(Slot::COUNSELLOR), &may).await;
        console.ask(Request::Pause { why: Pause::Debrief }).await.unwrap();
        refuses(&house, &format!("{role:?} paused"), &mut console, all(Slot::GUEST), &may).await;
    }

    // In charge, with nobody else there. Cancelling and being done with what is not there changes nothing.
    let may = [
        "key_package",
        "mls",
        "say",
        "end",
        "ask_help",
        "invite",
        "colleagues",
        "help_done",
        "cancel_invite",
        "take_charge",
    ];
    refuses(&house, "the lead", &mut lead, all(Slot::GUEST), &may).await;

    // Asked to come.
    let mut clinician = console_of(&house, 5, Role::Clinician).await;
    clinician.ask(Request::Available).await.unwrap();
    lead.ask(Request::Invite { call, whom: Whom::Next { role: Role::Clinician }, manner: Manner::Join })
        .await
        .unwrap();
    clinician.0.state(|state| matches!(state, StaffState::Invited { .. })).await;
    let may = ["available", "unavailable", "pause", "colleagues"];
    refuses(&house, "who is asked", &mut clinician, all(Slot::GUEST), &may).await;
    let other = Request::Invite { call, whom: Whom::Next { role: Role::Counsellor }, manner: Manner::Join };
    refuses(&house, "the lead who asks", &mut lead, vec![other], &[]).await;

    // In the call and not in charge.
    let StaffState::Invited { invitation } = clinician.0.last.clone().unwrap() else { unreachable!() };
    clinician.ask(Request::Accept { offer: invitation.offer }).await.unwrap();
    let may = ["key_package", "leave_call", "colleagues"];
    refuses(&house, "who joined", &mut clinician, all(Slot::COUNSELLOR), &may).await;

    // Gone from it.
    clinician.ask(Request::LeaveCall { call }).await.unwrap();
    let may = ["leave_call", "wrap_up_done", "pause", "colleagues", "end", "hand_over"];
    refuses(&house, "who left", &mut clinician, all(Slot::COUNSELLOR), &may).await;

    caller.0.catch_up();
    let connected = |state: &Option<CallerState>| matches!(state, Some(CallerState::Connected { .. }));
    assert!(connected(&shown) && connected(&caller.0.last));
}

#[tokio::test]
async fn no_caller_does_what_is_not_possible_then() {
    let house = House::open().await;
    let package = || PACKAGE.to_owned();
    let requests = || {
        [
            CallerRequest::Hello { drill: None },
            CallerRequest::Resume { token: "0".repeat(64), seen: 0 },
            CallerRequest::Join { key_package: package(), line: None, skill: None, code: None },
            CallerRequest::Join {
                key_package: package(),
                line: Some("nowhere".parse().unwrap()),
                skill: None,
                code: None,
            },
            CallerRequest::AskAnother { key_package: package() },
            CallerRequest::KeyPackage { key_package: package() },
            CallerRequest::KeyPackage { key_package: "not base64!".to_owned() },
            CallerRequest::KeyPackage { key_package: "AAAA".repeat(8 * 1024) },
            CallerRequest::Mls { message: words("aGVsbG8=") },
            CallerRequest::Mls { message: commit_of(7, "eA==", &[]) },
            CallerRequest::Mls { message: commit_of(1, "eA==", &[Slot::CALLER]) },
            CallerRequest::Leave { how: Leaving::Left },
            CallerRequest::Say { message: "aGVsbG8=".to_owned() },
            CallerRequest::Ping,
            CallerRequest::Media(LegRequest { fingerprint: "ab".repeat(32), payload_type: 111 }),
            // Answered in the same way by everybody's page, whether there is anything to forget.
            CallerRequest::ForgetCode { code: Hidden("no such code".to_owned()) },
        ]
    };
    let names: BTreeSet<String> = requests().iter().map(name).collect();
    assert_eq!(names, variants::<CallerRequest>("type"), "a request that nobody is refused");
    // By their place in the list.
    let mut visitor = house.visitor().await;
    let mut waiting = house.caller().await;
    let (mut connected, mut console) = house.call_behind(&mut waiting).await;
    let call = connected.call();
    for (who, page, may) in [
        ("a visitor", &mut visitor, vec![2, 15]),
        ("who waits", &mut waiting, vec![5, 11, 15]),
        ("who talks", &mut connected, vec![5, 8, 11, 12, 15]),
    ] {
        for (index, request) in requests().into_iter().enumerate().filter(|(index, _)| !may.contains(index)) {
            let before = records(&house).await;
            let answer = page.ask(request).await;
            assert!(
                answer.is_err_and(|code| code != ErrorCode::Internal),
                "{who}: request {index} is {answer:?}"
            );
            assert!(records(&house).await == before, "{who}: request {index} changed something");
        }
    }
    console.ask(Request::End { call }).await.unwrap();
    connected.0.state(|state| matches!(state, CallerState::Ended { .. })).await;
    for (index, request) in
        requests().into_iter().enumerate().filter(|(index, _)| ![2, 11, 15].contains(index))
    {
        let before = records(&house).await;
        assert!(connected.ask(request).await.is_err(), "an ended call: request {index}");
        assert!(records(&house).await == before);
    }
    connected.leave().await;
}

/// What is asked a second time, because the answer was lost or a message is played again, is answered and changes nothing more.
#[tokio::test]
async fn a_request_that_is_played_again_changes_nothing_more() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    let mut console = house.counsellor(1).await;
    let offer = console.rings().await;
    let call = caller.call();
    let mut again = Vec::new();
    for request in [
        Request::Accept { offer: offer.id },
        Request::AskHelp { call },
        Request::HelpDone { call },
        Request::Invite { call, whom: Whom::Next { role: Role::Clinician }, manner: Manner::Join },
        Request::CancelInvite { call },
        Request::End { call },
        Request::WrapUpDone { call, available: false },
        Request::Available,
        Request::Unavailable,
        Request::Pause { why: Pause::Break },
    ] {
        console.ask(request.clone()).await.unwrap();
        let before = records(&house).await;
        // Taken as done already, or refused.
        let _answer = console.ask(request.clone()).await;
        assert!(records(&house).await == before, "{request:?} was played again and changed something");
        again.push(request);
    }
    for request in again {
        let before = records(&house).await;
        let answer = console.ask(request.clone()).await;
        let own = matches!(request, Request::Available | Request::Unavailable | Request::Pause { .. });
        assert!(own || records(&house).await == before, "{request:?} of a call that is over: {answer:?}");
    }
    caller.ask(CallerRequest::Leave { how: Leaving::Left }).await.unwrap();
    let before = records(&house).await;
    caller.ask(CallerRequest::Leave { how: Leaving::QuickExit }).await.unwrap();
    assert!(records(&house).await == before);
}
