//! Follow-ups by behaviour: booked in a call, found by a code, used up by an answer, gone in time.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;
use crate::{
    core::follow_up::{Outcome, Standing},
    node::{
        audit::{self, Did, FollowUpAct},
        follow_ups::{FollowUpConfig, FollowUpError, HashWork, Whose},
    },
    proto::{
        Hidden,
        follow_ups::{Came, ContactCopy, SealedContact},
    },
};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// A house in which a hash costs little.
async fn house() -> House {
    let work = HashWork { memory_kib: 8, passes: 1 };
    let follow_ups = FollowUpConfig { work, ..FollowUpConfig::default() };
    House::open_with(NodeConfig { follow_ups, ..NodeConfig::default() }).await
}

fn join(code: &str) -> caller::Request {
    let code = Some(crate::proto::Hidden(code.to_owned()));
    caller::Request::Join { key_package: PACKAGE.to_owned(), line: None, skill: None, code }
}

impl House {
    fn tomorrow(&self) -> Timestamp {
        self.clock.now() + Duration::from_secs(DAY)
    }

    /// A call in which a follow-up for tomorrow was booked, and which has ended; its code.
    async fn booked(&self) -> (String, Console) {
        let (mut caller, mut console) = self.call().await;
        let code = console.book(caller.call(), self.tomorrow()).await.unwrap();
        caller.0.hear_until(|page| page.follow_up.is_some()).await;
        console.ask(staff::Request::End { call: caller.call() }).await.unwrap();
        (code, console)
    }

    async fn comes_back(&self, code: &str) -> Result<CallerPage, ErrorCode> {
        let mut page = self.visitor().await;
        page.ask(join(code)).await?;
        page.0.state(|state| matches!(state, CallerState::Waiting { .. })).await;
        Ok(page)
    }

    async fn forgets(&self, code: &str) -> Result<(), ErrorCode> {
        let code = crate::proto::Hidden(code.to_owned());
        self.visitor().await.ask(caller::Request::ForgetCode { code }).await
    }

    /// Lets time go by until the wallboard says so.
    async fn until_told(&self, supervisor: &mut Console, overdue: Option<u32>) {
        loop {
            supervisor.0.catch_up();
            if supervisor.0.boards.last().is_some_and(|board| board.overdue == overdue) {
                return;
            }
            self.pass(1);
            self.barrier().await;
        }
    }

    async fn standings(&self) -> Vec<Standing> {
        let listed = self.node.follow_ups().list(Whose::All).await.unwrap();
        listed.iter().map(|listed| listed.standing).collect()
    }

    /// What of follow-ups the ledger holds, but for the salt.
    async fn kept(&self) -> Vec<String> {
        let (entries, _) = self.ledger.range("follow-up").await.unwrap();
        entries.into_iter().map(|entry| entry.key).filter(|key| key != "follow-up-salt").collect()
    }
}

