//! Shutting out: a device, or a person with everything they have. Takes effect at once everywhere, because every node watches
//! the devices' records and every sign-in reads them.

use super::{
    DEVICES, Registry, RegistryError, decode, device_key, encode, person_key,
    records::{Device, DeviceKind, Person},
};
use crate::{
    core::{
        ids::{DeviceId, StaffId},
        time::Timestamp,
    },
    node::audit::{Account, Act, Who},
    store::{Compare, Outcome, Txn, Write},
};

impl Registry {
    /// Shuts a device out, with its passkey. A node on this ledger hears of it and ends its connection.
    pub async fn revoke_device(
        &self,
        device: DeviceId,
        who: Who,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let key = device_key(device);
        loop {
            let entry = self.ledger.get(&key).await?.ok_or(RegistryError::UnknownDevice)?;
            let record: Device = decode(&entry)?;
            let act = Act::on_device(now, who, Account::DeviceShutOut, record.staff, device);
            let mut txn = Txn::default();
            shut_out(&key, record, entry.revision, &mut txn)?;
            if let Outcome::Committed { .. } = self.commit(txn, act).await? {
                return Ok(());
            }
        }
    }

    /// Shuts a person out, with all their devices and passkeys; links that they hold are good no longer. Nobody shuts
    /// themselves out: so there is always an administrator left.
    pub async fn revoke_person(&self, staff: StaffId, who: Who, now: Timestamp) -> Result<(), RegistryError> {
        if who.staff() == Some(staff) {
            return Err(RegistryError::Oneself);
        }
        loop {
            let (person, revision) = self.person_at(staff).await?.ok_or(RegistryError::UnknownPerson)?;
            let key = person_key(staff);
            let value = encode(&key, &Person { revoked: true, ..person })?;
            let mut txn = Txn {
                compares: vec![Compare { key: key.clone(), revision }],
                writes: vec![Write::Put { key, value }],
            };
            self.shut_out_devices(staff, &mut txn).await?;
            let act = Act::on_account_of(now, who, Account::PersonShutOut, staff);
            if let Outcome::Committed { .. } = self.commit(txn, act).await? {
                return Ok(());
            }
        }
    }

    /// Adds to `txn` that every device of that person is shut out.
    pub(super) async fn shut_out_devices(&self, staff: StaffId, txn: &mut Txn) -> Result<(), RegistryError> {
        for entry in self.ledger.range(DEVICES).await?.0 {
            let record: Device = decode(&entry)?;
            if record.staff == staff && !record.revoked {
                shut_out(&entry.key, record, entry.revision, txn)?;
            }
        }
        Ok(())
    }
}

fn shut_out(key: &str, device: Device, revision: u64, txn: &mut Txn) -> Result<(), RegistryError> {
    let kind = match device.kind {
        DeviceKind::Browser { bound_key, .. } => DeviceKind::Browser { passkey: None, bound_key },
        DeviceKind::Native => DeviceKind::Native,
    };
    let record = Device { revoked: true, kind, ..device };
    txn.compares.push(Compare { key: key.to_owned(), revision });
    txn.writes.push(Write::Put { key: key.to_owned(), value: encode(key, &record)? });
    Ok(())
}
