//! Synthetic members of staff for `quietline load`: enrolled devices whose keys are on this machine. Only where this machine
//! can sign; nobody should be able to make such staff for a real line.

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, bail};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};

use super::{serve::open_ledger, staff_authority::LineAuthority};
use crate::{
    client::StaffDevice,
    config::Config,
    core::ids::{DeviceId, StaffId},
    load::staff::Roster,
    node::{
        Clock as _, Random as _, SystemClock, SystemRandom,
        audit::Who,
        registry::{DeviceKind, Invite, InviteToken, Newcomer, Registry, Whom},
    },
    private_file,
    proto::staff::Role,
    signalling::{StaffAuthority as _, VerifiedStaff},
    store::Ledger,
};

/// How long an invitation is good, of which nobody but this process knows.
const INVITED: std::time::Duration = std::time::Duration::from_secs(3_600);

/// Enrols so many in a data folder with a development authority.
pub(super) fn enrol_development(data: &Path, count: u32) -> anyhow::Result<Roster> {
    let mut config = Config::default();
    config.data.folder = data.to_owned();
    block_on(enrol(&config, count))
}

/// Enrols so many in the ledger of a server that runs or does not, under its configured authority.
pub(super) async fn enrol(config: &Config, count: u32) -> anyhow::Result<Roster> {
    private_file::make_folder(&config.data.folder)
        .with_context(|| format!("the data folder {} cannot be used", config.data.folder.display()))?;
    let authority = LineAuthority::load(config)?;
    if !authority.can_issue() {
        bail!(
            "this machine cannot sign staff credentials (authority.signing_folder is empty), so it makes no synthetic staff"
        );
    }
    let ledger: Arc<dyn Ledger> = open_ledger(&config.data.folder)?;
    let registry = Registry::new(ledger);
    let mut devices = Vec::with_capacity(count as usize);
    for number in 1..=count {
        devices.push(one(&registry, &authority, number).await?);
    }
    let authority = authority.public_key().parse().context("the authority's public key")?;
    Ok(Roster { authority, devices })
}

fn block_on(enrolled: impl Future<Output = anyhow::Result<Roster>>) -> anyhow::Result<Roster> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(enrolled)
}

async fn one(registry: &Registry, authority: &LineAuthority, number: u32) -> anyhow::Result<StaffDevice> {
    let clock = SystemClock::new();
    let random = || -> anyhow::Result<[u8; 16]> {
        let mut bytes = [0; 16];
        SystemRandom.fill(&mut bytes)?;
        Ok(bytes)
    };
    let mut key_seed = [0; 32];
    SystemRandom.fill(&mut key_seed)?;
    let pair = Ed25519KeyPair::from_seed_unchecked(&key_seed).ok().context("could not make a device key")?;
    let key: [u8; 32] = pair.public_key().as_ref().try_into().context("could not make a device key")?;
    let token = InviteToken::from_random(random()?);
    let now = clock.now();
    let invite =
        Invite { role: Role::Counsellor, expires: now + INVITED, whom: Whom::NewPerson, native: true };
    registry.create_invite(&invite, &token, Who::Operator, now).await?;
    let (staff, device) = (StaffId::from_random(random()?), DeviceId::from_random(random()?));
    let name = format!("Synthetic {number}");
    let newcomer = Newcomer { name, key, kind: DeviceKind::Native, staff, device };
    let device = registry.redeem_invite(&token, newcomer, now).await?;
    let staff = VerifiedStaff { staff: device.staff, name: device.name, role: device.role, key };
    let credential = authority.issue(&staff, now).context("could not sign a credential")?;
    registry.take_credential(device.device, &credential, Who::Authority, now).await?;
    Ok(StaffDevice { credential, key_seed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synthetic_staff_are_enrolled_and_their_credentials_hold() {
        let folder = tempfile::tempdir().unwrap();
        let roster = enrol_development(folder.path(), 3).unwrap();
        assert_eq!(roster.devices.len(), 3);
        let mut config = Config::default();
        config.data.folder = folder.path().to_owned();
        let authority = LineAuthority::load(&config).unwrap();
        for device in &roster.devices {
            let verified = authority.verify(&device.credential, SystemClock::new().now()).unwrap();
            let pair = Ed25519KeyPair::from_seed_unchecked(&device.key_seed).unwrap();
            assert_eq!(pair.public_key().as_ref(), verified.key);
        }
    }

    #[test]
    fn a_machine_that_cannot_sign_makes_none() {
        let (folder, offline) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        crate::e2ee::AuthorityKey::load_or_create(offline.path()).unwrap();
        let mut config = Config::default();
        config.data.folder = folder.path().join("data");
        config.authority.public_key_file = offline.path().join("authority.pub");
        assert!(block_on(enrol(&config, 1)).unwrap_err().to_string().contains("cannot sign"));
    }
}
