//! The contract over SQLite, and what is SQLite's own.

use std::{fs, os::unix::fs::PermissionsExt};

use tempfile::TempDir;

use super::*;
use crate::store::{
    Write,
    contract::{commit, contract, put, write},
};

fn open() -> (Arc<dyn Ledger>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap()), folder)
}

mod contract_over_sqlite {
    use super::contract;

    contract!(super::open());
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
