//! Connectivity checks as the controlling side sends them to an ICE-lite relay (RFC 8445, RFC 8489).

use rtc_stun::{
    attributes::{ATTR_ICE_CONTROLLING, ATTR_PRIORITY, ATTR_USE_CANDIDATE, ATTR_USERNAME},
    crypto::providers::AwsLcRsCrypto,
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter as _, TransactionId},
};

/// What a check is made of.
pub(super) struct Names {
    /// `RELAY:CLIENT`, the two user name fragments.
    pub username: String,
    /// The relay's password.
    pub pwd: String,
    pub tie_breaker: [u8; 8],
}

impl Names {
    /// A binding request. None only where the cryptographic library fails.
    pub(super) fn check(&self, id: [u8; 12], nominate: bool) -> Option<Vec<u8>> {
        let mut message = Message::new();
        message.set_type(BINDING_REQUEST);
        message.transaction_id = TransactionId(id);
        message.write_header();
        message.add(ATTR_USERNAME, self.username.as_bytes());
        message.add(ATTR_PRIORITY, &PEER_REFLEXIVE.to_be_bytes());
        message.add(ATTR_ICE_CONTROLLING, &self.tie_breaker);
        if nominate {
            message.add(ATTR_USE_CANDIDATE, &[]);
        }
        MessageIntegrity::new_raw_integrity_with_provider(self.pwd.as_bytes(), &AwsLcRsCrypto)
            .add_to(&mut message)
            .ok()?;
        FINGERPRINT.add_to(&mut message).ok()?;
        Some(message.raw)
    }

    /// The transaction that a packet answers, if it is a success of someone who knows the password. Nothing else in it is used.
    pub(super) fn answered(&self, packet: &[u8]) -> Option<[u8; 12]> {
        let mut message = Message::new();
        message.unmarshal_binary(packet).ok()?;
        if message.typ != BINDING_SUCCESS {
            return None;
        }
        MessageIntegrity::check(&mut message, self.pwd.as_bytes(), &AwsLcRsCrypto).ok()?;
        Some(message.transaction_id.0)
    }
}

/// The priority that a peer-reflexive candidate of ours would have (RFC 8445 5.1.2.1); a lite relay does not look at it.
const PEER_REFLEXIVE: u32 = 110 << 24 | 65_535 << 8 | 255;
