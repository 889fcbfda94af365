//! What was done to accounts, and by whom: every change of the registry goes through `Registry::commit` with the act that it
//! is, so that no change is without its entry and no entry without its change.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Registry, RegistryError, decode, encode, records::hex};
use crate::{
    core::{
        ids::{DeviceId, StaffId},
        time::Timestamp,
    },
    proto::staff::Role,
    store::{Outcome, Txn, Write},
};

/// One act. Names nobody: ids only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub by: By,
    /// What.
    pub what: What,
    /// To whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff: Option<StaffId>,
    /// To which device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum By {
    /// A member of staff, signed in.
    Staff {
        /// Who.
        staff: StaffId,
    },
    /// Whoever holds a one-time link.
    Link,
    /// Somebody at the server's own command line.
    CommandLine,
    /// The line's authority.
    Authority,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Somebody was invited.
    Invited {
        /// As what.
        role: Role,
    },
    /// A device was enrolled.
    Enrolled {
        /// As what.
        role: Role,
    },
    /// A device took the place of all others of a person who had lost every passkey.
    Recovered,
    /// A person asked for a link for one more device of theirs.
    DeviceInvited,
    /// A person proved themselves with the passkey of a device.
    SignedIn,
    /// A session was ended at its device.
    SignedOut,
    /// A person was shut out, with all their devices and passkeys.
    PersonShutOut,
    /// A device was shut out, with its passkey.
    DeviceShutOut,
    /// A recovery was asked for.
    RecoveryAsked,
    /// One more administrator was asked for.
    AdministratorAsked,
    /// A second administrator confirmed what was asked for.
    Confirmed,
    /// What was asked for was taken back, or refused by a second administrator.
    Withdrawn,
    /// A credential that the authority signed was taken in.
    CredentialTaken,
}

impl Act {
    /// An act upon nobody in particular.
    pub fn new(at: Timestamp, by: By, what: What) -> Self {
        Self { at, by, what, staff: None, device: None }
    }

    /// Upon that person.
    pub fn upon(self, staff: StaffId) -> Self {
        Self { staff: Some(staff), ..self }
    }

    /// Upon that device.
    pub fn at_device(self, device: DeviceId) -> Self {
        Self { device: Some(device), ..self }
    }
}

impl Registry {
    /// Carries the change out together with its entry in the record of acts.
    pub(super) async fn commit(&self, mut txn: Txn, act: &Act) -> Result<Outcome, RegistryError> {
        let value = encode(ACTS, act)?;
        let key = format!("{ACTS}{:013}-{}", act.at.as_millis(), &hex(&Sha256::digest(&value))[..16]);
        txn.writes.push(Write::Put { key, value });
        Ok(self.ledger.txn(txn).await?)
    }

    /// The acts, oldest first.
    pub async fn acts(&self) -> Result<Vec<Act>, RegistryError> {
        let (entries, _) = self.ledger.range(ACTS).await?;
        entries.iter().map(decode).collect()
    }
}

const ACTS: &str = "account-act/";
