//! An ICE, DTLS and SRTP client without sockets or clock, as a browser behaves towards a relay.

use std::{net::SocketAddr, sync::Arc, time::Instant};

use quietline::{
    core::ids::{CallId, Slot},
    legtoken::{LegGrant, LegKeys, LegToken},
    relay::{
        dtls::{Dtls, Identity},
        rtcp::{self, Item, Writer},
        rtp::{self, Header, Kind},
        srtp::{Opener, RTCP_OVERHEAD, Sealer, TAG_LEN},
    },
};
use rtc_stun::{
    attributes::{ATTR_ICE_CONTROLLED, ATTR_ICE_CONTROLLING, ATTR_USE_CANDIDATE, ATTR_USERNAME, AttrType},
    crypto::providers::AwsLcRsCrypto,
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter, TransactionId},
};

/// Seconds since 1970 at which tests' tokens are minted.
pub const MINTED_AT: u64 = 1_000_000;

pub fn keys() -> Arc<LegKeys> {
    Arc::new(LegKeys::new(&[7; 32], None))
}

pub fn call(n: u8) -> CallId {
    CallId::from_random([n; 16])
}

/// A packet of audio as the client got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub header: Header,
    pub first_byte: u8,
    pub marker: bool,
    pub payload: Vec<u8>,
    pub wire: Vec<u8>,
}

/// One connection.
pub struct Client {
    pub address: SocketAddr,
    pub call: CallId,
    pub slot: Slot,
    pub identity: Identity,
    pub token: LegToken,
    pub payload_type: u8,
    pub dtls: Option<Dtls>,
    pub sealer: Option<Sealer>,
    pub opener: Option<Opener>,
    pub answered: usize,
    pub conflicts: usize,
    pub closed: bool,
    pub heard: Vec<Heard>,
    pub rtcp: Vec<Vec<u8>>,
    pub asked: Vec<Item>,
    pub ssrc: u32,
    pub sequence: u64,
    pub timestamp: u32,
    /// Sealed packets by index, to be sent again when the relay asks.
    pub sent: Vec<(u16, Vec<u8>)>,
    relay: [u8; 32],
    transactions: u8,
}

impl Client {
    pub fn new(relay: &Identity, call: CallId, slot: u8, address: &str) -> Self {
        let relay = *relay.fingerprint();
        Self::towards(relay, &keys(), call, slot, address.parse().unwrap(), MINTED_AT as u32 + 60)
    }

    pub fn towards(
        relay: [u8; 32],
        keys: &LegKeys,
        call: CallId,
        slot: u8,
        address: SocketAddr,
        expires: u32,
    ) -> Self {
        Self::with_identity(Identity::generate().unwrap(), relay, keys, call, slot, address, expires)
    }

    pub fn with_identity(
        identity: Identity,
        relay: [u8; 32],
        keys: &LegKeys,
        call: CallId,
        slot: u8,
        address: SocketAddr,
        expires: u32,
    ) -> Self {
        let slot = Slot::new(slot).unwrap();
        let payload_type = 100 + slot.number();
        let mut client = Self {
            address,
            call,
            slot,
            token: LegToken { ufrag: String::new(), pwd: String::new() },
            payload_type,
            identity,
            dtls: None,
            sealer: None,
            opener: None,
            answered: 0,
            conflicts: 0,
            closed: false,
            heard: Vec::new(),
            rtcp: Vec::new(),
            asked: Vec::new(),
            ssrc: 0x1000 + u32::from(slot.number()),
            sequence: 65_500,
            timestamp: 0xffff_f000,
            sent: Vec::new(),
            relay,
            transactions: 0,
        };
        client.token = client.mint(keys, expires, 1);
        client
    }

    /// Learns the relay's certificate.
    pub fn expect_relay(&mut self, fingerprint: [u8; 32]) {
        self.relay = fingerprint;
    }

    /// A token for this client's certificate, minted a minute before it expires.
    pub fn mint(&self, keys: &LegKeys, expires: u32, nonce: u8) -> LegToken {
        let grant = LegGrant {
            call: self.call,
            slot: self.slot,
            payload_type: self.payload_type,
            minted_ms: u64::from(expires).saturating_sub(60) * 1000,
            expires,
            fingerprint: *self.identity.fingerprint(),
        };
        let mut nonce = [nonce; 12];
        nonce[..4].copy_from_slice(&self.identity.fingerprint()[..4]);
        keys.mint(&grant, nonce).unwrap()
    }

    pub fn is_connected(&self) -> bool {
        self.sealer.is_some() && self.answered > 0
    }

    /// A connectivity check.
    pub fn check(&mut self, use_candidate: bool) -> Vec<u8> {
        self.check_as(use_candidate, false, &self.token.pwd.clone())
    }

    /// A check with an attribute of that type.
    pub fn check_with(&mut self, kind: u16) -> Vec<u8> {
        self.check_of(true, false, &self.token.pwd.clone(), Some(AttrType(kind)))
    }

    pub fn check_as(&mut self, use_candidate: bool, controlled: bool, pwd: &str) -> Vec<u8> {
        self.check_of(use_candidate, controlled, pwd, None)
    }

