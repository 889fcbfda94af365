//! The node by behaviour: real ledger, a clock that the test moves, pages that hold a connection each.
mod bounds;
mod line;
mod log;
mod peers;
mod restart;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};

use super::{
    CallerConn, Clock, Effect, Gone, NoRandomness, Node, NodeConfig, NodeHandle, Random, StaffConn,
    StaffIdentity,
    registry::{Invite, InviteToken, Registry},
};
use crate::{
    core::{
        ids::{CallId, DeviceId, OfferId, Slot, StaffId},
        time::Timestamp,
    },
    proto::{
        ErrorCode, Goodbye, caller,
        caller::CallerState,
        e2ee::{LogEntry, MlsMessage},
        staff,
        staff::{Participant, StaffState},
    },
    store::{Ledger, sqlite::Sqlite},
};

/// A KeyPackage by form.
pub(super) const PACKAGE: &str = "a2V5";
/// Another.
pub(super) const FRESH_PACKAGE: &str = "a2V6";
/// No test waits longer for an event.
const PATIENCE: Duration = Duration::from_secs(20);
const OUTBOX: usize = 64;

struct TestClock(watch::Sender<Timestamp>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    fn until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut now = self.0.subscribe();
        Box::pin(async move {
            if now.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending().await
            }
        })
    }
}

/// Counts: every draw differs, and every run is the same.
struct TestRandom(AtomicU64);

impl Random for TestRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        let draw = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        bytes.iter_mut().zip(draw.iter().cycle()).for_each(|(byte, part)| *byte = *part);
        Ok(())
    }
}

/// A node on a ledger of its own.
pub(super) struct House {
    pub(super) node: NodeHandle,
    pub(super) effects: mpsc::Receiver<Effect>,
    pub(super) ledger: Arc<dyn Ledger>,
    config: NodeConfig,
    clock: Arc<TestClock>,
    random: Arc<TestRandom>,
    folder: tempfile::TempDir,
}

impl House {
    pub(super) async fn open() -> Self {
        Self::open_with(NodeConfig::default()).await
    }

