//! Who works here: people, their devices and passkeys, one-time invitations, sessions. Read from the ledger each time, so that
//! what another process wrote (`quietline staff add`) holds at once.

mod acts;
mod credentials;
mod enrol;
mod records;
mod revoke;
mod second;
mod sessions;

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

pub use self::{
    enrol::Newcomer,
    records::{
        Device, DeviceKind, Invite, InviteToken, Person, Proposal, Proposed, Session, SessionToken, Whom,
    },
};
use crate::{
    core::ids::{DeviceId, StaffId},
    store::{Entry, Ledger, StoreError},
};

/// Why the registry refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// Unknown, used or expired: the three are not told apart.
    #[error("this invitation is not known, was used already, or has expired; ask for a new one")]
    InviteGone,
    /// A browser came with a program's invitation, or the other way round.
    #[error("this invitation is for another kind of device")]
    OtherKind,
    /// That key is enrolled already.
    #[error("this device key is enrolled already")]
    KeyTaken,
    /// A name that cannot be shown.
    #[error("a name has 1 to 40 characters, all of which can be seen")]
    BadName,
    /// No such device, or it was shut out.
    #[error("no device has this id, or it was shut out")]
    UnknownDevice,
    /// No such person, or they were shut out.
    #[error("nobody has this id, or they were shut out")]
    UnknownPerson,
    /// Nobody shuts themselves out.
    #[error("nobody can shut themselves out; another administrator can")]
    Oneself,
    /// Confirmed, withdrawn or expired: the three are not told apart.
    #[error("this request is not known, was dealt with already, or has expired")]
    ProposalGone,
    /// The second administrator is the first one, or whom it is about.
    #[error("another administrator must confirm this: not whoever asked, nor whom it is about")]
    Alone,
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

    /// The device with that id.
    pub async fn device(&self, device: DeviceId) -> Result<Option<Device>, RegistryError> {
        self.ledger.get(&device_key(device)).await?.map(|entry| decode(&entry)).transpose()
    }

    /// The device with that key.
    pub async fn device_by_key(&self, key: &[u8; 32]) -> Result<Option<Device>, RegistryError> {
        let Some(entry) = self.ledger.get(&key_key(key)).await? else { return Ok(None) };
        self.device(decode(&entry)?).await
    }

    /// Every enrolled device.
    pub async fn devices(&self) -> Result<Vec<Device>, RegistryError> {
        let (entries, _) = self.ledger.range(DEVICES).await?;
        entries.iter().map(decode).collect()
    }

    /// That person.
    pub async fn person(&self, staff: StaffId) -> Result<Option<Person>, RegistryError> {
        Ok(self.person_at(staff).await?.map(|(person, _)| person))
    }

    /// Everybody, also those who were shut out.
    pub async fn people(&self) -> Result<Vec<Person>, RegistryError> {
        let (entries, _) = self.ledger.range(PEOPLE).await?;
        entries.iter().map(decode).collect()
    }

    /// Whether anyone is enrolled.
    pub async fn any_staff(&self) -> Result<bool, RegistryError> {
        Ok(!self.ledger.range(DEVICES).await?.0.is_empty())
    }

    /// That person, and the revision of their record.
    async fn person_at(&self, staff: StaffId) -> Result<Option<(Person, u64)>, RegistryError> {
        let Some(entry) = self.ledger.get(&person_key(staff)).await? else { return Ok(None) };
        Ok(Some((decode(&entry)?, entry.revision)))
    }
}

const INVITES: &str = "invite/";
/// Before the id in the key of a device's record.
pub(super) const DEVICES: &str = "device/";
const KEYS: &str = "device-key/";
const PEOPLE: &str = "person/";
const SESSIONS: &str = "staff-session/";
const PROPOSALS: &str = "proposal/";

fn invite_key(token: &InviteToken) -> String {
    format!("{INVITES}{}", token.hash())
}

fn device_key(device: DeviceId) -> String {
    format!("{DEVICES}{device}")
}

fn person_key(staff: StaffId) -> String {
    format!("{PEOPLE}{staff}")
}

fn key_key(key: &[u8; 32]) -> String {
    format!("{KEYS}{}", records::hex(key))
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
