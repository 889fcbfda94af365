//! Who works here: enrolled devices and one-time invitations. Read from the ledger each time, so that an invitation made by
//! another process (`quietline staff add`) is good at once.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::{
    core::{
        ids::{DeviceId, InvalidId, StaffId},
        time::Timestamp,
    },
    first_name,
    proto::staff::Role,
    store::{Compare, Entry, Ledger, Outcome, StoreError, Txn, Write},
};

/// An invitation to enrol one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The role of whoever enrols with it.
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

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("staff", &self.staff)
            .field("device", &self.device)
            .field("role", &self.role)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
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
    #[error("a name has 1 to 40 characters, all of which can be seen")]
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

    /// Removes the invitations that are no longer good at `now`, and says how many there were.
    pub async fn remove_expired_invites(&self, now: Timestamp) -> Result<usize, RegistryError> {
        let (entries, _) = self.ledger.range(INVITES).await?;
        let mut removed = 0;
        for entry in entries {
            if decode::<Invite>(&entry)?.expires > now {
                continue;
            }
            let compares = vec![Compare { key: entry.key.clone(), revision: entry.revision }];
            let writes = vec![Write::Delete { key: entry.key }];
            let outcome = self.ledger.txn(Txn { compares, writes }).await?;
            removed += usize::from(matches!(outcome, Outcome::Committed { .. }));
        }
        Ok(removed)
    }

    /// Makes an invitation.
    pub async fn create_invite(&self, invite: &Invite, token: &InviteToken) -> Result<(), RegistryError> {
        let key = invite_key(token);
        let value = encode(&key, invite)?;
        self.ledger.txn(Txn { compares: Vec::new(), writes: vec![Write::Put { key, value }] }).await?;
        Ok(())
    }

    /// The invitation of that token, if it is good at `now`.
    pub async fn invite(&self, token: &InviteToken, now: Timestamp) -> Result<Invite, RegistryError> {
        Ok(self.good_invite(token, now).await?.0)
    }

    /// Uses the invitation up and enrols the device, in one transaction. `name` is the first name that callers will see.
    pub async fn redeem_invite(
        &self,
        token: &InviteToken,
        name: &str,
        key: [u8; 32],
        staff: StaffId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<Device, RegistryError> {
        let name = first_name::shown(name).ok_or(RegistryError::BadName)?;
        let (invite, revision) = self.good_invite(token, now).await?;
        let record = Device { staff, device, name: name.to_owned(), role: invite.role, key, revoked: false };
        let (invited, by_id, by_key) = (invite_key(token), device_key(device), key_key(&key));
        let compares = vec![
            Compare { key: invited.clone(), revision },
            Compare { key: by_id.clone(), revision: 0 },
            Compare { key: by_key.clone(), revision: 0 },
        ];
        let writes = vec![
            Write::Delete { key: invited },
            Write::Put { value: encode(&by_id, &record)?, key: by_id },
            Write::Put { value: encode(&by_key, &device)?, key: by_key.clone() },
        ];
        match self.ledger.txn(Txn { compares, writes }).await? {
            Outcome::Committed { .. } => Ok(record),
            Outcome::Conflict if self.ledger.get(&by_key).await?.is_some() => Err(RegistryError::KeyTaken),
            Outcome::Conflict => Err(RegistryError::InviteGone),
        }
    }

    /// The device with that key.
    pub async fn device_by_key(&self, key: &[u8; 32]) -> Result<Option<Device>, RegistryError> {
        let Some(entry) = self.ledger.get(&key_key(key)).await? else { return Ok(None) };
        let device: DeviceId = decode(&entry)?;
        self.ledger.get(&device_key(device)).await?.map(|entry| decode(&entry)).transpose()
    }

    /// Every enrolled device.
    pub async fn devices(&self) -> Result<Vec<Device>, RegistryError> {
        let (entries, _) = self.ledger.range(DEVICES).await?;
        entries.iter().map(decode).collect()
    }

    /// Whether anyone is enrolled.
    pub async fn any_staff(&self) -> Result<bool, RegistryError> {
        Ok(!self.ledger.range(DEVICES).await?.0.is_empty())
    }

    /// Shuts a device out. A node on this ledger hears of it and ends its connection.
    pub async fn revoke(&self, device: DeviceId) -> Result<(), RegistryError> {
        let key = device_key(device);
        loop {
            let entry = self.ledger.get(&key).await?.ok_or(RegistryError::UnknownDevice)?;
            let record = Device { revoked: true, ..decode(&entry)? };
            let compares = vec![Compare { key: key.clone(), revision: entry.revision }];
            let writes = vec![Write::Put { key: key.clone(), value: encode(&key, &record)? }];
            if let Outcome::Committed { .. } = self.ledger.txn(Txn { compares, writes }).await? {
                return Ok(());
            }
        }
    }

    async fn good_invite(&self, token: &InviteToken, now: Timestamp) -> Result<(Invite, u64), RegistryError> {
        let entry = self.ledger.get(&invite_key(token)).await?.ok_or(RegistryError::InviteGone)?;
        let invite: Invite = decode(&entry)?;
        if invite.expires <= now { Err(RegistryError::InviteGone) } else { Ok((invite, entry.revision)) }
    }
}

const INVITES: &str = "invite/";
/// Before the id in the key of a device's record.
pub(super) const DEVICES: &str = "device/";
const KEYS: &str = "device-key/";

fn invite_key(token: &InviteToken) -> String {
    format!("{INVITES}{}", hex(&Sha256::digest(token.0)))
}

fn device_key(device: DeviceId) -> String {
    format!("{DEVICES}{device}")
}

fn key_key(key: &[u8; 32]) -> String {
    format!("{KEYS}{}", hex(key))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn encode<T: Serialize>(key: &str, record: &T) -> Result<Vec<u8>, RegistryError> {
    serde_json::to_vec(record).map_err(|_| RegistryError::BadRecord(key.to_owned()))
}

/// A record of those bytes.
pub(super) fn decode<T: DeserializeOwned>(entry: &Entry) -> Result<T, RegistryError> {
    serde_json::from_slice(&entry.value).map_err(|_| RegistryError::BadRecord(entry.key.clone()))
}

#[cfg(test)]
mod tests;
