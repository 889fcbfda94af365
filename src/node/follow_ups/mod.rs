//! The follow-ups in the ledger: found by the hash of a code, listed for staff, settled, deleted, and gone in time.
//!
//! Of an anonymous caller nothing is kept but a time and an Argon2id hash. Read from the ledger each time. The node's task
//! books (with the call, in one transaction) and writes down when a code was used; all else is done here.
pub(super) mod contacts;
mod hash;
pub(super) mod hours;

use std::{collections::BTreeSet, convert::Infallible, fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::sync::{Mutex, oneshot, watch};

pub(super) use self::hash::CodeHash;
pub use self::{contacts::OfferedKey, hash::HashWork};
use self::{
    contacts::{Contact, contact_key},
    hash::Hasher,
};
use super::{
    Clock, NoRandomness, NodeError, Random,
    audit::{self, Act, Did, FollowUpAct, Who},
    records,
};
use crate::{
    core::{
        follow_up::{
            Booked, FollowUpRules, Outcome, Standing,
            code::{self, Code, Typed},
        },
        ids::{DeviceId, FollowUpId, StaffId},
        time::Timestamp,
    },
    proto::{ErrorCode, ProtocolError},
    store::{Compare, Entry, Ledger, Outcome as Written, StoreError, Txn, Write},
};

/// How often what is too old is looked for.
const PURGE: Duration = Duration::from_secs(600);
/// How often those that are overdue are counted; a change that is made here is counted at once.
const COUNT: Duration = Duration::from_secs(30);
/// How often another writer may be first.
const TRIES: usize = 10;

const RECORDS: &str = "follow-up/";
const CODES: &str = "follow-up-code/";
const USED: &str = "follow-up-used/";
const SALT: &str = "follow-up-salt";

/// What can be set about follow-ups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FollowUpConfig {
    /// Times.
    pub rules: FollowUpRules,
    /// What a hash costs. Codes that were booked with another cost are not found.
    pub work: HashWork,
}

/// Why it was refused.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    /// No such follow-up, or not this person's.
    #[error("this follow-up is not known, or is kept no longer")]
    Unknown,
    /// Not of the form that a console makes.
    #[error("this contact detail is not of the form that is kept")]
    Malformed,
    /// Too many codes at once.
    #[error("codes cannot be looked at just now")]
    Busy,
    /// Argon2 failed.
    #[error("a code could not be hashed: {0}")]
    Hash(String),
    /// The ledger failed, or holds what cannot be read.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl From<StoreError> for FollowUpError {
    fn from(error: StoreError) -> Self {
        Self::Node(error.into())
    }
}

impl FollowUpError {
    /// What a client is told.
    pub fn refusal(&self) -> ProtocolError {
        match self {
            Self::Unknown => ErrorCode::UnknownCode.because(self.to_string()),
            Self::Malformed => ErrorCode::Malformed.because(self.to_string()),
            Self::Busy => ErrorCode::Busy.because(self.to_string()),
            Self::Hash(_) | Self::Node(_) | Self::Random(_) => {
                tracing::error!(error = %self, "a follow-up cannot be read or written");
                ErrorCode::Internal.because("the server could not read or write this follow-up")
            }
        }
    }
}

/// A follow-up as the ledger keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) id: FollowUpId,
    /// Who booked it.
    pub(super) by: StaffId,
    pub(super) at: Timestamp,
    pub(super) booked: Timestamp,
    /// The hash of its code.
    pub(super) code: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<Outcome>,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("id", &self.id).field("at", &self.at).finish_non_exhaustive()
    }
}

/// One of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub id: FollowUpId,
    /// Who booked it.
    pub by: StaffId,
    /// For when.
    pub at: Timestamp,
    /// When it was booked.
    pub booked: Timestamp,
    /// From when on nothing of it is kept.
    pub gone: Timestamp,
    /// Where it stands.
    pub standing: Standing,
    /// Whether the caller has come back by the code and was answered.
    pub came: bool,
    /// The devices at which its contact detail can be read; none where there is no detail.
    pub readers: Option<Vec<DeviceId>>,
}

/// What somebody does with one.
#[derive(Debug, Clone, Copy)]
enum Change {
    Settle(Option<Outcome>),
    Remove,
}

/// Whose follow-ups somebody sees to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those that this person booked.
    Of(StaffId),
    /// All.
    All,
}

