//! The life of a group among members that keep the rules.

use quietline::e2ee::{
    Epoch, Identity, Member, MemberOptions, RefusalCode, SigningKeys, inspect_key_package,
    member::Applied,
    sframe::{FrameReceiver, FrameSender},
};

use crate::staff::{CALL, Line, fresh_seed, now};

fn entered(applied: Applied) -> Epoch {
    match applied {
        Applied::Entered(epoch) => epoch,
        Applied::Left => panic!("left the group"),
    }
}

fn assert_same(epochs: &[&Epoch]) {
    for epoch in epochs {
        assert_eq!(epoch.epoch, epochs[0].epoch);
        assert_eq!(epoch.base_key, epochs[0].base_key);
        assert_eq!(epoch.authenticator, epochs[0].authenticator);
        let seen: Vec<_> = epoch
            .members
            .iter()
            .map(|member| (member.leaf, &member.identity, member.signature_key))
            .collect();
        let first: Vec<_> = epochs[0]
            .members
            .iter()
            .map(|member| (member.leaf, &member.identity, member.signature_key))
            .collect();
        assert_eq!(seen, first);
    }
}

/// A counsellor and a caller in epoch 1.
pub fn call_of_two(line: &Line) -> (Member, Member) {
    let (mut sam, mut caller) = (line.staff(fresh_seed()), line.caller(fresh_seed()));
    let pending = sam.prepare_group(&caller.key_package(now()).unwrap(), now()).unwrap();
    assert_eq!(pending.epoch, 0);
    let sams = sam.confirm().unwrap();
    let callers = caller.join(&pending.welcome.unwrap(), now()).unwrap();
    assert_same(&[&sams, &callers]);
    (sam, caller)
}

#[test]
fn counsellor_and_caller_share_keys_that_open_each_others_frames() {
    let (sam, caller) = call_of_two(&Line::new());
    let (sams, callers) = (sam.current().unwrap(), caller.current().unwrap());
    assert_eq!((sams.epoch, sams.my_leaf(), callers.my_leaf()), (1, Some(0), Some(1)));
    assert_eq!(callers.members[1].identity, Identity::Caller);
    assert!(matches!(&callers.members[0].identity, Identity::Staff { name, .. } if name == "Sam"));

    let mut sender = FrameSender::new(&callers.base_key, callers.epoch, 1).unwrap();
    let mut receiver = FrameReceiver::new();
    receiver.install(sams.epoch, &sams.base_key, [(1, 0)]).unwrap();
    let (mut sealed, mut frame) = (Vec::new(), Vec::new());
    sender.seal(b"speech", &mut sealed).unwrap();
    receiver.open(0, &sealed, 0, &mut frame).unwrap();
    assert_eq!(frame, b"speech");
}

#[test]
fn application_data_goes_both_ways_and_names_its_sender() {
    let (mut sam, mut caller) = call_of_two(&Line::new());
    let message = caller.seal(b"hello").unwrap();
    assert_eq!(sam.open(&message).unwrap(), (1, b"hello".to_vec()));
    let message = sam.seal(b"good evening").unwrap();
    assert_eq!(caller.open(&message).unwrap(), (0, b"good evening".to_vec()));
    assert_eq!(caller.open(&message).unwrap_err().code, RefusalCode::Malformed, "each message once");
}

#[test]
fn a_group_prepared_while_it_rings_can_be_prepared_again_for_another_key_package() {
    let line = Line::new();
    let (mut sam, mut gone, mut caller) =
        (line.staff(fresh_seed()), line.caller(fresh_seed()), line.caller(fresh_seed()));
    sam.prepare_group(&gone.key_package(now()).unwrap(), now()).unwrap();
    let pending = sam.prepare_group(&caller.key_package(now()).unwrap(), now()).unwrap();
    let sams = sam.confirm().unwrap();
    assert_same(&[&sams, &caller.join(&pending.welcome.unwrap(), now()).unwrap()]);
}

