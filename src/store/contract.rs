//! What every ledger does, whatever its engine. `contract!` makes a test of each rule for an engine; a new engine passes them
//! unchanged.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Change, Compare, Ledger, Outcome, Txn, Write};

pub(super) fn put(key: &str, value: &str) -> Write {
    Write::Put { key: key.to_owned(), value: value.as_bytes().to_vec() }
}

pub(super) fn delete(key: &str) -> Write {
    Write::Delete { key: key.to_owned() }
}

fn at(key: &str, revision: u64) -> Compare {
    Compare { key: key.to_owned(), revision }
}

pub(super) fn write(writes: &[Write]) -> Txn {
    Txn { compares: Vec::new(), writes: writes.to_vec() }
}

pub(super) async fn commit(ledger: &dyn Ledger, writes: &[Write]) -> u64 {
    match ledger.txn(write(writes)).await.unwrap() {
        Outcome::Committed { revision } => revision,
        Outcome::Conflict => panic!("nothing was compared"),
    }
}

async fn values(ledger: &dyn Ledger, prefix: &str) -> Vec<(String, String)> {
    let (entries, _) = ledger.range(prefix).await.unwrap();
    entries.into_iter().map(|entry| (entry.key, String::from_utf8(entry.value).unwrap())).collect()
}

async fn next(changes: &mut tokio::sync::mpsc::Receiver<Change>) -> Change {
    tokio::time::timeout(Duration::from_secs(20), changes.recv()).await.expect("a change").expect("a change")
}

pub(super) async fn a_record_reads_back_with_the_revision_that_put_it(ledger: Arc<dyn Ledger>) {
    assert_eq!(ledger.get("a").await.unwrap(), None);
    let first = commit(&*ledger, &[put("a", "1"), put("b", "1")]).await;
    let second = commit(&*ledger, &[put("b", "2")]).await;
    assert!(first > 0 && second > first);
    let (a, b) = (ledger.get("a").await.unwrap().unwrap(), ledger.get("b").await.unwrap().unwrap());
    assert_eq!((a.value.as_slice(), a.revision), (b"1".as_slice(), first));
    assert_eq!((b.value.as_slice(), b.revision), (b"2".as_slice(), second));
}

pub(super) async fn a_range_holds_the_keys_with_the_prefix_in_order(ledger: Arc<dyn Ledger>) {
    let revision = commit(
        &*ledger,
        &[put("b/2", "x"), put("b/10", "y"), put("b", "z"), put("c/1", "z"), put("b/ü", "u"), put("a/", "z")],
    )
    .await;
    let range = values(&*ledger, "b/").await;
    let keys: Vec<&str> = range.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["b/10", "b/2", "b/ü"]);
    assert_eq!(ledger.range("b/").await.unwrap().1, revision);
    assert_eq!(values(&*ledger, "").await.len(), 6);
    assert_eq!(values(&*ledger, "d").await, []);
}

pub(super) async fn all_compares_hold_or_nothing_happens(ledger: Arc<dyn Ledger>) {
    let revision = commit(&*ledger, &[put("a", "1")]).await;
    for wrong in [at("a", 0), at("a", revision + 1), at("b", revision)] {
        let compares = vec![at("a", revision), wrong.clone()];
        let writes = vec![put("a", "2"), put("c", "2"), delete("a")];
        assert_eq!(ledger.txn(Txn { compares, writes }).await, Ok(Outcome::Conflict), "{wrong:?}");
    }
    assert_eq!(values(&*ledger, "").await, [("a".to_owned(), "1".to_owned())]);
    let compares = vec![at("a", revision), at("b", 0)];
    let outcome = ledger.txn(Txn { compares, writes: vec![put("b", "2"), delete("a")] }).await.unwrap();
    assert!(matches!(outcome, Outcome::Committed { revision: later } if later > revision));
    assert_eq!(values(&*ledger, "").await, [("b".to_owned(), "2".to_owned())]);
}

