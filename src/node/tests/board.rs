//! The wallboard: who may watch it, what it tells, how soon, and what it costs when many watch.

use std::collections::BTreeMap;

use super::*;
use crate::{
    core::{
        calendar::{Date, uk_midnight},
        directory::{LineName, Training},
        rota::{Plan, Span, Week},
    },
    node::{
        RelayHealth,
        lengths::SPAN,
        rota::{Rota, Saved, Saving},
        settings::Settings,
    },
    proto::{
        shift::{Answer, Board, Doing, Minute, Request as Shift},
        staff::{Pause, Request, Role},
    },
};

const WATCH: Request = Request::Shift { ask: Shift::Watch { on: true } };

impl Console {
    /// The first board, and the minutes before.
    pub(super) async fn watch(&mut self) -> (Board, Vec<Minute>) {
        self.ask(WATCH).await.unwrap();
        match self.0.shift.take() {
            Some(Answer::Watching { board, minutes }) => (board, minutes),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn board(&mut self, wanted: impl Fn(&Board) -> bool) -> Board {
        self.0.hear_until(|page| page.boards.last().is_some_and(&wanted)).await;
        self.0.boards.last().unwrap().clone()
    }
}

impl House {
    pub(super) async fn supervisor(&self, number: u8) -> Console {
        let who = self.enrol_as(number, number, Role::Supervisor).await;
        self.sign_in_as(who, 0).await.unwrap()
    }

    async fn pass_spans(&self, spans: u32) {
        for _ in 0..spans {
            self.clock.0.send_modify(|now| *now = *now + SPAN);
            self.barrier().await;
        }
    }
}

fn doing(board: &Board, name: &str) -> Doing {
    board.people.iter().find(|person| person.name == name).unwrap().doing
}

#[tokio::test]
async fn a_supervisor_sees_who_waits_and_what_everybody_does_and_nothing_of_a_caller() {
    let house = House::open().await;
    let mut supervisor = house.supervisor(9).await;
    let (board, minutes) = supervisor.watch().await;
    assert_eq!((board.waiting, board.oldest, board.people.len(), minutes.len()), (0, None, 1, 1));
    let caller = house.caller().await;
    let began = house.clock.now().as_millis();
    house.barrier().await;
    let board = supervisor.board(|board| board.waiting == 1).await;
    assert_eq!(board.oldest, Some(began));
    house.pass(1);
    let mut console = house.counsellor(1).await;
    console.answer().await;
    house.pass(1);
    let board =
        supervisor.board(|board| board.people.len() == 2 && doing(board, "Sam 1") == Doing::OnCall).await;
    assert_eq!(board.people[0].since, began + 1_000);
    let told = serde_json::to_string(&board).unwrap();
    assert!(!told.contains(&caller.call().to_string()), "{told}");
    console.ask(Request::End { call: caller.call() }).await.unwrap();
    console.ask(Request::Pause { why: Pause::Debrief }).await.unwrap();
    house.pass(1);
    supervisor.board(|board| doing(board, "Sam 1") == Doing::Debrief).await;
    console.lose(Gone::Closed).await;
    house.pass(1);
    supervisor.board(|board| !board.people[0].connected).await;
}

#[tokio::test]
async fn only_supervisors_watch_and_only_while_they_want_to() {
    let house = House::open().await;
    for (number, role) in [(1, Role::Counsellor), (2, Role::Clinician)] {
        let who = house.enrol_as(number, number, role).await;
        let mut console = house.sign_in_as(who, 0).await.unwrap();
        assert_eq!(console.ask(WATCH).await, Err(ErrorCode::NotAllowed));
    }
    let mut supervisor = house.supervisor(9).await;
    supervisor.watch().await;
    let _first = house.caller().await;
    house.pass_spans(1).await;
    supervisor.board(|board| board.waiting == 1).await;
    supervisor.ask(Request::Shift { ask: Shift::Watch { on: false } }).await.unwrap();
    let _second = house.caller().await;
    house.pass_spans(20).await;
    supervisor.0.catch_up();
    assert_eq!(supervisor.0.boards.last().map(|board| board.waiting), Some(1));
}

#[tokio::test]
async fn what_happens_in_one_span_is_told_together() {
    let house = House::open().await;
    let mut supervisor = house.supervisor(9).await;
    supervisor.watch().await;
    let mut callers = Vec::new();
    for _ in 0..30 {
        callers.push(house.caller().await);
    }
    house.barrier().await;
    supervisor.0.catch_up();
    assert!(
        supervisor.0.boards.len() <= 1,
        "{} boards for what happened in one moment",
        supervisor.0.boards.len()
    );
    house.pass_spans(1).await;
    supervisor.board(|board| board.waiting == 30).await;
    let told = supervisor.0.boards.len();
    house.pass_spans(40).await;
    supervisor.0.catch_up();
    assert_eq!(supervisor.0.boards.len(), told, "nothing is told twice");
}

#[tokio::test]
async fn where_many_watch_each_is_told_within_a_second_and_few_in_one_moment() {
    let house = House::open().await;
    let mut supervisors = Vec::new();
    for number in 100..190 {
        let mut supervisor = house.supervisor(number).await;
        supervisor.watch().await;
        supervisors.push(supervisor);
    }
    house.pass_spans(8).await;
    let told = |supervisors: &mut Vec<Console>| {
        supervisors.iter_mut().for_each(|one| one.0.catch_up());
        supervisors.iter().filter(|one| one.0.boards.last().is_some_and(|board| board.waiting == 1)).count()
    };
    assert_eq!(told(&mut supervisors), 0);
    let _caller = house.caller().await;
    house.barrier().await;
    assert_eq!(told(&mut supervisors), 50);
    house.pass_spans(1).await;
    assert_eq!(told(&mut supervisors), 90, "after a quarter of a second everybody");
}

#[tokio::test]
async fn the_last_hour_is_counted_by_minutes_also_while_nobody_watches() {
    let house = House::open().await;
    let begun = house.clock.now().as_millis();
    let mut lost = house.caller().await;
    house.pass(125);
    lost.leave().await;
    let mut kept = house.caller().await;
    house.pass(70);
    let mut supervisor = house.supervisor(9).await;
    let (board, minutes) = supervisor.watch().await;
    assert_eq!((board.lost, board.waiting, board.counted_since), (1, 1, begun));
    let shown: Vec<_> = minutes.iter().map(|minute| (minute.waiting, minute.lost)).collect();
    assert_eq!(shown, [(1, 0), (1, 0), (1, 1), (1, 0)]);
    let waits: Vec<_> = minutes.iter().map(|minute| minute.longest_wait_s).collect();
    // The clock of this test begins 40 s into a minute.
    assert_eq!(waits, [20, 80, 125, 70]);
    let _console = house.counsellor(1).await.answer().await;
    kept.connected().await;
    for _ in 0..61 {
        house.pass(60);
        house.barrier().await;
    }
    let (board, minutes) = supervisor.watch().await;
    assert_eq!((board.lost, board.waiting, minutes.len()), (0, 0, 60));
}

#[tokio::test]
async fn the_relay_is_looked_at_while_somebody_watches_and_what_it_drops_is_counted() {
    let house = House::open().await;
    let health =
        Arc::new(std::sync::Mutex::new(RelayHealth { running: true, legs: 2, calls: 1, dropped: 70 }));
    let of = Arc::clone(&health);
    house.node.watch_relay(Arc::new(move || Some(*of.lock().unwrap()))).await;
    let mut supervisor = house.supervisor(9).await;
    let (board, _) = supervisor.watch().await;
    let relay = board.relay.unwrap();
    assert_eq!((relay.running, relay.legs, relay.calls, relay.dropped), (true, 2, 1, 0));
    house.pass_spans(4).await;
    *health.lock().unwrap() = RelayHealth { running: false, legs: 0, calls: 0, dropped: 75 };
    house.pass_spans(8).await;
    let board = supervisor.board(|board| board.relay.is_some_and(|relay| !relay.running)).await;
    assert_eq!(board.relay.unwrap().dropped, 5);
}

#[tokio::test]
async fn what_everybody_does_is_known_after_a_restart_with_since_when() {
    let mut house = House::open().await;
    let (caller, console) = house.call().await;
    let began = house.clock.now().as_millis();
    house.pass(100);
    drop((caller, console));
    house = house.restart().await;
    let mut supervisor = house.supervisor(9).await;
    let (board, _) = supervisor.watch().await;
    let counsellor = board.people.iter().find(|person| person.role == Role::Counsellor).unwrap();
    assert_eq!((counsellor.doing, counsellor.since, counsellor.connected), (Doing::OnCall, began, false));
    assert_eq!(board.counted_since, began + 100_000);
}

#[tokio::test]
async fn help_that_nobody_takes_is_told_more_loudly_after_thirty_seconds_also_over_a_restart() {
    let mut house = House::open().await;
    let (caller, mut lead) = house.call().await;
    let call = caller.call();
    let mut supervisor = house.supervisor(9).await;
    supervisor.ask(Request::Pause { why: Pause::Break }).await.unwrap();
    lead.ask(Request::AskHelp { call }).await.unwrap();
    supervisor.0.hear_until(|page| page.help.len() == 1 && !page.help[0].escalated).await;
    house.pass(20);
    drop((caller, lead, supervisor));
    house = house.restart().await;
    let mut lead = house.sign_in(1, 0).await.unwrap();
    let mut supervisor = house.supervisor(9).await;
    supervisor.0.hear_until(|page| page.help.len() == 1 && !page.help[0].escalated).await;
    house.pass(10);
    supervisor.0.hear_until(|page| page.help.iter().any(|help| help.escalated)).await;
    let louder = |state: &StaffState| matches!(state, StaffState::OnCall { call } if call.help.as_ref().is_some_and(|help| help.escalated));
    lead.0.state(louder).await;
    supervisor.ask(Request::TakeHelp { call }).await.unwrap();
    supervisor.0.hear_until(|page| page.help.iter().any(|help| help.helper.is_some())).await;
}

#[tokio::test]
async fn each_is_told_of_their_training_and_refused_by_name_when_it_has_ended() {
    let house = House::open().await;
    let day: Date = "2026-11-23".parse().unwrap();
    house.clock.0.send_replace(uk_midnight(day));
    let mut console = house.sign_in(1, 0).await.unwrap();
    let mine = Request::Shift { ask: Shift::Mine };
    console.ask(mine.clone()).await.unwrap();
    assert_eq!(console.0.shift.take(), Some(Answer::Mine { training: None, occupancy: None }));
    let (who, by) = (StaffId::from_random([1; 16]), StaffId::from_random([9; 16]));
    let settings = Settings::new(Arc::clone(&house.ledger));
    let until = |text: &str| Some(Training { until: text.parse().unwrap() });
    let now = house.clock.now();
    settings.set_training(who, until("2026-11-22"), by, now).await.unwrap();
    // The node hears of it by its watch.
    loop {
        console.ask(Request::Unavailable).await.unwrap();
        match console.ask(Request::Available).await {
            Err(code) => break assert_eq!(code, ErrorCode::TrainingOver),
            Ok(()) => tokio::task::yield_now().await,
        }
    }
    console.ask(mine).await.unwrap();
    let left = crate::proto::shift::TrainingLeft { until: "2026-11-22".parse().unwrap(), days_left: -1 };
    let told = Answer::Mine { training: Some(left), occupancy: None };
    assert_eq!(console.0.shift.take(), Some(told));
    assert_eq!(settings.directory().await.unwrap().training(who), until("2026-11-22"));
    settings.set_training(who, None, by, now).await.unwrap();
    assert_eq!(settings.directory().await.unwrap().training(who), None);
}

#[tokio::test]
async fn how_much_of_the_time_went_to_callers_is_told_to_the_one_and_to_supervisors() {
    let house = House::open().await;
    let mut supervisor = house.supervisor(9).await;
    supervisor.watch().await;
    let (_caller, mut console) = house.call().await;
    house.pass(54 * 60);
    house.barrier().await;
    let call = console.on_call().await;
    console.ask(Request::End { call }).await.unwrap();
    console.ask(Request::Pause { why: Pause::Break }).await.unwrap();
    house.pass(6 * 60);
    console.ask(Request::Shift { ask: Shift::Mine }).await.unwrap();
    assert_eq!(console.0.shift.take(), Some(Answer::Mine { training: None, occupancy: Some(90) }));
    let board = supervisor.board(|board| board.people[0].occupancy == Some(90)).await;
    assert_eq!(board.people[1].occupancy, Some(0));
}

#[tokio::test]
async fn of_two_who_save_one_week_the_second_is_told_and_nothing_is_lost() {
    let mut house = House::open().await;
    let (line, week) = (LineName::default(), Week::of("2026-11-23".parse().unwrap()));
    let rota = Rota::new(Arc::clone(&house.ledger));
    assert_eq!(rota.week(&line, week).await.unwrap(), (None, 0));
    let saved = |person: u8, from| {
        let on = BTreeMap::from([(StaffId::from_random([person; 16]), vec![Span { from, until: from + 8 }])]);
        let plan = Plan { on, ..Plan::empty(week, |_| true) };
        Saved { plan, by: StaffId::from_random([9; 16]), at: house.clock.now() }
    };
    let (first, second, third) = (saved(1, 0), saved(2, 8), saved(3, 16));
    let Saving::Saved(revision) = rota.save(&line, week, &first, 0).await.unwrap() else { panic!() };
    assert_eq!(rota.save(&line, week, &second, 0).await.unwrap(), Saving::Overtaken);
    assert_eq!(rota.week(&line, week).await.unwrap(), (Some(first), revision));
    let Saving::Saved(revision) = rota.save(&line, week, &second, revision).await.unwrap() else { panic!() };
    drop(rota);
    house = house.restart().await;
    let rota = Rota::new(Arc::clone(&house.ledger));
    assert_eq!(rota.week(&line, week).await.unwrap(), (Some(second), revision));
    assert_eq!(rota.save(&line, week, &third, revision - 1).await.unwrap(), Saving::Overtaken);
}
