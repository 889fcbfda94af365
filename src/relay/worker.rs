//! The socket loop of one worker: a thread, one port for UDP and ICE-TCP, packets in batches. The only place of the relay
//! that reads the clock.

use std::{
    io::{self, IoSliceMut},
    net::{SocketAddr, UdpSocket},
    os::fd::AsRawFd,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, TryRecvError},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mio::{Events, Interest, Poll, Token, Waker, unix::SourceFd};
use nix::{
    errno::Errno,
    sys::socket::{ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg},
};

use super::{
    counters::{Count, Counters, Published},
    exchange::{Exchange, MAX_PACKET},
    path::{Link, Now, Path},
    send::Batch,
    tcp::Connections,
};
use crate::core::ids::{CallId, Slot};

/// What other threads ask of a worker.
pub enum Command {
    /// End the legs of a slot, and refuse its tokens minted until then.
    Cut {
        call: CallId,
        slot: Slot,
        /// Unix milliseconds.
        minted_until_ms: u64,
    },
    /// End the loop.
    Stop,
}

/// The sockets of one worker, bound.
pub struct Sockets {
    pub udp: Vec<UdpSocket>,
    pub tcp: Vec<std::net::TcpListener>,
}

/// One worker, not yet running.
pub struct Worker {
    poll: Poll,
    udp: Vec<UdpSocket>,
    tcp: Connections,
    exchange: Exchange,
    commands: Receiver<Command>,
    published: Arc<Published>,
    /// When the totals were last published.
    told: Instant,
    clock: RelayClock,
}

impl Worker {
    /// Registers the sockets. The waker interrupts the loop after a command was sent.
    pub fn new(
        sockets: Sockets,
        exchange: Exchange,
        commands: Receiver<Command>,
        published: Arc<Published>,
    ) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        for (at, socket) in sockets.udp.iter().enumerate() {
            socket.set_nonblocking(true)?;
            poll.registry().register(
                &mut SourceFd(&socket.as_raw_fd()),
                Token(UDP + at),
                Interest::READABLE,
            )?;
        }
        let tcp = Connections::new(sockets.tcp, poll.registry(), TCP)?;
        let clock = RelayClock::new();
        let told = clock.start;
        Ok((Self { poll, udp: sockets.udp, tcp, exchange, commands, published, told, clock }, waker))
    }

    /// Runs until it is told to stop. A failure of the program costs this worker its legs and not its life: they are
    /// opened again at the same port.
    pub fn run(mut self) {
        let mut batch = Batch::new(self.udp.len());
        // Nothing that a panic may have left half-done is used again: the exchange, the connections and the batch are
        // begun anew, sockets and commands were not being changed.
        while catch_unwind(AssertUnwindSafe(|| self.serve(&mut batch))).is_err() {
            tracing::error!("a relay worker failed and begins anew; its calls open their legs again");
            self.exchange = self.exchange.restarted();
            self.tcp.forget_all();
            batch.forget();
            self.publish(batch.dropped(), 0);
        }
    }

    fn serve(&mut self, batch: &mut Batch) {
        let mut events = Events::with_capacity(256);
        let mut receive = Receive::new(self.udp.len());
        // Level or edge, whatever waits is looked at once.
        let mut readable = vec![true; self.udp.len()];
        let mut untold = false;
        let mut now = self.clock.now();
        loop {
            let tell = untold.then_some(self.told + TELL);
            let deadline =
                [self.exchange.next_deadline(), self.tcp.next_deadline(), tell].into_iter().flatten().min();
            let busy = readable.contains(&true) || self.tcp.is_readable();
            let timeout = if busy {
                Some(Duration::ZERO)
            } else {
                deadline.map(|at| at.saturating_duration_since(now.at))
            };
            // A poll that fails for another reason than a signal would fail for ever; the process is of no use then.
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                    tracing::error!(%error, "relay worker: poll failed");
                    return;
                }
                _ => {}
            }
            now = self.clock.now();
            for event in &events {
                match event.token() {
                    WAKER => {}
                    Token(token) if token >= TCP => {
                        self.tcp.ready(token, event, self.poll.registry(), now.at)
                    }
                    Token(token) => readable[token - UDP] = true,
                }
            }
            let mut out = super::send::Out { udp: &self.udp, batch: &mut *batch, tcp: &mut self.tcp };
            for (at, ready) in readable.iter_mut().enumerate().filter(|(_, ready)| **ready) {
                *ready = receive.batch(at, &self.udp[at], |remote, packet| {
                    let path = Path { link: Link::Udp(at as u8), remote };
                    self.exchange.receive(now, path, packet, &mut out);
                });
            }
            for _ in 0..MAX_TCP_ROUND {
                let Some((path, packet)) = receive.tcp(out.tcp, now.at) else { break };
                self.exchange.receive(now, path, packet, &mut out);
            }
            loop {
                match self.commands.try_recv() {
                    Ok(Command::Cut { call, slot, minted_until_ms }) => {
                        self.exchange.cut(now, call, slot, minted_until_ms, &mut out);
                    }
                    Err(TryRecvError::Empty) => break,
                    Ok(Command::Stop) | Err(TryRecvError::Disconnected) => {
                        out.flush();
                        return;
                    }
                }
            }
            self.exchange.handle_timeout(now, &mut out);
            out.flush();
            self.tcp.sweep(self.poll.registry(), now.at, |path| self.exchange.knows(path));
            while let Some(path) = self.tcp.next_gone() {
                self.exchange.path_closed(path);
            }
            // Each round would cost more than the packet that it was for.
            untold = now.at < self.told + TELL;
            if !untold {
                self.told = now.at;
                self.publish(batch.dropped(), receive.overflown());
            }
        }
    }

    fn publish(&self, dropped: u64, overflown: u64) {
        let mut counters: Counters = *self.exchange.counters();
        counters.set(Count::TcpConnections, self.tcp.len() as u64);
        counters.set(Count::TcpClosed, self.tcp.closed());
        counters.set(Count::DropSendFull, dropped + self.tcp.dropped());
        counters.set(Count::DropReceiveFull, overflown);
        self.published.publish(&counters);
    }
}

