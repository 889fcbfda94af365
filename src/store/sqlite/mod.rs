//! The embedded engine: one SQLite file in WAL mode, every commit on the disk before it is acknowledged.
//!
//! The connection lives on a thread of its own. Other processes may open the same file at the same time (that is how
//! `quietline staff add` works while the server runs).
mod backup;
mod checkpoints;
mod engine;
mod errors;
#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, mpsc as std_mpsc},
    thread,
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Change, Compare, Entry, Ledger, Outcome, StoreError, Txn};
use engine::Engine;

/// Requests that wait for the thread at most; more wait in their own tasks.
const BACKLOG: usize = 1024;

/// What can be set about the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The file's largest size in pages of 4 KiB; the system's limit when none.
    pub max_pages: Option<u32>,
}

/// A ledger in an SQLite file.
pub struct Sqlite {
    jobs: std_mpsc::SyncSender<Job>,
    room: Arc<Semaphore>,
}

type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

enum Request {
    Get { key: String, reply: Reply<Option<Entry>> },
    Range { prefix: String, reply: Reply<(Vec<Entry>, u64)> },
    Txn { txn: Txn, reply: Reply<Outcome> },
    Lease { compare: Compare, value: Vec<u8>, ttl: Duration, reply: Reply<Outcome> },
    Backup { to: PathBuf, reply: Reply<()> },
    Watch { prefix: String, after: u64, reply: Reply<mpsc::Receiver<Change>> },
}

struct Job {
    request: Request,
    _room: tokio::sync::OwnedSemaphorePermit,
}

impl Sqlite {
    /// Opens the ledger in that file and makes it if it is not there. The folder must exist.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, Options::default())
    }

    /// Opens the ledger with options.
    pub fn open_with(path: &Path, options: Options) -> Result<Self, StoreError> {
        let engine = Engine::open(path, options)?;
        let (jobs, inbox) = std_mpsc::sync_channel(BACKLOG);
        thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || run(engine, &inbox))
            .map_err(|error| StoreError::Engine(error.to_string()))?;
        Ok(Self { jobs, room: Arc::new(Semaphore::new(BACKLOG)) })
    }

    /// Writes a copy of everything committed so far to the file `to`, which must not be there yet, and looks whether it is
    /// sound. The ledger goes on meanwhile: also another process that has it open.
    pub fn backup(&self, to: &Path) -> BoxFuture<'static, Result<(), StoreError>> {
        let to = to.to_owned();
        self.ask(move |reply| Request::Backup { to, reply })
    }

    fn ask<T: Send + 'static>(
        &self,
        request: impl FnOnce(Reply<T>) -> Request + Send + 'static,
    ) -> BoxFuture<'static, Result<T, StoreError>> {
        let (jobs, room) = (self.jobs.clone(), Arc::clone(&self.room));
        Box::pin(async move {
            let permit = room.acquire_owned().await.map_err(|_| StoreError::Closed)?;
            let (reply, answer) = oneshot::channel();
            let job = Job { request: request(reply), _room: permit };
            jobs.try_send(job).map_err(|_| StoreError::Closed)?;
            answer.await.map_err(|_| StoreError::Closed)?
        })
    }
}

impl Ledger for Sqlite {
    fn get(&self, key: &str) -> BoxFuture<'static, Result<Option<Entry>, StoreError>> {
        let key = key.to_owned();
        self.ask(|reply| Request::Get { key, reply })
    }

    fn range(&self, prefix: &str) -> BoxFuture<'static, Result<(Vec<Entry>, u64), StoreError>> {
        let prefix = prefix.to_owned();
        self.ask(|reply| Request::Range { prefix, reply })
    }

    fn txn(&self, txn: Txn) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        self.ask(|reply| Request::Txn { txn, reply })
    }

    fn lease(
        &self,
        compare: Compare,
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        self.ask(move |reply| Request::Lease { compare, value, ttl, reply })
    }

    fn watch(
        &self,
        prefix: &str,
        after: u64,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Change>, StoreError>> {
        let prefix = prefix.to_owned();
        self.ask(move |reply| Request::Watch { prefix, after, reply })
    }
}

/// Serves requests until every `Sqlite` handle is gone. Looks for other processes' changes while somebody watches.
fn run(mut engine: Engine, inbox: &std_mpsc::Receiver<Job>) {
    loop {
        let job = if engine.ticks() {
            match inbox.recv_timeout(engine::FOREIGN_CHANGES_EVERY) {
                Ok(job) => Some(job),
                Err(std_mpsc::RecvTimeoutError::Timeout) => None,
                Err(std_mpsc::RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match inbox.recv() {
                Ok(job) => Some(job),
                Err(std_mpsc::RecvError) => return,
            }
        };
        engine.expire();
        // Whoever asked may have gone; a send that fails concerns nobody.
        match job.map(|job| job.request) {
            Some(Request::Get { key, reply }) => drop(reply.send(engine.get(&key))),
            Some(Request::Range { prefix, reply }) => drop(reply.send(engine.range(&prefix))),
            Some(Request::Txn { txn, reply }) => drop(reply.send(engine.txn(&txn))),
            Some(Request::Lease { compare, value, ttl, reply }) => {
                drop(reply.send(engine.lease(compare, value, ttl)));
            }
            Some(Request::Backup { to, reply }) => drop(reply.send(engine.backup(&to))),
            Some(Request::Watch { prefix, after, reply }) => drop(reply.send(engine.watch(prefix, after))),
            None => {}
        }
        engine.tell_watchers();
    }
}
