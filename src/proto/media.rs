//! The media leg: how a client's ICE, DTLS and RTP reach the relay.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::core::ids::Slot;

/// What a client says of its side of a leg that it is about to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LegRequest {
    /// SHA-256 of the client's DTLS certificate, 64 lower-case hex digits.
    pub fingerprint: String,
    /// The RTP payload type under which the client sends and receives Opus, 96 to 127.
    pub payload_type: u8,
}

/// What a client needs to open its leg: the other half of the SDP, which the client writes itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Leg {
    /// The client's own seat.
    #[ts(type = "number")]
    pub slot: Slot,
    /// The relay's ICE user name fragment: the sealed leg token.
    pub ufrag: String,
    /// The relay's ICE password.
    pub pwd: String,
    /// SHA-256 of the relay's DTLS certificate, 64 lower-case hex digits.
    pub fingerprint: String,
    /// Where the relay listens, best first.
    pub candidates: Vec<Candidate>,
    /// What arrives on this leg: one stream for each other slot, in the order of the media sections.
    pub streams: Vec<Stream>,
}

/// One address of the relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Candidate {
    /// UDP, or passive ICE-TCP (RFC 6544).
    pub transport: Transport,
    /// An IPv4 or IPv6 address.
    pub address: String,
    /// The port.
    pub port: u16,
}

/// A candidate's transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// Framed by RFC 4571 over a connection that the client opens.
    Tcp,
}

/// What one slot sounds like on the wire: stable whoever reconnects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Stream {
    /// Whose audio it is.
    #[ts(type = "number")]
    pub slot: Slot,
    /// The SSRC under which the relay sends it.
    pub ssrc: u32,
}

/// A fingerprint as legs carry it: 64 lower-case hex digits are 32 bytes, anything else is none.
pub fn fingerprint_of_hex(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// The 64 lower-case hex digits of a fingerprint.
pub fn hex_of_fingerprint(fingerprint: &[u8; 32]) -> String {
    fingerprint.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_64_lower_case_hex_digits() {
        let bytes: [u8; 32] = std::array::from_fn(|at| 0xa0 + at as u8);
        let hex = hex_of_fingerprint(&bytes);
        assert_eq!(fingerprint_of_hex(&hex), Some(bytes));
        for wrong in [&hex[..62], &hex.to_uppercase(), &format!("{hex}00"), &format!("+{}", &hex[1..]), ""] {
            assert_eq!(fingerprint_of_hex(wrong), None, "{wrong}");
        }
    }
}
