//! Leg tokens: the ICE user name fragment is the capability that admits one media leg to a relay (RFC 8445 5.3).
//!
//! Signalling seals what a leg may do; a relay that holds the same key admits the leg without asking anyone. Imports
//! `core::ids` only. Randomness and time are arguments.

mod keyfile;

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    digest, hkdf, hmac,
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

pub use keyfile::KeyFileError;

use crate::core::ids::{CallId, Slot};

/// Bytes of a master key, as they stand in the key file.
pub const KEY_LEN: usize = 32;
/// Bytes of the nonce that [`LegKeys::mint`] takes: random, never used twice.
pub const MINT_NONCE_LEN: usize = NONCE_LEN;

/// What one leg may do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LegGrant {
    /// The call it takes part in.
    pub call: CallId,
    /// Its seat.
    pub slot: Slot,
    /// The RTP payload type under which the client sends and receives Opus, 96 to 127.
    pub payload_type: u8,
    /// When it was minted, Unix milliseconds. A cut refuses what was minted before it.
    pub minted_ms: u64,
    /// When the token stops admitting a new leg, Unix seconds. A leg that runs is never ended by it.
    pub expires: u32,
    /// SHA-256 of the client's DTLS certificate.
    pub fingerprint: [u8; 32],
}

impl fmt::Debug for LegGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegGrant").field("slot", &self.slot).finish_non_exhaustive()
    }
}

/// ICE credentials of the relay's side of one leg.
#[derive(Clone, PartialEq, Eq)]
pub struct LegToken {
    /// The user name fragment: the sealed grant.
    pub ufrag: String,
    /// The password.
    pub pwd: String,
}

impl fmt::Debug for LegToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegToken(redacted)")
    }
}

/// Why a token does not admit a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not in ICE characters, or not of a token's length.
    #[error("not a leg token")]
    Malformed,
    /// Sealed by another version of this program.
    #[error("a leg token of another version")]
    Version,
    /// Sealed under a key that this relay does not hold.
    #[error("a leg token of an unknown key")]
    UnknownKey,
    /// Altered, or never sealed by the key it names.
    #[error("a leg token that was tampered with")]
    Tampered,
    /// Too old to admit a new leg.
    #[error("a leg token that has expired")]
    Expired,
    /// A grant that cannot be sealed: the payload type is not 96 to 127.
    #[error("a payload type is 96 to 127")]
    PayloadType,
}

/// The key ring: the current key seals, the current and the previous one open.
pub struct LegKeys {
    current: LegKey,
    previous: Option<LegKey>,
}

impl LegKeys {
    /// A ring of 32-byte master keys.
    pub fn new(current: &[u8; KEY_LEN], previous: Option<&[u8; KEY_LEN]>) -> Self {
        Self { current: LegKey::derive(current), previous: previous.map(LegKey::derive) }
    }

    /// Seals a grant. `nonce` is fresh random bytes.
    pub fn mint(&self, grant: &LegGrant, nonce: [u8; MINT_NONCE_LEN]) -> Result<LegToken, TokenError> {
        if !is_dynamic(grant.payload_type) {
            return Err(TokenError::PayloadType);
        }
        let mut body = [0; BODY_LEN];
        body[..16].copy_from_slice(grant.call.as_bytes());
        body[16] = grant.slot.number();
        body[17] = grant.payload_type;
        body[18..22].copy_from_slice(&grant.expires.to_be_bytes());
        body[22..30].copy_from_slice(&grant.minted_ms.to_be_bytes());
        body[30..].copy_from_slice(&grant.fingerprint);

        let mut sealed = [0; TOKEN_LEN];
        sealed[0] = VERSION;
        sealed[1] = self.current.id;
        sealed[2..HEAD_LEN].copy_from_slice(&nonce);
        let tag = self
            .current
            .seal
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(&sealed[..2]),
                &mut body,
            )
            .map_err(|_| TokenError::Malformed)?;
        sealed[HEAD_LEN..HEAD_LEN + BODY_LEN].copy_from_slice(&body);
        sealed[HEAD_LEN + BODY_LEN..].copy_from_slice(tag.as_ref());

