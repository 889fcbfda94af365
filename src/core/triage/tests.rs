//! Tests of the rules of triage.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

fn later(seconds: u64) -> Timestamp {
    NOW + Duration::from_secs(seconds)
}

fn code(text: &str) -> Code {
    text.parse().unwrap()
}

fn staff(number: u8) -> StaffId {
    StaffId::from_random([number; 16])
}

fn card() -> Card {
    Card::open(TriageId::from_random([1; 16]), staff(1), code("suicidal"), &Codes::default(), NOW).unwrap()
}

fn service() -> Agency {
    Agency::Service { service: ServiceId::from_random([2; 16]), name: "Cruse".into() }
}

fn ask(agency: Agency) -> Step {
    Step::Try { agency, reason: code("open-now") }
}

fn refusal() -> Reply {
    Reply::Refused { why: code("full") }
}

fn sam() -> Taker {
    Taker { staff: staff(7), name: "Sam".into() }
}

fn close() -> Step {
    Step::Close { outcome: code("handed-over") }
}

/// Carries the steps out one second after the other.
fn after(steps: impl IntoIterator<Item = Step>) -> Card {
    let mut card = card();
    for (step, second) in steps.into_iter().zip(1..) {
        card.take(step, &Codes::default(), later(second)).unwrap();
    }
    card
}

fn refused(card: &Card, step: Step) -> Option<Refused> {
    card.clone().take(step, &Codes::default(), later(99)).err()
}

#[test]
fn an_agency_that_refuses_is_followed_by_another_until_one_has_the_person() {
    let steps = [ask(service()), Step::Heard(refusal()), ask(service()), Step::Heard(Reply::NoAnswer)];
    let card = after(steps);
    assert_eq!(refused(&card, Step::HandOver), Some(Refused::NotNow));
    let mut card = card;
    for step in [ask(service()), Step::Heard(Reply::Accepted), Step::HandOver] {
        card.take(step, &Codes::default(), later(60)).unwrap();
    }
    assert_eq!((card.tries.len(), card.handed_over), (3, Some(later(60))));
    assert_eq!(refused(&card, ask(service())), Some(Refused::NotNow));
}

#[test]
fn one_counsellor_takes_the_person_whom_the_line_expects_and_says_when_they_are_there() {
    let card = after([ask(Agency::Line)]);
    assert!(card.is_expected() && card.taker().is_none());
    assert_eq!(refused(&card, Step::Heard(Reply::Accepted)), Some(Refused::NotNow), "for a desk to say");
    let card = after([ask(Agency::Line), Step::Take(sam())]);
    assert_eq!(card.taker(), Some(&sam()));
    assert_eq!(refused(&card, Step::Take(sam())), None, "asked again");
    let other = Taker { staff: staff(8), name: "Ann".into() };
    assert_eq!(refused(&card, Step::Take(other)), Some(Refused::Taken));
    assert_eq!(refused(&card, Step::Arrived(staff(8))), Some(Refused::NotNow));
    assert_eq!(refused(&card, Step::HandOver), Some(Refused::NotNow), "for the desk to say");
    let card = after([ask(Agency::Line), Step::Take(sam()), Step::Arrived(staff(7))]);
    assert_eq!((card.handed_over, card.is_expected()), (Some(later(3)), false));
}

#[test]
fn somebody_who_did_not_come_can_be_brought_elsewhere() {
    let card = after([ask(Agency::Line), Step::Take(sam()), Step::NotCome(staff(7)), ask(service())]);
    assert!(!card.is_expected());
    assert_eq!(card.tries.len(), 2);
}

#[test]
fn only_codes_that_the_operator_has_set_are_taken() {
    let no_code = Some(Refused::NoSuchCode);
    let open = after([ask(service())]);
    let unknown = || code("sam-smith");
    assert_eq!(refused(&card(), Step::Try { agency: service(), reason: unknown() }), no_code);
    assert_eq!(refused(&open, Step::Heard(Reply::Refused { why: unknown() })), no_code);
    assert_eq!(refused(&card(), Step::Close { outcome: unknown() }), no_code);
    let opened = Card::open(card().id, staff(1), unknown(), &Codes::default(), NOW);
    assert_eq!(opened.err(), no_code);
}

#[test]
fn a_code_cannot_hold_a_sentence() {
    for text in ["", "Sam", "two words", &"x".repeat(33), "a_b", "é"] {
        assert_eq!(text.parse::<Code>(), Err(InvalidCode), "{text:?}");
    }
}

#[test]
fn what_the_operator_sets_is_checked() {
    let set = |change: fn(&mut Codes)| {
        let mut codes = Codes::default();
        change(&mut codes);
        codes.checked().err()
    };
    assert_eq!(set(|_| {}), None);
    assert_eq!(set(|codes| codes.keep_days = 0), Some(BadCodes::Days));
    assert_eq!(set(|codes| codes.needs.clear()), Some(BadCodes::Length));
    assert_eq!(
        set(|codes| codes.reasons[1] = codes.reasons[0].clone()),
        Some(BadCodes::Twice(code("open-to-them")))
    );
    assert_eq!(set(|codes| codes.outcomes[0].why.clear()), Some(BadCodes::Text(code("handed-over"))));
    assert_eq!(set(|codes| codes.outcomes[0].minutes = 1441), Some(BadCodes::Minutes(code("handed-over"))));
}

#[test]
fn the_minutes_that_were_assumed_then_stay() {
    let mut codes = Codes::default();
    let card = after([ask(service()), Step::Heard(Reply::Accepted), Step::HandOver, close()]);
    let mut totals = Totals::default();
    for minutes in [45, 60] {
        codes.outcomes[0].minutes = minutes;
        totals.add(&card, &codes);
    }
    assert_eq!(totals.outcomes[&code("handed-over")], Tally { cards: 2, minutes: 105 });
    assert_eq!((totals.handed_over, totals.handover_s, totals.replies), (2, 6, [2, 0, 0, 0]));
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(ask(service())),
        Just(ask(Agency::Line)),
        Just(Step::Heard(Reply::Accepted)),
        Just(Step::Heard(refusal())),
        Just(Step::Heard(Reply::NoAnswer)),
        Just(Step::HandOver),
        Just(Step::Take(sam())),
        (6_u8..9).prop_map(|who| Step::Arrived(staff(who))),
        (6_u8..9).prop_map(|who| Step::NotCome(staff(who))),
        Just(close()),
    ]
}

proptest! {
    #[test]
    fn whatever_is_done_a_refused_step_changes_nothing_and_a_closed_card_stays(
        steps in prop::collection::vec(steps(), 0..40),
    ) {
        let mut card = card();
        for (step, second) in steps.into_iter().zip(1..) {
            let before = card.clone();
            let taken = card.take(step, &Codes::default(), later(second));
            prop_assert!(taken.is_ok() || card == before);
            prop_assert!(before.closed.is_none() || taken.is_err());
            prop_assert!(card.tries.len() <= TRIES);
            let open = card.tries.iter().rev().skip(1).any(|tried| match &tried.reply {
                None | Some((Reply::Accepted, _)) => true,
                Some(_) => false,
            });
            prop_assert!(!open, "two agencies at once");
            prop_assert!(!(card.is_expected() && card.handed_over.is_some()));
        }
    }
}
