//! The call's MLS group, as far as a server that understands nothing of it must know: which epoch is present, who is in,
//! and from which entry of the log each participant reads.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{command::Rejection, ids::Slot};

/// Whoever makes a group does so by a commit that closes this epoch.
const FIRST_EPOCH: u64 = 0;

/// The server's view of a call's group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    epoch: u64,
    last_seq: u64,
    seats: [Seat; Slot::COUNT],
}

/// One participant's part in the group.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seat {
    /// The first entry of the log that this participant reads; none while outside the group.
    from: Option<u64>,
    /// The KeyPackage with which they wait to be let in.
    package: Option<String>,
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seat(from {:?}, package {})", self.from, self.package.is_some())
    }
}

impl Group {
    /// Nobody is in yet; the caller waits to be let in.
    pub fn new(caller_package: String) -> Self {
        let mut group = Self { epoch: FIRST_EPOCH, last_seq: 0, seats: Default::default() };
        group.seats[Slot::CALLER.index()].package = Some(caller_package);
        group
    }

    /// The KeyPackage with which that participant waits to be let in.
    pub fn package(&self, slot: Slot) -> Option<&str> {
        self.seats[slot.index()].package.as_deref()
    }

    /// The first entry of the log that this participant reads; none while outside the group.
    pub fn reads_from(&self, slot: Slot) -> Option<u64> {
        self.seats[slot.index()].from
    }

    /// The number of the last entry.
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// The first entry that anybody still may have to read; `u64::MAX` when nobody is in the group.
    pub fn needed_from(&self) -> u64 {
        self.seats.iter().filter_map(|seat| seat.from).min().unwrap_or(u64::MAX)
    }

    /// Whether a commit of `from` that closes `epoch` and adds `added` may be taken, and as which entry.
    pub(super) fn check_commit(&self, from: Slot, epoch: u64, added: &[Slot]) -> Result<u64, Rejection> {
        if self.exists() {
            if self.reads_from(from).is_none() {
                return Err(Rejection::OutsideGroup);
            }
            if epoch != self.epoch {
                return Err(Rejection::StaleEpoch);
            }
        } else {
            if from != Slot::COUNSELLOR {
                return Err(Rejection::OutsideGroup);
            }
            if epoch != FIRST_EPOCH {
                return Err(Rejection::StaleEpoch);
            }
            if !added.contains(&Slot::CALLER) {
                return Err(Rejection::CallerNotAdded);
            }
        }
        if added.iter().any(|slot| *slot == from || self.package(*slot).is_none()) {
            return Err(Rejection::AddsNobody);
        }
        Ok(self.last_seq + 1)
    }

    /// Whether `from` may send application data, and as which entry.
    pub(super) fn check_application(&self, from: Slot) -> Result<u64, Rejection> {
        self.reads_from(from).ok_or(Rejection::OutsideGroup)?;
        Ok(self.last_seq + 1)
    }

    pub(super) fn committed(&mut self, from: Slot, epoch: u64, added: &[Slot], seq: u64) {
        if !self.exists() {
            self.seats[from.index()] = Seat { from: Some(seq), package: None };
        }
        for slot in added {
            self.seats[slot.index()] = Seat { from: Some(seq), package: None };
        }
        self.epoch = epoch + 1;
        self.last_seq = seq;
    }

    pub(super) fn sent(&mut self, seq: u64) {
        self.last_seq = seq;
    }

    pub(super) fn outside(&mut self, slot: Slot, package: String) {
        self.seats[slot.index()] = Seat { from: None, package: Some(package) };
    }

    /// Whether anybody is in it. When both pages were reloaded nobody is, and the counsellor makes it anew.
    fn exists(&self) -> bool {
        self.seats.iter().any(|seat| seat.from.is_some())
    }
}
