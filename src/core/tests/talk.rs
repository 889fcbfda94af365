//! More than two in a call: help, invitations, consultations, hand-over.

use super::*;
use crate::core::{
    ids::Slot,
    talk::{Aside, Manner, NotCome, Talk, Wanted},
};

const LEAD: u8 = 1;
const CLINICIAN: u8 = 5;
const NEXT: Wanted = Wanted::Next { role: Role::Clinician };

/// A call with its group made, and a clinician who is free.
fn called() -> (Service, CallId, DeviceId, DeviceId) {
    let mut service = Service::new();
    let call = service.join();
    let lead = service.counsellor(LEAD);
    service.settle();
    let (_, offer) = service.rings_for(lead).unwrap();
    service.give(Command::Accept { device: lead, offer }).unwrap();
    commit(&mut service, call, Slot::COUNSELLOR, 0, &[Slot::CALLER], &[]).unwrap();
    let clinician = service.sign_in_as(CLINICIAN, CLINICIAN, Role::Clinician);
    service.give(Command::Available { device: clinician }).unwrap();
    (service, call, lead, clinician)
}

fn commit(
    service: &mut Service,
    call: CallId,
    from: Slot,
    epoch: u64,
    added: &[Slot],
    removed: &[Slot],
) -> Result<Vec<Event>, Rejection> {
    let (added, removed) = (added.to_vec(), removed.to_vec());
    service.give(Command::Commit { call, from, epoch, added, removed })
}

/// Asks for the next clinician, who comes.
fn come(service: &mut Service, call: CallId, lead: DeviceId, guest: DeviceId, manner: Manner) {
    service.give(Command::Invite { device: lead, call, wanted: NEXT, manner }).unwrap();
    service.settle();
    let (_, offer) = service.rings_for(guest).unwrap();
    service.give(Command::Accept { device: guest, offer }).unwrap();
    assert_eq!(service.give(Command::Accept { device: guest, offer }), Ok(Vec::new()), "asked again");
    service.line.check().unwrap();
}

fn talk(service: &Service, call: CallId) -> &Talk {
    service.line.call(call).unwrap().talk().unwrap()
}

/// A clinician who has joined and is in the group.
fn joined() -> (Service, CallId, DeviceId, DeviceId) {
    let (mut service, call, lead, clinician) = called();
    come(&mut service, call, lead, clinician, Manner::Join);
    let package = Command::StaffPackage { device: clinician, call, key_package: "package".to_owned() };
    service.give(package).unwrap();
    commit(&mut service, call, Slot::CALLER, 1, &[Slot::GUEST], &[]).unwrap();
    (service, call, lead, clinician)
}

#[test]
fn who_joins_has_a_seat_before_they_can_have_a_key() {
    let (mut service, call, lead, clinician) = called();
    let adds = |service: &mut Service| commit(service, call, Slot::CALLER, 1, &[Slot::GUEST], &[]);
    assert_eq!(adds(&mut service), Err(Rejection::AddsNobody));
    come(&mut service, call, lead, clinician, Manner::Join);
    assert_eq!(service.line.seat(clinician, call), Some(Slot::GUEST));
    assert_eq!(adds(&mut service), Err(Rejection::AddsNobody), "no KeyPackage yet");
    let package = Command::StaffPackage { device: clinician, call, key_package: "package".to_owned() };
    service.give(package).unwrap();
    assert!(adds(&mut service).is_ok());
    assert!(talk(&service, call).is_led_by(lead));
}

#[test]
fn clinicians_are_not_offered_callers_and_do_not_make_a_shift() {
    let mut service = Service::new();
    let clinician = service.sign_in_as(CLINICIAN, CLINICIAN, Role::Clinician);
    service.give(Command::Available { device: clinician }).unwrap();
    service.join();
    service.settle();
    assert_eq!(service.rings_for(clinician), None);
    assert!(!service.line.is_on_shift());
}

