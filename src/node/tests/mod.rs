//! The node by behaviour: real ledger, a clock that the test moves, pages that hold a connection each.
mod audit;
mod board;
mod bounds;
mod drill;
mod figures;
mod figures_of_follow_ups;
mod follow_ups_of_callers;
mod lengths;
mod line;
mod log;
mod page;
mod peers;
mod refusals;
mod restart;
mod said;
mod talks;

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
    audit::Who,
    registry::{DeviceKind, Invite, InviteToken, Newcomer, Registry, Whom},
};
use crate::{
    core::{
        ids::{CallId, DeviceId, OfferId, Slot, StaffId},
        time::Timestamp,
    },
    proto::{
        ErrorCode, Goodbye, caller,
        caller::CallerState,
        e2ee::{LogEntry, MlsMessage, Said},
        follow_ups, shift, staff,
        staff::{Participant, StaffState},
    },
    store::{Ledger, sqlite::Sqlite},
};

use page::{CallerPage, Console, Page};

/// A KeyPackage by form.
const PACKAGE: &str = "a2V5";
/// Another.
const FRESH_PACKAGE: &str = "a2V6";
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
struct House {
    node: NodeHandle,
    effects: mpsc::Receiver<Effect>,
    ledger: Arc<dyn Ledger>,
    config: NodeConfig,
    clock: Arc<TestClock>,
    random: Arc<TestRandom>,
    folder: tempfile::TempDir,
}

impl House {
    async fn open() -> Self {
        Self::open_with(NodeConfig::default()).await
    }

    async fn open_with(config: NodeConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Arc::new(Sqlite::open(&folder.path().join("ledger")).unwrap());
        Self::open_on(ledger, folder, config).await
    }

    async fn open_on(ledger: Arc<dyn Ledger>, folder: tempfile::TempDir, config: NodeConfig) -> Self {
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
    async fn restart(self) -> Self {
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

    fn pass(&self, seconds: u64) {
        self.clock.0.send_modify(|now| *now = *now + Duration::from_secs(seconds));
    }

    /// A page that has said hello.
    async fn visitor(&self) -> CallerPage {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let conn = self.node.caller_hello(outbox).await.unwrap();
        CallerPage(Page::new(self.node.clone(), conn, inbox))
    }

    /// A caller in the queue.
    async fn caller(&self) -> CallerPage {
        let mut page = self.visitor().await;
        page.ask(caller::Request::Join {
            key_package: PACKAGE.to_owned(),
            line: None,
            skill: None,
            code: None,
        })
        .await
        .unwrap();
        page.0.state(|state| matches!(state, CallerState::Waiting { .. })).await;
        page
    }

    async fn resume(&self, token: &str, seen: u64) -> Result<CallerPage, ErrorCode> {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let conn = self.node.caller_resume(token, seen, outbox).await.map_err(|error| error.code)?;
        let mut page = Page::new(self.node.clone(), conn, inbox);
        page.state(|_| true).await;
        Ok(CallerPage(page))
    }

    /// A console of the enrolled device with that number, signed in.
    async fn sign_in(&self, number: u8, seen: u64) -> Result<Console, ErrorCode> {
        let who = self.enrol(number, number).await;
        self.sign_in_as(who, seen).await
    }

    async fn sign_in_as(&self, who: StaffIdentity, seen: u64) -> Result<Console, ErrorCode> {
        let (outbox, inbox) = mpsc::channel(OUTBOX);
        let conn = self.node.staff_sign_in(who, seen, outbox).await.map_err(|error| error.code)?;
        let mut page = Page::new(self.node.clone(), conn, inbox);
        page.state(|_| true).await;
        Ok(Console(page))
    }

    /// Enrols a counsellor's device if it is not.
    async fn enrol(&self, person: u8, number: u8) -> StaffIdentity {
        self.enrol_as(person, number, staff::Role::Counsellor).await
    }

    async fn enrol_as(&self, person: u8, number: u8, role: staff::Role) -> StaffIdentity {
        let registry = Registry::new(Arc::clone(&self.ledger));
        let (staff, device) = (StaffId::from_random([person; 16]), DeviceId::from_random([number; 16]));
        let (name, key) = (format!("Sam {person}"), [number; 32]);
        if registry.device_by_key(&key).await.unwrap().is_none() {
            let token = InviteToken::from_random([number; 16]);
            let expires = Timestamp::from_millis(u64::MAX);
            let known = registry.person(staff).await.unwrap().is_some();
            let whom = if known { Whom::OneMoreDevice { staff } } else { Whom::NewPerson };
            let (invite, now) = (Invite { role, expires, whom, native: true }, self.clock.now());
            registry.create_invite(&invite, &token, Who::Operator, now).await.unwrap();
            let kind = DeviceKind::Native;
            let newcomer = Newcomer { name: name.clone(), key, kind, staff, device };
            registry.redeem_invite(&token, newcomer, now).await.unwrap();
        }
        StaffIdentity { staff, device, name, role, key }
    }

    /// Shuts the enrolled device with that number out, as another process on the same file does.
    async fn shut_out_elsewhere(&self, number: u8) {
        let elsewhere = Sqlite::open(&self.folder.path().join("ledger")).unwrap();
        let device = DeviceId::from_random([number; 16]);
        let now = self.clock.now();
        Registry::new(Arc::new(elsewhere)).revoke_device(device, Who::Operator, now).await.unwrap();
    }

    /// A counsellor who is ready for a caller.
    async fn counsellor(&self, number: u8) -> Console {
        let mut console = self.sign_in(number, 0).await.unwrap();
        console.ask(staff::Request::Available).await.unwrap();
        console
    }

    /// A caller and a counsellor in a call, with the group made.
    async fn call(&self) -> (CallerPage, Console) {
        let mut caller = self.caller().await;
        let mut console = self.counsellor(1).await;
        let offer = console.rings().await;
        console.ask(staff::Request::Accept { offer: offer.id }).await.unwrap();
        console.send(first_commit("Zmlyc3Q=")).await.unwrap();
        caller.connected().await;
        caller.0.entry(|entry| entry.seq == 1).await;
        (caller, console)
    }

    /// A caller and a counsellor in a call, with another caller who came before and waits: that one has no connection while it
    /// rings.
    async fn call_behind(&self, first: &mut CallerPage) -> (CallerPage, Console) {
        let token = first.token();
        first.lose().await;
        let call = self.call().await;
        *first = self.resume(&token, 0).await.unwrap();
        call
    }

    /// Resolves when the node has dealt with everything before.
    async fn barrier(&self) -> super::Snapshot {
        self.node.snapshot().await.unwrap()
    }
}

/// The commit that makes the group and adds the caller.
fn first_commit(commit: &str) -> MlsMessage {
    commit_of(0, commit, &[Slot::CALLER])
}

fn commit_of(epoch: u64, commit: &str, added: &[Slot]) -> MlsMessage {
    let welcome = (!added.is_empty()).then(|| "d2VsY29tZQ==".to_owned());
    MlsMessage::Commit {
        epoch,
        commit: commit.to_owned(),
        welcome,
        added: added.to_vec(),
        removed: Vec::new(),
    }
}

fn words(text: &str) -> MlsMessage {
    MlsMessage::Application { message: text.to_owned() }
}