impl Whose {
    fn includes(self, record: &Record) -> bool {
        match self {
            Self::Of(staff) => record.by == staff,
            Self::All => true,
        }
    }
}

/// The follow-ups of a ledger. Cheap to clone.
#[derive(Clone)]
pub struct FollowUps {
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    rules: FollowUpRules,
    hasher: Hasher,
    /// What makes this service's hashes its own, once it has been read.
    salt: Arc<Mutex<Option<[u8; 16]>>>,
    /// How many are overdue, once they have been counted.
    overdue: watch::Sender<Option<u32>>,
}

impl FollowUps {
    pub(super) fn new(
        ledger: Arc<dyn Ledger>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        config: FollowUpConfig,
    ) -> Self {
        let FollowUpConfig { rules, work } = config;
        let (hasher, overdue) = (Hasher::new(work), watch::Sender::new(None));
        Self { ledger, clock, random, rules, hasher, salt: Arc::default(), overdue }
    }

    /// Draws a code.
    pub(super) async fn draw(&self) -> Result<(Code, CodeHash), FollowUpError> {
        let mut bytes = [0; 2 * code::LENGTH];
        self.random.fill(&mut bytes)?;
        let code = Code::from_random(bytes);
        let hash = self.hash(code.typed()).await?;
        Ok((code, hash))
    }

    /// The follow-up of a code that can still be used. The same is done, and takes as long, whatever was typed.
    pub(super) async fn find(&self, typed: Typed) -> Result<Option<Booked>, FollowUpError> {
        let hash = self.hash(typed).await?;
        let named: Option<FollowUpId> = self.read(&code_key(hash.as_str())).await?;
        let id = named.unwrap_or(FollowUpId::from_random([0; 16]));
        let record: Option<Record> = self.read(&record_key(id)).await?;
        let used = self.ledger.get(&used_key(id)).await?.is_some();
        let now = self.clock.now();
        let holds = |record: &Record| {
            !used && record.outcome != Some(Outcome::Done) && now < self.rules.gone_at(record.at)
        };
        Ok(record.filter(holds).map(|record| Booked { follow_up: id, staff: record.by }))
    }

    /// Deletes the follow-up of a code, if there is one: nobody is told whether.
    pub(super) async fn forget(&self, typed: Typed) -> Result<(), FollowUpError> {
        let hash = self.hash(typed).await?;
        let named: Option<FollowUpId> = self.read(&code_key(hash.as_str())).await?;
        let id = named.unwrap_or(FollowUpId::from_random([0; 16]));
        for _ in 0..TRIES {
            let Some((record, came, compares)) = self.one(id).await? else { return Ok(()) };
            let outcome = effective(record.outcome, came);
            let mut txn = Txn { compares, writes: deletion(&record) };
            // What is gone and only not purged yet counts as it did.
            if self.clock.now() < self.rules.gone_at(record.at) {
                hours::deleted(self.ledger.as_ref(), record.at, outcome, &mut txn).await?;
            }
            if let Written::Committed { .. } = self.ledger.txn(txn).await? {
                self.count().await;
                return Ok(());
            }
        }
        Err(FollowUpError::Busy)
    }

    /// Those that somebody sees to: what is overdue or due first, each in the order of time.
    pub async fn list(&self, whose: Whose) -> Result<Vec<Listed>, FollowUpError> {
        let now = self.clock.now();
        let (used, mut readers) = (self.used().await?, self.readers().await?);
        let mut listed: Vec<Listed> = self
            .records()
            .await?
            .into_iter()
            .filter(|(record, _)| whose.includes(record) && now < self.rules.gone_at(record.at))
            .map(|(record, _)| {
                self.listed(&record, used.contains(&record.id), readers.remove(&record.id), now)
            })
            .collect();
        listed.sort_by_key(|listed| (listed.standing, listed.at, listed.id));
        Ok(listed)
    }

    /// Writes down what came of one; none when it is still to be seen to.
    pub async fn settle(
        &self,
        id: FollowUpId,
        outcome: Option<Outcome>,
        whose: Whose,
        by: Who,
    ) -> Result<(), FollowUpError> {
        self.change(id, whose, by, Change::Settle(outcome)).await
    }

    /// Deletes one with everything that is kept of it.
    pub async fn remove(&self, id: FollowUpId, whose: Whose, by: Who) -> Result<(), FollowUpError> {
        self.change(id, whose, by, Change::Remove).await
    }

