//! A caller, a counsellor, a line and a relay's exchange in simulated time, over a network that loses what it is told to.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use quietline::{
    audio::codec::Mode,
    client::{
        Command, DrillTicket, Endpoint, EndpointOptions, Event, IdentityPool, MediaLevel, Output, PathId,
        Role, Speech, StaffDevice, SystemEntropy,
    },
    e2ee::{self, AuthorityKey, SigningKeys, StaffGrant},
    legtoken::LegKeys,
    relay::{
        dtls::Identity,
        exchange::Exchange,
        path::{Link, Now, Outbox, Path},
    },
};

use crate::line::{Line, RELAY, Side};

pub const NAME: &str = "Sam";
const PEOPLE: [Side; 2] = [Side::Caller, Side::Staff];

/// One of the two people.
pub struct Person {
    pub endpoint: Endpoint,
    pub told: Vec<(Duration, Event)>,
    socket: Option<u32>,
    paths: Vec<PathId>,
}

pub struct World {
    pub people: [Person; 2],
    pub line: Line,
    pub exchange: Exchange,
    /// Of 100 datagrams so many are lost.
    pub loss: u64,
    /// How long a datagram takes to the relay or from it, milliseconds.
    pub delay: u64,
    /// Sockets cannot be opened, and those that are open take nothing.
    pub offline: bool,
    /// The relay hears and says nothing.
    pub relay_silent: bool,
    pub elapsed: Duration,
    /// Reads a counter; what it grew by in endpoints' ticks and datagrams is in `spent`.
    pub meter: fn() -> usize,
    pub spent: usize,
    keys: Arc<LegKeys>,
    identity: Identity,
    flying: BTreeMap<(Duration, u64), Flying>,
    number: u64,
    seed: u64,
    sockets: u32,
    turns: u32,
}

enum Flying {
    ToRelay(SocketAddr, Vec<u8>),
    ToPerson(SocketAddr, Vec<u8>),
    ToLine(Side, u32, String),
    FromLine(Side, u32, String),
    Opened(Side, u32),
    Refused(Side, u32),
}

#[derive(Default)]
struct Sent(Vec<(SocketAddr, Vec<u8>)>);

impl Outbox for Sent {
    fn send(&mut self, path: Path, packet: &[u8]) {
        self.0.push((path.remote, packet.to_vec()));
    }

    fn close(&mut self, _: Path) {}
}

impl World {
    pub fn new(level: MediaLevel) -> Self {
        Self::of(Role::Caller, level)
    }

    /// With somebody who plays a caller, on a line that says that it is a drill.
    pub fn drill(ticket: DrillTicket, level: MediaLevel) -> Self {
        let mut world = Self::of(Role::Player(ticket), level);
        world.line.drill = true;
        world
    }

    fn of(caller: Role, level: MediaLevel) -> Self {
        let (identities, authority) = (IdentityPool::generate(8).unwrap(), AuthorityKey::generate().unwrap());
        let key_seed = [5; 32];
        let grant = StaffGrant {
            staff: [1; 16],
            name: NAME.into(),
            role: e2ee::Role::Counsellor,
            device_key: *SigningKeys::from_seed(&key_seed).unwrap().public(),
            issued_at: wall().as_secs() - 60,
            expires_at: wall().as_secs() + 3_600,
        };
        let device = StaffDevice { credential: authority.issue(&grant).unwrap(), key_seed };
        let mut speech = Speech::synthetic(Mode::Voice).unwrap();
        if level == MediaLevel::Heard {
            speech = speech.with_marks(Mode::Voice).unwrap();
        }
        let person = |role, seed| {
            let options = EndpointOptions {
                role,
                media: level,
                origin: "https://line.test".into(),
                authority: authority.public(),
                seed,
                entropy: Box::new(SystemEntropy),
                identities: identities.clone(),
                speech: speech.clone(),
                mouth: None,
                ear: None,
                mode: Mode::Voice,
                complexity: 0,
                clock_zero: epoch(),
                answer_after: Some(Duration::from_millis(500)),
                wrap_up: None,
            };
            let endpoint = Endpoint::new(options, epoch(), wall().as_millis() as u64);
            Person { endpoint, told: Vec::new(), socket: None, paths: Vec::new() }
        };
        let identity = Identity::generate().unwrap();
        let keys = Arc::new(LegKeys::new(&[7; 32], None));
        Self {
            people: [person(caller, 1), person(Role::Staff(device), 2)],
            line: Line::new(keys.clone(), *identity.fingerprint(), NAME),
            exchange: Exchange::new(keys.clone(), identity.clone(), None),
            loss: 0,
            delay: 10,
            offline: false,
            relay_silent: false,
            elapsed: Duration::ZERO,
            meter: || 0,
            spent: 0,
            keys,
            identity,
            flying: BTreeMap::new(),
            number: 0,
            seed: 0x9e37_79b9_7f4a_7c15,
            sockets: 0,
            turns: 0,
        }
    }

