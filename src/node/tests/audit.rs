//! What members of staff do is written down with it, and whoever alters the audit is found out.

use super::*;
use crate::{
    node::audit::{self, Account, Did, Entry, Flaw, Head, Who},
    proto::staff::Request,
    store::{Txn, Write},
};

const ENTRY: &str = "audit/";

async fn audited(house: &House) -> (Vec<Entry>, Head, Option<Flaw>) {
    audit::verify(Arc::clone(&house.ledger), None).await.unwrap()
}

/// What was done in the line itself, not to accounts.
fn of_the_line(entries: &[Entry]) -> Vec<&Entry> {
    entries.iter().filter(|entry| !matches!(entry.act.did, Did::Account { .. })).collect()
}

/// A house in which something has happened. The first two entries are of an account.
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
    let line = of_the_line(&entries);
    let did: Vec<_> = line.iter().map(|entry| entry.act.did.clone()).collect();
    assert_eq!(did, [Did::SignedIn, Did::Available, Did::Accepted, Did::Ended, Did::WrappedUp]);
    assert!(line.iter().all(|entry| matches!(entry.act.who, Who::Staff { device: Some(_), .. })));
    assert!(line[2].act.call.is_some() && line[2].act.call == line[3].act.call);
    assert_eq!(head.seq, 7);
}

#[tokio::test]
async fn what_was_so_already_and_what_was_refused_is_nobodys_doing() {
    let house = House::open().await;
    let mut console = house.counsellor(1).await;
    console.ask(Request::Available).await.unwrap();
    let call = CallId::from_random([9; 16]);
    assert!(console.ask(Request::End { call }).await.is_err());
    assert_eq!(of_the_line(&audited(&house).await.0).len(), 2);
}

#[tokio::test]
async fn an_altered_entry_is_found() {
    let house = busy().await;
    let (key, value) = row(&house, 5).await;
    let text = String::from_utf8(value).unwrap().replace("accepted", "passed");
    put(&house, &key, Some(text.into_bytes())).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::Altered(5)));
}

#[tokio::test]
async fn an_entry_that_is_altered_with_its_hash_does_not_fit_the_next() {
    let (house, other) = (busy().await, House::open().await);
    // The same number of another audit: sound by itself.
    let mut console = other.counsellor(9).await;
    console.ask(Request::Unavailable).await.unwrap();
    let (key, value) = row(&other, 5).await;
    put(&house, &key, Some(value)).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::Unlinked(5)));
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
    put(&house, &row(&house, 7).await.0, None).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::OtherEnd { found: 6, head: 7 }));
    let (_, shorter, _) = audited(&house).await;
    put(&house, "audit-head", Some(serde_json::to_vec(&shorter).unwrap())).await;
    assert_eq!(audited(&house).await.2, None, "a cut with the head by somebody who knows how");
    let written_down = kept.to_string().parse().unwrap();
    let (_, _, flaw) = audit::verify(Arc::clone(&house.ledger), Some(written_down)).await.unwrap();
    assert_eq!(flaw, Some(Flaw::NotAsWrittenDown(7)));
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
    assert_eq!((entries.len(), flaw), (24, None));
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

/// Where an account was changed.
async fn on_an_account(house: &House) -> u64 {
    let (entries, ..) = audited(house).await;
    let enrolled =
        |entry: &&Entry| matches!(entry.act.did, Did::Account { what: Account::Enrolled { .. }, .. });
    entries.iter().find(enrolled).unwrap().seq
}

#[tokio::test]
async fn an_altered_removed_or_moved_entry_of_an_account_is_found() {
    let house = busy().await;
    let seq = on_an_account(&house).await;
    let ((key, value), (next, after)) = (row(&house, seq).await, row(&house, seq + 1).await);
    let text = String::from_utf8(value.clone()).unwrap();
    for (what, other) in
        [("enrolled", "invited"), ("counsellor", "administrator"), ("\"is\":\"link\"", "\"is\":\"operator\"")]
    {
        let altered = text.replace(what, other);
        assert_ne!(altered, text);
        put(&house, &key, Some(altered.into_bytes())).await;
        assert_eq!(audited(&house).await.2, Some(Flaw::Altered(seq)));
    }
    put(&house, &key, None).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::Missing(seq)));
    put(&house, &key, Some(after)).await;
    put(&house, &next, Some(value.clone())).await;
    assert_eq!(audited(&house).await.2, Some(Flaw::Missing(seq)));
}

#[tokio::test]
async fn who_changes_accounts_while_the_line_is_busy_writes_into_the_same_chain() {
    let house = House::open().await;
    let mut console = house.counsellor(1).await;
    let line = async {
        for round in 0..20 {
            console
                .ask(if round % 2 == 0 { Request::Unavailable } else { Request::Available })
                .await
                .unwrap();
        }
    };
    let office = async {
        for number in 10..20 {
            house.enrol(number, number).await;
        }
    };
    tokio::join!(line, office);
    let (entries, _, flaw) = audited(&house).await;
    assert_eq!((entries.len(), flaw), (24 + 20, None));
    house.barrier().await;
}

#[tokio::test]
async fn the_last_acts_upon_accounts_are_found_behind_those_of_the_line() {
    let house = House::open().await;
    let mut console = house.counsellor(1).await;
    let registry = Registry::new(Arc::clone(&house.ledger));
    house.enrol(2, 2).await;
    for round in 0..300 {
        console.ask(if round % 2 == 0 { Request::Unavailable } else { Request::Available }).await.unwrap();
    }
    house.enrol(3, 3).await;
    let all = registry.acts(usize::MAX).await.unwrap();
    let did = |act: &audit::Act| matches!(act.did, Did::Account { what: Account::Enrolled { .. }, staff, .. } if staff == Some(StaffId::from_random([3; 16])));
    assert!(all.len() == 6 && did(&all[0]), "{all:?}");
    assert_eq!(registry.acts(3).await.unwrap(), all[..3]);
}
