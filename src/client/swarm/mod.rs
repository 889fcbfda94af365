//! Many endpoints on one thread: their datagrams in batches on few sockets, their ticks spread evenly, their networks
//! impaired as asked, and the thread's own lateness measured.

pub mod path;

use std::{
    fmt, io,
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

pub use path::{Fate, Path};

use super::{
    event::{Command, Event},
    options::EndpointOptions,
    socket::Server,
    stats::{Histogram, Moments, Stats},
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
    /// Datagrams that the sockets did not take.
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

/// A running swarm. Dropping it ends it abruptly; [`Swarm::stop`] closes connections in good order.
pub struct Swarm {
    events: Receiver<Told>,
}

impl Swarm {
    /// Starts a swarm without endpoints.
    ///
    /// # Errors
    /// When sockets or threads cannot be had.
    pub fn start(_options: SwarmOptions) -> Result<Self, SwarmError> {
        Err(SwarmError::Ended)
    }

    /// Adds an endpoint. It does nothing until its first command.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn add(&self, _options: EndpointOptions, _links: Links) -> Result<EndpointId, SwarmError> {
        Err(SwarmError::Ended)
    }

    /// Gives an endpoint a command. An endpoint that is gone takes none.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn command(&self, _endpoint: EndpointId, _command: Command) -> Result<(), SwarmError> {
        Err(SwarmError::Ended)
    }

    /// Takes an endpoint out; its connections are closed in good order, its call is not ended.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn remove(&self, _endpoint: EndpointId) -> Result<(), SwarmError> {
        Err(SwarmError::Ended)
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
        Err(SwarmError::Ended)
    }

    /// The figures of one.
    ///
    /// # Errors
    /// [`SwarmError::Ended`], [`SwarmError::Unknown`].
    pub fn figures(&self, _endpoint: EndpointId) -> Result<Figures, SwarmError> {
        Err(SwarmError::Ended)
    }

    /// Closes all connections in good order and ends the thread. Gives the last figures.
    ///
    /// # Errors
    /// [`SwarmError::Ended`].
    pub fn stop(self) -> Result<Snapshot, SwarmError> {
        Err(SwarmError::Ended)
    }
}

impl fmt::Debug for Swarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Swarm(..)")
    }
}
