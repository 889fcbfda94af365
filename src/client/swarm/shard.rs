//! The thread of a swarm: what came goes into endpoints, what is due is done, what they want is carried out. The one place of
//! the client that reads the clock.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    io,
    net::SocketAddr,
    sync::mpsc::{Receiver, SyncSender, TryRecvError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mio::{Events, Poll, Token};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike as _,
};
use tokio::sync::mpsc;

use super::{
    EndpointId, Fate, Figures, Links, Snapshot, Told,
    udp::{Local, OWN, Owner, Receive, SHARED, Udp},
};
use crate::client::{
    endpoint::Endpoint,
    event::{Command, Output, PathId},
    options::{EndpointOptions, Role},
    stats::{Histogram, Stats},
    wss::{Socket, SocketId, What, Wss},
};

/// What other threads ask of it.
pub(super) enum Order {
    Add(u32, Box<EndpointOptions>, Links),
    Command(u32, Command),
    Line(u32, bool),
    Remove(u32),
    Snapshot(SyncSender<Snapshot>),
    Figures(u32, SyncSender<Option<Figures>>),
    Stop(SyncSender<Snapshot>),
}

/// See the module.
pub(super) struct Shard {
    poll: Poll,
    orders: Receiver<Order>,
    came: mpsc::Receiver<(SocketId, What)>,
    entries: Vec<Option<Box<Entry>>>,
    /// Figures of endpoints that were removed.
    removed: Stats,
    lateness: Histogram,
    /// Something is left to do, so that the next round must not wait.
    busy: bool,
    world: World,
}

/// What endpoints act upon.
struct World {
    udp: Udp,
    wss: Wss,
    registry: mio::Registry,
    alarms: BinaryHeap<Reverse<(Instant, u32)>>,
    flights: BinaryHeap<Reverse<Flight>>,
    next_flight: u64,
    /// Buffers of flights that have landed.
    spare: Vec<Vec<u8>>,
    impairment_lateness: Histogram,
    told: SyncSender<Told>,
    events_lost: u64,
    next_socket: u32,
    /// Sockets of devices that died: kept open, unread, until the server has noticed by itself.
    limbo: VecDeque<(Instant, Socket)>,
}

struct Entry {
    id: u32,
    endpoint: Endpoint,
    side: &'static str,
    links: Links,
    alarm: Option<Instant>,
    socket: Option<Socket>,
    paths: Vec<(PathId, Local)>,
    /// None while the line is up; else what waits for it.
    cut: Option<Cut>,
}

/// What a cut line holds up.
#[derive(Default)]
struct Cut {
    open: bool,
    texts: Vec<String>,
    came: Vec<(SocketId, What)>,
    /// Sockets that the endpoint has given up; the server does not know yet.
    given_up: Vec<Socket>,
}

/// A datagram that a modelled network holds.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Flight {
    due: Instant,
    number: u64,
    owner: u32,
    path: PathId,
    /// None: towards the endpoint.
    to: Option<(Local, SocketAddr)>,
    packet: Vec<u8>,
}

impl Shard {
    pub(super) fn new(
        poll: Poll,
        orders: Receiver<Order>,
        wss: Wss,
        came: mpsc::Receiver<(SocketId, What)>,
        told: SyncSender<Told>,
        sockets: usize,
    ) -> io::Result<Self> {
        let registry = poll.registry().try_clone()?;
        let udp = Udp::open(sockets, &registry)?;
        let world = World {
            udp,
            wss,
            registry,
            alarms: BinaryHeap::new(),
            flights: BinaryHeap::new(),
            next_flight: 0,
            spare: Vec::new(),
            impairment_lateness: Histogram::default(),
            told,
            events_lost: 0,
            next_socket: 0,
            limbo: VecDeque::new(),
        };
        Ok(Self {
            poll,
            orders,
            came,
            entries: Vec::new(),
            removed: Stats::default(),
            lateness: Histogram::default(),
            busy: false,
            world,
        })
    }

