//! Staff credentials, as signalling needs them. `cli` puts the e2ee module behind this.

use std::fmt;

use crate::{core::ids::StaffId, core::time::Timestamp, proto::staff::Role};

/// Checks staff credentials and, where the authority's key is on this machine, signs them.
pub trait StaffAuthority: Send + Sync + 'static {
    /// The authority's public key: base64url, 43 characters.
    fn public_key(&self) -> String;

    /// What a credential says, if the authority signed it and it is in force at `now`.
    fn verify(&self, credential: &str, now: Timestamp) -> Option<VerifiedStaff>;

    /// Signs a credential. None where the authority's key is elsewhere.
    fn issue(&self, staff: &VerifiedStaff, now: Timestamp) -> Option<String>;
}

/// What a credential says.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedStaff {
    /// The person.
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The device's Ed25519 public key.
    pub key: [u8; 32],
}

impl fmt::Debug for VerifiedStaff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedStaff")
            .field("staff", &self.staff)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