#[test]
fn a_caller_who_reloads_is_swapped_in_and_the_old_page_is_out() {
    let line = Line::new();
    let seed = fresh_seed();
    let (mut sam, mut old) = (line.staff(fresh_seed()), line.caller(seed));
    let pending = sam.prepare_group(&old.key_package(now()).unwrap(), now()).unwrap();
    sam.confirm().unwrap();
    old.join(&pending.welcome.unwrap(), now()).unwrap();

    let mut reloaded = line.caller(seed);
    let pending = sam.prepare_add(&reloaded.key_package(now()).unwrap(), now()).unwrap();
    let sams = sam.confirm().unwrap();
    assert_same(&[&sams, &reloaded.join(&pending.welcome.unwrap(), now()).unwrap()]);
    assert_eq!((sams.epoch, sams.members.len()), (2, 2));
    assert_eq!(old.apply_commit(&pending.commit, now()).unwrap(), Applied::Left);
    assert!(old.current().is_none());
    assert_eq!(old.seal(b"still here").unwrap_err().code, RefusalCode::Removed);
}

#[test]
fn the_caller_swaps_a_counsellor_who_reloads() {
    let line = Line::new();
    let seed = fresh_seed();
    let (mut old, mut caller) = (line.staff(seed), line.caller(fresh_seed()));
    let pending = old.prepare_group(&caller.key_package(now()).unwrap(), now()).unwrap();
    old.confirm().unwrap();
    caller.join(&pending.welcome.unwrap(), now()).unwrap();

    let mut reloaded = line.staff(seed);
    let pending = caller.prepare_add(&reloaded.key_package(now()).unwrap(), now()).unwrap();
    let callers = caller.confirm().unwrap();
    assert_same(&[&callers, &reloaded.join(&pending.welcome.unwrap(), now()).unwrap()]);
}

#[test]
fn a_third_is_added_and_removed_and_everybody_keeps_step() {
    let line = Line::new();
    let (mut sam, mut caller) = call_of_two(&line);
    let mut alex = line.staff(fresh_seed());
    let pending = sam.prepare_add(&alex.key_package(now()).unwrap(), now()).unwrap();
    let sams = sam.confirm().unwrap();
    let callers = entered(caller.apply_commit(&pending.commit, now()).unwrap());
    let alexs = alex.join(&pending.welcome.unwrap(), now()).unwrap();
    assert_same(&[&sams, &callers, &alexs]);
    assert_eq!(alexs.members.len(), 3);

    let pending = sam.prepare_remove(alexs.my_leaf().unwrap()).unwrap();
    assert_eq!(pending.welcome, None);
    let sams = sam.confirm().unwrap();
    let callers = entered(caller.apply_commit(&pending.commit, now()).unwrap());
    assert_same(&[&sams, &callers]);
    assert_ne!(sams.base_key, alexs.base_key);
    assert_eq!(alex.apply_commit(&pending.commit, now()).unwrap(), Applied::Left);
    assert_eq!(alex.seal(b"words").unwrap_err().code, RefusalCode::Removed);
    assert_eq!(alex.apply_commit(&pending.commit, now()).unwrap_err().code, RefusalCode::Removed);
}

#[test]
fn of_two_commits_in_one_epoch_the_second_gives_way() {
    let line = Line::new();
    let (mut sam, mut caller) = call_of_two(&line);
    let (mut alex, mut robin) = (line.staff(fresh_seed()), line.staff(fresh_seed()));
    let first = sam.prepare_add(&alex.key_package(now()).unwrap(), now()).unwrap();
    let second = caller.prepare_add(&robin.key_package(now()).unwrap(), now()).unwrap();
    // The server took the first.
    let sams = sam.confirm().unwrap();
    let callers = entered(caller.apply_commit(&first.commit, now()).unwrap());
    assert_same(&[&sams, &callers]);
    assert_eq!(caller.confirm().unwrap_err().code, RefusalCode::WrongEpoch);
    assert_eq!(sam.apply_commit(&second.commit, now()).unwrap_err().code, RefusalCode::WrongEpoch);
    alex.join(&first.welcome.unwrap(), now()).unwrap();
}

