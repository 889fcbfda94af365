//! One caller's contact with the service, from the tap on the button to its end.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    directory::{LineName, Skill},
    follow_up::Booked,
    ids::{CallId, DeviceId, OfferId, StaffId},
    queue::{Priority, Rank, Ticket},
    talk::Talk,
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
    /// What comes before the order of arrival.
    #[serde(default)]
    pub priority: Priority,
    /// The line that was called.
    #[serde(default)]
    pub line: LineName,
    /// What the counsellor should be able to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<Skill>,
    /// The follow-up that the caller has come back for, by a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<Booked>,
    /// The caller's connection. Not durable: after a restart every connection is lost until it is back.
    #[serde(skip)]
    pub link: Link,
    /// Where the caller is.
    pub phase: Phase,
}

/// Where a caller is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
#[allow(
    clippy::large_enum_variant,
    reason = "there are thousands of calls at most, and a talk is what most are in"
)]
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
    Connected(Talk),
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
    /// The number of the last entry of the call's log, where there has been a counsellor before.
    #[serde(default)]
    pub last_seq: u64,
    /// Whether there has been a counsellor before, who was lost.
    #[serde(default)]
    pub again: bool,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("declined", &self.declined).finish_non_exhaustive()
    }
}

/// A call offered to one person, at each console of theirs that is free. The first answer wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What an answer names.
    pub id: OfferId,
    /// The devices that ring.
    pub devices: BTreeSet<DeviceId>,
    /// Whose they are.
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

    /// Where in the queue the caller is, while in it.
    pub fn rank(&self) -> Rank {
        Rank { priority: self.priority, ticket: self.ticket }
    }

    /// The offer that rings: of the caller, or of somebody who is asked to come.
    pub fn offer(&self) -> Option<&Offer> {
        match &self.phase {
            Phase::Offered { offer, .. } => Some(offer),
            Phase::Connected(talk) => talk.ringing(),
            Phase::Waiting { .. } | Phase::Ended { .. } => None,
        }
    }

    /// The devices that ring for this call, are in it, or are in the consultation beside it.
    pub fn devices(&self) -> BTreeSet<DeviceId> {
        let ringing = self.offer().into_iter().flat_map(|offer| offer.devices.iter().copied());
        ringing.chain(self.talk().into_iter().flat_map(Talk::devices)).collect()
    }

    /// The talk, once there is a counsellor.
    pub fn talk(&self) -> Option<&Talk> {
        match &self.phase {
            Phase::Connected(talk) => Some(talk),
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
