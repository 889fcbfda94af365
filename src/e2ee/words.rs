//! Safety words: four words, the same on every screen of a call, agreed by commit and reveal for each epoch.
//!
//! Whoever sits between the members would have to run two groups and find nonces that give both the same words; because
//! every nonce is committed to before any is shown, one guess in 2^32 is all they have.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::refusal::{Refusal, RefusalCode};

const LIST: &str = include_str!("words.txt");
const COMMIT_LABEL: &[u8] = b"quietline words commit v1";
const WORDS_INFO: &[u8] = b"quietline words v1";
/// Longest message that is read, in bytes.
const MAX_MESSAGE: usize = 512;

/// The 256 words, in the order that gives each its byte.
pub fn word_list() -> impl Iterator<Item = &'static str> {
    LIST.lines()
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "t")]
enum Message {
    #[serde(rename = "words-commit")]
    Commit { epoch: u64, commitment: String },
    #[serde(rename = "words-reveal")]
    Reveal { epoch: u64, nonce: String },
    #[serde(other)]
    Other,
}

#[derive(Debug, Default)]
struct Other {
    commitment: Option<[u8; 32]>,
    nonce: Option<[u8; 32]>,
}

/// The safety words of one epoch. Pure: it returns what to send as application data in that epoch.
pub struct SafetyWords {
    epoch: u64,
    leaf: u32,
    authenticator: [u8; 32],
    nonce: [u8; 32],
    others: BTreeMap<u32, Other>,
    started: bool,
    revealed: bool,
    mismatch: bool,
}

impl SafetyWords {
    /// The words of an epoch: its number and authenticator, this member's leaf, the leaves of all others, and 32 bytes that
    /// came from a cryptographic random source for this epoch alone.
    pub fn new(
        epoch: u64,
        authenticator: [u8; 32],
        leaf: u32,
        others: impl IntoIterator<Item = u32>,
        nonce: [u8; 32],
    ) -> Self {
        let others = others
            .into_iter()
            .filter(|&other| other != leaf)
            .map(|other| (other, Other::default()))
            .collect();
        Self { epoch, leaf, authenticator, nonce, others, started: false, revealed: false, mismatch: false }
    }

    /// What to send on entering the epoch. The commitments that have come before count.
    pub fn start(&mut self) -> Vec<u8> {
        self.started = true;
        let commitment = STANDARD.encode(commitment(self.epoch, self.leaf, &self.nonce));
        write(&Message::Commit { epoch: self.epoch, commitment })
    }

    /// Takes application data that was opened in this epoch and came from `leaf`; returns what to send in answer, if
    /// anything. Data that is not about this epoch's safety words is none of its business and gives nothing.
    ///
    /// # Errors
    /// [`RefusalCode::WordsMismatch`] when somebody reveals what they did not commit to, or commits to two things: an alarm,
    /// after which there are no words in this epoch.
    pub fn receive(&mut self, leaf: u32, data: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
        let message = match read(data) {
            Some(Message::Commit { epoch, .. } | Message::Reveal { epoch, .. }) if epoch != self.epoch => {
                return Ok(None);
            }
            Some(message) => message,
            None => return Ok(None),
        };
        let Some(other) = self.others.get_mut(&leaf) else { return Ok(None) };
        if let Err(detail) = other.take(&message, leaf) {
            self.mismatch = true;
            return Err(RefusalCode::WordsMismatch.because(detail));
        }
        if self.revealed || !self.started || self.others.values().any(|other| other.commitment.is_none()) {
            return Ok(None);
        }
        self.revealed = true;
        Ok(Some(write(&Message::Reveal { epoch: self.epoch, nonce: STANDARD.encode(self.nonce) })))
    }

    /// The four words, once every member has revealed.
    pub fn words(&self) -> Option<[&'static str; 4]> {
        if self.mismatch || !self.revealed {
            return None;
        }
        let mut nonces = BTreeMap::from([(self.leaf, self.nonce)]);
        for (&leaf, other) in &self.others {
            nonces.insert(leaf, other.nonce?);
        }
        let salt: Vec<u8> =
            nonces.iter().flat_map(|(leaf, nonce)| [leaf.to_be_bytes().as_slice(), nonce].concat()).collect();
        derive(&self.authenticator, &salt)
    }
}

impl Other {
    /// Notes what the member of `leaf` says, unless it contradicts what they said before.
    fn take(&mut self, message: &Message, leaf: u32) -> Result<(), &'static str> {
        match message {
            Message::Commit { commitment, .. } => {
                let commitment = decode32(commitment).ok_or("a commitment that is not 32 bytes")?;
                if self.commitment.is_some_and(|earlier| earlier != commitment) {
                    return Err("a member committed to two things");
                }
                self.commitment = Some(commitment);
            }
            Message::Reveal { epoch, nonce } => {
                let nonce = decode32(nonce).ok_or("a nonce that is not 32 bytes")?;
                if self.commitment != Some(commitment(*epoch, leaf, &nonce)) {
                    return Err("a reveal does not fit its commitment");
                }
                self.nonce = Some(nonce);
            }
            Message::Other => {}
        }
        Ok(())
    }
}

impl std::fmt::Debug for SafetyWords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SafetyWords(epoch {}, leaf {}, revealed: {})", self.epoch, self.leaf, self.revealed)
    }
}

fn commitment(epoch: u64, leaf: u32, nonce: &[u8; 32]) -> [u8; 32] {
    Sha256::new()
        .chain_update(COMMIT_LABEL)
        .chain_update(epoch.to_be_bytes())
        .chain_update(leaf.to_be_bytes())
        .chain_update(nonce)
        .finalize()
        .into()
}

/// Four words by HKDF-SHA-256 (RFC 5869); `None` only if the list were short.
fn derive(authenticator: &[u8; 32], salt: &[u8]) -> Option<[&'static str; 4]> {
    use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};

    struct FourBytes;
    impl KeyType for FourBytes {
        fn len(&self) -> usize {
            4
        }
    }

    let mut bytes = [0; 4];
    let secret = Salt::new(HKDF_SHA256, salt).extract(authenticator);
    secret.expand(&[WORDS_INFO], FourBytes).ok()?.fill(&mut bytes).ok()?;
    let mut words = [""; 4];
    for (word, byte) in words.iter_mut().zip(bytes) {
        *word = word_list().nth(byte.into())?;
    }
    Some(words)
}

fn read(data: &[u8]) -> Option<Message> {
    // Longer data is not about safety words: typed text comes the same way.
    if data.len() > MAX_MESSAGE { None } else { serde_json::from_slice(data).ok() }
}

fn write(message: &Message) -> Vec<u8> {
    // Numbers and base64 only: writing them into memory cannot fail.
    serde_json::to_vec(message).unwrap_or_default()
}

fn decode32(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests;
