//! More than two in a call, as each page is told it; lines that the operator changes.

use std::collections::BTreeMap;

use super::*;
use crate::{
    core::{directory::Helpline, hours::Hours},
    node::settings::{Settings, SettingsWatch},
    proto::staff::{Manner, Pause, Progress, Request, Role, Whom},
};

const NEXT: Whom = Whom::Next { role: Role::Clinician };

impl House {
    async fn clinician(&self, number: u8) -> Console {
        let who = self.enrol_as(number, number, Role::Clinician).await;
        let mut console = self.sign_in_as(who, 0).await.unwrap();
        console.ask(Request::Available).await.unwrap();
        console
    }
}

impl Console {
    async fn come(&mut self) {
        let offer = match self.0.state(|state| matches!(state, StaffState::Invited { .. })).await {
            StaffState::Invited { invitation } => invitation.offer,
            other => panic!("{other:?}"),
        };
        self.ask(Request::Accept { offer }).await.unwrap();
    }

    async fn consulted(&mut self) -> staff::Consultation {
        match self.0.state(|state| matches!(state, StaffState::Consulted { .. })).await {
            StaffState::Consulted { consultation } => consultation.clone(),
            other => panic!("{other:?}"),
        }
    }
}

async fn joined() -> (House, CallerPage, Console, Console) {
    let house = House::open().await;
    let (mut caller, mut lead) = house.call().await;
    let call = caller.call();
    let mut clinician = house.clinician(5).await;
    lead.ask(Request::Invite { call, whom: NEXT, manner: Manner::Join }).await.unwrap();
    clinician.come().await;
    assert_eq!(clinician.on_call().await, call);
    let package = Request::KeyPackage { call, key_package: PACKAGE.to_owned() };
    clinician.ask(package).await.unwrap();
    caller.send(commit_of(1, "dGhpcmQ=", &[Slot::GUEST])).await.unwrap();
    clinician.0.entry(|entry| entry.seq == 2).await;
    (house, caller, lead, clinician)
}

#[tokio::test]
async fn the_caller_is_told_who_comes_before_any_commit_can_let_them_in() {
    let house = House::open().await;
    let (mut caller, mut lead) = house.call().await;
    let call = caller.call();
    let mut clinician = house.clinician(5).await;
    lead.ask(Request::Invite { call, whom: NEXT, manner: Manner::Join }).await.unwrap();
    let ringing = |state: &StaffState| {
        matches!(state, StaffState::OnCall { call } if call.asked.as_ref().is_some_and(|asked| {
            asked.progress == Progress::Ringing { name: "Sam 5".to_owned() }
        }))
    };
    lead.0.state(ringing).await;
    caller.0.catch_up();
    assert_eq!(caller.connected().await.len(), 2, "nobody is in the call who was only asked");
    clinician.come().await;
    let early = caller.send(commit_of(1, "dGhpcmQ=", &[Slot::GUEST])).await;
    assert_eq!(early, Err(ErrorCode::NotAllowed));
    let package = Request::KeyPackage { call, key_package: PACKAGE.to_owned() };
    clinician.ask(package).await.unwrap();
    lead.send(commit_of(1, "dGhpcmQ=", &[Slot::GUEST])).await.unwrap();
    // Each message in its turn: the announcement stands before the commit.
    let mut announced = false;
    loop {
        match caller.0.inbox.recv().await.unwrap() {
            caller::Message::State { state: CallerState::Connected { participants } } => {
                announced |= participants.iter().any(|one| {
                    one.slot == Slot::GUEST
                        && one.name.as_deref() == Some("Sam 5")
                        && one.role == Role::Clinician
                });
            }
            caller::Message::Mls(entry) if entry.seq == 2 => break,
            _ => {}
        }
    }
    assert!(announced);
}

#[tokio::test]
async fn nobody_in_a_call_hears_that_help_was_asked_for_but_the_one_who_asked() {
    let (house, mut caller, mut lead, mut clinician) = joined().await;
    let call = caller.call();
    let supervisor = house.enrol_as(6, 6, Role::Supervisor).await;
    let mut supervisor = house.sign_in_as(supervisor, 0).await.unwrap();
    let mut colleague = house.counsellor(2).await;
    house.barrier().await;
    caller.0.catch_up();
    let before = caller.0.last.clone();
    lead.ask(Request::AskHelp { call }).await.unwrap();
    supervisor.0.hear_until(|page| page.help.len() == 1).await;
    assert_eq!(supervisor.0.help[0].name, "Sam 1");
    let quiet = colleague.ask(Request::TakeHelp { call }).await;
    assert_eq!(quiet, Err(ErrorCode::NotAllowed));
    supervisor.ask(Request::TakeHelp { call }).await.unwrap();
    let helped = |state: &StaffState| {
        matches!(state, StaffState::OnCall { call } if call.help.as_ref().is_some_and(|help| {
            help.helper.as_ref().is_some_and(|helper| helper.name == "Sam 6")
        }))
    };
    lead.0.state(helped).await;
    house.barrier().await;
    assert!(caller.0.inbox.try_recv().is_err(), "the caller was told something");
    assert_eq!(caller.0.last, before);
    colleague.0.catch_up();
    assert!(colleague.0.help.is_empty());
    clinician.0.catch_up();
    let shown = matches!(&clinician.0.last, Some(StaffState::OnCall { call }) if call.help.is_none());
    assert!(shown, "in the call only the one who asked sees it");
    lead.ask(Request::HelpDone { call }).await.unwrap();
    supervisor.0.hear_until(|page| page.help.is_empty()).await;
}

