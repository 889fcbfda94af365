//! One endpoint whose legs the `webrtc` crate carries: for the softphone, where one call is all there is and the library's
//! breadth counts for more than its price.
//!
//! The endpoint is the same as a swarm's ([`carrier`](super::carrier) is what lies between), and so is what it can be told. UDP,
//! and ICE-TCP (RFC 6544) where that does not get through. One thread carries signalling, media and the endpoint's clock. May import what `client` may.

mod description;
mod leg;
mod reporter;

use std::{
    collections::HashMap,
    fmt, io,
    sync::mpsc::{self as std_mpsc, Receiver, SyncSender},
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc,
    time::{Instant as TokioInstant, sleep_until},
};

use self::leg::{Leg, News, Teller};
use super::{
    Carried,
    clock::{clock, wall_ms},
    endpoint::Endpoint,
    event::{Command, Event, Output, PathId},
    options::EndpointOptions,
    socket::Server,
    swarm::Figures,
    wss::{Opener, Socket, SocketId, What},
};

/// Why a peer does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// Its thread could not be had.
    #[error("the peer could not be started: {0}")]
    Start(#[from] io::Error),
    /// Its thread has ended.
    #[error("the peer has ended")]
    Ended,
}

/// An event, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Instant,
    /// What.
    pub event: Event,
}

/// A running endpoint. Dropping it closes its connections without waiting for them. Its methods block: they are not for tasks
/// of a runtime.
pub struct Peer {
    runtime: Runtime,
    orders: mpsc::Sender<Order>,
    events: Receiver<Told>,
}

enum Order {
    Command(Command),
    Figures(SyncSender<Figures>),
    Stop(SyncSender<Figures>),
}

impl Peer {
    /// Starts an endpoint, on a thread named `peer`. It does nothing until its first command.
    ///
    /// # Errors
    /// When the thread cannot be had.
    pub fn start(server: Server, options: EndpointOptions) -> Result<Self, PeerError> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("peer").enable_all().build()?;
        let (orders, taken) = mpsc::channel(ORDERS);
        let (told, events) = std_mpsc::sync_channel(EVENTS);
        let side = options.role.route();
        let (opener, came) = Opener::new(runtime.handle().clone(), server, None);
        let (leg_told, leg_news) = mpsc::channel(NEWS);
        let seat = Seat {
            endpoint: Endpoint::with_carrier(options, clock(), wall_ms()),
            side,
            opener,
            socket: None,
            sockets: 0,
            legs: HashMap::new(),
            leg_told,
            told,
        };
        runtime.spawn(seat.run(taken, came, leg_news));
        Ok(Self { runtime, orders, events })
    }

    /// Gives it a command.
    ///
    /// # Errors
    /// [`PeerError::Ended`].
    pub fn command(&self, command: Command) -> Result<(), PeerError> {
        self.order(Order::Command(command))
    }

    /// What happens. Of events that nobody fetches the newest are lost, beyond 1,024.
    pub fn events(&self) -> &Receiver<Told> {
        &self.events
    }

    /// What it counted, and when it reached each step of its call.
    ///
    /// # Errors
    /// [`PeerError::Ended`].
    pub fn figures(&self) -> Result<Figures, PeerError> {
        self.ask(Order::Figures)
    }

    /// Closes its connections in good order and ends its thread. Gives the last figures.
    ///
    /// # Errors
    /// [`PeerError::Ended`].
    pub fn stop(self) -> Result<Figures, PeerError> {
        let last = self.ask(Order::Stop);
        self.runtime.shutdown_timeout(GOODBYE);
        last
    }

    fn ask(&self, order: impl FnOnce(SyncSender<Figures>) -> Order) -> Result<Figures, PeerError> {
        let (answer, answered) = std_mpsc::sync_channel(1);
        self.order(order(answer))?;
        answered.recv().map_err(|_| PeerError::Ended)
    }

    fn order(&self, order: Order) -> Result<(), PeerError> {
        self.orders.blocking_send(order).map_err(|_| PeerError::Ended)
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Peer(..)")
    }
}

/// The endpoint and all that it acts upon.
struct Seat {
    endpoint: Endpoint,
    side: &'static str,
    opener: Opener,
    socket: Option<Socket>,
    sockets: u32,
    legs: HashMap<PathId, Leg>,
    leg_told: mpsc::Sender<(PathId, News)>,
    told: SyncSender<Told>,
}

