//! What every member rejects: the section of that name in `docs/e2ee.md`, as checks on verified openmls values.

use openmls::prelude::{
    BasicCredential, Credential, GroupContext, LeafNodeIndex, Member, MlsGroup, Proposal, StagedCommit,
};

use super::{Epoch, SUITE, VerifiedMember, key_package};
use crate::e2ee::{
    authority::AuthorityPublicKey,
    credential::{Identity, identify},
    refusal::{Refusal, RefusalCode},
};

/// Judges a commit that openmls has verified, before it is merged. `sender` is the committer's leaf, `epoch` the present one.
pub(super) fn judge(
    commit: &StagedCommit,
    sender: LeafNodeIndex,
    epoch: &Epoch,
    group: &MlsGroup,
    authority: &AuthorityPublicKey,
    now: u64,
) -> Result<(), Refusal> {
    check_proposals(commit)?;
    check_path(commit, sender, group)?;
    check_group(commit.group_context(), group.group_id().as_slice())?;

    let mut staying = epoch.members.clone();
    let mut removed = Vec::new();
    for proposal in commit.remove_proposals() {
        let leaf = proposal.remove_proposal().removed().u32();
        let index = staying.iter().position(|member| member.leaf == leaf);
        let index = index.ok_or_else(|| RefusalCode::Malformed.because("a Remove of nobody's leaf"))?;
        removed.push(staying.swap_remove(index));
    }
    let added = commit
        .add_proposals()
        .map(|proposal| key_package::check(proposal.add_proposal().key_package(), authority, now))
        .collect::<Result<Vec<_>, _>>()?;

    if !removed.is_empty() {
        for new in &added {
            let gone = removed.iter().find(|gone| gone.signature_key == new.signature_key);
            let gone = gone.ok_or_else(|| {
                RefusalCode::SwapKeyChanged.because("a swap for a leaf with another signature key")
            })?;
            check_same_person(&gone.identity, &new.identity)?;
        }
    }
    let swapped = |gone: &VerifiedMember| added.iter().any(|new| new.signature_key == gone.signature_key);
    if removed.iter().any(|gone| gone.identity == Identity::Caller && !swapped(gone)) {
        return Err(RefusalCode::RemovedCaller.because("the caller is removed without a swap"));
    }
    let everybody =
        staying.iter().map(|member| &member.identity).chain(added.iter().map(|new| &new.identity));
    check_one_caller(everybody)
}

/// Only Add and Remove, by whoever commits.
fn check_proposals(commit: &StagedCommit) -> Result<(), Refusal> {
    for proposal in commit.queued_proposals() {
        match proposal.proposal() {
            Proposal::Add(_) | Proposal::Remove(_) => {}
            Proposal::GroupContextExtensions(_) | Proposal::ReInit(_) | Proposal::PreSharedKey(_) => {
                return Err(RefusalCode::ContextOnly.because("a commit that changes the group itself"));
            }
            Proposal::ExternalInit(_) => return Err(RefusalCode::External.because("an external commit")),
            _ => return Err(RefusalCode::Malformed.because("a proposal of another type")),
        }
    }
    Ok(())
}

/// There is a path, and the committer's leaf in it is still the same person's.
fn check_path(commit: &StagedCommit, sender: LeafNodeIndex, group: &MlsGroup) -> Result<(), Refusal> {
    let leaf = commit
        .update_path_leaf_node()
        .ok_or_else(|| RefusalCode::NoPath.because("a commit without a path"))?;
    let before = group
        .member_at(sender)
        .ok_or_else(|| RefusalCode::External.because("a commit from nobody's leaf"))?;
    if leaf.credential() != &before.credential || leaf.signature_key().as_slice() != before.signature_key {
        return Err(RefusalCode::IdentityChanged.because("a committer that took another identity"));
    }
    Ok(())
}

/// The group is this call's, of the one suite, and has no extensions (so no external senders either).
pub(super) fn check_group(context: &GroupContext, call: &[u8]) -> Result<(), Refusal> {
    if context.group_id().as_slice() != call {
        return Err(RefusalCode::WrongGroup.because("a group of another call"));
    }
    if context.ciphersuite() != SUITE {
        return Err(RefusalCode::WrongGroup.because("a group of another suite"));
    }
    if context.extensions().iter().next().is_some() {
        return Err(RefusalCode::ContextOnly.because("a group with extensions"));
    }
    Ok(())
}

/// Exactly one of them is the caller.
pub(super) fn check_one_caller<'a>(identities: impl Iterator<Item = &'a Identity>) -> Result<(), Refusal> {
    match identities.filter(|&identity| *identity == Identity::Caller).count() {
        1 => Ok(()),
        count => Err(RefusalCode::SecondCaller.because(format!("a call with {count} callers"))),
    }
}

/// A leaf swapped after a reload is the same caller's or the same member of staff's. Their credential may be a newer one.
pub(super) fn check_same_person(before: &Identity, after: &Identity) -> Result<(), Refusal> {
    let same = match (before, after) {
        (Identity::Caller, Identity::Caller) => true,
        (Identity::Staff { staff: before, .. }, Identity::Staff { staff: after, .. }) => before == after,
        _ => false,
    };
    if same { Ok(()) } else { Err(RefusalCode::IdentityChanged.because("a swap for another person")) }
}

/// Leaf, identity and signature key of every member, in the order of their leaves.
pub(super) fn verify_members(
    members: impl Iterator<Item = Member>,
    authority: &AuthorityPublicKey,
    now: Option<u64>,
) -> Result<Vec<(u32, Identity, [u8; 32])>, Refusal> {
    members
        .map(|member| {
            let (identity, key) = verify_leaf(&member.credential, &member.signature_key, authority, now)?;
            Ok((member.index.u32(), identity, key))
        })
        .collect()
}

/// Who is behind a leaf, and its key.
pub(super) fn verify_leaf(
    credential: &Credential,
    signature_key: &[u8],
    authority: &AuthorityPublicKey,
    now: Option<u64>,
) -> Result<(Identity, [u8; 32]), Refusal> {
    let unsigned = |detail: &str| RefusalCode::UnsignedCredential.because(detail);
    let credential = BasicCredential::try_from(credential.clone())
        .map_err(|_| unsigned("a credential of another type"))?;
    let key = signature_key.try_into().map_err(|_| unsigned("a signature key of another length"))?;
    identify(credential.identity(), signature_key, authority, now).map(|identity| (identity, key))
}
