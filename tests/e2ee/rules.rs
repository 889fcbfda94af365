//! What every member rejects: `docs/e2ee.md`, rule by rule, with real messages of members that lack the rules.

use openmls::prelude::{tls_codec::Serialize as _, *};
use quietline::e2ee::{AuthorityKey, Member, RefusalCode, Role, SigningKeys, StaffGrant, member::Applied};

use crate::{
    loose::{LooseMember, Made},
    staff::{CALL, Line, fresh_seed, now},
};

const CALLER_IDENTITY: &[u8] = b"quietline caller v1";

/// A caller of ours in a group that a counsellor without rules has made.
struct BentCall {
    line: Line,
    loose: LooseMember,
    caller: Member,
}

impl BentCall {
    fn new() -> Self {
        let line = Line::new();
        let (mut loose, mut caller) = (line.loose_staff(), line.caller(fresh_seed()));
        let made = loose.prepare_group(&caller.key_package(now()).unwrap());
        loose.confirm();
        caller.join(&made.welcome.unwrap(), now()).unwrap();
        Self { line, loose, caller }
    }

    /// Lets a member of staff of ours in.
    fn with_third(&mut self) -> Member {
        let mut third = self.line.staff(fresh_seed());
        let made = self.loose.prepare_add(&third.key_package(now()).unwrap());
        self.loose.confirm();
        self.caller.apply_commit(&made.commit, now()).unwrap();
        third.join(&made.welcome.unwrap(), now()).unwrap();
        third
    }

    /// The caller refuses what was made, stays in the epoch with the same keys, and follows the next good commit.
    #[track_caller]
    fn refuses(&mut self, made: &Made, code: RefusalCode) {
        let before = self.caller.current().cloned();
        let refusal = self.caller.apply_commit(&made.commit, now()).unwrap_err();
        assert_eq!(refusal.code, code, "{refusal}");
        assert_eq!(self.caller.current().cloned(), before);
        self.still_works();
    }

    #[track_caller]
    fn still_works(&mut self) {
        let message = self.caller.seal(b"still here").unwrap();
        assert_eq!(self.loose.open(&message).1, b"still here");
        let message = self.loose.seal(b"and here");
        assert_eq!(self.caller.open(&message).unwrap().1, b"and here");
        let mut third = self.line.staff(fresh_seed());
        let made = self.loose.prepare_add(&third.key_package(now()).unwrap());
        self.loose.confirm();
        assert!(matches!(self.caller.apply_commit(&made.commit, now()).unwrap(), Applied::Entered(_)));
        let theirs = third.join(&made.welcome.unwrap(), now()).unwrap();
        assert_eq!(theirs.base_key, self.caller.current().unwrap().base_key);
    }
}

fn loose(identity: Vec<u8>) -> LooseMember {
    LooseMember::new(CALL, SigningKeys::from_seed(&fresh_seed()).unwrap(), identity, now())
}

/// Staff whose credential another authority signed, or this one for another time or key.
fn loose_staff(authority: &AuthorityKey, change: impl Fn(&mut StaffGrant)) -> LooseMember {
    let keys = SigningKeys::from_seed(&fresh_seed()).unwrap();
    let mut grant = StaffGrant {
        staff: [1; 16],
        name: "Eve".into(),
        role: Role::Clinician,
        device_key: *keys.public(),
        issued_at: now() / 1000,
        expires_at: now() / 1000 + 60,
    };
    change(&mut grant);
    LooseMember::new(CALL, keys, authority.issue(&grant).unwrap().into_bytes(), now())
}

#[test]
fn rule_1_a_commit_without_a_path() {
    let mut call = BentCall::new();
    let third = call.line.staff(fresh_seed()).key_package(now()).unwrap();
    let made = call.loose.evil_no_path_add(&third);
    call.refuses(&made, RefusalCode::NoPath);
}