    /// A caller and a counsellor who hear each other.
    pub fn in_call(level: MediaLevel) -> Self {
        let mut world = Self::new(level);
        world.does(Side::Staff, Command::GoAvailable);
        world.does(Side::Caller, Command::Join);
        world.until_heard();
        world
    }

    pub fn until_heard(&mut self) {
        for side in PEOPLE {
            self.until(side, &Event::FirstAudio);
        }
    }

    pub fn person(&mut self, side: Side) -> &mut Person {
        &mut self.people[side as usize]
    }

    pub fn does(&mut self, side: Side, command: Command) {
        let now = self.now();
        self.person(side).endpoint.command(now, command);
        self.drain(side);
    }

    /// Gives whether it could be.
    pub fn writes(&mut self, side: Side, text: &str) -> bool {
        let now = self.now();
        let written = self.person(side).endpoint.write(now, text);
        self.drain(side);
        written
    }

    /// The drill is closed.
    pub fn close_drill(&mut self) {
        self.line.close_drill();
        self.deliver();
    }

    /// How often that was told.
    pub fn count(&self, side: Side, event: &Event) -> usize {
        self.people[side as usize].told.iter().filter(|(_, told)| told == event).count()
    }

    /// Forgets what was told.
    pub fn forget(&mut self) {
        self.people.iter_mut().for_each(|person| person.told.clear());
    }

    /// Runs until that was told, a minute at most. Gives how long it took.
    pub fn until(&mut self, side: Side, event: &Event) -> Duration {
        let since = self.elapsed;
        while self.count(side, event) == 0 {
            let told = &self.people[side as usize].told;
            assert!(self.elapsed < since + Duration::from_secs(60), "{event:?} was not told, but {told:?}");
            let more = self.step(since + Duration::from_secs(61));
            assert!(
                more,
                "nothing more will happen, and {event:?} was not told: {:?}",
                self.people.each_ref().map(|p| &p.told)
            );
        }
        self.elapsed - since
    }

    pub fn run_for(&mut self, duration: Duration) {
        let end = self.elapsed + duration;
        while self.step(end) {}
        self.elapsed = end;
    }

    /// The relay is another process with another certificate: it knows nothing of anybody.
    pub fn restart_relay(&mut self) {
        self.identity = Identity::generate().unwrap();
        self.exchange = Exchange::new(self.keys.clone(), self.identity.clone(), None);
        self.line.relay = *self.identity.fingerprint();
    }

    pub fn now(&self) -> Instant {
        epoch() + self.elapsed
    }

    fn relay_now(&self) -> Now {
        Now { at: self.now(), unix: wall() + self.elapsed }
    }

    fn step(&mut self, end: Duration) -> bool {
        let since = |at: Instant| at.saturating_duration_since(epoch());
        let flying = self.flying.first_key_value().map(|((at, _), _)| *at);
        let people = self.people.each_ref().map(|person| person.endpoint.next_deadline().map(since));
        let relay = self.exchange.next_deadline().map(since);
        let next = [flying, people[0], people[1], relay].into_iter().flatten().min();
        let Some(at) = next.filter(|at| *at <= end) else { return false };
        self.turns = if at > self.elapsed { 0 } else { self.turns + 1 };
        assert!(
            self.turns < 1_000,
            "time stands still: {flying:?} {people:?} {relay:?} at {:?}",
            self.elapsed
        );
        self.elapsed = self.elapsed.max(at);
        if flying == Some(at) {
            let (_, flying) = self.flying.pop_first().unwrap();
            self.arrive(flying);
        }
        for side in PEOPLE {
            let now = self.now();
            if self.person(side).endpoint.next_deadline().is_some_and(|due| due <= now) {
                let before = (self.meter)();
                self.person(side).endpoint.tick(now);
                self.spent += (self.meter)() - before;
                self.drain(side);
            }
        }
        let mut out = Sent::default();
        self.exchange.handle_timeout(self.relay_now(), &mut out);
        self.relayed(out);
        true
    }

