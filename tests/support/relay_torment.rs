//! From bytes to what is sent to a relay, and what must hold then whatever the bytes are: shared by a test and by the fuzz
//! target `exchange`. Every byte that reaches the session core comes this way: STUN with and without integrity, DTLS of a leg
//! that is connecting, SRTP and SRTCP that authenticate and that do not.

use std::time::Duration;

use quietline::relay::{counters::Count, rtcp::Writer, rtp, srtp::RTCP_OVERHEAD};
use rtc_stun::{
    attributes::{ATTR_USERNAME, AttrType},
    crypto::providers::AwsLcRsCrypto,
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{BINDING_REQUEST, Message, Setter, TransactionId},
};

use super::{
    relay_client::{self, Client},
    relay_world::World,
};

const HOSTILE: &str = "192.0.2.66:6666";
const CONNECTING: &str = "192.0.2.67:6767";

/// A call with an honest speaker, an honest listener and a hostile leg, and another leg that never gets through its handshake.
pub struct Tormented {
    world: World,
    speaker: usize,
    listener: usize,
    hostile: usize,
    inputs: u32,
}

impl Tormented {
    pub fn new() -> Self {
        let mut world = World::new();
        let speaker = world.connect(1, 0, "192.0.2.1:1000");
        let listener = world.connect(1, 1, "192.0.2.2:2000");
        let hostile = world.connect(1, 2, HOSTILE);
        Self { world, speaker, listener, hostile, inputs: 0 }
    }

    /// Sends what the bytes say: each piece begins with its kind and its length. Then the honest ones must hear each other.
    pub fn torment(&mut self, mut bytes: &[u8]) {
        // A handshake counts what it is shown: a new one begins with each input.
        let mut connecting = Client::new(&self.world.identity, relay_client::call(1), 3, CONNECTING);
        let check = connecting.check(true);
        self.world.inject(connecting.address, check);
        while let [kind, high, low, rest @ ..] = bytes {
            let len = usize::from(u16::from_be_bytes([*high, *low]) % 1_600).min(rest.len());
            let (piece, after) = rest.split_at(len);
            bytes = after;
            self.send(*kind, piece);
        }
        self.inputs += 1;
        let said = self.inputs.to_be_bytes();
        self.world.say(self.speaker, &said);
        self.world.run_for(Duration::from_millis(50));
        let heard = std::mem::take(&mut self.world.clients[self.listener].heard);
        let count = heard.iter().filter(|heard| heard.payload == said).count();
        assert_eq!(count, 1, "the honest speaker was not heard");
        assert!(self.world.count(Count::Legs) <= 12);
        // Whoever is hostile may end its own connection, and comes back.
        if self.world.count(Count::LegsConnected) < 3 || self.inputs.is_multiple_of(64) {
            *self = Self::new();
        }
        for client in &mut self.world.clients {
            (client.heard, client.rtcp, client.asked, client.sent) = Default::default();
        }
    }

    fn send(&mut self, kind: u8, piece: &[u8]) {
        let (hostile, connecting) =
            (HOSTILE.parse().expect("an address"), CONNECTING.parse().expect("an address"));
        let client = &mut self.world.clients[self.hostile];
        match kind % 7 {
            0 => drop(self.world.inject(hostile, piece.to_vec())),
            1 => drop(self.world.inject(connecting, piece.to_vec())),
            // SRTP that authenticates, whatever its header says.
            2 => {
                let mut packet = rtp::write_header(client.payload_type, 0, 0, client.ssrc).to_vec();
                packet.extend(piece);
                if let Some(first) = piece.first() {
                    packet[0] = 0x80 | first & 0x3f;
                }
                if rtp::Header::parse(&packet).is_some() {
                    let packet = client.say_raw(packet);
                    self.world.inject(hostile, packet);
                }
            }
            // SRTCP that authenticates.
            3 => {
                let mut buffer = vec![0; 12 + piece.len() + RTCP_OVERHEAD];
                let mut writer = Writer::new(&mut buffer);
                writer.receiver_report(1, None);
                let len = writer.len();
                buffer.truncate(len);
                buffer.extend(piece);
                let len = buffer.len();
                buffer.resize(len + RTCP_OVERHEAD, 0);
                if let Some(Ok(len)) = client.sealer.as_mut().map(|sealer| sealer.seal_rtcp(&mut buffer, len))
                {
                    buffer.truncate(len);
                    self.world.inject(hostile, buffer);
                }
            }
            // A check that authenticates, with any attributes and of any type.
            4 => {
                let packet = self.check(piece);
                self.world.inject(hostile, packet);
            }
            // DTLS, to the leg that is connecting and to the one that is connected.
            5 => {
                let mut record = vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 1];
                record.extend((piece.len() as u16).to_be_bytes());
                record.extend(piece);
                self.world.inject(connecting, record.clone());
                self.world.inject(hostile, record);
            }
            _ => {
                let elsewhere = "198.51.100.1:1".parse().expect("an address");
                self.world.inject(elsewhere, piece.to_vec());
            }
        }
    }

    fn check(&self, piece: &[u8]) -> Vec<u8> {
        let token = &self.world.clients[self.hostile].token;
        let mut message = Message::new();
        message.set_type(BINDING_REQUEST);
        message.transaction_id = TransactionId([7; 12]);
        message.write_header();
        // Now and then something else than a check.
        if let Some(kind) = piece.first().map(|byte| byte % 8).filter(|kind| *kind > 0) {
            message.raw[1] = kind;
        }
        message.add(ATTR_USERNAME, format!("{}:abcd", token.ufrag).as_bytes());
        let mut rest = piece.get(1..).unwrap_or_default();
        while let [high, low, len, after @ ..] = rest {
            let (value, after) = after.split_at(usize::from(*len).min(after.len()));
            message.add(AttrType(u16::from_be_bytes([*high, *low])), value);
            rest = after;
        }
        // Nothing that a client may send makes these fail.
        let _ = MessageIntegrity::new_raw_integrity_with_provider(token.pwd.as_bytes(), &AwsLcRsCrypto)
            .add_to(&mut message);
        let _ = FINGERPRINT.add_to(&mut message);
        message.raw
    }
}
