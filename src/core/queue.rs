//! The queue: who waits, in which order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ids::CallId, time::Timestamp};

/// A place in the queue. Given once, kept until the call ends: whoever goes back to the queue goes back to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticket {
    /// Its number: the lower comes first.
    pub number: u64,
    /// When it was given.
    pub joined: Timestamp,
}

/// Those who wait, first come first. An index over the calls, not a record of its own: nothing is ever popped from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    order: BTreeMap<Ticket, CallId>,
}

impl Queue {
    /// Those who wait, in order, rung for or not.
    pub fn iter(&self) -> impl Iterator<Item = (Ticket, CallId)> + '_ {
        self.order.iter().map(|(ticket, call)| (*ticket, *call))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The ticket of the first.
    pub fn head(&self) -> Option<Ticket> {
        self.order.first_key_value().map(|(ticket, _)| *ticket)
    }

    pub(super) fn enter(&mut self, ticket: Ticket, call: CallId) {
        self.order.insert(ticket, call);
    }

    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.order.remove(&ticket);
    }
}
