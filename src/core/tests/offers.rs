//! Offers, holds and tickets by example.

use super::*;
use crate::core::{call::Ending, follow_up::Booked, ids::FollowUpId, staff::Pause};

#[test]
fn a_refused_command_changes_nothing() {
    let mut service = Service::new();
    let device = service.sign_in(1, 1);
    let offer = OfferId::from_random([9; 16]);
    assert_eq!(service.give(Command::Accept { device, offer }), Err(Rejection::OfferGone));
    assert_eq!(service.give(Command::Pass { device, offer }), Err(Rejection::OfferGone));
    let call = CallId::from_random([9; 16]);
    assert_eq!(service.give(Command::End { device, call }), Err(Rejection::NotInCall));
    let done = Command::WrapUpDone { device, call, available: true };
    assert_eq!(service.give(done), Err(Rejection::OutOfOrder));
    assert_eq!(service.give(Command::Leave { call, quick: false }), Err(Rejection::UnknownCall));
    assert_eq!(service.give(Command::HoldOver { call }), Err(Rejection::UnknownCall));
}

#[test]
fn only_the_match_that_is_due_can_be_made() {
    let mut service = Service::new();
    let (first, second) = (service.join(), service.join());
    service.counsellor(1);
    let (offer, staff) = (OfferId::from_random([9; 16]), staff(1));
    assert_eq!(service.give(Command::Offer { offer, call: second, staff }), Err(Rejection::NoMatch));
    assert!(service.give(Command::Offer { offer, call: first, staff }).is_ok());
    assert_eq!(service.give(Command::Offer { offer, call: first, staff }), Err(Rejection::NoMatch));
}

#[test]
fn an_offer_that_has_expired_cannot_be_accepted_even_before_it_is_withdrawn() {
    let mut service = Service::new();
    service.join();
    let device = service.counsellor(1);
    service.settle();
    let (_, offer) = service.rings_for(device).unwrap();
    service.pass(service.line.rules().ring);
    assert_eq!(service.give(Command::Accept { device, offer }), Err(Rejection::OfferGone));
}

#[test]
fn timers_that_are_not_due_are_refused() {
    let mut service = Service::new();
    let call = service.join();
    let device = service.counsellor(1);
    service.settle();
    assert_eq!(service.give(Command::Expire { call }), Err(Rejection::NotDue));
    assert_eq!(service.give(Command::HoldOver { call }), Err(Rejection::NotDue));
    assert_eq!(service.give(Command::DeskAbsent { device }), Err(Rejection::NotDue));
    assert_eq!(service.give(Command::Forget { call }), Err(Rejection::NotDue));
}

#[test]
fn a_caller_goes_back_to_the_same_ticket() {
    let mut service = Service::new();
    let call = service.join();
    let ticket = service.line.call(call).unwrap().ticket;
    let device = service.counsellor(1);
    service.settle();
    service.join();
    let (_, offer) = service.rings_for(device).unwrap();
    service.give(Command::Pass { device, offer }).unwrap();
    assert_eq!(service.line.call(call).unwrap().ticket, ticket);
    assert_eq!(service.line.queue().oldest(), Some(ticket));
}

#[test]
fn a_caller_who_hangs_up_while_it_rings_does_not_cost_the_counsellor_their_turn() {
    let mut service = Service::new();
    let call = service.join();
    let patient = service.counsellor(1);
    service.settle();
    service.pass(Duration::from_secs(5));
    let newer = service.counsellor(2);
    service.give(Command::Leave { call, quick: false }).unwrap();
    let next = service.join();
    service.settle();
    assert_eq!(service.rings_for(patient).map(|(call, _)| call), Some(next));
    assert_eq!(service.rings_for(newer), None);
}