        let ufrag = STANDARD_NO_PAD.encode(sealed);
        let pwd = self.current.password(&ufrag);
        Ok(LegToken { ufrag, pwd })
    }

    /// Opens a user name fragment. `now_unix` is in seconds.
    pub fn open(&self, ufrag: &str, now_unix: u64) -> Result<LegGrant, TokenError> {
        let mut sealed = decode(ufrag)?;
        let key = self.key_of(&sealed)?;
        let (head, body) = sealed.split_at_mut(HEAD_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&head[2..]).map_err(|_| TokenError::Malformed)?;
        let body =
            key.seal.open_in_place(nonce, Aad::from(&head[..2]), body).map_err(|_| TokenError::Tampered)?;

        let grant = LegGrant {
            call: CallId::from_random(array(&body[..16])?),
            slot: Slot::new(body[16]).ok_or(TokenError::Tampered)?,
            payload_type: body[17],
            expires: u32::from_be_bytes(array(&body[18..22])?),
            minted_ms: u64::from_be_bytes(array(&body[22..30])?),
            fingerprint: array(&body[30..])?,
        };
        if !is_dynamic(grant.payload_type) {
            return Err(TokenError::Tampered);
        }
        if u64::from(grant.expires) <= now_unix {
            return Err(TokenError::Expired);
        }
        Ok(grant)
    }

    /// The ICE password that goes with a user name fragment.
    pub fn password(&self, ufrag: &str) -> Result<String, TokenError> {
        Ok(self.key_of(&decode(ufrag)?)?.password(ufrag))
    }

    fn key_of(&self, sealed: &[u8; TOKEN_LEN]) -> Result<&LegKey, TokenError> {
        if sealed[0] != VERSION {
            return Err(TokenError::Version);
        }
        [Some(&self.current), self.previous.as_ref()]
            .into_iter()
            .flatten()
            .find(|key| key.id == sealed[1])
            .ok_or(TokenError::UnknownKey)
    }
}

impl fmt::Debug for LegKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegKeys(redacted)")
    }
}

/// The SSRC under which a relay sends what `slot` of `call` says: stable whoever reconnects, not zero, and different for
/// each slot of a call.
pub fn slot_ssrc(call: CallId, slot: Slot) -> u32 {
    let hash = digest::digest(&digest::SHA256, call.as_bytes());
    let mut first = [0; 4];
    first.copy_from_slice(&hash.as_ref()[..4]);
    // The lowest two bits are the slot; the bit above them keeps the whole from being zero.
    u32::from_be_bytes(first) & !0b11 | 0b100 | u32::from(slot.number())
}

/// One master key, split into the parts that are used.
struct LegKey {
    id: u8,
    seal: LessSafeKey,
    mac: hmac::Key,
}

impl LegKey {
    fn derive(master: &[u8; KEY_LEN]) -> Self {
        let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, b"quietline leg token v1").extract(master);
        let seal_key: [u8; 32] = expand(&prk, b"seal");
        let mac_key: [u8; 32] = expand(&prk, b"password");
        let [id]: [u8; 1] = expand(&prk, b"key id");
        Self {
            id,
            // AES-256-GCM takes any 32 bytes.
            seal: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &seal_key).expect("a key of 32 bytes")),
            mac: hmac::Key::new(hmac::HMAC_SHA256, &mac_key),
        }
    }

    fn password(&self, ufrag: &str) -> String {
        STANDARD_NO_PAD.encode(&hmac::sign(&self.mac, ufrag.as_bytes()).as_ref()[..24])
    }
}

fn expand<const N: usize>(prk: &hkdf::Prk, label: &[u8]) -> [u8; N] {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    let mut out = [0; N];
    // HKDF-SHA-256 gives up to 8,160 bytes.
    prk.expand(&[label], Length(N)).and_then(|okm| okm.fill(&mut out)).expect("at most 32 bytes");
    out
}

fn decode(ufrag: &str) -> Result<[u8; TOKEN_LEN], TokenError> {
    let mut sealed = [0; TOKEN_LEN];
    match STANDARD_NO_PAD.decode_slice(ufrag, &mut sealed) {
        Ok(TOKEN_LEN) => Ok(sealed),
        _ => Err(TokenError::Malformed),
    }
}

fn array<const N: usize>(bytes: &[u8]) -> Result<[u8; N], TokenError> {
    bytes.try_into().map_err(|_| TokenError::Malformed)
}

fn is_dynamic(payload_type: u8) -> bool {
    (96..=127).contains(&payload_type)
}

const VERSION: u8 = 2;
const HEAD_LEN: usize = 2 + NONCE_LEN;
const BODY_LEN: usize = 16 + 1 + 1 + 4 + 8 + 32;
const TOKEN_LEN: usize = HEAD_LEN + BODY_LEN + 16;

#[cfg(test)]
mod tests;