#[test]
fn rule_2_an_add_of_somebody_the_authority_did_not_sign() {
    let rogue = AuthorityKey::generate().unwrap();
    let mut call = BentCall::new();
    let strangers = [
        loose(b"Sam".to_vec()),
        loose(Vec::new()),
        loose(b"quietline caller v2".to_vec()),
        loose_staff(&rogue, |_| {}),
        loose_staff(&call.line.authority, |grant| grant.device_key = [9; 32]),
    ];
    for mut stranger in strangers {
        let made = call.loose.evil_add(&stranger.key_package());
        call.refuses(&made, RefusalCode::UnsignedCredential);
    }
}

#[test]
fn rule_2_an_add_of_staff_whose_credential_is_not_in_force() {
    let mut call = BentCall::new();
    let hour = 3600;
    let mut ended = loose_staff(&call.line.authority, |grant| {
        (grant.issued_at, grant.expires_at) = (grant.issued_at - 2 * hour, grant.issued_at - hour);
    });
    let mut early = loose_staff(&call.line.authority, |grant| {
        (grant.issued_at, grant.expires_at) = (grant.issued_at + hour, grant.issued_at + 2 * hour);
    });
    for stranger in [&mut ended, &mut early] {
        let made = call.loose.evil_add(&stranger.key_package());
        call.refuses(&made, RefusalCode::ExpiredCredential);
    }
}

#[test]
fn rule_2_an_add_with_a_key_package_that_is_over() {
    let mut call = BentCall::new();
    let third = call.line.staff(fresh_seed()).key_package(now()).unwrap();
    let made = call.loose.evil_add(&third);
    let tomorrow = now() + 25 * 3_600_000;
    assert_eq!(
        call.caller.apply_commit(&made.commit, tomorrow).unwrap_err().code,
        RefusalCode::ExpiredCredential
    );
    call.still_works();
}

#[test]
fn rule_2_a_key_package_and_a_welcome_of_somebody_the_authority_did_not_sign() {
    let line = Line::new();
    let mut sam = line.staff(fresh_seed());
    let stranger = loose(b"Sam".to_vec()).key_package();
    assert_eq!(sam.prepare_group(&stranger, now()).unwrap_err().code, RefusalCode::UnsignedCredential);

    for (mut founder, code) in [
        (loose(b"Sam".to_vec()), RefusalCode::UnsignedCredential),
        (loose_staff(&AuthorityKey::generate().unwrap(), |_| {}), RefusalCode::UnsignedCredential),
        (
            loose_staff(&line.authority, |grant| {
                (grant.issued_at, grant.expires_at) = (grant.issued_at - 7200, grant.issued_at - 3600);
            }),
            RefusalCode::ExpiredCredential,
        ),
    ] {
        let mut caller = line.caller(fresh_seed());
        let made = founder.prepare_group(&caller.key_package(now()).unwrap());
        founder.confirm();
        assert_eq!(caller.join(&made.welcome.unwrap(), now()).unwrap_err().code, code);
        assert!(caller.current().is_none());
    }
}

#[test]
fn rule_2_a_tree_that_hides_a_stranger_is_not_joined() {
    let mut call = BentCall::new();
    let mut stranger = loose(b"Sam".to_vec());
    let made = call.loose.prepare_add(&stranger.key_package());
    call.loose.confirm();
    stranger.join(&made.welcome.unwrap());
    let mut third = call.line.staff(fresh_seed());
    let made = call.loose.prepare_add(&third.key_package(now()).unwrap());
    let refusal = third.join(&made.welcome.unwrap(), now()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::UnsignedCredential);
}

#[test]
fn rule_3_a_second_caller_is_not_added() {
    let mut call = BentCall::new();
    let second = call.line.caller(fresh_seed()).key_package(now()).unwrap();
    let made = call.loose.evil_add(&second);
    call.refuses(&made, RefusalCode::SecondCaller);
}

