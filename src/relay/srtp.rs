//! SRTP and SRTCP with AEAD_AES_128_GCM, in place (RFC 3711, RFC 5764, RFC 7714).
//!
//! A source gets state only after a packet of it has authenticated, and one session keeps at most [`MAX_SOURCES`] of them,
//! so that forged packets cost nothing but their check.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cipher::{AES_128, EncryptingKey, EncryptionContext, UnboundCipherKey},
};

use super::{
    replay::{Window, extend},
    rtp::{FIXED_LEN, Header},
};

/// Why a packet was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SrtpError {
    /// Cut short, or not of the protocol.
    #[error("not a whole packet")]
    Malformed,
    /// Seen before, or older than the window.
    #[error("replayed, or too old")]
    Replayed,
    /// Not sealed by the peer.
    #[error("not authentic")]
    Forged,
    /// More sources than a leg may have.
    #[error("one source too many")]
    TooManySources,
    /// A cryptographic primitive failed.
    #[error("a cryptographic primitive failed")]
    Crypto,
}

/// A master key and salt of one direction.
#[derive(Clone, Copy)]
pub struct Master {
    /// Key.
    pub key: [u8; KEY_LEN],
    /// Salt.
    pub salt: [u8; SALT_LEN],
}

impl Master {
    /// Splits what the DTLS exporter gives (label `EXTRACTOR-dtls_srtp`, [`EXPORT_LEN`] bytes) into the client's and the
    /// server's master (RFC 5764 4.2).
    pub fn split(exported: &[u8; EXPORT_LEN]) -> (Self, Self) {
        let part = |key_at: usize, salt_at: usize| {
            let (mut key, mut salt) = ([0; KEY_LEN], [0; SALT_LEN]);
            key.copy_from_slice(&exported[key_at..key_at + KEY_LEN]);
            salt.copy_from_slice(&exported[salt_at..salt_at + SALT_LEN]);
            Self { key, salt }
        };
        (part(0, 2 * KEY_LEN), part(KEY_LEN, 2 * KEY_LEN + SALT_LEN))
    }
}

/// What one direction seals or opens with.
struct Cipher {
    key: LessSafeKey,
    salt: [u8; SALT_LEN],
}

impl Master {
    /// The session key and salt of one protocol.
    fn session(&self, key_label: u8, salt_label: u8) -> Result<Self, SrtpError> {
        // RFC 7714 11: the 96-bit salt is padded on the right.
        let mut master_salt = [0; 14];
        master_salt[..SALT_LEN].copy_from_slice(&self.salt);
        let (mut key, mut salt) = ([0; KEY_LEN], [0; SALT_LEN]);
        derive(&self.key, &master_salt, key_label, &mut key)?;
        derive(&self.key, &master_salt, salt_label, &mut salt)?;
        Ok(Self { key, salt })
    }

    fn rtp(&self) -> Result<Cipher, SrtpError> {
        let Self { key, salt } = self.session(0, 2)?;
        Cipher::new(&key, salt)
    }

    fn rtcp(&self) -> Result<Self, SrtpError> {
        self.session(3, 5)
    }

    /// A session key, made ready: half a kilobyte, and less than a microsecond. RTCP comes once a second, and does not keep it.
    fn cipher(&self) -> Result<Cipher, SrtpError> {
        Cipher::new(&self.key, self.salt)
    }
}

impl Cipher {
    fn new(key: &[u8; KEY_LEN], salt: [u8; SALT_LEN]) -> Result<Self, SrtpError> {
        let key = UnboundKey::new(&AES_128_GCM, key).map_err(|_| SrtpError::Crypto)?;
        Ok(Self { key: LessSafeKey::new(key), salt })
    }

    fn rtp_nonce(&self, ssrc: u32, index: u64) -> Nonce {
        let mut iv = self.salt;
        xor(&mut iv[2..6], &ssrc.to_be_bytes());
        xor(&mut iv[6..12], &index.to_be_bytes()[2..]);
        Nonce::assume_unique_for_key(iv)
    }

    fn rtcp_nonce(&self, ssrc: u32, index: u32) -> Nonce {
        let mut iv = self.salt;
        xor(&mut iv[2..6], &ssrc.to_be_bytes());
        xor(&mut iv[8..12], &index.to_be_bytes());
        Nonce::assume_unique_for_key(iv)
    }
}

/// The sealing side of a session. It keeps no state for RTP: the index that makes a nonce unique is the caller's.
pub struct Sealer {
    rtp: Cipher,
    rtcp: Master,
    rtcp_index: u32,
}

impl Sealer {
    /// Derives the session keys of one direction.
    pub fn new(master: &Master) -> Result<Self, SrtpError> {
        Ok(Self { rtp: master.rtp()?, rtcp: master.rtcp()?, rtcp_index: 0 })
    }