    pub(super) async fn open_with(config: NodeConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap());
        Self::open_on(ledger, folder, config).await
    }

    pub(super) async fn open_on(
        ledger: Arc<dyn Ledger>,
        folder: tempfile::TempDir,
        config: NodeConfig,
    ) -> Self {
        let clock = Arc::new(TestClock(watch::Sender::new(Timestamp::from_millis(1_000_000_000))));
        let random = Arc::new(TestRandom(AtomicU64::new(1)));
        let (node, effects) = Node::start(
            Arc::clone(&ledger),
            config.clone(),
            Arc::clone(&clock) as _,
            Arc::clone(&random) as _,
        )
        .await
        .unwrap();
        Self { node, effects, ledger, config, clock, random, folder }
    }

    /// Ends the process, as it were, and starts another one on the same file.
    pub(super) async fn restart(self) -> Self {
        let Self { node, effects, ledger, config, clock, random, folder } = self;
        drop((node, effects, ledger));
        let ledger: Arc<dyn Ledger> = Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap());
        let (node, effects) = Node::start(
            Arc::clone(&ledger),
            config.clone(),
            Arc::clone(&clock) as _,
            Arc::clone(&random) as _,
        )
        .await
        .unwrap();
        Self { node, effects, ledger, config, clock, random, folder }
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.clock.0.send_modify(|now| *now = *now + Duration::from_secs(seconds));
    }

    /// A page that has said hello.
    pub(super) async fn visitor(&self) -> CallerPage {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let conn = self.node.caller_hello(outbox).await.unwrap();
        CallerPage(Page::new(self.node.clone(), conn, inbox))
    }

    /// A caller in the queue.
    pub(super) async fn caller(&self) -> CallerPage {
        let mut page = self.visitor().await;
        page.ask(caller::Request::Join { key_package: PACKAGE.to_owned() }).await.unwrap();
        page.0.state(|state| matches!(state, CallerState::Waiting { .. })).await;
        page
    }

    pub(super) async fn resume(&self, token: &str, seen: u64) -> Result<CallerPage, ErrorCode> {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let conn = self.node.caller_resume(token, seen, outbox).await.map_err(|error| error.code)?;
        let mut page = Page::new(self.node.clone(), conn, inbox);
        page.state(|_| true).await;
        Ok(CallerPage(page))
    }

    /// A console of the enrolled device with that number, signed in.
    pub(super) async fn sign_in(&self, number: u8, seen: u64) -> Result<Console, ErrorCode> {
        let who = self.enrol(number, number).await;
        self.sign_in_as(who, seen).await
    }

    pub(super) async fn sign_in_as(&self, who: StaffIdentity, seen: u64) -> Result<Console, ErrorCode> {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let conn = self.node.staff_sign_in(who, seen, outbox).await.map_err(|error| error.code)?;
        let mut page = Page::new(self.node.clone(), conn, inbox);
        page.state(|_| true).await;
        Ok(Console(page))
    }

    /// Enrols a device if it is not.
    pub(super) async fn enrol(&self, person: u8, number: u8) -> StaffIdentity {
        let registry = Registry::new(Arc::clone(&self.ledger));
        let (staff, device) = (StaffId::from_random([person; 16]), DeviceId::from_random([number; 16]));
        let (name, role, key) = (format!("Sam {person}"), staff::Role::Counsellor, [number; 32]);
        if registry.device_by_key(&key).await.unwrap().is_none() {
            let token = InviteToken::from_random([number; 16]);
            let expires = Timestamp::from_millis(u64::MAX);
            registry.create_invite(&Invite { role, expires }, &token).await.unwrap();
            registry.redeem_invite(&token, &name, key, staff, device, self.clock.now()).await.unwrap();
        }
        StaffIdentity { staff, device, name, role, key }
    }

    /// Shuts the enrolled device with that number out, as another process on the same file does.
    pub(super) async fn shut_out_elsewhere(&self, number: u8) {
        let elsewhere = Sqlite::open(&self.folder.path().join("ledger")).unwrap();
        Registry::new(Arc::new(elsewhere)).revoke(DeviceId::from_random([number; 16])).await.unwrap();
    }

    /// A counsellor who is ready for a caller.
    pub(super) async fn counsellor(&self, number: u8) -> Console {
        let mut console = self.sign_in(number, 0).await.unwrap();
        console.ask(staff::Request::Available).await.unwrap();
        console
    }

    /// A caller and a counsellor in a call, with the group made.
    pub(super) async fn call(&self) -> (CallerPage, Console) {
        let mut caller = self.caller().await;
        let mut console = self.counsellor(1).await;
        let offer = console.rings().await;
        console.ask(staff::Request::Accept { offer: offer.id }).await.unwrap();
        console.send(first_commit("Zmlyc3Q=")).await.unwrap();
        caller.connected().await;
        caller.0.entry(|entry| entry.seq == 1).await;
        (caller, console)
    }

    /// Resolves when the node has dealt with everything before.
    pub(super) async fn barrier(&self) -> super::Snapshot {
        self.node.snapshot().await.unwrap()
    }
}

/// What both sides are told.
pub(super) enum Heard<S> {
    Welcome,
    Shift(bool),
    Session { token: String, call: CallId },
    State(S),
    Entry(LogEntry),
    Done(u32),
    Error(Option<u32>, ErrorCode),
    Bye(Goodbye),
}

/// One end of a connection, and what it has been told.
pub(super) struct Page<C, M, S> {
    node: NodeHandle,
    pub(super) conn: C,
    pub(super) inbox: mpsc::Receiver<M>,
    re: u32,
    pub(super) last: Option<S>,
    pub(super) log: Vec<LogEntry>,
    pub(super) session: Option<(String, CallId)>,
    /// What it was told of who is on shift, beside its state.
    pub(super) shifts: Vec<bool>,
    answers: Vec<(u32, Result<(), ErrorCode>)>,
    pub(super) bye: Option<Goodbye>,
    pub(super) closed: bool,
}

