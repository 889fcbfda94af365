//! The MLS messages of the calls in progress, in the order in which they were taken. The ledger holds the same entries.

use std::collections::{HashMap, VecDeque};

use crate::{
    core::ids::{CallId, Slot},
    proto::e2ee::{LogEntry, MlsMessage},
};

/// Application messages and their bytes that one call's log takes at most.
const APPLICATION_LIMIT: Size = Size { entries: 1_000, bytes: 2 << 20 };
/// The same with commits, which must still go through when the other is reached.
const COMMIT_LIMIT: Size = Size { entries: 2_000, bytes: 6 << 20 };

/// The logs of all calls.
#[derive(Default)]
pub(super) struct Logs {
    calls: HashMap<CallId, Log>,
}

#[derive(Default)]
struct Log {
    entries: VecDeque<LogEntry>,
    bytes: usize,
}

#[derive(Clone, Copy)]
struct Size {
    entries: usize,
    bytes: usize,
}

impl Logs {
    /// Whether that call's log has room for the message.
    pub(super) fn has_room(&self, call: CallId, message: &MlsMessage) -> bool {
        let limit = match message {
            MlsMessage::Commit { .. } => COMMIT_LIMIT,
            MlsMessage::Application { .. } => APPLICATION_LIMIT,
        };
        self.calls
            .get(&call)
            .is_none_or(|log| log.entries.len() < limit.entries && log.bytes + length(message) <= limit.bytes)
    }

    /// Whether that very message of that sender was taken already: a retry whose answer was lost.
    pub(super) fn holds(&self, call: CallId, from: Slot, message: &MlsMessage) -> bool {
        self.entries(call).any(|entry| entry.from == from && entry.message == *message)
    }

    /// That call's entries, in order.
    pub(super) fn entries(&self, call: CallId) -> impl DoubleEndedIterator<Item = &LogEntry> {
        self.calls.get(&call).into_iter().flat_map(|log| &log.entries)
    }

    /// Adds the next entry.
    pub(super) fn append(&mut self, call: CallId, entry: LogEntry) {
        let log = self.calls.entry(call).or_default();
        log.bytes += length(&entry.message);
        log.entries.push_back(entry);
    }

    /// Takes back the last entry, which could not be made durable.
    pub(super) fn take_back(&mut self, call: CallId) {
        if let Some(log) = self.calls.get_mut(&call)
            && let Some(entry) = log.entries.pop_back()
        {
            log.bytes -= length(&entry.message);
        }
    }

    /// Drops the entries before `needed_from`.
    pub(super) fn trim(&mut self, call: CallId, needed_from: u64) {
        let Some(log) = self.calls.get_mut(&call) else { return };
        while let Some(entry) = log.entries.pop_front_if(|entry| entry.seq < needed_from) {
            log.bytes -= length(&entry.message);
        }
        if log.entries.is_empty() {
            self.calls.remove(&call);
        }
    }
}

fn length(message: &MlsMessage) -> usize {
    match message {
        MlsMessage::Commit { commit, welcome, .. } => commit.len() + welcome.as_ref().map_or(0, String::len),
        MlsMessage::Application { message } => message.len(),
    }
}
