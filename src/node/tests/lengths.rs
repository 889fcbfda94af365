//! Who only watches the queue is told of it a few times a second; whom something happens to is told at once.

use super::*;
use crate::node::lengths::SPAN;

impl House {
    pub(super) fn pass_a_span(&self) {
        self.clock.0.send_modify(|now| *now = *now + SPAN);
    }
}

/// The lengths that the console is told, until it is told that one.
async fn told_until(console: &mut Console, wanted: u32) -> Vec<u32> {
    let mut told = Vec::new();
    while told.last() != Some(&wanted) {
        let message = tokio::time::timeout(PATIENCE, console.0.inbox.recv()).await.expect("an event");
        if let Some(staff::Message::State { queue, .. }) = message {
            told.push(queue.waiting);
        }
    }
    told
}

async fn watching(house: &House) -> Console {
    let mut console = house.sign_in(9, 0).await.unwrap();
    console.ask(staff::Request::Pause { why: staff::Pause::Break }).await.unwrap();
    // What is told late is told now; and then a span without anything to tell.
    for _ in 0..2 {
        house.pass_a_span();
        house.barrier().await;
    }
    console.0.catch_up();
    console
}

#[tokio::test]
async fn the_first_who_comes_is_told_of_at_once_and_the_others_together() {
    let house = House::open().await;
    let mut console = watching(&house).await;
    let _first = house.caller().await;
    assert_eq!(told_until(&mut console, 1).await, [1]);
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(house.caller().await);
    }
    house.barrier().await;
    assert!(console.0.inbox.try_recv().is_err(), "not each of them by itself");
    house.pass_a_span();
    assert_eq!(told_until(&mut console, 21).await, [21]);
    house.pass_a_span();
    house.barrier().await;
    assert!(console.0.inbox.try_recv().is_err(), "nothing is told twice");
}

#[tokio::test]
async fn who_comes_is_told_the_place_at_once_and_who_moves_up_in_a_moment() {
    let house = House::open().await;
    let ahead = |wanted| move |state: &CallerState| matches!(state, CallerState::Waiting { ahead, .. } if *ahead == wanted);
    let mut first = house.caller().await;
    let mut second = house.caller().await;
    let mut third = house.caller().await;
    third.0.state(ahead(2)).await;
    first.ask(caller::Request::Leave { how: caller::Leaving::Left }).await.unwrap();
    house.barrier().await;
    second.0.catch_up();
    assert!(second.0.last.as_ref().is_some_and(ahead(1)));
    house.pass_a_span();
    second.0.state(ahead(0)).await;
    third.0.state(ahead(1)).await;
}

#[tokio::test]
async fn a_ring_and_ones_own_call_never_wait_for_the_queue_to_be_told() {
    let house = House::open().await;
    let mut watcher = watching(&house).await;
    // All at one moment of the clock.
    let (caller, mut console) = house.call().await;
    let mut waiting = house.caller().await;
    console.ask(staff::Request::End { call: caller.call() }).await.unwrap();
    console.ask(staff::Request::WrapUpDone { call: caller.call(), available: true }).await.unwrap();
    let offer = console.rings().await;
    waiting.0.state(|state| matches!(state, CallerState::Waiting { ringing: true, .. })).await;
    console.ask(staff::Request::Accept { offer: offer.id }).await.unwrap();
    waiting.connected().await;
    house.barrier().await;
    let (mut told, mut inbox) = (0, Vec::new());
    while let Ok(message) = watcher.0.inbox.try_recv() {
        told += usize::from(matches!(message, staff::Message::State { .. }));
        inbox.push(message);
    }
    assert!(told <= 1, "who only watches heard of one change of the queue: {inbox:?}");
}

#[tokio::test]
async fn who_waits_hears_at_once_that_somebody_has_come_on_shift() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    let _second = house.caller().await;
    let console = house.counsellor(1).await;
    caller.0.state(|state| matches!(state, CallerState::Waiting { on_shift: true, .. })).await;
    drop(console);
}
