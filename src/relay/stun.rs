//! ICE connectivity checks on `rtc-stun` (RFC 8445, RFC 8489): reading them without believing them, and answering.
//!
//! `rtc-stun` reads whatever attributes it finds, also those behind MESSAGE-INTEGRITY, which nothing protects, and looks for
//! FINGERPRINT anywhere. So a check counts here only if the message is exactly as long as it says, and its last two
//! attributes are MESSAGE-INTEGRITY and FINGERPRINT.

use std::net::SocketAddr;

use rtc_stun::{
    attributes::{
        ATTR_FINGERPRINT, ATTR_ICE_CONTROLLED, ATTR_MESSAGE_INTEGRITY, ATTR_USE_CANDIDATE, ATTR_USERNAME,
    },
    crypto::providers::AwsLcRsCrypto,
    error_code::{CODE_ROLE_CONFLICT, ErrorCodeAttribute},
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{
        BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, MESSAGE_HEADER_SIZE, Message, MessageType, Setter,
    },
    xoraddr::XorMappedAddress,
};

/// A connectivity check that has the right form. Nothing in it is to be believed before [`Check::verify`].
pub struct Check {
    message: Message,
    username: String,
}

/// A connectivity check of someone who knows the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The client has chosen this path.
    pub use_candidate: bool,
    /// The client claims to be the controlled side, which is the relay's part.
    pub role_conflict: bool,
}

impl Check {
    /// Reads a binding request. None where the packet is anything else.
    pub fn parse(packet: &[u8]) -> Option<Self> {
        // What browsers send stays under 600 bytes with the longest user name.
        if packet.len() > MAX_CHECK_LEN {
            return None;
        }
        let mut message = Message::new();
        message.unmarshal_binary(packet).ok()?;
        if message.typ != BINDING_REQUEST || packet.len() != MESSAGE_HEADER_SIZE + message.length as usize {
            return None;
        }
        let username = match message.attributes.0.as_slice() {
            [first @ .., integrity, fingerprint]
                if (integrity.typ, integrity.length) == (ATTR_MESSAGE_INTEGRITY, 20)
                    && (fingerprint.typ, fingerprint.length) == (ATTR_FINGERPRINT, 4)
                    && first.iter().all(|a| a.typ != ATTR_MESSAGE_INTEGRITY && a.typ != ATTR_FINGERPRINT) =>
            {
                first.iter().find(|a| a.typ == ATTR_USERNAME)?
            }
            _ => return None,
        };
        FINGERPRINT.check(&message).ok()?;
        let username = String::from_utf8(username.value.clone()).ok()?;
        Some(Self { message, username })
    }

    /// The user name fragment of the relay's side: what stands before the colon (RFC 8445 7.2.2).
    pub fn local_ufrag(&self) -> &str {
        self.username.split_once(':').map_or("", |(local, _)| local)
    }

    /// Believes the check if the sender knows the password.
    pub fn verify(&mut self, password: &str) -> Option<Verified> {
        MessageIntegrity::check(&mut self.message, password.as_bytes(), &AwsLcRsCrypto).ok()?;
        let has = |kind| self.message.attributes.0.iter().any(|a| a.typ == kind);
        Some(Verified { use_candidate: has(ATTR_USE_CANDIDATE), role_conflict: has(ATTR_ICE_CONTROLLED) })
    }

    /// The answer to a check that was believed.
    pub fn success(&self, from: SocketAddr, password: &str) -> Option<Vec<u8>> {
        self.answer(BINDING_SUCCESS, &XorMappedAddress { ip: from.ip(), port: from.port() }, password)
    }

    /// The answer to a check that was believed, of a client that claims the relay's role (RFC 8445 7.3.1.1).
    pub fn role_conflict(&self, password: &str) -> Option<Vec<u8>> {
        let code = ErrorCodeAttribute { code: CODE_ROLE_CONFLICT, reason: b"Role Conflict".to_vec() };
        self.answer(BINDING_ERROR, &code, password)
    }

    fn answer(&self, kind: MessageType, content: &dyn Setter, password: &str) -> Option<Vec<u8>> {
        let mut message = Message::new();
        message.set_type(kind);
        message.transaction_id = self.message.transaction_id;
        message.write_header();
        content.add_to(&mut message).ok()?;
        MessageIntegrity::new_raw_integrity_with_provider(password.as_bytes(), &AwsLcRsCrypto)
            .add_to(&mut message)
            .ok()?;
        FINGERPRINT.add_to(&mut message).ok()?;
        Some(message.raw)
    }
}

const MAX_CHECK_LEN: usize = 1_200;

#[cfg(test)]
mod tests;
