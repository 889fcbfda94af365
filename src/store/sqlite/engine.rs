//! The SQL behind the ledger. Everything here blocks and runs on the ledger's thread.

use std::{
    fs,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use tokio::sync::mpsc;

use super::{Options, backup, checkpoints::Checkpoints, errors::typed};
use crate::store::{Change, Compare, Entry, Outcome, StoreError, Txn, Write};

/// How often other processes' changes are looked for while somebody watches, and leases that have run out.
pub(super) const FOREIGN_CHANGES_EVERY: Duration = Duration::from_millis(100);

/// "qlin": marks the file as ours.
const APPLICATION_ID: i32 = 0x716c_696e;
/// The schema that this program writes.
const SCHEMA: u32 = 2;
/// How many revisions a watch can look back.
const HISTORY: u64 = 512;
/// How many revisions are forgotten with a new one at most: more than one, so that what was kept too long goes as well.
const FORGOTTEN_AT_ONCE: u64 = 2;
/// How many changes a watcher may be behind before it is dropped.
const WATCH_BACKLOG: usize = 1024;
/// How long to wait for another process that is writing.
pub(super) const BUSY: Duration = Duration::from_secs(5);

const TABLES: &str = "
    CREATE TABLE record (key TEXT PRIMARY KEY, value BLOB NOT NULL, revision INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE history (
        revision INTEGER NOT NULL, ordinal INTEGER NOT NULL, key TEXT NOT NULL, value BLOB,
        PRIMARY KEY (revision, ordinal)
    ) WITHOUT ROWID;
    CREATE TABLE present (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL, oldest INTEGER NOT NULL);
    INSERT INTO present VALUES (1, 0, 1);
    CREATE TABLE lease (key TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL) WITHOUT ROWID;
";
/// What schema 2 adds to schema 1.
const LEASES: &str = "
    CREATE TABLE lease (key TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL) WITHOUT ROWID;
";

pub(super) struct Engine {
    /// Dropped before the connection: the last one to close moves what is left of the log into the file, and removes it.
    checkpoints: Option<Checkpoints>,
    connection: Connection,
    path: PathBuf,
    watchers: Vec<Watcher>,
    /// SQLite's count of other connections' changes, as of the last time that the watchers were told.
    foreign: i64,
    /// Whether there may be something that the watchers have not been told.
    news: bool,
    /// Whether there may be records that are leased.
    leases: bool,
}

struct Watcher {
    prefix: String,
    /// The last revision that it was told of.
    told: u64,
    sender: mpsc::Sender<Change>,
}

impl Engine {
    pub(super) fn open(path: &Path, options: Options) -> Result<Self, StoreError> {
        let unwritable = |error: std::io::Error| StoreError::Unwritable {
            path: path.display().to_string(),
            reason: error.to_string(),
        };
        // Made by us first, so that nobody else may read it; SQLite gives its side files the same mode.
        fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(unwritable)?;
        let connection = Connection::open(path).map_err(|error| typed(path, &error))?;
        let mut engine = Self {
            checkpoints: None,
            connection,
            path: path.to_owned(),
            watchers: Vec::new(),
            foreign: 0,
            news: true,
            leases: true,
        };
        engine.prepare(options).map_err(|error| typed(path, &error))?;
        engine.migrate()?;
        engine.checkpoints = Some(Checkpoints::start(path, &engine.connection)?);
        Ok(engine)
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        self.typed(
            self.connection
                .prepare_cached("SELECT key, value, revision FROM record WHERE key = ?1")
                .and_then(|mut query| query.query_row([key], entry).optional()),
        )
    }

    pub(super) fn range(&self, prefix: &str) -> Result<(Vec<Entry>, u64), StoreError> {
        let read = || {
            let snapshot = self.connection.unchecked_transaction()?;
            let entries = snapshot
                .prepare_cached(
                    "SELECT key, value, revision FROM record WHERE key >= ?1 AND key < ?2 ORDER BY key",
                )?
                .query_map([prefix, &end_of(prefix)], entry)?
                .collect::<Result<Vec<_>, _>>()?;
            let (revision, _) = present(&snapshot)?;
            Ok((entries, revision))
        };
        self.typed(read())
    }

    pub(super) fn txn(&mut self, txn: &Txn) -> Result<Outcome, StoreError> {
        let outcome = write(&mut self.connection, txn);
        self.wrote(outcome)
    }

    pub(super) fn lease(
        &mut self,
        compare: Compare,
        value: Vec<u8>,
        ttl: Duration,
    ) -> Result<Outcome, StoreError> {
        let expires = now_ms().saturating_add(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX));
        let (key, write) = (compare.key.clone(), Write::Put { key: compare.key.clone(), value });
        let txn = Txn { compares: vec![compare], writes: vec![write] };
        let outcome = write_leased(&mut self.connection, &txn, Some((&key, expires)));
        self.leases = true;
        self.wrote(outcome)
    }

    fn wrote(&mut self, outcome: rusqlite::Result<Outcome>) -> Result<Outcome, StoreError> {
        if !matches!(outcome, Ok(Outcome::Conflict)) {
            self.news = true;
            self.checkpoints.iter_mut().for_each(Checkpoints::committed);
        }
        self.typed(outcome)
    }

    /// Deletes the records whose lease has run out. Nobody reads one of them any more, also if that fails.
    pub(super) fn expire(&mut self) {
        if !self.leases {
            return;
        }
        match expire(&mut self.connection, now_ms()) {
            Ok((expired, left)) => {
                self.news |= expired;
                self.leases = left;
            }
            Err(error) => tracing::warn!(%error, "cannot end leases that have run out"),
        }
    }

    /// Whether something has to be looked at from time to time: watchers, leases.
    pub(super) fn ticks(&self) -> bool {
        self.is_watched() || self.leases
    }

    /// Writes a copy of everything committed so far to a file that is not there yet.
    pub(super) fn backup(&self, to: &Path) -> Result<(), StoreError> {
        backup::write(&self.connection, to)
    }

    pub(super) fn watch(&mut self, prefix: String, after: u64) -> Result<mpsc::Receiver<Change>, StoreError> {
        let (changes, oldest) = self.typed(self.changes_after(after))?;
        if after + 1 < oldest {
            return Err(StoreError::Compacted { oldest: oldest - 1 });
        }
        let (sender, receiver) = mpsc::channel(changes.len() + WATCH_BACKLOG);
        let mut watcher = Watcher { prefix, told: after, sender };
        watcher.tell(&changes);
        self.watchers.push(watcher);
        Ok(receiver)
    }

    fn is_watched(&self) -> bool {
        !self.watchers.is_empty()
    }

    /// Tells every watcher what it has not been told; drops those who are gone or too far behind.
    pub(super) fn tell_watchers(&mut self) {
        self.watchers.retain(|watcher| !watcher.sender.is_closed());
        let Some(told) = self.watchers.iter().map(|watcher| watcher.told).min() else { return };
        let foreign = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        if !self.news && foreign == Ok(self.foreign) {
            return;
        }
        self.news = true;
        match self.changes_after(told) {
            Ok((changes, oldest)) => {
                // What came after the count was read is seen by the next count.
                self.news = foreign.is_err();
                self.foreign = foreign.unwrap_or(self.foreign);
                self.watchers.retain_mut(|watcher| watcher.told + 1 >= oldest && watcher.tell(&changes));
            }
            // What a watcher misses now it is told after the next transaction that succeeds.
            Err(error) => tracing::warn!(%error, "cannot read the ledger's history"),
        }
    }

    /// The changes after that revision, and the first revision that is still known.
    fn changes_after(&self, after: u64) -> rusqlite::Result<(Vec<Change>, u64)> {
        let snapshot = self.connection.unchecked_transaction()?;
        let changes = snapshot
            .prepare_cached(
                "SELECT revision, key, value FROM history WHERE revision > ?1 ORDER BY revision, ordinal",
            )?
            .query_map([after], |row| {
                let (revision, key, value) = (row.get(0)?, row.get(1)?, row.get::<_, Option<Vec<u8>>>(2)?);
                let write = match value {
                    Some(value) => Write::Put { key, value },
                    None => Write::Delete { key },
                };
                Ok(Change { revision, write })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let (_, oldest) = present(&snapshot)?;
        Ok((changes, oldest))
    }

    fn prepare(&self, options: Options) -> rusqlite::Result<()> {
        self.connection.busy_timeout(BUSY)?;
        self.connection.pragma_update(None, "journal_mode", "WAL")?;
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        // What is deleted is overwritten: an ended call leaves nothing to find in the file.
        self.connection.pragma_update(None, "secure_delete", "ON")?;
        if let Some(pages) = options.max_pages {
            self.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        }
        Ok(())
    }

    fn migrate(&mut self) -> Result<(), StoreError> {
        let path = self.path.display().to_string();
        let corrupt = |reason: String| StoreError::Corrupt { path: path.clone(), reason };
        let sound: String =
            self.typed(self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)))?;
        if sound != "ok" {
            return Err(corrupt(sound));
        }
        let made = (|| {
            let txn = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let found: u32 = txn.pragma_query_value(None, "user_version", |row| row.get(0))?;
            let application: i32 = txn.pragma_query_value(None, "application_id", |row| row.get(0))?;
            let tables: u32 = txn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            if found == 0 && application == 0 && tables == 0 {
                txn.execute_batch(TABLES)?;
                txn.pragma_update(None, "user_version", SCHEMA)?;
                txn.pragma_update(None, "application_id", APPLICATION_ID)?;
                txn.commit()?;
                return Ok((SCHEMA, APPLICATION_ID));
            }
            if found == 1 && application == APPLICATION_ID {
                txn.execute_batch(LEASES)?;
                txn.pragma_update(None, "user_version", SCHEMA)?;
                txn.commit()?;
                return Ok((SCHEMA, APPLICATION_ID));
            }
            Ok((found, application))
        })();
        match self.typed(made)? {
            (_, application) if application != APPLICATION_ID => {
                Err(corrupt("it belongs to another program".to_owned()))
            }
            (found, _) if found > SCHEMA => Err(StoreError::TooNew { path, found, known: SCHEMA }),
            _ => Ok(()),
        }
    }

    fn typed<T>(&self, result: rusqlite::Result<T>) -> Result<T, StoreError> {
        result.map_err(|error| typed(&self.path, &error))
    }
}

impl Watcher {
    /// Whether it took everything.
    fn tell(&mut self, changes: &[Change]) -> bool {
        for change in changes.iter().filter(|change| change.revision > self.told) {
            let (Write::Put { key, .. } | Write::Delete { key }) = &change.write;
            if key.starts_with(&self.prefix) && self.sender.try_send(change.clone()).is_err() {
                return false;
            }
        }
        self.told = changes.last().map_or(self.told, |change| change.revision.max(self.told));
        true
    }
}

fn write(connection: &mut Connection, txn: &Txn) -> rusqlite::Result<Outcome> {
    write_leased(connection, txn, None)
}

/// Does a transaction. One record of it may be leased until a moment (milliseconds since 1970-01-01 UTC).
fn write_leased(
    connection: &mut Connection,
    txn: &Txn,
    lease: Option<(&str, i64)>,
) -> rusqlite::Result<Outcome> {
    let open = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for compare in &txn.compares {
        let revision: Option<u64> = open
            .prepare_cached("SELECT revision FROM record WHERE key = ?1")?
            .query_row([&compare.key], |row| row.get(0))
            .optional()?;
        if revision.unwrap_or(0) != compare.revision {
            return Ok(Outcome::Conflict);
        }
    }
    let (last, mut oldest) = present(&open)?;
    if txn.writes.is_empty() {
        return Ok(Outcome::Committed { revision: last });
    }
    let revision = last + 1;
    for (ordinal, write) in txn.writes.iter().enumerate() {
        let (key, value) = match write {
            Write::Put { key, value } => {
                open.prepare_cached("INSERT OR REPLACE INTO record VALUES (?1, ?2, ?3)")?
                    .execute(params![key, value, revision])?;
                (key, Some(value))
            }
            Write::Delete { key } => {
                if open.prepare_cached("DELETE FROM record WHERE key = ?1")?.execute([key])? == 0 {
                    continue;
                }
                (key, None)
            }
        };
        open.prepare_cached("DELETE FROM lease WHERE key = ?1")?.execute([key])?;
        open.prepare_cached("INSERT INTO history VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![revision, ordinal, key, value])?;
    }
    if let Some((key, expires)) = lease {
        open.prepare_cached("INSERT OR REPLACE INTO lease VALUES (?1, ?2)")?
            .execute(params![key, expires])?;
    }
    // A little with each transaction, so that none of them pays for hundreds.
    let forgotten = oldest + FORGOTTEN_AT_ONCE.min(revision.saturating_sub(HISTORY).saturating_sub(oldest));
    if forgotten > oldest {
        oldest = forgotten;
        open.prepare_cached("DELETE FROM history WHERE revision < ?1")?.execute([oldest])?;
    }
    open.prepare_cached("UPDATE present SET revision = ?1, oldest = ?2")?.execute([revision, oldest])?;
    open.commit()?;
    Ok(Outcome::Committed { revision })
}

/// Deletes what was leased until before `now`. Whether there was anything, and whether anything is leased still.
fn expire(connection: &mut Connection, now: i64) -> rusqlite::Result<(bool, bool)> {
    let due: Vec<String> = connection
        .prepare_cached("SELECT key FROM lease WHERE expires_ms <= ?1")?
        .query_map([now], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if !due.is_empty() {
        let writes = due.iter().map(|key| Write::Delete { key: key.clone() }).collect();
        write(connection, &Txn { compares: Vec::new(), writes })?;
    }
    let left = connection.query_row("SELECT count(*) FROM lease", [], |row| row.get::<_, u64>(0))?;
    Ok((!due.is_empty(), left > 0))
}

/// Civil time, which the processes on this file have in common.
#[allow(clippy::disallowed_methods, reason = "a lease runs out by the clock, also of another process")]
fn now_ms() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// The ledger's revision, and the first one in its history.
fn present(txn: &Transaction<'_>) -> rusqlite::Result<(u64, u64)> {
    txn.prepare_cached("SELECT revision, oldest FROM present")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry { key: row.get(0)?, value: row.get(1)?, revision: row.get(2)? })
}

/// A text that comes after every key that begins with `prefix`, and before every other that comes after it.
fn end_of(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}