    /// Deletes all whose time is long over. How many.
    pub async fn purge(&self) -> Result<usize, FollowUpError> {
        let now = self.clock.now();
        let mut gone = 0;
        // Read first: whatever is used after this was not deleted before the records are read.
        let used = self.used().await?;
        let mut kept = BTreeSet::new();
        for (record, revision) in self.records().await? {
            if now < self.rules.gone_at(record.at) {
                kept.insert(record.id);
                continue;
            }
            let compares = vec![Compare { key: record_key(record.id), revision }];
            // Whoever has changed it meanwhile is looked at again next time.
            self.ledger.txn(Txn { compares, writes: deletion(&record) }).await?;
            gone += 1;
        }
        // Used after it was deleted: nothing else of it is left.
        let orphans = used.into_iter().filter(|id| !kept.contains(id));
        let writes: Vec<Write> = orphans.map(|id| Write::Delete { key: used_key(id) }).collect();
        if !writes.is_empty() {
            self.ledger.txn(Txn { compares: Vec::new(), writes }).await?;
        }
        Ok(gone)
    }

    /// Until when an hour must be over so that what was promised for it, and of which nothing has come, is overdue.
    pub fn overdue_until(&self, now: Timestamp) -> Timestamp {
        now.before(self.rules.grace)
    }

    /// How many are overdue; none until they have been counted.
    pub(super) fn overdue(&self) -> watch::Receiver<Option<u32>> {
        self.overdue.subscribe()
    }

    /// Counts those that are overdue.
    pub(super) async fn count(&self) {
        match self.list(Whose::All).await {
            Ok(listed) => {
                let overdue = listed.iter().filter(|listed| listed.standing == Standing::Overdue).count();
                self.overdue.send_replace(Some(u32::try_from(overdue).unwrap_or(u32::MAX)));
            }
            Err(error) => tracing::error!(%error, "the follow-ups that are overdue cannot be counted"),
        }
    }

    /// Purges now and every ten minutes, and counts what is overdue, until the node is done.
    pub(super) async fn keep_until(self, mut done: oneshot::Receiver<Infallible>) {
        let mut purge_at = self.clock.now();
        loop {
            let now = self.clock.now();
            if purge_at <= now {
                purge_at = now + PURGE;
                match self.purge().await {
                    Ok(0) => {}
                    Ok(gone) => tracing::info!(gone, "follow-ups are kept no longer"),
                    Err(error) => tracing::error!(%error, "follow-ups whose time is over are still there"),
                }
            }
            self.count().await;
            tokio::select! {
                () = self.clock.until(now + COUNT) => {}
                _ = &mut done => return,
            }
        }
    }

