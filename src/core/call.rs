//! One caller's contact with the service, from the tap on the button to its end.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    group::Group,
    ids::{CallId, DeviceId, OfferId, StaffId},
    queue::Ticket,
    time::Timestamp,
};

/// A call. While it is not `Ended`, the caller is in the queue or with a counsellor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Its id.
    pub id: CallId,
    /// What a resume token must hash to.
    pub session: SessionHash,
    /// The place in the queue, kept for as long as the call lives.
    pub ticket: Ticket,
    /// The caller's connection. Not durable: after a restart every connection is lost until it is back.
    #[serde(skip)]
    pub link: Link,
    /// Where the caller is.
    pub phase: Phase,
}

/// Where a caller is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// In the queue.
    Waiting {
        /// What they wait with.
        place: Place,
    },
    /// In the queue, while a console rings.
    Offered {
        /// What they wait with.
        place: Place,
        /// The offer.
        offer: Offer,
    },
    /// With a counsellor.
    Connected {
        /// The counsellor's device.
        device: DeviceId,
        /// The counsellor.
        staff: StaffId,
        /// The offer that was accepted.
        offer: OfferId,
        /// Since when.
        since: Timestamp,
        /// The call's MLS group, as far as the server orders it.
        group: Group,
    },
    /// Over.
    Ended {
        /// Who ended it.
        by: Ending,
        /// When.
        at: Timestamp,
        /// Whether it had been answered.
        answered: bool,
    },
}

/// What a caller waits with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The caller's KeyPackage, base64, not understood here.
    pub key_package: String,
    /// Who passed or missed this caller, and until when they are not offered them again in any case.
    pub declined: BTreeMap<StaffId, Timestamp>,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("declined", &self.declined).finish_non_exhaustive()
    }
}

/// One caller offered to one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What an answer names.
    pub id: OfferId,
    /// The device that rings.
    pub device: DeviceId,
    /// Whose it is.
    pub staff: StaffId,
    /// When it is over.
    pub expires: Timestamp,
}

/// Who ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The caller left or hung up.
    Caller,
    /// The caller used *Exit this page*: never to be called back unasked.
    QuickExit,
    /// The counsellor ended it.
    Counsellor,
    /// The caller's connection was lost and not regained while the place was held.
    Lost,
}

/// A connection, as far as the line cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// There.
    Up,
    /// Not there.
    Lost {
        /// Since when.
        since: Timestamp,
    },
}

impl Link {
    /// Whether it is there.
    pub fn is_up(self) -> bool {
        self == Self::Up
    }
}

impl Default for Link {
    fn default() -> Self {
        Self::Lost { since: Timestamp::from_millis(0) }
    }
}

/// SHA-256 of a resume token. The token itself is never kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionHash(pub [u8; 32]);

impl fmt::Debug for SessionHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionHash(..)")
    }
}

impl Serialize for SessionHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        serializer.serialize_str(&hex)
    }
}

impl<'de> Deserialize<'de> for SessionHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || de::Error::custom("a session hash is 64 hex digits");
        let text = String::deserialize(deserializer)?;
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl Call {
    /// Whether it is over.
    pub fn is_ended(&self) -> bool {
        matches!(self.phase, Phase::Ended { .. })
    }

    /// Whether the caller is in the queue, rung for or not.
    pub fn is_in_line(&self) -> bool {
        matches!(self.phase, Phase::Waiting { .. } | Phase::Offered { .. })
    }

    /// The offer that stands.
    pub fn offer(&self) -> Option<&Offer> {
        match &self.phase {
            Phase::Offered { offer, .. } => Some(offer),
            _ => None,
        }
    }

    /// The device that rings for this call or is in it.
    pub fn device(&self) -> Option<DeviceId> {
        match &self.phase {
            Phase::Offered { offer, .. } => Some(offer.device),
            Phase::Connected { device, .. } => Some(*device),
            Phase::Waiting { .. } | Phase::Ended { .. } => None,
        }
    }

    /// The group, once there is a counsellor.
    pub fn group(&self) -> Option<&Group> {
        match &self.phase {
            Phase::Connected { group, .. } => Some(group),
            _ => None,
        }
    }

    /// What the caller waits with, while in the queue.
    pub fn place(&self) -> Option<&Place> {
        match &self.phase {
            Phase::Waiting { place } | Phase::Offered { place, .. } => Some(place),
            _ => None,
        }
    }
}
