//! A relay's exchange and its clients in simulated time, over a network that loses and reorders as it is told to.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::OnceLock,
    time::{Duration, Instant},
};

use quietline::relay::{
    counters::Count,
    dtls::Identity,
    exchange::Exchange,
    path::{Link, Now, Outbox, Path},
};

use super::relay_client::{Client, MINTED_AT, keys};

/// Packets that the exchange has sent.
#[derive(Default)]
pub struct Sent(pub Vec<(Path, Vec<u8>)>, pub Vec<Path>);

impl Outbox for Sent {
    fn send(&mut self, path: Path, packet: &[u8]) {
        self.0.push((path, packet.to_vec()));
    }

    fn close(&mut self, path: Path) {
        self.1.push(path);
    }
}

#[derive(Clone)]
enum Event {
    ToRelay(SocketAddr, Vec<u8>),
    ToClient(SocketAddr, Vec<u8>),
}

pub struct World {
    pub identity: Identity,
    pub exchange: Exchange,
    pub clients: Vec<Client>,
    /// Share of packets lost, of 100.
    pub loss: u64,
    /// Share of packets that arrive twice, of 100.
    pub duplication: u64,
    /// A packet takes 10 ms and up to so much more.
    pub jitter: Duration,
    /// Whether clients send checks every second.
    pub consent: bool,
    elapsed: Duration,
    flying: VecDeque<(Duration, Event)>,
    next_check: Duration,
    seed: u64,
}

impl World {
    pub fn new() -> Self {
        let identity = Identity::generate().unwrap();
        Self {
            exchange: Exchange::new(keys(), identity.clone(), None),
            identity,
            clients: Vec::new(),
            loss: 0,
            duplication: 0,
            jitter: Duration::ZERO,
            consent: true,
            elapsed: Duration::ZERO,
            flying: VecDeque::new(),
            next_check: Duration::ZERO,
            seed: 0x9e37_79b9_7f4a_7c15,
        }
    }

    /// Another network of the same kind.
    pub fn with_seed(seed: u64) -> Self {
        Self { seed: (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15), ..Self::new() }
    }

    pub fn now(&self) -> Now {
        Now { at: epoch() + self.elapsed, unix: Duration::from_secs(MINTED_AT) + self.elapsed }
    }

    pub fn count(&self, count: Count) -> u64 {
        self.exchange.counters().get(count)
    }

    /// A client that has begun to connect.
    pub fn join(&mut self, call: u8, slot: u8, address: &str) -> usize {
        let client = Client::new(&self.identity, super::relay_client::call(call), slot, address);
        self.clients.push(client);
        let at = self.clients.len() - 1;
        let check = self.clients[at].check(true);
        self.send(at, check);
        at
    }

    /// A client that is connected.
    pub fn connect(&mut self, call: u8, slot: u8, address: &str) -> usize {
        let at = self.join(call, slot, address);
        self.run_until(|world| world.clients[at].is_connected());
        // The handshake's last flight has still to arrive.
        self.run_for(Duration::from_millis(50));
        at
    }

    /// Sends a packet from a client's present address.
    pub fn send(&mut self, from: usize, packet: Vec<u8>) {
        self.send_from(self.clients[from].address, packet);
    }

    pub fn send_from(&mut self, from: SocketAddr, packet: Vec<u8>) {
        self.fly(Event::ToRelay(from, packet));
    }

    /// Says a frame and lets 20 ms pass.
    pub fn say(&mut self, from: usize, payload: &[u8]) {
        let packet = self.clients[from].say(payload);
        self.send(from, packet);
        self.run_for(Duration::from_millis(20));
    }

    pub fn run_for(&mut self, duration: Duration) {
        let end = self.elapsed + duration;
        while self.step(end) {}
        self.elapsed = end;
    }

    /// Runs until something has happened, for a minute at most.
    pub fn run_until(&mut self, mut done: impl FnMut(&Self) -> bool) {
        let end = self.elapsed + Duration::from_secs(60);
        while !done(self) {
            assert!(self.step(end), "it did not happen within a minute");
        }
    }

    /// Gives a packet to the exchange at once, and what it sends in answer.
    pub fn inject(&mut self, from: SocketAddr, mut packet: Vec<u8>) -> Vec<(Path, Vec<u8>)> {
        let mut out = Sent::default();
        let now = self.now();
        self.exchange.receive(now, path(from), &mut packet, &mut out);
        out.0
    }

    /// Does the next thing that happens before `end`.
    fn step(&mut self, end: Duration) -> bool {
        let since = |at: Instant| at.saturating_duration_since(epoch());
        let packet = self.flying.iter().map(|(at, _)| *at).min();
        let relay = self.exchange.next_deadline().map(since);
        let client = self.clients.iter().filter_map(Client::next_timeout).min().map(since);
        let check = self.consent.then_some(self.next_check);
        let next = [packet, relay, client, check].into_iter().flatten().min();
        let Some(at) = next.filter(|at| *at <= end) else { return false };
        self.elapsed = self.elapsed.max(at);
        let now = self.now();
        let mut out = Sent::default();
        let mut answers = Vec::new();
        if packet == Some(at) {
            let which = self.flying.iter().position(|(due, _)| *due == at).unwrap();
            match self.flying.remove(which).unwrap().1 {
                Event::ToRelay(from, mut packet) => {
                    self.exchange.receive(now, path(from), &mut packet, &mut out);
                }
                Event::ToClient(to, packet) => {
                    for client in self.clients.iter_mut().filter(|client| client.address == to) {
                        let from = client.address;
                        answers.extend(client.receive(now.at, &packet).into_iter().map(|p| (from, p)));
                    }
                }
            }
        } else if client == Some(at) {
            for client in &mut self.clients {
                if client.next_timeout().is_some_and(|due| due <= now.at) {
                    let from = client.address;
                    answers.extend(client.handle_timeout(now.at).into_iter().map(|p| (from, p)));
                }
            }
        } else if check == Some(at) {
            self.next_check = at + Duration::from_secs(1);
            for client in self.clients.iter_mut().filter(|client| !client.closed) {
                answers.push((client.address, client.check(true)));
            }
        }
        self.exchange.handle_timeout(now, &mut out);
        for (path, packet) in out.0 {
            self.fly(Event::ToClient(path.remote, packet));
        }
        for (from, packet) in answers {
            self.fly(Event::ToRelay(from, packet));
        }
        true
    }

    fn fly(&mut self, event: Event) {
        if self.random() % 100 < self.loss {
            return;
        }
        let copy = (self.duplication > 0 && self.random() % 100 < self.duplication).then(|| event.clone());
        for event in [Some(event), copy].into_iter().flatten() {
            let more = self.random() % (self.jitter.as_micros() as u64 + 1);
            let at = self.elapsed + Duration::from_millis(10) + Duration::from_micros(more);
            self.flying.push_back((at, event));
        }
    }

    /// xorshift64*: the same network every time.
    fn random(&mut self) -> u64 {
        self.seed ^= self.seed >> 12;
        self.seed ^= self.seed << 25;
        self.seed ^= self.seed >> 27;
        self.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33
    }
}

pub fn path(remote: SocketAddr) -> Path {
    Path { link: Link::Udp(0), remote }
}

#[allow(
    clippy::disallowed_methods,
    reason = "an Instant can only be had from the clock; simulated time counts from it"
)]
pub fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}
