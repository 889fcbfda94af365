use std::{collections::BTreeMap, time::Duration};

use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};

use super::*;
use crate::{
    core::{
        ids::ServiceId,
        triage::{Agency, Reply, Tally},
    },
    store::sqlite::Sqlite,
};

/// 2027-03-29, 12:00 in the United Kingdom.
const NOW: Timestamp = Timestamp::from_millis(1_806_318_000_000);
const DAY: Duration = Duration::from_secs(86_400);

struct Room {
    triage: Triage,
    folder: tempfile::TempDir,
}

fn room() -> Room {
    let folder = tempfile::tempdir().unwrap();
    Room { triage: open(&folder), folder }
}

fn open(folder: &tempfile::TempDir) -> Triage {
    Triage::new(Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap()))
}

fn staff(number: u8) -> StaffId {
    StaffId::from_random([number; 16])
}

fn id(number: u8) -> TriageId {
    TriageId::from_random([number; 16])
}

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn ask(agency: Agency) -> Step {
    Step::Try { agency, reason: code("open-now") }
}

fn service() -> Agency {
    Agency::Service { service: ServiceId::from_random([2; 16]), name: "Cruse".into() }
}

fn taker(number: u8) -> Taker {
    Taker { staff: staff(number), name: "Sam".into() }
}

fn close() -> Step {
    Step::Close { outcome: code("handed-over") }
}

impl Triage {
    async fn opened(&self, number: u8) -> Card {
        self.open(id(number), staff(1), code("suicidal"), NOW).await.unwrap()
    }

    async fn keys(&self) -> Vec<String> {
        self.ledger.range("triage/").await.unwrap().0.into_iter().map(|entry| entry.key).collect()
    }
}

#[tokio::test]
async fn a_coordinator_sees_their_own_cards_and_nobody_else_does() {
    let Room { triage, folder } = room();
    triage.opened(1).await;
    let handed = [ask(service()), Step::Heard(Reply::Accepted), Step::HandOver];
    for step in handed {
        triage.step(staff(1), id(1), step, NOW).await.unwrap();
    }
    assert!(triage.cards(staff(2)).await.unwrap().is_empty());
    let other = triage.step(staff(2), id(1), close(), NOW).await;
    assert!(matches!(other, Err(TriageError::Unknown)));
    let kept = triage.cards(staff(1)).await.unwrap();
    drop(triage);
    assert_eq!(open(&folder).cards(staff(1)).await.unwrap(), kept, "after a restart");
    assert_eq!(kept[0].handed_over, Some(NOW));
}

#[tokio::test]
async fn of_two_desks_one_takes_the_person_and_the_coordinator_sees_who() {
    let Room { triage, folder } = room();
    triage.opened(1).await;
    triage.step(staff(1), id(1), ask(Agency::Line), NOW).await.unwrap();
    let (one, other) = tokio::join!(triage.take(taker(7), id(1), NOW), triage.take(taker(8), id(1), NOW));
    assert_ne!(one.is_ok(), other.is_ok());
    let taken = [one, other].into_iter().flatten().next().unwrap();
    let who = taken.taker().unwrap().staff;
    drop(triage);
    let triage = open(&folder);
    assert_eq!(triage.expected().await.unwrap(), [taken], "after a restart");
    let wrong = if who == staff(7) { staff(8) } else { staff(7) };
    assert!(triage.came(wrong, id(1), true, NOW).await.is_err());
    let there = triage.came(who, id(1), true, NOW + DAY / 24).await.unwrap();
    assert_eq!(there.handed_over, Some(NOW + DAY / 24));
    assert!(triage.expected().await.unwrap().is_empty());
    assert!(matches!(triage.take(taker(9), id(1), NOW).await, Err(TriageError::Unknown)));
}

