//! Credentials of devices: those that the authority signed.

use super::{Registry, RegistryError, decode, device_key, encode, records::Device};
use crate::{
    core::{ids::DeviceId, time::Timestamp},
    node::audit::{Account, Act, Who},
    proto::staff::Role,
    store::{Compare, Outcome, Txn, Write},
};

impl Registry {
    /// Keeps the credential that the authority signed for that device. Whoever calls this has checked it.
    pub async fn take_credential(
        &self,
        device: DeviceId,
        credential: &str,
        who: Who,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let key = device_key(device);
        loop {
            let entry = self.ledger.get(&key).await?.ok_or(RegistryError::UnknownDevice)?;
            let record: Device = decode(&entry)?;
            if record.revoked {
                return Err(RegistryError::UnknownDevice);
            }
            let act = Act::on_device(now, who, Account::CredentialTaken, record.staff, device);
            let record = Device { credential: Some(credential.to_owned()), ..record };
            let compares = vec![Compare { key: key.clone(), revision: entry.revision }];
            let writes = vec![Write::Put { key: key.clone(), value: encode(&key, &record)? }];
            if let Outcome::Committed { .. } = self.commit(Txn { compares, writes }, act).await? {
                return Ok(());
            }
        }
    }
}

impl Device {
    /// Whether whoever works at it can be in calls, and so needs a credential.
    pub fn joins_calls(&self) -> bool {
        matches!(self.role, Role::Counsellor | Role::Clinician | Role::Supervisor)
    }
}
