//! The directory of services: where callers can turn to besides this line. Kept by administrators, read by every desk.
//!
//! Every change makes a new version of the whole, by which a page knows whether what it holds is still true, and is written
//! into the audit. An entry is changed only as it was seen: whoever comes second is shown what the first one did.

mod entry;
mod table;

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    NoRandomness, NodeError,
    audit::{self, Act, Did, Who},
    records,
};
use crate::{
    core::{ids::ServiceId, time::Timestamp},
    proto::services::{Details, Entry, Field, Flaw, FlawKind},
    store::{Compare, Ledger, Outcome, Txn, Write},
};

const ALL: &str = "services/";
const HEAD: &str = "services/head";
const ENTRIES: &str = "services/entry/";
/// Entries at most: a list that a page still searches at once, and a table that one message carries.
pub const MOST: usize = 500;
/// How often another administrator may be first before that counts as an error.
const TRIES: usize = 20;
/// Flaws of a table that are told at most.
const MOST_FLAWS: usize = 100;

/// Why an entry was not kept.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// It is no entry.
    #[error("what was sent is no entry of the directory")]
    Flawed(Vec<Flaw>),
    /// Somebody else has changed it meanwhile.
    #[error("somebody else has changed this entry meanwhile")]
    Stale(Box<Entry>),
    /// No such entry.
    #[error("no service has this id")]
    Unknown,
    /// The ledger failed, or holds what cannot be read.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// There was nothing to make an id of.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Who changes something, and when.
#[derive(Debug, Clone, Copy)]
pub struct By {
    /// Who.
    pub who: Who,
    /// When.
    pub at: Timestamp,
}

/// All entries, and their version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Greater after each change; 0 before the first.
    pub version: u64,
    /// By name.
    pub entries: Vec<Entry>,
}

/// What a table brings about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// New entries.
    pub added: u32,
    /// Entries that say something else, or are offered again.
    pub changed: u32,
    /// Entries that say so already.
    pub unchanged: u32,
}

/// The directory in a ledger.
#[derive(Clone)]
pub struct Services {
    ledger: Arc<dyn Ledger>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Head {
    version: u64,
}

/// The directory as it was read, and the head's revision then.
struct Read {
    head: Head,
    revision: u64,
    entries: BTreeMap<ServiceId, Entry>,
}

impl Services {
    /// The directory in that ledger.
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger }
    }

    /// The version of the whole.
    pub async fn version(&self) -> Result<u64, NodeError> {
        let head = self.ledger.get(HEAD).await.map_err(NodeError::from)?;
        Ok(head.as_ref().map(records::decode::<Head>).transpose()?.unwrap_or_default().version)
    }

    /// Every entry, also those that were retired.
    pub async fn list(&self) -> Result<Listed, NodeError> {
        let read = self.read().await?;
        let mut entries: Vec<Entry> = read.entries.into_values().collect();
        entries.sort_by_cached_key(|entry| (entry::folded(&entry.details.name), entry.service));
        Ok(Listed { version: read.head.version, entries })
    }

    /// Adds an entry.
    pub async fn add(&self, service: ServiceId, details: Details, by: By) -> Result<Entry, ServicesError> {
        let details = entry::checked(details).map_err(flawed)?;
        self.write_one(service, by, |read| {
            read.takes(service, &details)?;
            if read.entries.len() >= MOST {
                return Err(flawed(vec![(None, FlawKind::Full { most: MOST as u32 })]));
            }
            Ok(Entry { service, version: 0, retired: false, details: details.clone() })
        })
        .await
    }

    /// Changes the entry that had that version.
    pub async fn change(
        &self,
        service: ServiceId,
        based_on: u64,
        details: Details,
        by: By,
    ) -> Result<Entry, ServicesError> {
        let details = entry::checked(details).map_err(flawed)?;
        self.write_one(service, by, |read| {
            let entry = read.at(service, based_on)?;
            read.takes(service, &details)?;
            Ok(Entry { details: details.clone(), ..entry })
        })
        .await
    }

    /// Offers the entry that had that version no longer, or again.
    pub async fn retire(
        &self,
        service: ServiceId,
        based_on: u64,
        retired: bool,
        by: By,
    ) -> Result<Entry, ServicesError> {
        self.write_one(service, by, |read| Ok(Entry { retired, ..read.at(service, based_on)? })).await
    }

    /// Takes a table in, or only says what it would bring about. `fresh` makes the ids of new entries.
    pub async fn import(
        &self,
        text: &str,
        trial: bool,
        mut fresh: impl FnMut() -> Result<ServiceId, NoRandomness>,
        by: By,
    ) -> Result<Report, ServicesError> {
        let rows = checked_rows(text)?;
        for _ in 0..TRIES {
            let read = self.read().await?;
            let (report, entries) = read.merged(&rows, &mut fresh)?;
            if trial || entries.is_empty() {
                return Ok(report);
            }
            let did = Did::ImportedServices { entries: report.added + report.changed };
            if self.commit(&read, entries, did, by).await?.is_some() {
                return Ok(report);
            }
        }
        Err(always_late().into())
    }

    /// The entries that are offered, as a table.
    pub async fn export(&self) -> Result<String, NodeError> {
        let listed = self.list().await?;
        let offered = listed.entries.iter().filter(|entry| !entry.retired);
        Ok(table::write(offered.map(|entry| &entry.details)))
    }

    /// Writes the entry that `decide` makes of what is there. Returns it with its version.
    async fn write_one(
        &self,
        service: ServiceId,
        by: By,
        decide: impl Fn(&Read) -> Result<Entry, ServicesError>,
    ) -> Result<Entry, ServicesError> {
        for _ in 0..TRIES {
            let read = self.read().await?;
            let entry = decide(&read)?;
            if read.entries.get(&service) == Some(&entry) {
                return Ok(entry);
            }
            let written = self.commit(&read, vec![entry], Did::SetService { service }, by).await?;
            if let Some(entry) = written.and_then(|mut entries| entries.pop()) {
                return Ok(entry);
            }
        }
        Err(always_late().into())
    }

    /// Writes the entries as the next version. None when somebody else has made it meanwhile.
    async fn commit(
        &self,
        read: &Read,
        mut entries: Vec<Entry>,
        did: Did,
        by: By,
    ) -> Result<Option<Vec<Entry>>, NodeError> {
        let head = Head { version: read.head.version + 1 };
        let mut writes = vec![Write::Put { key: HEAD.to_owned(), value: records::encode(HEAD, &head)? }];
        for entry in &mut entries {
            entry.version = head.version;
            let key = format!("{ENTRIES}{}", entry.service);
            writes.push(Write::Put { value: records::encode(&key, entry)?, key });
        }
        let compares = vec![Compare { key: HEAD.to_owned(), revision: read.revision }];
        let act = Act { at: by.at, who: by.who, did, call: None };
        let outcome = audit::commit(self.ledger.as_ref(), Txn { compares, writes }, act).await?;
        Ok(matches!(outcome, Outcome::Committed { .. }).then_some(entries))
    }

    async fn read(&self) -> Result<Read, NodeError> {
        let (rows, _) = self.ledger.range(ALL).await?;
        let mut read = Read { head: Head::default(), revision: 0, entries: BTreeMap::new() };
        for row in &rows {
            if row.key == HEAD {
                read.head = records::decode(row)?;
                read.revision = row.revision;
            } else {
                let entry: Entry = records::decode(row)?;
                read.entries.insert(entry.service, entry);
            }
        }
        Ok(read)
    }
}

