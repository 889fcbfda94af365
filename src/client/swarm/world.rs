//! What the endpoints of a shard act upon: datagrams, over a modelled network or not, signalling, alarms, lines that are cut.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    net::SocketAddr,
    sync::mpsc::SyncSender,
    time::{Duration, Instant},
};

use super::{
    EndpointId, Fate, Links, Told,
    alarms::Alarms,
    udp::{Local, Owner, Udp},
};
use crate::client::{
    endpoint::Endpoint,
    event::{Output, PathId},
    outbox::Outbox,
    stats::Histogram,
    wss::{Socket, SocketId, What, Wss},
};

/// See the module.
pub(super) struct World {
    pub udp: Udp,
    pub wss: Wss,
    registry: mio::Registry,
    pub alarms: Alarms,
    /// Where endpoints put what they want, one after the other: theirs alone would be out of the processor's cache each time.
    outbox: Outbox,
    flights: BinaryHeap<Reverse<Flight>>,
    next_flight: u64,
    /// Buffers of flights that have landed.
    spare: Vec<Vec<u8>>,
    pub impairment_lateness: Histogram,
    told: SyncSender<Told>,
    pub events_lost: u64,
    next_socket: u32,
    /// Sockets of devices that died: kept open, unread, until the server has noticed by itself.
    limbo: VecDeque<(Instant, Socket)>,
}

/// One endpoint, and what the world holds for it.
pub(super) struct Entry {
    pub id: u32,
    pub endpoint: Endpoint,
    pub side: &'static str,
    pub links: Links,
    pub alarm: Option<Instant>,
    pub socket: Option<Socket>,
    pub paths: Vec<(PathId, Local)>,
    /// None while the line is up; else what waits for it.
    pub cut: Option<Cut>,
}

/// What a cut line holds up.
#[derive(Default)]
pub(super) struct Cut {
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

impl World {
    pub(super) fn new(udp: Udp, wss: Wss, registry: mio::Registry, told: SyncSender<Told>) -> Self {
        Self {
            udp,
            wss,
            registry,
            alarms: Alarms::default(),
            outbox: Outbox::default(),
            flights: BinaryHeap::new(),
            next_flight: 0,
            spare: Vec::new(),
            impairment_lateness: Histogram::default(),
            told,
            events_lost: 0,
            next_socket: 0,
            limbo: VecDeque::new(),
        }
    }

    /// Lets an endpoint do something, carries out what it then wants, and notes when it is next due.
    pub(super) fn act(&mut self, entry: &mut Entry, now: Instant, act: impl FnOnce(&mut Endpoint)) {
        entry.endpoint.exchange(&mut self.outbox);
        act(&mut entry.endpoint);
        self.settle(entry, now);
        entry.endpoint.exchange(&mut self.outbox);
    }

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
                // A swarm's endpoints carry their legs themselves.
                Output::OpenLeg(_) | Output::Frame { .. } | Output::CloseLeg { .. } => {}
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
            self.alarms.set(at, *id);
        }
    }

    fn open_socket(&mut self, endpoint: u32, side: &'static str) -> Socket {
        self.next_socket = self.next_socket.wrapping_add(1);
        self.wss.open(SocketId { endpoint, number: self.next_socket }, side)
    }

    pub(super) fn told_by_socket(&mut self, entry: &mut Entry, id: SocketId, what: What, now: Instant) {
        if entry.socket.as_ref().is_none_or(|socket| socket.id != id) {
            return;
        }
        if let Some(cut) = &mut entry.cut {
            cut.came.push((id, what));
            return;
        }
        if matches!(what, What::Closed) {
            entry.socket = None;
        }
        self.act(entry, now, |endpoint| match what {
            What::Opened => endpoint.socket_opened(now),
            What::Text(text) => endpoint.socket_text(now, &text),
            What::Closed => endpoint.socket_closed(now),
        });
    }

    /// Cuts an endpoint's line, or mends it.
    pub(super) fn line(&mut self, entry: &mut Entry, up: bool, now: Instant) {
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
    pub(super) fn arrived(
        &mut self,
        entries: &mut [Option<Box<Entry>>],
        owner: Owner,
        packet: &mut [u8],
        now: Instant,
    ) {
        let Some(Some(entry)) = entries.get_mut(owner.endpoint as usize) else { return };
        match entry.links.down.as_mut().map(|link| link.fate(now, packet.len())) {
            None => self.delivered(entry, owner.path, packet, now),
            Some(fate) => self.launch(fate, now, owner, None, packet),
        }
    }

    pub(super) fn delivered(&mut self, entry: &mut Entry, path: PathId, packet: &mut [u8], now: Instant) {
        if entry.cut.is_some() {
            return;
        }
        entry.endpoint.exchange(&mut self.outbox);
        if entry.endpoint.datagram(now, path, packet) {
            self.settle(entry, now);
        }
        entry.endpoint.exchange(&mut self.outbox);
    }

    /// When a modelled network next lets a datagram go.
    pub(super) fn next_landing(&self) -> Option<Instant> {
        self.flights.peek().map(|Reverse(flight)| flight.due)
    }

    /// Lets go the datagram of a modelled network that is due, if one is.
    pub(super) fn land_one(&mut self, entries: &mut [Option<Box<Entry>>], now: Instant) -> bool {
        if self.flights.peek().is_none_or(|Reverse(flight)| flight.due > now) {
            return false;
        }
        let Some(Reverse(mut flight)) = self.flights.pop() else { return false };
        self.impairment_lateness.record_duration(now.saturating_duration_since(flight.due));
        match flight.to {
            Some((local, to)) => self.udp.send(local, to, &flight.packet),
            None => {
                if let Some(Some(entry)) = entries.get_mut(flight.owner as usize) {
                    self.delivered(entry, flight.path, &mut flight.packet, now);
                }
            }
        }
        self.spare.push(flight.packet);
        true
    }

    /// Lets the sockets of dead devices go whose time is over.
    pub(super) fn bury(&mut self, now: Instant) {
        while self.limbo.front().is_some_and(|(until, _)| *until <= now) {
            self.limbo.pop_front();
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

/// Datagrams that modelled networks hold at once.
const MAX_FLIGHTS: usize = 1 << 20;
/// How long the socket of a device that died is kept open, unread.
const LIMBO: Duration = Duration::from_secs(60);
