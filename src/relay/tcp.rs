//! Passive ICE-TCP (RFC 6544): connections that carry one packet in each frame (RFC 4571), with bounded buffers.

use std::{
    collections::{HashMap, VecDeque},
    io::{self, Write},
    net::{self, SocketAddr},
    time::{Duration, Instant},
};

use mio::{
    Interest, Registry, Token,
    event::Event,
    net::{TcpListener, TcpStream},
};

use super::{
    framing::Frames,
    path::{Link, Path},
};

/// The listeners of one worker and the connections that they took.
pub struct Connections {
    listeners: Vec<TcpListener>,
    base: usize,
    open: HashMap<u64, Connection>,
    next: u64,
    /// Those that may have something to read.
    readable: VecDeque<u64>,
    /// Those that have something to write.
    unsent: Vec<u64>,
    gone: VecDeque<Path>,
    next_sweep: Option<Instant>,
    closed: u64,
    dropped: u64,
}

struct Connection {
    stream: TcpStream,
    remote: SocketAddr,
    inbound: Frames,
    outbound: VecDeque<u8>,
    taken: Instant,
    heard: Instant,
    writable: bool,
    closing: bool,
}

impl Connections {
    /// Registers the listeners under tokens from `base` on.
    pub fn new(listeners: Vec<net::TcpListener>, registry: &Registry, base: usize) -> io::Result<Self> {
        let mut registered = Vec::new();
        for (at, listener) in listeners.into_iter().enumerate() {
            listener.set_nonblocking(true)?;
            let mut listener = TcpListener::from_std(listener);
            registry.register(&mut listener, Token(base + at), Interest::READABLE)?;
            registered.push(listener);
        }
        Ok(Self {
            listeners: registered,
            base,
            open: HashMap::new(),
            next: 0,
            readable: VecDeque::new(),
            unsent: Vec::new(),
            gone: VecDeque::new(),
            next_sweep: None,
            closed: 0,
            dropped: 0,
        })
    }

    /// How many connections are open.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// How many were closed from this side.
    pub fn closed(&self) -> u64 {
        self.closed
    }

    /// Packets for connections that did not take them.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// A token of this worker's listeners or connections has become ready.
    pub fn ready(&mut self, token: usize, event: &Event, registry: &Registry, now: Instant) {
        let at = token - self.base;
        if at < MAX_LISTENERS {
            return self.accept(at, registry, now);
        }
        let id = (at - MAX_LISTENERS) as u64;
        let Some(connection) = self.open.get_mut(&id) else { return };
        if event.is_writable() {
            connection.writable = true;
            self.unsent.push(id);
        }
        if event.is_readable() || event.is_read_closed() || event.is_error() {
            self.readable.push_back(id);
        }
    }