impl<C: Copy, M: Into<Heard<S>>, S> Page<C, M, S> {
    fn new(node: NodeHandle, conn: C, inbox: mpsc::Receiver<M>) -> Self {
        Self {
            node,
            conn,
            inbox,
            re: 0,
            last: None,
            log: Vec::new(),
            session: None,
            shifts: Vec::new(),
            answers: Vec::new(),
            bye: None,
            closed: false,
        }
    }

    fn hear(&mut self, message: Option<M>) {
        match message.map(Into::into) {
            Some(Heard::Welcome) => {}
            Some(Heard::Shift(on_shift)) => self.shifts.push(on_shift),
            Some(Heard::Session { token, call }) => self.session = Some((token, call)),
            Some(Heard::State(state)) => self.last = Some(state),
            Some(Heard::Entry(entry)) => self.log.push(entry),
            Some(Heard::Done(re)) => self.answers.push((re, Ok(()))),
            Some(Heard::Error(re, code)) => self.answers.push((re.unwrap(), Err(code))),
            Some(Heard::Bye(why)) => self.bye = Some(why),
            None => self.closed = true,
        }
    }

    pub(super) async fn hear_until(&mut self, mut enough: impl FnMut(&Self) -> bool) {
        while !enough(self) {
            assert!(!self.closed, "the node closed the connection");
            let message = tokio::time::timeout(PATIENCE, self.inbox.recv()).await.expect("an event");
            self.hear(message);
        }
    }

    /// Hears what has been said already.
    pub(super) fn catch_up(&mut self) {
        while let Ok(message) = self.inbox.try_recv() {
            self.hear(Some(message));
        }
    }

    pub(super) async fn state(&mut self, wanted: impl Fn(&S) -> bool) -> &S {
        self.hear_until(|page| page.last.as_ref().is_some_and(&wanted)).await;
        self.last.as_ref().unwrap()
    }

    pub(super) async fn entry(&mut self, wanted: impl Fn(&LogEntry) -> bool) {
        self.hear_until(|page| page.log.iter().any(&wanted)).await;
    }

    pub(super) async fn answer(&mut self, re: u32) -> Result<(), ErrorCode> {
        self.hear_until(|page| page.answers.iter().any(|(answered, _)| *answered == re)).await;
        self.answers.iter().find(|(answered, _)| *answered == re).unwrap().1
    }

    fn next_re(&mut self) -> u32 {
        self.re += 1;
        self.re
    }
}

pub(super) struct CallerPage(pub(super) Page<CallerConn, caller::Message, CallerState>);

impl CallerPage {
    pub(super) async fn ask(&mut self, request: caller::Request) -> Result<(), ErrorCode> {
        let re = self.0.next_re();
        self.0.node.caller(self.0.conn, re, request).await;
        self.0.answer(re).await
    }

    pub(super) async fn send(&mut self, message: MlsMessage) -> Result<(), ErrorCode> {
        self.ask(caller::Request::Mls { message }).await
    }

    pub(super) async fn leave(&mut self) {
        self.ask(caller::Request::Leave { how: caller::Leaving::Left }).await.unwrap();
    }

    pub(super) fn token(&self) -> String {
        self.0.session.clone().unwrap().0
    }

    pub(super) fn call(&self) -> CallId {
        self.0.session.clone().unwrap().1
    }

