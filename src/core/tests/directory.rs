//! Lines that share counsellors, opening hours, forces in scope, skills.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::core::{
    calendar::{Date, Weekday, uk_midnight},
    directory::{Assignment, Directory, Force, Helpline, LineName, Training},
    hours::{Hours, Window},
};

fn line(name: &str) -> LineName {
    name.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Noon of that day in winter, UTC.
fn noon(text: &str) -> Timestamp {
    let (year, month, date) = day(text).parts();
    let days = (0..).find(|days| {
        let clock = crate::core::calendar::uk_time(Timestamp::from_millis(days * 86_400_000));
        clock.date.parts() == (year, month, date)
    });
    Timestamp::from_millis(days.unwrap() * 86_400_000 + 43_200_000)
}

fn open_always() -> Helpline {
    Helpline { title: "A line".to_owned(), ..Helpline::default() }
}

fn assigned(lines: &[&str], skills: &[&str]) -> Assignment {
    Assignment {
        lines: lines.iter().map(|name| line(name)).collect(),
        skills: skills.iter().map(|name| name.parse().unwrap()).collect(),
    }
}

/// Police and ambulance; person 1 answers police only, person 2 both, person 3 has Welsh.
fn shared() -> Service {
    let mut service = Service::new();
    let lines = ["police", "ambulance"].map(|name| (line(name), open_always()));
    let assignments = [
        (staff(1), assigned(&["police"], &[])),
        (staff(2), assigned(&["police", "ambulance"], &[])),
        (staff(3), assigned(&["police"], &["welsh"])),
    ];
    let directory = Directory::new(BTreeMap::from(lines), BTreeMap::from(assignments));
    service.give(Command::Configure { directory }).unwrap();
    service
}

fn join_line(service: &mut Service, name: &str, skill: Option<&str>) -> Result<CallId, Rejection> {
    let id = service.fresh();
    let Command::Join { call, session, key_package, priority, follow_up, .. } = join(id) else {
        unreachable!()
    };
    let (line, skill) = (Some(line(name)), skill.map(|skill| skill.parse().unwrap()));
    service.give(Command::Join { call, session, key_package, line, skill, priority, follow_up })?;
    Ok(call)
}

#[test]
fn a_counsellor_is_offered_callers_of_their_own_lines_only() {
    let mut service = shared();
    let first = join_line(&mut service, "ambulance", None).unwrap();
    let second = join_line(&mut service, "police", None).unwrap();
    let police = service.counsellor(1);
    service.settle();
    assert_eq!(service.rings_for(police).map(|(call, _)| call), Some(second));
    assert!(!service.line.is_served(&line("ambulance")));
    let both = service.counsellor(2);
    service.settle();
    assert_eq!(service.rings_for(both).map(|(call, _)| call), Some(first));
}

#[test]
fn who_is_ahead_counts_only_where_counsellors_are_shared() {
    let mut service = shared();
    let first = join_line(&mut service, "ambulance", None).unwrap();
    let second = join_line(&mut service, "police", None).unwrap();
    assert_eq!(service.line.waiting(), [(first, 0), (second, 0)], "nobody answers both");
    let both = service.counsellor(2);
    service.settle();
    assert!(service.rings_for(both).is_some());
    assert_eq!(service.line.waiting(), [(first, 0), (second, 1)]);
}

#[test]
fn a_line_that_is_not_there_or_not_open_takes_nobody() {
    let mut service = shared();
    assert_eq!(join_line(&mut service, "fire", None), Err(Rejection::UnknownLine));
    let mut closed = open_always();
    closed.hours = Hours::Weekly { windows: Vec::new(), closed_on: BTreeSet::new() };
    let directory = Directory::new(BTreeMap::from([(line("police"), closed)]), BTreeMap::new());
    service.give(Command::Configure { directory }).unwrap();
    assert_eq!(join_line(&mut service, "police", None), Err(Rejection::Closed));
}

#[test]
fn a_caller_who_waits_when_the_line_closes_is_answered() {
    let mut service = shared();
    let call = join_line(&mut service, "ambulance", None).unwrap();
    let directory = Directory::new(BTreeMap::from([(line("police"), open_always())]), BTreeMap::new());
    service.give(Command::Configure { directory }).unwrap();
    let device = service.counsellor(1);
    service.settle();
    assert_eq!(service.rings_for(device).map(|(call, _)| call), Some(call));
}

#[test]
fn somebody_with_the_skill_is_waited_for_but_not_for_long() {
    let mut service = shared();
    let welsh = service.sign_in(3, 3);
    let plain = service.counsellor(1);
    let call = join_line(&mut service, "police", Some("welsh")).unwrap();
    service.settle();
    assert_eq!(service.rings_for(plain).map(|(call, _)| call), Some(call), "nobody on shift has Welsh");

    let mut service = shared();
    let busy = service.counsellor(3);
    let held = join_line(&mut service, "police", None).unwrap();
    service.settle();
    assert_eq!(service.rings_for(busy).map(|(call, _)| call), Some(held));
    let (_, offer) = service.rings_for(busy).unwrap();
    service.give(Command::Accept { device: busy, offer }).unwrap();
    let call = join_line(&mut service, "police", Some("welsh")).unwrap();
    let plain = service.counsellor(1);
    service.settle();
    assert_eq!(service.rings_for(plain), None, "somebody on shift has Welsh");
    assert_eq!(service.line.wake_at(service.now), Some(service.now + service.line.rules().skill_wait));
    service.pass(service.line.rules().skill_wait);
    service.settle();
    assert_eq!(service.rings_for(plain).map(|(call, _)| call), Some(call));
    assert_eq!(service.rings_for(welsh), None);
}

#[test]
fn weekly_hours_run_over_midnight_and_stop_on_days_that_are_named() {
    let window = Window { days: BTreeSet::from([Weekday::Fri]), from: 18 * 60, until: 6 * 60 };
    let closed_on = BTreeSet::from([day("2026-12-25")]);
    let line = Helpline { hours: Hours::Weekly { windows: vec![window], closed_on }, ..open_always() };
    let at = |text: &str, hour: u64| {
        let from_noon = Duration::from_secs(hour.abs_diff(12) * 3600);
        if hour < 12 { noon(text).before(from_noon) } else { noon(text) + from_noon }
    };
    for (when, open) in [
        (at("2026-11-20", 17), false),
        (at("2026-11-20", 18), true),
        (at("2026-11-21", 5), true),
        (at("2026-11-21", 6), false),
        (at("2026-11-21", 19), false),
        (at("2026-12-25", 19), false),
        (at("2026-12-26", 1), true),
    ] {
        assert_eq!(line.is_open(when), open, "{when}");
    }
}

#[test]
fn a_force_is_in_scope_from_its_first_day_until_its_last() {
    let force = |name: &str, from, until: Option<&str>| Force {
        name: name.to_owned(),
        from: day(from),
        until: until.map(day),
    };
    let forces =
        vec![force("Durham", "2026-01-01", None), force("Cleveland", "2026-01-01", Some("2026-06-01"))];
    let line = Helpline { forces, ..open_always() };
    let names = |when| line.forces_at(noon(when)).map(|force| force.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names("2025-12-31"), Vec::<&str>::new());
    assert_eq!(names("2026-01-01"), ["Durham", "Cleveland"]);
    assert_eq!(names("2026-12-01"), ["Durham"]);
}

/// A service in which person 1's training is valid until that day, which begins now.
fn trained_until(text: &str) -> Service {
    let mut service = Service::new();
    service.now = uk_midnight(day(text));
    let training = BTreeMap::from([(staff(1), Training { until: day(text) })]);
    let directory = Directory::default().with_training(training);
    service.give(Command::Configure { directory }).unwrap();
    service
}

const DAY: Duration = Duration::from_secs(24 * 3600);

#[test]
fn nobody_is_made_ready_whose_training_has_ended() {
    let mut service = trained_until("2026-11-23");
    let (device, other) = (service.counsellor(1), service.counsellor(2));
    service.give(Command::Unavailable { device }).unwrap();
    service.pass(DAY);
    assert_eq!(service.give(Command::Available { device }), Err(Rejection::TrainingOver));
    let pause = Command::Pause { device, why: crate::core::staff::Pause::FollowUp };
    service.give(pause).unwrap();
    assert_eq!(service.give(Command::Available { device }), Err(Rejection::TrainingOver));
    // For whom no day is set nothing changes, and another day opens it again.
    service.give(Command::Unavailable { device: other }).unwrap();
    service.give(Command::Available { device: other }).unwrap();
    let training = BTreeMap::from([(staff(1), Training { until: day("2027-11-23") })]);
    let directory = Directory::default().with_training(training);
    service.give(Command::Configure { directory }).unwrap();
    service.give(Command::Available { device }).unwrap();
}

#[test]
fn training_that_ends_takes_whoever_is_ready_out_at_midnight_and_no_call_away() {
    let mut service = trained_until("2026-11-23");
    let ready = service.counsellor(1);
    let midnight = uk_midnight(day("2026-11-24"));
    assert_eq!(service.line.wake_at(service.now), Some(midnight));
    let call = service.join();
    service.settle();
    let (_, offer) = service.rings_for(ready).unwrap();
    service.give(Command::Accept { device: ready, offer }).unwrap();
    service.pass(DAY);
    assert_eq!(service.settle(), [], "the call goes on");
    assert!(service.line.call(call).unwrap().talk().is_some());
    service.give(Command::End { device: ready, call }).unwrap();
    let done = |available| Command::WrapUpDone { device: ready, call, available };
    assert_eq!(service.give(done(true)), Err(Rejection::TrainingOver));
    service.give(done(false)).unwrap();

    let mut service = trained_until("2026-11-23");
    let ready = service.counsellor(1);
    service.pass(DAY - Duration::from_millis(1));
    assert_eq!(service.settle(), []);
    service.pass(Duration::from_millis(1));
    service.settle();
    assert_eq!(service.line.desk(ready).unwrap().duty, Duty::Unavailable);
}

#[test]
fn a_day_of_training_ends_at_midnight_by_the_clock_on_the_wall() {
    let ends = |text| Training { until: day(text) }.ends();
    for (summer, winter) in [("2026-06-30", "2026-12-30"), ("2026-03-29", "2026-03-28")] {
        let of_day = |ends: Timestamp| ends.as_millis() % 86_400_000;
        assert_eq!((of_day(ends(summer)), of_day(ends(winter))), (23 * 3_600_000, 0));
    }
    // The day on which the clock goes back is still in summer when it begins, and no longer when it ends.
    assert_eq!(ends("2026-10-25").since(uk_midnight(day("2026-10-25"))), Duration::from_secs(25 * 3600));
}