#[test]
fn who_is_consulted_is_in_a_room_beside_the_call_and_not_in_it() {
    let (mut service, call, lead, clinician) = called();
    come(&mut service, call, lead, clinician, Manner::Consult);
    let room = talk(&service, call).aside.as_ref().unwrap().id;
    assert_eq!(service.line.seat(clinician, call), None);
    assert_eq!(service.line.seat(clinician, room), Some(Aside::GUEST));
    assert_eq!(service.line.seat(lead, room), Some(Aside::HOST));
    assert!(talk(&service, call).is_away(Slot::COUNSELLOR));
    let into_call = Command::StaffPackage { device: clinician, call, key_package: "package".to_owned() };
    assert_eq!(service.give(into_call), Err(Rejection::NotInCall));
    let package = Command::StaffPackage { device: clinician, call: room, key_package: "package".to_owned() };
    service.give(package).unwrap();
    assert_eq!(
        commit(&mut service, room, Aside::GUEST, 0, &[Aside::HOST], &[]),
        Err(Rejection::OutsideGroup)
    );
    commit(&mut service, room, Aside::HOST, 0, &[Aside::GUEST], &[]).unwrap();
    assert!(service.give(Command::Application { call: room, from: Aside::GUEST }).is_ok());
    assert_eq!(talk(&service, call).group.last_seq(), 1, "the call's own log knows nothing of it");
    service.give(Command::EndConsult { device: clinician, call: room }).unwrap();
    assert_eq!(service.line.desk(clinician).unwrap().duty, Duty::WrapUp { call, by: None });
    assert_eq!(service.line.seat(lead, room), None);
    assert!(!talk(&service, call).is_away(Slot::COUNSELLOR));
    service.line.check().unwrap();
}

#[test]
fn who_was_consulted_comes_into_the_call_with_a_seat_of_their_own() {
    let (mut service, call, lead, clinician) = called();
    come(&mut service, call, lead, clinician, Manner::Consult);
    let room = talk(&service, call).aside.as_ref().unwrap().id;
    service.give(Command::BringIn { device: lead, call }).unwrap();
    assert_eq!(service.line.seat(clinician, call), Some(Slot::GUEST));
    assert_eq!((service.line.seat(clinician, room), service.line.seat(lead, room)), (None, None));
    service.line.check().unwrap();
}

#[test]
fn the_call_goes_on_with_the_other_after_a_hand_over() {
    let (mut service, call, lead, clinician) = joined();
    let over = Command::HandOver { device: lead, call, to: Slot::GUEST };
    service.give(over.clone()).unwrap();
    assert_eq!(service.give(over), Ok(Vec::new()), "asked again");
    assert_eq!(service.line.desk(lead).unwrap().duty, Duty::WrapUp { call, by: None });
    assert_eq!(service.line.seat(lead, call), None);
    assert!(talk(&service, call).is_led_by(clinician));
    assert_eq!(talk(&service, call).parties.len(), 2, "the leaver's leaf is in the group");
    assert_eq!(
        service.give(Command::Application { call, from: Slot::COUNSELLOR }),
        Err(Rejection::OutsideGroup)
    );
    commit(&mut service, call, Slot::CALLER, 2, &[], &[Slot::COUNSELLOR]).unwrap();
    assert_eq!(talk(&service, call).parties.len(), 1);
    assert_eq!(service.give(Command::End { device: lead, call }), Ok(Vec::new()), "nothing to end any more");
    service.line.check().unwrap();
    service.give(Command::End { device: clinician, call }).unwrap();
    assert!(service.line.call(call).unwrap().is_ended());
}

#[test]
fn a_call_is_handed_only_to_somebody_whom_the_caller_can_hear() {
    let (mut service, call, lead, clinician) = called();
    come(&mut service, call, lead, clinician, Manner::Join);
    for to in [Slot::GUEST, Slot::COUNSELLOR, Slot::CALLER] {
        let over = Command::HandOver { device: lead, call, to };
        assert_eq!(service.give(over), Err(Rejection::OutOfOrder), "{to:?}");
    }
}

#[test]
fn only_the_one_in_charge_ends_hands_over_and_invites() {
    let (mut service, call, lead, clinician) = joined();
    let device = clinician;
    for command in [
        Command::End { device, call },
        Command::HandOver { device, call, to: Slot::COUNSELLOR },
        Command::Invite { device, call, wanted: NEXT, manner: Manner::Join },
        Command::AskHelp { device, call },
        Command::Dismiss { device, call, slot: Slot::COUNSELLOR },
    ] {
        assert_eq!(service.give(command), Err(Rejection::NotInCharge));
    }
    assert_eq!(service.give(Command::LeaveCall { device: lead, call }), Err(Rejection::OutOfOrder));
    service.give(Command::LeaveCall { device, call }).unwrap();
    assert_eq!(service.line.desk(device).unwrap().duty, Duty::WrapUp { call, by: None });
    assert!(!service.line.call(call).unwrap().is_ended());
}

