//! Sealed media frames: SFrame (RFC 9605) with `AES_128_GCM_SHA256_128`, keyed from the MLS group (section 5.2).
//!
//! Each Opus frame is sealed whole, with the header alone as associated data. Key derivation, nonces and AEAD are the
//! `sframe` crate's. The header is read and written here, because the crate's parser allocates for each frame and its
//! frame API copies; a frame is sealed and opened in the caller's buffer, without an allocation once that has grown.

mod header;
mod receiver;
mod replay;
mod sender;

pub use receiver::{Dropped, FrameReceiver};
pub use sender::{FrameSender, SealError};

use sframe::CipherSuite;

/// The suite 0x0004 of RFC 9605.
const SUITE: CipherSuite = CipherSuite::AesGcm128Sha256;
/// Bytes of the authentication tag. Never truncated.
const TAG_LEN: usize = 16;

/// The most bytes that sealing adds to a frame of this system: a header of at most 17, and the tag.
pub const MAX_OVERHEAD: usize = header::MAX_LEN + TAG_LEN;

/// The KID of a leaf in an epoch: `(leaf << 8) | (epoch mod 256)`.
pub const fn key_id(leaf: u32, epoch: u64) -> u64 {
    (leaf as u64) << 8 | (epoch & 0xff)
}

#[cfg(test)]
mod tests;
