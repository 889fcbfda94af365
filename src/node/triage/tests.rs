use std::time::Duration;

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
