//! Who may send what into a call's log.

use crate::core::{
    command::Rejection,
    group::{Founders, Group},
    ids::Slot,
};

const CALLER: Slot = Slot::CALLER;
const COUNSELLOR: Slot = Slot::COUNSELLOR;

const CLINICIAN: Slot = Slot::GUEST;
const FOUNDERS: Founders = Founders { maker: COUNSELLOR, first: CALLER };

fn fresh() -> Group {
    let mut group = Group::after(0);
    group.outside(CALLER, "package".to_owned());
    group
}

fn made() -> Group {
    let mut group = fresh();
    assert_eq!(check(&group, COUNSELLOR, 0, &[CALLER]), Ok(1));
    group.committed(COUNSELLOR, 0, &[CALLER], &[], 1);
    group
}

fn check(group: &Group, from: Slot, epoch: u64, added: &[Slot]) -> Result<u64, Rejection> {
    group.check_commit(FOUNDERS, from, epoch, added, &[])
}

#[test]
fn making_the_group_lets_both_in() {
    let group = made();
    assert_eq!((group.reads_from(CALLER), group.reads_from(COUNSELLOR)), (Some(1), Some(1)));
    assert_eq!(group.package(CALLER), None);
    assert_eq!(group.check_application(CALLER), Ok(2));
}

#[test]
fn nobody_else_can_make_the_group() {
    let group = fresh();
    assert_eq!(check(&group, CALLER, 0, &[]), Err(Rejection::OutsideGroup));
    assert_eq!(check(&group, COUNSELLOR, 0, &[]), Err(Rejection::FirstNotAdded));
    assert_eq!(check(&group, COUNSELLOR, 1, &[CALLER]), Err(Rejection::StaleEpoch));
    assert_eq!(group.check_application(COUNSELLOR), Err(Rejection::OutsideGroup));
}

#[test]
fn each_epoch_is_closed_once() {
    let mut group = made();
    assert_eq!(check(&group, CALLER, 1, &[]), Ok(2));
    group.committed(CALLER, 1, &[], &[], 2);
    assert_eq!(check(&group, COUNSELLOR, 1, &[]), Err(Rejection::StaleEpoch));
    assert_eq!(check(&group, COUNSELLOR, 2, &[]), Ok(3));
}

#[test]
fn a_reloaded_page_is_outside_until_it_is_added() {
    let mut group = made();
    group.outside(CALLER, "fresh".to_owned());
    assert_eq!(group.check_application(CALLER), Err(Rejection::OutsideGroup));
    assert_eq!(group.needed_from(), 1);
    group.committed(COUNSELLOR, 1, &[CALLER], &[], 2);
    assert_eq!(group.reads_from(CALLER), Some(2));
    assert_eq!(group.package(CALLER), None);
}

#[test]
fn a_group_that_nobody_is_in_is_made_anew() {
    let mut group = made();
    group.outside(CALLER, "fresh".to_owned());
    group.outside(COUNSELLOR, "fresh".to_owned());
    assert_eq!(group.needed_from(), u64::MAX);
    assert_eq!(check(&group, CALLER, 0, &[COUNSELLOR]), Err(Rejection::OutsideGroup));
    assert_eq!(check(&group, COUNSELLOR, 0, &[CALLER]), Ok(2));
    group.committed(COUNSELLOR, 0, &[CALLER], &[], 2);
    assert_eq!((group.reads_from(CALLER), group.reads_from(COUNSELLOR)), (Some(2), Some(2)));
    assert_eq!(group.package(COUNSELLOR), None);
}

#[test]
fn a_third_reads_from_the_commit_that_adds_them() {
    let mut group = made();
    group.outside(CLINICIAN, "package".to_owned());
    assert_eq!(check(&group, CALLER, 1, &[CLINICIAN]), Ok(2));
    group.committed(CALLER, 1, &[CLINICIAN], &[], 2);
    assert_eq!(group.reads_from(CLINICIAN), Some(2));
    assert_eq!(group.needed_from(), 1);
}

#[test]
fn who_has_left_reads_nothing_and_is_removed_by_a_commit_of_its_own() {
    let mut group = made();
    group.outside(CLINICIAN, "package".to_owned());
    group.committed(CALLER, 1, &[CLINICIAN], &[], 2);
    let remove = |group: &Group, added: &[Slot], removed: &[Slot]| {
        group.check_commit(FOUNDERS, CALLER, 2, added, removed)
    };
    assert_eq!(remove(&group, &[], &[COUNSELLOR]), Err(Rejection::RemovesNobody), "still there");
    group.leave(COUNSELLOR);
    assert_eq!(group.reads_from(COUNSELLOR), None);
    assert!(group.holds_leaver(COUNSELLOR));
    assert_eq!(group.check_application(COUNSELLOR), Err(Rejection::OutsideGroup));
    group.outside(CLINICIAN, "reloaded".to_owned());
    assert_eq!(remove(&group, &[CLINICIAN], &[COUNSELLOR]), Err(Rejection::RemovesNobody));
    assert_eq!(remove(&group, &[], &[COUNSELLOR]), Ok(3));
    group.committed(CALLER, 2, &[], &[COUNSELLOR], 3);
    assert!(!group.holds_leaver(COUNSELLOR));
}

#[test]
fn a_leaver_who_was_never_let_in_need_not_be_removed() {
    let mut group = made();
    group.outside(CLINICIAN, "package".to_owned());
    group.leave(CLINICIAN);
    assert!(!group.holds_leaver(CLINICIAN));
    assert_eq!(check(&group, CALLER, 1, &[CLINICIAN]), Err(Rejection::AddsNobody));
}

#[test]
fn a_group_that_is_made_anew_holds_no_leaver() {
    let mut group = made();
    group.outside(CLINICIAN, "package".to_owned());
    group.committed(CALLER, 1, &[CLINICIAN], &[], 2);
    group.leave(COUNSELLOR);
    group.outside(CALLER, "reloaded".to_owned());
    group.outside(CLINICIAN, "reloaded".to_owned());
    let handed_over = Founders { maker: CLINICIAN, first: CALLER };
    assert_eq!(group.check_commit(handed_over, CLINICIAN, 0, &[CALLER], &[]), Ok(3));
    group.committed(CLINICIAN, 0, &[CALLER], &[], 3);
    assert!(!group.holds_leaver(COUNSELLOR));
}
