//! The contract over SQLite, and what is SQLite's own.

use std::{fs, os::unix::fs::PermissionsExt};

use tempfile::TempDir;

use super::*;
use crate::store::{
    Write,
    contract::{commit, contract, put, write},
    faulty::FaultyStore,
    steady::Steady,
};

fn open() -> (Arc<dyn Ledger>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap()), folder)
}

mod contract_over_sqlite {
    use super::contract;

    contract!(super::open());
}

/// A ledger made exact again over one that loses, repeats, delays and answers with what was.
fn open_faulty(seed: u64) -> (Arc<dyn Ledger>, TempDir) {
    let (ledger, folder) = open();
    let faulty: Arc<dyn Ledger> = Arc::new(FaultyStore::new(ledger, seed, 15));
    (Arc::new(Steady::new(faulty, "test", [7; 16])), folder)
}

mod contract_over_a_faulty_ledger {
    use super::contract;

    contract!(super::open_faulty(1));
}

mod contract_over_a_ledger_with_other_faults {
    use super::contract;

    contract!(super::open_faulty(0x5eed));
}

#[tokio::test]
async fn a_faulty_ledger_is_faulty() {
    let (ledger, _folder) = open();
    let faulty = FaultyStore::new(ledger, 1, 15);
    let mut unknown = 0;
    for _ in 0..200 {
        unknown += usize::from(faulty.txn(write(&[put("a", "1")])).await == Err(StoreError::Unknown));
    }
    assert!(unknown > 20 && faulty.faults() > unknown, "{unknown} of {}", faulty.faults());
}

