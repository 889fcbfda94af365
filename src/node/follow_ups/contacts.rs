//! Contact details, which nobody here can read: who has a copy, and who was given it.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::{FollowUpError, FollowUps, Record, Whose, record_key};
use crate::{
    core::ids::{DeviceId, FollowUpId},
    node::{
        audit::{self, Act, Did, FollowUpAct, Who},
        records,
    },
    proto::{
        Hidden,
        follow_ups::{ContactCopy, SealedContact},
    },
    store::{Compare, Outcome as Written, Txn, Write},
};

const CONTACTS: &str = "follow-up-contact/";
const KEYS: &str = "follow-up-key/";
/// Bytes of a sealed detail: all are padded to the same length.
const SEALED: usize = 4096 + 16;
/// Bytes of a copy: what X-Wing encapsulates, and a sealed key of 32 bytes.
const COPY: usize = 1120 + 32 + 16;
/// Devices that can have a copy.
const COPIES: usize = 40;
/// Bytes of an X-Wing public key.
const KEY: usize = 1216;
/// Bytes of an Ed25519 signature.
const SIGNATURE: usize = 64;

/// A contact detail as the ledger keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::node) struct Contact {
    sealed: Hidden,
    copies: BTreeMap<DeviceId, Hidden>,
}

/// The key of a clinician's device, as the device has signed it. Nobody here believes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferedKey {
    /// Base64.
    pub key: String,
    /// Base64.
    pub signature: String,
}

impl Contact {
    /// What a console sealed, by form.
    pub(in crate::node) fn read(sealed: SealedContact) -> Option<Self> {
        let SealedContact { sealed, copies } = sealed;
        let copies = read_copies(copies)?;
        (is(&sealed.0, SEALED) && !copies.is_empty()).then_some(Self { sealed, copies })
    }
}

impl FollowUps {
    /// Keeps the key that a device offers.
    pub async fn offer_key(&self, device: DeviceId, offered: OfferedKey) -> Result<(), FollowUpError> {
        if !is(&offered.key, KEY) || !is(&offered.signature, SIGNATURE) {
            return Err(FollowUpError::Malformed);
        }
        let key = format!("{KEYS}{device}");
        if self.read::<OfferedKey>(&key).await?.as_ref() != Some(&offered) {
            let value = records::encode(&key, &offered)?;
            self.ledger.txn(Txn { compares: Vec::new(), writes: vec![Write::Put { key, value }] }).await?;
        }
        Ok(())
    }

    /// The key that a device has offered.
    pub async fn offered_key(&self, device: DeviceId) -> Result<Option<OfferedKey>, FollowUpError> {
        self.read(&format!("{KEYS}{device}")).await
    }

    /// Gives out a contact detail with the copy for that device. It is written down before it is told.
    pub async fn read_contact(
        &self,
        id: FollowUpId,
        device: DeviceId,
        by: Who,
    ) -> Result<(Hidden, Hidden), FollowUpError> {
        let (contact, _) = self.contact(id).await?;
        let copy = contact.copies.get(&device).cloned().ok_or(FollowUpError::Unknown)?;
        let did = Did::FollowUp { what: FollowUpAct::ContactRead, follow_up: id };
        let act = Act { at: self.clock.now(), who: by, did, call: None };
        audit::commit(self.ledger.as_ref(), Txn::default(), act).await?;
        Ok((contact.sealed, copy))
    }

    /// Adds copies for more devices, made at a device that has one. A copy that is there stays as it is.
    pub async fn share_contact(
        &self,
        id: FollowUpId,
        device: DeviceId,
        copies: Vec<ContactCopy>,
        by: Who,
    ) -> Result<(), FollowUpError> {
        let copies = read_copies(copies).ok_or(FollowUpError::Malformed)?;
        for _ in 0..super::TRIES {
            let (mut contact, revision) = self.contact(id).await?;
            if !contact.copies.contains_key(&device) {
                return Err(FollowUpError::Unknown);
            }
            for (device, copy) in &copies {
                contact.copies.entry(*device).or_insert_with(|| copy.clone());
            }
            if contact.copies.len() > COPIES {
                return Err(FollowUpError::Malformed);
            }
            let key = contact_key(id);
            let compares = vec![Compare { key: key.clone(), revision }];
            let value = records::encode(&key, &contact)?;
            let txn = Txn { compares, writes: vec![Write::Put { key, value }] };
            let did = Did::FollowUp { what: FollowUpAct::ContactShared, follow_up: id };
            let act = Act { at: self.clock.now(), who: by, did, call: None };
            if let Written::Committed { .. } = audit::commit(self.ledger.as_ref(), txn, act).await? {
                return Ok(());
            }
        }
        Err(FollowUpError::Busy)
    }

    /// The devices that have a copy, for each follow-up with a contact detail.
    pub(super) async fn readers(&self) -> Result<BTreeMap<FollowUpId, Vec<DeviceId>>, FollowUpError> {
        let (entries, _) = self.ledger.range(CONTACTS).await?;
        let mut readers = BTreeMap::new();
        for entry in &entries {
            let contact: Contact = records::decode(entry)?;
            if let Some(id) = entry.key.strip_prefix(CONTACTS).and_then(|id| id.parse().ok()) {
                readers.insert(id, contact.copies.into_keys().collect());
            }
        }
        Ok(readers)
    }

    /// The contact detail of a follow-up that is still kept.
    async fn contact(&self, id: FollowUpId) -> Result<(Contact, u64), FollowUpError> {
        let record: Option<Record> = self.read(&record_key(id)).await?;
        let now = self.clock.now();
        record
            .filter(|record| Whose::All.includes(record) && now < self.rules.gone_at(record.at))
            .ok_or(FollowUpError::Unknown)?;
        let entry = self.ledger.get(&contact_key(id)).await?.ok_or(FollowUpError::Unknown)?;
        Ok((records::decode(&entry)?, entry.revision))
    }
}

pub(super) fn contact_key(id: FollowUpId) -> String {
    format!("{CONTACTS}{id}")
}

fn read_copies(copies: Vec<ContactCopy>) -> Option<BTreeMap<DeviceId, Hidden>> {
    let holds = copies.len() <= COPIES && copies.iter().all(|copy| is(&copy.copy.0, COPY));
    holds.then(|| copies.into_iter().map(|copy| (copy.device, copy.copy)).collect())
}

/// Whether that is so many bytes in base64.
fn is(text: &str, bytes: usize) -> bool {
    text.len() == bytes.div_ceil(3) * 4 && STANDARD.decode(text).is_ok_and(|read| read.len() == bytes)
}