#[test]
fn somebody_takes_charge_only_of_a_call_whose_lead_is_lost() {
    let (mut service, call, lead, clinician) = joined();
    let take = Command::TakeCharge { device: clinician, call };
    assert_eq!(service.give(take.clone()), Err(Rejection::OutOfOrder));
    service.give(Command::DeskLost { device: lead, since: service.now }).unwrap();
    service.pass(service.line.rules().presence);
    service.give(take).unwrap();
    assert!(talk(&service, call).is_led_by(clinician));
    assert_eq!(service.line.seat(lead, call), Some(Slot::COUNSELLOR), "the seat is held");
    service.give(Command::Dismiss { device: clinician, call, slot: Slot::COUNSELLOR }).unwrap();
    service.line.check().unwrap();
}

#[test]
fn no_timer_ends_a_call_while_any_member_of_staff_is_there() {
    let (mut service, call, lead, _) = joined();
    service.give(Command::CallerLost { call }).unwrap();
    service.give(Command::DeskLost { device: lead, since: service.now }).unwrap();
    service.pass(Duration::from_secs(86_400));
    service.settle();
    assert!(!service.line.call(call).unwrap().is_ended());
}

#[test]
fn the_end_of_a_call_ends_everything_that_hangs_on_it() {
    let (mut service, call, lead, clinician) = called();
    come(&mut service, call, lead, clinician, Manner::Consult);
    service.give(Command::Leave { call, quick: true }).unwrap();
    for device in [lead, clinician] {
        let by = Some(crate::core::call::Ending::QuickExit);
        assert_eq!(service.line.desk(device).unwrap().duty, Duty::WrapUp { call, by });
    }
    service.line.check().unwrap();

    let (mut service, call, lead, clinician) = called();
    service.give(Command::Invite { device: lead, call, wanted: NEXT, manner: Manner::Join }).unwrap();
    service.settle();
    assert!(service.rings_for(clinician).is_some());
    service.give(Command::Leave { call, quick: false }).unwrap();
    assert_eq!(service.rings_for(clinician), None);
    service.line.check().unwrap();
}

#[test]
fn a_person_who_passes_is_not_asked_again_and_the_next_of_a_role_is() {
    let (mut service, call, lead, first) = called();
    let second = service.sign_in_as(6, 6, Role::Clinician);
    service.pass(Duration::from_secs(1));
    service.give(Command::Available { device: second }).unwrap();
    service.give(Command::Invite { device: lead, call, wanted: NEXT, manner: Manner::Join }).unwrap();
    service.settle();
    let (_, offer) = service.rings_for(first).unwrap();
    service.give(Command::Pass { device: first, offer }).unwrap();
    service.settle();
    assert!(service.rings_for(second).is_some());
    service.give(Command::CancelInvite { device: lead, call }).unwrap();
    assert_eq!(service.rings_for(second), None);
    let wanted = Wanted::Person { staff: staff(6) };
    service.give(Command::Invite { device: lead, call, wanted, manner: Manner::Consult }).unwrap();
    service.settle();
    let (_, offer) = service.rings_for(second).unwrap();
    service.give(Command::Pass { device: second, offer }).unwrap();
    service.settle();
    assert_eq!((service.rings_for(first), service.rings_for(second)), (None, None));
    assert_eq!(talk(&service, call).invitation.as_ref().unwrap().failed, Some(NotCome::Passed));
    let busy = Wanted::Person { staff: staff(LEAD) };
    let invite = Command::Invite { device: lead, call, wanted: busy, manner: Manner::Join };
    assert_eq!(service.give(invite), Err(Rejection::NotFree));
}