    pub(super) async fn connected(&mut self) -> Vec<Participant> {
        match self.0.state(|state| matches!(state, CallerState::Connected { .. })).await {
            CallerState::Connected { participants } => participants.clone(),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn waits_behind(&mut self, before: u32) {
        self.0.state(|state| matches!(state, CallerState::Waiting { ahead, .. } if *ahead == before)).await;
    }

    pub(super) async fn rung_for(&mut self, wanted: bool) {
        self.0
            .state(|state| matches!(state, CallerState::Waiting { ringing, .. } if *ringing == wanted))
            .await;
    }

    /// The connection is lost; the node knows when this returns.
    pub(super) async fn lose(&self) {
        self.0.node.caller_gone(self.0.conn).await;
        self.0.node.snapshot().await;
    }
}

pub(super) struct Console(pub(super) Page<StaffConn, staff::Message, StaffState>);

impl Console {
    pub(super) async fn ask(&mut self, request: staff::Request) -> Result<(), ErrorCode> {
        let re = self.0.next_re();
        self.0.node.staff(self.0.conn, re, request).await;
        self.0.answer(re).await
    }

    pub(super) async fn send(&mut self, message: MlsMessage) -> Result<(), ErrorCode> {
        let call = self.on_call().await;
        self.ask(staff::Request::Mls { call, message }).await
    }

    pub(super) async fn rings(&mut self) -> staff::Offer {
        match self.0.state(|state| matches!(state, StaffState::Ringing { .. })).await {
            StaffState::Ringing { offer } => offer.clone(),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn rings_for(&mut self, caller: &CallerPage) {
        let wanted = caller.call();
        self.0.state(|state| matches!(state, StaffState::Ringing { offer } if offer.call == wanted)).await;
    }

    pub(super) async fn answer(&mut self) -> CallId {
        let offer = self.rings().await;
        self.ask(staff::Request::Accept { offer: offer.id }).await.unwrap();
        self.on_call().await
    }

    pub(super) async fn pass_on(&mut self) -> OfferId {
        let offer = self.rings().await.id;
        self.ask(staff::Request::Pass { offer }).await.unwrap();
        offer
    }

    pub(super) async fn on_call(&mut self) -> CallId {
        match self.0.state(|state| matches!(state, StaffState::OnCall { .. })).await {
            StaffState::OnCall { call } => call.id,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn is(&mut self, wanted: StaffState) {
        self.0.state(|state| *state == wanted).await;
    }

    /// The connection is lost; the node knows when this returns.
    pub(super) async fn lose(&self, how: Gone) {
        self.0.node.staff_gone(self.0.conn, how).await;
        self.0.node.snapshot().await;
    }
}

impl From<caller::Message> for Heard<CallerState> {
    fn from(message: caller::Message) -> Self {
        match message {
            caller::Message::Welcome { .. } => Self::Welcome,
            caller::Message::Shift { on_shift } => Self::Shift(on_shift),
            caller::Message::Session { token, call } => Self::Session { token, call: call.parse().unwrap() },
            caller::Message::State { state } => Self::State(state),
            caller::Message::Mls(entry) => Self::Entry(entry),
            caller::Message::Done { re } => Self::Done(re),
            caller::Message::Error { re, error } => Self::Error(re, error.code),
            caller::Message::Bye { why } => Self::Bye(why),
            other => panic!("the node does not say {other:?}"),
        }
    }
}

impl From<staff::Message> for Heard<StaffState> {
    fn from(message: staff::Message) -> Self {
        match message {
            staff::Message::Welcome { .. } => Self::Welcome,
            staff::Message::State { state, .. } => Self::State(state),
            staff::Message::Mls(entry) => Self::Entry(entry),
            staff::Message::Done { re } => Self::Done(re),
            staff::Message::Error { re, error } => Self::Error(re, error.code),
            staff::Message::Bye { why } => Self::Bye(why),
            other => panic!("the node does not say {other:?}"),
        }
    }
}

/// The commit that makes the group and adds the caller.
pub(super) fn first_commit(commit: &str) -> MlsMessage {
    commit_of(0, commit, &[Slot::CALLER])
}

pub(super) fn commit_of(epoch: u64, commit: &str, added: &[Slot]) -> MlsMessage {
    let welcome = (!added.is_empty()).then(|| "d2VsY29tZQ==".to_owned());
    MlsMessage::Commit { epoch, commit: commit.to_owned(), welcome, added: added.to_vec() }
}

pub(super) fn words(text: &str) -> MlsMessage {
    MlsMessage::Application { message: text.to_owned() }
}
