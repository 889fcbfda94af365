//! Who plays a caller is in a drill and nowhere else; what is written arrives.

use std::time::Duration;

use quietline::{
    client::{Command, DrillTicket, Event, Hearer, MediaLevel, Written},
    e2ee::Role,
    proto::{ErrorCode, caller::EndedBy},
};

use crate::{
    line::Side,
    world::{NAME, World},
};

const TICKET: &str = "q83vEjRWeJq83vEjRWeJ_w";

fn drill() -> World {
    let ticket: DrillTicket = TICKET.parse().unwrap();
    World::drill(ticket, MediaLevel::Sealed)
}

/// A player in a call with a counsellor.
fn call() -> World {
    let mut world = drill();
    world.does(Side::Staff, Command::GoAvailable);
    world.does(Side::Caller, Command::Join);
    world.until_heard();
    world
}

fn said(from: Hearer, text: &str) -> Event {
    Event::Written { from, what: Written::Text(text.to_owned()) }
}

fn sam() -> Hearer {
    Hearer::Staff { role: Role::Counsellor, name: NAME.to_owned() }
}

#[test]
fn who_plays_a_caller_shows_the_ticket_and_is_in_a_call_as_anybody() {
    let mut world = call();
    assert_eq!(world.line.tickets, [Some(TICKET.to_owned())]);
    world.does(Side::Caller, Command::DropSocket);
    world.until(Side::Caller, &Event::Reconnected);
    assert_eq!(world.line.tickets.len(), 1, "a token brings back who was there");
    world.does(Side::Caller, Command::HangUp);
    world.until(Side::Caller, &Event::Ended { by: EndedBy::Caller });
    assert_eq!(world.line.count(Side::Caller, "leave"), 1);
}

#[test]
fn who_plays_a_caller_is_never_on_a_line_that_does_not_say_it_is_a_drill() {
    let mut world = drill();
    world.line.drill = false;
    world.does(Side::Staff, Command::GoAvailable);
    world.does(Side::Caller, Command::Join);
    world.until(Side::Caller, &Event::WrongLine);
    world.run_for(Duration::from_secs(60));
    assert_eq!((world.line.count(Side::Caller, "hello"), world.line.count(Side::Caller, "join")), (1, 0));
    assert_eq!(
        (world.count(Side::Caller, &Event::Welcome), world.count(Side::Staff, &Event::Offered)),
        (0, 0)
    );
    // Asked again it tries again, and is as careful.
    world.does(Side::Caller, Command::Join);
    world.run_for(Duration::from_secs(60));
    assert_eq!(world.count(Side::Caller, &Event::WrongLine), 2);
    assert_eq!(world.line.count(Side::Caller, "join"), 0);
}

#[test]
fn a_line_that_is_no_drill_any_more_is_left_when_the_caller_comes_back_to_it() {
    let mut world = call();
    world.line.drill = false;
    world.does(Side::Caller, Command::DropSocket);
    world.until(Side::Caller, &Event::WrongLine);
    world.run_for(Duration::from_secs(30));
    assert_eq!(world.line.count(Side::Caller, "resume"), 1);
}

#[test]
fn a_caller_in_need_does_not_go_into_a_drill() {
    let mut world = World::new(MediaLevel::Sealed);
    world.line.drill = true;
    world.does(Side::Caller, Command::Join);
    world.until(Side::Caller, &Event::WrongLine);
    assert_eq!(world.line.tickets, [None]);
    assert_eq!(world.line.count(Side::Caller, "join"), 0);
}

#[test]
fn without_a_drill_nobody_tries_again() {
    for request in ["hello", "resume"] {
        let mut world = if request == "hello" { drill() } else { call() };
        world.line.refuse = Some((request, ErrorCode::NoDrill));
        world.does(Side::Caller, if request == "hello" { Command::Join } else { Command::DropSocket });
        world.until(Side::Caller, &Event::Refused { request: "greeting", code: ErrorCode::NoDrill });
        world.run_for(Duration::from_secs(60));
        assert_eq!(world.line.count(Side::Caller, request), 1);
    }
}

#[test]
fn the_end_of_a_drill_ends_the_call_for_good() {
    let mut world = call();
    world.close_drill();
    world.until(Side::Caller, &Event::DrillOver);
    world.run_for(Duration::from_secs(60));
    assert_eq!(world.line.count(Side::Caller, "resume"), 0);
    assert_eq!(world.count(Side::Caller, &Event::SocketLost), 0);
}

#[test]
fn what_is_written_comes_once_and_is_answered_by_who_plays() {
    let mut world = call();
    assert!(world.writes(Side::Caller, "I can't talk here."));
    assert!(!world.writes(Side::Caller, " "));
    world.until(Side::Staff, &said(Hearer::Caller, "I can't talk here."));
    assert!(world.writes(Side::Staff, "Hello, I am Sam."));
    world.until(Side::Caller, &said(sam(), "Hello, I am Sam."));
    world.run_for(Duration::from_secs(60));
    assert_eq!(world.count(Side::Staff, &said(Hearer::Caller, "I can't talk here.")), 1);
    assert_eq!(world.count(Side::Caller, &said(sam(), "Hello, I am Sam.")), 1);
    // Sam's message was answered at once. Sam's endpoint answers none, so the caller's goes again: after 3, 6, 12 and 30 s.
    assert_eq!(world.line.count(Side::Staff, "say"), 1);
    assert_eq!(world.line.count(Side::Caller, "say"), 1 + 5);
}

#[test]
fn what_is_written_without_a_connection_goes_when_it_is_back() {
    let mut world = call();
    world.offline = true;
    world.does(Side::Caller, Command::DropSocket);
    assert!(world.writes(Side::Caller, "Are you there?"));
    world.run_for(Duration::from_secs(30));
    world.offline = false;
    world.until(Side::Staff, &said(Hearer::Caller, "Are you there?"));
}