    /// Runs until it is told to stop, or nobody is there to tell.
    pub(super) fn run(mut self) {
        let mut receive = self.world.udp.receive();
        let mut events = Events::with_capacity(1_024);
        let mut readable = vec![false; receive.sockets()];
        loop {
            let alarm = self.world.alarms.peek().map(|Reverse((at, _))| *at);
            let flight = self.world.flights.peek().map(|Reverse(flight)| flight.due);
            let next = [alarm, flight].into_iter().flatten().min();
            let busy = std::mem::take(&mut self.busy);
            let timeout = match busy || readable.contains(&true) {
                true => Some(Duration::ZERO),
                false => next.map(|at| at.saturating_duration_since(clock())),
            };
            // A poll that fails for another reason than a signal would fail for ever.
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return,
                _ => {}
            }
            for event in &events {
                match event.token() {
                    WAKER => {}
                    Token(token) if token >= OWN => self.receive_own((token - OWN) as u32, &mut receive),
                    Token(token) => readable[token - SHARED] = true,
                }
            }
            let Self { entries, world, .. } = &mut self;
            for (at, ready) in readable.iter_mut().enumerate().filter(|(_, ready)| **ready) {
                let now = clock();
                *ready = receive.batch(at, |number, packet| {
                    if let Some(owner) = world.udp.owner(number) {
                        world.arrived(entries, owner, packet, now);
                    }
                });
            }
            if let Some(answer) = self.take_orders() {
                return self.stop(&answer);
            }
            self.take_signalling();
            self.run_alarms();
            self.land_flights();
            self.bury(clock());
        }
    }

    fn take_orders(&mut self) -> Option<Option<SyncSender<Snapshot>>> {
        for _ in 0..MAX_ORDERS {
            let now = clock();
            match self.orders.try_recv() {
                Ok(Order::Add(id, options, links)) => self.add(id, *options, links, now),
                Ok(Order::Command(id, command)) => {
                    self.with(id, |entry, world| {
                        entry.endpoint.command(now, command);
                        world.settle(entry, now);
                    });
                }
                Ok(Order::Line(id, up)) => {
                    self.with(id, |entry, world| world.line(entry, up, now));
                }
                Ok(Order::Remove(id)) => self.remove(id, now),
                // Whoever asked may be gone.
                Ok(Order::Snapshot(answer)) => drop(answer.send(self.snapshot())),
                Ok(Order::Figures(id, answer)) => drop(answer.send(self.figures(id))),
                Ok(Order::Stop(answer)) => return Some(Some(answer)),
                Err(TryRecvError::Empty) => return None,
                Err(TryRecvError::Disconnected) => return Some(None),
            }
        }
        // The rest has its turn in the next round, which must not wait for anything.
        self.busy = true;
        None
    }

    fn take_signalling(&mut self) {
        for _ in 0..MAX_TEXTS {
            let Ok((id, what)) = self.came.try_recv() else { return };
            let now = clock();
            self.with(id.endpoint, |entry, world| world.told_by_socket(entry, id, what, now));
        }
        self.busy = true;
    }

    fn receive_own(&mut self, number: u32, receive: &mut Receive) {
        let Self { entries, world, .. } = self;
        let Some((socket, owner)) = world.udp.own(number) else { return };
        let now = clock();
        receive.own(&socket, |packet| world.arrived(entries, owner, packet, now));
    }

    fn run_alarms(&mut self) {
        for _ in 0..MAX_ALARMS {
            let Some(&Reverse((at, id))) = self.world.alarms.peek() else { return };
            let now = clock();
            if at > now {
                return;
            }
            self.world.alarms.pop();
            let Some(Some(entry)) = self.entries.get_mut(id as usize) else { continue };
            if entry.alarm == Some(at) {
                entry.alarm = None;
                self.lateness.record_duration(now.saturating_duration_since(at));
                entry.endpoint.tick(now);
                self.world.settle(entry, now);
            }
        }
    }

    fn land_flights(&mut self) {
        for _ in 0..MAX_ALARMS {
            let now = clock();
            if self.world.flights.peek().is_none_or(|Reverse(flight)| flight.due > now) {
                return;
            }
            let Some(Reverse(mut flight)) = self.world.flights.pop() else { return };
            self.world.impairment_lateness.record_duration(now.saturating_duration_since(flight.due));
            match flight.to {
                Some((local, to)) => self.world.udp.send(local, to, &flight.packet),
                None => {
                    if let Some(Some(entry)) = self.entries.get_mut(flight.owner as usize) {
                        self.world.delivered(entry, flight.path, &mut flight.packet, now);
                    }
                }
            }
            self.world.spare.push(flight.packet);
        }
    }

    fn add(&mut self, id: u32, options: EndpointOptions, links: Links, now: Instant) {
        let side = match options.role {
            Role::Caller => "caller",
            Role::Staff(_) => "staff",
        };
        let endpoint = Endpoint::new(options, now, wall_ms());
        let entry =
            Entry { id, endpoint, side, links, alarm: None, socket: None, paths: Vec::new(), cut: None };
        let at = id as usize;
        if self.entries.len() <= at {
            self.entries.resize_with(at + 1, || None);
        }
        self.entries[at] = Some(Box::new(entry));
    }

    fn with(&mut self, id: u32, act: impl FnOnce(&mut Entry, &mut World)) {
        if let Some(Some(entry)) = self.entries.get_mut(id as usize) {
            act(entry, &mut self.world);
        }
    }

    fn remove(&mut self, id: u32, now: Instant) {
        let Some(mut entry) = self.entries.get_mut(id as usize).and_then(Option::take) else { return };
        self.world.line(&mut entry, true, now);
        entry.endpoint.stop();
        self.world.settle(&mut entry, now);
        self.removed.add(entry.endpoint.stats());
        // Its socket says goodbye as it is dropped.
    }

    fn snapshot(&mut self) -> Snapshot {
        let mut total = self.removed.clone();
        let mut endpoints = 0;
        for entry in self.entries.iter_mut().flatten() {
            total.add(entry.endpoint.stats());
            endpoints += 1;
        }
        Snapshot {
            total,
            endpoints,
            lateness_us: self.lateness.clone(),
            impairment_lateness_us: self.world.impairment_lateness.clone(),
            datagrams_refused: self.world.udp.refused,
            events_lost: self.world.events_lost,
            cpu: thread_cpu(),
        }
    }

    fn figures(&mut self, id: u32) -> Option<Figures> {
        let entry = self.entries.get_mut(id as usize)?.as_mut()?;
        Some(Figures { stats: entry.endpoint.stats().clone(), moments: *entry.endpoint.moments() })
    }

    fn bury(&mut self, now: Instant) {
        while self.world.limbo.front().is_some_and(|(until, _)| *until <= now) {
            self.world.limbo.pop_front();
        }
    }

    fn stop(mut self, answer: &Option<SyncSender<Snapshot>>) {
        let now = clock();
        for id in 0..self.entries.len() as u32 {
            self.remove(id, now);
        }
        if let Some(answer) = answer {
            // Whoever asked may be gone.
            let _ = answer.send(self.snapshot());
        }
        self.world.wss.stop();
    }
}

