//! Seals what this member says.

use sframe::{crypto::EncryptionBufferView, key::EncryptionKey};

use super::{SUITE, TAG_LEN, header::Header, key_id};

/// Why a frame was not sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A frame without content: there is nothing to seal, and receivers drop it.
    #[error("an empty frame is not sealed")]
    Empty,
    /// Every counter of the key is used. A new epoch is needed.
    #[error("the frame key is used up")]
    Exhausted,
    /// The cryptographic library failed.
    #[error("the frame could not be sealed")]
    Crypto,
}

/// Seals the frames of one leaf in one epoch. The counter starts at 0 and never repeats: a new sender needs a new epoch.
#[derive(Debug)]
pub struct FrameSender {
    key: EncryptionKey,
    next_counter: Option<u64>,
}

impl FrameSender {
    /// A sender for this member's leaf. At most one may ever be made for a leaf and epoch.
    pub fn new(base_key: &[u8; 16], epoch: u64, leaf: u32) -> Result<Self, SealError> {
        let key = EncryptionKey::derive_from(SUITE, key_id(leaf, epoch), base_key)
            .map_err(|_| SealError::Crypto)?;
        Ok(Self { key, next_counter: Some(0) })
    }

    /// Seals one frame into `sealed`, whose content is replaced. On an error `sealed` is empty.
    pub fn seal(&mut self, frame: &[u8], sealed: &mut Vec<u8>) -> Result<(), SealError> {
        sealed.clear();
        if frame.is_empty() {
            return Err(SealError::Empty);
        }
        let counter = self.next_counter.ok_or(SealError::Exhausted)?;
        self.next_counter = counter.checked_add(1);
        Header::write(self.key.key_id(), counter, sealed);
        seal_behind(&self.key, counter, sealed, frame).inspect_err(|_| sealed.clear())
    }
}

/// Appends the sealed frame to `sealed`, whose content so far is the associated data.
pub(super) fn seal_behind(
    key: &EncryptionKey,
    counter: u64,
    sealed: &mut Vec<u8>,
    frame: &[u8],
) -> Result<(), SealError> {
    let aad_len = sealed.len();
    sealed.extend_from_slice(frame);
    sealed.extend_from_slice(&[0; TAG_LEN]);
    let (aad, body) = sealed.split_at_mut(aad_len);
    let (data, tag) = body.split_at_mut(frame.len());
    key.encrypt(EncryptionBufferView { aad, data, tag }, counter).map_err(|_| SealError::Crypto)
}
