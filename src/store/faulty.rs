//! A ledger that does to whoever uses it what a network does: it loses answers, does things twice, answers with what was, and
//! takes its time. All of it by a seed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::sync::mpsc;

use super::{Change, Compare, Entry, Ledger, Outcome, StoreError, Txn};

/// A ledger with faults.
pub struct FaultyStore {
    inner: Arc<dyn Ledger>,
    state: Arc<Mutex<State>>,
}

struct State {
    random: u64,
    /// How many of a hundred requests go wrong, in each way.
    percent: u64,
    gets: HashMap<String, Option<Entry>>,
    ranges: HashMap<String, (Vec<Entry>, u64)>,
    faults: usize,
}

impl FaultyStore {
    /// Over `inner`; of a hundred requests `percent` go wrong in each way.
    pub fn new(inner: Arc<dyn Ledger>, seed: u64, percent: u64) -> Self {
        let state = State { random: seed, percent, gets: HashMap::new(), ranges: HashMap::new(), faults: 0 };
        Self { inner, state: Arc::new(Mutex::new(state)) }
    }

    /// How often something went wrong so far.
    pub fn faults(&self) -> usize {
        self.state.lock().unwrap().faults
    }
}

impl State {
    /// SplitMix64.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.random;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn goes_wrong(&mut self) -> bool {
        let wrong = self.draw() % 100 < self.percent;
        self.faults += usize::from(wrong);
        wrong
    }
}

async fn delay(state: &Mutex<State>) {
    let yields = {
        let mut state = state.lock().unwrap();
        if state.goes_wrong() { state.draw() % 20 } else { 0 }
    };
    for _ in 0..yields {
        tokio::task::yield_now().await;
    }
}

impl Ledger for FaultyStore {
    fn get(&self, key: &str) -> BoxFuture<'static, Result<Option<Entry>, StoreError>> {
        let (inner, state, key) = (Arc::clone(&self.inner), Arc::clone(&self.state), key.to_owned());
        Box::pin(async move {
            delay(&state).await;
            let fresh = inner.get(&key).await?;
            let mut state = state.lock().unwrap();
            let old = state.gets.insert(key, fresh.clone());
            if state.goes_wrong() {
                return Err(StoreError::Unknown);
            }
            Ok(match old {
                Some(old) if state.goes_wrong() => old,
                _ => fresh,
            })
        })
    }

    fn range(&self, prefix: &str) -> BoxFuture<'static, Result<(Vec<Entry>, u64), StoreError>> {
        let (inner, state, prefix) = (Arc::clone(&self.inner), Arc::clone(&self.state), prefix.to_owned());
        Box::pin(async move {
            delay(&state).await;
            let fresh = inner.range(&prefix).await?;
            let mut state = state.lock().unwrap();
            let old = state.ranges.insert(prefix, fresh.clone());
            if state.goes_wrong() {
                return Err(StoreError::Unknown);
            }
            Ok(match old {
                Some(old) if state.goes_wrong() => old,
                _ => fresh,
            })
        })
    }

    fn txn(&self, txn: Txn) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        let (inner, state) = (Arc::clone(&self.inner), Arc::clone(&self.state));
        Box::pin(async move {
            delay(&state).await;
            let (never_came, twice, unanswered) = {
                let mut state = state.lock().unwrap();
                (state.goes_wrong(), state.goes_wrong(), state.goes_wrong())
            };
            if never_came {
                return Err(StoreError::Unknown);
            }
            let outcome = inner.txn(txn.clone()).await?;
            // Without a comparison nothing tells the second from the first: no such request is made across a network.
            if twice && !txn.compares.is_empty() {
                inner.txn(txn).await?;
            }
            if unanswered { Err(StoreError::Unknown) } else { Ok(outcome) }
        })
    }

    fn lease(
        &self,
        compare: Compare,
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        let (inner, state) = (Arc::clone(&self.inner), Arc::clone(&self.state));
        Box::pin(async move {
            delay(&state).await;
            let outcome = inner.lease(compare, value, ttl).await?;
            if state.lock().unwrap().goes_wrong() { Err(StoreError::Unknown) } else { Ok(outcome) }
        })
    }

    fn watch(
        &self,
        prefix: &str,
        after: u64,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Change>, StoreError>> {
        self.inner.watch(prefix, after)
    }
}
