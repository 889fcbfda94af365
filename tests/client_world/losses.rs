//! What is lost, and how it comes back.

use std::time::Duration;

use quietline::{
    client::{Command, Event, MediaLevel},
    proto::caller::EndedBy,
};

use crate::{line::Side, world::World};

const BOTH: [Side; 2] = [Side::Caller, Side::Staff];

#[test]
fn a_third_of_all_datagrams_may_be_lost() {
    let mut world = World::new(MediaLevel::Sealed);
    world.loss = 30;
    world.does(Side::Staff, Command::GoAvailable);
    world.does(Side::Caller, Command::Join);
    world.until_heard();
    world.run_for(Duration::from_secs(20));
    for side in BOTH {
        let stats = world.person(side).endpoint.stats().clone();
        assert!(stats.packets_asked > 100 && stats.packets_repeated > 100, "{stats:?}");
        // Of two hops with 30 % each half arrives; repair brings most of the rest.
        let share = 100 * stats.packets_lost / (stats.packets_lost + stats.packets_received);
        assert!(share < 12, "{share} % lost: {stats:?}");
    }
}

#[test]
fn whoever_reloads_is_back_in_the_same_call() {
    for side in BOTH {
        let mut world = World::in_call(MediaLevel::Sealed);
        world.run_for(Duration::from_secs(3));
        world.forget();
        world.does(side, Command::Reload);
        world.until(side, &Event::FirstAudio);
        world.run_for(Duration::from_secs(3));
        assert_eq!(world.count(side, &Event::Connected), 0, "it is the same call");
        for person in BOTH {
            assert_eq!(
                world.count(person, &Event::Keyed { epoch: 2 }),
                1,
                "{person:?} is in the swap's epoch"
            );
            let words = world.people[person as usize].told.iter();
            assert!(words.filter(|(_, event)| matches!(event, Event::Words(_))).count() == 1);
            let stats = world.person(person).endpoint.stats().clone();
            assert_eq!(stats.packets_forged, 0);
        }
        let moments = *world.person(side).endpoint.moments();
        assert!(moments.heard_again.unwrap() - moments.lost.unwrap() < Duration::from_secs(1));
    }
}

#[test]
fn both_may_reload_at_once() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.run_for(Duration::from_secs(1));
    world.forget();
    BOTH.into_iter().for_each(|side| world.does(side, Command::Reload));
    world.until_heard();
}

#[test]
fn a_device_that_dies_comes_back() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.does(Side::Caller, Command::Kill);
    world.run_for(Duration::from_secs(5));
    world.forget();
    world.does(Side::Caller, Command::Return);
    world.until(Side::Caller, &Event::FirstAudio);
}

#[test]
fn audio_goes_on_while_signalling_is_lost() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.run_for(Duration::from_secs(1));
    world.forget();
    world.offline = true;
    BOTH.into_iter().for_each(|side| world.does(side, Command::DropSocket));
    let before = world.person(Side::Caller).endpoint.stats().packets_received;
    world.run_for(Duration::from_secs(20));
    assert!(world.person(Side::Caller).endpoint.stats().packets_received > before + 900);
    world.offline = false;
    for side in BOTH {
        world.until(side, &Event::Reconnected);
        assert_eq!(world.count(side, &Event::Connected), 0);
        assert_eq!(world.count(side, &Event::LegLost), 0);
    }
}

#[test]
fn a_relay_that_came_back_without_memory_gets_fresh_legs() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.run_for(Duration::from_secs(2));
    world.forget();
    world.restart_relay();
    for side in BOTH {
        world.until(side, &Event::LegLost);
        world.until(side, &Event::LegConnected);
    }
    let before = BOTH.map(|side| world.person(side).endpoint.stats().packets_received);
    world.run_for(Duration::from_secs(2));
    for (side, before) in BOTH.into_iter().zip(before) {
        assert!(world.person(side).endpoint.stats().packets_received > before + 80);
        assert_eq!(world.count(side, &Event::SocketLost), 0);
    }
    assert!(world.elapsed < Duration::from_secs(10));
}

#[test]
fn a_gateway_that_was_restarted_is_asked_for_a_fresh_leg_as_soon_as_it_is_back() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.run_for(Duration::from_secs(2));
    world.forget();
    world.offline = true;
    world.does(Side::Caller, Command::DropSocket);
    world.restart_relay();
    world.run_for(Duration::from_millis(100));
    world.offline = false;
    world.until(Side::Caller, &Event::Reconnected);
    let took = world.until(Side::Caller, &Event::LegConnected);
    assert!(took < Duration::from_millis(600), "{took:?}");
}

#[test]
fn a_relay_that_is_silent_for_a_second_is_noticed_and_found_again() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.run_for(Duration::from_secs(2));
    world.forget();
    world.relay_silent = true;
    let took = world.until(Side::Caller, &Event::LegLost);
    assert!((900..1_300).contains(&took.as_millis()), "{took:?}");
    world.run_for(Duration::from_secs(20));
    world.relay_silent = false;
    let since = world.elapsed;
    let heard = world.person(Side::Caller).endpoint.stats().packets_received;
    world.run_for(Duration::from_secs(9));
    assert!(world.person(Side::Caller).endpoint.stats().packets_received > heard, "after {since:?}");
    assert_eq!(world.count(Side::Caller, &Event::Ended { by: EndedBy::Lost }), 0);
}

#[test]
fn a_new_address_is_moved_to_without_a_gap() {
    let mut world = World::in_call(MediaLevel::Sealed);
    world.run_for(Duration::from_secs(2));
    for side in BOTH {
        world.forget();
        world.does(side, Command::NewLeg);
        world.until(side, &Event::LegConnected);
        world.run_for(Duration::from_secs(3));
        assert_eq!(world.person(side).endpoint.stats().legs_replaced, 1);
        for person in BOTH {
            assert_eq!(world.count(person, &Event::LegLost), 0);
            let stats = world.person(person).endpoint.stats().clone();
            assert!(stats.packets_lost <= 3, "{stats:?}");
        }
    }
}
