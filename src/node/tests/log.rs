//! The order of a call's MLS messages.

use super::*;
use crate::proto::staff::Request;

fn package(text: &str) -> caller::Request {
    caller::Request::KeyPackage { key_package: text.to_owned() }
}

fn seqs(log: &[LogEntry]) -> Vec<u64> {
    log.iter().map(|entry| entry.seq).collect()
}

#[tokio::test]
async fn the_first_commit_comes_from_the_counsellor_and_before_anything_else() {
    let house = House::open().await;
    let mut caller = house.caller().await;
    assert_eq!(caller.send(words("aGk=")).await, Err(ErrorCode::OutOfOrder));
    let mut console = house.counsellor(1).await;
    console.answer().await;
    assert_eq!(caller.send(first_commit("bWluZQ==")).await, Err(ErrorCode::OutOfOrder));
    assert_eq!(console.send(words("aGk=")).await, Err(ErrorCode::OutOfOrder));
    assert_eq!(console.send(commit_of(1, "eA==", &[Slot::CALLER])).await, Err(ErrorCode::StaleEpoch));
    assert_eq!(console.send(commit_of(0, "eA==", &[])).await, Err(ErrorCode::NotAllowed));
    assert_eq!(console.send(first_commit("eA==")).await, Ok(()));
    caller.0.entry(|entry| entry.seq == 1 && entry.from == Slot::COUNSELLOR).await;
}

#[tokio::test]
async fn a_commit_while_it_rings_is_refused() {
    let house = House::open().await;
    house.caller().await;
    let mut console = house.counsellor(1).await;
    let call = console.rings().await.call;
    let refused = console.ask(Request::Mls { call, message: first_commit("eA==") }).await;
    assert_eq!(refused, Err(ErrorCode::OutOfOrder));
}

#[tokio::test]
async fn commit_for_old_epoch_is_refused() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    assert_eq!(console.send(commit_of(1, "b25l", &[])).await, Ok(()));
    assert_eq!(caller.send(commit_of(1, "dHdv", &[])).await, Err(ErrorCode::StaleEpoch));
    assert_eq!(caller.send(commit_of(3, "dHdv", &[])).await, Err(ErrorCode::StaleEpoch));
    assert_eq!(caller.send(commit_of(2, "dHdv", &[])).await, Ok(()));
    console.0.entry(|entry| entry.seq == 3 && entry.from == Slot::CALLER).await;
}

#[tokio::test]
async fn messages_reach_the_other_in_order_and_never_their_sender() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    for text in ["b25l", "dHdv", "dGhyZWU="] {
        console.send(words(text)).await.unwrap();
    }
    caller.send(words("Zm91cg==")).await.unwrap();
    console.0.entry(|entry| entry.seq == 5).await;
    caller.0.entry(|entry| entry.seq == 4).await;
    assert_eq!(seqs(&caller.0.log), [1, 2, 3, 4]);
    assert_eq!(seqs(&console.0.log), [5]);
}

#[tokio::test]
async fn a_message_that_is_sent_again_is_answered_again_and_taken_once() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    assert_eq!(console.send(first_commit("Zmlyc3Q=")).await, Ok(()));
    assert_eq!(console.send(words("aGk=")).await, Ok(()));
    assert_eq!(console.send(words("aGk=")).await, Ok(()));
    assert_eq!(console.send(words("bGFzdA==")).await, Ok(()));
    caller.0.entry(|entry| entry.message == words("bGFzdA==")).await;
    assert_eq!(seqs(&caller.0.log), [1, 2, 3]);
}

#[tokio::test]
async fn who_was_away_reads_on_where_they_stopped() {
    let house = House::open().await;
    let (caller, mut console) = house.call().await;
    let token = caller.token();
    caller.lose().await;
    console.send(words("b25l")).await.unwrap();
    console.send(words("dHdv")).await.unwrap();
    let mut back = house.resume(&token, 1).await.unwrap();
    back.0.entry(|entry| entry.seq == 3).await;
    assert_eq!(seqs(&back.0.log), [2, 3]);
}

