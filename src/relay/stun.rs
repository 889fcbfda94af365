//! ICE connectivity checks on `rtc-stun` (RFC 8445, RFC 8489): reading them without believing them, and answering.
//!
//! `rtc-stun` reads whatever attributes it finds, also those behind MESSAGE-INTEGRITY, which nothing protects, and looks for
//! FINGERPRINT anywhere. So a check counts here only if the message is exactly as long as it says, and its last two
//! attributes are MESSAGE-INTEGRITY and FINGERPRINT.

use std::net::SocketAddr;

use rtc_stun::{
    attributes::{
        ATTR_FINGERPRINT, ATTR_ICE_CONTROLLED, ATTR_MESSAGE_INTEGRITY, ATTR_PRIORITY, ATTR_USE_CANDIDATE,
        ATTR_USERNAME, AttrType,
    },
    crypto::providers::AwsLcRsCrypto,
    error_code::{CODE_ROLE_CONFLICT, CODE_UNKNOWN_ATTRIBUTE, ErrorCode, ErrorCodeAttribute},
    fingerprint::FINGERPRINT,
    integrity::MessageIntegrity,
    message::{
        BINDING_ERROR, BINDING_REQUEST, BINDING_SUCCESS, MESSAGE_HEADER_SIZE, Message, MessageType, Setter,
    },
    uattrs::UnknownAttributes,
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
        let address = XorMappedAddress { ip: from.ip(), port: from.port() };
        self.answer(BINDING_SUCCESS, &[&address], password)
    }

    /// The answer to a check that was believed, of a client that claims the relay's role (RFC 8445 7.3.1.1).
    pub fn role_conflict(&self, password: &str) -> Option<Vec<u8>> {
        self.answer(BINDING_ERROR, &[&error(CODE_ROLE_CONFLICT, "Role Conflict")], password)
    }

    /// The attributes that a server must understand to answer (types below 0x8000) and that this one does not know.
    pub fn unknown_attributes(&self) -> Vec<AttrType> {
        let is_unknown =
            |kind: &AttrType| kind.value() < COMPREHENSION_OPTIONAL && !UNDERSTOOD.contains(kind);
        self.message.attributes.0.iter().map(|attribute| attribute.typ).filter(is_unknown).collect()
    }

    /// The answer to a check that was believed and not understood (RFC 8489 6.3.1).
    pub fn not_understood(&self, unknown: Vec<AttrType>, password: &str) -> Option<Vec<u8>> {
        let code = error(CODE_UNKNOWN_ATTRIBUTE, "Unknown Attribute");
        self.answer(BINDING_ERROR, &[&code, &UnknownAttributes(unknown)], password)
    }

    fn answer(&self, kind: MessageType, content: &[&dyn Setter], password: &str) -> Option<Vec<u8>> {
        let mut message = Message::new();
        message.set_type(kind);
        message.transaction_id = self.message.transaction_id;
        message.write_header();
        content.iter().try_for_each(|part| part.add_to(&mut message)).ok()?;
        MessageIntegrity::new_raw_integrity_with_provider(password.as_bytes(), &AwsLcRsCrypto)
            .add_to(&mut message)
            .ok()?;
        FINGERPRINT.add_to(&mut message).ok()?;
        Some(message.raw)
    }
}

fn error(code: ErrorCode, reason: &str) -> ErrorCodeAttribute {
    ErrorCodeAttribute { code, reason: reason.into() }
}

const MAX_CHECK_LEN: usize = 1_200;
/// The first type of those that may be ignored where they are not known (RFC 8489 14).
const COMPREHENSION_OPTIONAL: u16 = 0x8000;
/// What a check may carry of those that may not.
const UNDERSTOOD: [AttrType; 4] = [ATTR_USERNAME, ATTR_MESSAGE_INTEGRITY, ATTR_PRIORITY, ATTR_USE_CANDIDATE];

#[cfg(test)]
mod tests;