#[tokio::test]
async fn sums_are_of_the_day_on_which_a_card_was_closed_and_stay_when_it_is_forgotten() {
    let Room { triage, .. } = room();
    let mut codes = Codes::default();
    codes.outcomes[0].minutes = 45;
    triage.set_codes(&codes, NOW).await.unwrap();
    for number in 1..=2 {
        triage.opened(number).await;
    }
    triage.step(staff(1), id(1), close(), NOW).await.unwrap();
    triage.step(staff(1), id(2), close(), NOW + DAY).await.unwrap();
    codes.outcomes[0].minutes = 10;
    triage.set_codes(&codes, NOW).await.unwrap();
    let tally = async |from, until| {
        triage.totals(day(from), day(until)).await.unwrap().outcomes.get(&code("handed-over")).copied()
    };
    let both = Some(Tally { cards: 2, minutes: 90 });
    assert_eq!(tally("2027-03-29", "2027-03-29").await, Some(Tally { cards: 1, minutes: 45 }));
    assert_eq!(tally("2027-03-01", "2027-03-31").await, both);
    assert_eq!(tally("2027-04-01", "2027-04-30").await, None);

    assert_eq!(triage.purge(NOW + 30 * DAY).await.unwrap(), 2);
    assert_eq!(tally("2027-03-01", "2027-03-31").await, both);
    assert_eq!(triage.keys().await, ["triage/codes", "triage/total/2027-03-29", "triage/total/2027-03-30"]);
}

#[tokio::test]
async fn cards_are_forgotten_when_their_days_have_passed_and_not_before() {
    let Room { triage, folder } = room();
    triage.opened(1).await;
    triage.step(staff(1), id(1), ask(Agency::Line), NOW).await.unwrap();
    let before = Timestamp::from_millis((NOW + 30 * DAY).as_millis() - 1);
    assert_eq!(triage.purge(before).await.unwrap(), 0);
    drop(triage);
    let triage = open(&folder);
    assert_eq!(triage.purge(NOW + 30 * DAY).await.unwrap(), 1);
    assert_eq!(triage.keys().await, ["triage/total/2027-04-28"], "neither card nor expectation");
    let totals = triage.totals(day("2027-04-28"), day("2027-04-28")).await.unwrap();
    assert_eq!((totals.unclosed, totals.needs[&code("suicidal")]), (1, 1));
    assert_eq!(triage.purge(NOW + 60 * DAY).await.unwrap(), 0);
}

#[tokio::test]
async fn what_was_done_is_in_the_audit_without_what_was_needed() {
    let Room { triage, .. } = room();
    triage.opened(1).await;
    for step in [ask(Agency::Line), close()] {
        triage.step(staff(1), id(1), step, NOW).await.unwrap();
    }
    let (entries, _, flaw) = audit::verify(Arc::clone(&triage.ledger), None).await.unwrap();
    assert_eq!(flaw, None);
    let steps: Vec<_> = entries.iter().map(|entry| entry.act.did.clone()).collect();
    let did = |step| Did::Triage { card: id(1), step };
    assert_eq!(steps, [did(TriageStep::Opened), did(TriageStep::Tried), did(TriageStep::Closed)]);
    let rows = triage.ledger.range("audit/").await.unwrap().0;
    let text: String = rows.iter().map(|row| String::from_utf8_lossy(&row.value).into_owned()).collect();
    assert!(!text.contains("suicidal") && !text.contains("open-now"), "{text}");
}

#[derive(Debug, Clone)]
enum Happens {
    Opened,
    /// A step with one of the cards.
    Taken(usize, u8),
    /// One of the cards is closed, with one of the outcomes.
    Closed(usize, usize),
    /// The operator says how much an outcome frees from now on.
    Assumed(usize, u32),
    Passed(u32),
    Purged,
    Restarted,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => Just(Happens::Opened),
        6 => (0..20_usize, 0..4_u8).prop_map(|(card, what)| Happens::Taken(card, what)),
        5 => (0..20_usize, 0..3_usize).prop_map(|(card, outcome)| Happens::Closed(card, outcome)),
        2 => (0..3_usize, 0..200_u32).prop_map(|(outcome, minutes)| Happens::Assumed(outcome, minutes)),
        4 => (1..400_u32).prop_map(Happens::Passed),
        1 => Just(Happens::Purged),
        1 => Just(Happens::Restarted),
    ]
}

