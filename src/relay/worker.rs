//! The socket loop of one worker: a thread, one port for UDP and ICE-TCP, packets in batches. The only place of the relay
//! that reads the clock.

use std::{
    io,
    net::UdpSocket,
    ops::ControlFlow,
    os::fd::AsRawFd,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, TryRecvError},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use mio::{Events, Interest, Poll, Token, Waker, unix::SourceFd};

use super::{
    counters::{Count, Counters, Published},
    exchange::Exchange,
    later::Later,
    pace::Pace,
    path::{Link, Now, Path},
    receive::{self, BATCH, Receive},
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
    /// For how long packets may gather.
    gather: Duration,
}

impl Worker {
    /// Registers the sockets. Packets gather for at most `gather` near saturation. The waker interrupts the loop after a
    /// command was sent.
    pub fn new(
        sockets: Sockets,
        exchange: Exchange,
        commands: Receiver<Command>,
        published: Arc<Published>,
        gather: Duration,
    ) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        for (at, socket) in sockets.udp.iter().enumerate() {
            receive::may_wait(socket)?;
            poll.registry().register(
                &mut SourceFd(&socket.as_raw_fd()),
                Token(UDP + at),
                Interest::READABLE,
            )?;
        }
        let tcp = Connections::new(sockets.tcp, poll.registry(), TCP)?;
        let clock = RelayClock::new();
        let told = clock.start;
        Ok((Self { poll, udp: sockets.udp, tcp, exchange, commands, published, told, clock, gather }, waker))
    }

    /// Runs until it is told to stop. A failure of the program costs this worker its legs and not its life: they are
    /// opened again at the same port.
    pub fn run(mut self) {
        // A sleep ends when it should; the system would otherwise allow itself 50 us more. It costs nothing to be refused.
        let _ = nix::sys::prctl::set_timerslack(TIMER_SLACK_NS);
        let mut batch = Batch::new(self.udp.len());
        // Nothing that a panic may have left half-done is used again: the exchange, the connections and the batch are
        // begun anew, sockets and commands were not being changed.
        while catch_unwind(AssertUnwindSafe(|| self.serve(&mut batch))).is_err() {
            tracing::error!("a relay worker failed and begins anew; its calls open their legs again");
            self.exchange = self.exchange.restarted();
            self.tcp.forget_all();
            batch.forget();
            self.publish(batch.dropped(), 0, 0);
        }
    }

    fn serve(&mut self, batch: &mut Batch) {
        let mut now = self.clock.now();
        let mut turn = Turn::new(self.udp.len(), self.gather, now.at);
        loop {
            now = match self.wait(&mut turn, now) {
                Ok(now) => now,
                // It would fail for ever; the process is of no use then.
                Err(error) => return tracing::error!(%error, "relay worker: poll failed"),
            };
            self.carry_media(&mut turn, now, batch);
            if self.do_the_rest(&mut turn, now, batch).is_break() {
                return;
            }
        }
    }

    /// Waits until there is something to do, or until enough has gathered. Takes the moment at which the last round began.
    fn wait(&mut self, turn: &mut Turn, began: Now) -> io::Result<Now> {
        let done = self.clock.now().at;
        let busy = turn.readable.contains(&true) || self.tcp.is_readable() || !turn.later.is_empty();
        let gather = if busy || !turn.fed.contains(&true) { None } else { turn.pace.gather(began.at, done) };
        if let Some(rest) = gather {
            thread::sleep(rest);
            turn.readable.copy_from_slice(&turn.fed);
        }
        let mut idle = !busy && gather.is_none();
        turn.events.clear();
        if idle && let Some(at) = turn.alone(done) {
            turn.receive.await_and_fetch(at, &self.udp[at]);
            (turn.fetched, idle) = (Some(at), false);
            turn.readable[at] = true;
        }
        // A step of slow work is as long as many rounds: what has arrived meanwhile comes first.
        if idle || !turn.later.is_empty() || done >= turn.looked + LOOK {
            let timeout = if idle { self.next_deadline(turn, done) } else { Some(Duration::ZERO) };
            match self.poll.poll(&mut turn.events, timeout) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => turn.looked = done,
            }
        }
        let now = self.clock.now();
        turn.pace.passed(began.at, done, now.at, turn.taken);
        for event in &turn.events {
            match event.token() {
                WAKER => {}
                Token(token) if token >= TCP => self.tcp.ready(token, event, self.poll.registry(), now.at),
                Token(token) => turn.readable[token - UDP] = true,
            }
        }
        Ok(now)
    }

    /// Takes what has arrived and sends what comes of it: at once what is media.
    fn carry_media(&mut self, turn: &mut Turn, now: Now, batch: &mut Batch) {
        let fetched = turn.fetched.take();
        let Turn { receive, later, readable, fed, taken, main, others, .. } = turn;
        let mut out = super::send::Out { udp: &self.udp, batch, tcp: &mut self.tcp };
        *taken = 0;
        for (at, ready) in readable.iter_mut().enumerate() {
            fed[at] = false;
            if !*ready {
                continue;
            }
            let path = |remote| Path { link: Link::Udp(at as u8), remote };
            let count = if fetched == Some(at) { receive.count() } else { receive.fetch(at, &self.udp[at]) };
            if count > 0 && *main != at {
                (*main, *others) = (at, now.at);
            }
            if count >= MANY {
                self.exchange.look_ahead(receive.remotes().map(path));
            }
            for (remote, packet) in receive.packets() {
                let path = path(remote);
                if !later.keep(path, packet) {
                    self.exchange.receive(now, path, packet, &mut out);
                }
            }
            *taken += count;
            fed[at] = count > 0;
            *ready = count == BATCH;
        }
        for _ in 0..MAX_TCP_ROUND {
            let Some((path, packet)) = receive.tcp(out.tcp, now.at) else { break };
            *others = now.at;
            if !later.keep(path, packet) {
                self.exchange.receive(now, path, packet, &mut out);
            }
        }
        out.flush();
    }

    /// Does what media does not wait for, of slow work only so much. Breaks when it is told to stop.
    fn do_the_rest(&mut self, turn: &mut Turn, now: Now, batch: &mut Batch) -> ControlFlow<()> {
        let mut out = super::send::Out { udp: &self.udp, batch, tcp: &mut self.tcp };
        while let Some((path, mut packet)) = turn.later.next() {
            self.exchange.receive(now, path, &mut packet, &mut out);
            if self.clock.now().at >= now.at + SLOW_WORK {
                break;
            }
        }
        loop {
            match self.commands.try_recv() {
                Ok(Command::Cut { call, slot, minted_until_ms }) => {
                    self.exchange.cut(now, call, slot, minted_until_ms, &mut out);
                }
                Err(TryRecvError::Empty) => break,
                Ok(Command::Stop) | Err(TryRecvError::Disconnected) => {
                    out.flush();
                    return ControlFlow::Break(());
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
        turn.untold = now.at < self.told + TELL;
        if !turn.untold {
            self.told = now.at;
            self.publish(batch.dropped(), turn.receive.overflown(), turn.later.dropped());
            turn.receive.make_room();
        }
        ControlFlow::Continue(())
    }

    /// For how long there is nothing to do unless something arrives.
    fn next_deadline(&self, turn: &Turn, now: Instant) -> Option<Duration> {
        let tell = turn.untold.then_some(self.told + TELL);
        let deadlines = [self.exchange.next_deadline(), self.tcp.next_deadline(), tell];
        let deadline = deadlines.into_iter().flatten().min();
        deadline.map(|at| at.saturating_duration_since(now))
    }

    fn publish(&self, dropped: u64, overflown: u64, slow: u64) {
        let mut counters: Counters = *self.exchange.counters();
        counters.set(Count::TcpConnections, self.tcp.len() as u64);
        counters.set(Count::TcpClosed, self.tcp.closed());
        counters.set(Count::DropSendFull, dropped + self.tcp.dropped());
        counters.set(Count::DropReceiveFull, overflown);
        counters.set(Count::DropBusy, slow);
        self.published.publish(&counters);
    }
}

/// What the loop keeps from one round to the next.
struct Turn {
    events: Events,
    receive: Receive,
    later: Later,
    pace: Pace,
    /// Which sockets may have more. At first, level or edge, whatever waits is looked at once.
    readable: Vec<bool>,
    /// Which sockets gave packets in this round: only there does more gather.
    fed: Vec<bool>,
    /// How many packets that were.
    taken: usize,
    /// When the system was last asked for events: while packets keep coming, only every so often.
    looked: Instant,
    /// Whether there are totals that were not published.
    untold: bool,
    /// The socket that gave packets last, and when anything came from elsewhere.
    main: usize,
    others: Instant,
    /// Where a batch was fetched while waiting for it.
    fetched: Option<usize>,
}

impl Turn {
    fn new(sockets: usize, gather: Duration, now: Instant) -> Self {
        Self {
            events: Events::with_capacity(256),
            receive: Receive::new(sockets),
            later: Later::new(),
            pace: Pace::new(gather),
            readable: vec![true; sockets],
            fed: vec![false; sockets],
            taken: 0,
            looked: now,
            untold: false,
            main: 0,
            others: now,
            fetched: None,
        }
    }

    /// The socket at which the worker may wait in the receive call itself: packets keep coming there, nothing has come from
    /// elsewhere for a while, and the system was asked for other events only just now.
    fn alone(&self, now: Instant) -> Option<usize> {
        let alone = now >= self.others + ALONE && now < self.looked + LOOK;
        (alone && self.fed[self.main] && self.pace.is_brisk()).then_some(self.main)
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

const TIMER_SLACK_NS: u64 = 1_000;
/// Of so many packets at once it is worth while to look ahead.
const MANY: usize = 8;
/// How old published totals may be.
const TELL: Duration = Duration::from_millis(50);
/// How long connectivity checks and handshakes may take in a round, beside the one that is begun, before media has its turn
/// again.
const SLOW_WORK: Duration = Duration::from_micros(50);
/// How often the system is asked for events while packets keep coming.
const LOOK: Duration = Duration::from_micros(500);
/// For how long nothing must have come from other sockets and connections before they are looked at only that often, also
/// where nothing gathers.
const ALONE: Duration = Duration::from_millis(100);
/// How many packets TCP connections may deliver before UDP and timers have their turn again.
const MAX_TCP_ROUND: usize = 256;
const WAKER: Token = Token(0);
const UDP: usize = 1;
const TCP: usize = 16;
