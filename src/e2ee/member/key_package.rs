//! KeyPackages of others: read, verified, and judged by the rules before anybody is added.

use openmls::prelude::{KeyPackage, MlsMessageBodyIn, OpenMlsProvider as _, ProtocolVersion};
use openmls_rust_crypto::OpenMlsRustCrypto;

use super::{SUITE, rules, wire};
use crate::e2ee::{
    authority::AuthorityPublicKey,
    credential::Identity,
    refusal::{Refusal, RefusalCode},
};

/// Who a KeyPackage would let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InspectedKeyPackage {
    /// Who they are.
    pub identity: Identity,
    /// The Ed25519 public key of their leaf.
    pub signature_key: [u8; 32],
}

/// Reads a KeyPackage (MLSMessage) and checks it by the rules at `now`, in milliseconds since 1970.
pub fn inspect_key_package(
    key_package: &[u8],
    authority: &AuthorityPublicKey,
    now: u64,
) -> Result<InspectedKeyPackage, Refusal> {
    read(key_package, authority, now).map(|(_, inspected)| inspected)
}

pub(super) fn read(
    bytes: &[u8],
    authority: &AuthorityPublicKey,
    now: u64,
) -> Result<(KeyPackage, InspectedKeyPackage), Refusal> {
    use openmls::prelude::KeyPackageVerifyError;

    let MlsMessageBodyIn::KeyPackage(unverified) = wire::read(bytes)? else {
        return Err(RefusalCode::Malformed.because("a message that is no KeyPackage"));
    };
    // Verifying needs no randomness and no storage, only the algorithms.
    let provider = OpenMlsRustCrypto::default();
    let key_package =
        unverified.validate(provider.crypto(), ProtocolVersion::Mls10).map_err(|error| match error {
            KeyPackageVerifyError::LifetimeError(_) => {
                RefusalCode::ExpiredCredential.because("a KeyPackage not in force")
            }
            _ => RefusalCode::Malformed.because(format!("a KeyPackage that does not verify: {error}")),
        })?;
    let inspected = check(&key_package, authority, now)?;
    Ok((key_package, inspected))
}

/// Checks a verified KeyPackage by the rules.
pub(super) fn check(
    key_package: &KeyPackage,
    authority: &AuthorityPublicKey,
    now: u64,
) -> Result<InspectedKeyPackage, Refusal> {
    if key_package.ciphersuite() != SUITE {
        return Err(RefusalCode::WrongGroup.because("a KeyPackage of another suite"));
    }
    let lifetime = key_package.life_time();
    if !(lifetime.not_before()..lifetime.not_after()).contains(&(now / 1000))
        || !lifetime.has_acceptable_range()
    {
        return Err(RefusalCode::ExpiredCredential.because("a KeyPackage not in force"));
    }
    let leaf = key_package.leaf_node();
    let (identity, signature_key) =
        rules::verify_leaf(leaf.credential(), leaf.signature_key().as_slice(), authority, Some(now))?;
    Ok(InspectedKeyPackage { identity, signature_key })
}
