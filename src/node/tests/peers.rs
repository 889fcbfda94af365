//! Connections: lost, regained, taken over, too slow.

use futures_util::future::join_all;

use super::*;
use crate::node::Seat;
use crate::proto::{
    caller::EndedBy,
    staff::{Request, Role},
};

#[tokio::test]
async fn a_waiting_caller_who_is_lost_keeps_the_place() {
    let house = House::open().await;
    let (first, mut second) = (house.caller().await, house.caller().await);
    let token = first.token();
    first.lose().await;
    second.waits_behind(1).await;
    house.pass(299);
    let mut back = house.resume(&token, 0).await.unwrap();
    back.waits_behind(0).await;
    let mut console = house.counsellor(1).await;
    assert_eq!(console.answer().await, back.call());
}

#[tokio::test]
async fn a_lost_caller_is_not_offered_but_the_next_is() {
    let house = House::open().await;
    let (first, second) = (house.caller().await, house.caller().await);
    first.lose().await;
    let mut console = house.counsellor(1).await;
    assert_eq!(console.answer().await, second.call());
}

#[tokio::test]
async fn a_waiting_caller_who_does_not_come_back_is_ended_as_lost_and_the_ring_stops() {
    let house = House::open().await;
    let caller = house.caller().await;
    let token = caller.token();
    caller.lose().await;
    house.pass(290);
    let back = house.resume(&token, 0).await.unwrap();
    let mut console = house.counsellor(1).await;
    console.rings().await;
    back.lose().await;
    house.pass(300);
    console.0.state(|state| !matches!(state, StaffState::Ringing { .. })).await;
    let mut late = house.resume(&token, 0).await.unwrap();
    late.0.state(|state| *state == CallerState::Ended { by: EndedBy::Lost }).await;
}

#[tokio::test]
async fn the_counsellor_is_held_for_a_lost_caller_and_no_timer_ends_the_call() {
    let house = House::open().await;
    let (caller, mut console) = house.call().await;
    let token = caller.token();
    caller.lose().await;
    console
        .0
        .state(|state| matches!(state, StaffState::OnCall { call } if !call.participants[0].connected))
        .await;
    house.pass(86_400);
    house.barrier().await;
    let mut back = house.resume(&token, 1).await.unwrap();
    assert_eq!(back.connected().await[1].name.as_deref(), Some("Sam 1"));
    console
        .0
        .state(|state| matches!(state, StaffState::OnCall { call } if call.participants[0].connected))
        .await;
}

#[tokio::test]
async fn a_call_that_both_have_lost_for_the_whole_hold_is_ended_as_lost() {
    let house = House::open().await;
    let (caller, console) = house.call().await;
    let (token, call) = (caller.token(), caller.call());
    caller.lose().await;
    house.pass(200);
    console.lose(Gone::Closed).await;
    house.pass(299);
    assert_eq!(house.barrier().await.connected, 1);
    house.pass(1);
    let mut console = house.sign_in(1, 0).await.unwrap();
    console.is(StaffState::WrapUp { call, ended_by: Some(EndedBy::Lost), fields: Vec::new() }).await;
    let mut back = house.resume(&token, 0).await.unwrap();
    back.0.state(|state| *state == CallerState::Ended { by: EndedBy::Lost }).await;
}

#[tokio::test]
async fn a_console_that_is_silent_gives_its_offer_to_the_next_at_once() {
    let house = House::open().await;
    let caller = house.caller().await;
    let mut gone = house.counsellor(1).await;
    gone.rings().await;
    let mut next = house.counsellor(2).await;
    gone.lose(Gone::Silent).await;
    assert_eq!(next.answer().await, caller.call());
}

#[tokio::test]
async fn a_console_that_was_closed_is_not_offered_a_caller_and_is_gone_after_ten_seconds() {
    let house = House::open().await;
    let console = house.counsellor(1).await;
    console.lose(Gone::Closed).await;
    let mut caller = house.caller().await;
    caller
        .0
        .state(|state| matches!(state, CallerState::Waiting { ringing: false, on_shift: true, .. }))
        .await;
    house.pass(10);
    caller.0.state(|state| matches!(state, CallerState::Waiting { on_shift: false, .. })).await;
    let mut back = house.sign_in(1, 0).await.unwrap();
    back.is(StaffState::Unavailable).await;
}

