//! The figures are in the records with what they count, and survive the process.

use std::sync::atomic::AtomicBool;

use super::{restart::Failing, *};
use crate::{
    core::{
        calendar::Date,
        directory::Directory,
        figures::{LineHour, codes::Fields},
        rules::Rules,
    },
    node::figures::{Archive, Hours, report},
    proto::{figures::Heard, staff::Request},
};

impl House {
    async fn figures(&self) -> Hours {
        let today = Date::of_utc(self.clock.now());
        Archive::new(Arc::clone(&self.ledger)).hours(today.before(), today.after()).await.unwrap()
    }

    async fn counted(&self) -> LineHour {
        let mut sum = LineHour::default();
        self.figures().await.lines.iter().for_each(|(.., hour)| sum.add(hour));
        sum
    }
}

#[tokio::test]
async fn a_call_is_counted_with_what_it_was() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    let counted = house.counted().await;
    assert_eq!((counted.offered, counted.unserved, counted.answered, counted.calls), (1, 1, 1, 0));
    house.pass(90);
    caller.ask(caller::Request::Leave { how: caller::Leaving::Left }).await.unwrap();
    console.0.state(|state| matches!(state, StaffState::WrapUp { .. })).await;
    house.pass(30);
    console.ask(Request::Available).await.unwrap_err();
    console.ask(Request::Pause { why: staff::Pause::Break }).await.unwrap();
    let counted = house.counted().await;
    assert_eq!((counted.calls, counted.call_ms, counted.wrap_up_ms), (1, 90_000, 30_000));
    let (_, staff) = house.figures().await.staff.pop().unwrap();
    assert_eq!((staff.on_call_ms, staff.wrap_up_ms), (90_000, 30_000));
}

#[tokio::test]
async fn figures_survive_a_restart_and_go_on() {
    let house = House::open().await;
    let waiting = house.caller().await;
    let counsellor = house.counsellor(1).await;
    house.pass(7);
    house.node.stop().await;
    house.node.stopped().await;
    drop((waiting, counsellor));
    let before = house.figures().await;
    assert_eq!(before.staff[0].1.available_ms, 7_000);
    let house = house.restart().await;
    assert_eq!(house.figures().await, before);
    let another = house.caller().await;
    assert_eq!(house.counted().await.offered, 2);
    drop(another);
}

#[tokio::test]
async fn an_hour_that_is_not_held_any_more_is_added_to() {
    let house = House::open().await;
    let mut first = house.caller().await;
    for _ in 0..20 {
        house.pass(3_600);
        let mut other = house.caller().await;
        other.ask(caller::Request::Leave { how: caller::Leaving::Left }).await.unwrap();
    }
    let mut console = house.counsellor(1).await;
    let offer = console.rings().await;
    console.ask(Request::Accept { offer: offer.id }).await.unwrap();
    first.connected().await;
    let counted = house.counted().await;
    assert_eq!((counted.offered, counted.answered, counted.abandoned), (21, 1, 20));
    assert_eq!(counted.longest_wait_s, 20 * 3_600);
    let hours = house.figures().await;
    assert!(hours.lines.iter().all(|(.., hour)| hour.offered == 1), "{hours:?}");
    assert_eq!(hours.lines[0].2.answered, 1);
}

#[tokio::test]
async fn what_the_ledger_did_not_take_is_not_counted() {
    let folder = tempfile::tempdir().unwrap();
    let inner = Sqlite::open(&folder.path().join("ledger")).unwrap();
    let fails = Arc::new(AtomicBool::new(false));
    let ledger = Arc::new(Failing { inner, fails: Arc::clone(&fails) });
    let house = House::open_on(ledger, folder, NodeConfig::default()).await;
    let first = house.caller().await;
    fails.store(true, Ordering::SeqCst);
    let mut second = house.visitor().await;
    let join =
        || caller::Request::Join { key_package: PACKAGE.to_owned(), line: None, skill: None, code: None };
    second.ask(join()).await.unwrap_err();
    fails.store(false, Ordering::SeqCst);
    house.pass(1);
    second.ask(join()).await.unwrap();
    let counted = house.counted().await;
    assert_eq!((counted.offered, counted.unserved), (2, 2));
    drop(first);
}

