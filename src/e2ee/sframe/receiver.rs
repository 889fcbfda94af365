//! Opens what the others say: the right leaf's key on the right stream, each counter once, old epochs for 10 s.

use std::fmt;

use sframe::{crypto::DecryptionBufferView, key::DecryptionKey};

use super::{SUITE, TAG_LEN, header::Header, key_id, replay::ReplayWindow};

/// How long an old epoch's keys are kept after the first frame under a newer one, in milliseconds.
const OLD_EPOCH_MS: u64 = 10_000;
/// Epochs before the present one whose keys still open: two changes may follow close upon each other.
const OLD_EPOCHS: usize = 2;

/// Why a frame was dropped. Nothing of it is ever played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Dropped {
    /// It has no content.
    #[error("the frame is empty")]
    Empty,
    /// It ends within its header or its tag.
    #[error("the frame is cut short")]
    Malformed,
    /// No key goes by its KID: an epoch that is not known yet or no longer, or nobody's leaf.
    #[error("no key goes by the frame's id")]
    UnknownKey,
    /// Its leaf may not be heard on this stream.
    #[error("the frame's leaf does not belong to this stream")]
    WrongSlot,
    /// Its counter was accepted before, or is too old to tell.
    #[error("the frame is a replay or too old")]
    Replayed,
    /// It does not open.
    #[error("the frame is not authentic")]
    NotAuthentic,
}

#[derive(Debug)]
struct Leaf {
    key: DecryptionKey,
    slot: u8,
    replay: ReplayWindow,
}

struct EpochKeys {
    epoch: u64,
    /// Tells an epoch from one with the same number in another group.
    base_key: [u8; 16],
    leaves: Vec<Leaf>,
    /// When the first frame of a newer epoch was opened.
    superseded_at: Option<u64>,
}

impl EpochKeys {
    fn leaf(&mut self, key_id: u64) -> Option<&mut Leaf> {
        self.leaves.iter_mut().find(|leaf| leaf.key.key_id() == key_id)
    }
}

impl fmt::Debug for EpochKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EpochKeys({}, {:?})", self.epoch, self.leaves)
    }
}

/// Opens the frames of a call's other members.
#[derive(Debug, Default)]
pub struct FrameReceiver {
    current: Option<EpochKeys>,
    /// The epochs before, the newest first.
    old: Vec<EpochKeys>,
}

impl FrameReceiver {
    /// A receiver without any key: it drops everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Installs an epoch's key. `slot_of_leaf` binds the leaves of the others to the slots whose streams carry them. The two
    /// epochs before stay in use until 10 s after a newer one is first heard. Installing the same key again changes only
    /// the binding.
    pub fn install(
        &mut self,
        epoch: u64,
        base_key: &[u8; 16],
        slot_of_leaf: impl IntoIterator<Item = (u32, u8)>,
    ) -> Result<(), Dropped> {
        let mut known =
            match self.current.take_if(|current| current.epoch == epoch && current.base_key == *base_key) {
                Some(same) => same.leaves,
                None => {
                    self.old.truncate(OLD_EPOCHS - 1);
                    self.old.splice(..0, self.current.take());
                    Vec::new()
                }
            };
        let mut leaves = Vec::new();
        for (leaf, slot) in slot_of_leaf {
            let id = key_id(leaf, epoch);
            leaves.push(match known.iter().position(|known| known.key.key_id() == id) {
                Some(index) => Leaf { slot, ..known.swap_remove(index) },
                None => Leaf {
                    key: DecryptionKey::derive_from(SUITE, id, base_key).map_err(|_| Dropped::UnknownKey)?,
                    slot,
                    replay: ReplayWindow::default(),
                },
            });
        }
        self.current = Some(EpochKeys { epoch, base_key: *base_key, leaves, superseded_at: None });
        Ok(())
    }

    /// Opens one frame that came on the stream of `slot` into `frame`, whose content is replaced; `now` is in
    /// milliseconds on any clock that does not go back. On an error `frame` is empty.
    pub fn open(&mut self, slot: u8, sealed: &[u8], now: u64, frame: &mut Vec<u8>) -> Result<(), Dropped> {
        frame.clear();
        self.forget_old(now);
        if sealed.is_empty() {
            return Err(Dropped::Empty);
        }
        let header = Header::read(sealed).ok_or(Dropped::Malformed)?;
        let (newer, leaf) = self
            .current
            .iter_mut()
            .chain(&mut self.old)
            .enumerate()
            .find_map(|(newer, keys)| Some((newer, keys.leaf(header.key_id)?)))
            .ok_or(Dropped::UnknownKey)?;
        if leaf.slot != slot {
            return Err(Dropped::WrongSlot);
        }
        if !leaf.replay.admits(header.counter) {
            return Err(Dropped::Replayed);
        }
        frame.extend_from_slice(sealed);
        if let Err(reason) = open_in_place(&leaf.key, header.counter, frame, header.len) {
            frame.clear();
            return Err(reason);
        }
        leaf.replay.record(header.counter);
        // There is a current epoch wherever there is an old one.
        for old in self.old.iter_mut().skip(newer) {
            old.superseded_at.get_or_insert(now);
        }
        if frame.is_empty() { Err(Dropped::Empty) } else { Ok(()) }
    }

    fn forget_old(&mut self, now: u64) {
        self.old.retain(|old| old.superseded_at.is_none_or(|at| now.saturating_sub(at) < OLD_EPOCH_MS));
    }
}

/// Turns a sealed frame into the frame. Its first `aad_len` bytes are the associated data, and go.
pub(super) fn open_in_place(
    key: &DecryptionKey,
    counter: u64,
    frame: &mut Vec<u8>,
    aad_len: usize,
) -> Result<(), Dropped> {
    let len = frame.len().checked_sub(aad_len + TAG_LEN).ok_or(Dropped::Malformed)?;
    let (aad, data) = frame.split_at_mut(aad_len);
    key.decrypt(DecryptionBufferView { aad, data }, counter).map_err(|_| Dropped::NotAuthentic)?;
    frame.copy_within(aad_len..aad_len + len, 0);
    frame.truncate(len);
    Ok(())
}
