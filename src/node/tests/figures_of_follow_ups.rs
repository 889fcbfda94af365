//! What the hours' figures say of follow-ups is what an account of the same history says that keeps each of them by itself.

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};

use super::*;
use crate::{
    core::{
        calendar::Date,
        directory::Directory,
        figures::{Hour, PromisedHour},
        follow_up::{FollowUpRules, Outcome},
        ids::FollowUpId,
    },
    node::{
        figures::{Archive, report},
        follow_ups::{FollowUpConfig, FollowUpError, HashWork, Whose},
    },
    proto::{Hidden, figures::FollowUpFigures},
};

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

async fn house() -> House {
    let follow_ups =
        FollowUpConfig { work: HashWork { memory_kib: 8, passes: 1 }, ..FollowUpConfig::default() };
    House::open_with(NodeConfig { follow_ups, ..NodeConfig::default() }).await
}

fn supervisor() -> Who {
    Who::person(StaffId::from_random([9; 16]))
}

impl House {
    /// A call that comes by that code, or by none, and is answered; none when the code is refused.
    async fn talk(&self, code: Option<&str>) -> Option<(CallerPage, Console)> {
        let mut caller = self.visitor().await;
        let code = code.map(|code| Hidden(code.to_owned()));
        let join = caller::Request::Join { key_package: PACKAGE.to_owned(), line: None, skill: None, code };
        match caller.ask(join).await {
            Ok(()) => {}
            Err(ErrorCode::UnknownCode) => return None,
            Err(other) => panic!("{other:?}"),
        }
        let mut console = self.counsellor(1).await;
        console.answer().await;
        caller.connected().await;
        Some((caller, console))
    }

    /// Ends it, and whoever answered is off again.
    async fn over(&self, (caller, mut console): (CallerPage, Console)) {
        let call = caller.call();
        console.ask(staff::Request::End { call }).await.unwrap();
        console.ask(staff::Request::WrapUpDone { call, available: false }).await.unwrap();
    }

    /// Promises a talk.
    async fn promises(&self, at: Timestamp) -> (FollowUpId, String) {
        let known: Vec<FollowUpId> = self.listed().await;
        let (caller, mut console) = self.talk(None).await.unwrap();
        let code = console.book(caller.call(), at).await.unwrap();
        self.over((caller, console)).await;
        let id = self.listed().await.into_iter().find(|id| !known.contains(id)).unwrap();
        (id, code)
    }

    async fn listed(&self) -> Vec<FollowUpId> {
        let listed = self.node.follow_ups().list(Whose::All).await.unwrap();
        listed.iter().map(|listed| listed.id).collect()
    }

    /// What the hours say, but for those in which nothing is left.
    async fn promised(&self) -> BTreeMap<Hour, PromisedHour> {
        let (first, last) = self.days();
        let hours = Archive::new(Arc::clone(&self.ledger)).hours(first, last).await.unwrap();
        hours.promised.into_iter().filter(|(_, counts)| *counts != PromisedHour::default()).collect()
    }

    /// All days that a history can reach.
    fn days(&self) -> (Date, Date) {
        let last = self.clock.now() + Duration::from_secs(70 * DAY);
        (Date::of_utc(Timestamp::from_millis(0)), Date::of_utc(last))
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// So many hours ahead.
    Promise(u64),
    Settle(usize, Option<Outcome>),
    Remove(usize),
    Forget(usize),
    ComesBack(usize),
    Pass(u64),
    Purge,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..16_usize;
    let outcome = prop_oneof![Just(None), Just(Some(Outcome::Done)), Just(Some(Outcome::NotReached))];
    prop_oneof![
        5 => (1..50_u64).prop_map(Step::Promise),
        5 => (which.clone(), outcome).prop_map(|(which, outcome)| Step::Settle(which, outcome)),
        2 => which.clone().prop_map(Step::Remove),
        2 => which.clone().prop_map(Step::Forget),
        4 => which.prop_map(Step::ComesBack),
        4 => prop_oneof![0..3_u64, 3..30_u64, 100..400_u64].prop_map(Step::Pass),
        1 => Just(Step::Purge),
        1 => Just(Step::Restart),
    ]
}

/// One follow-up, as the account keeps it.
struct Promise {
    id: FollowUpId,
    code: String,
    at: Timestamp,
    said: Option<Outcome>,
    came: bool,
    deleted: bool,
}

impl Promise {
    fn is_kept(&self, now: Timestamp) -> bool {
        !self.deleted && now < self.at + FollowUpRules::default().keep
    }

