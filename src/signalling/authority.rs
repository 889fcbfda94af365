//! Staff credentials, as signalling needs them. `cli` puts the e2ee module behind this.

use std::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    core::{ids::StaffId, time::Timestamp},
    node::{
        audit::Who,
        registry::{Device, Registry, RegistryError},
    },
    proto::{
        office::{CredentialRequest, CredentialRequests},
        staff::Role,
    },
};

/// Checks staff credentials and, where the authority's key is on this machine, signs them.
pub trait StaffAuthority: Send + Sync + 'static {
    /// The authority's public key: base64url, 43 characters.
    fn public_key(&self) -> String;

    /// What a credential says, if the authority signed it and it is in force at `now`.
    fn verify(&self, credential: &str, now: Timestamp) -> Option<VerifiedStaff>;

    /// Signs a credential. None where the authority's key is elsewhere.
    fn issue(&self, staff: &VerifiedStaff, now: Timestamp) -> Option<String>;
}

/// What a credential says.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifiedStaff {
    /// The person.
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The device's Ed25519 public key.
    pub key: [u8; 32],
}

impl fmt::Debug for VerifiedStaff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedStaff")
            .field("staff", &self.staff)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A credential that ends sooner than this is to be signed anew.
const RENEWED_BEFORE: Duration = Duration::from_secs(30 * 86_400);

/// Whether the authority is to sign a credential for that device: it has none, or one that soon ends.
pub(super) fn wants_credential(device: &Device, authority: &dyn StaffAuthority, now: Timestamp) -> bool {
    let lasts = |credential: &String| authority.verify(credential, now + RENEWED_BEFORE).is_some();
    !device.revoked && device.joins_calls() && !device.credential.as_ref().is_some_and(lasts)
}

/// What goes to the authority: the devices that want a credential.
pub async fn credential_requests(
    registry: &Registry,
    authority: &dyn StaffAuthority,
    now: Timestamp,
) -> Result<CredentialRequests, RegistryError> {
    let devices = registry.devices().await?.into_iter();
    let request = |device: Device| CredentialRequest {
        staff: device.staff,
        name: device.name,
        role: device.role,
        device_key: URL_SAFE_NO_PAD.encode(device.key),
    };
    Ok(CredentialRequests {
        quietline: CredentialRequests::FORM.to_owned(),
        requests: devices.filter(|device| wants_credential(device, authority, now)).map(request).collect(),
    })
}

/// Takes in what the authority signed: how many were taken and how many were not. Each must be this line's, in force, and for a
/// device that is enrolled here under the same person, name and role.
pub async fn take_credentials<'a>(
    registry: &Registry,
    authority: &dyn StaffAuthority,
    credentials: impl Iterator<Item = &'a str>,
    who: Who,
    now: Timestamp,
) -> Result<(u32, u32), RegistryError> {
    let (mut taken, mut refused) = (0, 0);
    for credential in credentials {
        let Some(signed) = authority.verify(credential, now) else {
            refused += 1;
            continue;
        };
        let holds = |device: &Device| {
            !device.revoked
                && device.staff == signed.staff
                && device.name == signed.name
                && device.role == signed.role
        };
        match registry.device_by_key(&signed.key).await?.filter(holds) {
            Some(device) => {
                registry.take_credential(device.device, credential, who, now).await?;
                taken += 1;
            }
            None => refused += 1,
        }
    }
    Ok((taken, refused))
}
