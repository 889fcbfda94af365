//! The node's records in the ledger: their keys and their form (JSON).

use std::{collections::HashMap, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

use super::{NodeError, audit::Chain, figures, log::Logs, settings::Settings};
use crate::{
    core::{
        call::Call,
        figures::Book,
        ids::{CallId, DeviceId},
        line::Line,
        rules::Rules,
        staff::Desk,
        time::Timestamp,
    },
    proto::e2ee::LogEntry,
    store::{Entry, Ledger},
};

const CALLS: &str = "call/";
const DESKS: &str = "desk/";
const LOGS: &str = "log/";

/// On what a node stands. They are one, but for a drill.
#[derive(Clone)]
pub(super) struct Ledgers {
    /// What happens on the line is written here.
    pub(super) own: Arc<dyn Ledger>,
    /// Who works here, when, and what the operator has set.
    pub(super) shared: Arc<dyn Ledger>,
}

/// The key of a call's record.
pub(super) fn call_key(call: CallId) -> String {
    format!("{CALLS}{call}")
}

/// The key of a console's record.
pub(super) fn desk_key(device: DeviceId) -> String {
    format!("{DESKS}{device}")
}

/// The key of an entry of a call's log.
pub(super) fn log_key(call: CallId, seq: u64) -> String {
    format!("{LOGS}{call}/{seq:016x}")
}

/// A record's bytes.
pub(super) fn encode<T: Serialize>(key: &str, record: &T) -> Result<Vec<u8>, NodeError> {
    serde_json::to_vec(record)
        .map_err(|error| NodeError::BadRecord { key: key.to_owned(), reason: error.to_string() })
}

/// A record of those bytes.
pub(super) fn decode<T: DeserializeOwned>(entry: &Entry) -> Result<T, NodeError> {
    serde_json::from_slice(&entry.value)
        .map_err(|error| NodeError::BadRecord { key: entry.key.clone(), reason: error.to_string() })
}

/// Everything that a node knows when it starts.
pub(super) struct Loaded {
    pub(super) line: Line,
    pub(super) logs: Logs,
    pub(super) revisions: HashMap<String, u64>,
    pub(super) chain: Chain,
    pub(super) book: Book,
}

/// Reads the line as it was left.
pub(super) async fn load(ledgers: &Ledgers, rules: Rules, now: Timestamp) -> Result<Loaded, NodeError> {
    let ledger = &ledgers.own;
    let (calls, _) = ledger.range(CALLS).await?;
    let (desks, _) = ledger.range(DESKS).await?;
    let (entries, _) = ledger.range(LOGS).await?;
    let mut revisions: HashMap<String, u64> =
        calls.iter().chain(&desks).map(|entry| (entry.key.clone(), entry.revision)).collect();
    let calls = calls.iter().map(decode::<Call>).collect::<Result<Vec<_>, _>>()?;
    let desks = desks.iter().map(decode::<Desk>).collect::<Result<Vec<_>, _>>()?;
    let directory = Settings::new(Arc::clone(&ledgers.shared)).directory().await?;
    let line = Line::load(rules, directory, calls, desks, now)
        .map_err(|error| NodeError::BadRecord { key: CALLS.to_owned(), reason: error.to_string() })?;
    let mut logs = Logs::default();
    for entry in &entries {
        logs.append(call_of(entry)?, decode::<LogEntry>(entry)?);
    }
    let chain = Chain::read(ledger.as_ref()).await?;
    let (book, counted) = figures::open(ledger.as_ref(), &line, now).await?;
    revisions.extend(counted.map(|revision| (figures::until_key(), revision)));
    Ok(Loaded { line, logs, revisions, chain, book })
}

fn call_of(entry: &Entry) -> Result<CallId, NodeError> {
    entry
        .key
        .strip_prefix(LOGS)
        .and_then(|rest| rest.split('/').next())
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| NodeError::BadRecord { key: entry.key.clone(), reason: "not a log key".to_owned() })
}
