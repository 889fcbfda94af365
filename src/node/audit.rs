//! The audit: what members of staff and operators did, in order, so that nobody can alter, remove or reorder it unseen.
//!
//! Each entry holds the hash of the one before, and is written in the same transaction as what it tells of. It names people by
//! their staff id and calls by their id; never an address, never a contact detail, never what was said.

mod act;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

pub use self::act::{Account, Act, Did, DrillAct, FollowUpAct, TriageStep, Who};
use super::{NodeError, records};
use crate::store::{Compare, Ledger, Outcome, Txn, Write};

const ENTRIES: &str = "audit/";
/// The key of the record that names the last entry.
pub(super) const HEAD: &str = "audit-head";
/// How often another writer may be first before that counts as an error.
const TRIES: usize = 100;
/// Entries that are read at once, of those whose keys differ in the last two digits only.
const BLOCK: u64 = 0x100;
/// How many entries `last` looks at.
const LOOK_BACK: u64 = 16 * BLOCK;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash([u8; 32]);

/// An entry: an act and its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 without gaps.
    pub seq: u64,
    /// The act.
    pub act: Act,
    /// The hash of the entry before; zeros before the first.
    pub before: Hash,
    /// The hash of all this.
    pub hash: Hash,
}

/// The last entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Its number; 0 when there is none.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

/// What is wrong with an audit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A number is missing: an entry was removed, or put elsewhere.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// An entry is not what it was when it was written.
    #[error("entry {0} was altered")]
    Altered(u64),
    /// An entry does not follow the one before.
    #[error("entry {0} does not follow the one before it")]
    Unlinked(u64),
    /// An entry cannot be read.
    #[error("the record {0} cannot be read")]
    Unreadable(String),
    /// Entries were removed from the end, or added to it.
    #[error("the audit ends with entry {found}, but its head names entry {head}")]
    OtherEnd {
        /// The last entry.
        found: u64,
        /// The entry that the head names.
        head: u64,
    },
    /// The head that was written down elsewhere is not in this audit.
    #[error("entry {0} is not the one that was written down")]
    NotAsWrittenDown(u64),
}

impl Head {
    const NONE: Self = Self { seq: 0, hash: Hash([0; 32]) };

    fn next(self, act: Act) -> Result<Entry, NodeError> {
        let seq = self.seq + 1;
        let hash = hash(seq, &act, self.hash)?;
        Ok(Entry { seq, act, before: self.hash, hash })
    }
}

/// The end of the chain as a writer knows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chain {
    head: Head,
    revision: u64,
}

impl Chain {
    pub(super) async fn read(ledger: &dyn Ledger) -> Result<Self, NodeError> {
        match ledger.get(HEAD).await? {
            Some(entry) => Ok(Self { head: records::decode(&entry)?, revision: entry.revision }),
            None => Ok(Self { head: Head::NONE, revision: 0 }),
        }
    }

    /// Adds the acts to a transaction. Returns the chain as it is when that has committed, but for the revision.
    pub(super) fn extend(&self, txn: &mut Txn, acts: &[Act]) -> Result<Self, NodeError> {
        let mut head = self.head;
        for act in acts {
            let entry = head.next(act.clone())?;
            head = Head { seq: entry.seq, hash: entry.hash };
            let key = format!("{ENTRIES}{:016x}", entry.seq);
            let value = records::encode(&key, &entry)?;
            txn.writes.push(Write::Put { key, value });
        }
        if !acts.is_empty() {
            txn.compares.push(Compare { key: HEAD.to_owned(), revision: self.revision });
            txn.writes.push(Write::Put { key: HEAD.to_owned(), value: records::encode(HEAD, &head)? });
        }
        Ok(Self { head, revision: self.revision })
    }

    pub(super) fn at(self, revision: u64) -> Self {
        Self { revision, ..self }
    }

    pub(super) fn is_at(&self, other: &Self) -> bool {
        self.revision == other.revision
    }
}