    /// Changes one of that person's, and writes down who did.
    async fn change(
        &self,
        id: FollowUpId,
        whose: Whose,
        by: Who,
        change: Change,
    ) -> Result<(), FollowUpError> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let (record, came, compares) = self.one(id).await?.ok_or(FollowUpError::Unknown)?;
            if !whose.includes(&record) || now >= self.rules.gone_at(record.at) {
                return Err(FollowUpError::Unknown);
            }
            let (ledger, at, before) = (self.ledger.as_ref(), record.at, effective(record.outcome, came));
            let mut txn = Txn { compares, writes: Vec::new() };
            let what = match change {
                Change::Settle(outcome) => {
                    txn.writes = settling(&Record { outcome, ..record })?;
                    hours::settled(ledger, at, (before, effective(outcome, came)), &mut txn).await?;
                    FollowUpAct::Settled
                }
                Change::Remove => {
                    txn.writes = deletion(&record);
                    hours::deleted(ledger, at, before, &mut txn).await?;
                    FollowUpAct::Removed
                }
            };
            let act = Act { at: now, who: by, did: Did::FollowUp { what, follow_up: id }, call: None };
            if let Written::Committed { .. } = audit::commit(self.ledger.as_ref(), txn, act).await? {
                self.count().await;
                return Ok(());
            }
        }
        Err(FollowUpError::Busy)
    }

    /// One, whether its code was used, and what must not change for that to stay so.
    async fn one(&self, id: FollowUpId) -> Result<Option<(Record, bool, Vec<Compare>)>, FollowUpError> {
        let (Some(entry), used) =
            (self.ledger.get(&record_key(id)).await?, self.ledger.get(&used_key(id)).await?)
        else {
            return Ok(None);
        };
        let record: Record = records::decode(&entry)?;
        let came = used.is_some();
        let used = Compare { key: used_key(id), revision: used.map_or(0, |used| used.revision) };
        let compares = vec![Compare { key: entry.key, revision: entry.revision }, used];
        Ok(Some((record, came, compares)))
    }

    fn listed(&self, record: &Record, came: bool, readers: Option<Vec<DeviceId>>, now: Timestamp) -> Listed {
        let Record { id, by, at, booked, outcome, .. } = *record;
        let outcome = effective(outcome, came);
        let (standing, gone) = (self.rules.standing(at, outcome, now), self.rules.gone_at(at));
        Listed { id, by, at, booked, gone, standing, came, readers }
    }

    async fn hash(&self, typed: Typed) -> Result<CodeHash, FollowUpError> {
        self.hasher.hash(self.salt().await?, typed).await
    }

    /// The salt of this ledger, drawn when it is first needed. It is one for all codes, so that a code is found by its hash.
    async fn salt(&self) -> Result<[u8; 16], FollowUpError> {
        let mut known = self.salt.lock().await;
        loop {
            if let Some(salt) = *known {
                return Ok(salt);
            }
            *known = self.read(SALT).await?;
            if known.is_none() {
                let mut fresh = [0; 16];
                self.random.fill(&mut fresh)?;
                let write = Write::Put { key: SALT.to_owned(), value: records::encode(SALT, &fresh)? };
                let compares = vec![Compare { key: SALT.to_owned(), revision: 0 }];
                // Whether this one or another was first, it is read back.
                self.ledger.txn(Txn { compares, writes: vec![write] }).await?;
            }
        }
    }

    async fn read<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, FollowUpError> {
        let entry = self.ledger.get(key).await?;
        Ok(entry.map(|entry| records::decode(&entry)).transpose()?)
    }

    async fn records(&self) -> Result<Vec<(Record, u64)>, FollowUpError> {
        let (entries, _) = self.ledger.range(RECORDS).await?;
        let read = |entry: &Entry| Ok((records::decode(entry)?, entry.revision));
        Ok(entries.iter().map(read).collect::<Result<_, NodeError>>()?)
    }

    /// Those whose code was used.
    async fn used(&self) -> Result<BTreeSet<FollowUpId>, FollowUpError> {
        let (entries, _) = self.ledger.range(USED).await?;
        Ok(entries.iter().filter_map(|entry| entry.key.strip_prefix(USED)?.parse().ok()).collect())
    }
}

/// What booking one writes.
pub(super) fn booking(record: &Record, contact: Option<&Contact>) -> Result<Vec<Write>, NodeError> {
    let (key, code) = (record_key(record.id), code_key(&record.code));
    let (value, named) = (records::encode(&key, record)?, records::encode(&code, &record.id)?);
    let mut writes = vec![Write::Put { key, value }, Write::Put { key: code, value: named }];
    if let Some(contact) = contact {
        let key = contact_key(record.id);
        let value = records::encode(&key, contact)?;
        writes.push(Write::Put { key, value });
    }
    Ok(writes)
}

/// What writing down what came of one writes.
fn settling(record: &Record) -> Result<Vec<Write>, NodeError> {
    let key = record_key(record.id);
    let value = records::encode(&key, record)?;
    // What is done needs nobody to be reached any more.
    let over = (record.outcome == Some(Outcome::Done)).then(|| Write::Delete { key: contact_key(record.id) });
    Ok([Write::Put { key, value }].into_iter().chain(over).collect())
}

/// Whatever is said of it, the two have talked when the caller came back.
fn effective(said: Option<Outcome>, came: bool) -> Option<Outcome> {
    if came { Some(Outcome::Done) } else { said }
}

fn deletion(record: &Record) -> Vec<Write> {
    let id = record.id;
    let keys = [record_key(id), code_key(&record.code), used_key(id), contact_key(id)];
    keys.into_iter().map(|key| Write::Delete { key }).collect()
}

fn record_key(id: FollowUpId) -> String {
    format!("{RECORDS}{id}")
}

fn code_key(hash: &str) -> String {
    format!("{CODES}{hash}")
}

fn used_key(id: FollowUpId) -> String {
    format!("{USED}{id}")
}