#[tokio::test]
async fn a_console_that_is_reloaded_is_still_available() {
    let house = House::open().await;
    let console = house.counsellor(1).await;
    console.lose(Gone::Closed).await;
    let caller = house.caller().await;
    house.pass(9);
    let mut back = house.sign_in(1, 0).await.unwrap();
    assert_eq!(back.rings().await.call, caller.call());
}

#[tokio::test]
async fn a_second_page_of_the_same_call_takes_over() {
    let house = House::open().await;
    let (mut caller, _console) = house.call().await;
    let mut second = house.resume(&caller.token(), 1).await.unwrap();
    second.connected().await;
    caller.0.hear_until(|page| page.bye.is_some()).await;
    assert_eq!(caller.0.bye, Some(Goodbye::TakenOver));
    caller.0.hear_until(|page| page.closed).await;
    caller.lose().await;
    house.barrier().await;
    second.0.catch_up();
    assert!(second.connected().await[0].connected, "the end of the old page is not the end of the new one");
}

#[tokio::test]
async fn a_second_console_of_the_same_device_takes_over() {
    let house = House::open().await;
    let (caller, mut console) = house.call().await;
    let mut second = house.sign_in(1, 0).await.unwrap();
    assert_eq!(second.on_call().await, caller.call());
    console.0.hear_until(|page| page.closed).await;
    assert_eq!(console.0.bye, Some(Goodbye::TakenOver));
}

#[tokio::test]
async fn the_token_of_a_forgotten_call_opens_nothing() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    caller.leave().await;
    let mut told = house.resume(&caller.token(), 0).await.unwrap();
    told.0.state(|state| *state == CallerState::Ended { by: EndedBy::Caller }).await;
    house.pass(600);
    house.barrier().await;
    assert_eq!(house.resume(&caller.token(), 0).await.err(), Some(ErrorCode::UnknownSession));
    assert_eq!(house.resume(&"0".repeat(64), 0).await.err(), Some(ErrorCode::UnknownSession));
    assert!(house.ledger.range("call/").await.unwrap().0.is_empty());
}

#[tokio::test]
async fn a_resume_token_is_nowhere_in_the_ledger() {
    let house = House::open().await;
    let (caller, _console) = house.call().await;
    let token = caller.token();
    for entry in house.ledger.range("").await.unwrap().0 {
        assert!(!String::from_utf8_lossy(&entry.value).contains(&token), "{}", entry.key);
    }
}

#[tokio::test]
async fn a_page_that_does_not_read_is_closed_and_keeps_its_place() {
    let house = House::open().await;
    let slow = house.caller().await;
    let token = slow.token();
    let mut console = house.sign_in(1, 0).await.unwrap();
    for _ in 0..OUTBOX {
        console.ask(Request::Available).await.unwrap();
        console.ask(Request::Unavailable).await.unwrap();
    }
    assert_eq!(house.barrier().await.counters.slow_peers, 1);
    let mut back = house.resume(&token, 0).await.unwrap();
    back.waits_behind(0).await;
}

#[tokio::test]
async fn a_device_that_is_not_enrolled_or_was_shut_out_cannot_sign_in() {
    let house = House::open().await;
    let who = house.enrol(1, 1).await;
    let stranger = StaffIdentity { key: [99; 32], ..who.clone() };
    assert_eq!(house.sign_in_as(stranger, 0).await.err(), Some(ErrorCode::BadCredential));
    let mut console = house.sign_in_as(who.clone(), 0).await.unwrap();
    let registry = Registry::new(Arc::clone(&house.ledger));
    registry.revoke_device(who.device, Who::Operator, house.clock.now()).await.unwrap();
    console.0.hear_until(|page| page.closed).await;
    assert_eq!(console.0.bye, Some(Goodbye::SignedOut));
    assert_eq!(house.sign_in_as(who, 0).await.err(), Some(ErrorCode::BadCredential));
}

#[tokio::test]
async fn a_counsellor_who_is_shut_out_in_a_call_is_lost_to_the_caller_and_the_leg_is_cut() {
    let mut house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    let given = house.node.staff_seat(console.0.conn, caller.call()).await.unwrap();
    house.shut_out_elsewhere(1).await;
    console.0.hear_until(|page| page.closed).await;
    assert_eq!(console.0.bye, Some(Goodbye::SignedOut));
    caller
        .0
        .state(|state| matches!(state, CallerState::Connected { participants } if !participants[1].connected))
        .await;
    let Some(Effect::Cut { call, slot, at }) = house.effects.recv().await else { panic!("no cut") };
    assert_eq!((call, slot), (caller.call(), Slot::COUNSELLOR));
    assert!(given.at <= at, "a token minted of a seat given before is cut with it");
    assert_eq!(house.barrier().await.connected, 1, "nothing but the caller ends the call");
}

