//! One MLS member (RFC 9420) on openmls, suite 0x004F, with every rule of `docs/e2ee.md`.
//!
//! `web/src/e2ee/api.ts` has the same shape. A member holds its own crypto provider and storage; nothing is shared or global,
//! so that a process can hold thousands. Every message that comes from outside is read in `wire`, judged in `rules`
//! and only then merged: a refusal leaves the group as it was.
//!
//! openmls compares the lifetime of an added KeyPackage with the system's clock, and offers no way to pass a time; the rules
//! here compare it with `now` as well, so the stricter of the two holds.

mod commits;
mod epoch;
mod key_package;
mod rules;
mod wire;

use std::{fmt, mem};

use openmls::prelude::{
    BasicCredential, Ciphersuite, CredentialWithKey, GroupId, KeyPackage, LeafNodeIndex, MlsGroup,
    MlsGroupJoinConfig, OpenMlsProvider as _, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProcessedMessageContent,
    Sender, StagedWelcome,
};
use openmls_rust_crypto::OpenMlsRustCrypto;

use self::commits::{capabilities, commit, discard, lifetime};
use super::{
    authority::AuthorityPublicKey,
    credential::{CALLER_IDENTITY, Identity, identify},
    keys::SigningKeys,
    refusal::{Refusal, RefusalCode},
};

pub use epoch::{Applied, Epoch, PendingCommit, VerifiedMember};
pub use key_package::{InspectedKeyPackage, inspect_key_package};

/// The one suite: `MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519`, 0x004F.
const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;
const EXPORTER_LABEL: &str = "SFrame 1.0 Base Key";

/// What makes a member.
#[derive(Debug)]
pub struct MemberOptions {
    /// The call id: the MLS group id.
    pub call: [u8; 16],
    /// Whom this member trusts to say who is staff.
    pub authority: AuthorityPublicKey,
    /// The leaf's signature keys.
    pub keys: SigningKeys,
    /// The staff credential; absent for a caller.
    pub credential: Option<String>,
}

/// One membership of one call.
pub struct Member {
    provider: OpenMlsRustCrypto,
    options: MemberOptions,
    credential: CredentialWithKey,
    state: State,
}

/// Where a member stands.
enum State {
    /// Not in a group yet.
    Outside,
    /// Another member's commit has removed this one.
    Removed,
    /// Has made a group that nobody knows of yet.
    Preparing(Box<MlsGroup>),
    /// In the group.
    Inside(Box<MlsGroup>, Epoch),
}

impl Member {
    /// A member that is in no group yet. A staff credential must be in force at `now` (milliseconds since 1970) and belong
    /// to the keys: a device that could not be let in is told so before a call, not in it.
    pub fn new(options: MemberOptions, now: u64) -> Result<Self, Refusal> {
        let identity = options.credential.as_ref().map_or(CALLER_IDENTITY, |jwt| jwt.as_bytes()).to_vec();
        identify(&identity, options.keys.public(), &options.authority, Some(now))?;
        let credential = CredentialWithKey {
            credential: BasicCredential::new(identity).into(),
            signature_key: options.keys.public().to_vec().into(),
        };
        Ok(Self { provider: OpenMlsRustCrypto::default(), options, credential, state: State::Outside })
    }

    /// Names the call. A caller's KeyPackage is made before the server has given the call its id; until a group is joined the
    /// id may be set.
    pub fn name_call(&mut self, call: [u8; 16]) {
        if !matches!(self.state, State::Inside(..)) {
            self.options.call = call;
        }
    }

    /// A fresh KeyPackage (MLSMessage), valid from an hour before `now` (milliseconds since 1970) to a day after. Its
    /// private part is kept until a Welcome uses it.
    pub fn key_package(&mut self, now: u64) -> Result<Vec<u8>, Refusal> {
        let bundle = KeyPackage::builder()
            .key_package_lifetime(lifetime(now))
            .leaf_node_capabilities(capabilities())
            .build(SUITE, &self.provider, &self.options.keys, self.credential.clone())
            .map_err(|error| failed("a KeyPackage", error))?;
        wire::write(bundle.into_key_package().into())
    }

