//! A room's MLS group, as far as a server that understands nothing of it must know: which epoch is present, who is in,
//! and from which entry of the log each participant reads. A call is a room; so is a consultation beside it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{command::Rejection, ids::Slot};

/// Whoever makes a group does so by a commit that closes this epoch.
const FIRST_EPOCH: u64 = 0;

/// The server's view of a room's group.
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
    /// Whether a leaf of theirs is in the group: also after a reload, and after they left, until a commit says otherwise.
    #[serde(default)]
    leaf: bool,
    /// Whether they have left the room.
    #[serde(default)]
    left: bool,
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat")
            .field("from", &self.from)
            .field("package", &self.package.is_some())
            .field("leaf", &self.leaf)
            .field("left", &self.left)
            .finish()
    }
}

/// Who makes the group, and whom the first commit must let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Founders {
    /// Who makes it.
    pub maker: Slot,
    /// Who is let in by the commit that makes it.
    pub first: Slot,
}

impl Group {
    /// A group that nobody is in yet, whose log goes on after entry `last_seq`.
    pub fn after(last_seq: u64) -> Self {
        Self { epoch: FIRST_EPOCH, last_seq, seats: Default::default() }
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

    /// Whether somebody who has left that seat can still derive the group's keys.
    pub fn holds_leaver(&self, slot: Slot) -> bool {
        self.seats[slot.index()].left
    }

    /// Whether whoever sits there was never in the group and waits with no KeyPackage.
    pub fn is_new(&self, slot: Slot) -> bool {
        let seat = &self.seats[slot.index()];
        seat.from.is_none() && seat.package.is_none() && !seat.leaf
    }

    /// Whether a commit of `from` that closes `epoch`, adds `added` and removes `removed` may be taken, and as which entry.
    pub(super) fn check_commit(
        &self,
        founders: Founders,
        from: Slot,
        epoch: u64,
        added: &[Slot],
        removed: &[Slot],
    ) -> Result<u64, Rejection> {
        if self.exists() {
            if self.reads_from(from).is_none() {
                return Err(Rejection::OutsideGroup);
            }
            if epoch != self.epoch {
                return Err(Rejection::StaleEpoch);
            }
        } else {
            if from != founders.maker {
                return Err(Rejection::OutsideGroup);
            }
            if epoch != FIRST_EPOCH {
                return Err(Rejection::StaleEpoch);
            }
            if !added.contains(&founders.first) {
                return Err(Rejection::FirstNotAdded);
            }
        }
        if added.iter().any(|slot| *slot == from || self.package(*slot).is_none()) {
            return Err(Rejection::AddsNobody);
        }
        if removed.iter().any(|slot| !self.holds_leaver(*slot)) || !(added.is_empty() || removed.is_empty()) {
            return Err(Rejection::RemovesNobody);
        }
        Ok(self.last_seq + 1)
    }

    /// Whether `from` may send application data, and as which entry.
    pub(super) fn check_application(&self, from: Slot) -> Result<u64, Rejection> {
        self.reads_from(from).ok_or(Rejection::OutsideGroup)?;
        Ok(self.last_seq + 1)
    }

    pub(super) fn committed(&mut self, from: Slot, epoch: u64, added: &[Slot], removed: &[Slot], seq: u64) {
        let inside = || Seat { from: Some(seq), package: None, leaf: true, left: false };
        if !self.exists() {
            // The group that was is over, and with it the leaves of those who are not in the new one.
            for seat in &mut self.seats {
                *seat = if seat.left { Seat::default() } else { Seat { leaf: false, ..seat.clone() } };
            }
            self.seats[from.index()] = inside();
        }
        for slot in added {
            self.seats[slot.index()] = inside();
        }
        for slot in removed {
            self.seats[slot.index()] = Seat::default();
        }
        self.epoch = epoch + 1;
        self.last_seq = seq;
    }

    pub(super) fn sent(&mut self, seq: u64) {
        self.last_seq = seq;
    }

    pub(super) fn outside(&mut self, slot: Slot, package: String) {
        let seat = &mut self.seats[slot.index()];
        seat.from = None;
        seat.package = Some(package);
    }

    /// Takes a participant out of delivery for good. Their leaf, if they have one, is still to be removed by a commit.
    pub(super) fn leave(&mut self, slot: Slot) {
        let leaf = self.seats[slot.index()].leaf;
        self.seats[slot.index()] = Seat { leaf, left: leaf, ..Seat::default() };
        if !self.exists() {
            // Nobody is left to remove anybody: whoever is let in again is so into a new group.
            self.seats.iter_mut().filter(|seat| seat.left).for_each(|seat| *seat = Seat::default());
        }
    }

    /// Whether anybody is in it. When all pages were reloaded nobody is, and its maker makes it anew.
    fn exists(&self) -> bool {
        self.seats.iter().any(|seat| seat.from.is_some())
    }
}