#[tokio::test]
async fn a_consultation_is_a_room_of_which_the_caller_is_told_only_that_the_counsellor_is_away() {
    let mut house = House::open().await;
    let (mut caller, mut lead) = house.call().await;
    let call = caller.call();
    let mut clinician = house.clinician(5).await;
    lead.ask(Request::Invite { call, whom: NEXT, manner: Manner::Consult }).await.unwrap();
    clinician.come().await;
    let room = clinician.consulted().await.id;
    assert_ne!(room, call);
    let away = |state: &CallerState| match state {
        CallerState::Connected { participants } => participants.len() == 2 && participants[1].away,
        _ => false,
    };
    caller.0.state(away).await;
    let package = Request::KeyPackage { call: room, key_package: PACKAGE.to_owned() };
    clinician.ask(package).await.unwrap();
    let made = commit_of(0, "c2lkZQ==", &[Slot::GUEST]);
    lead.ask(Request::Mls { call: room, message: made }).await.unwrap();
    clinician.0.entry(|entry| entry.seq == 1).await;
    clinician.ask(Request::Mls { call: room, message: words("aGVsbG8=") }).await.unwrap();
    lead.0.entry(|entry| entry.seq == 2 && entry.from == Slot::GUEST).await;
    let into_call = clinician.ask(Request::Mls { call, message: words("aGVsbG8=") }).await;
    assert_eq!(into_call, Err(ErrorCode::NotAllowed));
    assert!(house.node.staff_seat(clinician.0.conn, call).await.is_err());
    assert_eq!(house.node.staff_seat(clinician.0.conn, room).await.unwrap().slot, Slot::GUEST);

    // A restart keeps both rooms.
    let token = caller.token();
    house = house.restart().await;
    let who = house.enrol_as(5, 5, Role::Clinician).await;
    let mut clinician = house.sign_in_as(who, 0).await.unwrap();
    assert_eq!(clinician.consulted().await.id, room);
    clinician.0.entry(|entry| entry.seq == 1).await;
    let mut lead = house.sign_in(1, 0).await.unwrap();
    let mut caller = house.resume(&token, 1).await.unwrap();
    lead.ask(Request::BringIn { call }).await.unwrap();
    let participants = caller.connected().await;
    assert!(participants.len() == 2 || participants[2].arriving);
    caller
        .0
        .state(|state| matches!(state, CallerState::Connected { participants } if participants.len() == 3))
        .await;
    assert_eq!(clinician.on_call().await, call);
    assert_eq!(
        lead.ask(Request::Mls { call: room, message: words("aGVsbG8=") }).await,
        Err(ErrorCode::NotAllowed),
        "the room is gone"
    );
}

#[tokio::test]
async fn who_has_handed_over_is_out_of_the_call_at_once_and_shown_until_their_key_is() {
    let (mut house, mut caller, mut lead, mut clinician) = joined().await;
    let call = caller.call();
    lead.ask(Request::HandOver { call, to: Slot::GUEST }).await.unwrap();
    lead.is(StaffState::WrapUp { call, ended_by: None, fields: Vec::new() }).await;
    let left = |state: &CallerState| {
        matches!(state, CallerState::Connected { participants }
            if participants[1].left && participants[2].lead)
    };
    caller.0.state(left).await;
    let cut = loop {
        match house.effects.recv().await.unwrap() {
            Effect::Cut { call: cut, slot, .. } if slot == Slot::COUNSELLOR => break cut,
            Effect::Cut { .. } => {}
        }
    };
    assert_eq!(cut, call);
    let late = lead.ask(Request::Mls { call, message: words("aGVsbG8=") }).await;
    assert_eq!(late, Err(ErrorCode::NotAllowed));
    let removal = MlsMessage::Commit {
        epoch: 2,
        commit: "cmVtb3Zl".to_owned(),
        welcome: None,
        added: Vec::new(),
        removed: vec![Slot::COUNSELLOR],
    };
    caller.send(removal).await.unwrap();
    clinician.0.entry(|entry| entry.seq == 3).await;
    lead.0.catch_up();
    assert!(lead.0.log.iter().all(|entry| entry.seq < 3), "who has left is told nothing");
    caller
        .0
        .state(|state| matches!(state, CallerState::Connected { participants } if participants.len() == 2))
        .await;
    lead.ask(Request::WrapUpDone { call, available: true }).await.unwrap();
    clinician.ask(Request::End { call }).await.unwrap();
    caller.0.state(|state| matches!(state, CallerState::Ended { .. })).await;
}

