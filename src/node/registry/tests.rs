//! Tests of the staff registry.

use super::*;
use crate::store::sqlite::Sqlite;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

struct Office {
    registry: Registry,
    token: InviteToken,
    _folder: tempfile::TempDir,
}

async fn with_invite() -> Office {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::new(Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap()));
    let token = InviteToken::from_random([7; 16]);
    let invite = Invite { role: Role::Counsellor, expires: Timestamp::from_millis(1_000_001) };
    registry.create_invite(&invite, &token).await.unwrap();
    Office { registry, token, _folder: folder }
}

async fn redeem(office: &Office, key: u8, device: u8) -> Result<Device, RegistryError> {
    let (staff, device) = (StaffId::from_random([device; 16]), DeviceId::from_random([device; 16]));
    office.registry.redeem_invite(&office.token, "Sam", [key; 32], staff, device, NOW).await
}

#[tokio::test]
async fn an_invitation_enrols_one_device_once() {
    let office = with_invite().await;
    assert!(!office.registry.any_staff().await.unwrap());
    let device = redeem(&office, 1, 1).await.unwrap();
    assert_eq!(device.name, "Sam");
    assert_eq!(office.registry.device_by_key(&[1; 32]).await.unwrap(), Some(device));
    assert!(office.registry.any_staff().await.unwrap());
    assert_eq!(redeem(&office, 2, 2).await, Err(RegistryError::InviteGone));
}

#[tokio::test]
async fn of_two_who_use_an_invitation_at_once_one_is_enrolled() {
    let office = with_invite().await;
    let (first, second) = tokio::join!(redeem(&office, 1, 1), redeem(&office, 2, 2));
    assert_ne!(first.is_ok(), second.is_ok());
    assert_eq!(office.registry.devices().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_expired_invitation_is_as_good_as_none() {
    let office = with_invite().await;
    let later = Timestamp::from_millis(1_000_001);
    assert_eq!(office.registry.invite(&office.token, later).await, Err(RegistryError::InviteGone));
}

#[tokio::test]
async fn expired_invitations_are_removed_and_good_ones_are_not() {
    let office = with_invite().await;
    let good = InviteToken::from_random([8; 16]);
    let invite = Invite { role: Role::Clinician, expires: Timestamp::from_millis(2_000_000) };
    office.registry.create_invite(&invite, &good).await.unwrap();
    assert_eq!(office.registry.remove_expired_invites(NOW).await, Ok(0));
    let later = Timestamp::from_millis(1_000_001);
    assert_eq!(office.registry.remove_expired_invites(later).await, Ok(1));
    assert_eq!(office.registry.ledger.range(INVITES).await.unwrap().0.len(), 1);
    assert_eq!(office.registry.invite(&good, later).await, Ok(invite));
}

#[tokio::test]
async fn a_key_is_enrolled_once() {
    let office = with_invite().await;
    redeem(&office, 1, 1).await.unwrap();
    let invite = Invite { role: Role::Counsellor, expires: Timestamp::from_millis(u64::MAX) };
    office.registry.create_invite(&invite, &office.token).await.unwrap();
    assert_eq!(redeem(&office, 1, 2).await, Err(RegistryError::KeyTaken));
    assert!(office.registry.invite(&office.token, NOW).await.is_ok());
}

#[tokio::test]
async fn a_device_that_is_shut_out_says_so() {
    let office = with_invite().await;
    let device = redeem(&office, 1, 1).await.unwrap();
    office.registry.revoke(device.device).await.unwrap();
    assert!(office.registry.device_by_key(&[1; 32]).await.unwrap().unwrap().revoked);
    let nobody = DeviceId::from_random([9; 16]);
    assert_eq!(office.registry.revoke(nobody).await, Err(RegistryError::UnknownDevice));
}

#[tokio::test]
async fn a_name_that_cannot_be_shown_is_refused() {
    let office = with_invite().await;
    for name in ["", "a\nb", "Sam\u{202e}", &"x".repeat(41)] {
        let (staff, device) = (StaffId::from_random([1; 16]), DeviceId::from_random([1; 16]));
        let refused = office.registry.redeem_invite(&office.token, name, [1; 32], staff, device, NOW).await;
        assert_eq!(refused, Err(RegistryError::BadName), "{name:?}");
    }
    assert!(redeem(&office, 1, 1).await.is_ok(), "the invitation is still good");
}
