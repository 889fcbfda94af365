//! SFrame keys of one endpoint: seals its frames, opens the others', and holds frames whose key is about to come.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{
    core::ids::Slot,
    e2ee::{
        Epoch,
        sframe::{Dropped, FrameReceiver, FrameSender},
    },
};

/// See the module.
#[derive(Default)]
pub(super) struct Frames {
    sending: Option<([u8; 16], FrameSender)>,
    receiver: FrameReceiver,
    held: VecDeque<Held>,
    epoch: Option<u64>,
    sealed: Vec<u8>,
    opened: Vec<u8>,
}

/// A frame that came before its key.
pub(super) struct Held {
    pub slot: Slot,
    pub sequence: u16,
    pub timestamp: u32,
    pub arrived: Instant,
    pub frame: Vec<u8>,
}

impl Frames {
    /// Installs an epoch's key: it seals at once, and opens beside the one before. Gives the frames that waited for it.
    pub(super) fn install(
        &mut self,
        epoch: &Epoch,
        slots: &[(u32, u8)],
        now: Instant,
    ) -> Result<Vec<Held>, Dropped> {
        self.receiver.install(epoch.epoch, &epoch.base_key, slots.iter().copied())?;
        let mine = epoch.my_leaf().ok_or(Dropped::UnknownKey)?;
        let known = self.sending.as_ref().is_some_and(|(key, _)| *key == epoch.base_key);
        if !known {
            let sender =
                FrameSender::new(&epoch.base_key, epoch.epoch, mine).map_err(|_| Dropped::UnknownKey)?;
            self.sending = Some((epoch.base_key, sender));
        }
        self.epoch = Some(epoch.epoch);
        let fresh = |held: &Held| now.saturating_duration_since(held.arrived) <= HOLD;
        Ok(self.held.drain(..).filter(fresh).collect())
    }

    /// Seals a frame. None without a key.
    pub(super) fn seal(&mut self, frame: &[u8]) -> Option<&[u8]> {
        let (_, sender) = self.sending.as_mut()?;
        sender.seal(frame, &mut self.sealed).ok()?;
        Some(&self.sealed)
    }

    /// Opens a frame that came on the stream of `slot`. `clock_ms` never goes back.
    pub(super) fn open(&mut self, slot: Slot, sealed: &[u8], clock_ms: u64) -> Result<&[u8], Dropped> {
        self.receiver.open(slot.number(), sealed, clock_ms, &mut self.opened)?;
        Ok(&self.opened)
    }

    /// Whether a frame that no key goes by may be of the next epoch, or of the first: its header says so, unproven.
    pub(super) fn may_come(&self, sealed: &[u8]) -> bool {
        let Some(current) = self.epoch else { return true };
        let epoch = sealed.first().and_then(|config| match config >> 4 {
            short @ 0..=7 => Some(short),
            long => sealed.get(usize::from(long & 7) + 1).copied(),
        });
        epoch == Some(current.wrapping_add(1) as u8)
    }

    /// Keeps a frame whose key is not known yet: whoever commits enters the new epoch a little before the others, and the
    /// first words of a call are the last that may be lost.
    pub(super) fn hold(&mut self, held: Held) {
        while self.held.front().is_some_and(|old| held.arrived.saturating_duration_since(old.arrived) > HOLD)
        {
            self.held.pop_front();
        }
        if self.held.len() < MAX_HELD {
            self.held.push_back(held);
        }
    }
}

/// How long a frame of the next epoch waits for its key.
const HOLD: Duration = Duration::from_millis(500);
/// Half a second of three others' frames.
const MAX_HELD: usize = 75;
