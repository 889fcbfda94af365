//! Where the line's records live: a small ledger shaped like etcd (revisions, compare-and-swap over several keys, watches).
//!
//! `Ledger` is what the rest of the program sees; `sqlite` is the embedded engine. An engine is right when it passes
//! `contract` unchanged. May import `core`.
#[cfg(test)]
mod contract;
#[cfg(test)]
pub mod faulty;
pub mod read_only;
pub mod sqlite;
pub mod steady;

use std::{fmt, time::Duration};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

/// One record.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: Vec<u8>,
    /// The ledger's revision at which it was last put. Never 0.
    pub revision: u64,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({}, {} bytes, revision {})", self.key, self.value.len(), self.revision)
    }
}

/// What must hold for a transaction to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compare {
    /// The record.
    pub key: String,
    /// The revision at which it must have been put last; 0 when it must not exist.
    pub revision: u64,
}

/// One change.
#[derive(Clone, PartialEq, Eq)]
pub enum Write {
    /// Sets a record.
    Put {
        /// Its key.
        key: String,
        /// Its value.
        value: Vec<u8>,
    },
    /// Removes a record, if it is there.
    Delete {
        /// Its key.
        key: String,
    },
}

impl fmt::Debug for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { key, value } => write!(f, "Put({key}, {} bytes)", value.len()),
            Self::Delete { key } => write!(f, "Delete({key})"),
        }
    }
}

/// Changes that happen together or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Txn {
    /// All must hold.
    pub compares: Vec<Compare>,
    /// In order; a later one to the same key wins.
    pub writes: Vec<Write>,
}

/// How a transaction came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All its changes are durable.
    Committed {
        /// The ledger's revision after it: the revision of every record it put.
        revision: u64,
    },
    /// A comparison did not hold; nothing changed.
    Conflict,
}

/// One change, as a watch tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The revision of the transaction that made it.
    pub revision: u64,
    /// The change.
    pub write: Write,
}

/// Why the ledger could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The folder is missing or may not be written.
    #[error("cannot write the data folder {path}: {reason}")]
    Unwritable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The file is not a ledger of ours, or it is damaged.
    #[error("{path} is not a sound quietline ledger ({reason}); restore a backup or move the file away")]
    Corrupt {
        /// The file.
        path: String,
        /// What was found.
        reason: String,
    },
    /// Written by a newer program.
    #[error(
        "{path} was written by a newer quietline (schema {found}, this one knows {known}); run the newer one"
    )]
    TooNew {
        /// The file.
        path: String,
        /// The schema's version there.
        found: u32,
        /// The version that this program knows.
        known: u32,
    },
    /// The system failed to read or write.
    #[error("{path} cannot be read or written ({reason}); the disk may be full or failing")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// No room.
    #[error("the disk that holds {path} is full; nothing was changed")]
    DiskFull {
        /// The file.
        path: String,
    },
    /// Another process held the ledger for too long.
    #[error("{path} is held by another process; nothing was changed")]
    Held {
        /// The file.
        path: String,
    },
    /// The history before that revision is gone; read the records again.
    #[error("the ledger's history begins at revision {oldest}")]
    Compacted {
        /// The first revision from which a watch can start.
        oldest: u64,
    },
    /// Only the reading half of the ledger was given away.
    #[error("this ledger is only read here")]
    ReadOnly,
    /// The engine has stopped.
    #[error("the ledger is closed")]
    Closed,
    /// The answer did not come, and whether the change was made is not known; read back.
    #[error("the ledger did not answer; whether it changed is not known")]
    Unknown,
    /// Anything else that the engine said.
    #[error("the ledger failed: {0}")]
    Engine(String),
}

/// A ledger of records. Shared by reference; every method may be called at any time from any task.
pub trait Ledger: Send + Sync + 'static {
    /// The record with that key.
    fn get(&self, key: &str) -> BoxFuture<'static, Result<Option<Entry>, StoreError>>;

    /// All records whose key begins with `prefix`, in the order of their keys' bytes, and the revision at which this was
    /// so.
    fn range(&self, prefix: &str) -> BoxFuture<'static, Result<(Vec<Entry>, u64), StoreError>>;

    /// Does all writes if all compares hold. An error leaves it unknown whether they were done only when it is `Unknown`,
    /// `Closed` or `Engine`; read back then, or use `steady::Steady`, which does.
    fn txn(&self, txn: Txn) -> BoxFuture<'static, Result<Outcome, StoreError>>;

    /// Puts a record, if the comparison holds, that is deleted when `ttl` has passed and it was not leased again meanwhile. A
    /// put in a transaction makes it a record like any other. Who holds it is whoever knows its revision.
    fn lease(
        &self,
        compare: Compare,
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'static, Result<Outcome, StoreError>>;

    /// Every change to a key that begins with `prefix` made after revision `after`, in order, each once. The receiver
    /// ends when the watcher falls too far behind or the ledger closes: range and watch again.
    fn watch(
        &self,
        prefix: &str,
        after: u64,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Change>, StoreError>>;
}