#[test]
fn a_counsellor_who_ends_a_call_whose_caller_was_lost_for_the_whole_hold_has_lost_them() {
    let mut service = Service::new();
    let call = service.join();
    let device = service.counsellor(1);
    service.settle();
    let (_, offer) = service.rings_for(device).unwrap();
    service.give(Command::Accept { device, offer }).unwrap();
    service.give(Command::CallerLost { call }).unwrap();
    service.pass(service.line.rules().hold_call);
    assert_eq!(service.settle(), []);
    service.give(Command::End { device, call }).unwrap();
    assert!(matches!(service.phase(call), Phase::Ended { by: Ending::Lost, answered: true, .. }));
}

#[test]
fn a_wrap_up_left_open_on_a_console_that_is_gone_does_not_bind_its_owner() {
    let mut service = Service::new();
    let call = service.join();
    let old = service.counsellor(1);
    service.settle();
    let (_, offer) = service.rings_for(old).unwrap();
    service.give(Command::Accept { device: old, offer }).unwrap();
    service.give(Command::End { device: old, call }).unwrap();
    service.give(Command::DeskLost { device: old, since: service.now }).unwrap();
    let new = service.sign_in(1, 9);
    service.give(Command::Available { device: new }).unwrap();
    let next = service.join();
    service.settle();
    assert_eq!(service.rings_for(new).map(|(call, _)| call), Some(next));
}

#[test]
fn a_device_does_not_change_hands() {
    let mut service = Service::new();
    service.sign_in(1, 1);
    let (device, staff) = (device(1), staff(2));
    let thief = Command::SignIn { device, staff, name: "Kim".to_owned(), role: Role::Counsellor };
    assert_eq!(service.give(thief), Err(Rejection::OtherPerson));
}

#[test]
fn records_that_contradict_each_other_are_not_loaded() {
    let mut service = Service::new();
    service.join();
    service.counsellor(1);
    service.settle();
    let calls: Vec<Call> = service.line.calls().cloned().collect();
    let desks: Vec<Desk> = service.line.desks().cloned().collect();
    let (rules, directory) = (Rules::default, crate::core::directory::Directory::default);
    assert!(Line::load(rules(), directory(), calls.clone(), desks.clone(), service.now).is_ok());
    assert!(Line::load(rules(), directory(), calls, [], service.now).is_err());
    assert!(Line::load(rules(), directory(), [], desks, service.now).is_err());
}

#[test]
fn every_console_of_one_person_rings_and_the_first_answer_wins() {
    let mut service = Service::new();
    let call = service.join();
    let (desk, phone) = (service.counsellor(1), service.sign_in(1, 9));
    service.give(Command::Available { device: phone }).unwrap();
    service.settle();
    let (_, offer) = service.rings_for(desk).unwrap();
    assert_eq!(service.rings_for(phone), Some((call, offer)));
    service.give(Command::Accept { device: phone, offer }).unwrap();
    assert_eq!(service.give(Command::Accept { device: desk, offer }), Err(Rejection::OfferGone));
    assert_eq!(service.line.desk(phone).unwrap().duty, Duty::OnCall { call });
    assert!(matches!(service.line.desk(desk).unwrap().duty, Duty::Available { .. }));
    service.join();
    service.settle();
    assert_eq!(service.rings_for(desk), None, "the person is in a call");
}

#[test]
fn passing_at_one_console_passes_at_all_and_losing_one_leaves_the_others_ringing() {
    let mut service = Service::new();
    let call = service.join();
    let (desk, phone) = (service.counsellor(1), service.sign_in(1, 9));
    service.give(Command::Available { device: phone }).unwrap();
    service.settle();
    service.give(Command::DeskLost { device: phone, since: service.now }).unwrap();
    service.pass(service.line.rules().presence);
    service.settle();
    let (rings, offer) = service.rings_for(desk).unwrap();
    assert_eq!((rings, service.line.desk(phone)), (call, None));
    let phone = service.sign_in(1, 9);
    service.give(Command::Pass { device: desk, offer }).unwrap();
    assert_eq!((service.rings_for(desk), service.rings_for(phone)), (None, None));
    assert!(matches!(service.phase(call), Phase::Waiting { .. }));
}

