//! Invitations, and what becomes of them: a device, and for somebody new a person.

use super::{
    Registry, RegistryError, decode, device_key, encode, invite_key, key_key, person_key,
    records::{Device, DeviceKind, Invite, InviteToken, Person, Whom},
};
use crate::{
    core::{
        ids::{DeviceId, StaffId},
        time::Timestamp,
    },
    first_name,
    node::audit::{Account, Act, Who},
    store::{Compare, Entry, Outcome, Txn, Write},
};

/// What somebody brings who uses an invitation.
#[derive(Debug, Clone)]
pub struct Newcomer {
    /// The first name that callers will see. Not looked at where the invitation is for somebody who has one.
    pub name: String,
    /// The device's Ed25519 public key.
    pub key: [u8; 32],
    /// What proves the person at it.
    pub kind: DeviceKind,
    /// The id of a person who is new.
    pub staff: StaffId,
    /// The device's id.
    pub device: DeviceId,
}

impl Registry {
    /// Makes an invitation.
    pub async fn create_invite(
        &self,
        invite: &Invite,
        token: &InviteToken,
        who: Who,
        now: Timestamp,
    ) -> Result<(), RegistryError> {
        let act = match invite.whom {
            Whom::NewPerson => Act::on_accounts(now, who, Account::Invited { role: invite.role }),
            Whom::OneMoreDevice { staff } | Whom::Recovery { staff } => {
                Act::on_account_of(now, who, Account::DeviceInvited, staff)
            }
        };
        let writes = vec![put_invite(invite, token)?];
        self.commit(Txn { compares: Vec::new(), writes }, act).await.map(drop)
    }

    /// The invitation of that token, if it is good at `now`, and whoever it is for, if they work here.
    pub async fn invite(
        &self,
        token: &InviteToken,
        now: Timestamp,
    ) -> Result<(Invite, Option<Person>), RegistryError> {
        let good = self.good_invite(token, now).await?;
        Ok((good.invite, good.person.map(|(person, _)| person)))
    }

    /// Removes the invitations, sessions and proposals that are no longer good at `now`, and says how many there were.
    pub async fn remove_expired(&self, now: Timestamp) -> Result<usize, RegistryError> {
        #[derive(serde::Deserialize)]
        struct Expiring {
            expires: Timestamp,
        }
        let mut removed = 0;
        for prefix in [super::INVITES, super::SESSIONS, super::PROPOSALS] {
            for entry in self.ledger.range(prefix).await?.0 {
                if decode::<Expiring>(&entry)?.expires > now {
                    continue;
                }
                let compares = vec![Compare { key: entry.key.clone(), revision: entry.revision }];
                let writes = vec![Write::Delete { key: entry.key }];
                let outcome = self.ledger.txn(Txn { compares, writes }).await?;
                removed += usize::from(matches!(outcome, Outcome::Committed { .. }));
            }
        }
        Ok(removed)
    }

    /// Uses the invitation up and enrols the device, in one transaction. After a recovery no other device and no other
    /// passkey of the person is good any more.
    pub async fn redeem_invite(
        &self,
        token: &InviteToken,
        newcomer: Newcomer,
        now: Timestamp,
    ) -> Result<Device, RegistryError> {
        let Good { invite, revision, person } = self.good_invite(token, now).await?;
        if invite.native != newcomer.kind.is_native() {
            return Err(RegistryError::OtherKind);
        }
        let Newcomer { name, key, kind, staff, device } = newcomer;
        let (person, known_at) = match person {
            Some((person, revision)) => (person, revision),
            None => {
                let name = first_name::shown(&name).ok_or(RegistryError::BadName)?.to_owned();
                (Person { staff, name, role: invite.role, since: now, revoked: false }, 0)
            }
        };
        let record = Device {
            staff: person.staff,
            device,
            name: person.name.clone(),
            role: person.role,
            key,
            revoked: false,
            since: now,
            kind,
            credential: None,
        };
        let (invited, by_id, by_key) = (invite_key(token), device_key(device), key_key(&key));
        let about = person_key(person.staff);
        let mut txn = Txn {
            compares: vec![
                Compare { key: invited.clone(), revision },
                Compare { key: by_id.clone(), revision: 0 },
                Compare { key: by_key.clone(), revision: 0 },
                Compare { key: about.clone(), revision: known_at },
            ],
            writes: vec![
                Write::Delete { key: invited },
                Write::Put { value: encode(&by_id, &record)?, key: by_id },
                Write::Put { value: encode(&by_key, &device)?, key: by_key.clone() },
                // Also where it is as it was: of two uses of one person's record only one holds.
                Write::Put { value: encode(&about, &person)?, key: about },
            ],
        };
        let recovers = matches!(invite.whom, Whom::Recovery { .. });
        if recovers {
            self.shut_out_devices(person.staff, &mut txn).await?;
        }
        let what = if recovers { Account::Recovered } else { Account::Enrolled { role: person.role } };
        let act = Act::on_device(now, Who::Link, what, person.staff, device);
        match self.commit(txn, act).await? {
            Outcome::Committed { .. } => Ok(record),
            Outcome::Conflict if self.ledger.get(&by_key).await?.is_some() => Err(RegistryError::KeyTaken),
            Outcome::Conflict => Err(RegistryError::InviteGone),
        }
    }

    async fn good_invite(&self, token: &InviteToken, now: Timestamp) -> Result<Good, RegistryError> {
        let Entry { value, revision, key } =
            self.ledger.get(&invite_key(token)).await?.ok_or(RegistryError::InviteGone)?;
        let invite: Invite = decode(&Entry { key, value, revision })?;
        if invite.expires <= now {
            return Err(RegistryError::InviteGone);
        }
        let person = match invite.whom.staff() {
            None => None,
            Some(staff) => {
                let known = self.person_at(staff).await?.filter(|(person, _)| !person.revoked);
                Some(known.ok_or(RegistryError::InviteGone)?)
            }
        };
        Ok(Good { invite, revision, person })
    }
}

/// An invitation that is good, and whom it is for.
struct Good {
    invite: Invite,
    revision: u64,
    person: Option<(Person, u64)>,
}

/// The record of an invitation.
pub(super) fn put_invite(invite: &Invite, token: &InviteToken) -> Result<Write, RegistryError> {
    let key = invite_key(token);
    let value = encode(&key, invite)?;
    Ok(Write::Put { key, value })
}