#[tokio::test]
async fn a_reloaded_page_reads_from_the_commit_that_lets_it_in_again() {
    let house = House::open().await;
    let (caller, mut console) = house.call().await;
    console.send(words("b25l")).await.unwrap();
    let token = caller.token();
    caller.lose().await;
    let mut back = house.resume(&token, 0).await.unwrap();
    back.ask(package(FRESH_PACKAGE)).await.unwrap();
    back.0.log.clear();
    console
        .0
        .state(|state| match state {
            StaffState::OnCall { call } => call.participants[0].key_package.as_deref() == Some(FRESH_PACKAGE),
            _ => false,
        })
        .await;
    console.send(words("dHdv")).await.unwrap();
    assert_eq!(back.send(words("bm90IHlldA==")).await, Err(ErrorCode::OutOfOrder));
    console.send(commit_of(1, "c3dhcA==", &[Slot::CALLER])).await.unwrap();
    back.0.entry(|entry| entry.seq == 4).await;
    assert_eq!(seqs(&back.0.log), [4]);
    back.0
        .state(|state| matches!(state, CallerState::Connected { participants } if participants[0].key_package.is_none()))
        .await;
    back.send(words("aGVyZQ==")).await.unwrap();
}

#[tokio::test]
async fn the_caller_lets_a_reloaded_console_in_again() {
    let house = House::open().await;
    let (mut caller, console) = house.call().await;
    let call = caller.call();
    console.lose(Gone::Closed).await;
    caller
        .0
        .state(|state| matches!(state, CallerState::Connected { participants } if !participants[1].connected))
        .await;
    let mut back = house.sign_in(1, 0).await.unwrap();
    assert_eq!(back.on_call().await, call);
    back.ask(Request::KeyPackage { call, key_package: FRESH_PACKAGE.to_owned() }).await.unwrap();
    assert_eq!(back.send(commit_of(1, "eA==", &[])).await, Err(ErrorCode::OutOfOrder));
    caller
        .0
        .state(|state| match state {
            CallerState::Connected { participants } => participants[1].key_package.is_some(),
            _ => false,
        })
        .await;
    caller.send(commit_of(1, "c3dhcA==", &[Slot::COUNSELLOR])).await.unwrap();
    back.0.entry(|entry| entry.seq == 2).await;
}

#[tokio::test]
async fn when_both_pages_were_reloaded_the_counsellor_makes_the_group_anew() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    let call = caller.call();
    caller.ask(package(FRESH_PACKAGE)).await.unwrap();
    console.ask(Request::KeyPackage { call, key_package: FRESH_PACKAGE.to_owned() }).await.unwrap();
    assert_eq!(caller.send(first_commit("eA==")).await, Err(ErrorCode::OutOfOrder));
    assert_eq!(console.send(commit_of(1, "eA==", &[Slot::CALLER])).await, Err(ErrorCode::StaleEpoch));
    console.send(first_commit("YW5ldw==")).await.unwrap();
    caller.0.entry(|entry| entry.seq == 2).await;
    let waiting = caller.0.state(|state| match state {
        CallerState::Connected { participants } => participants.iter().all(|one| one.key_package.is_none()),
        _ => false,
    });
    waiting.await;
    assert_eq!(console.send(commit_of(1, "eQ==", &[])).await, Ok(()));
}

#[tokio::test]
async fn a_commit_cannot_add_somebody_who_does_not_wait() {
    let house = House::open().await;
    let (_caller, mut console) = house.call().await;
    for slot in [Slot::CALLER, Slot::COUNSELLOR, Slot::new(2).unwrap()] {
        assert_eq!(console.send(commit_of(1, "eA==", &[slot])).await, Err(ErrorCode::NotAllowed), "{slot:?}");
    }
}