impl Seat {
    async fn run(
        mut self,
        mut orders: mpsc::Receiver<Order>,
        mut came: mpsc::Receiver<(SocketId, What)>,
        mut news: mpsc::Receiver<(PathId, News)>,
    ) {
        loop {
            let due = self.endpoint.next_deadline();
            let alarm = sleep_until(TokioInstant::from_std(due.unwrap_or_else(|| clock() + IDLE)));
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Command(command)) => self.endpoint.command(clock(), command),
                    Some(Order::Figures(answer)) => self.answer(&answer),
                    Some(Order::Stop(answer)) => return self.stop(Some(&answer)).await,
                    None => return self.stop(None).await,
                },
                // The seat holds a sender of each itself.
                Some((id, what)) = came.recv() => self.signalled(id, what),
                Some((path, news)) = news.recv() => self.heard(path, &news),
                () = alarm => self.endpoint.tick(clock()),
            }
            self.settle();
        }
    }

    fn signalled(&mut self, id: SocketId, what: What) {
        if self.socket.as_ref().is_none_or(|socket| socket.id != id) {
            return;
        }
        let now = clock();
        match what {
            What::Opened => self.endpoint.socket_opened(now),
            What::Text(text) => self.endpoint.socket_text(now, &text),
            What::Closed => {
                self.socket = None;
                self.endpoint.socket_closed(now);
            }
        }
    }

    fn heard(&mut self, path: PathId, news: &News) {
        let carried = match news {
            News::Up => Carried::Up,
            News::Lost => Carried::Lost,
            News::Heard => Carried::Heard,
            News::Report(report) => Carried::Report(*report),
            News::Frame { ssrc, sequence, timestamp, payload } => {
                Carried::Frame { ssrc: *ssrc, sequence: *sequence, timestamp: *timestamp, payload }
            }
        };
        self.endpoint.carried(clock(), path, carried);
    }

    /// Carries out what the endpoint wants.
    fn settle(&mut self) {
        let Self { endpoint, side, opener, socket, sockets, legs, leg_told, told } = self;
        while let Some(output) = endpoint.poll() {
            match output {
                Output::OpenSocket => {
                    *sockets += 1;
                    *socket = Some(opener.open(SocketId { endpoint: 0, number: *sockets }, side));
                }
                Output::CloseSocket { abrupt } => match socket.take() {
                    Some(old) if abrupt => old.abort(),
                    // Dropped, it says goodbye.
                    old => drop(old),
                },
                Output::Text(text) => {
                    if let Some(socket) = socket {
                        // A queue that is full is a connection that is stuck; the endpoint finds out by the silence.
                        socket.send(text);
                    }
                }
                Output::OpenLeg(plan) => {
                    let teller = Teller::new(plan.path, leg_told.clone());
                    legs.insert(plan.path, Leg::open(*plan, teller));
                }
                Output::Frame { path, timestamp, payload } => {
                    if let Some(leg) = legs.get(&path) {
                        leg.send(timestamp, payload);
                    }
                }
                Output::CloseLeg { path, abrupt } => match legs.remove(&path) {
                    Some(leg) if !abrupt => drop(tokio::spawn(leg.close())),
                    leg => drop(leg),
                },
                // The library's legs have no datagrams of ours.
                Output::OpenPath { .. } | Output::ClosePath(_) | Output::Datagram { .. } => {}
                Output::Event(event) => {
                    // Whoever started it may not listen.
                    let _ = told.try_send(Told { at: clock(), event });
                }
            }
        }
    }

    fn answer(&mut self, answer: &SyncSender<Figures>) {
        let (stats, moments) = (self.endpoint.stats().clone(), *self.endpoint.moments());
        // Whoever asked may be gone.
        let _ = answer.try_send(Figures { stats, moments });
    }

    async fn stop(mut self, answer: Option<&SyncSender<Figures>>) {
        self.endpoint.stop();
        // Not by `settle`, which would not wait for the legs' goodbyes.
        let legs: Vec<Leg> = self.legs.drain().map(|(_, leg)| leg).collect();
        self.settle();
        for leg in legs {
            leg.close().await;
        }
        if let Some(answer) = answer {
            self.answer(answer);
        }
    }
}

const ORDERS: usize = 64;
const EVENTS: usize = 1_024;
/// News of all legs that the endpoint has yet to take: ten seconds of frames.
const NEWS: usize = 512;
/// An endpoint that waits for nothing is looked at now and then.
const IDLE: Duration = Duration::from_secs(60);
const GOODBYE: Duration = Duration::from_secs(1);