pub(super) async fn a_deleted_record_is_as_one_that_never_was(ledger: Arc<dyn Ledger>) {
    let first = commit(&*ledger, &[put("a", "1")]).await;
    commit(&*ledger, &[delete("a"), delete("never")]).await;
    let stale = Txn { compares: vec![at("a", first)], writes: vec![put("a", "2")] };
    assert_eq!(ledger.txn(stale).await, Ok(Outcome::Conflict));
    let anew = Txn { compares: vec![at("a", 0)], writes: vec![put("a", "3")] };
    assert!(matches!(ledger.txn(anew).await, Ok(Outcome::Committed { .. })));
}

pub(super) async fn of_two_writes_to_one_key_the_later_wins(ledger: Arc<dyn Ledger>) {
    commit(&*ledger, &[put("a", "1"), put("a", "2"), put("b", "1"), delete("b")]).await;
    assert_eq!(values(&*ledger, "").await, [("a".to_owned(), "2".to_owned())]);
}

pub(super) async fn of_many_who_claim_a_record_at_once_one_has_it(ledger: Arc<dyn Ledger>) {
    let claims = (0..32).map(|index| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move {
            let writes = vec![put("claim", &index.to_string())];
            ledger.txn(Txn { compares: vec![at("claim", 0)], writes }).await.unwrap()
        })
    });
    let mut won = 0;
    for claim in claims.collect::<Vec<_>>() {
        won += usize::from(matches!(claim.await.unwrap(), Outcome::Committed { .. }));
    }
    assert_eq!(won, 1);
}

pub(super) async fn a_watch_tells_every_later_change_once_and_in_order(ledger: Arc<dyn Ledger>) {
    let before = commit(&*ledger, &[put("w/a", "0")]).await;
    let missed = commit(&*ledger, &[put("w/a", "1"), put("other", "1")]).await;
    let mut changes = ledger.watch("w/", before).await.unwrap();
    let live = commit(&*ledger, &[put("w/b", "2"), delete("w/a")]).await;
    commit(&*ledger, &[put("other", "2"), delete("w/never")]).await;
    let last = commit(&*ledger, &[put("w/c", "3")]).await;
    let wanted =
        [(missed, put("w/a", "1")), (live, put("w/b", "2")), (live, delete("w/a")), (last, put("w/c", "3"))];
    for (revision, write) in wanted {
        assert_eq!(next(&mut changes).await, Change { revision, write });
    }
}

pub(super) async fn a_watch_from_the_present_tells_only_what_comes(ledger: Arc<dyn Ledger>) {
    commit(&*ledger, &[put("w/a", "0")]).await;
    let (_, now) = ledger.range("w/").await.unwrap();
    let mut changes = ledger.watch("w/", now).await.unwrap();
    let later = commit(&*ledger, &[put("w/a", "1")]).await;
    assert_eq!(next(&mut changes).await, Change { revision: later, write: put("w/a", "1") });
}

pub(super) async fn a_watcher_that_falls_behind_is_dropped_and_not_left_with_a_gap(ledger: Arc<dyn Ledger>) {
    let mut changes = ledger.watch("w/", 0).await.unwrap();
    let mut last = 0;
    for round in 0..40_u32 {
        let writes: Vec<Write> =
            (0..100).map(|index| put(&format!("w/{index}"), &round.to_string())).collect();
        last = commit(&*ledger, &writes).await;
    }
    let mut told = Vec::new();
    while let Some(change) = changes.recv().await {
        told.push(change.revision);
    }
    assert!(told.is_sorted());
    assert!(told.last().is_some_and(|revision| *revision < last));
    assert!(told.windows(2).all(|pair| pair[1] <= pair[0] + 1), "a gap");
}

#[allow(clippy::disallowed_methods, reason = "how slow the machine is that the test runs on")]
fn now() -> Instant {
    Instant::now()
}

/// Runs `attempt` with longer and longer leases, until the machine is quick enough for it to do in a lease's time what it wants
/// done in that time.
async fn with_time_enough<T>(mut attempt: impl AsyncFnMut(Duration) -> Option<T>) -> T {
    for doubled in 0..6 {
        if let Some(done) = attempt(Duration::from_millis(300 << doubled)).await {
            return done;
        }
    }
    panic!("a lease of ten seconds was too short for one look");
}