#[test]
fn rule_3_a_group_with_two_callers_or_none_is_not_joined() {
    let line = Line::new();
    let mut second = loose(CALLER_IDENTITY.to_vec());
    let mut founder = line.loose_staff();
    founder.prepare_group(&second.key_package());
    founder.confirm();
    let mut caller = line.caller(fresh_seed());
    let made = founder.prepare_add(&caller.key_package(now()).unwrap());
    assert_eq!(caller.join(&made.welcome.unwrap(), now()).unwrap_err().code, RefusalCode::SecondCaller);

    let mut staff = line.staff(fresh_seed());
    let made = line.loose_staff().prepare_group(&staff.key_package(now()).unwrap());
    assert_eq!(staff.join(&made.welcome.unwrap(), now()).unwrap_err().code, RefusalCode::SecondCaller);
}

#[test]
fn rule_4_external_commits_external_proposals_and_public_messages() {
    let mut call = BentCall::new();
    let stranger = || SigningKeys::from_seed(&fresh_seed()).unwrap();
    let identity = CALLER_IDENTITY.to_vec();
    let made = call.loose.evil_external_commit(stranger(), identity.clone());
    call.refuses(&made, RefusalCode::External);
    let mut guest = loose(identity);
    let key_package = guest.key_package();
    let made = call.loose.evil_external_proposal(guest.keys(), &key_package);
    call.refuses(&made, RefusalCode::External);
    let made = call.loose.evil_public_commit();
    call.refuses(&made, RefusalCode::External);
}

#[test]
fn rule_4_a_proposal_on_its_own() {
    let mut call = BentCall::new();
    call.with_third();
    let made = call.loose.evil_proposal(2);
    call.refuses(&made, RefusalCode::Malformed);
    assert_eq!(call.caller.open(&made.commit).unwrap_err().code, RefusalCode::WrongEpoch);
}

#[test]
fn rule_5_a_commit_that_changes_the_group_itself() {
    let mut call = BentCall::new();
    let made = call.loose.evil_context(false);
    call.refuses(&made, RefusalCode::ContextOnly);
    let made = call.loose.evil_context(true);
    call.refuses(&made, RefusalCode::ContextOnly);
}

#[test]
fn rule_5_a_group_with_extensions_is_not_joined() {
    let line = Line::new();
    let mut caller = line.caller(fresh_seed());
    let required = Extension::RequiredCapabilities(RequiredCapabilitiesExtension::new(
        &[],
        &[],
        &[CredentialType::Basic],
    ));
    let made = line
        .loose_staff()
        .prepare_group_with(&caller.key_package(now()).unwrap(), Extensions::single(required).unwrap());
    assert_eq!(caller.join(&made.welcome.unwrap(), now()).unwrap_err().code, RefusalCode::ContextOnly);
}

#[test]
fn rule_6_a_committer_that_takes_another_identity_or_key() {
    let mut call = BentCall::new();
    let other = SigningKeys::from_seed(&fresh_seed()).unwrap();
    let supervisor = |key: [u8; 32]| {
        let grant = StaffGrant { role: Role::Supervisor, ..call.line.grant(key) };
        call.line.authority.issue(&grant).unwrap().into_bytes()
    };
    let (mine, others) = (supervisor(*call.loose.keys().public()), supervisor(*other.public()));
    let made = call.loose.evil_identity(mine, None);
    call.refuses(&made, RefusalCode::IdentityChanged);
    let made = call.loose.evil_identity(others, Some(&other));
    call.refuses(&made, RefusalCode::IdentityChanged);
}

#[test]
fn rule_7_a_swap_for_a_leaf_with_another_key() {
    let mut call = BentCall::new();
    let mut third = call.with_third();
    let caller = call.line.caller(fresh_seed()).key_package(now()).unwrap();
    let made = call.loose.evil_swap(1, &caller);
    assert_eq!(third.apply_commit(&made.commit, now()).unwrap_err().code, RefusalCode::SwapKeyChanged);
    let staff = call.line.staff(fresh_seed()).key_package(now()).unwrap();
    let made = call.loose.evil_swap(2, &staff);
    call.refuses(&made, RefusalCode::SwapKeyChanged);
}