    fn outcome(&self) -> Option<Outcome> {
        if self.came { Some(Outcome::Done) } else { self.said }
    }

    fn counts(&self) -> bool {
        !self.deleted || self.outcome().is_some()
    }
}

/// The hours, added up from what became of each.
fn account(promises: &[Promise]) -> BTreeMap<Hour, PromisedHour> {
    let mut hours: BTreeMap<Hour, PromisedHour> = BTreeMap::new();
    for promise in promises.iter().filter(|promise| promise.counts()) {
        let hour = hours.entry(Hour::of(promise.at)).or_default();
        hour.due += 1;
        hour.done += u32::from(promise.outcome() == Some(Outcome::Done));
        hour.not_reached += u32::from(promise.outcome() == Some(Outcome::NotReached));
    }
    hours
}

fn pick(promises: &mut [Promise], which: usize) -> Option<&mut Promise> {
    let many = promises.len().max(1);
    promises.get_mut(which % many)
}

async fn carry_out(house: House, promises: &mut Vec<Promise>, step: &Step) -> House {
    let now = house.clock.now();
    let follow_ups = house.node.follow_ups();
    let agrees = |result: Result<(), FollowUpError>, kept: bool| match result {
        Ok(()) => assert!(kept),
        Err(error) => assert!(!kept && matches!(error, FollowUpError::Unknown), "{error}"),
    };
    match step {
        Step::Promise(hours) => {
            let at = now + Duration::from_secs(hours * HOUR);
            let (id, code) = house.promises(at).await;
            promises.push(Promise { id, code, at, said: None, came: false, deleted: false });
        }
        Step::Settle(which, outcome) => {
            let Some(promise) = pick(promises, *which) else { return house };
            let kept = promise.is_kept(now);
            agrees(follow_ups.settle(promise.id, *outcome, Whose::All, supervisor()).await, kept);
            promise.said = if kept { *outcome } else { promise.said };
        }
        Step::Remove(which) => {
            let Some(promise) = pick(promises, *which) else { return house };
            let kept = promise.is_kept(now);
            agrees(follow_ups.remove(promise.id, Whose::All, supervisor()).await, kept);
            promise.deleted |= kept;
        }
        Step::Forget(which) => {
            let Some(promise) = pick(promises, *which) else { return house };
            let code = Hidden(promise.code.clone());
            house.visitor().await.ask(caller::Request::ForgetCode { code }).await.unwrap();
            promise.deleted |= promise.is_kept(now);
        }
        Step::ComesBack(which) => {
            let Some(promise) = pick(promises, *which) else { return house };
            let open = promise.is_kept(now) && promise.outcome() != Some(Outcome::Done);
            let talk = house.talk(Some(&promise.code)).await;
            assert_eq!(talk.is_some(), open);
            promise.came |= open;
            if let Some(talk) = talk {
                house.over(talk).await;
            }
        }
        Step::Pass(hours) => house.pass(hours * HOUR),
        Step::Purge => drop(follow_ups.purge().await.unwrap()),
        Step::Restart => return house.restart().await,
    }
    house
}

async fn check(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let (mut house, mut promises) = (house().await, Vec::new());
    for step in &steps {
        house = carry_out(house, &mut promises, step).await;
        prop_assert_eq!(house.promised().await, account(&promises), "after {:?}", step);
    }
    let (first, last) = house.days();
    let overdue = |now: Timestamp| {
        let until = house.node.follow_ups().overdue_until(now);
        let is_overdue = |promise: &&Promise| {
            promise.counts() && promise.outcome().is_none() && Hour::of(promise.at).next().start() <= until
        };
        (until, promises.iter().filter(is_overdue).count() as u32)
    };
    for later in [0, 20 * HOUR, 80 * DAY] {
        house.pass(later);
        house.node.follow_ups().purge().await.unwrap();
        let hours = Archive::new(Arc::clone(&house.ledger)).hours(first, last).await.unwrap();
        let (until, overdue) = overdue(house.clock.now());
        let report = report::report(&hours, (first, last), None, &Directory::default(), until);
        let sum = |all: &[FollowUpFigures]| {
            let of = |figure: fn(&FollowUpFigures) -> u32| all.iter().map(figure).sum::<u32>();
            let (due, done) = (of(|one| one.due), of(|one| one.done));
            FollowUpFigures {
                due,
                done,
                not_reached: of(|one| one.not_reached),
                overdue: of(|one| one.overdue),
            }
        };
        let happened: Vec<PromisedHour> = account(&promises).into_values().collect();
        prop_assert_eq!(report.follow_ups.due, happened.iter().map(|hour| hour.due).sum::<u32>());
        prop_assert_eq!(report.follow_ups.done, happened.iter().map(|hour| hour.done).sum::<u32>());
        prop_assert_eq!(report.follow_ups.overdue, overdue);
        for part in [&report.follow_up_hours, &report.follow_up_weekdays, &report.follow_up_days] {
            prop_assert_eq!(sum(part), report.follow_ups);
        }
    }
    prop_assert_eq!(house.promised().await, account(&promises), "after everything was purged");
    prop_assert!(house.listed().await.is_empty());
    Ok(())
}

#[test]
fn every_figure_of_follow_ups_is_what_became_of_each_of_them() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    let histories = prop::collection::vec(step(), 1..24);
    if let Err(error) = TestRunner::new(config).run(&histories, |steps| runtime.block_on(check(steps))) {
        panic!("{error}");
    }
}

