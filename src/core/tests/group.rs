//! Who may send what into a call's log.

use crate::core::{command::Rejection, group::Group, ids::Slot};

const CALLER: Slot = Slot::CALLER;
const COUNSELLOR: Slot = Slot::COUNSELLOR;

fn made() -> Group {
    let mut group = Group::new("package".to_owned());
    assert_eq!(group.check_commit(COUNSELLOR, 0, &[CALLER]), Ok(1));
    group.committed(COUNSELLOR, 0, &[CALLER], 1);
    group
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
    let group = Group::new("package".to_owned());
    assert_eq!(group.check_commit(CALLER, 0, &[]), Err(Rejection::OutsideGroup));
    assert_eq!(group.check_commit(COUNSELLOR, 0, &[]), Err(Rejection::CallerNotAdded));
    assert_eq!(group.check_commit(COUNSELLOR, 1, &[CALLER]), Err(Rejection::StaleEpoch));
    assert_eq!(group.check_application(COUNSELLOR), Err(Rejection::OutsideGroup));
}

#[test]
fn each_epoch_is_closed_once() {
    let mut group = made();
    assert_eq!(group.check_commit(CALLER, 1, &[]), Ok(2));
    group.committed(CALLER, 1, &[], 2);
    assert_eq!(group.check_commit(COUNSELLOR, 1, &[]), Err(Rejection::StaleEpoch));
    assert_eq!(group.check_commit(COUNSELLOR, 2, &[]), Ok(3));
}

#[test]
fn a_reloaded_page_is_outside_until_it_is_added() {
    let mut group = made();
    group.outside(CALLER, "fresh".to_owned());
    assert_eq!(group.check_application(CALLER), Err(Rejection::OutsideGroup));
    assert_eq!(group.needed_from(), 1);
    group.committed(COUNSELLOR, 1, &[CALLER], 2);
    assert_eq!(group.reads_from(CALLER), Some(2));
    assert_eq!(group.package(CALLER), None);
}

#[test]
fn a_group_that_nobody_is_in_is_made_anew() {
    let mut group = made();
    group.outside(CALLER, "fresh".to_owned());
    group.outside(COUNSELLOR, "fresh".to_owned());
    assert_eq!(group.needed_from(), u64::MAX);
    assert_eq!(group.check_commit(CALLER, 0, &[COUNSELLOR]), Err(Rejection::OutsideGroup));
    assert_eq!(group.check_commit(COUNSELLOR, 0, &[CALLER]), Ok(2));
    group.committed(COUNSELLOR, 0, &[CALLER], 2);
    assert_eq!((group.reads_from(CALLER), group.reads_from(COUNSELLOR)), (Some(2), Some(2)));
    assert_eq!(group.package(COUNSELLOR), None);
}
