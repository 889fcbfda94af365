//! A look at what the relay forwards, for tests that prove it to be ciphertext. Only code can set an observer: there is no
//! option, flag or variable for it, and the `quietline` binary never does.

use crate::core::ids::{CallId, Slot};

/// One packet on its way to one listener.
#[derive(Clone, Copy)]
pub struct Forwarded<'a> {
    /// The call.
    pub call: CallId,
    /// Who said it.
    pub from: Slot,
    /// Who hears it.
    pub to: Slot,
    /// The RTP header that is sent.
    pub header: &'a [u8],
    /// The payload as the relay knows it, after the sender's SRTP was opened: an SFrame ciphertext.
    pub payload: &'a [u8],
    /// The sealed SRTP packet that is sent.
    pub wire: &'a [u8],
}

impl std::fmt::Debug for Forwarded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forwarded").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

/// Sees what is forwarded, on the worker's thread.
pub trait Observer: Send + Sync {
    /// A packet is about to be sent.
    fn forwarded(&self, packet: &Forwarded<'_>);
}
