//! The Ed25519 key pair of one leaf: a caller's for one call, or a staff device's.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use openmls_traits::{
    signatures::{Signer, SignerError},
    types::SignatureScheme,
};

/// A seed that is no Ed25519 private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signature key's seed is 32 bytes")]
pub struct InvalidSeed;

/// An Ed25519 key pair that signs for one leaf. Prints only its public half's existence.
pub struct SigningKeys {
    pair: Ed25519KeyPair,
    public: [u8; 32],
}

impl SigningKeys {
    /// The pair of a 32-byte seed that came from a cryptographic random source, or that was kept over a reload.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, InvalidSeed> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| InvalidSeed)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| InvalidSeed)?;
        Ok(Self { pair, public })
    }

    /// The 32-byte public key.
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }
}

impl Signer for SigningKeys {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.pair
            .try_sign(payload)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| SignerError::SigningError)
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SignatureScheme::ED25519
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKeys(..)")
    }
}
