//! What members of staff do is written down with it, and whoever alters the audit is found out.

use super::*;
use crate::{
    node::audit::{self, Did, Entry, Flaw, Head, Who},
    proto::staff::Request,
    store::{Txn, Write},
};

const ENTRY: &str = "audit/";

async fn audited(house: &House) -> (Vec<Entry>, Head, Option<Flaw>) {
    audit::verify(Arc::clone(&house.ledger), None).await.unwrap()
}

/// A house in which something has happened.
async fn busy() -> House {
    let house = House::open().await;
    let (caller, mut console) = house.call().await;
    let call = caller.call();
    console.ask(Request::End { call }).await.unwrap();
    console.ask(Request::WrapUpDone { call, available: false }).await.unwrap();
    house
}

async fn put(house: &House, key: &str, value: Option<Vec<u8>>) {
    let key = key.to_owned();
    let write = match value {
        Some(value) => Write::Put { key, value },
        None => Write::Delete { key },
    };
    house.ledger.txn(Txn { compares: Vec::new(), writes: vec![write] }).await.unwrap();
}

async fn row(house: &House, seq: u64) -> (String, Vec<u8>) {
    let key = format!("{ENTRY}{seq:016x}");
    let value = house.ledger.get(&key).await.unwrap().unwrap().value;
    (key, value)
}

#[tokio::test]
async fn what_a_counsellor_does_is_written_down_in_order() {
    let house = busy().await;
    let (entries, head, flaw) = audited(&house).await;
    assert_eq!(flaw, None);
    let did: Vec<_> = entries.iter().map(|entry| entry.act.did.clone()).collect();
    assert_eq!(did, [Did::SignedIn, Did::Available, Did::Accepted, Did::Ended, Did::WrappedUp]);
    assert!(entries.iter().all(|entry| matches!(entry.act.who, Who::Staff { .. })));
    assert!(entries[2].act.call.is_some() && entries[2].act.call == entries[3].act.call);
    assert_eq!(head.seq, 5);
}

#[tokio::test]
async fn what_was_so_already_and_what_was_refused_is_nobodys_doing() {
    let house = House::open().await;
    let mut console = house.counsellor(1).await;
    console.ask(Request::Available).await.unwrap();
    let call = CallId::from_random([9; 16]);
    assert!(console.ask(Request::End { call }).await.is_err());
    assert_eq!(audited(&house).await.0.len(), 2);
}

#[tokio::test]
async fn an_altered_entry_is_found() {
    let house = busy().await;
    let (key, value) = row(&house, 3).await;
    let text = String::from_utf8(value).unwrap().replace("accepted", "passed");
    put(&house, &key, Some(text.into_bytes())).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::Altered(3)));
}

#[tokio::test]
async fn an_entry_that_is_altered_with_its_hash_does_not_fit_the_next() {
    let (house, other) = (busy().await, House::open().await);
    // The same number of another audit: sound by itself.
    let mut console = other.counsellor(9).await;
    console.ask(Request::Unavailable).await.unwrap();
    let (key, value) = row(&other, 2).await;
    put(&house, &key, Some(value)).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::Unlinked(2)));
}

#[tokio::test]
async fn a_removed_entry_is_found() {
    let house = busy().await;
    put(&house, &row(&house, 2).await.0, None).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::Missing(2)));
}

#[tokio::test]
async fn entries_that_changed_places_are_found() {
    let house = busy().await;
    let ((second, two), (third, three)) = (row(&house, 2).await, row(&house, 3).await);
    put(&house, &second, Some(three)).await;
    put(&house, &third, Some(two)).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::Missing(2)));
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_found_by_the_head_or_by_what_was_written_down() {
    let house = busy().await;
    let (_, kept, _) = audited(&house).await;
    put(&house, &row(&house, 5).await.0, None).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::OtherEnd { found: 4, head: 5 }));
    let (_, shorter, _) = audited(&house).await;
    put(&house, "audit-head", Some(serde_json::to_vec(&shorter).unwrap())).await;
    assert_eq!(audited(&house).await.2, None, "a cut with the head by somebody who knows how");
    let written_down = kept.to_string().parse().unwrap();
    let (_, _, flaw) = audit::verify(Arc::clone(&house.ledger), Some(written_down)).await.unwrap();
    assert_eq!(flaw, Some(Flaw::NotAsWrittenDown(5)));
}

#[tokio::test]
async fn two_who_write_at_once_make_one_chain() {
    let house = House::open().await;
    let mut console = house.counsellor(1).await;
    let settings = crate::node::settings::Settings::new(Arc::clone(&house.ledger));
    for round in 0..10 {
        let line = crate::core::directory::Helpline { title: round.to_string(), ..Default::default() };
        let elsewhere = settings.set_line(&"main".parse().unwrap(), &line, house.clock.now()).await;
        elsewhere.unwrap();
        console.ask(if round % 2 == 0 { Request::Unavailable } else { Request::Available }).await.unwrap();
    }
    let (entries, _, flaw) = audited(&house).await;
    assert_eq!((entries.len(), flaw), (22, None));
}

#[tokio::test]
async fn no_entry_holds_a_name_or_anything_of_a_call_but_its_id() {
    let house = busy().await;
    let (rows, _) = house.ledger.range(ENTRY).await.unwrap();
    for row in rows {
        let text = String::from_utf8(row.value).unwrap();
        assert!(!text.contains("Sam") && !text.contains(PACKAGE), "{text}");
    }
}
