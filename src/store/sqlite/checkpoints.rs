//! Moves what is committed from the log into the file on a thread of its own, so that commits seldom wait for it (SQLite's
//! "checkpoint", <https://sqlite.org/wal.html>).
//!
//! What a commit waits for stays the log's own write. A log can begin anew only in a moment in which all of it has been moved, and
//! under load no moment is such a one but on the committing thread: there SQLite moves the rest when the log is `LOG_PAGES` long.

use std::{
    path::Path,
    sync::mpsc::{self, SyncSender},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

use super::{engine::BUSY, errors::typed};
use crate::store::StoreError;

/// Commits after which the log is moved.
const COMMITS: u32 = 32;
/// The log's length in pages of 4 KiB at which the committing thread moves what is left of it.
const LOG_PAGES: u32 = 8_000;

pub(super) struct Checkpoints {
    /// None only while it is dropped.
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    commits: u32,
}

impl Checkpoints {
    /// Takes over the checkpoints of `connection`, which is open on the file at `path`.
    pub(super) fn start(path: &Path, connection: &Connection) -> Result<Self, StoreError> {
        let beside = Connection::open(path)
            .and_then(|beside| {
                beside.busy_timeout(BUSY)?;
                beside.pragma_update(None, "synchronous", "FULL")?;
                connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
                Ok(beside)
            })
            .map_err(|error| typed(path, &error))?;
        let (wake, woken) = mpsc::sync_channel(1);
        let thread = thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || {
                while woken.recv().is_ok() {
                    // Nothing is lost when it fails, and the next commits tell if the disk is full.
                    if let Err(error) = beside.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
                        tracing::debug!(%error, "the ledger's log was not moved into its file");
                    }
                }
            })
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        Ok(Self { wake: Some(wake), thread: Some(thread), commits: 0 })
    }

    /// Something was committed.
    pub(super) fn committed(&mut self) {
        self.commits += 1;
        if self.commits < COMMITS {
            return;
        }
        self.commits = 0;
        if let Some(wake) = &self.wake {
            // One that waits already does this one's work as well.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            // It holds nothing that a panic could have left half done.
            let _ = thread.join();
        }
    }
}