impl World {
    /// Carries out what an endpoint wants, and notes when it is next due.
    fn settle(&mut self, entry: &mut Entry, now: Instant) {
        let Entry { id, endpoint, side, links, socket, paths, cut, alarm } = entry;
        while let Some(output) = endpoint.poll() {
            match output {
                Output::Datagram { path, to, bytes } => {
                    let Some((_, local)) = paths.iter().find(|(known, _)| *known == path) else { continue };
                    if cut.is_some() {
                        continue;
                    }
                    let (local, owner) = (*local, Owner { endpoint: *id, path });
                    match links.up.as_mut().map(|link| link.fate(now, bytes.len())) {
                        None => self.udp.send(local, to, bytes),
                        Some(fate) => self.launch(fate, now, owner, Some((local, to)), bytes),
                    }
                }
                Output::Text(text) => match (cut.as_mut(), socket.as_ref()) {
                    (Some(cut), _) => cut.texts.push(text.to_owned()),
                    (None, Some(open)) => {
                        // A queue that is full is a connection that is stuck; the endpoint finds out by the silence.
                        open.send(text);
                    }
                    (None, None) => {}
                },
                Output::OpenSocket => match cut.as_mut() {
                    Some(cut) => cut.open = true,
                    None => *socket = Some(self.open_socket(*id, side)),
                },
                Output::CloseSocket { abrupt } => {
                    let old = socket.take();
                    match cut.as_mut() {
                        Some(cut) => {
                            cut.open = false;
                            cut.texts.clear();
                            cut.came.clear();
                            cut.given_up.extend(old);
                        }
                        None if abrupt => self.limbo.extend(old.map(|old| (now + LIMBO, old))),
                        // Dropped, it says goodbye.
                        None => drop(old),
                    }
                }
                Output::OpenPath { path, to } => {
                    let owner = Owner { endpoint: *id, path };
                    match self.udp.path(owner, to, &self.registry) {
                        Ok(local) => paths.push((path, local)),
                        Err(_) => self.udp.refused += 1,
                    }
                }
                Output::ClosePath(path) => {
                    if let Some(at) = paths.iter().position(|(known, _)| *known == path) {
                        self.udp.close(paths.swap_remove(at).1, &self.registry);
                    }
                }
                Output::Event(event) => {
                    let told = Told { endpoint: EndpointId(*id), at: now, event };
                    self.events_lost += u64::from(self.told.try_send(told).is_err());
                }
            }
        }
        let next = endpoint.next_deadline();
        if let Some(at) = next
            && alarm.is_none_or(|standing| at < standing)
        {
            *alarm = Some(at);
            self.alarms.push(Reverse((at, *id)));
        }
    }

