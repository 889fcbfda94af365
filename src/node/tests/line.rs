//! Queue, offers and calls.

use super::*;
use crate::proto::{
    caller::{EndedBy, Leaving},
    staff::Request,
};

#[tokio::test]
async fn a_caller_is_answered_and_both_know_whom_they_are_with() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    let participants = caller.connected().await;
    let names: Vec<_> =
        participants.iter().map(|one| (one.slot.number(), one.name.clone(), one.connected)).collect();
    assert_eq!(names, [(0, None, true), (1, Some("Sam 1".to_owned()), true)]);
    assert_eq!(console.on_call().await, caller.call());
}

#[tokio::test]
async fn callers_are_answered_in_the_order_in_which_they_came() {
    let house = House::open().await;
    let (mut first, mut second) = (house.caller().await, house.caller().await);
    second.waits_behind(1).await;
    let mut console = house.counsellor(1).await;
    assert_eq!(console.answer().await, first.call());
    first.connected().await;
    house.pass_a_span();
    second.waits_behind(0).await;
    let mut other = house.counsellor(2).await;
    assert_eq!(other.answer().await, second.call());
}

#[tokio::test]
async fn caller_keeps_place_when_counsellor_passes() {
    let house = House::open().await;
    let (mut first, mut second) = (house.caller().await, house.caller().await);
    let mut passes = house.counsellor(1).await;
    assert_eq!(passes.rings().await.call, first.call());
    passes.pass_on().await;
    // The one who passed is free for the next caller, and the first is still before that one.
    passes.rings_for(&second).await;
    first.waits_behind(0).await;
    second.waits_behind(1).await;
    let mut next = house.counsellor(2).await;
    assert_eq!(next.answer().await, first.call());
}

#[tokio::test]
async fn who_passed_is_offered_the_caller_again_only_after_a_rest_and_when_nobody_else_is_free() {
    let house = House::open().await;
    let caller = house.caller().await;
    let mut console = house.counsellor(1).await;
    console.pass_on().await;
    console.is(StaffState::Available).await;
    house.pass(15);
    assert_eq!(console.rings().await.call, caller.call());
}

#[tokio::test]
async fn the_counsellor_who_waited_longest_is_offered_the_caller() {
    let house = House::open().await;
    let mut early = house.counsellor(2).await;
    house.pass(1);
    let mut late = house.counsellor(1).await;
    let caller = house.caller().await;
    assert_eq!(early.answer().await, caller.call());
    late.is(StaffState::Available).await;
}

#[tokio::test]
async fn caller_that_hangs_up_stops_the_ring() {
    let mut house = House::open().await;
    let mut caller = house.caller().await;
    let mut console = house.counsellor(1).await;
    let offer = console.rings().await;
    caller.leave().await;
    console.is(StaffState::Available).await;
    assert_eq!(console.ask(Request::Accept { offer: offer.id }).await, Err(ErrorCode::OfferGone));
    caller.0.state(|state| *state == CallerState::Ended { by: EndedBy::Caller }).await;
    let call = caller.call();
    for expected in [Slot::CALLER, Slot::COUNSELLOR] {
        let Some(Effect::Cut { call: cut, slot, .. }) = house.effects.recv().await else { panic!("no cut") };
        assert_eq!((cut, slot), (call, expected));
    }
}

#[tokio::test]
async fn an_expired_offer_goes_to_the_next_counsellor_and_cannot_be_accepted() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    let mut sleepy = house.counsellor(1).await;
    let offer = sleepy.rings().await;
    caller.rung_for(true).await;
    let mut awake = house.counsellor(2).await;
    house.pass(20);
    assert_eq!(awake.rings().await.call, caller.call());
    assert_eq!(sleepy.ask(Request::Accept { offer: offer.id }).await, Err(ErrorCode::OfferGone));
    awake.answer().await;
    caller.connected().await;
}

#[tokio::test]
async fn a_console_that_misses_two_offers_in_a_row_is_set_unavailable() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    let mut sleepy = house.counsellor(1).await;
    sleepy.rings().await;
    house.pass(20);
    sleepy.is(StaffState::Available).await;
    house.pass(15);
    sleepy.rings().await;
    house.pass(20);
    sleepy.is(StaffState::Unavailable).await;
    caller
        .0
        .state(|state| matches!(state, CallerState::Waiting { on_shift: false, ringing: false, ahead: 0 }))
        .await;
}