#[tokio::test]
async fn a_console_that_is_shut_out_of_a_call_of_three_is_out_of_it() {
    let (house, mut caller, _lead, clinician) = joined().await;
    house.shut_out_elsewhere(5).await;
    let left = |state: &CallerState| matches!(state, CallerState::Connected { participants } if participants[2].left);
    caller.0.state(left).await;
    drop(clinician);
}

#[tokio::test]
async fn colleagues_who_are_free_come_first() {
    let house = House::open().await;
    let (_caller, mut lead) = house.call().await;
    let mut resting = house.counsellor(2).await;
    resting.ask(Request::Pause { why: Pause::Break }).await.unwrap();
    let _clinician = house.clinician(5).await;
    lead.ask(Request::Colleagues).await.unwrap();
    let seen: Vec<_> = lead.0.colleagues.iter().map(|one| (one.name.as_str(), one.free)).collect();
    assert_eq!(seen, [("Sam 5", true), ("Sam 2", false)]);
}

#[tokio::test]
async fn a_caller_whose_counsellor_is_lost_is_answered_by_another_in_the_same_call() {
    let house = House::open().await;
    let (mut caller, lead) = house.call().await;
    let another = || caller::Request::AskAnother { key_package: PACKAGE.to_owned() };
    assert_eq!(caller.ask(another()).await, Err(ErrorCode::OutOfOrder));
    lead.lose(Gone::Closed).await;
    house.pass(10);
    caller.ask(another()).await.unwrap();
    caller.waits_behind(0).await;
    let mut next = house.counsellor(2).await;
    assert_eq!(next.answer().await, caller.call());
    next.send(first_commit("YWdhaW4=")).await.unwrap();
    caller.0.entry(|entry| entry.seq == 2).await;
}

#[tokio::test]
async fn what_the_operator_changes_is_not_lost_when_something_else_happens_while_it_is_read() {
    let house = House::open().await;
    let settings = Settings::new(Arc::clone(&house.ledger));
    let mut watch = SettingsWatch::new(Arc::clone(&house.ledger), Arc::clone(&house.clock) as _);
    watch.next().await;
    settings.set_line(&"police".parse().unwrap(), &Helpline::default(), house.clock.now()).await.unwrap();
    // Interrupted again and again, as by requests that come in.
    let mut heard = None;
    for _ in 0..10_000 {
        tokio::select! {
            biased;
            directory = watch.next() => {
                heard = Some(directory);
                break;
            }
            () = tokio::task::yield_now() => {}
        }
    }
    let directory = match heard {
        Some(directory) => directory,
        None => tokio::time::timeout(PATIENCE, watch.next()).await.expect("the change is lost"),
    };
    assert_eq!(directory.lines().map(|(name, _)| name.to_string()).collect::<Vec<_>>(), ["police"]);
}

#[tokio::test]
async fn what_the_operator_changes_holds_at_once() {
    let house = House::open().await;
    let mut page = house.visitor().await;
    let settings = Settings::new(Arc::clone(&house.ledger));
    let closed = Hours::Weekly { windows: Vec::new(), closed_on: Default::default() };
    let line = Helpline { title: "Police".to_owned(), hours: closed, forces: Vec::new() };
    settings.set_line(&"police".parse().unwrap(), &line, house.clock.now()).await.unwrap();
    page.0.hear_until(|page| !page.shifts.is_empty()).await;
    let join = |line: Option<&str>| caller::Request::Join {
        key_package: PACKAGE.to_owned(),
        line: line.map(|line| line.parse().unwrap()),
        skill: None,
        code: None,
    };
    assert_eq!(page.ask(join(None)).await, Err(ErrorCode::Closed));
    assert_eq!(page.ask(join(Some("main"))).await, Err(ErrorCode::Closed), "there is no such line any more");
    settings
        .set_line(&"police".parse().unwrap(), &Helpline { hours: Hours::Always, ..line }, house.clock.now())
        .await
        .unwrap();
    page.0.hear_until(|page| page.shifts.len() == 2).await;
    page.ask(join(Some("police"))).await.unwrap();
    assert_eq!(settings.directory().await.unwrap().lines().collect::<BTreeMap<_, _>>().len(), 1);
}
