//! The records of the staff registry, as the ledger keeps them.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    core::{
        ids::{DeviceId, InvalidId, ProposalId, StaffId},
        time::Timestamp,
    },
    proto::staff::Role,
};

/// A member of staff.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub staff: StaffId,
    /// The first name that callers will see.
    pub name: String,
    /// Their role. It never changes: another role is another account.
    pub role: Role,
    /// Since when.
    pub since: Timestamp,
    /// Whether they were shut out, with all their devices.
    pub revoked: bool,
}

/// A device that may sign in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Whose it is.
    pub staff: StaffId,
    /// The device.
    pub device: DeviceId,
    /// The person's first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The device's Ed25519 public key.
    pub key: [u8; 32],
    /// Whether it was shut out.
    pub revoked: bool,
    /// Since when.
    pub since: Timestamp,
    /// What proves the person at it.
    pub kind: DeviceKind,
    /// The credential that the authority signed for its key (a compact JWT), once it has.
    pub credential: Option<String>,
}

/// What proves the person at a device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeviceKind {
    /// A browser: the person proves themselves by a passkey, which opens a session of this device.
    Browser {
        /// The passkey, in signalling's words. None once the device was shut out.
        passkey: Option<String>,
        /// The public half of a key that cannot leave the browser and to which its sessions are bound, in signalling's words.
        bound_key: String,
    },
    /// A program that holds the device's key and signs in with it and the credential.
    Native,
}

/// An invitation to enrol one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The role of whoever enrols with it.
    pub role: Role,
    /// From when on it is no longer good.
    pub expires: Timestamp,
    /// For whom it is.
    pub whom: Whom,
    /// Whether it is for a program and not for a browser with a passkey.
    pub native: bool,
}

/// For whom an invitation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "whom", rename_all = "snake_case")]
pub enum Whom {
    /// Somebody new.
    NewPerson,
    /// Somebody who works here: one more device of theirs.
    OneMoreDevice {
        /// Who.
        staff: StaffId,
    },
    /// Somebody who has lost every passkey: this device takes the place of all others.
    Recovery {
        /// Who.
        staff: StaffId,
    },
}

/// What two administrators do together: one asks, another confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// What.
    pub what: Proposed,
    /// Who asked.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
    /// From when on it can no longer be confirmed.
    pub expires: Timestamp,
}

/// What is proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Proposed {
    /// A new link for somebody who has lost every passkey.
    Recovery {
        /// Who.
        staff: StaffId,
    },
    /// One more administrator.
    Administrator,
}

impl Proposed {
    /// Whom it is about, where that is somebody who works here.
    pub fn about(self) -> Option<StaffId> {
        match self {
            Self::Recovery { staff } => Some(staff),
            Self::Administrator => None,
        }
    }
}

/// An open session: whoever has its token *and* the device's key may connect. The ledger holds only the token's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The device that it is bound to.
    pub device: DeviceId,
    /// From when on the passkey is asked for again.
    pub expires: Timestamp,
}

/// The name hides from logs.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("staff", &self.staff)
            .field("role", &self.role)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device")
            .field("staff", &self.staff)
            .field("device", &self.device)
            .field("role", &self.role)
            .field("revoked", &self.revoked)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_native() { "Native" } else { "Browser" })
    }
}

impl DeviceKind {
    /// Whether it is a program and not a browser.
    pub fn is_native(&self) -> bool {
        matches!(self, Self::Native)
    }
}

impl Whom {
    /// Who, where they work here.
    pub fn staff(self) -> Option<StaffId> {
        match self {
            Self::NewPerson => None,
            Self::OneMoreDevice { staff } | Self::Recovery { staff } => Some(staff),
        }
    }
}

/// A secret that is handed out once, of which the ledger holds only the SHA-256.
macro_rules! token {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Makes a token of 16 bytes from a cryptographic random source.
            pub const fn from_random(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// What the ledger knows of it: 64 hex digits.
            pub fn hash(&self) -> String {
                hex(&Sha256::digest(self.0))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Ok(Self(*text.parse::<StaffId>()?.as_bytes()))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

token! {
    /// The secret of an invitation.
    InviteToken
}
token! {
    /// The secret of a session. Worthless without the device's key.
    SessionToken
}

/// Lower-case hex digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
