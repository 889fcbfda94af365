//! What a member says of itself: its epoch, who is in it, and what its commits did. Prints without secrets.

use std::fmt;

use crate::e2ee::credential::Identity;

/// One leaf of the group, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedMember {
    /// Its index in the tree.
    pub leaf: u32,
    /// Who is behind it.
    pub identity: Identity,
    /// Whether it is this member's own.
    pub me: bool,
    /// Its Ed25519 public key.
    pub signature_key: [u8; 32],
}

/// The present epoch of a member. Prints without its secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Epoch {
    /// Its number.
    pub epoch: u64,
    /// Who is in the group, in the order of their leaves.
    pub members: Vec<VerifiedMember>,
    /// Keys the frames: `MLS-Exporter("SFrame 1.0 Base Key", "", 16)`.
    pub base_key: [u8; 16],
    /// The epoch authenticator, from which the safety words come.
    pub authenticator: [u8; 32],
}

impl Epoch {
    /// This member's own leaf.
    pub fn my_leaf(&self) -> Option<u32> {
        self.members.iter().find(|member| member.me).map(|member| member.leaf)
    }
}

impl fmt::Debug for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Epoch({}, {:?})", self.epoch, self.members)
    }
}

/// A commit made but not in force: send both, then [`super::Member::confirm`] when the server has ordered the commit, or
/// [`super::Member::discard`] when another came first.
#[derive(Clone, PartialEq, Eq)]
pub struct PendingCommit {
    /// The epoch that the commit closes.
    pub epoch: u64,
    /// MLSMessage with the Commit.
    pub commit: Vec<u8>,
    /// MLSMessage with the Welcome, where somebody is added.
    pub welcome: Option<Vec<u8>>,
}

impl fmt::Debug for PendingCommit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PendingCommit(closes {}, {} bytes)", self.epoch, self.commit.len())
    }
}

/// What another member's commit did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// This member is in a new epoch.
    Entered(Epoch),
    /// This member is no longer in the group.
    Left,
}