#[tokio::test]
async fn of_several_who_settle_and_promise_for_the_same_hour_at_once_each_is_counted() {
    let house = house().await;
    let at = house.clock.now() + Duration::from_secs(DAY);
    let (caller, mut console) = house.talk(None).await.unwrap();
    for _ in 0..3 {
        console.book(caller.call(), at).await.unwrap();
    }
    let ids = house.listed().await;
    let follow_ups = house.node.follow_ups();
    let settle = |id, outcome| follow_ups.settle(id, Some(outcome), Whose::All, supervisor());
    let (one, two, three, booked) = tokio::join!(
        settle(ids[0], Outcome::Done),
        settle(ids[1], Outcome::NotReached),
        follow_ups.remove(ids[2], Whose::All, supervisor()),
        console.book(caller.call(), at),
    );
    for result in [one, two, three] {
        result.unwrap();
    }
    booked.unwrap();
    let counted = house.promised().await;
    assert_eq!(counted[&Hour::of(at)], PromisedHour { due: 3, done: 1, not_reached: 1 });
}

#[tokio::test]
async fn in_the_hours_there_is_nothing_of_who_promised_or_to_whom() {
    let house = house().await;
    let (_id, _code) = house.promises(house.clock.now() + Duration::from_secs(DAY)).await;
    let (entries, _) = house.ledger.range("figure/").await.unwrap();
    let of_follow_ups: Vec<_> = entries.iter().filter(|entry| entry.key.ends_with("/_follow-ups")).collect();
    assert_eq!(of_follow_ups.len(), 1);
    assert_eq!(of_follow_ups[0].value, br#"{"due":1,"done":0,"not_reached":0}"#);
}
