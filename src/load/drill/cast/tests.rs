//! Callers who come, wait, speak or write, and leave.

use std::sync::OnceLock;

use super::*;
use crate::{
    client::{Tap, Written},
    e2ee::Role,
};

#[allow(clippy::disallowed_methods, reason = "an Instant can only be had from the clock")]
fn after(seconds: u64) -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now) + Duration::from_secs(seconds)
}

fn cast(callers: u16, stay: Option<u64>, lines: &[&str]) -> Cast {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    let part = Part { callers, every: Duration::from_secs(10), stay: stay.map(Duration::from_secs), lines };
    Cast::new(part, after(0))
}

/// What is to be done, and what is said of it.
fn acts(cast: &mut Cast) -> (Vec<Act>, Vec<String>) {
    let mut said = Vec::new();
    let mut acts = Vec::new();
    while let Some(act) = cast.next_act() {
        match act {
            Act::Say(line) => said.push(line),
            act => acts.push(act),
        }
    }
    (acts, said)
}

fn answered(stay: Option<u64>, lines: &[&str]) -> Cast {
    let mut cast = cast(1, stay, lines);
    cast.tick(after(0));
    for event in [Event::Welcome, Event::Waiting { ahead: 0 }, Event::Connected, Event::Keyed { epoch: 1 }] {
        cast.told(after(0), 0, &event);
    }
    acts(&mut cast);
    cast
}

#[test]
fn callers_come_one_after_the_other_and_are_told_of_in_plain_words() {
    let mut cast = cast(2, None, &[]);
    cast.tick(after(0));
    assert_eq!(acts(&mut cast).0, [Act::Enter(0)]);
    cast.told(after(1), 0, &Event::Welcome);
    cast.told(after(1), 0, &Event::Waiting { ahead: 0 });
    cast.tick(after(10));
    cast.told(after(11), 1, &Event::Welcome);
    cast.told(after(11), 1, &Event::Waiting { ahead: 1 });
    cast.told(after(12), 1, &Event::Waiting { ahead: 0 });
    cast.told(after(21), 0, &Event::Connected);
    cast.told(after(60), 0, &Event::Ended { by: EndedBy::Counsellor });
    let (done, said) = acts(&mut cast);
    assert_eq!(done, [Act::Enter(1), Act::Gone(0)]);
    assert_eq!(
        said,
        [
            "caller 1 waits, nobody before them",
            "caller 2 waits, one before them",
            "caller 1 is answered after 20 s",
            "caller 1 has been said goodbye to: the counsellor ended the call",
        ]
    );
    assert_eq!(cast.end(), None);
    cast.told(after(70), 1, &Event::Ended { by: EndedBy::Counsellor });
    let tally = Tally { waited: 2, answered: 1 };
    assert_eq!(cast.end(), Some(End { cause: None, unreachable: false, missing: None, tally }));
}

#[test]
fn a_caller_leaves_so_long_after_the_answer_and_otherwise_stays() {
    let mut cast = answered(Some(30), &[]);
    cast.tick(after(29));
    assert_eq!(acts(&mut cast).0, []);
    cast.tick(after(30));
    cast.tick(after(31));
    assert_eq!(acts(&mut cast).0, [Act::Leave(0)]);
    cast.told(after(31), 0, &Event::Ended { by: EndedBy::Caller });
    assert!(cast.end().is_some());
    let mut cast = answered(None, &[]);
    cast.tick(after(100_000));
    assert_eq!(acts(&mut cast).0, []);
}

#[test]
fn who_writes_goes_on_after_an_answer_or_ten_seconds() {
    let mut cast = answered(None, &["Hello.", "I can't talk here.", "Thank you."]);
    let wrote = |cast: &mut Cast, seconds, line: &str| {
        cast.tick(after(seconds - 1));
        assert_eq!(acts(cast).0, [], "too soon");
        cast.tick(after(seconds));
        assert_eq!(acts(cast).0, [Act::Write(0, line.to_owned())]);
    };
    wrote(&mut cast, 2, "Hello.");
    wrote(&mut cast, 12, "I can't talk here.");
    let from = Hearer::Staff { role: Role::Counsellor, name: "Sam".to_owned() };
    cast.told(after(13), 0, &Event::Written { from, what: Written::Tap(Tap::Yes) });
    wrote(&mut cast, 16, "Thank you.");
    cast.tick(after(1_000));
    assert_eq!(acts(&mut cast).0, [], "there is nothing more to write");
}

