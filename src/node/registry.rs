//! Who works here: enrolled devices and one-time invitations. Read from the ledger each time, so that an invitation made by
//! another process (`quietline staff add`) is good at once.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    core::{
        ids::{DeviceId, InvalidId, StaffId},
        time::Timestamp,
    },
    proto::staff::Role,
    store::{Ledger, StoreError},
};

/// An invitation to enrol one device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The first name under which callers will see this person.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// From when on it is no longer good.
    pub expires: Timestamp,
}

/// A device that may sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Whose it is.
    pub staff: StaffId,
    /// The device.
    pub device: DeviceId,
    /// The person's first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The device's Ed25519 public key.
    pub key: [u8; 32],
    /// Whether it was shut out.
    pub revoked: bool,
}

/// The secret of an invitation. The ledger holds only its SHA-256.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteToken([u8; 16]);

impl InviteToken {
    /// Makes a token of 16 bytes from a cryptographic random source.
    pub const fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for InviteToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for InviteToken {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Ok(Self(*text.parse::<StaffId>()?.as_bytes()))
    }
}

impl fmt::Debug for InviteToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteToken(..)")
    }
}

/// Why the registry refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Unknown, used or expired: the three are not told apart.
    #[error("this invitation is not known, was used already, or has expired; ask for a new one")]
    InviteGone,
    /// That key is enrolled already.
    #[error("this device key is enrolled already")]
    KeyTaken,
    /// A name that cannot be shown.
    #[error("a name has 1 to 40 characters and no control characters")]
    BadName,
    /// No such device.
    #[error("no device has this id")]
    UnknownDevice,
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record that cannot be read.
    #[error("the record {0} cannot be read")]
    BadRecord(String),
}

/// The staff registry over a ledger.
#[derive(Clone)]
pub struct Registry {
    ledger: Arc<dyn Ledger>,
}

impl Registry {
    /// The registry in that ledger.
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger }
    }

    /// Makes an invitation.
    pub async fn create_invite(&self, _invite: &Invite, _token: &InviteToken) -> Result<(), RegistryError> {
        todo!()
    }

    /// The invitation of that token, if it is good at `now`.
    pub async fn invite(&self, _token: &InviteToken, _now: Timestamp) -> Result<Invite, RegistryError> {
        todo!()
    }

    /// Uses the invitation up and enrols the device, in one transaction.
    pub async fn redeem_invite(
        &self,
        _token: &InviteToken,
        _key: [u8; 32],
        _staff: StaffId,
        _device: DeviceId,
        _now: Timestamp,
    ) -> Result<Device, RegistryError> {
        todo!()
    }

    /// The device with that key.
    pub async fn device_by_key(&self, _key: &[u8; 32]) -> Result<Option<Device>, RegistryError> {
        todo!()
    }

    /// Every enrolled device.
    pub async fn devices(&self) -> Result<Vec<Device>, RegistryError> {
        todo!()
    }

    /// Whether anyone is enrolled.
    pub async fn any_staff(&self) -> Result<bool, RegistryError> {
        Ok(!self.devices().await?.is_empty())
    }

    /// Shuts a device out. `NodeHandle::sign_out` ends its present connection.
    pub async fn revoke(&self, _device: DeviceId) -> Result<(), RegistryError> {
        todo!()
    }
}