    /// Makes the call's group and adds the caller, without entering it. Staff only. May be done again, for another KeyPackage.
    pub fn prepare_group(&mut self, caller_key_package: &[u8], now: u64) -> Result<PendingCommit, Refusal> {
        if self.options.credential.is_none() {
            return Err(RefusalCode::SecondCaller.because("only staff make a group"));
        }
        if matches!(self.state, State::Inside(..)) {
            return Err(RefusalCode::WrongEpoch.because("the group is made already"));
        }
        let (key_package, inspected) = key_package::read(caller_key_package, &self.options.authority, now)?;
        if inspected.identity != Identity::Caller {
            return Err(RefusalCode::SecondCaller.because("the first to be added is the caller"));
        }
        let mut group = MlsGroup::builder()
            .with_group_id(self.group_id())
            .ciphersuite(SUITE)
            .with_wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .lifetime(lifetime(now))
            .with_capabilities(capabilities())
            .replace_old_group()
            .build(&self.provider, &self.options.keys, self.credential.clone())
            .map_err(|error| failed("a group", error))?;
        let pending = commit(&mut group, &self.provider, &self.options.keys, Vec::new(), vec![key_package])?;
        self.state = State::Preparing(Box::new(group));
        Ok(pending)
    }

    /// Lets somebody in by their KeyPackage; where a leaf has the same signature key (they reloaded), swaps that leaf.
    pub fn prepare_add(&mut self, key_package: &[u8], now: u64) -> Result<PendingCommit, Refusal> {
        let (key_package, inspected) = key_package::read(key_package, &self.options.authority, now)?;
        let State::Inside(group, epoch) = &mut self.state else { return Err(self.outside()) };
        let replaced = epoch.members.iter().find(|member| member.signature_key == inspected.signature_key);
        match replaced {
            Some(replaced) if replaced.me => {
                return Err(RefusalCode::SwapKeyChanged.because("a member cannot swap its own leaf"));
            }
            Some(replaced) => rules::check_same_person(&replaced.identity, &inspected.identity)?,
            None if inspected.identity == Identity::Caller => {
                return Err(RefusalCode::SecondCaller.because("the call has its caller"));
            }
            None => {}
        }
        let removed = replaced.map(|member| LeafNodeIndex::new(member.leaf)).into_iter().collect();
        discard(group, &self.provider)?;
        commit(group, &self.provider, &self.options.keys, removed, vec![key_package])
    }

    /// Removes a member of staff.
    pub fn prepare_remove(&mut self, leaf: u32) -> Result<PendingCommit, Refusal> {
        let State::Inside(group, epoch) = &mut self.state else { return Err(self.outside()) };
        let member = epoch.members.iter().find(|member| member.leaf == leaf);
        match member {
            None => return Err(RefusalCode::Malformed.because("nobody has that leaf")),
            Some(member) if member.me => {
                return Err(RefusalCode::Malformed.because("a member cannot remove itself"));
            }
            Some(member) if member.identity == Identity::Caller => {
                return Err(RefusalCode::RemovedCaller.because("the caller is never removed"));
            }
            Some(_) => {}
        }
        discard(group, &self.provider)?;
        commit(group, &self.provider, &self.options.keys, vec![LeafNodeIndex::new(leaf)], Vec::new())
    }

    /// Enters the epoch of the pending commit: the server has ordered it.
    pub fn confirm(&mut self) -> Result<Epoch, Refusal> {
        let mut group = match mem::replace(&mut self.state, State::Outside) {
            State::Preparing(group) | State::Inside(group, _) if group.pending_commit().is_some() => group,
            state => {
                self.state = state;
                return Err(RefusalCode::WrongEpoch.because("there is no commit to confirm"));
            }
        };
        group.merge_pending_commit(&self.provider).map_err(|error| failed("a commit", error))?;
        self.enter(group)
    }

    /// Forgets the pending commit: another came first. The member stays in its epoch.
    pub fn discard(&mut self) -> Result<(), Refusal> {
        match &mut self.state {
            State::Outside | State::Removed => Ok(()),
            State::Preparing(_) => {
                self.state = State::Outside;
                Ok(())
            }
            State::Inside(group, _) => discard(group, &self.provider),
        }
    }

    /// Joins by Welcome. The Welcome uses up the KeyPackage's private part, also when it is refused.
    pub fn join(&mut self, welcome: &[u8], now: u64) -> Result<Epoch, Refusal> {
        let config = MlsGroupJoinConfig::builder()
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .use_ratchet_tree_extension(true)
            .build();
        let welcome = wire::read_welcome(welcome)?;
        let unreadable =
            |error| RefusalCode::Malformed.because(format!("a Welcome that cannot be used: {error}"));
        let staged = StagedWelcome::build_from_welcome(&self.provider, &config, welcome)
            .map_err(unreadable)?
            .skip_lifetime_validation()
            .replace_old_group()
            .build()
            .map_err(unreadable)?;
        rules::check_group(staged.group_context(), &self.options.call)?;
        let number = staged.group_context().epoch().as_u64();
        if self.current().is_some_and(|present| number <= present.epoch) {
            return Err(RefusalCode::WrongEpoch.because("a Welcome into a past epoch"));
        }
        let verified = rules::verify_members(staged.members(), &self.options.authority, Some(now))?;
        rules::check_one_caller(verified.iter().map(|(_, identity, _)| identity))?;
        let group = staged.into_group(&self.provider).map_err(unreadable)?;
        self.enter(Box::new(group))
    }