#[test]
fn whoever_rests_after_a_hard_call_is_rung_for_by_nobody_until_they_say_so() {
    let mut service = Service::new();
    let call = service.join();
    let device = service.counsellor(1);
    service.settle();
    let (_, offer) = service.rings_for(device).unwrap();
    service.give(Command::Accept { device, offer }).unwrap();
    let pause = Command::Pause { device, why: Pause::Debrief };
    assert_eq!(service.give(pause.clone()), Err(Rejection::OutOfOrder), "in a call");
    service.give(Command::End { device, call }).unwrap();
    service.give(pause).unwrap();
    let next = service.join();
    service.pass(Duration::from_secs(3_600));
    service.settle();
    assert_eq!(service.rings_for(device), None);
    assert!(!service.line.is_on_shift());
    service.give(Command::Available { device }).unwrap();
    service.settle();
    assert_eq!(service.rings_for(device).map(|(call, _)| call), Some(next));
}

#[test]
fn a_caller_whose_counsellor_is_lost_goes_before_those_who_were_not_answered() {
    let mut service = Service::new();
    let call = service.join();
    let lost = service.counsellor(1);
    service.settle();
    let (_, offer) = service.rings_for(lost).unwrap();
    service.give(Command::Accept { device: lost, offer }).unwrap();
    let (ticket, waits) = (service.line.call(call).unwrap().ticket, service.join());
    let another = Command::AskAnother { call, key_package: "fresh".to_owned() };
    assert_eq!(service.give(another.clone()), Err(Rejection::OutOfOrder), "the counsellor is there");
    service.give(Command::DeskLost { device: lost, since: service.now }).unwrap();
    service.pass(service.line.rules().presence);
    service.give(another).unwrap();
    assert_eq!(service.line.call(call).unwrap().ticket, ticket);
    assert_eq!(service.line.waiting(), [(call, 0), (waits, 1)]);
    assert_eq!(service.line.desk(lost).unwrap().duty, Duty::WrapUp { call, by: None });
    let next = service.counsellor(2);
    service.settle();
    assert_eq!(service.rings_for(next).map(|(call, _)| call), Some(call));
}

/// Somebody who comes back by a code that this person has given them.
fn comes_back(service: &mut Service, booked_by: u8) -> CallId {
    let mut command = join(service.fresh());
    let Command::Join { call, priority, follow_up, .. } = &mut command else { unreachable!() };
    *priority = Priority::First;
    *follow_up = Some(Booked { follow_up: FollowUpId::from_random([9; 16]), staff: staff(booked_by) });
    let call = *call;
    service.give(command).unwrap();
    call
}

#[test]
fn a_follow_up_that_was_booked_comes_first() {
    let mut service = Service::new();
    let normal = service.join();
    let call = comes_back(&mut service, 1);
    assert_eq!(service.line.waiting(), [(call, 0), (normal, 1)]);
}

#[test]
fn who_comes_back_as_promised_comes_to_whom_they_know_if_that_one_is_free() {
    let mut service = Service::new();
    let (longest, known) = (service.counsellor(1), service.counsellor(2));
    let call = comes_back(&mut service, 2);
    service.settle();
    let (rings, offer) = service.rings_for(known).unwrap();
    assert_eq!((rings, service.rings_for(longest)), (call, None));
    // Who passes is not asked before the others are.
    service.give(Command::Pass { device: known, offer }).unwrap();
    service.settle();
    assert_eq!(service.rings_for(longest).map(|(call, _)| call), Some(call));
}

#[test]
fn who_comes_back_does_not_wait_for_a_counsellor_who_is_not_there() {
    let mut service = Service::new();
    let other = service.counsellor(1);
    let call = comes_back(&mut service, 2);
    service.settle();
    assert_eq!(service.rings_for(other).map(|(call, _)| call), Some(call));
}