#[test]
fn help_is_seen_to_by_one_and_only_by_those_who_give_it() {
    let (mut service, call, lead, clinician) = called();
    let take = Command::TakeHelp { device: clinician, call };
    assert_eq!(service.give(take.clone()), Err(Rejection::OutOfOrder));
    service.give(Command::AskHelp { device: lead, call }).unwrap();
    let colleague = service.sign_in(2, 2);
    assert_eq!(service.give(Command::TakeHelp { device: colleague, call }), Err(Rejection::WrongRole));
    service.give(take.clone()).unwrap();
    assert_eq!(service.give(take), Ok(Vec::new()));
    let other = service.sign_in_as(7, 7, Role::Supervisor);
    assert_eq!(service.give(Command::TakeHelp { device: other, call }), Err(Rejection::OutOfOrder));
    service.give(Command::HelpDone { device: lead, call }).unwrap();
    assert_eq!(talk(&service, call).help, None);
}

#[test]
fn help_that_nobody_takes_for_thirty_seconds_is_asked_for_more_loudly_once() {
    let (mut service, call, lead, clinician) = called();
    let escalate = Command::EscalateHelp { call };
    assert_eq!(service.give(escalate.clone()), Err(Rejection::NotDue));
    service.give(Command::AskHelp { device: lead, call }).unwrap();
    service.pass(Duration::from_millis(29_999));
    assert_eq!((service.settle(), service.give(escalate)), (Vec::new(), Err(Rejection::NotDue)));
    let due = service.now + Duration::from_millis(1);
    assert_eq!(service.line.wake_at(service.now), Some(due));
    service.pass(Duration::from_millis(1));
    assert_eq!(service.settle(), [Event::HelpEscalated { call, at: due }]);
    assert_eq!(service.settle(), [], "once");
    service.give(Command::TakeHelp { device: clinician, call }).unwrap();
    let help = talk(&service, call).help.clone().unwrap();
    assert_eq!((help.escalated, help.helper.unwrap().staff), (Some(due), staff(CLINICIAN)));
    // Who asks again has thirty seconds anew.
    service.give(Command::HelpDone { device: lead, call }).unwrap();
    service.give(Command::AskHelp { device: lead, call }).unwrap();
    assert_eq!((service.settle(), talk(&service, call).help.as_ref().unwrap().escalated), (Vec::new(), None));
}

#[test]
fn help_that_somebody_sees_to_in_time_is_never_made_louder() {
    let (mut service, call, lead, clinician) = called();
    service.give(Command::AskHelp { device: lead, call }).unwrap();
    service.pass(Duration::from_secs(29));
    service.give(Command::TakeHelp { device: clinician, call }).unwrap();
    service.pass(Duration::from_secs(600));
    assert!(service.settle().iter().all(|event| !matches!(event, Event::HelpEscalated { .. })));
}

#[test]
fn the_thirty_seconds_go_on_over_a_restart() {
    let (mut service, call, lead, _) = called();
    service.give(Command::AskHelp { device: lead, call }).unwrap();
    let asked = service.now;
    service.pass(Duration::from_secs(20));
    service.restart();
    service.sign_in(LEAD, LEAD);
    service.pass(Duration::from_secs(10));
    let escalated = Event::HelpEscalated { call, at: asked + Duration::from_secs(30) };
    assert!(service.settle().contains(&escalated));
    service.restart();
    assert!(talk(&service, call).help.as_ref().unwrap().escalated.is_some());
}

#[test]
fn a_fifth_finds_no_seat() {
    let (mut service, call, lead, _) = joined();
    for number in [6, 7] {
        let device = service.sign_in_as(number, number, Role::Clinician);
        service.give(Command::Available { device }).unwrap();
    }
    come(&mut service, call, lead, device(6), Manner::Join);
    let invite = Command::Invite { device: lead, call, wanted: NEXT, manner: Manner::Join };
    assert_eq!(service.give(invite), Err(Rejection::NoSeat));
}

#[test]
fn all_of_it_survives_a_restart() {
    let (mut service, call, lead, clinician) = called();
    come(&mut service, call, lead, clinician, Manner::Consult);
    let room = talk(&service, call).aside.as_ref().unwrap().id;
    service.give(Command::AskHelp { device: lead, call }).unwrap();
    service.restart();
    assert_eq!(service.line.seat(clinician, room), Some(Aside::GUEST));
    assert!(talk(&service, call).help.is_some());
}
