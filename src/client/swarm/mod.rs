//! Many endpoints on one thread: their datagrams in batches on few sockets, their ticks spread evenly, their networks
//! impaired as asked, and the thread's own lateness measured.

pub mod path;

mod alarms;
mod batch;
mod shard;
mod udp;
mod world;

use std::{
    fmt, io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use mio::{Poll, Waker};

use self::shard::{Order, Shard, WAKER};
pub use path::{Fate, Path};

use super::{
    event::{Command, Event},
    options::EndpointOptions,
    socket::Server,
    stats::{Histogram, Moments, Stats},
    wss::Wss,
};

/// How a swarm is started.
#[derive(Debug, Clone)]
pub struct SwarmOptions {
    /// Where signalling goes.
    pub server: Server,
    /// How many UDP sockets loopback endpoints share.
    pub sockets: usize,
}

/// One endpoint of a swarm. Numbers are not used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub u32);

/// An event, of whom, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whose.
    pub endpoint: EndpointId,
    /// When.
    pub at: Instant,
    /// What.
    pub event: Event,
}

/// The networks that an endpoint's media goes over. None: nothing is held up or lost.
#[derive(Default)]
pub struct Links {
    /// From the endpoint to the relay.
    pub up: Option<Box<dyn Path>>,
    /// From the relay to the endpoint.
    pub down: Option<Box<dyn Path>>,
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Links(up: {}, down: {})", self.up.is_some(), self.down.is_some())
    }
}

/// Why a swarm does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum SwarmError {
    /// Sockets or threads could not be had.
    #[error("the swarm could not be started: {0}")]
    Start(#[from] io::Error),
    /// Its thread has ended.
    #[error("the swarm has ended")]
    Ended,
    /// No endpoint has that number (any more).
    #[error("the swarm has no such endpoint")]
    Unknown,
}

/// A swarm's figures.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// All endpoints together, those that were removed as well.
    pub total: Stats,
    /// How many endpoints there are.
    pub endpoints: usize,
    /// How late ticks were run, microseconds.
    pub lateness_us: Histogram,
    /// How late impaired datagrams were let go, microseconds.
    pub impairment_lateness_us: Histogram,
    /// Datagrams that the sockets did not take, or that this thread did not fetch from them in time.
    pub datagrams_refused: u64,
    /// Events that nobody fetched in time.
    pub events_lost: u64,
    /// Processor time of the thread.
    pub cpu: Duration,
}

/// One endpoint's figures.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// What it counted.
    pub stats: Stats,
    /// When it reached each step of its present or last call.
    pub moments: Moments,
}

/// A running swarm. Dropping it closes its connections in good order.
pub struct Swarm {
    orders: SyncSender<Order>,
    waker: Arc<Waker>,
    events: Receiver<Told>,
    next: AtomicU32,
    thread: Option<JoinHandle<()>>,
}

impl Swarm {
    /// Starts a swarm without endpoints: the threads `swarm-N` (media) and `swarm-N-wss` (signalling).
    ///
    /// # Errors
    /// When sockets or threads cannot be had.
    pub fn start(options: SwarmOptions) -> Result<Self, SwarmError> {
        let name = format!("swarm-{}", STARTED.fetch_add(1, Ordering::Relaxed));
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let (orders, taken) = mpsc::sync_channel(ORDERS);
        let (told, events) = mpsc::sync_channel(EVENTS);
        let (wss, came) = Wss::start(&format!("{name}-wss"), options.server, waker.clone())?;
        let shard = Shard::new(poll, taken, wss, came, told, options.sockets)?;
        let thread = thread::Builder::new().name(name).spawn(move || shard.run())?;
        Ok(Self { orders, waker, events, next: AtomicU32::new(0), thread: Some(thread) })
    }

    /// Adds an endpoint. It does nothing until its first command.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn add(&self, options: EndpointOptions, links: Links) -> Result<EndpointId, SwarmError> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.order(Order::Add(id, Box::new(options), links))?;
        Ok(EndpointId(id))
    }

    /// Gives an endpoint a command. An endpoint that is gone takes none.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn command(&self, endpoint: EndpointId, command: Command) -> Result<(), SwarmError> {
        self.order(Order::Command(endpoint.0, command))
    }

    /// Has an endpoint write that to everybody in its call; see [`Endpoint::write`](super::Endpoint::write). Where it cannot be written
    /// it is dropped.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn write(&self, endpoint: EndpointId, text: String) -> Result<(), SwarmError> {
        self.order(Order::Write(endpoint.0, text))
    }

    /// Cuts an endpoint's line (`false`) as a pulled cable, or mends it. While it is cut no datagram passes either way, and
    /// signalling stands still: nothing is read, written or closed, and connecting hangs.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn line(&self, endpoint: EndpointId, up: bool) -> Result<(), SwarmError> {
        self.order(Order::Line(endpoint.0, up))
    }

    /// Takes an endpoint out; its connections are closed in good order, its call is not ended.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn remove(&self, endpoint: EndpointId) -> Result<(), SwarmError> {
        self.order(Order::Remove(endpoint.0))
    }

    /// What happens. Fetch it often: 65,536 events are kept, then the newest are lost and counted.
    pub fn events(&self) -> &Receiver<Told> {
        &self.events
    }

    /// The figures of all.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn snapshot(&self) -> Result<Snapshot, SwarmError> {
        self.ask(Order::Snapshot)
    }

    /// The figures of one.
    ///
    /// # Errors
    /// [`SwarmError::Ended`], [`SwarmError::Unknown`].
    pub fn figures(&self, endpoint: EndpointId) -> Result<Figures, SwarmError> {
        self.ask(|answer| Order::Figures(endpoint.0, answer))?.ok_or(SwarmError::Unknown)
    }

    /// Closes all connections in good order and ends the threads. Gives the last figures.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn stop(mut self) -> Result<Snapshot, SwarmError> {
        let last = self.ask(Order::Stop);
        self.join();
        last
    }

    fn ask<T>(&self, order: impl FnOnce(SyncSender<T>) -> Order) -> Result<T, SwarmError> {
        let (answer, answered) = mpsc::sync_channel(1);
        self.order(order(answer))?;
        answered.recv().map_err(|_| SwarmError::Ended)
    }

    fn order(&self, order: Order) -> Result<(), SwarmError> {
        self.orders.send(order).map_err(|_| SwarmError::Ended)?;
        self.waker.wake().map_err(|_| SwarmError::Ended)
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has told so already.
            let _ = thread.join();
        }
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        let (answer, _) = mpsc::sync_channel(1);
        if self.thread.is_some() && self.order(Order::Stop(answer)).is_ok() {
            self.join();
        }
    }
}

impl fmt::Debug for Swarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Swarm(..)")
    }
}

/// How many swarms this process has started.
static STARTED: AtomicU32 = AtomicU32::new(0);
const ORDERS: usize = 4_096;
const EVENTS: usize = 65_536;
