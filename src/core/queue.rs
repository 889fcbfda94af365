//! The queue: who waits, in which order.

use std::collections::{BTreeMap, BTreeSet};

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

/// What comes before the order of arrival.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A booked follow-up call, or somebody whose counsellor was lost.
    First,
    /// Everybody else.
    #[default]
    Normal,
}

/// Where in the queue somebody is: by priority, and within it first come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rank {
    /// What comes first.
    pub priority: Priority,
    /// The order of arrival within it.
    pub ticket: Ticket,
}

/// Those who wait, in their order. An index over the calls, not a record of its own: nothing is ever popped from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    order: BTreeMap<Rank, CallId>,
    arrivals: BTreeSet<Ticket>,
}

impl Queue {
    /// Those who wait, in order, rung for or not.
    pub fn iter(&self) -> impl Iterator<Item = (Rank, CallId)> + '_ {
        self.order.iter().map(|(rank, call)| (*rank, *call))
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The ticket of the one who has waited longest.
    pub fn oldest(&self) -> Option<Ticket> {
        self.arrivals.first().copied()
    }

    pub(super) fn enter(&mut self, rank: Rank, call: CallId) {
        self.order.insert(rank, call);
        self.arrivals.insert(rank.ticket);
    }

    pub(super) fn leave(&mut self, rank: Rank) {
        self.order.remove(&rank);
        self.arrivals.remove(&rank.ticket);
    }
}
