//! The end of the process, and a ledger that does not take what is written.

use std::sync::atomic::AtomicBool;

use super::*;
use crate::{
    proto::staff::Request,
    store::{
        Change, Compare, Entry, Outcome, StoreError, Txn, faulty::FaultyStore, sqlite::Options,
        steady::Steady,
    },
};

#[tokio::test]
async fn restart_loses_nobody() {
    let house = House::open().await;
    let (mut talking, console) = house.call().await;
    let (first, second, offered) = (house.caller().await, house.caller().await, house.counsellor(2).await);
    let mut offered = offered;
    let offer = offered.rings().await;
    talking.connected().await;
    let tokens = [talking.token(), first.token(), second.token()];
    let house = house.restart().await;
    let now = house.barrier().await;
    assert_eq!((now.connected, now.waiting, now.ringing), (1, 2, 1));

    let mut talking = house.resume(&tokens[0], 1).await.unwrap();
    let mut console_again = house.sign_in(1, 0).await.unwrap();
    assert_eq!(console_again.on_call().await, talking.call());
    talking.connected().await;
    console_again.send(words("YWdhaW4=")).await.unwrap();
    talking.0.entry(|entry| entry.seq == 2).await;

    let mut second = house.resume(&tokens[2], 0).await.unwrap();
    second.waits_behind(1).await;
    let mut first = house.resume(&tokens[1], 0).await.unwrap();
    first.waits_behind(0).await;
    let mut offered = house.sign_in(2, 0).await.unwrap();
    assert_eq!(offered.rings().await.id, offer.id);
    assert_eq!(offered.answer().await, first.call());
    drop(console);
}

#[tokio::test]
async fn consoles_that_do_not_come_back_after_a_restart_are_not_available() {
    let house = House::open().await;
    let caller = house.caller().await;
    let token = caller.token();
    let mut console = house.counsellor(1).await;
    console.rings().await;
    let house = house.restart().await;
    let mut caller = house.resume(&token, 0).await.unwrap();
    house.pass(10);
    caller
        .0
        .state(|state| matches!(state, CallerState::Waiting { ringing: false, on_shift: false, .. }))
        .await;
    assert!(house.ledger.range("desk/").await.unwrap().0.is_empty());
}

#[tokio::test]
async fn an_ended_call_leaves_no_messages_behind() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    console.send(words("aGk=")).await.unwrap();
    assert_eq!(house.ledger.range("log/").await.unwrap().0.len(), 2);
    caller.leave().await;
    assert!(house.ledger.range("log/").await.unwrap().0.is_empty());
}

#[tokio::test]
async fn a_stopping_server_says_so_to_everybody() {
    let house = House::open().await;
    let (mut caller, mut console) = house.call().await;
    house.node.stop().await;
    caller.0.hear_until(|page| page.closed).await;
    console.0.hear_until(|page| page.closed).await;
    assert_eq!((caller.0.bye, console.0.bye), (Some(Goodbye::ServerStopping), Some(Goodbye::ServerStopping)));
    house.node.stopped().await;
    let (outbox, _inbox) = mpsc::channel(OUTBOX);
    assert_eq!(house.node.caller_hello(outbox).await.unwrap_err().code, ErrorCode::Internal);
}

#[tokio::test]
async fn a_second_process_on_the_same_line_makes_the_first_stop() {
    let house = House::open().await;
    let (caller, mut console) = house.call().await;
    let theirs = format!("call/{}", caller.call());
    let writes = vec![crate::store::Write::Put { key: theirs, value: Vec::new() }];
    house.ledger.txn(Txn { compares: Vec::new(), writes }).await.unwrap();
    let call = caller.call();
    house.node.staff(console.0.conn, 99, Request::End { call }).await;
    console.0.hear_until(|page| page.closed).await;
    house.node.stopped().await;
}

/// A ledger that can be made to fail.
pub(super) struct Failing {
    pub(super) inner: Sqlite,
    pub(super) fails: Arc<AtomicBool>,
}

impl Ledger for Failing {
    fn get(&self, key: &str) -> BoxFuture<'static, Result<Option<Entry>, StoreError>> {
        self.inner.get(key)
    }

    fn range(&self, prefix: &str) -> BoxFuture<'static, Result<(Vec<Entry>, u64), StoreError>> {
        self.inner.range(prefix)
    }

    fn txn(&self, txn: Txn) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        if self.fails.load(Ordering::SeqCst) {
            return Box::pin(async { Err(StoreError::DiskFull { path: "ledger".to_owned() }) });
        }
        self.inner.txn(txn)
    }

    fn lease(
        &self,
        compare: Compare,
        value: Vec<u8>,
        ttl: Duration,
    ) -> BoxFuture<'static, Result<Outcome, StoreError>> {
        self.inner.lease(compare, value, ttl)
    }

    fn watch(
        &self,
        prefix: &str,
        after: u64,
    ) -> BoxFuture<'static, Result<mpsc::Receiver<Change>, StoreError>> {
        self.inner.watch(prefix, after)
    }
}