    fn accept(&mut self, at: usize, registry: &Registry, now: Instant) {
        let Some(listener) = self.listeners.get(at) else { return };
        self.next_sweep.get_or_insert(now + SWEEP);
        while let Ok((mut stream, remote)) = listener.accept() {
            if self.open.len() >= MAX_CONNECTIONS {
                self.closed += 1;
                continue;
            }
            let id = self.next;
            self.next += 1;
            let token = Token(self.base + MAX_LISTENERS + id as usize);
            // A frame is a whole packet: nothing is won by waiting for more.
            if stream.set_nodelay(true).is_err()
                || registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE).is_err()
            {
                continue;
            }
            self.open.insert(
                id,
                Connection {
                    stream,
                    remote,
                    inbound: Frames::new(),
                    // Forwarding allocates nothing while a peer keeps up.
                    outbound: VecDeque::with_capacity(8 * 1024),
                    taken: now,
                    heard: now,
                    writable: true,
                    closing: false,
                },
            );
            self.readable.push_back(id);
        }
    }

    /// Copies the next packet into `buffer`, which has room for [`super::exchange::MAX_PACKET`] bytes.
    pub fn next_packet(&mut self, buffer: &mut [u8], now: Instant) -> Option<(Path, usize)> {
        while let Some(id) = self.readable.front().copied() {
            let Some(connection) = self.open.get_mut(&id) else {
                self.readable.pop_front();
                continue;
            };
            match connection.inbound.take(&mut connection.stream, buffer) {
                Ok(Some(len)) => {
                    connection.heard = now;
                    return Some((Path { link: Link::Tcp(id), remote: connection.remote }, len));
                }
                Ok(None) => {
                    self.readable.pop_front();
                }
                Err(_) => {
                    self.readable.pop_front();
                    self.drop_connection(id);
                }
            }
        }
        None
    }

    /// Whether [`Connections::next_packet`] may have more.
    pub fn is_readable(&self) -> bool {
        !self.readable.is_empty()
    }

    /// Queues a packet. A connection that does not take what is sent to it is closed: its packets are late already.
    pub fn send(&mut self, id: u64, packet: &[u8]) {
        let Some(connection) = self.open.get_mut(&id) else { return };
        let Ok(len) = u16::try_from(packet.len()) else { return };
        if connection.outbound.len() + packet.len() + 2 > MAX_UNSENT {
            self.dropped += 1;
            return self.drop_connection(id);
        }
        if connection.outbound.is_empty() {
            self.unsent.push(id);
        }
        connection.outbound.extend(len.to_be_bytes());
        connection.outbound.extend(packet);
    }

    /// Closes a connection when what was sent is out.
    pub fn close(&mut self, id: u64) {
        if let Some(connection) = self.open.get_mut(&id) {
            connection.closing = true;
            self.unsent.push(id);
        }
    }

    /// Writes what waits.
    pub fn flush(&mut self) {
        while let Some(id) = self.unsent.pop() {
            let Some(connection) = self.open.get_mut(&id) else { continue };
            if connection.write().is_err() || (connection.closing && connection.outbound.is_empty()) {
                self.drop_connection(id);
            }
        }
    }

    /// When [`Connections::sweep`] is next due.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.next_sweep
    }

    /// Closes what has been silent for too long, and what has had its time but is not `known` to belong to a leg.
    pub fn sweep(&mut self, registry: &Registry, now: Instant, known: impl Fn(Path) -> bool) {
        if self.next_sweep.is_none_or(|at| now < at) {
            return;
        }
        let over: Vec<u64> = self
            .open
            .iter()
            .filter(|(id, connection)| {
                let path = Path { link: Link::Tcp(**id), remote: connection.remote };
                now.saturating_duration_since(connection.heard) >= IDLE
                    || connection.closing
                    || (now.saturating_duration_since(connection.taken) >= HANDSHAKE && !known(path))
            })
            .map(|(id, _)| *id)
            .collect();
        over.into_iter().for_each(|id| self.drop_connection(id));
        // Accepting may have stopped at a limit on open files: try again.
        (0..self.listeners.len()).for_each(|at| self.accept(at, registry, now));
        self.next_sweep = (!self.open.is_empty()).then_some(now + SWEEP);
    }

    /// Drops every connection; the listeners stay.
    pub fn forget_all(&mut self) {
        self.closed += self.open.len() as u64;
        self.open.clear();
        self.readable.clear();
        self.unsent.clear();
        self.gone.clear();
    }

    /// A connection that is gone, for the exchange to forget.
    pub fn next_gone(&mut self) -> Option<Path> {
        self.gone.pop_front()
    }

    fn drop_connection(&mut self, id: u64) {
        // Closing the descriptor also ends its registration.
        if let Some(connection) = self.open.remove(&id) {
            self.closed += 1;
            self.gone.push_back(Path { link: Link::Tcp(id), remote: connection.remote });
        }
    }
}

impl Connection {
    fn write(&mut self) -> io::Result<()> {
        while self.writable && !self.outbound.is_empty() {
            match self.stream.write(self.outbound.as_slices().0) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => drop(self.outbound.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.writable = false,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Listeners of one worker: IPv4 and IPv6, and some to spare.
pub const MAX_LISTENERS: usize = 8;
const MAX_CONNECTIONS: usize = 4_096;
/// About a second of audio of three others.
const MAX_UNSENT: usize = 32 * 1024;
const SWEEP: Duration = Duration::from_secs(5);
/// How long a connection may take to prove that it belongs to a leg.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Checks come every few seconds.
const IDLE: Duration = Duration::from_secs(30);
