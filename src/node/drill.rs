//! The drill that is open: a line for training beside the real one.
//!
//! It is a node of its own over a ledger of its own, in a folder that is deleted when the drill ends. Of the real ledger it is given
//! the reading half alone: who works here, the settings, the rota. So nothing of a drill can be in a record, a figure or the audit
//! of the real line; only that it was opened and how it ended is written there, by the real line's own hand.

use std::{
    fmt, fs, io,
    ops::RangeInclusive,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Mutex, MutexGuard, mpsc, watch},
    task::spawn_blocking,
};

use super::{
    Clock, Effect, NoRandomness, Node, NodeConfig, NodeError, NodeHandle, Random,
    audit::{self, Act, Did, DrillAct, Who},
    records::Ledgers,
    triage::Triage,
};
use crate::{
    core::time::Timestamp,
    proto::Hidden,
    store::{Ledger, StoreError, Txn, read_only::ReadOnly, sqlite::Sqlite},
};

/// For how long a drill can be opened, minutes.
pub const MINUTES: RangeInclusive<u32> = 5..=480;

/// Why a drill was not opened.
#[derive(Debug, thiserror::Error)]
pub enum DrillError {
    /// Too short or too long.
    #[error("a drill lasts {} to {} minutes", MINUTES.start(), MINUTES.end())]
    Minutes,
    /// Its folder cannot be made.
    #[error("the drill's folder cannot be made: {0}")]
    Folder(#[from] io::Error),
    /// Its node did not start, or the audit cannot be written.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// On what drills stand.
pub struct DrillParts {
    /// The real ledger.
    pub ledger: Arc<dyn Ledger>,
    /// Where a drill's records are while it lasts. Whatever is there goes.
    pub folder: PathBuf,
    /// What is set for the real line holds in a drill.
    pub config: NodeConfig,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random source.
    pub random: Arc<dyn Random>,
    /// What a drill asks of the rest of the process.
    pub effects: mpsc::Sender<Effect>,
}

/// The line of a drill. It ends with the drill, whoever still holds it.
#[derive(Clone)]
pub struct DrillLine {
    /// Its node.
    pub node: NodeHandle,
    /// Its triage.
    pub triage: Triage,
}

/// How things are in a drill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrillNow {
    /// Until when.
    pub until: Timestamp,
    /// What lets somebody play a caller.
    pub ticket: Hidden,
    /// Callers in it, waiting or in a call.
    pub callers: u64,
    /// Consoles in it.
    pub desks: u64,
}

/// Opens and ends drills, one at a time. Cheap to clone.
#[derive(Clone)]
pub struct Drills(Arc<Inner>);

struct Inner {
    parts: DrillParts,
    open: Mutex<Option<Open>>,
}

struct Open {
    line: DrillLine,
    ticket: Hidden,
    hash: TicketHash,
    until: watch::Sender<Timestamp>,
    /// Who said last how long it lasts.
    by: Who,
}

type TicketHash = [u8; 32];

impl Drills {
    /// No drill is open. What a process that was killed has left of one is removed.
    pub fn new(parts: DrillParts) -> io::Result<Self> {
        remove(&parts.folder)?;
        Ok(Self(Arc::new(Inner { parts, open: Mutex::new(None) })))
    }

    /// Opens a drill. One that is open goes on until the later of the two ends, with the same ticket.
    pub async fn open(&self, minutes: u32, by: Who) -> Result<(), DrillError> {
        if !MINUTES.contains(&minutes) {
            return Err(DrillError::Minutes);
        }
        let until = self.0.parts.clock.now() + Duration::from_secs(60 * u64::from(minutes));
        let mut held = self.0.live().await;
        match held.as_mut() {
            Some(open) if *open.until.borrow() >= until => {}
            Some(open) => {
                self.0.write_down(by, DrillAct::Prolonged, until).await?;
                open.by = by;
                open.until.send_replace(until);
            }
            None => {
                let open = self.0.begin(until, by).await?;
                tokio::spawn(
                    Arc::clone(&self.0).see_to_the_end(open.line.node.clone(), open.until.subscribe()),
                );
                *held = Some(open);
            }
        }
        Ok(())
    }

    /// Ends the drill, if one is open.
    pub async fn close(&self, by: Who) {
        let mut held = self.0.live().await;
        if let Some(open) = held.take() {
            self.0.end(open, DrillAct::Closed, by).await;
        }
    }

    /// Ends the drill because the process stops.
    pub async fn stop(&self) {
        if let Some(open) = self.0.open.lock().await.take() {
            self.0.end(open, DrillAct::Stopped, Who::Operator).await;
        }
    }

    /// How things are in the drill; none when none is open.
    pub async fn now(&self) -> Option<DrillNow> {
        let (node, until, ticket) = {
            let held = self.0.live().await;
            let open = held.as_ref()?;
            let until = *open.until.borrow();
            (open.line.node.clone(), until, open.ticket.clone())
        };
        let shot = node.snapshot().await?;
        let (callers, desks) = (shot.waiting + shot.connected, shot.staff_signed_in);
        Some(DrillNow { until, ticket, callers, desks })
    }