impl Console {
    /// The wrap-up is done, and this one is ready for the next.
    async fn is_done(&mut self) {
        match self.0.state(|state| matches!(state, StaffState::WrapUp { .. })).await {
            StaffState::WrapUp { call, .. } => {
                let done = staff::Request::WrapUpDone { call: *call, available: true };
                self.ask(done).await.unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn both_are_shown_the_code_and_the_caller_again_after_a_reload() {
    let house = house().await;
    let (mut caller, mut console) = house.call().await;
    let at = house.tomorrow();
    let code = console.book(caller.call(), at).await.unwrap();
    caller.0.hear_until(|page| page.follow_up.is_some()).await;
    assert_eq!(caller.0.follow_up, Some((code.clone(), at.as_millis())));
    assert_eq!(code.split(' ').count(), 5);
    let mut again = house.resume(&caller.token(), 0).await.unwrap();
    again.0.hear_until(|page| page.follow_up.is_some()).await;
    assert_eq!(again.0.follow_up.clone().unwrap().0, code);
}

#[tokio::test]
async fn of_the_code_nothing_but_a_hash_is_kept_and_of_the_caller_nothing() {
    let house = house().await;
    let (code, _console) = house.booked().await;
    for entry in house.ledger.range("").await.unwrap().0 {
        let text = format!("{} {}", entry.key, String::from_utf8_lossy(&entry.value));
        assert!(!text.contains(&code), "{}", entry.key);
        assert!(code.split(' ').filter(|word| text.contains(word)).count() < 3, "{}", entry.key);
    }
    let (entries, _) = house.ledger.range("follow-up/").await.unwrap();
    let record: serde_json::Value = serde_json::from_slice(&entries[0].value).unwrap();
    let members: Vec<_> = record.as_object().unwrap().keys().collect();
    assert_eq!(members, ["at", "booked", "by", "code", "id"]);
}

#[tokio::test]
async fn who_comes_back_by_a_code_goes_before_all_and_to_whom_they_know() {
    let house = house().await;
    let (code, mut known) = house.booked().await;
    let mut other = house.caller().await;
    let typed = format!("  {} ", code.to_uppercase().replace(' ', "-"));
    let mut back = house.comes_back(&typed).await.unwrap();
    back.waits_behind(0).await;
    // How long the queue is is told a few times a second.
    house.pass(1);
    other.waits_behind(1).await;
    let mut stranger = house.sign_in(2, 0).await.unwrap();
    known.is_done().await;
    known.rings_for(&back).await;
    assert_eq!(known.rings().await.came, Came::FollowUp);
    stranger.ask(staff::Request::Available).await.unwrap();
    stranger.rings_for(&other).await;
    assert_eq!(stranger.rings().await.came, Came::New);
}

#[tokio::test]
async fn a_code_is_used_up_when_the_call_was_answered_and_not_by_a_lost_connection() {
    let house = house().await;
    let (code, mut known) = house.booked().await;
    let back = house.comes_back(&code).await.unwrap();
    back.lose().await;
    let mut again = house.comes_back(&code).await.unwrap();
    known.is_done().await;
    known.answer().await;
    again.connected().await;
    let house = house.restart().await;
    assert_eq!(house.comes_back(&code).await.err(), Some(ErrorCode::UnknownCode));
    assert_eq!(house.standings().await, [Standing::Done]);
}

#[tokio::test]
async fn a_code_that_never_was_is_refused_like_one_that_is_over_and_whoever_tried_may_join_as_new() {
    let house = house().await;
    let (code, _console) = house.booked().await;
    let mut page = house.visitor().await;
    let said = |page: &mut CallerPage| match page.0.inbox.try_recv() {
        Ok(caller::Message::Error { error, .. }) => error,
        other => panic!("{other:?}"),
    };
    let mut refused = Vec::new();
    for (wait, typed) in [(0, "not a code"), (0, ""), (16 * DAY, code.as_str())] {
        house.pass(wait);
        house.barrier().await;
        page.0.catch_up();
        house.node.caller(page.0.conn, 900, join(typed)).await;
        house.barrier().await;
        refused.push(said(&mut page));
    }
    assert_eq!(refused[0].code, ErrorCode::UnknownCode);
    assert!(refused.iter().all(|error| *error == refused[0]), "{refused:?}");
    let new = caller::Request::Join { key_package: PACKAGE.to_owned(), line: None, skill: None, code: None };
    page.ask(new).await.unwrap();
}

#[tokio::test]
async fn a_follow_up_outlives_a_restart_and_is_gone_when_its_time_is_long_over() {
    let house = house().await;
    let (code, console) = house.booked().await;
    drop(console);
    let house = house.restart().await;
    assert_eq!(house.standings().await, [Standing::Planned]);
    house.pass(DAY);
    assert_eq!(house.standings().await, [Standing::Due]);
    house.pass(HOUR);
    assert_eq!(house.standings().await, [Standing::Overdue]);
    house.pass(14 * DAY - HOUR - 1);
    assert_eq!(house.node.follow_ups().purge().await.unwrap(), 0);
    house.comes_back(&code).await.unwrap().leave().await;
    house.pass(1);
    assert_eq!(house.comes_back(&code).await.err(), Some(ErrorCode::UnknownCode), "before anybody purged");
    assert_eq!(house.standings().await, []);
    house.node.follow_ups().purge().await.unwrap();
    assert_eq!(house.kept().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_too_old_goes_by_itself() {
    let house = house().await;
    let (_code, _console) = house.booked().await;
    let mut changes = house.ledger.watch("follow-up/", 0).await.unwrap();
    house.pass(16 * DAY);
    let deleted = async {
        while let Some(change) = changes.recv().await {
            if matches!(change.write, crate::store::Write::Delete { .. }) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, deleted).await.unwrap();
}

#[tokio::test]
async fn the_caller_deletes_by_the_code_and_nobody_hears_whether_there_was_one() {
    let house = house().await;
    let (code, _console) = house.booked().await;
    assert_eq!(house.forgets("not a code").await, Ok(()));
    assert_eq!(house.standings().await, [Standing::Planned]);
    assert_eq!(house.forgets(&code.replace(' ', "-")).await, Ok(()));
    assert_eq!(house.kept().await, Vec::<String>::new());
    assert_eq!(house.forgets(&code).await, Ok(()));
    assert_eq!(house.comes_back(&code).await.err(), Some(ErrorCode::UnknownCode));
}

#[tokio::test]
async fn who_uses_a_code_after_deleting_it_leaves_nothing_behind() {
    let house = house().await;
    let (code, mut known) = house.booked().await;
    let mut back = house.comes_back(&code).await.unwrap();
    house.forgets(&code).await.unwrap();
    known.is_done().await;
    known.answer().await;
    back.connected().await;
    house.node.follow_ups().purge().await.unwrap();
    assert_eq!(house.kept().await, Vec::<String>::new());
}

#[tokio::test]
async fn the_wallboard_counts_what_is_overdue_until_somebody_has_seen_to_it() {
    let house = house().await;
    let (_code, _console) = house.booked().await;
    let mut supervisor = house.supervisor(9).await;
    assert_eq!(supervisor.watch().await.0.overdue, Some(0));
    house.pass(DAY + HOUR);
    // Whoever watches hears of it when the board is looked at next.
    house.until_told(&mut supervisor, Some(1)).await;
    let id = house.node.follow_ups().list(Whose::All).await.unwrap()[0].id;
    let by = Who::person(StaffId::from_random([9; 16]));
    house.node.follow_ups().settle(id, Some(Outcome::NotReached), Whose::All, by).await.unwrap();
    house.until_told(&mut supervisor, Some(0)).await;
}

#[tokio::test]
async fn a_counsellor_settles_their_own_and_a_supervisor_everybodys() {
    let house = house().await;
    let (_code, _console) = house.booked().await;
    let follow_ups = house.node.follow_ups();
    let id = follow_ups.list(Whose::All).await.unwrap()[0].id;
    let (own, other) = (StaffId::from_random([1; 16]), StaffId::from_random([2; 16]));
    assert_eq!(follow_ups.list(Whose::Of(other)).await.unwrap(), []);
    assert_eq!(follow_ups.list(Whose::Of(own)).await.unwrap().len(), 1);
    let refused = follow_ups.settle(id, Some(Outcome::Done), Whose::Of(other), Who::person(other)).await;
    assert!(matches!(refused, Err(FollowUpError::Unknown)));
    let refused = follow_ups.remove(id, Whose::Of(other), Who::person(other)).await;
    assert!(matches!(refused, Err(FollowUpError::Unknown)));
    follow_ups.settle(id, Some(Outcome::NotReached), Whose::Of(own), Who::person(own)).await.unwrap();
    assert_eq!(house.standings().await, [Standing::NotReached]);
    follow_ups.settle(id, None, Whose::All, Who::person(other)).await.unwrap();
    assert_eq!(house.standings().await, [Standing::Planned]);
    follow_ups.remove(id, Whose::All, Who::person(other)).await.unwrap();
    assert_eq!(house.kept().await, Vec::<String>::new());
    let (entries, _, flaw) = audit::verify(Arc::clone(&house.ledger), None).await.unwrap();
    assert_eq!(flaw, None);
    let acts: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry.act.did {
            Did::FollowUp { what, follow_up } if follow_up == id => Some((what, entry.act.who.staff())),
            _ => None,
        })
        .collect();
    let wanted = [
        (FollowUpAct::Booked, Some(own)),
        (FollowUpAct::Settled, Some(own)),
        (FollowUpAct::Settled, Some(other)),
        (FollowUpAct::Removed, Some(other)),
    ];
    assert_eq!(acts, wanted);
}

#[tokio::test]
async fn nobody_books_outside_their_call_in_the_past_or_after_a_quick_exit() {
    let house = house().await;
    let (mut caller, mut console) = house.call().await;
    let (call, at) = (caller.call(), house.tomorrow());
    let mut other = house.sign_in(2, 0).await.unwrap();
    assert_eq!(other.book(call, at).await, Err(ErrorCode::NotAllowed));
    assert_eq!(console.book(call, house.clock.now()).await, Err(ErrorCode::OutOfOrder));
    let far = house.clock.now() + Duration::from_secs(61 * DAY);
    assert_eq!(console.book(call, far).await, Err(ErrorCode::OutOfOrder));
    caller.ask(caller::Request::Leave { how: caller::Leaving::QuickExit }).await.unwrap();
    assert_eq!(console.book(call, at).await, Err(ErrorCode::NotAllowed));
    assert_eq!(house.kept().await, Vec::<String>::new());
}

#[tokio::test]
async fn in_the_wrap_up_a_code_is_given_only_while_the_caller_sees_the_page() {
    let house = house().await;
    let (mut caller, mut console) = house.call().await;
    let (call, at) = (caller.call(), house.tomorrow());
    console.ask(staff::Request::End { call }).await.unwrap();
    caller.0.state(|state| matches!(state, CallerState::Ended { .. })).await;
    let code = console.book(call, at).await.unwrap();
    caller.0.hear_until(|page| page.follow_up.is_some()).await;
    assert_eq!(caller.0.follow_up.clone().unwrap().0, code);
    caller.lose().await;
    assert_eq!(console.book(call, at).await, Err(ErrorCode::NotAllowed));
}

#[tokio::test]
async fn a_call_brings_a_few_codes_and_no_more() {
    let house = house().await;
    let (caller, mut console) = house.call().await;
    for _ in 0..4 {
        console.book(caller.call(), house.tomorrow()).await.unwrap();
    }
    assert_eq!(console.book(caller.call(), house.tomorrow()).await, Err(ErrorCode::TooFast));
}

/// What a console would have sealed for the devices with those numbers, by form.
fn sealed_for(devices: &[u8]) -> SealedContact {
    let bytes = |length: usize| Hidden(STANDARD.encode(vec![7; length]));
    let copy = |number: &u8| ContactCopy { device: DeviceId::from_random([*number; 16]), copy: bytes(1168) };
    SealedContact { sealed: bytes(4112), copies: devices.iter().map(copy).collect() }
}

#[tokio::test]
async fn a_contact_detail_is_gone_when_the_caller_has_come_back_and_was_answered() {
    let house = house().await;
    let (mut caller, mut console) = house.call().await;
    let call = caller.call();
    let code = console.book_with(call, house.tomorrow(), Some(sealed_for(&[7]))).await.unwrap();
    caller.leave().await;
    console.is_done().await;
    let has_contact = async || house.kept().await.iter().any(|key| key.starts_with("follow-up-contact/"));
    let mut back = house.comes_back(&code).await.unwrap();
    assert!(has_contact().await, "they wait, and may leave again");
    console.answer().await;
    back.connected().await;
    assert!(!has_contact().await);
    assert_eq!(house.standings().await, [Standing::Done]);
}

#[tokio::test]
async fn a_contact_detail_is_given_to_a_device_that_has_a_copy_and_each_time_it_is_written_down() {
    let house = house().await;
    let (mut caller, mut console) = house.call().await;
    let (call, at) = (caller.call(), house.tomorrow());
    console.book_with(call, at, Some(sealed_for(&[7]))).await.unwrap();
    caller.leave().await;
    let house = house.restart().await;
    let follow_ups = house.node.follow_ups();
    let listed = follow_ups.list(Whose::All).await.unwrap();
    let (id, [seven, eight]) = (listed[0].id, [7, 8].map(|number| DeviceId::from_random([number; 16])));
    assert_eq!(listed[0].readers, Some(vec![seven]));
    let by = Who::person(StaffId::from_random([7; 16]));
    assert!(matches!(follow_ups.read_contact(id, eight, by).await, Err(FollowUpError::Unknown)));
    let share = |copies: SealedContact| follow_ups.share_contact(id, eight, copies.copies, by);
    assert!(matches!(share(sealed_for(&[8])).await, Err(FollowUpError::Unknown)), "one who cannot read it");
    follow_ups.read_contact(id, seven, by).await.unwrap();
    follow_ups.share_contact(id, seven, sealed_for(&[8]).copies, by).await.unwrap();
    follow_ups.read_contact(id, eight, by).await.unwrap();
    let (entries, _, flaw) = audit::verify(Arc::clone(&house.ledger), None).await.unwrap();
    assert_eq!(flaw, None);
    let acts: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry.act.did {
            Did::FollowUp { what, .. } => Some(what),
            _ => None,
        })
        .collect();
    let wanted =
        [FollowUpAct::Booked, FollowUpAct::ContactRead, FollowUpAct::ContactShared, FollowUpAct::ContactRead];
    assert_eq!(acts, wanted);
}

#[tokio::test]
async fn a_contact_detail_goes_when_the_talk_is_done_when_the_caller_deletes_it_and_in_time() {
    for how in ["done", "forgotten", "in time"] {
        let house = house().await;
        let (caller, mut console) = house.call().await;
        let code = console.book_with(caller.call(), house.tomorrow(), Some(sealed_for(&[7]))).await.unwrap();
        let follow_ups = house.node.follow_ups();
        let id = follow_ups.list(Whose::All).await.unwrap()[0].id;
        let by = Who::person(StaffId::from_random([1; 16]));
        match how {
            "done" => {
                follow_ups.settle(id, Some(Outcome::NotReached), Whose::All, by).await.unwrap();
                assert!(house.kept().await.iter().any(|key| key.starts_with("follow-up-contact/")));
                follow_ups.settle(id, Some(Outcome::Done), Whose::All, by).await.unwrap();
            }
            "forgotten" => house.forgets(&code).await.unwrap(),
            _ => {
                house.pass(16 * DAY);
                follow_ups.purge().await.unwrap();
            }
        }
        assert!(!house.kept().await.iter().any(|key| key.starts_with("follow-up-contact/")), "{how}");
    }
}

#[tokio::test]
async fn with_a_contact_detail_the_wrap_up_books_without_the_page() {
    let house = house().await;
    let (mut caller, mut console) = house.call().await;
    let (call, at) = (caller.call(), house.tomorrow());
    caller.leave().await;
    caller.lose().await;
    assert_eq!(console.book(call, at).await, Err(ErrorCode::NotAllowed));
    console.book_with(call, at, Some(sealed_for(&[7]))).await.unwrap();
    let mut wrong = sealed_for(&[7]);
    wrong.sealed = Hidden("AAAA".to_owned());
    assert_eq!(console.book_with(call, at, Some(wrong)).await, Err(ErrorCode::Malformed));
    assert_eq!(console.book_with(call, at, Some(sealed_for(&[]))).await, Err(ErrorCode::Malformed));
}
