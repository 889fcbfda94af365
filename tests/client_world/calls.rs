//! Calls in which nothing goes wrong but what the server says.

use std::time::Duration;

use quietline::{
    client::{Command, Event, MediaLevel},
    proto::{ErrorCode, caller::EndedBy},
};

use crate::{line::Side, world::World};

fn words(world: &World, side: Side) -> Option<[&'static str; 4]> {
    let told = world.people[side as usize].told.iter();
    told.rev().find_map(|(_, event)| if let Event::Words(words) = event { Some(*words) } else { None })
}

#[test]
fn a_call_is_set_up_and_heard_at_every_level() {
    for level in [MediaLevel::Full, MediaLevel::Heard, MediaLevel::Sealed, MediaLevel::Packets] {
        let mut world = World::in_call(level);
        world.run_for(Duration::from_secs(7));
        for side in [Side::Caller, Side::Staff] {
            assert_eq!(world.count(side, &Event::Connected), 1);
            assert_eq!(world.count(side, &Event::LegLost), 0);
            let stats = world.person(side).endpoint.stats().clone();
            assert_eq!(
                (stats.packets_lost, stats.packets_forged, stats.frames_refused),
                (0, 0, 0),
                "{stats:?}"
            );
            assert!(stats.packets_received >= 300, "{stats:?}");
            match level {
                MediaLevel::Full | MediaLevel::Heard => {
                    let delay = stats.mouth_to_ear_us.quantile(0.5).unwrap();
                    assert!((40_000..200_000).contains(&delay), "{delay}");
                }
                _ => {
                    let delay = stats.one_way_us.quantile(0.5).unwrap();
                    assert!((18_500..21_500).contains(&delay), "{delay}");
                }
            }
        }
        if level == MediaLevel::Packets {
            assert_eq!(words(&world, Side::Caller), None);
        } else {
            assert!(words(&world, Side::Caller).is_some());
            assert_eq!(words(&world, Side::Caller), words(&world, Side::Staff));
        }
    }
}

#[test]
fn either_side_ends_the_call_and_may_have_another() {
    for (side, by) in [(Side::Caller, EndedBy::Caller), (Side::Staff, EndedBy::Counsellor)] {
        let mut world = World::in_call(MediaLevel::Sealed);
        world.does(side, Command::HangUp);
        world.until(Side::Caller, &Event::Ended { by });
        world.until(Side::Staff, &Event::Ended { by });
        world.forget();
        world.does(Side::Staff, Command::WrapUpDone { available: true });
        world.does(Side::Caller, Command::Join);
        world.until_heard();
        assert_eq!(world.count(Side::Staff, &Event::Connected), 1);
    }
}

#[test]
fn a_full_queue_is_told_and_tried_no_more() {
    let mut world = World::new(MediaLevel::Sealed);
    world.line.refuse = Some(("join", ErrorCode::Busy));
    world.does(Side::Caller, Command::Join);
    world.until(Side::Caller, &Event::Refused { request: "join", code: ErrorCode::Busy });
    world.run_for(Duration::from_secs(30));
    assert_eq!(world.line.count(Side::Caller, "join"), 1);
    world.does(Side::Caller, Command::Join);
    world.until(Side::Caller, &Event::Waiting { ahead: 0 });
}

#[test]
fn an_answer_that_comes_too_late_leaves_the_console_free() {
    let mut world = World::new(MediaLevel::Sealed);
    world.line.refuse = Some(("accept", ErrorCode::OfferGone));
    world.does(Side::Staff, Command::GoAvailable);
    world.does(Side::Caller, Command::Join);
    world.until(Side::Staff, &Event::OfferGone);
    assert_eq!(world.count(Side::Staff, &Event::Connected), 0);
}

#[test]
fn a_caller_whose_call_is_over_is_told_so_on_resuming() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.line.refuse = Some(("resume", ErrorCode::UnknownSession));
    world.does(Side::Caller, Command::DropSocket);
    world.until(Side::Caller, &Event::Ended { by: EndedBy::Lost });
}

#[test]
fn a_refused_credential_stops_the_console() {
    let mut world = World::new(MediaLevel::Sealed);
    world.line.refuse = Some(("sign_in", ErrorCode::BadCredential));
    world.does(Side::Staff, Command::GoAvailable);
    world.until(Side::Staff, &Event::Refused { request: "greeting", code: ErrorCode::BadCredential });
    world.run_for(Duration::from_secs(60));
    assert_eq!(world.line.count(Side::Staff, "sign_in"), 1);
}

#[test]
fn the_connection_is_kept_by_heartbeats() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.run_for(Duration::from_secs(60));
    assert_eq!(world.count(Side::Caller, &Event::SocketLost), 0);
    assert!((15..25).contains(&world.line.count(Side::Caller, "ping")));
}

#[test]
fn a_muted_person_is_not_a_lost_relay() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.does(Side::Staff, Command::Speak(false));
    world.run_for(Duration::from_secs(30));
    assert_eq!(world.count(Side::Caller, &Event::LegLost), 0);
    assert_eq!(world.person(Side::Caller).endpoint.stats().legs_replaced, 0);
}