    /// The drill's line; none when none is open.
    pub async fn line(&self) -> Option<DrillLine> {
        self.0.live().await.as_ref().map(|open| open.line.clone())
    }

    /// The drill's line, for whoever has its ticket. Tickets are compared by their hashes: how long it takes says nothing of them.
    pub async fn line_by(&self, ticket: &Hidden) -> Option<DrillLine> {
        let hash = hash(ticket);
        let held = self.0.live().await;
        held.as_ref().filter(|open| open.hash == hash).map(|open| open.line.clone())
    }
}

impl Inner {
    /// What is open. A drill whose time is over is not, even before it has been seen to.
    async fn live(&self) -> MutexGuard<'_, Option<Open>> {
        let mut held = self.open.lock().await;
        if let Some(open) = held.take_if(|open| *open.until.borrow() <= self.parts.clock.now()) {
            let by = open.by;
            self.end(open, DrillAct::TimeOver, by).await;
        }
        if let Some(open) = held.take_if(|open| open.line.node.has_stopped()) {
            self.end(open, DrillAct::Stopped, Who::Operator).await;
        }
        held
    }

    /// Ends the drill when its time is over, or its node cannot go on.
    async fn see_to_the_end(self: Arc<Self>, node: NodeHandle, mut until: watch::Receiver<Timestamp>) {
        loop {
            let at = *until.borrow_and_update();
            tokio::select! {
                () = self.parts.clock.until(at) => {}
                () = node.stopped() => {}
                // It was prolonged; or closed, and somebody else sees to it.
                changed = until.changed() => match changed {
                    Ok(()) => continue,
                    Err(_) => return,
                }
            }
            drop(self.live().await);
            if until.has_changed().is_err() {
                return;
            }
        }
    }

    async fn begin(&self, until: Timestamp, by: Who) -> Result<Open, DrillError> {
        let mut bytes = [0; 16];
        self.parts.random.fill(&mut bytes)?;
        let ticket = Hidden(URL_SAFE_NO_PAD.encode(bytes));
        match self.start(until, by).await {
            Ok(line) => {
                let hash = hash(&ticket);
                Ok(Open { line, ticket, hash, until: watch::Sender::new(until), by })
            }
            Err(error) => {
                self.clear().await;
                Err(error)
            }
        }
    }

    async fn start(&self, until: Timestamp, by: Who) -> Result<DrillLine, DrillError> {
        let DrillParts { ledger, folder, config, clock, random, effects } = &self.parts;
        let at = folder.clone();
        let own = blocking(move || fresh(&at)).await??;
        let (own, shared): (Arc<dyn Ledger>, Arc<dyn Ledger>) =
            (Arc::new(own), Arc::new(ReadOnly::new(Arc::clone(ledger))));
        let triage = Triage::by_settings_of(Arc::clone(&own), Arc::clone(&shared));
        let config = NodeConfig { drill: true, ..config.clone() };
        let (clock, random) = (Arc::clone(clock), Arc::clone(random));
        let node = Node::start_on(Ledgers { own, shared }, config, clock, random, effects.clone()).await?;
        if let Err(error) = self.write_down(by, DrillAct::Opened, until).await {
            node.stop().await;
            return Err(error.into());
        }
        Ok(DrillLine { node, triage })
    }

    /// Says so to everybody in it, and throws it away.
    async fn end(&self, open: Open, how: DrillAct, by: Who) {
        open.line.node.stop().await;
        self.clear().await;
        let until = *open.until.borrow();
        if let Err(error) = self.write_down(by, how, until).await {
            tracing::error!(%error, "how a drill ended is not in the audit");
        }
    }

    async fn clear(&self) {
        let folder = self.parts.folder.clone();
        if let Err(error) = blocking(move || remove(&folder)).await.and_then(|removed| removed) {
            tracing::error!(%error, "what is left of a drill cannot be removed; the next start tries again");
        }
    }

    /// Writes into the real audit what was done with a drill.
    async fn write_down(&self, who: Who, what: DrillAct, until: Timestamp) -> Result<(), NodeError> {
        let (at, did) = (self.parts.clock.now(), Did::Drill { what, until });
        let act = Act { at, who, did, call: None };
        audit::commit(self.parts.ledger.as_ref(), Txn::default(), act).await.map(drop)
    }
}

impl fmt::Debug for Drills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Drills")
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)
}

/// An empty ledger in an empty folder that only this user may read.
fn fresh(folder: &Path) -> Result<Sqlite, DrillError> {
    remove(folder)?;
    fs::DirBuilder::new().mode(0o700).create(folder)?;
    let opened: Result<Sqlite, StoreError> = Sqlite::open(&folder.join("ledger.sqlite"));
    Ok(opened.map_err(NodeError::from)?)
}

/// Removes the folder, if it is there.
fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn hash(ticket: &Hidden) -> TicketHash {
    Sha256::digest(ticket.0.as_bytes()).into()
}