    fn check_of(
        &mut self,
        use_candidate: bool,
        controlled: bool,
        pwd: &str,
        more: Option<AttrType>,
    ) -> Vec<u8> {
        let mut message = Message::new();
        message.set_type(BINDING_REQUEST);
        self.transactions = self.transactions.wrapping_add(1);
        message.transaction_id = TransactionId([self.transactions; 12]);
        message.write_header();
        message.add(ATTR_USERNAME, format!("{}:abcd", self.token.ufrag).as_bytes());
        message.add(if controlled { ATTR_ICE_CONTROLLED } else { ATTR_ICE_CONTROLLING }, &[1; 8]);
        if use_candidate {
            message.add(ATTR_USE_CANDIDATE, &[]);
        }
        if let Some(kind) = more {
            message.add(kind, &[0; 4]);
        }
        MessageIntegrity::new_raw_integrity_with_provider(pwd.as_bytes(), &AwsLcRsCrypto)
            .add_to(&mut message)
            .unwrap();
        FINGERPRINT.add_to(&mut message).unwrap();
        message.raw
    }

    /// Takes a packet; gives those that it sends in answer.
    pub fn receive(&mut self, now: Instant, packet: &[u8]) -> Vec<Vec<u8>> {
        match Kind::of(packet) {
            Kind::Stun => {
                let mut message = Message::new();
                message.unmarshal_binary(packet).unwrap();
                MessageIntegrity::check(&mut message, self.token.pwd.as_bytes(), &AwsLcRsCrypto).unwrap();
                if message.typ != BINDING_SUCCESS {
                    self.conflicts += 1;
                    return Vec::new();
                }
                self.answered += 1;
                if self.dtls.is_none() {
                    self.dtls = Some(Dtls::client(&self.identity, self.relay, now).unwrap());
                }
                self.drain()
            }
            Kind::Dtls => {
                let Some(dtls) = &mut self.dtls else { return Vec::new() };
                match dtls.receive(now, packet) {
                    Ok(Some(keys)) => {
                        self.sealer = Some(Sealer::new(&keys.seal).unwrap());
                        self.opener = Some(Opener::new(&keys.open).unwrap());
                    }
                    Ok(None) => {}
                    Err(_) => self.closed = true,
                }
                self.drain()
            }
            Kind::Rtp => {
                let Some(opener) = &mut self.opener else { return Vec::new() };
                let mut plain = packet.to_vec();
                if let Ok(opened) = opener.open_rtp(&mut plain) {
                    self.heard.push(Heard {
                        header: opened.header,
                        first_byte: plain[0],
                        marker: plain[1] & 0x80 != 0,
                        payload: plain[opened.header.len..opened.end].to_vec(),
                        wire: packet.to_vec(),
                    });
                }
                Vec::new()
            }
            Kind::Rtcp => {
                let Some(opener) = &mut self.opener else { return Vec::new() };
                let mut plain = packet.to_vec();
                let Ok(len) = opener.open_rtcp(&mut plain) else { return Vec::new() };
                let mut again = Vec::new();
                rtcp::read(&plain[..len], |item| {
                    self.asked.push(item);
                    if let Item::Nack { sequence, .. } = item {
                        again
                            .extend(self.sent.iter().filter(|(s, _)| *s == sequence).map(|(_, p)| p.clone()));
                    }
                });
                self.rtcp.push(plain[..len].to_vec());
                again
            }
            Kind::Unknown => panic!("the relay sent something unknown"),
        }
    }

    pub fn next_timeout(&self) -> Option<Instant> {
        self.dtls.as_ref().and_then(Dtls::next_timeout)
    }

    pub fn handle_timeout(&mut self, now: Instant) -> Vec<Vec<u8>> {
        if let Some(dtls) = &mut self.dtls {
            let _ = dtls.handle_timeout(now);
        }
        self.drain()
    }

    /// The next packet of audio, 20 ms long.
    pub fn say(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut packet =
            rtp::write_header(self.payload_type, self.sequence as u16, self.timestamp, self.ssrc).to_vec();
        packet.extend(payload);
        self.say_raw(packet)
    }

    /// Seals a packet of any form under the next index.
    pub fn say_raw(&mut self, mut packet: Vec<u8>) -> Vec<u8> {
        packet[2..4].copy_from_slice(&(self.sequence as u16).to_be_bytes());
        let len = packet.len();
        packet.resize(len + TAG_LEN, 0);
        // An SRTP sender's rollover count begins at zero.
        self.sealer.as_ref().unwrap().seal_rtp(&mut packet, len, self.sequence).unwrap();
        self.sent.push((self.sequence as u16, packet.clone()));
        self.sequence += 1;
        self.timestamp = self.timestamp.wrapping_add(960);
        packet
    }

    /// Seals a compound.
    pub fn report(&mut self, write: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
        let mut buffer = vec![0; 500 + RTCP_OVERHEAD];
        let mut writer = Writer::new(&mut buffer);
        write(&mut writer);
        let len = writer.len();
        let sealed = self.sealer.as_mut().unwrap().seal_rtcp(&mut buffer, len).unwrap();
        buffer.truncate(sealed);
        buffer
    }

    fn drain(&mut self) -> Vec<Vec<u8>> {
        let dtls = &mut self.dtls;
        std::iter::from_fn(|| dtls.as_mut()?.next_datagram().map(|datagram| datagram.to_vec())).collect()
    }
}
