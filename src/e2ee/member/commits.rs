//! Commits and what goes into them, as this member makes them.

use openmls::prelude::{
    Capabilities, CredentialType, KeyPackage, LeafNodeIndex, Lifetime, MlsGroup, OpenMlsProvider as _,
    ProtocolVersion,
};
use openmls_rust_crypto::OpenMlsRustCrypto;

use super::{PendingCommit, SUITE, failed, wire};
use crate::e2ee::{keys::SigningKeys, refusal::Refusal};

/// Makes a commit, always with a path, and leaves it pending.
pub(super) fn commit(
    group: &mut MlsGroup,
    provider: &OpenMlsRustCrypto,
    keys: &SigningKeys,
    removed: Vec<LeafNodeIndex>,
    added: Vec<KeyPackage>,
) -> Result<PendingCommit, Refusal> {
    let epoch = group.epoch().as_u64();
    let bundle = group
        .commit_builder()
        .consume_proposal_store(false)
        .force_self_update(true)
        .propose_removals(removed)
        .propose_adds(added)
        .load_psks(provider.storage())
        .and_then(|builder| builder.build(provider.rand(), provider.crypto(), keys, |_| true))
        .map_err(|error| failed("a commit", error))?
        .stage_commit(provider)
        .map_err(|error| failed("a commit", error))?;
    let welcome = bundle.to_welcome_msg().map(wire::write).transpose()?;
    Ok(PendingCommit { epoch, commit: wire::write(bundle.into_commit())?, welcome })
}

/// Forgets the pending commit.
pub(super) fn discard(group: &mut MlsGroup, provider: &OpenMlsRustCrypto) -> Result<(), Refusal> {
    group.clear_pending_commit(provider.storage()).map_err(|error| failed("a commit", error))
}

/// What every leaf of ours can: the one suite and nothing optional.
pub(super) fn capabilities() -> Capabilities {
    Capabilities::builder()
        .versions(vec![ProtocolVersion::Mls10])
        .ciphersuites(vec![SUITE])
        .extensions(Vec::new())
        .proposals(Vec::new())
        .credentials(vec![CredentialType::Basic])
        .build()
}

/// From an hour before `now` (milliseconds since 1970) to a day after.
pub(super) fn lifetime(now: u64) -> Lifetime {
    let now = now / 1000;
    Lifetime::init(now.saturating_sub(3600), now.saturating_add(24 * 3600))
}
