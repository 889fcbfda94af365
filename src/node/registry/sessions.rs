//! Sessions of browsers: opened by a passkey, bound to the device.

use super::{
    Registry, RegistryError, SESSIONS, decode, device_key, encode,
    records::{Device, DeviceKind, Session, SessionToken},
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
    /// Opens a session of a device whose passkey was just proved. `passkey` is what is to be kept of the passkey, where it has
    /// changed (its counter).
    pub async fn open_session(
        &self,
        device: DeviceId,
        passkey: Option<String>,
        token: &SessionToken,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let key = device_key(device);
        let entry = self.ledger.get(&key).await?.ok_or(RegistryError::UnknownDevice)?;
        let mut record: Device = decode(&entry)?;
        if record.revoked {
            return Err(RegistryError::UnknownDevice);
        }
        let act = of_oneself(now, Account::SignedIn, record.staff, device);
        let session = session_key(token);
        let mut txn = Txn {
            compares: vec![Compare { key: key.clone(), revision: entry.revision }],
            writes: vec![Write::Put { value: encode(&session, &Session { device, expires })?, key: session }],
        };
        if passkey.is_some()
            && let DeviceKind::Browser { bound_key, .. } = record.kind
        {
            record.kind = DeviceKind::Browser { passkey, bound_key };
            txn.writes.push(Write::Put { value: encode(&key, &record)?, key });
        }
        match self.commit(txn, act).await? {
            Outcome::Committed { .. } => Ok(()),
            // The device's record changed in this very moment: it was shut out, or proved twice with one counter.
            Outcome::Conflict => Err(RegistryError::UnknownDevice),
        }
    }

    /// The device of that session, if the session is good at `now` and the device was not shut out.
    pub async fn session(
        &self,
        token: &SessionToken,
        now: Timestamp,
    ) -> Result<Option<Device>, RegistryError> {
        let Some(entry) = self.ledger.get(&session_key(token)).await? else { return Ok(None) };
        let session: Session = decode(&entry)?;
        if session.expires <= now {
            return Ok(None);
        }
        Ok(self.device(session.device).await?.filter(|device| !device.revoked))
    }

    /// Ends a session.
    pub async fn close_session(
        &self,
        token: &SessionToken,
        staff: StaffId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let act = of_oneself(now, Account::SignedOut, staff, device);
        let writes = vec![Write::Delete { key: session_key(token) }];
        self.commit(Txn { compares: Vec::new(), writes }, act).await.map(drop)
    }
}

fn of_oneself(now: Timestamp, what: Account, staff: StaffId, device: DeviceId) -> Act {
    Act::on_device(now, Who::Staff { staff, device: Some(device) }, what, staff, device)
}

fn session_key(token: &SessionToken) -> String {
    format!("{SESSIONS}{}", token.hash())
}
