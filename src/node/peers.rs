//! Who is connected, and what each was told last.

use std::{collections::HashMap, hash::Hash};

use tokio::sync::mpsc::{self, error::TrySendError};

/// The connections of one side. `C` names a connection, `K` the call or device that it speaks for, `M` is what it is told,
/// `S` what it was told last of its state.
pub(super) struct Peers<C, K, M, S> {
    conns: HashMap<C, Peer<K, M, S>>,
    holders: HashMap<K, C>,
    /// Connections that did not take what they were told, and whether they were too slow.
    broken: HashMap<C, bool>,
}

struct Peer<K, M, S> {
    key: Option<K>,
    outbox: mpsc::Sender<M>,
    last: Option<S>,
}

impl<C: Copy + Eq + Hash, K: Copy + Eq + Hash, M, S: PartialEq> Peers<C, K, M, S> {
    pub(super) fn new() -> Self {
        Self { conns: HashMap::new(), holders: HashMap::new(), broken: HashMap::new() }
    }

    /// Adds a connection that speaks for nothing yet.
    pub(super) fn add(&mut self, conn: C, outbox: mpsc::Sender<M>) {
        self.conns.insert(conn, Peer { key: None, outbox, last: None });
    }

    /// Lets a connection speak for `key`; returns the connection that did so until now.
    pub(super) fn hold(&mut self, conn: C, key: K) -> Option<C> {
        let peer = self.conns.get_mut(&conn)?;
        if let Some(old) = peer.key.replace(key) {
            self.holders.remove(&old);
        }
        peer.last = None;
        self.holders.insert(key, conn).filter(|old| *old != conn)
    }

    /// Takes it back that a connection speaks for `key`.
    pub(super) fn release(&mut self, key: K) {
        if let Some(peer) = self.holders.remove(&key).and_then(|conn| self.conns.get_mut(&conn)) {
            peer.key = None;
        }
    }

    /// Removes a connection; its outbox ends after what is in it. Returns what it spoke for, if it still did.
    pub(super) fn remove(&mut self, conn: C) -> Option<K> {
        let key = self.conns.remove(&conn)?.key?;
        (self.holders.get(&key) == Some(&conn)).then(|| {
            self.holders.remove(&key);
            key
        })
    }

    pub(super) fn contains(&self, conn: C) -> bool {
        self.conns.contains_key(&conn)
    }

    /// What that connection speaks for.
    pub(super) fn key(&self, conn: C) -> Option<K> {
        self.conns.get(&conn)?.key
    }

    /// The connection that speaks for `key`.
    pub(super) fn holder(&self, key: K) -> Option<C> {
        self.holders.get(&key).copied()
    }

    /// What that connection was told last of its state.
    pub(super) fn last(&self, conn: C) -> Option<&S> {
        self.conns.get(&conn)?.last.as_ref()
    }

    /// Every connection that speaks for something.
    pub(super) fn held(&self) -> Vec<(K, C)> {
        self.holders.iter().map(|(key, conn)| (*key, *conn)).collect()
    }

    /// Every connection.
    pub(super) fn all(&self) -> Vec<C> {
        self.conns.keys().copied().collect()
    }

    /// Tells a connection something. One whose outbox is full, or that is gone, is counted as broken.
    pub(super) fn tell(&mut self, conn: C, message: M) {
        let Some(peer) = self.conns.get(&conn) else { return };
        if let Err(error) = peer.outbox.try_send(message) {
            self.broken.entry(conn).or_insert(matches!(error, TrySendError::Full(_)));
        }
    }

    /// The connections that did not take what they were told, and whether they were too slow.
    pub(super) fn take_broken(&mut self) -> Vec<(C, bool)> {
        self.broken.drain().collect()
    }

    /// Tells a connection its state, unless it was told the same last. Whether it was not.
    pub(super) fn tell_state(&mut self, conn: C, state: S, message: impl FnOnce(&S) -> M) -> bool {
        let Some(peer) = self.conns.get_mut(&conn) else { return false };
        if peer.last.as_ref() == Some(&state) {
            return false;
        }
        let message = message(&state);
        peer.last = Some(state);
        self.tell(conn, message);
        true
    }
}