#[tokio::test]
async fn two_counsellors_never_have_one_caller() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    let (mut one, mut two) = (house.counsellor(1).await, house.counsellor(2).await);
    let offer = one.rings().await;
    two.is(StaffState::Available).await;
    assert_eq!(two.ask(Request::Accept { offer: offer.id }).await, Err(ErrorCode::OfferGone));
    one.ask(Request::Accept { offer: offer.id }).await.unwrap();
    assert_eq!(caller.connected().await[1].name.as_deref(), Some("Sam 1"));
}

#[tokio::test]
async fn a_counsellor_with_two_consoles_never_has_two_callers() {
    let house = House::open().await;
    let mut desk = house.counsellor(1).await;
    let mut laptop = house.sign_in_as(house.enrol(1, 9).await, 0).await.unwrap();
    laptop.ask(Request::Available).await.unwrap();
    let (first, _second) = (house.caller().await, house.caller().await);
    assert_eq!(desk.answer().await, first.call());
    house.barrier().await;
    laptop.0.catch_up();
    assert_eq!(laptop.0.last, Some(StaffState::Available));
}

#[tokio::test]
async fn an_accept_that_is_repeated_is_answered_again() {
    let house = House::open().await;
    house.caller().await;
    let mut console = house.counsellor(1).await;
    let offer = console.rings().await.id;
    assert_eq!(console.ask(Request::Accept { offer }).await, Ok(()));
    assert_eq!(console.ask(Request::Accept { offer }).await, Ok(()));
}

#[tokio::test]
async fn nobody_on_shift_is_said_and_the_place_is_kept() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    caller.0.state(|state| matches!(state, CallerState::Waiting { on_shift: false, .. })).await;
    let mut console = house.counsellor(1).await;
    caller.0.state(|state| matches!(state, CallerState::Waiting { on_shift: true, ringing: true, .. })).await;
    console.answer().await;
    caller.connected().await;
}

#[tokio::test]
async fn a_page_that_has_not_joined_is_told_when_the_first_comes_on_shift_and_the_last_goes() {
    let house = House::open().await;
    let mut page = house.visitor().await;
    let mut caller = house.caller().await;
    let mut one = house.counsellor(1).await;
    page.0.hear_until(|page| page.shifts == [true]).await;
    let mut two = house.counsellor(2).await;
    caller.leave().await;
    one.ask(Request::Unavailable).await.unwrap();
    two.ask(Request::Unavailable).await.unwrap();
    page.0.hear_until(|page| page.shifts.len() == 2).await;
    assert_eq!(page.0.shifts, [true, false], "a second counsellor changes nothing for the page");
    caller.0.catch_up();
    assert!(caller.0.shifts.is_empty(), "who waits is told by the state");
}

#[tokio::test]
async fn after_a_call_the_counsellor_wraps_up_before_the_next() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    let next = house.caller().await;
    let call = caller.call();
    console.ask(Request::End { call }).await.unwrap();
    caller.0.state(|state| *state == CallerState::Ended { by: EndedBy::Counsellor }).await;
    console.is(StaffState::WrapUp { call, ended_by: Some(EndedBy::Counsellor), fields: Vec::new() }).await;
    assert_eq!(console.ask(Request::Available).await, Err(ErrorCode::OutOfOrder));
    console.ask(Request::WrapUpDone { call, available: true }).await.unwrap();
    assert_eq!(console.rings().await.call, next.call());
}

#[tokio::test]
async fn a_quick_exit_ends_the_call_and_says_so_to_the_counsellor() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    caller.ask(caller::Request::Leave { how: Leaving::QuickExit }).await.unwrap();
    console
        .is(StaffState::WrapUp {
            call: caller.call(),
            ended_by: Some(EndedBy::QuickExit),
            fields: Vec::new(),
        })
        .await;
}

#[tokio::test]
async fn whoever_has_left_can_call_again_on_the_same_page() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    caller.leave().await;
    let first = caller.call();
    caller
        .ask(caller::Request::Join { key_package: PACKAGE.to_owned(), line: None, skill: None, code: None })
        .await
        .unwrap();
    caller.waits_behind(0).await;
    assert_ne!(caller.call(), first);
}

#[tokio::test]
async fn a_counsellor_ends_only_the_call_they_are_in() {
    let house = House::open().await;
    let (mut caller, _console) = house.call().await;
    let mut other = house.counsellor(2).await;
    assert_eq!(other.ask(Request::End { call: caller.call() }).await, Err(ErrorCode::NotAllowed));
    let refused = other.ask(Request::Mls { call: caller.call(), message: words("aGk=") }).await;
    assert_eq!(refused, Err(ErrorCode::NotAllowed));
    house.barrier().await;
    caller.0.catch_up();
    assert!(matches!(caller.0.last, Some(CallerState::Connected { .. })));
}
