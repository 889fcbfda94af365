//! What people write to each other: handed on, and kept nowhere.

use super::*;
use crate::{proto::staff::Request, store::Entry};

/// "written" in base64, so that it would be found.
const WRITTEN: &str = "d3JpdHRlbg==";

fn say(message: &str) -> caller::Request {
    caller::Request::Say { message: message.to_owned() }
}

async fn records(house: &House) -> Vec<Entry> {
    house.barrier().await;
    house.ledger.range("").await.unwrap().0
}

#[tokio::test]
async fn what_is_said_reaches_the_others_and_leaves_no_trace_in_the_ledger() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    let (call, before) = (caller.call(), records(&house).await);
    caller.ask(say(WRITTEN)).await.unwrap();
    console.0.hears(Slot::CALLER, WRITTEN).await;
    console.ask(Request::Say { call, message: WRITTEN.to_owned() }).await.unwrap();
    caller.0.hears(Slot::COUNSELLOR, WRITTEN).await;
    assert!(caller.0.said.len() == 1 && console.0.said.len() == 1, "nobody hears themselves");
    assert!(records(&house).await == before);
    // Neither in a record nor in anything that the file still holds of former ones.
    for file in std::fs::read_dir(house.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(WRITTEN.len()).any(|window| window == WRITTEN.as_bytes()));
    }
}

#[tokio::test]
async fn who_is_away_reads_nothing_of_it_afterwards() {
    let house = House::open().await;
    let (caller, mut console) = house.call().await;
    let (call, token) = (caller.call(), caller.token());
    caller.lose().await;
    console.ask(Request::Say { call, message: WRITTEN.to_owned() }).await.unwrap();
    let mut back = house.resume(&token, 1).await.unwrap();
    console.send(words("bGF0ZXI=")).await.unwrap();
    back.0.entry(|entry| entry.message == words("bGF0ZXI=")).await;
    assert!(back.0.said.is_empty());
}

#[tokio::test]
async fn only_those_in_the_group_say_and_hear_anything() {
    let house = House::open().await;
    let mut waiting = house.caller().await;
    assert_eq!(waiting.ask(say(WRITTEN)).await, Err(ErrorCode::OutOfOrder));
    let mut console = house.counsellor(1).await;
    console.answer().await;
    let call = waiting.call();
    let early = console.ask(Request::Say { call, message: WRITTEN.to_owned() }).await;
    assert_eq!(early, Err(ErrorCode::OutOfOrder));
    let mut other = house.counsellor(2).await;
    let outside = other.ask(Request::Say { call, message: WRITTEN.to_owned() }).await;
    assert_eq!(outside, Err(ErrorCode::NotAllowed));
    house.barrier().await;
    waiting.0.catch_up();
    assert!(waiting.0.said.is_empty());
}

#[tokio::test]
async fn it_is_bounded_in_form_size_and_rate_for_each_of_them() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    let call = caller.call();
    assert_eq!(caller.ask(say("%")).await, Err(ErrorCode::Malformed));
    assert_eq!(caller.ask(say("")).await, Err(ErrorCode::Malformed));
    assert_eq!(caller.ask(say(&"AAAA".repeat(2_732))).await, Err(ErrorCode::TooLarge));
    assert_eq!(caller.ask(say(&"AAAA".repeat(2_731))).await, Ok(()));
    for _ in 1..60 {
        caller.ask(say(WRITTEN)).await.unwrap();
        console.0.catch_up();
    }
    assert_eq!(caller.ask(say(WRITTEN)).await, Err(ErrorCode::TooFast));
    assert_eq!(console.ask(Request::Say { call, message: WRITTEN.to_owned() }).await, Ok(()));
    house.pass(1);
    console.0.catch_up();
    for _ in 0..5 {
        caller.ask(say(WRITTEN)).await.unwrap();
    }
    assert_eq!(caller.ask(say(WRITTEN)).await, Err(ErrorCode::TooFast));
}