#[test]
fn a_member_is_not_welcomed_back_into_the_past() {
    let line = Line::new();
    let (mut sam, mut caller) = (line.staff(fresh_seed()), line.caller(fresh_seed()));
    let (first, second) = (caller.key_package(now()).unwrap(), caller.key_package(now()).unwrap());
    let pending = sam.prepare_group(&first, now()).unwrap();
    sam.confirm().unwrap();
    let before = caller.join(&pending.welcome.unwrap(), now()).unwrap();
    let elsewhere = line.staff(fresh_seed()).prepare_group(&second, now()).unwrap();
    let refusal = caller.join(&elsewhere.welcome.unwrap(), now()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::WrongEpoch);
    assert_eq!(caller.current(), Some(&before));
    let message = sam.seal(b"still here").unwrap();
    assert!(caller.open(&message).is_ok());
}

#[test]
fn a_discarded_commit_leaves_the_member_where_it_was() {
    let line = Line::new();
    let (mut sam, mut caller) = call_of_two(&line);
    let before = sam.current().cloned();
    sam.prepare_add(&line.staff(fresh_seed()).key_package(now()).unwrap(), now()).unwrap();
    sam.discard().unwrap();
    assert_eq!(sam.current().cloned(), before);
    assert_eq!(sam.confirm().unwrap_err().code, RefusalCode::WrongEpoch);
    let message = sam.seal(b"as before").unwrap();
    assert!(caller.open(&message).is_ok());
}

#[test]
fn own_commits_are_held_to_the_rules_before_they_are_made() {
    let line = Line::new();
    let (mut sam, mut caller) = call_of_two(&line);
    let stranger = line.caller(fresh_seed()).key_package(now()).unwrap();
    assert_eq!(sam.prepare_add(&stranger, now()).unwrap_err().code, RefusalCode::SecondCaller);
    assert_eq!(sam.prepare_remove(1).unwrap_err().code, RefusalCode::RemovedCaller);
    assert_eq!(sam.prepare_remove(0).unwrap_err().code, RefusalCode::Malformed);
    assert_eq!(sam.prepare_remove(9).unwrap_err().code, RefusalCode::Malformed);
    assert_eq!(sam.prepare_group(&stranger, now()).unwrap_err().code, RefusalCode::WrongEpoch);
    assert_eq!(caller.confirm().unwrap_err().code, RefusalCode::WrongEpoch);

    let mut outside = line.caller(fresh_seed());
    assert_eq!(outside.prepare_group(&stranger, now()).unwrap_err().code, RefusalCode::SecondCaller);
    let mut staff = line.staff(fresh_seed());
    let other_staff = line.staff(fresh_seed()).key_package(now()).unwrap();
    assert_eq!(staff.prepare_group(&other_staff, now()).unwrap_err().code, RefusalCode::SecondCaller);
}

#[test]
fn a_device_whose_credential_is_not_in_force_is_told_before_a_call() {
    let line = Line::new();
    let member = |now| {
        let keys = SigningKeys::from_seed(&fresh_seed()).unwrap();
        let credential = Some(line.jwt(*keys.public()));
        Member::new(MemberOptions { call: CALL, authority: line.authority.public(), keys, credential }, now)
    };
    assert!(member(now()).is_ok());
    assert_eq!(member(now() + 2 * 3_600_000).unwrap_err().code, RefusalCode::ExpiredCredential);
}

#[test]
fn a_key_package_says_who_it_would_let_in() {
    let line = Line::new();
    let inspected = inspect_key_package(
        &line.staff(fresh_seed()).key_package(now()).unwrap(),
        &line.authority.public(),
        now(),
    );
    assert!(matches!(inspected.unwrap().identity, Identity::Staff { name, .. } if name == "Sam"));
    let callers = line.caller(fresh_seed()).key_package(now()).unwrap();
    assert_eq!(
        inspect_key_package(&callers, &line.authority.public(), now()).unwrap().identity,
        Identity::Caller
    );
    let tomorrow = now() + 25 * 3_600_000;
    assert_eq!(
        inspect_key_package(&callers, &line.authority.public(), tomorrow).unwrap_err().code,
        RefusalCode::ExpiredCredential
    );
}

#[test]
fn members_print_without_names_and_keys() {
    let (sam, _) = call_of_two(&Line::new());
    let printed = format!("{sam:?}");
    assert!(!printed.contains("\"Sam\"") && !printed.contains("base_key"), "{printed}");
}
