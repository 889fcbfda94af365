//! The media relay: it carries sealed audio between the legs of a call and knows nothing else of it.
//!
//! [`Relay::start`] binds sockets and starts one thread for each worker. A worker is an [`exchange::Exchange`] (all rules,
//! without sockets or clock) in a socket loop. A call lives wholly in one worker (`placement`), so that nothing is
//! shared on the packet path. What a leg may do stands in its token ([`crate::legtoken`]): there is no call table.
//!
//! May import `core::ids` and `legtoken`; never `e2ee` or `audio`. See `docs/relay.md`.

pub mod counters;
pub mod dtls;
pub mod exchange;
pub mod framing;
pub mod observer;
pub mod path;
pub mod placement;
pub mod reception;
pub mod rtcp;
pub mod rtp;
pub mod srtp;

mod affinity;
mod bind;
mod bucket;
mod history;
mod later;
mod leg;
mod pace;
mod receive;
mod replay;
mod send;
mod stream;
mod stun;
mod tcp;
mod worker;

#[cfg(test)]
mod testing;

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        mpsc::{self, SyncSender, TrySendError},
    },
    thread,
    time::Duration,
};

use mio::Waker;

use self::{
    counters::{Counters, Published},
    dtls::{DtlsError, Identity},
    exchange::Exchange,
    observer::Observer,
    placement::Placement,
    worker::{Command, Worker},
};
use crate::{
    core::ids::{CallId, Slot},
    legtoken::LegKeys,
};

/// What a relay is started with.
pub struct RelayConfig {
    /// The addresses to listen on, IPv4 and IPv6.
    pub listen: Vec<IpAddr>,
    /// Worker `i` takes UDP and TCP port `base_port + i`; 0 takes free ports.
    pub base_port: u16,
    /// How many workers, at least one.
    pub workers: u16,
    /// The addresses that clients are told. Empty: those on which it listens, or all of this machine.
    pub advertise: Vec<IpAddr>,
    /// For how long packets may gather near saturation, before they are taken together. Zero: they never do.
    pub gather: Duration,
    /// Whether each worker keeps to a processor of its own.
    pub pin: bool,
    /// What opens leg tokens.
    pub keys: Arc<LegKeys>,
    /// Sees what is forwarded. For tests; the product passes none.
    pub observer: Option<Arc<dyn Observer>>,
}

impl fmt::Debug for RelayConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayConfig")
            .field("listen", &self.listen)
            .field("base_port", &self.base_port)
            .field("workers", &self.workers)
            .finish_non_exhaustive()
    }
}