#[tokio::test]
async fn what_is_said_of_a_call_is_counted_once_and_kept_with_no_call() {
    let rules = Rules {
        fields: Fields::parse(["Outcome: Supported | Signposted", "Risk: Low | High"]).unwrap(),
        ..Rules::default()
    };
    let house = House::open_with(NodeConfig { rules, ..NodeConfig::default() }).await;
    let (mut caller, mut console) = house.call().await;
    let call = caller.call();
    caller.ask(caller::Request::Leave { how: caller::Leaving::Left }).await.unwrap();
    let asks = |many| move |state: &StaffState| matches!(state, StaffState::WrapUp { fields, .. } if fields.len() == many);
    console.0.state(asks(2)).await;
    let say = |chosen: &[Option<u32>]| Request::CodeWrapUp { call, chosen: chosen.to_vec() };
    assert_eq!(console.ask(say(&[Some(2), None])).await, Err(ErrorCode::OutOfOrder));
    assert_eq!(console.ask(say(&[Some(1)])).await, Err(ErrorCode::OutOfOrder));
    console.ask(say(&[Some(1), None])).await.unwrap();
    assert_eq!(console.ask(say(&[Some(1), None])).await, Err(ErrorCode::OutOfOrder));
    console.0.state(asks(0)).await;
    let counted = house.counted().await;
    let answers: Vec<(String, u32)> = counted.codes.iter().flat_map(|(_, answers)| answers.clone()).collect();
    assert_eq!(answers, [("Signposted".to_owned(), 1), (String::new(), 1)]);
    let desks = house.ledger.range("desk/").await.unwrap().0;
    assert!(desks.iter().all(|desk| !String::from_utf8_lossy(&desk.value).contains("Signposted")));
}

#[tokio::test]
async fn how_a_call_sounded_is_counted_once_and_for_no_longer_than_it_was() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    let call = caller.call();
    let heard = Heard { good_s: 80, gaps_here_s: 7, ..Heard::default() };
    let say = |call| Request::Quality { call, heard };
    assert_eq!(console.ask(say(call)).await, Err(ErrorCode::OutOfOrder), "while it goes on");
    house.pass(60);
    caller.ask(caller::Request::Leave { how: caller::Leaving::Left }).await.unwrap();
    console.0.state(|state| matches!(state, StaffState::WrapUp { .. })).await;
    let other = CallId::from_random([7; 16]);
    assert_eq!(console.ask(say(other)).await, Err(ErrorCode::OutOfOrder), "of another call");
    let house = house.restart().await;
    let mut console = house.sign_in(1, 0).await.unwrap();
    console.ask(say(call)).await.unwrap();
    assert_eq!(console.ask(say(call)).await, Err(ErrorCode::OutOfOrder), "twice");
    let counted = house.counted().await;
    assert_eq!((counted.heard.good_s, counted.heard.gaps_here_s), (53, 7));
    for kept in ["call/", "desk/"] {
        let records = house.ledger.range(kept).await.unwrap().0;
        assert!(records.iter().all(|record| !String::from_utf8_lossy(&record.value).contains("gaps")));
    }
}

#[tokio::test]
async fn days_and_hours_are_those_of_the_wall_over_both_changes_of_the_clock() {
    // From 2026-03-28 to 2026-03-30 and from 2026-10-24 to 2026-10-26: a caller in each hour of UTC.
    for (start, day, hours, at_one) in
        [(1_774_656_000_000_u64, "2026-03-29", 23_u32, 0), (1_792_800_000_000, "2026-10-25", 25, 2)]
    {
        let house = House::open().await;
        house.clock.0.send_replace(Timestamp::from_millis(start - 3_600_000));
        for _ in 0..75 {
            house.caller().await.ask(caller::Request::Leave { how: caller::Leaving::Left }).await.unwrap();
            house.pass(3_600);
        }
        let day: Date = day.parse().unwrap();
        let counted = Archive::new(Arc::clone(&house.ledger)).hours(day, day).await.unwrap();
        let now = house.clock.now();
        let report = report::report(&counted, (day, day), None, &Directory::default(), now);
        assert_eq!((report.total.offered, report.days.len(), report.days[0].offered), (hours, 1, hours));
        assert_eq!(report.weekdays[6].offered, hours);
        let of_hour = |hour: usize| report.hours[hour].offered;
        assert_eq!(of_hour(1), at_one, "the hour that comes twice, or not at all");
        assert_eq!(of_hour(2), 1);
        assert!(report::is_settled(day, Timestamp::from_millis(start + 3 * 86_400_000)));
        assert!(!report::is_settled(day, Timestamp::from_millis(start + 2 * 86_400_000)));
    }
}
