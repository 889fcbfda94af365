//! Puts the e2ee module's credentials behind what signalling needs of them.

use std::{fs, path::Path};

use anyhow::Context;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::role::in_protocol;
use crate::{
    config::Config,
    core::{ids::StaffId, time::Timestamp},
    e2ee::{
        AuthorityKey, AuthorityPublicKey, Identity, Role as LeafRole, StaffGrant,
        authority::parse_public_key, credential::identify,
    },
    proto::staff::Role,
    signalling::{StaffAuthority, VerifiedStaff},
};

/// How long a credential that is issued at enrolment is in force.
const VALIDITY_S: u64 = 365 * 86_400;

/// The line's authority: always its public key, and in development its signing key.
pub(super) struct LineAuthority {
    public: AuthorityPublicKey,
    signing: Option<AuthorityKey>,
}

impl LineAuthority {
    /// As configured; without configuration a development authority in the data folder.
    pub(super) fn load(config: &Config) -> anyhow::Result<Self> {
        if config.uses_dev_authority() {
            let key = AuthorityKey::load_or_create(&config.data.folder.join("authority"))?;
            return Ok(Self { public: key.public(), signing: Some(key) });
        }
        let public = read_public(&config.authority.public_key_file)?;
        let folder = &config.authority.signing_folder;
        let signing = if folder.as_os_str().is_empty() {
            None
        } else {
            Some(AuthorityKey::load(folder).context("authority.signing_folder")?)
        };
        if signing.as_ref().is_some_and(|key| key.public() != public) {
            anyhow::bail!(
                "authority.signing_folder is not of the authority in {}",
                config.authority.public_key_file.display()
            );
        }
        Ok(Self { public, signing })
    }

    /// Whether this machine can sign.
    pub(super) fn can_issue(&self) -> bool {
        self.signing.is_some()
    }
}

impl StaffAuthority for LineAuthority {
    fn public_key(&self) -> String {
        self.public.to_string()
    }

    fn verify(&self, credential: &str, now: Timestamp) -> Option<VerifiedStaff> {
        let key = named_key(credential)?;
        match identify(credential.as_bytes(), &key, &self.public, Some(now.as_millis())).ok()? {
            Identity::Staff { staff, name, role } => {
                let role = in_protocol(role);
                Some(VerifiedStaff { staff: StaffId::from_random(staff), name, role, key })
            }
            Identity::Caller => None,
        }
    }

    fn issue(&self, staff: &VerifiedStaff, now: Timestamp) -> Option<String> {
        let role = match staff.role {
            Role::Counsellor => LeafRole::Counsellor,
            Role::Clinician => LeafRole::Clinician,
            Role::Supervisor => LeafRole::Supervisor,
            Role::Coordinator | Role::Commissioner | Role::Administrator | Role::Caller => return None,
        };
        let issued_at = now.as_millis() / 1000;
        let grant = StaffGrant {
            staff: *staff.staff.as_bytes(),
            name: staff.name.clone(),
            role,
            device_key: staff.key,
            issued_at,
            expires_at: issued_at + VALIDITY_S,
        };
        self.signing.as_ref()?.issue(&grant).ok()
    }
}

/// The device key that a credential names. Believed only when [`identify`] has checked the credential with it.
fn named_key(credential: &str) -> Option<[u8; 32]> {
    #[derive(Deserialize)]
    struct Claims {
        cnf: Confirmation,
    }
    #[derive(Deserialize)]
    struct Confirmation {
        jwk: Jwk,
    }
    #[derive(Deserialize)]
    struct Jwk {
        x: String,
    }
    let claims = URL_SAFE_NO_PAD.decode(credential.split('.').nth(1)?).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    parse_public_key(&claims.cnf.jwk.x).ok()
}

fn read_public(path: &Path) -> anyhow::Result<AuthorityPublicKey> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.trim().parse().with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &Path) -> Config {
        let mut config = Config::default();
        config.data.folder = folder.to_owned();
        config
    }

    #[test]
    fn what_a_development_authority_issues_it_verifies_and_no_other_does() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let now = Timestamp::from_millis(1_800_000_000_000);
        let authority = LineAuthority::load(&config(one.path())).unwrap();
        let staff = VerifiedStaff {
            staff: StaffId::from_random([1; 16]),
            name: "Sam".into(),
            role: Role::Counsellor,
            key: [7; 32],
        };
        let credential = authority.issue(&staff, now).unwrap();
        assert_eq!(authority.verify(&credential, now), Some(staff));
        let again = LineAuthority::load(&config(one.path())).unwrap();
        assert!(again.verify(&credential, now).is_some());
        let foreign = LineAuthority::load(&config(other.path())).unwrap();
        assert_eq!(foreign.verify(&credential, now), None);
        let late = Timestamp::from_millis(now.as_millis() + (VALIDITY_S + 60) * 1000);
        assert_eq!(authority.verify(&credential, late), None);
        for forged in ["", "a.b.c", &credential[1..]] {
            assert_eq!(authority.verify(forged, now), None);
        }
    }

    #[test]
    fn with_a_public_key_only_nothing_is_issued() {
        let folder = tempfile::tempdir().unwrap();
        AuthorityKey::load_or_create(folder.path()).unwrap();
        let mut config = config(folder.path());
        config.authority.public_key_file = folder.path().join(AuthorityKey::PUBLIC_FILE);
        let authority = LineAuthority::load(&config).unwrap();
        assert!(!authority.can_issue());
        config.authority.signing_folder = folder.path().to_owned();
        assert!(LineAuthority::load(&config).unwrap().can_issue());
    }
}
