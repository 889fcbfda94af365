//! Promised talks, over the staff WebSocket: booked in a call, kept by nothing but a code, seen to from a list.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Hidden;
use crate::core::{
    follow_up,
    ids::{CallId, DeviceId, FollowUpId},
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
#[ts(rename = "FollowUpRequest")]
pub enum Request {
    /// Promise another talk, in a call or in its wrap-up.
    Book {
        /// The call.
        #[ts(type = "string")]
        call: CallId,
        /// For when, milliseconds since 1970.
        #[ts(type = "number")]
        at_ms: u64,
        /// How the caller is reached, where they have consented: sealed to clinicians' devices.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        contact: Option<SealedContact>,
    },
    /// Those that this person sees to: their own; all of them for clinicians and supervisors.
    List,
    /// Say what came of one.
    Settle {
        /// Which.
        #[ts(type = "string")]
        follow_up: FollowUpId,
        /// What.
        outcome: Settled,
    },
    /// Delete one with everything that is kept of it, because the caller asked for that.
    Remove {
        /// Which.
        #[ts(type = "string")]
        follow_up: FollowUpId,
    },
    /// The keys of clinicians' devices, to seal a contact detail for.
    ContactKeys,
    /// A clinician's device offers its own key.
    OfferContactKey {
        /// X-Wing public key, base64.
        key: String,
        /// By the device's key, base64.
        signature: String,
    },
    /// Read a contact detail. Written down in the audit.
    ReadContact {
        /// Of which.
        #[ts(type = "string")]
        follow_up: FollowUpId,
    },
    /// Give more devices a copy of what one can read.
    ShareContact {
        /// Of which.
        #[ts(type = "string")]
        follow_up: FollowUpId,
        /// The copies.
        copies: Vec<ContactCopy>,
    },
}

/// A contact detail that the server cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SealedContact {
    /// The detail under a key of its own, base64.
    pub sealed: Hidden,
    /// That key, for each device that may read it.
    pub copies: Vec<ContactCopy>,
}

/// The key of a contact detail, sealed to one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ContactCopy {
    /// The device.
    #[ts(type = "string")]
    pub device: DeviceId,
    /// HPKE: the encapsulated key and the ciphertext, base64.
    pub copy: Hidden,
}

/// The key of a clinician's device. What it is worth the page finds out: by the credential, and by both signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactKey {
    /// The device.
    #[ts(type = "string")]
    pub device: DeviceId,
    /// The device's Ed25519 key, base64url.
    pub device_key: String,
    /// The staff credential.
    pub credential: Hidden,
    /// X-Wing public key, base64.
    pub key: String,
    /// By the device's key, base64.
    pub signature: String,
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[ts(rename = "FollowUpAnswer")]
pub enum Answer {
    /// It is booked.
    Booked {
        /// Which.
        #[ts(type = "string")]
        follow_up: FollowUpId,
        /// The words that the caller comes back with. Shown once; nobody can ask for them again.
        code: Hidden,
        /// For when, milliseconds since 1970.
        #[ts(type = "number")]
        at_ms: u64,
    },
    /// The list.
    List {
        /// What needs to be seen to first comes first.
        follow_ups: Vec<FollowUpView>,
    },
    /// Keys to seal for.
    ContactKeys {
        /// Of clinicians' devices.
        keys: Vec<ContactKey>,
    },
    /// A contact detail, as this device can open it.
    Contact {
        /// The detail under a key of its own, base64.
        sealed: Hidden,
        /// That key, sealed to this device.
        copy: Hidden,
    },
    /// It was done.
    Done,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(..)")
    }
}

/// A follow-up as staff see it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FollowUpView {
    /// Which.
    #[ts(type = "string")]
    pub follow_up: FollowUpId,
    /// Where it stands.
    pub standing: Standing,
    /// For when, milliseconds since 1970.
    #[ts(type = "number")]
    pub at_ms: u64,
    /// When it was booked, milliseconds since 1970.
    #[ts(type = "number")]
    pub booked_ms: u64,
    /// When nothing of it is kept any longer, milliseconds since 1970.
    #[ts(type = "number")]
    pub gone_ms: u64,
    /// The first name of who booked it; empty where nobody knows it any longer.
    pub by: String,
    /// Whether that is the one who asks.
    pub mine: bool,
    /// Whether the caller has come back by the code and was answered.
    pub came: bool,
    /// Whether there is a contact detail, and who can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub contact: Option<ContactView>,
}

/// A contact detail as staff see that it is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactView {
    /// Whether there is a copy for this device.
    pub readable: bool,
    /// The devices that have one.
    #[ts(type = "string[]")]
    pub devices: Vec<DeviceId>,
}

impl fmt::Debug for FollowUpView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FollowUpView").field("standing", &self.standing).finish_non_exhaustive()
    }
}

/// What came of a follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    /// They talked.
    Done,
    /// Nobody was reached.
    NotReached,
    /// It is still to be seen to.
    Open,
}

/// Where a follow-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "FollowUpStanding")]
pub enum Standing {
    /// Its time is well over, and nothing has come of it.
    Overdue,
    /// Its time is now.
    Due,
    /// Its time is still to come.
    Planned,
    /// Nobody was reached.
    NotReached,
    /// They talked.
    Done,
}

/// How a caller has come to ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// For the first time in this call.
    New,
    /// Again: the counsellor was lost.
    Again,
    /// By the code of a follow-up.
    FollowUp,
}

impl From<follow_up::Standing> for Standing {
    fn from(standing: follow_up::Standing) -> Self {
        match standing {
            follow_up::Standing::Overdue => Self::Overdue,
            follow_up::Standing::Due => Self::Due,
            follow_up::Standing::Planned => Self::Planned,
            follow_up::Standing::NotReached => Self::NotReached,
            follow_up::Standing::Done => Self::Done,
        }
    }
}

impl Settled {
    /// What is written down.
    pub fn outcome(self) -> Option<follow_up::Outcome> {
        match self {
            Self::Done => Some(follow_up::Outcome::Done),
            Self::NotReached => Some(follow_up::Outcome::NotReached),
            Self::Open => None,
        }
    }
}
