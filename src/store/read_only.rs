//! A ledger that can be read and watched, and not written: whoever holds only this changes nothing, whatever it is asked.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::{Change, Compare, Entry, Ledger, Outcome, StoreError, Txn};

/// A ledger of which only the reading half is given away.
pub struct ReadOnly(Arc<dyn Ledger>);

impl ReadOnly {
    /// The reading half of that ledger.
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self(ledger)
    }
}

impl Ledger for ReadOnly {
    fn get(&self, key: &str) -> BoxFuture<'static, Result<Option<Entry>, StoreError>> {
        self.0.get(key)
    }

    fn range(&self, prefix: &str) -> BoxFuture<'static, Result<(Vec<Entry>, u64), StoreError>> {
        self.0.range(prefix)
    }

    fn txn(&self, _txn: Txn) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        Box::pin(async { Err(StoreError::ReadOnly) })
    }

    fn lease(
        &self,
        _compare: Compare,
        _value: Vec<u8>,
        _ttl: Duration,
    ) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        Box::pin(async { Err(StoreError::ReadOnly) })
    }

    fn watch(
        &self,
        prefix: &str,
        after: u64,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Change>, StoreError>> {
        self.0.watch(prefix, after)
    }
}