    /// Processes another member's commit. A refusal leaves this member in its epoch.
    pub fn apply_commit(&mut self, commit: &[u8], now: u64) -> Result<Applied, Refusal> {
        let provider = &self.provider;
        let State::Inside(group, epoch) = &mut self.state else { return Err(self.outside()) };
        let message = wire::read_private(commit, group, wire::Content::Commit)?;
        let processed = group.process_message(provider, message).map_err(|error| wire::refusal_of(&error))?;
        let &Sender::Member(sender) = processed.sender() else {
            return Err(RefusalCode::External.because("a commit from somebody who is not a member"));
        };
        let ProcessedMessageContent::StagedCommitMessage(staged) = processed.into_content() else {
            return Err(RefusalCode::Malformed.because("a message that is no commit of another member"));
        };
        rules::judge(&staged, sender, epoch, group, &self.options.authority, now)?;
        group.merge_staged_commit(provider, *staged).map_err(|error| failed("a commit", error))?;
        if !group.is_active() {
            self.state = State::Removed;
            return Ok(Applied::Left);
        }
        let State::Inside(group, _) = mem::replace(&mut self.state, State::Outside) else {
            return Err(self.outside());
        };
        self.enter(group).map(Applied::Entered)
    }

    /// Seals application data for the group, in its present epoch.
    pub fn seal(&mut self, data: &[u8]) -> Result<Vec<u8>, Refusal> {
        let State::Inside(group, _) = &mut self.state else { return Err(self.outside()) };
        let message = group
            .create_message(&self.provider, &self.options.keys, data)
            .map_err(|error| failed("application data", error))?;
        wire::write(message)
    }

    /// Opens application data of the present epoch; gives the sender's leaf and the data.
    pub fn open(&mut self, message: &[u8]) -> Result<(u32, Vec<u8>), Refusal> {
        let State::Inside(group, _) = &mut self.state else { return Err(self.outside()) };
        let message = wire::read_private(message, group, wire::Content::Application)?;
        let processed =
            group.process_message(&self.provider, message).map_err(|error| wire::refusal_of(&error))?;
        let &Sender::Member(sender) = processed.sender() else {
            return Err(RefusalCode::External.because("a message from somebody who is not a member"));
        };
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => Ok((sender.u32(), message.into_bytes())),
            _ => {
                Err(RefusalCode::Malformed.because("a message that is no application data of another member"))
            }
        }
    }

    /// The present epoch, once there is one.
    pub fn current(&self) -> Option<&Epoch> {
        match &self.state {
            State::Inside(_, epoch) => Some(epoch),
            _ => None,
        }
    }

    fn outside(&self) -> Refusal {
        match self.state {
            State::Removed => RefusalCode::Removed.because("this member was removed"),
            _ => RefusalCode::WrongEpoch.because("this member is in no group"),
        }
    }

    fn group_id(&self) -> GroupId {
        GroupId::from_slice(&self.options.call)
    }

    /// Makes the group's state this member's own.
    fn enter(&mut self, group: Box<MlsGroup>) -> Result<Epoch, Refusal> {
        let me = group.own_leaf_index().u32();
        let members = rules::verify_members(group.members(), &self.options.authority, None)?
            .into_iter()
            .map(|(leaf, identity, signature_key)| VerifiedMember {
                leaf,
                identity,
                me: leaf == me,
                signature_key,
            })
            .collect();
        let base_key = group
            .export_secret(self.provider.crypto(), EXPORTER_LABEL, &[], 16)
            .map_err(|error| failed("a key", error))?;
        let epoch = Epoch {
            epoch: group.epoch().as_u64(),
            members,
            base_key: base_key.try_into().map_err(|_| failed("a key", "wrong length"))?,
            authenticator: group
                .epoch_authenticator()
                .as_slice()
                .try_into()
                .map_err(|_| failed("an epoch authenticator", "wrong length"))?,
        };
        self.state = State::Inside(group, epoch.clone());
        Ok(epoch)
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Member({:?})", self.current())
    }
}

fn failed(what: &str, error: impl fmt::Display) -> Refusal {
    RefusalCode::Malformed.because(format!("could not make or use {what}: {error}"))
}
