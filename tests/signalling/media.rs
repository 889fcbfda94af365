//! A media leg over UDP towards the gateway's relay, as a browser opens one.
#![allow(clippy::disallowed_methods, reason = "real sockets run in real time")]

use std::{
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use quietline::legtoken::LegToken;
use serde_json::{Value, json};

use crate::relay_client::{Client, call, keys};

pub struct Leg {
    pub client: Client,
    socket: UdpSocket,
}

impl Leg {
    /// A client with a certificate of its own, and what it asks of signalling.
    pub fn ask(slot: u8) -> (Client, Value) {
        let nowhere = "192.0.2.1:1".parse().unwrap();
        let client = Client::towards([0; 32], &keys(), call(0), slot, nowhere, 60);
        let fingerprint = hex(client.identity.fingerprint());
        let asked = json!({"fingerprint": fingerprint, "payload_type": client.payload_type});
        (client, asked)
    }

    /// Connects with what signalling answered.
    pub fn connect(mut client: Client, leg: &Value) -> Self {
        let text = |name: &str| leg[name].as_str().unwrap().to_owned();
        client.token = LegToken { ufrag: text("ufrag"), pwd: text("pwd") };
        client.expect_relay(unhex(&text("fingerprint")));
        let candidates = leg["candidates"].as_array().unwrap();
        let udp = candidates.iter().find(|candidate| candidate["transport"] == "udp").unwrap();
        let port = u16::try_from(udp["port"].as_u64().unwrap()).unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(SocketAddr::new(udp["address"].as_str().unwrap().parse().unwrap(), port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        let mut leg = Self { client, socket };
        let check = leg.client.check(true);
        leg.send(&check);
        leg.run_until(Client::is_connected);
        leg
    }

    pub fn send(&self, packet: &[u8]) {
        self.socket.send(packet).unwrap();
    }

    pub fn run_until(&mut self, done: impl Fn(&Client) -> bool) {
        let start = Instant::now();
        while !done(&self.client) {
            assert!(start.elapsed() < crate::gateway::PATIENCE, "it did not happen");
            let mut buffer = [0; 2_048];
            let answers = match self.socket.recv(&mut buffer) {
                Ok(len) => self.client.receive(Instant::now(), &buffer[..len]),
                Err(_) => self.client.handle_timeout(Instant::now()),
            };
            answers.iter().for_each(|packet| self.send(packet));
        }
    }

    pub fn port(&self) -> u16 {
        self.socket.local_addr().unwrap().port()
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> [u8; 32] {
    std::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
}