#[tokio::test]
async fn a_ring_at_a_console_that_is_shut_out_goes_to_the_next() {
    let house = House::open().await;
    let mut first = house.counsellor(1).await;
    let caller = house.caller().await;
    first.rings_for(&caller).await;
    let mut second = house.counsellor(2).await;
    house.shut_out_elsewhere(1).await;
    first.0.hear_until(|page| page.closed).await;
    second.rings_for(&caller).await;
}

#[tokio::test]
async fn who_was_shut_out_while_no_node_ran_stays_out() {
    let house = House::open().await;
    let who = house.enrol(1, 1).await;
    house.shut_out_elsewhere(1).await;
    let house = house.restart().await;
    assert_eq!(house.sign_in_as(who, 0).await.err(), Some(ErrorCode::BadCredential));
}

#[tokio::test]
async fn a_seat_given_after_a_cut_is_later_than_it() {
    let mut house = House::open().await;
    let mut first = house.counsellor(1).await;
    let caller = house.caller().await;
    first.pass_on().await;
    let mut second = house.counsellor(2).await;
    second.rings_for(&caller).await;
    let Some(Effect::Cut { at, .. }) = house.effects.recv().await else { panic!("no cut") };
    let seat = house.node.staff_seat(second.0.conn, caller.call()).await.unwrap();
    assert!(seat.at > at, "the clock stood still, the order did not");
}

#[tokio::test]
async fn only_counsellors_are_offered_callers() {
    let house = House::open().await;
    let who = StaffIdentity { role: Role::Supervisor, ..house.enrol(1, 1).await };
    let mut console = house.sign_in_as(who, 0).await.unwrap();
    console.ask(Request::Available).await.unwrap();
    let mut caller = house.caller().await;
    caller
        .0
        .state(|state| matches!(state, CallerState::Waiting { ringing: false, on_shift: false, .. }))
        .await;
    house.barrier().await;
    console.0.catch_up();
    assert_eq!(console.0.last, Some(StaffState::Available));
}

#[tokio::test]
async fn seats_are_for_those_who_are_in_the_call() {
    let house = House::open().await;
    let visitor = house.visitor().await;
    assert_eq!(house.node.caller_seat(visitor.0.conn).await.unwrap_err().code, ErrorCode::OutOfOrder);
    let mut caller = house.caller().await;
    let call = caller.call();
    let Seat { call: of, slot, .. } = house.node.caller_seat(caller.0.conn).await.unwrap();
    assert_eq!((of, slot), (call, Slot::CALLER));
    let (mut rung, other) = (house.counsellor(1).await, house.counsellor(2).await);
    rung.rings().await;
    let Seat { call: of, slot, .. } = house.node.staff_seat(rung.0.conn, call).await.unwrap();
    assert_eq!((of, slot), (call, Slot::COUNSELLOR));
    assert_eq!(house.node.staff_seat(other.0.conn, call).await.unwrap_err().code, ErrorCode::NotAllowed);
    caller.leave().await;
    assert!(house.node.caller_seat(caller.0.conn).await.is_err());
    assert!(house.node.staff_seat(rung.0.conn, call).await.is_err());
}

#[tokio::test]
async fn those_who_come_at_the_same_time_wait_for_one_write_together() {
    let house = House::open().await;
    let mut pages = Vec::new();
    for _ in 0..10 {
        pages.push(house.visitor().await);
    }
    let revision = async || house.ledger.range("").await.unwrap().1;
    let before = revision().await;
    // Each joins, and behind it another page says hello, which may only be shown what is written.
    join_all(pages.iter().map(|page| async {
        let request =
            caller::Request::Join { key_package: PACKAGE.to_owned(), line: None, skill: None, code: None };
        house.node.caller(page.0.conn, 1, request).await;
        house.visitor().await
    }))
    .await;
    assert_eq!(house.barrier().await.waiting, 10);
    assert!(revision().await - before <= 2, "not one for each");
}