    /// Seals the RTP packet of `len` bytes at the start of `buffer` and gives its sealed length. `index` is the extended
    /// sequence number (rollovers << 16 | sequence): the same index never comes with another content.
    pub fn seal_rtp(&self, buffer: &mut [u8], len: usize, index: u64) -> Result<usize, SrtpError> {
        let packet = buffer.get_mut(..len + TAG_LEN).ok_or(SrtpError::Malformed)?;
        let header = Header::parse(&packet[..len]).ok_or(SrtpError::Malformed)?;
        let (head, body) = packet.split_at_mut(header.len);
        let (body, tag) = body.split_at_mut(len - header.len);
        let sealed = self
            .rtp
            .key
            .seal_in_place_separate_tag(self.rtp.rtp_nonce(header.ssrc, index), Aad::from(&head[..]), body)
            .map_err(|_| SrtpError::Crypto)?;
        tag.copy_from_slice(sealed.as_ref());
        Ok(len + TAG_LEN)
    }

    /// Seals a packet whose payload lies elsewhere into `out`, and gives its sealed length: the payload is read once, and not
    /// copied first. `index` as in [`Sealer::seal_rtp`].
    pub fn seal_rtp_into(
        &self,
        out: &mut [u8],
        header: &[u8; FIXED_LEN],
        payload: &[u8],
        index: u64,
    ) -> Result<usize, SrtpError> {
        let ssrc = Header::parse(header).ok_or(SrtpError::Malformed)?.ssrc;
        let len = FIXED_LEN + payload.len() + TAG_LEN;
        let (head, sealed) = out.get_mut(..len).ok_or(SrtpError::Malformed)?.split_at_mut(FIXED_LEN);
        head.copy_from_slice(header);
        let nonce = self.rtp.rtp_nonce(ssrc, index);
        self.rtp
            .key
            .seal_in_place_scatter(nonce, Aad::from(&header[..]), &mut [], payload, sealed)
            .map_err(|_| SrtpError::Crypto)?;
        Ok(len)
    }

    /// Seals the RTCP packet of `len` bytes at the start of `buffer` and gives its sealed length.
    pub fn seal_rtcp(&mut self, buffer: &mut [u8], len: usize) -> Result<usize, SrtpError> {
        let end = len + TAG_LEN + INDEX_LEN;
        let packet = buffer.get_mut(..end).ok_or(SrtpError::Malformed)?;
        let ssrc = rtcp_ssrc(&packet[..len]).ok_or(SrtpError::Malformed)?;
        let index = self.rtcp_index;
        // 2^31 packets: a compound each second lasts 68 years.
        self.rtcp_index = index.checked_add(1).filter(|next| *next < ENCRYPTED).ok_or(SrtpError::Crypto)?;
        let word = (index | ENCRYPTED).to_be_bytes();
        let mut aad = [0; RTCP_HEAD_LEN + INDEX_LEN];
        aad[..RTCP_HEAD_LEN].copy_from_slice(&packet[..RTCP_HEAD_LEN]);
        aad[RTCP_HEAD_LEN..].copy_from_slice(&word);
        let cipher = self.rtcp.cipher()?;
        let tag = cipher
            .key
            .seal_in_place_separate_tag(
                cipher.rtcp_nonce(ssrc, index),
                Aad::from(&aad[..]),
                &mut packet[RTCP_HEAD_LEN..len],
            )
            .map_err(|_| SrtpError::Crypto)?;
        packet[len..len + TAG_LEN].copy_from_slice(tag.as_ref());
        packet[len + TAG_LEN..].copy_from_slice(&word);
        Ok(end)
    }
}

/// The opening side of a session.
pub struct Opener {
    rtp: Cipher,
    rtcp: Master,
    rtp_sources: Sources,
    rtcp_sources: Sources,
}

/// An RTP packet that has authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Its header.
    pub header: Header,
    /// The extended sequence number.
    pub index: u64,
    /// Where the payload ends; it begins at `header.len`.
    pub end: usize,
}

impl Opener {
    /// Derives the session keys of one direction.
    pub fn new(master: &Master) -> Result<Self, SrtpError> {
        Ok(Self {
            rtp: master.rtp()?,
            rtcp: master.rtcp()?,
            rtp_sources: Sources::default(),
            rtcp_sources: Sources::default(),
        })
    }

    /// Opens an SRTP packet in place.
    pub fn open_rtp(&mut self, packet: &mut [u8]) -> Result<Opened, SrtpError> {
        let header = Header::parse(packet).ok_or(SrtpError::Malformed)?;
        if packet.len() < header.len + TAG_LEN {
            return Err(SrtpError::Malformed);
        }
        let index = match self.rtp_sources.get(header.ssrc) {
            Some(window) => {
                let index = extend(window.highest(), header.sequence).ok_or(SrtpError::Replayed)?;
                if !window.is_fresh(index) {
                    return Err(SrtpError::Replayed);
                }
                index
            }
            None if self.rtp_sources.is_full() => return Err(SrtpError::TooManySources),
            None => u64::from(header.sequence),
        };
        let (head, body) = packet.split_at_mut(header.len);
        let plain = self
            .rtp
            .key
            .open_in_place(self.rtp.rtp_nonce(header.ssrc, index), Aad::from(&head[..]), body)
            .map_err(|_| SrtpError::Forged)?;
        let end = header.len + plain.len();
        self.rtp_sources.accept(header.ssrc, index);
        Ok(Opened { header, index, end })
    }

