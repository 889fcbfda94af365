//! Exact answers out of a ledger whose answers can be lost, late, or old.
//!
//! An engine across a network may do a transaction and lose the answer, and a replica of it may answer a read with what was. `Steady`
//! makes of it what the contract asks for: each of its transactions sets a marker of its own by comparison with the marker
//! before, so that after a lost answer a look at the marker tells whether it was done, and doing it again cannot do it twice. A
//! read is confirmed by a transaction that changes nothing. Its transactions follow one another; use one for each writer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, mpsc};

use super::{Change, Compare, Entry, Ledger, Outcome, StoreError, Txn, Write};

/// How often something is asked again before the ledger counts as failed.
const TRIES: usize = 32;

/// A ledger over one whose answers can be lost or old.
pub struct Steady {
    shared: Arc<Shared>,
}

struct Shared {
    inner: Arc<dyn Ledger>,
    /// The key of the marker.
    key: String,
    /// The marker's revision as far as it is known.
    known: Mutex<Option<u64>>,
    number: AtomicU64,
    /// Drawn afresh for each writer: two of them never write the same marker.
    writer: [u8; 16],
}

impl Steady {
    /// Over `inner`. `name` names the marker's record and `writer` is fresh and random: no two that write at once have the same of
    /// either.
    pub fn new(inner: Arc<dyn Ledger>, name: &str, writer: [u8; 16]) -> Self {
        let (key, number) = (format!("{MARKERS}{name}"), AtomicU64::new(0));
        Self { shared: Arc::new(Shared { inner, key, known: Mutex::new(None), number, writer }) }
    }
}

/// Before the name in a marker's key.
const MARKERS: &str = "\u{1}marker/";

impl Shared {
    /// The record as it is now.
    async fn fresh(&self, key: &str) -> Result<Option<Entry>, StoreError> {
        let mut last = StoreError::Unknown;
        for _ in 0..TRIES {
            let entry = match self.inner.get(key).await {
                Ok(entry) => entry,
                Err(error) if is_unknown(&error) => {
                    last = error;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let revision = entry.as_ref().map_or(0, |entry| entry.revision);
            let same = Txn { compares: vec![Compare { key: key.to_owned(), revision }], writes: Vec::new() };
            match self.inner.txn(same).await {
                Ok(Outcome::Committed { .. }) => return Ok(entry),
                Ok(Outcome::Conflict) => {}
                Err(error) if is_unknown(&error) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// The ledger's revision, or an earlier one that was so after this was asked.
    async fn present(&self) -> Result<u64, StoreError> {
        let mut last = StoreError::Unknown;
        for _ in 0..TRIES {
            match self.inner.txn(Txn::default()).await {
                Ok(Outcome::Committed { revision }) => return Ok(revision),
                Ok(Outcome::Conflict) => {}
                Err(error) if is_unknown(&error) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn range(&self, prefix: &str) -> Result<(Vec<Entry>, u64), StoreError> {
        let mut last = StoreError::Unknown;
        for _ in 0..TRIES {
            let present = self.present().await?;
            match self.inner.range(prefix).await {
                Ok((mut entries, revision)) if revision >= present => {
                    entries.retain(|entry| !entry.key.starts_with(MARKERS));
                    return Ok((entries, revision));
                }
                Ok(_) => {}
                Err(error) if is_unknown(&error) => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    async fn txn(&self, txn: Txn) -> Result<Outcome, StoreError> {
        if txn.writes.is_empty() {
            return self.confirm(txn).await;
        }
        let mut known = self.known.lock().await;
        let mut revision = match *known {
            Some(revision) => revision,
            None => self.fresh(&self.key).await?.map_or(0, |entry| entry.revision),
        };
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let value = [self.writer.as_slice(), &number.to_be_bytes()].concat();
        let marker = Write::Put { key: self.key.clone(), value: value.clone() };
        let mut last = StoreError::Unknown;
        // Until it is known how it came out, so is the marker.
        *known = None;
        for _ in 0..TRIES {
            let mut marked = txn.clone();
            marked.compares.push(Compare { key: self.key.clone(), revision });
            marked.writes.push(marker.clone());
            match self.inner.txn(marked).await {
                Ok(Outcome::Committed { revision }) => {
                    *known = Some(revision);
                    return Ok(Outcome::Committed { revision });
                }
                Ok(Outcome::Conflict) => {}
                Err(error) if is_unknown(&error) => last = error,
                Err(error) => return Err(error),
            }
            let entry = self.fresh(&self.key).await?;
            let now = entry.as_ref().map_or(0, |entry| entry.revision);
            if entry.is_some_and(|entry| entry.value == value) {
                *known = Some(now);
                return Ok(Outcome::Committed { revision: now });
            }
            if now == revision
                && self.confirm(Txn { writes: Vec::new(), ..txn.clone() }).await? == Outcome::Conflict
            {
                *known = Some(now);
                return Ok(Outcome::Conflict);
            }
            revision = now;
        }
        Err(last)
    }

    /// Whether all compares hold.
    async fn confirm(&self, txn: Txn) -> Result<Outcome, StoreError> {
        let mut last = StoreError::Unknown;
        for _ in 0..TRIES {
            match self.inner.txn(txn.clone()).await {
                Err(error) if is_unknown(&error) => last = error,
                outcome => return outcome,
            }
        }
        Err(last)
    }

    async fn lease(&self, compare: Compare, value: Vec<u8>, ttl: Duration) -> Result<Outcome, StoreError> {
        let mut unknown = false;
        let mut last = StoreError::Unknown;
        for _ in 0..TRIES {
            match self.inner.lease(compare.clone(), value.clone(), ttl).await {
                Err(error) if is_unknown(&error) => (unknown, last) = (true, error),
                // Perhaps one of ours, whose answer was lost.
                Ok(Outcome::Conflict) if unknown => {
                    let entry = self.fresh(&compare.key).await?;
                    let ours =
                        entry.filter(|entry| entry.value == value && entry.revision > compare.revision);
                    return Ok(ours
                        .map_or(Outcome::Conflict, |entry| Outcome::Committed { revision: entry.revision }));
                }
                outcome => return outcome,
            }
        }
        Err(last)
    }
}

/// Whether asking again is right.
fn is_unknown(error: &StoreError) -> bool {
    matches!(error, StoreError::Unknown)
}

impl Ledger for Steady {
    fn get(&self, key: &str) -> BoxFuture<'static, Result<Option<Entry>, StoreError>> {
        let (shared, key) = (Arc::clone(&self.shared), key.to_owned());
        Box::pin(async move { shared.fresh(&key).await })
    }

    fn range(&self, prefix: &str) -> BoxFuture<'static, Result<(Vec<Entry>, u64), StoreError>> {
        let (shared, prefix) = (Arc::clone(&self.shared), prefix.to_owned());
        Box::pin(async move { shared.range(&prefix).await })
    }

    fn txn(&self, txn: Txn) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.txn(txn).await })
    }

    fn lease(
        &self,
        compare: Compare,
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.lease(compare, value, ttl).await })
    }

    fn watch(
        &self,
        prefix: &str,
        after: u64,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Change>, StoreError>> {
        self.shared.inner.watch(prefix, after)
    }
}
