//! What the operator sets while the service runs: lines, their opening hours and forces, who answers which. Kept in the
//! ledger, so that another process (`quietline line`) changes it and a running node hears of it at once.

use std::{collections::BTreeMap, sync::Arc};

use tokio::sync::mpsc;

use super::{
    Clock, NodeError,
    actor::RETRY,
    audit::{self, Act, Did, Who},
    records,
};
use crate::{
    core::{
        directory::{Assignment, Directory, Helpline, LineName, Training},
        ids::StaffId,
        time::Timestamp,
    },
    store::{Change, Entry, Ledger, StoreError, Txn, Write},
};

const SETTINGS: &str = "setting/";
const LINES: &str = "setting/line/";
const STAFF: &str = "setting/staff/";
const TRAINING: &str = "setting/training/";

/// The settings in a ledger.
#[derive(Clone)]
pub struct Settings {
    ledger: Arc<dyn Ledger>,
}

impl Settings {
    /// The settings in that ledger.
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger }
    }

    /// All of them as they are now.
    pub async fn directory(&self) -> Result<Directory, NodeError> {
        Ok(self.read().await?.0)
    }

    /// Sets up a line, or changes it.
    pub async fn set_line(&self, name: &LineName, line: &Helpline, now: Timestamp) -> Result<(), NodeError> {
        let key = format!("{LINES}{name}");
        let value = records::encode(&key, line)?;
        self.write(Write::Put { key, value }, Did::SetLine { line: name.to_string() }, now).await
    }

    /// Takes a line away. Those who wait on it are still answered.
    pub async fn remove_line(&self, name: &LineName, now: Timestamp) -> Result<(), NodeError> {
        let did = Did::RemovedLine { line: name.to_string() };
        self.write(Write::Delete { key: format!("{LINES}{name}") }, did, now).await
    }

    /// Sets what a member of staff does.
    pub async fn assign(
        &self,
        staff: StaffId,
        assignment: &Assignment,
        now: Timestamp,
    ) -> Result<(), NodeError> {
        let key = format!("{STAFF}{staff}");
        let value = records::encode(&key, assignment)?;
        self.write(Write::Put { key, value }, Did::Assigned { staff }, now).await
    }

    /// Sets until when somebody's training is valid, or that nothing stops them.
    pub async fn set_training(
        &self,
        staff: StaffId,
        training: Option<Training>,
        by: StaffId,
        now: Timestamp,
    ) -> Result<(), NodeError> {
        let key = format!("{TRAINING}{staff}");
        let write = match &training {
            Some(training) => Write::Put { value: records::encode(&key, training)?, key },
            None => Write::Delete { key },
        };
        self.write_as(Who::person(by), write, Did::SetTraining { staff }, now).await
    }

    async fn write(&self, write: Write, did: Did, at: Timestamp) -> Result<(), NodeError> {
        self.write_as(Who::Operator, write, did, at).await
    }

    async fn write_as(&self, who: Who, write: Write, did: Did, at: Timestamp) -> Result<(), NodeError> {
        let txn = Txn { compares: Vec::new(), writes: vec![write] };
        audit::commit(self.ledger.as_ref(), txn, Act { at, who, did, call: None }).await?;
        Ok(())
    }

    async fn read(&self) -> Result<(Directory, u64), NodeError> {
        let (entries, revision) = self.ledger.range(SETTINGS).await?;
        let (mut lines, mut staff, mut training) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for entry in &entries {
            if let Some(name) = entry.key.strip_prefix(LINES) {
                lines.insert(name.parse::<LineName>().map_err(|_| bad_key(entry))?, records::decode(entry)?);
            } else if let Some(id) = entry.key.strip_prefix(STAFF) {
                staff.insert(id.parse::<StaffId>().map_err(|_| bad_key(entry))?, records::decode(entry)?);
            } else if let Some(id) = entry.key.strip_prefix(TRAINING) {
                training.insert(id.parse::<StaffId>().map_err(|_| bad_key(entry))?, records::decode(entry)?);
            }
        }
        Ok((Directory::new(lines, staff).with_training(training), revision))
    }
}

fn bad_key(entry: &Entry) -> NodeError {
    NodeError::BadRecord { key: entry.key.clone(), reason: "its key names nothing".to_owned() }
}

/// Tells of the settings whenever somebody has changed them.
pub(super) struct SettingsWatch {
    settings: Settings,
    clock: Arc<dyn Clock>,
    changes: Option<mpsc::Receiver<Change>>,
    /// Whether something was changed that has not been read yet.
    stale: bool,
}

impl SettingsWatch {
    pub(super) fn new(ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> Self {
        Self { settings: Settings::new(ledger), clock, changes: None, stale: false }
    }

    /// Waits for the next change; what is told may be what was told before. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Directory {
        loop {
            if let Some(changes) = &mut self.changes
                && !self.stale
            {
                if changes.recv().await.is_none() {
                    // Too far behind, or the ledger is closed.
                    self.changes = None;
                    continue;
                }
                // Until it has been read: this may be dropped while it reads.
                self.stale = true;
                while changes.try_recv().is_ok() {}
            }
            match self.begin().await {
                Ok(directory) => {
                    self.stale = false;
                    return directory;
                }
                Err(error) => {
                    self.changes = None;
                    tracing::error!(%error, "what the operator has set cannot be read; it stays as it was");
                    self.clock.until(self.clock.now() + RETRY).await;
                }
            }
        }
    }

    async fn begin(&mut self) -> Result<Directory, NodeError> {
        let (directory, revision) = self.settings.read().await?;
        if self.changes.is_none() {
            self.changes = Some(self.watch(revision).await?);
        }
        Ok(directory)
    }

    async fn watch(&self, revision: u64) -> Result<mpsc::Receiver<Change>, StoreError> {
        self.settings.ledger.watch(SETTINGS, revision).await
    }
}