    /// Opens an SRTCP packet in place and gives the compound's length.
    pub fn open_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let len = packet.len().checked_sub(TAG_LEN + INDEX_LEN).ok_or(SrtpError::Malformed)?;
        let ssrc = rtcp_ssrc(&packet[..len]).ok_or(SrtpError::Malformed)?;
        let (sealed, word) = packet.split_at_mut(len + TAG_LEN);
        let word: [u8; INDEX_LEN] = (&*word).try_into().map_err(|_| SrtpError::Malformed)?;
        let index = u32::from_be_bytes(word);
        if index & ENCRYPTED == 0 {
            return Err(SrtpError::Forged);
        }
        let index = index & !ENCRYPTED;
        match self.rtcp_sources.get(ssrc) {
            Some(window) if !window.is_fresh(u64::from(index)) => return Err(SrtpError::Replayed),
            None if self.rtcp_sources.is_full() => return Err(SrtpError::TooManySources),
            _ => {}
        }
        let mut aad = [0; RTCP_HEAD_LEN + INDEX_LEN];
        aad[..RTCP_HEAD_LEN].copy_from_slice(&sealed[..RTCP_HEAD_LEN]);
        aad[RTCP_HEAD_LEN..].copy_from_slice(&word);
        let cipher = self.rtcp.cipher()?;
        cipher
            .key
            .open_in_place(cipher.rtcp_nonce(ssrc, index), Aad::from(&aad[..]), &mut sealed[RTCP_HEAD_LEN..])
            .map_err(|_| SrtpError::Forged)?;
        self.rtcp_sources.accept(ssrc, u64::from(index));
        Ok(len)
    }

    /// How many sources have state.
    pub fn sources(&self) -> usize {
        self.rtp_sources.len() + self.rtcp_sources.len()
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opener(redacted)")
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(redacted)")
    }
}

/// Replay windows by SSRC.
#[derive(Default)]
struct Sources([Option<(u32, Window)>; MAX_SOURCES]);

impl Sources {
    fn get(&self, ssrc: u32) -> Option<&Window> {
        self.0.iter().flatten().find(|(known, _)| *known == ssrc).map(|(_, window)| window)
    }

    fn is_full(&self) -> bool {
        self.0.iter().all(Option::is_some)
    }

    fn len(&self) -> usize {
        self.0.iter().flatten().count()
    }

    fn accept(&mut self, ssrc: u32, index: u64) {
        let known = self.0.iter().position(|entry| matches!(entry, Some((known, _)) if *known == ssrc));
        let Some(at) = known.or_else(|| self.0.iter().position(Option::is_none)) else { return };
        self.0[at].get_or_insert_with(|| (ssrc, Window::default())).1.accept(index);
    }
}

/// The sender's SSRC of an RTCP packet.
fn rtcp_ssrc(packet: &[u8]) -> Option<u32> {
    let head: &[u8; RTCP_HEAD_LEN] = packet.first_chunk()?;
    (head[0] >> 6 == 2).then(|| u32::from_be_bytes([head[4], head[5], head[6], head[7]]))
}

/// AES-CM key derivation with a key derivation rate of zero (RFC 3711 4.3).
fn derive(key: &[u8; KEY_LEN], salt: &[u8; 14], label: u8, out: &mut [u8]) -> Result<(), SrtpError> {
    let mut iv = [0; 16];
    iv[..14].copy_from_slice(salt);
    iv[7] ^= label;
    let key =
        UnboundCipherKey::new(&AES_128, key).and_then(EncryptingKey::ctr).map_err(|_| SrtpError::Crypto)?;
    out.fill(0);
    key.less_safe_encrypt(out, EncryptionContext::Iv128((&iv).into())).map_err(|_| SrtpError::Crypto)?;
    Ok(())
}

fn xor(to: &mut [u8], with: &[u8]) {
    to.iter_mut().zip(with).for_each(|(to, with)| *to ^= with);
}

/// How many sources of each protocol one session keeps state for.
pub const MAX_SOURCES: usize = 4;
/// Bytes of an authentication tag.
pub const TAG_LEN: usize = 16;
/// Bytes of keying material that the DTLS exporter is asked for.
pub const EXPORT_LEN: usize = 2 * (KEY_LEN + SALT_LEN);
/// Bytes that sealing adds to an RTCP packet.
pub const RTCP_OVERHEAD: usize = TAG_LEN + INDEX_LEN;

const KEY_LEN: usize = 16;
const SALT_LEN: usize = 12;
const INDEX_LEN: usize = 4;
const RTCP_HEAD_LEN: usize = 8;
const ENCRYPTED: u32 = 1 << 31;

#[cfg(test)]
mod tests;