async fn on_a_failing_disk() -> (House, Arc<AtomicBool>) {
    let folder = tempfile::tempdir().unwrap();
    let inner = Sqlite::open_with(&folder.path().join("ledger"), Options::default()).unwrap();
    let fails = Arc::new(AtomicBool::new(false));
    let ledger = Arc::new(Failing { inner, fails: Arc::clone(&fails) });
    (House::open_on(ledger, folder, NodeConfig::default()).await, fails)
}

#[tokio::test]
async fn nobody_hears_of_what_could_not_be_written() {
    let (house, fails) = on_a_failing_disk().await;
    let mut waiting = house.caller().await;
    let mut console = house.counsellor(1).await;
    let offer = console.rings().await.id;
    fails.store(true, Ordering::SeqCst);
    assert_eq!(console.ask(Request::Accept { offer }).await, Err(ErrorCode::Internal));
    let mut new = house.visitor().await;
    let join = caller::Request::Join { key_package: PACKAGE.to_owned(), line: None, skill: None, code: None };
    assert_eq!(new.ask(join.clone()).await, Err(ErrorCode::Internal));
    house.barrier().await;
    waiting.0.catch_up();
    new.0.catch_up();
    assert!(matches!(waiting.0.last, Some(CallerState::Waiting { ringing: true, .. })));
    assert_eq!(new.0.last, Some(CallerState::Idle));
    assert!(new.0.session.is_none());

    fails.store(false, Ordering::SeqCst);
    assert_eq!(console.ask(Request::Accept { offer }).await, Ok(()));
    assert_eq!(new.ask(join).await, Ok(()));
    new.waits_behind(0).await;
    waiting.connected().await;
}

#[tokio::test]
async fn timers_are_tried_again_when_the_ledger_takes_changes_again() {
    let (house, fails) = on_a_failing_disk().await;
    let caller = house.caller().await;
    let mut sleepy = house.counsellor(1).await;
    sleepy.rings().await;
    let mut awake = house.counsellor(2).await;
    fails.store(true, Ordering::SeqCst);
    house.pass(20);
    while house.barrier().await.counters.ledger_failures == 0 {
        tokio::task::yield_now().await;
    }
    fails.store(false, Ordering::SeqCst);
    house.pass(1);
    assert_eq!(awake.rings().await.call, caller.call());
}

#[tokio::test]
async fn a_connection_that_was_lost_while_the_disk_was_full_is_still_lost() {
    let (house, fails) = on_a_failing_disk().await;
    let (caller, mut console) = house.call().await;
    fails.store(true, Ordering::SeqCst);
    let call = caller.call();
    house.node.staff(console.0.conn, 99, Request::End { call }).await;
    caller.lose().await;
    assert_eq!(console.0.answer(99).await, Err(ErrorCode::Internal));
    console
        .0
        .state(|state| matches!(state, StaffState::OnCall { call } if !call.participants[0].connected))
        .await;
}

#[tokio::test]
async fn over_a_ledger_that_loses_repeats_and_delays_nobody_is_lost_or_told_twice() {
    for seed in 0..4 {
        let folder = tempfile::tempdir().unwrap();
        let sqlite: Arc<dyn Ledger> = Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap());
        let faulty = Arc::new(FaultyStore::new(sqlite, seed, 15));
        let steady = Arc::new(Steady::new(Arc::clone(&faulty) as _, "node", [7; 16]));
        let house = House::open_on(steady, folder, NodeConfig::default()).await;
        let mut callers = Vec::new();
        for _ in 0..8 {
            callers.push(house.caller().await);
        }
        for number in 1..=8 {
            let mut console = house.counsellor(number).await;
            let call = console.answer().await;
            let caller = &mut callers[usize::from(number) - 1];
            assert_eq!(call, caller.call(), "first come first served");
            console.send(first_commit("Zmlyc3Q=")).await.unwrap();
            caller.0.entry(|entry| entry.seq == 1).await;
            console.ask(Request::End { call }).await.unwrap();
            caller.0.state(|state| matches!(state, CallerState::Ended { .. })).await;
            console.ask(Request::WrapUpDone { call, available: false }).await.unwrap();
        }
        let (entries, _, flaw) = crate::node::audit::verify(Arc::clone(&house.ledger), None).await.unwrap();
        assert_eq!((entries.len(), flaw), (8 * 7, None), "each act once, and two for each who enrolled");
        assert_eq!(house.barrier().await.counters.ended, 8);
        assert!(faulty.faults() > 50, "{} faults", faulty.faults());
    }
}
