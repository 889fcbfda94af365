//! Drills by behaviour: a line beside the real one, of which nothing stays.

use std::{fs, path::PathBuf};

use super::*;
use crate::{
    core::{figures::codes::Fields, ids::TriageId, rules::Rules},
    node::{
        audit::{self, Did, DrillAct},
        drill::{DrillError, DrillParts, Drills},
        follow_ups::{FollowUpConfig, HashWork, Whose},
        triage::Triage,
    },
    proto::{Hidden, staff::Request},
    store::Entry,
};

const MINUTE: u64 = 60;
const SUPERVISOR: u8 = 9;

/// A house with its drills, in which four counsellors and a supervisor work.
struct School {
    house: House,
    drills: Drills,
    effects: mpsc::Receiver<Effect>,
    folder: PathBuf,
    supervisor: Who,
}

impl School {
    async fn open() -> Self {
        let work = HashWork { memory_kib: 8, passes: 1 };
        let follow_ups = FollowUpConfig { work, ..FollowUpConfig::default() };
        let fields = Fields::parse(["Outcome: Supported | Signposted"]).unwrap();
        let rules = Rules { fields, ..Rules::default() };
        let house = House::open_with(NodeConfig { rules, follow_ups, ..NodeConfig::default() }).await;
        for number in 1..=4 {
            house.enrol(number, number).await;
        }
        let supervisor = house.enrol_as(SUPERVISOR, SUPERVISOR, staff::Role::Supervisor).await;
        let folder = house.folder.path().join("drill");
        let (effects_of_drills, effects) = mpsc::channel(64);
        let drills = Drills::new(DrillParts {
            ledger: Arc::clone(&house.ledger),
            folder: folder.clone(),
            config: house.config.clone(),
            clock: Arc::clone(&house.clock) as _,
            random: Arc::clone(&house.random) as _,
            effects: effects_of_drills,
        });
        let supervisor = Who::Staff { staff: supervisor.staff, device: Some(supervisor.device) };
        Self { house, drills: drills.unwrap(), effects, folder, supervisor }
    }

    /// A school with a drill of that many minutes, and the drill: a house of its own in which the same people work.
    async fn with_drill(minutes: u32) -> (Self, House) {
        let school = Self::open().await;
        school.drills.open(minutes, school.supervisor).await.unwrap();
        let practice = school.practice().await;
        (school, practice)
    }