#[test]
fn rule_7_a_swap_of_the_same_key_for_another_person() {
    let line = Line::new();
    let (mut founder, mut caller) = (line.loose_staff(), line.caller(fresh_seed()));
    let made = founder.prepare_group(&caller.key_package(now()).unwrap());
    founder.confirm();
    caller.join(&made.welcome.unwrap(), now()).unwrap();
    let seed = fresh_seed();
    let mut staff = line.staff(seed);
    let made = founder.prepare_add(&staff.key_package(now()).unwrap());
    founder.confirm();
    caller.apply_commit(&made.commit, now()).unwrap();
    // The same device key, and a credential of another member of staff for it.
    let keys = SigningKeys::from_seed(&seed).unwrap();
    let grant = StaffGrant { staff: [0xee; 16], ..line.grant(*keys.public()) };
    let mut other = LooseMember::new(CALL, keys, line.authority.issue(&grant).unwrap().into_bytes(), now());
    let made = founder.evil_swap(2, &other.key_package());
    assert_eq!(caller.apply_commit(&made.commit, now()).unwrap_err().code, RefusalCode::IdentityChanged);
}

#[test]
fn rule_8_the_caller_removed_without_a_swap() {
    let mut call = BentCall::new();
    let mut third = call.with_third();
    let made = call.loose.evil_remove(1);
    assert_eq!(third.apply_commit(&made.commit, now()).unwrap_err().code, RefusalCode::RemovedCaller);
    call.refuses(&made, RefusalCode::RemovedCaller);
}

#[test]
fn rule_8_a_commit_replayed() {
    let mut call = BentCall::new();
    let third = call.line.staff(fresh_seed()).key_package(now()).unwrap();
    let made = call.loose.prepare_add(&third);
    call.loose.confirm();
    call.caller.apply_commit(&made.commit, now()).unwrap();
    call.refuses(&made, RefusalCode::WrongEpoch);
}

#[test]
fn rule_8_a_commit_of_another_call_and_a_group_of_another_call() {
    let mut call = BentCall::new();
    let mut elsewhere = LooseMember::new(
        *b"another call, id",
        SigningKeys::from_seed(&fresh_seed()).unwrap(),
        CALLER_IDENTITY.to_vec(),
        now(),
    );
    let third = call.line.staff(fresh_seed()).key_package(now()).unwrap();
    elsewhere.prepare_group(&third);
    elsewhere.confirm();
    let other = call.line.staff(fresh_seed()).key_package(now()).unwrap();
    let made = elsewhere.evil_add(&other);
    call.refuses(&made, RefusalCode::WrongGroup);

    let mut caller = call.line.caller(fresh_seed());
    let made = elsewhere.prepare_add(&caller.key_package(now()).unwrap());
    assert_eq!(caller.join(&made.welcome.unwrap(), now()).unwrap_err().code, RefusalCode::WrongGroup);
}

#[test]
fn rule_8_a_key_package_of_another_suite() {
    let line = Line::new();
    let provider = openmls_rust_crypto::OpenMlsRustCrypto::default();
    let keys = SigningKeys::from_seed(&fresh_seed()).unwrap();
    let credential = CredentialWithKey {
        credential: BasicCredential::new(CALLER_IDENTITY.to_vec()).into(),
        signature_key: keys.public().to_vec().into(),
    };
    let bundle = KeyPackage::builder()
        .key_package_lifetime(Lifetime::new(3600))
        .build(Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, &provider, &keys, credential)
        .unwrap();
    let message = MlsMessageOut::from(bundle.into_key_package()).tls_serialize_detached().unwrap();
    let refusal = line.staff(fresh_seed()).prepare_group(&message, now()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::WrongGroup);
}
