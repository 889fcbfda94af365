//! Tests of the staff registry.

use super::*;
use crate::{
    core::{ids::ProposalId, time::Timestamp},
    node::audit::{Account, Did, Who},
    proto::staff::Role,
    store::sqlite::Sqlite,
};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const SOON: Timestamp = Timestamp::from_millis(1_000_001);
const LATE: Timestamp = Timestamp::from_millis(9_000_000);

struct Office {
    registry: Registry,
    _folder: tempfile::TempDir,
}

fn office() -> Office {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::new(Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap()));
    Office { registry, _folder: folder }
}

fn staff(number: u8) -> StaffId {
    StaffId::from_random([number; 16])
}

fn device(number: u8) -> DeviceId {
    DeviceId::from_random([number; 16])
}

fn by(number: u8) -> Who {
    Who::person(staff(number))
}

fn browser(passkey: Option<&str>) -> DeviceKind {
    DeviceKind::Browser { passkey: passkey.map(str::to_owned), bound_key: "bound".into() }
}

const TOKEN: InviteToken = InviteToken::from_random([7; 16]);

impl Office {
    async fn invited(role: Role, expires: Timestamp) -> Self {
        let office = office();
        office.invite(&TOKEN, role, Whom::NewPerson, expires).await;
        office
    }

    async fn invite(&self, token: &InviteToken, role: Role, whom: Whom, expires: Timestamp) {
        let invite = Invite { role, expires, whom, native: false };
        self.registry.create_invite(&invite, token, Who::Operator, NOW).await.unwrap();
    }

    async fn redeem(&self, key: u8, number: u8) -> Result<Device, RegistryError> {
        self.redeem_as(&TOKEN, "Sam", key, number).await
    }

    async fn redeem_as(
        &self,
        token: &InviteToken,
        name: &str,
        key: u8,
        number: u8,
    ) -> Result<Device, RegistryError> {
        let newcomer = Newcomer {
            name: name.into(),
            key: [key; 32],
            kind: browser(Some(&format!("passkey {number}"))),
            staff: staff(number),
            device: device(number),
        };
        self.registry.redeem_invite(token, newcomer, NOW).await
    }

    /// Somebody with one device, both of that number.
    async fn hire(&self, number: u8, role: Role) -> Device {
        let token = InviteToken::from_random([number + 100; 16]);
        self.invite(&token, role, Whom::NewPerson, LATE).await;
        self.redeem_as(&token, "Sam", number, number).await.unwrap()
    }

    async fn propose(&self, what: Proposed, by: u8) -> Result<ProposalId, RegistryError> {
        let id = ProposalId::from_random([by; 16]);
        let proposal = Proposal { id, what, by: staff(by), at: NOW, expires: LATE };
        self.registry.propose(&proposal).await.map(|()| id)
    }

    async fn confirm(&self, id: ProposalId, second: u8) -> Result<Proposal, RegistryError> {
        self.registry.confirm(id, staff(second), &TOKEN, LATE, NOW).await
    }

    /// Oldest first.
    async fn what_was_done(&self) -> Vec<Account> {
        let did = |did| if let Did::Account { what, .. } = did { what } else { panic!("{did:?}") };
        let acts = self.registry.acts(usize::MAX).await.unwrap();
        acts.into_iter().rev().map(|act| did(act.did)).collect()
    }
}

#[tokio::test]
async fn an_invitation_enrols_one_device_once() {
    let office = Office::invited(Role::Counsellor, SOON).await;
    assert!(!office.registry.any_staff().await.unwrap());
    let enrolled = office.redeem(1, 1).await.unwrap();
    assert_eq!(enrolled.name, "Sam");
    assert_eq!(office.registry.device_by_key(&[1; 32]).await.unwrap(), Some(enrolled));
    assert_eq!(office.registry.person(staff(1)).await.unwrap().unwrap().role, Role::Counsellor);
    assert!(office.registry.any_staff().await.unwrap());
    assert_eq!(office.redeem(2, 2).await, Err(RegistryError::InviteGone));
}