    fn open_socket(&mut self, endpoint: u32, side: &'static str) -> Socket {
        self.next_socket = self.next_socket.wrapping_add(1);
        self.wss.open(SocketId { endpoint, number: self.next_socket }, side)
    }

    fn told_by_socket(&mut self, entry: &mut Entry, id: SocketId, what: What, now: Instant) {
        if entry.socket.as_ref().is_none_or(|socket| socket.id != id) {
            return;
        }
        if let Some(cut) = &mut entry.cut {
            cut.came.push((id, what));
            return;
        }
        match what {
            What::Opened => entry.endpoint.socket_opened(now),
            What::Text(text) => entry.endpoint.socket_text(now, &text),
            What::Closed => {
                entry.socket = None;
                entry.endpoint.socket_closed(now);
            }
        }
        self.settle(entry, now);
    }

    /// Cuts an endpoint's line, or mends it.
    fn line(&mut self, entry: &mut Entry, up: bool, now: Instant) {
        if !up {
            entry.cut.get_or_insert_default();
            return;
        }
        let Some(cut) = entry.cut.take() else { return };
        for socket in cut.given_up {
            socket.abort();
        }
        for (id, what) in cut.came {
            self.told_by_socket(entry, id, what, now);
        }
        if let Some(socket) = &entry.socket {
            for text in &cut.texts {
                socket.send(text);
            }
        }
        if cut.open {
            entry.socket = Some(self.open_socket(entry.id, entry.side));
        }
    }

    /// A datagram came from the network.
    fn arrived(&mut self, entries: &mut [Option<Box<Entry>>], owner: Owner, packet: &mut [u8], now: Instant) {
        let Some(Some(entry)) = entries.get_mut(owner.endpoint as usize) else { return };
        match entry.links.down.as_mut().map(|link| link.fate(now, packet.len())) {
            None => self.delivered(entry, owner.path, packet, now),
            Some(fate) => self.launch(fate, now, owner, None, packet),
        }
    }

    fn delivered(&mut self, entry: &mut Entry, path: PathId, packet: &mut [u8], now: Instant) {
        if entry.cut.is_none() {
            entry.endpoint.datagram(now, path, packet);
            self.settle(entry, now);
        }
    }

    fn launch(
        &mut self,
        fate: Fate,
        now: Instant,
        owner: Owner,
        to: Option<(Local, SocketAddr)>,
        packet: &[u8],
    ) {
        let delays = match fate {
            Fate::Drop => return,
            Fate::Deliver { after } => [Some(after), None],
            Fate::Twice { after, again } => [Some(after), Some(again)],
        };
        for after in delays.into_iter().flatten() {
            if self.flights.len() >= MAX_FLIGHTS {
                self.udp.refused += 1;
                return;
            }
            let mut kept = self.spare.pop().unwrap_or_default();
            kept.clear();
            kept.extend_from_slice(packet);
            let (number, due) = (self.next_flight, now + after);
            self.next_flight += 1;
            let Owner { endpoint, path } = owner;
            self.flights.push(Reverse(Flight { due, number, owner: endpoint, path, to, packet: kept }));
        }
    }
}

/// The one place where the client reads the clock.
#[allow(clippy::disallowed_methods, reason = "the edge that hands `now` to the sans-IO endpoints")]
fn clock() -> Instant {
    Instant::now()
}

#[allow(clippy::disallowed_methods, reason = "the edge that hands the time of day to the sans-IO endpoints")]
fn wall_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

fn thread_cpu() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_THREAD) else { return Duration::ZERO };
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

pub(super) const WAKER: Token = Token(0);
/// How many orders, texts and ticks are dealt with before the network has its turn again.
const MAX_ORDERS: usize = 64;
const MAX_TEXTS: usize = 64;
const MAX_ALARMS: usize = 256;
/// Datagrams that modelled networks hold at once.
const MAX_FLIGHTS: usize = 1 << 20;
/// How long the socket of a device that died is kept open, unread.
const LIMBO: Duration = Duration::from_secs(60);