    fn arrive(&mut self, flying: Flying) {
        let now = self.now();
        match flying {
            Flying::ToRelay(from, mut packet) => {
                let mut out = Sent::default();
                let path = Path { link: Link::Udp(0), remote: from };
                self.exchange.receive(self.relay_now(), path, &mut packet, &mut out);
                self.relayed(out);
            }
            Flying::ToPerson(to, mut packet) => {
                for side in PEOPLE {
                    let found =
                        self.person(side).paths.iter().copied().find(|path| address(side, *path) == to);
                    if let Some(path) = found {
                        let before = (self.meter)();
                        self.person(side).endpoint.datagram(now, path, &mut packet);
                        self.spent += (self.meter)() - before;
                        self.drain(side);
                    }
                }
            }
            Flying::ToLine(side, socket, text) => {
                if self.person(side).socket == Some(socket) && !self.offline {
                    self.line.text(side, &text);
                    self.deliver();
                }
            }
            Flying::FromLine(side, socket, text) => {
                if self.person(side).socket == Some(socket) && !self.offline {
                    self.person(side).endpoint.socket_text(now, &text);
                    self.drain(side);
                }
            }
            Flying::Opened(side, socket) => {
                if self.person(side).socket == Some(socket) {
                    self.person(side).endpoint.socket_opened(now);
                    self.drain(side);
                    self.line.opened(side);
                    self.deliver();
                }
            }
            Flying::Refused(side, socket) => {
                if self.person(side).socket == Some(socket) {
                    self.person(side).socket = None;
                    self.person(side).endpoint.socket_closed(now);
                    self.drain(side);
                }
            }
        }
    }

    fn deliver(&mut self) {
        while let Some((side, text)) = self.line.next() {
            if let Some(socket) = self.person(side).socket {
                self.fly(5, Flying::FromLine(side, socket, text));
            }
        }
    }

    fn relayed(&mut self, out: Sent) {
        for (to, packet) in out.0 {
            if !self.relay_silent && !self.lost() {
                self.fly(self.delay, Flying::ToPerson(to, packet));
            }
        }
    }

    fn drain(&mut self, side: Side) {
        let mut wanted = Vec::new();
        let elapsed = self.elapsed;
        let person = self.person(side);
        while let Some(output) = person.endpoint.poll() {
            match output {
                Output::OpenSocket => wanted.push(None),
                Output::CloseSocket { .. } => person.socket = None,
                Output::Text(text) => {
                    let socket = person.socket.expect("a text without a socket");
                    wanted.push(Some(Flying::ToLine(side, socket, text.to_owned())));
                }
                Output::OpenPath { path, to } => {
                    assert_eq!(to, RELAY.parse::<SocketAddr>().unwrap());
                    assert!(!person.paths.contains(&path), "an address that was used already");
                    person.paths.push(path);
                }
                Output::ClosePath(path) => person.paths.retain(|known| *known != path),
                Output::Datagram { path, bytes, .. } => {
                    wanted.push(Some(Flying::ToRelay(address(side, path), bytes.to_vec())));
                }
                Output::OpenLeg(_) | Output::Frame { .. } | Output::CloseLeg { .. } => {
                    panic!("these endpoints carry their legs themselves")
                }
                Output::Event(event) => person.told.push((elapsed, event)),
            }
        }
        for flying in wanted {
            match flying {
                None => {
                    self.sockets += 1;
                    let socket = self.sockets;
                    self.person(side).socket = Some(socket);
                    self.line.closed(side);
                    let opened = if self.offline { Flying::Refused } else { Flying::Opened };
                    self.fly(5, opened(side, socket));
                }
                Some(Flying::ToRelay(from, packet)) => {
                    if !self.relay_silent && !self.lost() {
                        self.fly(self.delay, Flying::ToRelay(from, packet));
                    }
                }
                Some(text) => self.fly(5, text),
            }
        }
    }

    fn fly(&mut self, ms: u64, flying: Flying) {
        self.number += 1;
        self.flying.insert((self.elapsed + Duration::from_millis(ms), self.number), flying);
    }

    /// xorshift64*: the same network every time.
    fn lost(&mut self) -> bool {
        self.seed ^= self.seed >> 12;
        self.seed ^= self.seed << 25;
        self.seed ^= self.seed >> 27;
        (self.seed.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % 100 < self.loss
    }
}

/// Each leg has an address of its own.
fn address(side: Side, path: PathId) -> SocketAddr {
    SocketAddr::from(([127, 1, side as u8, path.0 as u8], 4_000))
}

#[allow(
    clippy::disallowed_methods,
    reason = "an Instant can only be had from the clock; simulated time counts from it"
)]
pub fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}

/// openmls compares lifetimes with the system's clock, so simulated time begins at the present day.
#[allow(clippy::disallowed_methods, reason = "see above")]
fn wall() -> Duration {
    static WALL: OnceLock<Duration> = OnceLock::new();
    *WALL.get_or_init(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap())
}