/// Does a transaction and writes down who did what, together. A conflict is one of the transaction's own.
pub async fn commit(ledger: &dyn Ledger, txn: Txn, act: Act) -> Result<Outcome, NodeError> {
    for _ in 0..TRIES {
        let chain = Chain::read(ledger).await?;
        let mut audited = txn.clone();
        chain.extend(&mut audited, std::slice::from_ref(&act))?;
        if let committed @ Outcome::Committed { .. } = ledger.txn(audited).await? {
            return Ok(committed);
        }
        // Either the transaction may not happen, or somebody else has written into the audit meanwhile.
        for Compare { key, revision } in &txn.compares {
            if ledger.get(key).await?.map_or(0, |entry| entry.revision) != *revision {
                return Ok(Outcome::Conflict);
            }
        }
    }
    Err(NodeError::BadRecord {
        key: HEAD.to_owned(),
        reason: "others are always first to write it".to_owned(),
    })
}

/// The last acts of those that `wanted` picks, newest first: at most `most`, out of the last `LOOK_BACK` entries or some more.
pub(super) async fn last(
    ledger: &dyn Ledger,
    most: usize,
    wanted: impl Fn(&Act) -> bool,
) -> Result<Vec<Act>, NodeError> {
    let end = Chain::read(ledger).await?.head.seq;
    let mut acts = Vec::new();
    let blocks = (0..=end / BLOCK).rev().take_while(|block| end - block * BLOCK <= LOOK_BACK);
    for block in blocks {
        // The keys of a block have all digits but the last two in common.
        let (rows, _) = ledger.range(&format!("{ENTRIES}{block:014x}")).await?;
        for row in rows.iter().rev() {
            let entry: Entry = records::decode(row)?;
            if wanted(&entry.act) {
                acts.push(entry.act);
                if acts.len() == most {
                    return Ok(acts);
                }
            }
        }
    }
    Ok(acts)
}

/// Every entry, in order, and what is wrong with the audit if something is. `written_down` is a head that was printed before
/// and kept elsewhere: only that finds entries that were removed from the end together with the head.
pub async fn verify(
    ledger: Arc<dyn Ledger>,
    written_down: Option<Head>,
) -> Result<(Vec<Entry>, Head, Option<Flaw>), NodeError> {
    let (rows, _) = ledger.range(ENTRIES).await?;
    let named = Chain::read(ledger.as_ref()).await?.head;
    let (mut entries, mut head) = (Vec::with_capacity(rows.len()), Head::NONE);
    for row in &rows {
        let Ok(entry) = records::decode::<Entry>(row) else {
            return Ok((entries, head, Some(Flaw::Unreadable(row.key.clone()))));
        };
        let expected = head.seq + 1;
        let flaw = if row.key != format!("{ENTRIES}{:016x}", entry.seq) || entry.seq != expected {
            Some(Flaw::Missing(expected))
        } else if hash(entry.seq, &entry.act, entry.before)? != entry.hash {
            Some(Flaw::Altered(entry.seq))
        } else if entry.before != head.hash {
            Some(Flaw::Unlinked(entry.seq))
        } else if written_down.is_some_and(|kept| kept.seq == entry.seq && kept.hash != entry.hash) {
            Some(Flaw::NotAsWrittenDown(entry.seq))
        } else {
            None
        };
        if flaw.is_some() {
            return Ok((entries, head, flaw));
        }
        head = Head { seq: entry.seq, hash: entry.hash };
        entries.push(entry);
    }
    let flaw = if named != head {
        Some(Flaw::OtherEnd { found: head.seq, head: named.seq })
    } else {
        written_down.filter(|kept| kept.seq > head.seq).map(|kept| Flaw::NotAsWrittenDown(kept.seq))
    };
    Ok((entries, head, flaw))
}

fn hash(seq: u64, act: &Act, before: Hash) -> Result<Hash, NodeError> {
    let act = records::encode(ENTRIES, act)?;
    let mut hasher = Sha256::new();
    hasher.update(b"quietline audit v1\0");
    hasher.update(seq.to_be_bytes());
    hasher.update(before.0);
    hasher.update(act);
    Ok(Hash(hasher.finalize().into()))
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl std::str::FromStr for Head {
    type Err = InvalidHead;

    fn from_str(text: &str) -> Result<Self, InvalidHead> {
        let (seq, hash) = text.split_once(':').ok_or(InvalidHead)?;
        Ok(Self { seq: seq.parse().map_err(|_| InvalidHead)?, hash: hash.parse()? })
    }
}

/// A text that is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the head of an audit is a number, a colon and 64 hex digits")]
pub struct InvalidHead;

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl std::str::FromStr for Hash {
    type Err = InvalidHead;

    fn from_str(text: &str) -> Result<Self, InvalidHead> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(InvalidHead);
        }
        for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| InvalidHead)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