    async fn practice(&self) -> House {
        let House { ledger, config, clock, random, .. } = &self.house;
        House {
            node: self.drills.line().await.unwrap().node,
            effects: mpsc::channel(1).1,
            ledger: Arc::clone(ledger),
            config: config.clone(),
            clock: Arc::clone(clock),
            random: Arc::clone(random),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    async fn ticket(&self) -> Hidden {
        self.drills.now().await.unwrap().ticket
    }

    /// Every record of the real ledger but those of the audit.
    async fn records(&self) -> Vec<Entry> {
        let (mut entries, _) = self.house.ledger.range("").await.unwrap();
        entries.retain(|entry| !entry.key.starts_with("audit"));
        entries
    }

    /// The acts of the real audit.
    async fn acts(&self) -> Vec<(Who, Did)> {
        let (entries, _, flaw) = audit::verify(Arc::clone(&self.house.ledger), None).await.unwrap();
        assert_eq!(flaw, None);
        entries.into_iter().map(|entry| (entry.act.who, entry.act.did)).collect()
    }

    async fn drill_acts(&self) -> Vec<DrillAct> {
        let of_drills = |(_, did)| if let Did::Drill { what, .. } = did { Some(what) } else { None };
        self.acts().await.into_iter().filter_map(of_drills).collect()
    }
}

#[tokio::test]
async fn a_drill_goes_on_until_the_later_end_with_the_same_ticket() {
    let school = School::open().await;
    assert_eq!(school.drills.now().await, None);
    for minutes in [0, 4, 481, u32::MAX] {
        let refused = school.drills.open(minutes, school.supervisor).await;
        assert!(matches!(refused, Err(DrillError::Minutes)), "{minutes}");
    }
    let end = |minutes| school.house.clock.now() + Duration::from_secs(minutes * MINUTE);
    school.drills.open(30, school.supervisor).await.unwrap();
    let first = school.drills.now().await.unwrap();
    assert_eq!((first.until, first.callers, first.desks), (end(30), 0, 0));
    school.drills.open(5, school.supervisor).await.unwrap();
    assert_eq!(school.drills.now().await.unwrap(), first);
    school.drills.open(60, school.supervisor).await.unwrap();
    let later = school.drills.now().await.unwrap();
    assert_eq!((later.until, &later.ticket), (end(60), &first.ticket));
    school.house.pass(59 * MINUTE);
    assert_eq!(school.drills.now().await, Some(later));
    assert_eq!(school.drill_acts().await, [DrillAct::Opened, DrillAct::Prolonged]);
}

#[tokio::test]
async fn only_the_ticket_of_the_drill_that_is_open_leads_to_it() {
    let (school, _practice) = School::with_drill(30).await;
    let ticket = school.ticket().await;
    assert_eq!(ticket.0.len(), 22, "16 bytes");
    assert!(school.drills.line_by(&ticket).await.is_some());
    for wrong in ["", "AAAAAAAAAAAAAAAAAAAAAA", &ticket.0[1..], &format!("{} ", ticket.0)] {
        assert!(school.drills.line_by(&Hidden(wrong.to_owned())).await.is_none(), "{wrong:?}");
    }
    school.drills.close(school.supervisor).await;
    assert!(school.drills.line_by(&ticket).await.is_none());
    school.drills.open(30, school.supervisor).await.unwrap();
    assert!(school.drills.line_by(&ticket).await.is_none(), "of the drill before");
    let shown = format!("{:?} {:?}", school.drills, school.drills.now().await);
    assert!(!shown.contains(&school.ticket().await.0), "{shown}");
}

#[tokio::test]
async fn callers_of_a_drill_are_offered_to_those_who_practise_and_real_callers_to_nobody_else() {
    let (school, practice) = School::with_drill(30).await;
    let mut at_work = school.house.counsellor(1).await;
    let mut played = practice.caller().await;
    school.house.barrier().await;
    at_work.0.catch_up();
    assert!(matches!(at_work.0.last, Some(StaffState::Available)), "{:?}", at_work.0.last);

    let mut learner = practice.counsellor(2).await;
    learner.rings_for(&played).await;
    let real = school.house.caller().await;
    at_work.rings_for(&real).await;
    learner.answer().await;
    played.connected().await;
    learner.rings_no_other(&practice).await;
    let now = school.drills.now().await.unwrap();
    assert_eq!((now.callers, now.desks), (1, 1));
    // Nor does a real token open anything there.
    assert_eq!(practice.resume(&real.token(), 0).await.err(), Some(ErrorCode::UnknownSession));
    assert_eq!(school.house.resume(&played.token(), 0).await.err(), Some(ErrorCode::UnknownSession));
}

impl Console {
    async fn rings_no_other(&mut self, house: &House) {
        house.barrier().await;
        self.0.catch_up();
        assert!(matches!(self.0.last, Some(StaffState::OnCall { .. })), "{:?}", self.0.last);
    }
}

#[tokio::test]
async fn a_whole_drill_leaves_two_entries_in_the_audit_and_nothing_else_on_the_real_line() {
    let school = School::open().await;
    let who = school.house.enrol_as(SUPERVISOR, SUPERVISOR, staff::Role::Supervisor).await;
    let mut watcher = school.house.sign_in_as(who.clone(), 0).await.unwrap();
    watcher.ask(Request::Shift { ask: shift::Request::Watch { on: true } }).await.unwrap();
    let (records, acts) = (school.records().await, school.acts().await);
    let shot = school.house.node.snapshot().await;

    school.drills.open(30, school.supervisor).await.unwrap();
    let practice = school.practice().await;
    let (mut caller, mut console) = practice.call().await;
    let mut helper = practice.sign_in_as(who, 0).await.unwrap();
    console.ask(Request::AskHelp { call: caller.call() }).await.unwrap();
    helper.0.hear_until(|page| !page.help.is_empty()).await;
    helper.ask(Request::TakeHelp { call: caller.call() }).await.unwrap();
    let at = school.house.clock.now() + Duration::from_secs(86_400);
    let code = console.book(caller.call(), at).await.unwrap();
    caller.leave().await;
    console.0.state(|state| matches!(state, StaffState::WrapUp { .. })).await;
    let coded = Request::CodeWrapUp { call: caller.call(), chosen: vec![Some(1)] };
    console.ask(coded).await.unwrap();
    console.ask(Request::WrapUpDone { call: caller.call(), available: true }).await.unwrap();
    // In the drill all of it is there.
    assert_eq!(practice.node.follow_ups().list(Whose::All).await.unwrap().len(), 1);
    assert_eq!(practice.barrier().await.counters.ended, 1);
    let mut again = practice.visitor().await;
    let join = |code: &str| {
        let code = Some(Hidden(code.to_owned()));
        caller::Request::Join { key_package: PACKAGE.to_owned(), line: None, skill: None, code }
    };
    again.ask(join(&code)).await.unwrap();
    let mut elsewhere = school.house.visitor().await;
    assert_eq!(elsewhere.ask(join(&code)).await, Err(ErrorCode::UnknownCode));
    school.drills.close(school.supervisor).await;

    // The salt of its codes is drawn when the real line first looks at one: that was just now, and not the drill's doing.
    let mut after = school.records().await;
    after.retain(|entry| entry.key != "follow-up-salt");
    assert_eq!(after, records);
    let until = school.house.clock.now() + Duration::from_secs(30 * MINUTE);
    let did = |what| (school.supervisor, Did::Drill { what, until });
    let written = school.acts().await;
    assert_eq!(written[..acts.len()], acts);
    assert_eq!(written[acts.len()..], [did(DrillAct::Opened), did(DrillAct::Closed)]);
    assert_eq!(school.house.node.snapshot().await, shot);
    assert!(school.house.node.follow_ups().list(Whose::All).await.unwrap().is_empty());
    watcher.0.catch_up();
    assert!(watcher.0.boards.is_empty() && watcher.0.help.is_empty());
}

#[tokio::test]
async fn when_its_time_is_over_everybody_in_it_hears_so_and_nothing_of_it_stays() {
    let (mut school, practice) = School::with_drill(5).await;
    assert!(school.folder.join("ledger.sqlite").exists());
    let mut visitor = practice.visitor().await;
    let (mut caller, mut console) = practice.call().await;
    let (call, ticket) = (caller.call(), school.ticket().await);
    school.house.pass(5 * MINUTE);
    visitor.0.hear_until(|page| page.bye == Some(Goodbye::DrillOver)).await;
    caller.0.hear_until(|page| page.bye == Some(Goodbye::DrillOver)).await;
    console.0.hear_until(|page| page.bye == Some(Goodbye::DrillOver)).await;
    assert_eq!(school.drills.now().await, None);
    assert!(school.drills.line().await.is_none() && school.drills.line_by(&ticket).await.is_none());
    assert!(!school.folder.exists());
    assert_eq!(school.drill_acts().await, [DrillAct::Opened, DrillAct::TimeOver]);
    let mut cut = Vec::new();
    while let Ok(Effect::Cut { call, slot, .. }) = school.effects.try_recv() {
        cut.push((call, slot));
    }
    assert!(cut.contains(&(call, Slot::CALLER)) && cut.contains(&(call, Slot::COUNSELLOR)), "{cut:?}");
}

#[tokio::test]
async fn a_drill_ends_with_the_process_and_one_that_was_killed_leaves_nothing_to_the_next() {
    let (school, practice) = School::with_drill(30).await;
    let mut visitor = practice.visitor().await;
    school.drills.stop().await;
    visitor.0.hear_until(|page| page.bye == Some(Goodbye::DrillOver)).await;
    assert!(!school.folder.exists());
    assert_eq!(school.drill_acts().await, [DrillAct::Opened, DrillAct::Stopped]);

    fs::create_dir(&school.folder).unwrap();
    fs::write(school.folder.join("ledger.sqlite"), "what a killed process left").unwrap();
    let House { ledger, config, clock, random, .. } = &school.house;
    let parts = DrillParts {
        ledger: Arc::clone(ledger),
        folder: school.folder.clone(),
        config: config.clone(),
        clock: Arc::clone(clock) as _,
        random: Arc::clone(random) as _,
        effects: mpsc::channel(1).0,
    };
    let next = Drills::new(parts).unwrap();
    assert!(!school.folder.exists());
    assert_eq!(next.now().await, None);
}

#[tokio::test]
async fn whoever_is_shut_out_of_the_line_is_out_of_the_drill() {
    let (school, practice) = School::with_drill(30).await;
    let mut console = practice.counsellor(1).await;
    school.house.shut_out_elsewhere(1).await;
    console.0.hear_until(|page| page.bye == Some(Goodbye::SignedOut)).await;
    assert_eq!(practice.sign_in(1, 0).await.err(), Some(ErrorCode::BadCredential));
}

#[tokio::test]
async fn what_a_drill_shares_with_the_real_line_it_cannot_change() {
    let (school, practice) = School::with_drill(30).await;
    let who = school.house.enrol(1, 1).await.staff;
    let now = school.house.clock.now();
    let (records, acts) = (school.records().await, school.acts().await);
    practice.node.settings().set_training(who, None, who, now).await.unwrap_err();
    let line = "main".parse().unwrap();
    practice.node.settings().remove_line(&line, now).await.unwrap_err();
    assert_eq!((school.records().await, school.acts().await), (records, acts));
}

#[tokio::test]
async fn triage_in_a_drill_has_the_choices_of_the_real_line_and_cards_of_its_own() {
    let (school, _practice) = School::with_drill(30).await;
    let (real, played) =
        (Triage::new(Arc::clone(&school.house.ledger)), school.drills.line().await.unwrap().triage);
    let (now, by) = (school.house.clock.now(), StaffId::from_random([1; 16]));
    let mut codes = real.codes().await.unwrap();
    codes.needs.truncate(1);
    real.set_codes(&codes, now).await.unwrap();
    assert_eq!(played.codes().await.unwrap(), codes);
    let id = TriageId::from_random([7; 16]);
    played.open(id, by, codes.needs[0].code.clone(), now).await.unwrap();
    assert_eq!((played.cards(by).await.unwrap().len(), real.cards(by).await.unwrap().len()), (1, 0));
    played.set_codes(&codes, now).await.unwrap_err();
}