/// Buffers for one recvmmsg.
struct Receive {
    /// One for each socket: what the kernel writes into them is as long as that socket's addresses.
    headers: Vec<MultiHeaders<SockaddrStorage>>,
    buffers: Box<[[u8; BUFFER]]>,
    sizes: [(usize, Option<SocketAddr>); BATCH],
    /// What the system has dropped, for each socket, because its buffer was full (SO_RXQ_OVFL).
    overflown: Box<[u32]>,
    tcp: Box<[u8; BUFFER]>,
}

impl Receive {
    fn new(sockets: usize) -> Self {
        Self {
            headers: (0..sockets)
                .map(|_| MultiHeaders::preallocate(BATCH, Some(nix::cmsg_space!(u32))))
                .collect(),
            buffers: vec![[0; BUFFER]; BATCH].into(),
            sizes: [(0, None); BATCH],
            overflown: vec![0; sockets].into(),
            tcp: Box::new([0; BUFFER]),
        }
    }

    /// Takes one batch. Gives whether there may be more.
    fn batch(&mut self, at: usize, socket: &UdpSocket, mut take: impl FnMut(SocketAddr, &mut [u8])) -> bool {
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] = {
            let mut buffers = self.buffers.iter_mut();
            std::array::from_fn(|_| [IoSliceMut::new(buffers.next().map_or(&mut [], |b| &mut b[..]))])
        };
        let mut count = 0;
        match recvmmsg(
            socket.as_raw_fd(),
            &mut self.headers[at],
            slices.iter_mut(),
            MsgFlags::MSG_DONTWAIT,
            None,
        ) {
            Ok(messages) => {
                for message in messages {
                    self.sizes[count] = (message.bytes, message.address.as_ref().and_then(socket_address));
                    count += 1;
                    // The system adds this only once there is something to tell.
                    if let Some(ControlMessageOwned::RxqOvfl(total)) =
                        message.cmsgs().ok().and_then(|mut controls| controls.next())
                    {
                        self.overflown[at] = total;
                    }
                }
            }
            // Nothing there, or an ICMP error of an earlier send: neither is this socket's end.
            Err(Errno::EAGAIN) => return false,
            Err(_) => return false,
        }
        for (buffer, (size, remote)) in self.buffers.iter_mut().zip(self.sizes).take(count) {
            if let Some(remote) = remote {
                take(remote, &mut buffer[..size]);
            }
        }
        count == BATCH
    }

    fn overflown(&self) -> u64 {
        self.overflown.iter().copied().map(u64::from).sum()
    }

    fn tcp(&mut self, connections: &mut Connections, now: Instant) -> Option<(Path, &mut [u8])> {
        let (path, len) = connections.next_packet(&mut self.tcp[..], now)?;
        Some((path, &mut self.tcp[..len]))
    }
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    match (address.as_sockaddr_in(), address.as_sockaddr_in6()) {
        (Some(v4), _) => Some(SocketAddr::V4((*v4).into())),
        (_, Some(v6)) => Some(SocketAddr::V6((*v6).into())),
        _ => None,
    }
}

/// The one place where the relay reads the clock: civil time once, then carried on by the monotonic clock, as signalling
/// does. A step of the system's clock would otherwise make every fresh token look expired.
struct RelayClock {
    start: Instant,
    civil: Duration,
}

#[allow(
    clippy::disallowed_methods,
    reason = "the socket loop is the edge that hands `now` to the sans-IO core"
)]
impl RelayClock {
    fn new() -> Self {
        let civil = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { start: Instant::now(), civil }
    }

    fn now(&self) -> Now {
        let at = Instant::now();
        Now { at, unix: self.civil + at.saturating_duration_since(self.start) }
    }
}

/// How old published totals may be.
const TELL: Duration = Duration::from_millis(50);
/// How many packets one system call takes.
pub const BATCH: usize = 32;
/// How many packets TCP connections may deliver before UDP and timers have their turn again.
const MAX_TCP_ROUND: usize = 256;
/// One byte more than is taken, so that a longer packet is seen to be too long.
const BUFFER: usize = MAX_PACKET + 1;
const WAKER: Token = Token(0);
const UDP: usize = 1;
const TCP: usize = 16;