/// The next change of `key`.
async fn next_of(changes: &mut tokio::sync::mpsc::Receiver<Change>, key: &str) -> Change {
    loop {
        let change = next(changes).await;
        if matches!(&change.write, Write::Put { key: of, .. } | Write::Delete { key: of } if of == key) {
            return change;
        }
    }
}

pub(super) async fn a_leased_record_is_gone_when_nobody_leases_it_again(ledger: Arc<dyn Ledger>) {
    let mut changes = ledger.watch("lease/", 0).await.unwrap();
    let key = with_time_enough(async |ttl| {
        let key = format!("lease/{}", ttl.as_millis());
        let from = now();
        let leased = ledger.lease(at(&key, 0), b"one".to_vec(), ttl).await.unwrap();
        let there = ledger.get(&key).await.unwrap().map(|entry| entry.revision);
        let taken = ledger.lease(at(&key, 0), b"two".to_vec(), ttl).await.unwrap();
        if from.elapsed() >= ttl {
            return None;
        }
        let Outcome::Committed { revision } = leased else { panic!("nobody holds it") };
        assert_eq!(there, Some(revision));
        assert_eq!(taken, Outcome::Conflict, "somebody holds it");
        assert_eq!(next_of(&mut changes, &key).await, Change { revision, write: put(&key, "one") });
        assert_eq!(next_of(&mut changes, &key).await.write, delete(&key));
        Some(key)
    })
    .await;
    assert_eq!(ledger.get(&key).await.unwrap(), None);
    let anew = ledger.lease(at(&key, 0), b"two".to_vec(), Duration::from_secs(1)).await.unwrap();
    assert!(matches!(anew, Outcome::Committed { .. }));
}

pub(super) async fn who_leases_again_keeps_the_record_and_a_put_keeps_it_for_good(ledger: Arc<dyn Ledger>) {
    let mut changes = ledger.watch("lease/", 0).await.unwrap();
    let (key, ttl) = with_time_enough(async |ttl| {
        let key = format!("lease/{}", ttl.as_millis());
        let (mut revision, mut from) = (0, now());
        for round in 0..4_u8 {
            let asked = now();
            let held = ledger.lease(at(&key, revision), vec![round], ttl).await.unwrap();
            let Outcome::Committed { revision: later } = held else {
                assert!(from.elapsed() >= ttl, "it was held in round {round}");
                return None;
            };
            (revision, from) = (later, asked);
            // Its end says that time has passed: in four rounds more than a lease's.
            let clock = format!("{key}/tick{round}");
            ledger.lease(at(&clock, 0), Vec::new(), ttl * 3 / 8).await.unwrap();
            while next(&mut changes).await.write != delete(&clock) {}
        }
        commit(&*ledger, &[put(&key, "for good")]).await;
        (from.elapsed() < ttl).then_some((key, ttl))
    })
    .await;
    ledger.lease(at("lease/last", 0), Vec::new(), 2 * ttl).await.unwrap();
    while next(&mut changes).await.write != delete("lease/last") {}
    assert_eq!(ledger.get(&key).await.unwrap().unwrap().value, b"for good");
}

/// A test of each rule for the engine that `$open` opens. `$open` is an expression of `(Arc<dyn Ledger>, guard)`.
macro_rules! contract {
    ($open:expr; $($rule:ident)*) => {
        $(
            #[tokio::test]
            async fn $rule() {
                let (ledger, _guard) = $open;
                crate::store::contract::$rule(ledger).await;
            }
        )*
    };
    ($open:expr) => {
        crate::store::contract::contract! {
            $open;
            a_record_reads_back_with_the_revision_that_put_it
            a_range_holds_the_keys_with_the_prefix_in_order
            all_compares_hold_or_nothing_happens
            a_deleted_record_is_as_one_that_never_was
            of_two_writes_to_one_key_the_later_wins
            of_many_who_claim_a_record_at_once_one_has_it
            a_watch_tells_every_later_change_once_and_in_order
            a_watch_from_the_present_tells_only_what_comes
            a_watcher_that_falls_behind_is_dropped_and_not_left_with_a_gap
            a_leased_record_is_gone_when_nobody_leases_it_again
            who_leases_again_keeps_the_record_and_a_put_keeps_it_for_good
        }
    };
}
pub(super) use contract;