/// A card as the account keeps it: when it was closed, how, and what was assumed then.
struct Kept {
    id: TriageId,
    opened: Timestamp,
    closed: Option<(Date, Code, u32)>,
    forgotten: Option<Date>,
}

/// Goes through a history, and compares the sums of each day with those of the cards by themselves.
async fn check(steps: Vec<Happens>) -> Result<(), TestCaseError> {
    let Room { mut triage, folder } = room();
    let (mut codes, mut now, mut cards) = (Codes::default(), NOW, Vec::<Kept>::new());
    for step in steps {
        let many = cards.len().max(1);
        match step {
            Happens::Opened => {
                let id = id(u8::try_from(cards.len()).unwrap());
                triage.open(id, staff(1), code("suicidal"), now).await.unwrap();
                cards.push(Kept { id, opened: now, closed: None, forgotten: None });
            }
            Happens::Taken(card, what) => {
                let Some(card) = cards.get(card % many) else { continue };
                let step = match what {
                    0 => ask(service()),
                    1 => Step::Heard(Reply::Accepted),
                    2 => Step::Heard(Reply::NoAnswer),
                    _ => Step::HandOver,
                };
                // Whether it was possible then is not what is asked here.
                let _taken = triage.step(staff(1), card.id, step, now).await;
            }
            Happens::Closed(card, outcome) => {
                let Some(card) = cards.get_mut(card % many) else { continue };
                let crate::core::triage::Outcome { code, minutes, .. } = codes.outcomes[outcome].clone();
                let closed = triage.step(staff(1), card.id, Step::Close { outcome: code.clone() }, now).await;
                prop_assert_eq!(closed.is_ok(), card.closed.is_none() && card.forgotten.is_none());
                if closed.is_ok() {
                    card.closed = Some((uk_time(now).date, code, minutes));
                }
            }
            Happens::Assumed(outcome, minutes) => {
                codes.outcomes[outcome].minutes = minutes;
                triage.set_codes(&codes, now).await.unwrap();
            }
            Happens::Passed(hours) => now = now + DAY / 24 * hours,
            Happens::Purged => {
                triage.purge(now).await.unwrap();
                let old = |card: &&mut Kept| card.forgotten.is_none() && now.since(card.opened) >= 30 * DAY;
                cards.iter_mut().filter(old).for_each(|card| card.forgotten = Some(uk_time(now).date));
            }
            Happens::Restarted => {
                drop(triage);
                triage = open(&folder);
            }
        }
    }
    let mut day = uk_time(NOW).date;
    while day <= uk_time(now).date {
        let totals = triage.totals(day, day).await.unwrap();
        let mut tallies: BTreeMap<Code, Tally> = BTreeMap::new();
        for (_, outcome, minutes) in
            cards.iter().filter_map(|card| card.closed.clone()).filter(|one| one.0 == day)
        {
            let tally = tallies.entry(outcome).or_default();
            tally.cards += 1;
            tally.minutes += u64::from(minutes);
        }
        prop_assert_eq!(&totals.outcomes, &tallies);
        let unclosed =
            cards.iter().filter(|card| card.closed.is_none() && card.forgotten == Some(day)).count();
        prop_assert_eq!(totals.unclosed as usize, unclosed);
        day = day.after();
    }
    Ok(())
}

#[test]
fn the_sums_of_each_day_are_those_of_the_cards_by_themselves() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() };
    let histories = prop::collection::vec(happens(), 1..40);
    if let Err(error) = TestRunner::new(config).run(&histories, |steps| runtime.block_on(check(steps))) {
        panic!("{error}");
    }
}
