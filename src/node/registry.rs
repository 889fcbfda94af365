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
        let shown = 1..=40;
        if !shown.contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(RegistryError::BadName);
        }
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

    /// Shuts a device out. `NodeHandle::sign_out` ends its present connection.
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
const DEVICES: &str = "device/";
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

fn decode<T: DeserializeOwned>(entry: &Entry) -> Result<T, RegistryError> {
    serde_json::from_slice(&entry.value).map_err(|_| RegistryError::BadRecord(entry.key.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Sqlite;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    struct Office {
        registry: Registry,
        token: InviteToken,
        _folder: tempfile::TempDir,
    }

    async fn with_invite() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let registry = Registry::new(Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap()));
        let token = InviteToken::from_random([7; 16]);
        let invite = Invite { role: Role::Counsellor, expires: Timestamp::from_millis(1_000_001) };
        registry.create_invite(&invite, &token).await.unwrap();
        Office { registry, token, _folder: folder }
    }

    async fn redeem(office: &Office, key: u8, device: u8) -> Result<Device, RegistryError> {
        let (staff, device) = (StaffId::from_random([device; 16]), DeviceId::from_random([device; 16]));
        office.registry.redeem_invite(&office.token, "Sam", [key; 32], staff, device, NOW).await
    }

    #[tokio::test]
    async fn an_invitation_enrols_one_device_once() {
        let office = with_invite().await;
        assert!(!office.registry.any_staff().await.unwrap());
        let device = redeem(&office, 1, 1).await.unwrap();
        assert_eq!(device.name, "Sam");
        assert_eq!(office.registry.device_by_key(&[1; 32]).await.unwrap(), Some(device));
        assert!(office.registry.any_staff().await.unwrap());
        assert_eq!(redeem(&office, 2, 2).await, Err(RegistryError::InviteGone));
    }

    #[tokio::test]
    async fn of_two_who_use_an_invitation_at_once_one_is_enrolled() {
        let office = with_invite().await;
        let (first, second) = tokio::join!(redeem(&office, 1, 1), redeem(&office, 2, 2));
        assert_ne!(first.is_ok(), second.is_ok());
        assert_eq!(office.registry.devices().await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn an_expired_invitation_is_as_good_as_none() {
        let office = with_invite().await;
        let later = Timestamp::from_millis(1_000_001);
        assert_eq!(office.registry.invite(&office.token, later).await, Err(RegistryError::InviteGone));
    }

    #[tokio::test]
    async fn a_key_is_enrolled_once() {
        let office = with_invite().await;
        redeem(&office, 1, 1).await.unwrap();
        let invite = Invite { role: Role::Counsellor, expires: Timestamp::from_millis(u64::MAX) };
        office.registry.create_invite(&invite, &office.token).await.unwrap();
        assert_eq!(redeem(&office, 1, 2).await, Err(RegistryError::KeyTaken));
        assert!(office.registry.invite(&office.token, NOW).await.is_ok());
    }

    #[tokio::test]
    async fn a_device_that_is_shut_out_says_so() {
        let office = with_invite().await;
        let device = redeem(&office, 1, 1).await.unwrap();
        office.registry.revoke(device.device).await.unwrap();
        assert!(office.registry.device_by_key(&[1; 32]).await.unwrap().unwrap().revoked);
        let nobody = DeviceId::from_random([9; 16]);
        assert_eq!(office.registry.revoke(nobody).await, Err(RegistryError::UnknownDevice));
    }

    #[tokio::test]
    async fn a_name_that_cannot_be_shown_is_refused() {
        let office = with_invite().await;
        for name in ["", "a\nb", &"x".repeat(41)] {
            let (staff, device) = (StaffId::from_random([1; 16]), DeviceId::from_random([1; 16]));
            let refused =
                office.registry.redeem_invite(&office.token, name, [1; 32], staff, device, NOW).await;
            assert_eq!(refused, Err(RegistryError::BadName), "{name:?}");
        }
        assert!(redeem(&office, 1, 1).await.is_ok(), "the invitation is still good");
    }
}