#[tokio::test]
async fn of_two_who_use_an_invitation_at_once_one_is_enrolled() {
    let office = Office::invited(Role::Counsellor, SOON).await;
    let (first, second) = tokio::join!(office.redeem(1, 1), office.redeem(2, 2));
    assert_ne!(first.is_ok(), second.is_ok());
    assert_eq!(office.registry.devices().await.unwrap().len(), 1);
    assert_eq!(office.registry.people().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_expired_invitation_is_as_good_as_none() {
    let office = Office::invited(Role::Counsellor, SOON).await;
    assert_eq!(office.registry.invite(&TOKEN, SOON).await.err(), Some(RegistryError::InviteGone));
}

#[tokio::test]
async fn what_has_expired_is_removed_and_what_is_good_is_not() {
    let office = Office::invited(Role::Counsellor, SOON).await;
    let good = InviteToken::from_random([8; 16]);
    office.invite(&good, Role::Clinician, Whom::NewPerson, LATE).await;
    assert_eq!(office.registry.remove_expired(NOW).await, Ok(0));
    assert_eq!(office.registry.remove_expired(SOON).await, Ok(1));
    assert_eq!(office.registry.invite(&good, SOON).await.unwrap().0.role, Role::Clinician);
}

#[tokio::test]
async fn a_key_is_enrolled_once() {
    let office = Office::invited(Role::Counsellor, SOON).await;
    office.redeem(1, 1).await.unwrap();
    office.invite(&TOKEN, Role::Counsellor, Whom::NewPerson, LATE).await;
    assert_eq!(office.redeem(1, 2).await, Err(RegistryError::KeyTaken));
    assert!(office.registry.invite(&TOKEN, NOW).await.is_ok());
}

#[tokio::test]
async fn a_name_that_cannot_be_shown_is_refused() {
    let office = Office::invited(Role::Counsellor, SOON).await;
    for name in ["", "a\nb", "Sam\u{202e}", &"x".repeat(41)] {
        let refused = office.redeem_as(&TOKEN, name, 1, 1).await;
        assert_eq!(refused, Err(RegistryError::BadName), "{name:?}");
    }
    assert!(office.redeem(1, 1).await.is_ok(), "the invitation is still good");
}

#[tokio::test]
async fn a_browsers_link_is_no_programs_and_the_other_way_round() {
    let office = Office::invited(Role::Counsellor, SOON).await;
    let program = |key| Newcomer {
        name: "Sam".into(),
        key: [key; 32],
        kind: DeviceKind::Native,
        staff: staff(key),
        device: device(key),
    };
    let refused = office.registry.redeem_invite(&TOKEN, program(1), NOW).await;
    assert_eq!(refused, Err(RegistryError::OtherKind));
    let native = InviteToken::from_random([8; 16]);
    let invite = Invite { role: Role::Counsellor, expires: LATE, whom: Whom::NewPerson, native: true };
    office.registry.create_invite(&invite, &native, Who::Operator, NOW).await.unwrap();
    assert_eq!(office.redeem_as(&native, "Sam", 2, 2).await, Err(RegistryError::OtherKind));
    assert!(office.registry.redeem_invite(&native, program(1), NOW).await.unwrap().kind.is_native());
}

#[tokio::test]
async fn a_device_that_is_shut_out_says_so_and_keeps_no_passkey() {
    let office = Office::invited(Role::Counsellor, SOON).await;
    let enrolled = office.redeem(1, 1).await.unwrap();
    office.registry.revoke_device(enrolled.device, Who::Operator, NOW).await.unwrap();
    let shut_out = office.registry.device_by_key(&[1; 32]).await.unwrap().unwrap();
    assert!(shut_out.revoked);
    assert_eq!(shut_out.kind, browser(None));
    let nobody = office.registry.revoke_device(device(9), Who::Operator, NOW).await;
    assert_eq!(nobody, Err(RegistryError::UnknownDevice));
}

#[tokio::test]
async fn a_person_is_shut_out_with_every_device_session_and_link() {
    let office = office();
    let first = office.hire(1, Role::Counsellor).await;
    let other = office.hire(2, Role::Counsellor).await;
    office.invite(&TOKEN, Role::Counsellor, Whom::OneMoreDevice { staff: staff(1) }, LATE).await;
    let second = office.redeem(3, 3).await.unwrap();
    assert_eq!((second.staff, second.name.as_str()), (staff(1), "Sam"));
    let session = SessionToken::from_random([5; 16]);
    office.registry.open_session(second.device, None, &session, LATE, NOW).await.unwrap();
    office.invite(&TOKEN, Role::Counsellor, Whom::OneMoreDevice { staff: staff(1) }, LATE).await;

    office.registry.revoke_person(staff(1), by(2), NOW).await.unwrap();
    for gone in [first, second] {
        assert!(office.registry.device(gone.device).await.unwrap().unwrap().revoked);
    }
    assert!(!office.registry.device(other.device).await.unwrap().unwrap().revoked);
    assert_eq!(office.registry.session(&session, NOW).await, Ok(None));
    assert_eq!(office.redeem(4, 4).await, Err(RegistryError::InviteGone));
    let again = SessionToken::from_random([6; 16]);
    let refused = office.registry.open_session(device(3), None, &again, LATE, NOW).await;
    assert_eq!(refused, Err(RegistryError::UnknownDevice));
}

#[tokio::test]
async fn nobody_shuts_themselves_out() {
    let office = office();
    office.hire(1, Role::Administrator).await;
    assert_eq!(office.registry.revoke_person(staff(1), by(1), NOW).await, Err(RegistryError::Oneself));
}

#[tokio::test]
async fn a_session_ends_by_its_time_or_by_its_owner() {
    let office = office();
    let laptop = office.hire(1, Role::Counsellor).await;
    let session = SessionToken::from_random([5; 16]);
    office.registry.open_session(laptop.device, Some("counted".into()), &session, SOON, NOW).await.unwrap();
    let found = office.registry.session(&session, NOW).await.unwrap().unwrap();
    assert_eq!(found.kind, browser(Some("counted")));
    assert_eq!(office.registry.session(&session, SOON).await, Ok(None));
    assert_eq!(office.registry.session(&SessionToken::from_random([6; 16]), NOW).await, Ok(None));
    office.registry.close_session(&session, laptop.staff, laptop.device, NOW).await.unwrap();
    assert_eq!(office.registry.session(&session, NOW).await, Ok(None));
}

#[tokio::test]
async fn a_recovery_needs_another_administrator_and_leaves_no_old_device() {
    let office = office();
    for administrator in [1, 2] {
        office.hire(administrator, Role::Administrator).await;
    }
    let lost = office.hire(3, Role::Counsellor).await;
    let asked = office.propose(Proposed::Recovery { staff: staff(3) }, 1).await.unwrap();
    assert_eq!(office.confirm(asked, 1).await, Err(RegistryError::Alone), "whoever asked");
    assert_eq!(office.confirm(asked, 3).await, Err(RegistryError::Alone), "whom it is about");
    assert_eq!(office.registry.invite(&TOKEN, NOW).await.err(), Some(RegistryError::InviteGone));

    office.confirm(asked, 2).await.unwrap();
    assert_eq!(office.confirm(asked, 2).await, Err(RegistryError::ProposalGone), "once");
    assert!(!office.registry.device(lost.device).await.unwrap().unwrap().revoked, "until the link is used");
    let found = office.redeem(9, 9).await.unwrap();
    assert_eq!((found.staff, found.name), (staff(3), lost.name));
    assert!(office.registry.device(lost.device).await.unwrap().unwrap().revoked);
    let done = office.what_was_done().await;
    let told = [Account::RecoveryAsked, Account::Confirmed, Account::Recovered];
    assert!(told.iter().all(|what| done.contains(what)), "{done:?}");
}

#[tokio::test]
async fn an_administrator_who_was_shut_out_asks_for_nothing_any_more() {
    let office = office();
    for administrator in [1, 2] {
        office.hire(administrator, Role::Administrator).await;
    }
    let asked = office.propose(Proposed::Administrator, 1).await.unwrap();
    office.registry.revoke_person(staff(1), by(2), NOW).await.unwrap();
    assert_eq!(office.confirm(asked, 2).await, Err(RegistryError::ProposalGone));
}

#[tokio::test]
async fn only_administrators_confirm_and_what_is_withdrawn_is_gone() {
    let office = office();
    office.hire(1, Role::Administrator).await;
    office.hire(2, Role::Administrator).await;
    office.hire(3, Role::Counsellor).await;
    let asked = office.propose(Proposed::Administrator, 1).await.unwrap();
    assert_eq!(office.confirm(asked, 3).await, Err(RegistryError::ProposalGone));
    assert_eq!(office.registry.proposals(NOW).await.unwrap().len(), 1);
    office.registry.withdraw(asked, staff(2), NOW).await.unwrap();
    assert_eq!(office.registry.proposals(NOW).await.unwrap(), []);
    assert_eq!(office.confirm(asked, 2).await, Err(RegistryError::ProposalGone));
    let nobody = office.propose(Proposed::Recovery { staff: staff(9) }, 1).await;
    assert_eq!(nobody, Err(RegistryError::UnknownPerson));
}

#[tokio::test]
async fn a_credential_is_kept_with_its_device_and_not_with_one_that_was_shut_out() {
    let office = office();
    let sam = office.hire(1, Role::Counsellor).await;
    assert!(sam.joins_calls() && !office.hire(2, Role::Administrator).await.joins_calls());
    office.registry.take_credential(sam.device, "a.b.c", Who::Authority, NOW).await.unwrap();
    let device = office.registry.device(sam.device).await.unwrap().unwrap();
    assert_eq!(device.credential.as_deref(), Some("a.b.c"));
    office.registry.revoke_device(sam.device, Who::Operator, NOW).await.unwrap();
    let refused = office.registry.take_credential(sam.device, "d.e.f", Who::Authority, NOW).await;
    assert_eq!(refused, Err(RegistryError::UnknownDevice));
}

#[test]
fn records_name_nobody_when_they_are_printed() {
    let person = Person {
        staff: staff(1),
        name: "Rhiannon".into(),
        role: Role::Clinician,
        since: NOW,
        revoked: false,
    };
    let device = Device {
        staff: staff(1),
        device: device(1),
        name: "Rhiannon".into(),
        role: Role::Clinician,
        key: [77; 32],
        revoked: false,
        since: NOW,
        kind: browser(Some("secret")),
        credential: Some("ey.ey.ey".into()),
    };
    let said = format!("{person:?} {device:?} {:?} {TOKEN:?}", device.kind);
    for hidden in ["Rhiannon", "secret", "ey.ey", "77", "0707"] {
        assert!(!said.contains(hidden), "{said}");
    }
}