#[tokio::test]
async fn of_many_writers_over_faulty_ledgers_each_counts_once() {
    let (ledger, _folder) = open();
    let writers = (0..4_u8).map(|writer| {
        let faulty = Arc::new(FaultyStore::new(Arc::clone(&ledger), u64::from(writer), 15));
        let steady = Steady::new(faulty, &writer.to_string(), [writer; 16]);
        tokio::spawn(async move {
            let mut counted = 0;
            while counted < 25 {
                let entry = steady.get("count").await.unwrap();
                let (count, revision) = entry.map_or((0, 0), |entry| {
                    (String::from_utf8(entry.value).unwrap().parse::<u32>().unwrap(), entry.revision)
                });
                let compares = vec![Compare { key: "count".to_owned(), revision }];
                let writes = vec![put("count", &(count + 1).to_string())];
                let outcome = steady.txn(Txn { compares, writes }).await.unwrap();
                counted += u32::from(matches!(outcome, Outcome::Committed { .. }));
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(ledger.get("count").await.unwrap().unwrap().value, b"100");
}

#[tokio::test]
async fn a_backup_made_while_others_write_is_a_ledger_of_one_moment() {
    let (ledger, folder) = open();
    let path = folder.path().join("ledger");
    let writer = tokio::spawn(async move {
        for round in 0..200_u32 {
            let text = round.to_string();
            commit(&*ledger, &[put("a", &text), put("b", &text)]).await;
        }
    });
    let elsewhere = Sqlite::open(&path).unwrap();
    let mut last = 0;
    for number in 0..5 {
        let copy = folder.path().join(format!("copy{number}"));
        elsewhere.backup(&copy).await.unwrap();
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        let beside = fs::read_dir(folder.path())
            .unwrap()
            .filter_map(|file| file.unwrap().file_name().into_string().ok());
        let of_it = beside.filter(|name| name.starts_with(&format!("copy{number}"))).count();
        assert_eq!(of_it, 1, "the copy is one file");
        let restored = Sqlite::open(&copy).unwrap();
        let (a, b) = (restored.get("a").await.unwrap(), restored.get("b").await.unwrap());
        assert_eq!(a.as_ref().map(|entry| &entry.value), b.as_ref().map(|entry| &entry.value));
        let revision = a.map_or(0, |entry| entry.revision);
        assert!(revision >= last);
        last = revision;
    }
    writer.await.unwrap();
    let copy = folder.path().join("copy0");
    assert!(matches!(elsewhere.backup(&copy).await, Err(StoreError::Unwritable { .. })), "never over a file");
}

#[tokio::test]
async fn a_ledger_of_the_first_schema_is_brought_up_to_date() {
    let (ledger, folder) = open();
    commit(&*ledger, &[put("a", "1")]).await;
    drop(ledger);
    let path = folder.path().join("ledger");
    let old = "DROP TABLE lease; PRAGMA user_version = 1;";
    rusqlite::Connection::open(&path).unwrap().execute_batch(old).unwrap();
    let again = Sqlite::open(&path).unwrap();
    assert_eq!(again.get("a").await.unwrap().unwrap().value, b"1");
    let compare = Compare { key: "b".to_owned(), revision: 0 };
    assert!(again.lease(compare, Vec::new(), Duration::from_secs(60)).await.is_ok());
}

#[tokio::test]
async fn what_was_committed_is_there_when_the_file_is_opened_again() {
    let (ledger, folder) = open();
    let revision = commit(&*ledger, &[put("a", "1")]).await;
    drop(ledger);
    let again = Sqlite::open(&folder.path().join("ledger")).unwrap();
    assert_eq!(again.get("a").await.unwrap().unwrap().revision, revision);
    assert!(commit(&again, &[put("a", "2")]).await > revision);
}

#[tokio::test]
async fn another_process_may_write_and_watchers_hear_of_it() {
    let (ledger, folder) = open();
    let mut changes = ledger.watch("a", 0).await.unwrap();
    let other = Sqlite::open(&folder.path().join("ledger")).unwrap();
    let revision = commit(&other, &[put("a", "theirs")]).await;
    let change = changes.recv().await.unwrap();
    assert_eq!((change.revision, change.write), (revision, put("a", "theirs")));
    assert_eq!(ledger.get("a").await.unwrap().unwrap().revision, revision);
}

#[tokio::test]
async fn history_is_bounded_and_a_watch_from_before_it_is_refused() {
    let (ledger, _folder) = open();
    let jobs = (0..1_100).map(|_| ledger.txn(write(&[put("a", "1")])));
    for outcome in futures_util::future::join_all(jobs).await {
        outcome.unwrap();
    }
    let Err(StoreError::Compacted { oldest }) = ledger.watch("", 0).await else { panic!("0 is long ago") };
    assert!(ledger.watch("", oldest).await.is_ok());
}

#[test]
fn only_the_owner_may_read_the_file() {
    let (_ledger, folder) = open();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let mode = entry.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error = Sqlite::open(Path::new("/nowhere/at/all/ledger")).err().unwrap();
    assert!(matches!(&error, StoreError::Unwritable { path, .. } if path == "/nowhere/at/all/ledger"));
    assert_eq!(error.to_string().lines().count(), 1);
}

#[test]
fn a_file_that_is_no_ledger_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let text = "these are somebody's notes and no database\n".repeat(100);
    fs::write(&path, &text).unwrap();
    assert!(matches!(Sqlite::open(&path), Err(StoreError::Corrupt { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[tokio::test]
async fn a_damaged_file_is_refused() {
    let (ledger, folder) = open();
    let path = folder.path().join("ledger");
    let big = "x".repeat(100_000);
    let writes: Vec<Write> = (0..20).map(|index| put(&format!("k{index}"), &big)).collect();
    commit(&*ledger, &writes).await;
    drop(ledger);
    // Opening and closing by hand brings the log into the file.
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len();
    bytes[4096..length / 2].fill(0xa5);
    fs::write(&path, bytes).unwrap();
    assert!(matches!(Sqlite::open(&path), Err(StoreError::Corrupt { .. })));
}

#[test]
fn another_programs_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(Sqlite::open(&path), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_file_of_a_newer_program_is_refused() {
    let (ledger, folder) = open();
    drop(ledger);
    let path = folder.path().join("ledger");
    rusqlite::Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    assert!(matches!(Sqlite::open(&path), Err(StoreError::TooNew { found: 99, .. })));
}

#[tokio::test]
async fn a_full_disk_is_said_and_nothing_of_the_transaction_remains() {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Sqlite::open_with(&folder.path().join("ledger"), Options { max_pages: Some(20) }).unwrap();
    commit(&ledger, &[put("a", "1")]).await;
    let big = "x".repeat(200_000);
    let full = ledger.txn(write(&[put("a", "2"), put("b", &big)])).await;
    assert!(matches!(full, Err(StoreError::DiskFull { .. })), "{full:?}");
    assert_eq!(ledger.get("a").await.unwrap().unwrap().value, b"1");
    commit(&ledger, &[put("a", "3")]).await;
}

#[test]
fn nothing_is_left_beside_the_file_when_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    drop(engine_with(100, &folder));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["ledger"]);
}

#[test]
fn of_its_history_it_forgets_a_little_with_each_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine_with(600, &folder);
    let told = engine.watch(String::new(), 0).unwrap_err();
    assert!(matches!(told, StoreError::Compacted { oldest: 87 }), "{told}");
    assert!(engine.watch(String::new(), 87).is_ok());
}

/// An engine that has done so many transactions.
fn engine_with(transactions: usize, folder: &TempDir) -> Engine {
    let mut engine = Engine::open(&folder.path().join("ledger"), Options::default()).unwrap();
    for number in 0..transactions {
        let writes = vec![put("key", &number.to_string())];
        engine.txn(&Txn { compares: Vec::new(), writes }).unwrap();
    }
    engine
}