/// How long packets may gather where nothing else is said.
pub const GATHER: Duration = Duration::from_micros(250);

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// No address to listen on, or no worker.
    #[error("the relay needs at least one address to listen on and one worker")]
    Nothing,
    /// More workers than there are ports from the base port on.
    #[error("{workers} relay workers do not fit between port {base_port} and 65535")]
    Ports {
        /// The first port.
        base_port: u16,
        /// How many workers.
        workers: u16,
    },
    /// An address or port cannot be had.
    #[error("the relay cannot listen on {protocol} {address}: {source}")]
    Bind {
        /// UDP or TCP.
        protocol: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The process's certificate cannot be made.
    #[error(transparent)]
    Dtls(#[from] DtlsError),
    /// The system gave no thread or poll.
    #[error("the relay cannot start its workers: {0}")]
    System(#[from] io::Error),
}

/// The media relay.
#[derive(Debug)]
pub struct Relay;

impl Relay {
    /// Binds, and starts the workers.
    pub fn start(config: RelayConfig) -> Result<RelayHandle, RelayError> {
        let identity = Identity::generate()?;
        let (sockets, ports) = bind::bind(&config.listen, config.base_port, config.workers)?;
        let room = bind::room(&sockets);
        if room < 1.0 {
            tracing::info!(
                percent = (100.0 * room).round(),
                "the system allows the relay smaller receive buffers than it asks for (docs/operator.md, Receive buffers)"
            );
        }
        let placement = Arc::new(Placement::new(sockets.len()));
        let info = RelayInfo {
            fingerprint: *identity.fingerprint(),
            addresses: bind::advertised(&config.listen, &config.advertise)?,
            ports,
            placement: placement.clone(),
        };
        let mut workers = Vec::new();
        for (index, sockets) in sockets.into_iter().enumerate() {
            let exchange = Exchange::new(config.keys.clone(), identity.clone(), config.observer.clone())
                .for_worker(index, placement.clone());
            let (commands, receiver) = mpsc::sync_channel(MAX_COMMANDS);
            let published = Arc::new(Published::new());
            let (worker, waker) = Worker::new(sockets, exchange, receiver, published.clone(), config.gather)?;
            let processor = config.pin.then(|| affinity::processor(index)).transpose()?;
            let thread = thread::Builder::new().name(format!("relay-{index}")).spawn(move || {
                if let Some(processor) = processor {
                    affinity::keep_to(&processor);
                }
                worker.run();
            })?;
            workers.push(Running { commands, waker, published, thread: Some(thread) });
        }
        Ok(RelayHandle { info, workers })
    }
}

/// What signalling needs to know to send a client to a relay.
#[derive(Debug, Clone)]
pub struct RelayInfo {
    fingerprint: [u8; 32],
    addresses: Vec<IpAddr>,
    ports: Vec<u16>,
    placement: Arc<Placement>,
}

impl RelayInfo {
    /// SHA-256 of the relay's DTLS certificate, 64 lower-case hex digits.
    pub fn fingerprint(&self) -> String {
        self.fingerprint.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Where a call's clients connect, best first. A call that is asked for the first time is placed at the least loaded
    /// worker.
    pub fn candidates(&self, call: CallId) -> Vec<RelayCandidate> {
        let port = self.ports[self.placement.worker_of(call)];
        [RelayTransport::Udp, RelayTransport::Tcp]
            .into_iter()
            .flat_map(|transport| {
                self.addresses.iter().map(move |address| RelayCandidate {
                    transport,
                    address: *address,
                    port,
                })
            })
            .collect()
    }

    /// The ports of the workers.
    pub fn ports(&self) -> &[u16] {
        &self.ports
    }
}

/// One address of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayCandidate {
    /// UDP, or passive ICE-TCP.
    pub transport: RelayTransport,
    /// The address.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
}

/// A candidate's transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayTransport {
    /// Datagrams.
    Udp,
    /// RFC 4571 frames over a connection that the client opens.
    Tcp,
}

/// A relay that runs. Dropping it stops it.
pub struct RelayHandle {
    info: RelayInfo,
    workers: Vec<Running>,
}

struct Running {
    commands: SyncSender<Command>,
    waker: Waker,
    published: Arc<Published>,
    thread: Option<thread::JoinHandle<()>>,
}

impl RelayHandle {
    /// What signalling tells clients.
    pub fn info(&self) -> &RelayInfo {
        &self.info
    }

    /// Ends the legs of a slot and refuses its tokens, used or not, that were minted until `minted_until_ms` (Unix
    /// milliseconds by the minting node's clock). Never waits: false where the worker is behind by [`MAX_COMMANDS`]
    /// commands, and then the keys still protect the call.
    pub fn cut(&self, call: CallId, slot: Slot, minted_until_ms: u64) -> bool {
        // A call that no worker has heard of was placed nowhere, and any of them remembers the cut for whoever comes.
        let worker = &self.workers[self.info.placement.worker_of(call)];
        let sent = worker.commands.try_send(Command::Cut { call, slot, minted_until_ms }).is_ok();
        // A waker that fails leaves the command for the next packet or timer.
        let _ = worker.waker.wake();
        sent
    }

    /// The totals of all workers.
    pub fn counters(&self) -> Counters {
        let mut counters = Counters::new();
        self.workers.iter().for_each(|worker| worker.published.add_to(&mut counters));
        counters
    }

    /// Whether all workers still run. One that failed begins anew by itself (`Count::WorkerRestarts`); one whose poll
    /// fails has ended.
    pub fn is_running(&self) -> bool {
        self.workers.iter().all(|worker| worker.thread.as_ref().is_some_and(|thread| !thread.is_finished()))
    }

    /// Stops the workers and waits for them.
    pub fn stop(self) {}
}

impl Drop for RelayHandle {
    fn drop(&mut self) {
        for worker in &mut self.workers {
            // A full queue is drained by the loop, which then sees that the other end is gone.
            if let Err(TrySendError::Full(_)) = worker.commands.try_send(Command::Stop) {
                worker.commands = mpsc::sync_channel(1).0;
            }
            let _ = worker.waker.wake();
        }
        for thread in self.workers.iter_mut().filter_map(|worker| worker.thread.take()) {
            // A worker that panicked has said so already.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for RelayHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelayHandle").field("workers", &self.workers.len()).finish_non_exhaustive()
    }
}

/// How many commands may wait for a worker.
pub const MAX_COMMANDS: usize = 1_024;
