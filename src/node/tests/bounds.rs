//! What is refused by size, form, rate and number.

use super::*;
use crate::core::rules::Rules;

fn join(key_package: &str) -> caller::Request {
    caller::Request::Join { key_package: key_package.to_owned(), line: None, skill: None, code: None }
}

#[tokio::test]
async fn a_full_queue_says_so_and_takes_the_next_when_there_is_room() {
    let rules = Rules { max_waiting: 2, ..Rules::default() };
    let house = House::open_with(NodeConfig { rules, ..NodeConfig::default() }).await;
    let (mut first, _second) = (house.caller().await, house.caller().await);
    let mut third = house.visitor().await;
    assert_eq!(third.ask(join(PACKAGE)).await, Err(ErrorCode::Busy));
    first.leave().await;
    assert_eq!(third.ask(join(PACKAGE)).await, Ok(()));
}

#[tokio::test]
async fn key_packages_are_bounded_in_form_and_size() {
    let house = House::open().await;
    let mut visitor = house.visitor().await;
    assert_eq!(visitor.ask(join("")).await, Err(ErrorCode::Malformed));
    assert_eq!(visitor.ask(join("not base64")).await, Err(ErrorCode::Malformed));
    assert_eq!(visitor.ask(join(&"AAAA".repeat(5_462 + 1))).await, Err(ErrorCode::TooLarge));
    assert_eq!(visitor.ask(join(&"AAAA".repeat(5_461))).await, Ok(()));
}

#[tokio::test]
async fn messages_are_bounded_in_form_and_size() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    assert_eq!(caller.send(words(&"AAAA".repeat(22_000))).await, Err(ErrorCode::TooLarge));
    assert_eq!(caller.send(words("%")).await, Err(ErrorCode::Malformed));
    let without_welcome = MlsMessage::Commit {
        epoch: 1,
        commit: "eA==".to_owned(),
        welcome: None,
        added: vec![Slot::CALLER],
        removed: Vec::new(),
    };
    assert_eq!(console.send(without_welcome).await, Err(ErrorCode::Malformed));
}

#[tokio::test]
async fn key_packages_are_bounded_in_rate() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    let fresh = || caller::Request::KeyPackage { key_package: FRESH_PACKAGE.to_owned() };
    for _ in 0..12 {
        caller.ask(fresh()).await.unwrap();
    }
    assert_eq!(caller.ask(fresh()).await, Err(ErrorCode::TooFast));
    house.pass(5);
    assert_eq!(caller.ask(fresh()).await, Ok(()));
}

#[tokio::test]
async fn a_calls_log_is_bounded_and_commits_still_go_through() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    // Each just under 64 KiB, each different.
    let mut refused = None;
    for index in 0..100 {
        let text = format!("{index:08}{}", "A".repeat(87_000));
        if let Err(code) = console.send(words(&text)).await {
            refused = Some((index, code));
            break;
        }
        caller.0.catch_up();
    }
    assert_eq!(refused, Some((24, ErrorCode::Busy)));
    assert_eq!(console.send(commit_of(1, "eA==", &[])).await, Ok(()));
}

#[tokio::test]
async fn requests_out_of_order_change_nothing() {
    let house = House::open().await;
    let mut visitor = house.visitor().await;
    for request in [
        caller::Request::Hello { drill: None },
        caller::Request::Ping,
        caller::Request::KeyPackage { key_package: PACKAGE.to_owned() },
        caller::Request::Mls { message: words("aGk=") },
        caller::Request::Leave { how: caller::Leaving::Left },
    ] {
        assert_eq!(visitor.ask(request).await, Err(ErrorCode::OutOfOrder));
    }
    let mut caller = house.caller().await;
    assert_eq!(caller.ask(join(PACKAGE)).await, Err(ErrorCode::OutOfOrder));
    assert_eq!(house.barrier().await.waiting, 1);
}

#[tokio::test]
async fn the_line_is_counted_without_naming_anybody() {
    let house = House::open().await;
    let (mut caller, _console) = house.call().await;
    let mut abandoned = house.caller().await;
    abandoned.leave().await;
    caller.leave().await;
    let shot = house.barrier().await;
    assert_eq!((shot.counters.joined, shot.counters.answered, shot.counters.abandoned), (2, 1, 1));
    assert_eq!((shot.counters.unserved, shot.counters.ended, shot.waiting, shot.connected), (1, 1, 0, 0));
    assert_eq!(shot.counters.answer_buckets[0], 1);
    assert_eq!(shot.staff_signed_in, 1);
}
