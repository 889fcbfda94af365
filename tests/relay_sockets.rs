//! The relay on real sockets: UDP and ICE-TCP, IPv4 and IPv6, on loopback.
#![allow(clippy::disallowed_methods, reason = "real sockets run in real time")]

#[allow(dead_code, reason = "each test binary uses its part of the client")]
#[path = "support/relay_client.rs"]
mod relay_client;

use std::{
    io::{ErrorKind, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use quietline::{
    core::ids::{CallId, Slot},
    legtoken::LegKeys,
    relay::{
        GATHER, Relay, RelayCandidate, RelayConfig, RelayError, RelayHandle, RelayTransport,
        counters::Count,
        observer::{Forwarded, Observer},
    },
};
use relay_client::{Client, keys};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn config(base_port: u16, workers: u16) -> RelayConfig {
    RelayConfig {
        listen: vec![V4, V6],
        base_port,
        workers,
        advertise: Vec::new(),
        gather: GATHER,
        pin: false,
        keys: keys(),
        observer: None,
    }
}

fn relay() -> RelayHandle {
    Relay::start(config(0, 2)).unwrap()
}

enum Socket {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

impl Socket {
    fn open(to: RelayCandidate) -> Self {
        let remote = SocketAddr::new(to.address, to.port);
        match to.transport {
            RelayTransport::Udp => {
                let any = if remote.is_ipv4() { SocketAddr::new(V4, 0) } else { SocketAddr::new(V6, 0) };
                let socket = UdpSocket::bind(any).unwrap();
                socket.connect(remote).unwrap();
                socket.set_read_timeout(Some(PATIENCE)).unwrap();
                Self::Udp(socket)
            }
            RelayTransport::Tcp => {
                let stream = TcpStream::connect(remote).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                Self::Tcp(stream, Vec::new())
            }
        }
    }

    fn send(&mut self, packet: &[u8]) {
        match self {
            Self::Udp(socket) => drop(socket.send(packet).unwrap()),
            Self::Tcp(stream, _) => {
                let frame = [&(packet.len() as u16).to_be_bytes(), packet].concat();
                // In two pieces, as a network may deliver it.
                let (head, tail) = frame.split_at(frame.len() / 2);
                // After a cut there may be nobody left to say goodbye to.
                let _ = stream.write_all(head).and_then(|()| stream.write_all(tail));
            }
        }
    }

    /// The next packet, or none after a while.
    fn receive(&mut self) -> Option<Vec<u8>> {
        let mut buffer = [0; 2_048];
        match self {
            Self::Udp(socket) => socket.recv(&mut buffer).ok().map(|len| buffer[..len].to_vec()),
            Self::Tcp(stream, read) => loop {
                if let [high, low, rest @ ..] = &read[..] {
                    let len = usize::from(u16::from_be_bytes([*high, *low]));
                    if rest.len() >= len {
                        let packet = rest[..len].to_vec();
                        read.drain(..2 + len);
                        return Some(packet);
                    }
                }
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => return None,
                    Ok(len) => read.extend(&buffer[..len]),
                }
            },
        }
    }
}

struct Peer {
    client: Client,
    socket: Socket,
}

impl Peer {
    fn connect(
        relay: &RelayHandle,
        call: CallId,
        slot: u8,
        transport: RelayTransport,
        address: IpAddr,
    ) -> Self {
        let to = candidate(relay, call, transport, address);
        let expires = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as u32 + 60;
        let client =
            Client::towards(fingerprint(relay), &keys(), call, slot, "192.0.2.1:1".parse().unwrap(), expires);
        let mut peer = Self { client, socket: Socket::open(to) };
        let check = peer.client.check(true);
        peer.socket.send(&check);
        peer.run_until(|client| client.is_connected());
        peer
    }

    fn run_until(&mut self, done: impl Fn(&Client) -> bool) {
        let start = Instant::now();
        while !done(&self.client) {
            assert!(start.elapsed() < Duration::from_secs(20), "it did not happen");
            self.step();
        }
    }

    /// Takes one packet, or looks at the timers when none comes.
    fn step(&mut self) {
        let answers = match self.socket.receive() {
            Some(packet) => self.client.receive(Instant::now(), &packet),
            None => self.client.handle_timeout(Instant::now()),
        };
        answers.iter().for_each(|packet| self.socket.send(packet));
    }
}

fn candidate(
    relay: &RelayHandle,
    call: CallId,
    transport: RelayTransport,
    address: IpAddr,
) -> RelayCandidate {
    let candidates = relay.info().candidates(call);
    *candidates.iter().find(|c| (c.transport, c.address) == (transport, address)).unwrap()
}

fn fingerprint(relay: &RelayHandle) -> [u8; 32] {
    let hex = relay.info().fingerprint();
    std::array::from_fn(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap())
}

fn wait_for(relay: &RelayHandle, count: Count, at_least: u64) {
    let start = Instant::now();
    while relay.counters().get(count) < at_least {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{count:?} stayed at {}",
            relay.counters().get(count)
        );
        std::thread::yield_now();
    }
}

fn they_hear_each_other(a: (RelayTransport, IpAddr), b: (RelayTransport, IpAddr)) {
    let relay = relay();
    let call = CallId::from_random([3; 16]);
    let mut a = Peer::connect(&relay, call, 0, a.0, a.1);
    let mut b = Peer::connect(&relay, call, 1, b.0, b.1);
    wait_for(&relay, Count::LegsConnected, 2);
    for n in 0..50u8 {
        let packet = a.client.say(&[n; 100]);
        a.socket.send(&packet);
        let packet = b.client.say(&[n; 100]);
        b.socket.send(&packet);
    }
    a.run_until(|client| client.heard.len() == 50);
    b.run_until(|client| client.heard.len() == 50);
    assert!(b.client.heard.iter().enumerate().all(|(n, heard)| heard.payload == [n as u8; 100]));

    assert!(relay.cut(call, Slot::COUNSELLOR, u64::MAX));
    b.run_until(|client| client.closed);
    wait_for(&relay, Count::Cut, 1);
    relay.stop();
}

#[test]
fn two_clients_hear_each_other_over_udp_on_ipv4_and_ipv6() {
    they_hear_each_other((RelayTransport::Udp, V4), (RelayTransport::Udp, V6));
}

#[test]
fn two_clients_hear_each_other_over_tcp_on_ipv4_and_ipv6() {
    they_hear_each_other((RelayTransport::Tcp, V4), (RelayTransport::Tcp, V6));
}

#[test]
fn a_client_on_udp_and_one_on_tcp_hear_each_other() {
    they_hear_each_other((RelayTransport::Udp, V4), (RelayTransport::Tcp, V4));
}

#[test]
fn a_call_is_reached_at_the_port_of_its_worker_only() {
    let relay = relay();
    let ports: Vec<_> = (0..2)
        .map(|n| candidate(&relay, CallId::from_random([n; 16]), RelayTransport::Udp, V4).port)
        .collect();
    assert_eq!(ports, relay.info().ports());
    assert_ne!(ports[0], ports[1]);
}

#[test]
fn a_connection_that_frames_wrongly_is_closed() {
    let relay = relay();
    let to = candidate(&relay, CallId::from_random([3; 16]), RelayTransport::Tcp, V4);
    let mut stream = TcpStream::connect(SocketAddr::new(to.address, to.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    match stream.read(&mut [0; 10]) {
        Ok(0) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        other => panic!("{other:?}"),
    }
    wait_for(&relay, Count::TcpClosed, 1);
}

#[test]
fn a_listener_on_tcp_that_does_not_read_is_dropped_and_the_call_goes_on() {
    let relay = relay();
    let call = CallId::from_random([3; 16]);
    let mut speaker = Peer::connect(&relay, call, 0, RelayTransport::Udp, V4);
    let mut other = Peer::connect(&relay, call, 1, RelayTransport::Udp, V4);
    let slow = Peer::connect(&relay, call, 2, RelayTransport::Tcp, V4);
    wait_for(&relay, Count::LegsConnected, 3);
    let start = Instant::now();
    // Socket buffers take some megabytes before the relay notices.
    while relay.counters().get(Count::TcpClosed) == 0 {
        assert!(start.elapsed() < Duration::from_secs(40), "the slow connection was kept");
        for _ in 0..20 {
            let packet = speaker.client.say(&[0; 1_300]);
            speaker.socket.send(&packet);
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
    // The other listener's socket is full of what came before: it reads that first, and what is said again gets through.
    let start = Instant::now();
    while other.client.heard.last().is_none_or(|heard| heard.payload != b"still here") {
        assert!(start.elapsed() < Duration::from_secs(40), "the call did not go on");
        let packet = speaker.client.say(b"still here");
        speaker.socket.send(&packet);
        other.step();
    }
    drop(slow);
}

/// Fails on a word, as a bug would on some packet.
struct Bug;

impl Observer for Bug {
    fn forwarded(&self, packet: &Forwarded<'_>) {
        assert_ne!(packet.payload, b"panic", "a bug");
    }
}

#[test]
fn a_worker_that_fails_begins_anew_at_the_same_port_and_is_counted() {
    let relay = Relay::start(RelayConfig { observer: Some(Arc::new(Bug)), ..config(0, 1) }).unwrap();
    let (call, other) = (CallId::from_random([3; 16]), CallId::from_random([4; 16]));
    let mut speaker = Peer::connect(&relay, call, 0, RelayTransport::Udp, V4);
    let _listener = Peer::connect(&relay, call, 1, RelayTransport::Tcp, V4);
    wait_for(&relay, Count::LegsConnected, 2);
    let packet = speaker.client.say(b"panic");
    speaker.socket.send(&packet);
    wait_for(&relay, Count::WorkerRestarts, 1);
    assert!(relay.is_running());
    assert_eq!(relay.counters().get(Count::LegsConnected), 0);

    let mut a = Peer::connect(&relay, other, 0, RelayTransport::Tcp, V6);
    let mut b = Peer::connect(&relay, other, 1, RelayTransport::Udp, V4);
    wait_for(&relay, Count::LegsConnected, 2);
    let packet = a.client.say(b"still here");
    a.socket.send(&packet);
    b.run_until(|client| client.heard.iter().any(|heard| heard.payload == b"still here"));
    relay.stop();
}

#[test]
fn a_taken_port_is_one_clear_line() {
    let taken = relay();
    let port = taken.info().ports()[0];
    let error = Relay::start(config(port, 1)).unwrap_err();
    assert!(matches!(error, RelayError::Bind { .. }));
    let text = error.to_string();
    assert!(text.contains(&port.to_string()) && !text.contains('\n'), "{text}");
}

#[test]
fn a_relay_that_stops_frees_its_ports() {
    let first = relay();
    let port = first.info().ports()[0];
    first.stop();
    Relay::start(config(port, 1)).unwrap().stop();
}

#[test]
fn impossible_configurations_are_refused() {
    let nothing = RelayConfig { listen: Vec::new(), ..config(0, 1) };
    assert!(matches!(Relay::start(nothing), Err(RelayError::Nothing)));
    assert!(matches!(Relay::start(config(0, 0)), Err(RelayError::Nothing)));
    assert!(matches!(Relay::start(config(65_535, 2)), Err(RelayError::Ports { .. })));
    let elsewhere = RelayConfig { listen: vec!["192.0.2.99".parse().unwrap()], ..config(0, 1) };
    assert!(matches!(Relay::start(elsewhere), Err(RelayError::Bind { .. })));
    let keys = Arc::new(LegKeys::new(&[0; 32], None));
    assert!(!format!("{:?}", RelayConfig { keys, ..config(0, 1) }).contains("keys"));
}

/// How long a client waits for a packet before it looks at its timers.
const PATIENCE: Duration = Duration::from_millis(100);