impl Read {
    /// The entry, if it is the one that was looked at.
    fn at(&self, service: ServiceId, based_on: u64) -> Result<Entry, ServicesError> {
        let entry = self.entries.get(&service).cloned().ok_or(ServicesError::Unknown)?;
        if entry.version == based_on { Ok(entry) } else { Err(ServicesError::Stale(Box::new(entry))) }
    }

    /// Whether the name is free for that entry.
    fn takes(&self, service: ServiceId, details: &Details) -> Result<(), ServicesError> {
        match self.named(&details.name) {
            Some(other) if other.service != service => {
                Err(flawed(vec![(Some(Field::Name), FlawKind::Taken)]))
            }
            _ => Ok(()),
        }
    }

    fn named(&self, name: &str) -> Option<&Entry> {
        let name = entry::folded(name);
        self.entries.values().find(|entry| entry::folded(&entry.details.name) == name)
    }

    /// What the rows bring about, and the entries that are to be written.
    fn merged(
        &self,
        rows: &[Details],
        fresh: &mut impl FnMut() -> Result<ServiceId, NoRandomness>,
    ) -> Result<(Report, Vec<Entry>), ServicesError> {
        let (mut report, mut entries) = (Report::default(), Vec::new());
        for details in rows {
            let details = details.clone();
            let entry = match self.named(&details.name) {
                Some(entry) if !entry.retired && entry.details == details => {
                    report.unchanged += 1;
                    continue;
                }
                Some(entry) => {
                    report.changed += 1;
                    Entry { retired: false, details, ..entry.clone() }
                }
                None => {
                    report.added += 1;
                    Entry { service: fresh()?, version: 0, retired: false, details }
                }
            };
            entries.push(entry);
        }
        if self.entries.len() + report.added as usize > MOST {
            return Err(flawed(vec![(None, FlawKind::Full { most: MOST as u32 })]));
        }
        Ok((report, entries))
    }
}

/// The entries of a table, each checked, none twice.
fn checked_rows(text: &str) -> Result<Vec<Details>, ServicesError> {
    let told = |mut flaws: Vec<Flaw>| {
        flaws.truncate(MOST_FLAWS);
        ServicesError::Flawed(flaws)
    };
    let rows = table::read(text).map_err(told)?;
    let (mut entries, mut flaws, mut names) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (row, details) in rows {
        let mut flaw = |(field, what)| flaws.push(Flaw { row: Some(row), field, what });
        match entry::checked(details) {
            Ok(details) => {
                if names.insert(entry::folded(&details.name), row).is_some() {
                    flaw((Some(Field::Name), FlawKind::Taken));
                }
                entries.push(details);
            }
            Err(found) => found.into_iter().for_each(flaw),
        }
    }
    if flaws.is_empty() { Ok(entries) } else { Err(told(flaws)) }
}

fn flawed(flaws: Vec<(Option<Field>, FlawKind)>) -> ServicesError {
    let flaws = flaws.into_iter().map(|(field, what)| Flaw { row: None, field, what });
    ServicesError::Flawed(flaws.collect())
}

fn always_late() -> NodeError {
    NodeError::BadRecord { key: HEAD.to_owned(), reason: "others are always first to write it".to_owned() }
}

#[cfg(test)]
mod tests;