#[test]
fn a_line_that_is_no_drill_stops_everybody_before_anyone_is_in_it() {
    let mut cast = cast(2, None, &[]);
    cast.tick(after(0));
    cast.told(after(0), 0, &Event::WrongLine);
    cast.tick(after(20));
    assert_eq!(acts(&mut cast).0, [Act::Enter(0), Act::Gone(0)]);
    assert_eq!(cast.end().unwrap().cause, Some(Cause::NotADrill));
}

#[test]
fn a_ticket_that_is_none_is_told_from_a_drill_that_is_over() {
    let refused = Event::Refused { request: "greeting", code: ErrorCode::NoDrill };
    let mut cast = cast(1, None, &[]);
    cast.tick(after(0));
    cast.told(after(0), 0, &refused);
    assert_eq!(cast.end().unwrap().cause, Some(Cause::NoDrill));
    for event in [refused, Event::DrillOver] {
        let mut cast = answered(None, &[]);
        cast.told(after(9), 0, &event);
        assert_eq!(cast.end().unwrap().cause, Some(Cause::Over));
    }
}

#[test]
fn a_server_that_does_not_answer_is_not_waited_for_without_end() {
    let mut cast = cast(2, None, &[]);
    (0..50).for_each(|second| cast.tick(after(second)));
    let end = cast.end().unwrap();
    assert!(end.unreachable && end.missing.is_some_and(|(missing, _)| missing == 2));
    let mut cast = answered(None, &[]);
    cast.told(after(10), 0, &Event::SocketLost);
    cast.told(after(20), 0, &Event::Reconnected);
    cast.tick(after(200));
    assert_eq!(cast.end(), None, "it came back");
    cast.told(after(200), 0, &Event::SocketLost);
    cast.tick(after(320));
    let end = cast.end().unwrap();
    assert!(!end.unreachable && end.missing.is_some());
}

#[test]
fn a_caller_for_whom_there_is_no_room_is_counted_and_the_others_go_on() {
    let mut cast = cast(2, None, &[]);
    cast.tick(after(0));
    cast.told(after(0), 0, &Event::Welcome);
    cast.told(after(0), 0, &Event::Refused { request: "join", code: ErrorCode::Busy });
    assert_eq!(acts(&mut cast).0, [Act::Enter(0), Act::Gone(0)]);
    cast.tick(after(10));
    assert_eq!(acts(&mut cast).0, [Act::Enter(1)]);
    assert_eq!(cast.end(), None);
}

#[test]
fn everybody_leaves_in_order_when_told_to_and_nobody_else_comes() {
    let mut cast = cast(5, None, &[]);
    for caller in [0, 1, 2] {
        cast.tick(after(10 * caller as u64));
        cast.told(after(10 * caller as u64), caller, &Event::Welcome);
    }
    cast.tick(after(30));
    cast.told(after(30), 0, &Event::Waiting { ahead: 0 });
    cast.told(after(30), 1, &Event::Waiting { ahead: 1 });
    cast.told(after(30), 0, &Event::Connected);
    acts(&mut cast);
    cast.dismiss(after(31));
    // The third asks for a place and may have it, the fourth has not been let in, the fifth has not come.
    assert_eq!(acts(&mut cast).0, [Act::Leave(0), Act::Leave(1)]);
    cast.told(after(32), 2, &Event::Waiting { ahead: 2 });
    assert_eq!(acts(&mut cast).0, [Act::Leave(2)]);
    for caller in [0, 2] {
        cast.told(after(32), caller, &Event::Ended { by: EndedBy::Caller });
    }
    cast.tick(after(35));
    assert_eq!(cast.end(), None, "the second and the fourth are waited for");
    acts(&mut cast);
    cast.tick(after(36));
    assert_eq!(acts(&mut cast).0, [Act::Gone(1), Act::Gone(3)]);
    let end = cast.end().unwrap();
    assert_eq!((end.cause, end.missing), (None, None));
}
