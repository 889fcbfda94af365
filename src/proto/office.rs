//! Accounts, over the staff WebSocket: what a person asks for their own devices, and what administrators ask.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Hidden, staff::Role};
use crate::core::ids::{DeviceId, ProposalId, StaffId};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
#[ts(rename = "OfficeRequest")]
pub enum Request {
    /// A link for one more device of one's own.
    OneMoreDevice {
        /// Whether for a program and not for a browser.
        native: bool,
    },
    /// Who works here, and what waits.
    Accounts,
    /// Invite somebody new. For an administrator this is a proposal that another one must confirm.
    Invite {
        /// As what.
        role: Role,
    },
    /// Shut a person out, with all their devices and passkeys.
    ShutOutPerson {
        /// Who.
        #[ts(type = "string")]
        staff: StaffId,
    },
    /// Shut a device out, with its passkey.
    ShutOutDevice {
        /// Which.
        #[ts(type = "string")]
        device: DeviceId,
    },
    /// Propose a new link for somebody who has lost every passkey.
    Recover {
        /// Who.
        #[ts(type = "string")]
        staff: StaffId,
    },
    /// Confirm what another administrator proposed. The answer is the link.
    Confirm {
        /// What.
        #[ts(type = "string")]
        proposal: ProposalId,
    },
    /// Take a proposal back, or refuse it.
    Withdraw {
        /// Which.
        #[ts(type = "string")]
        proposal: ProposalId,
    },
    /// The requests for credentials, as the file that `quietline authority approve` reads.
    CredentialRequests,
    /// What the authority signed.
    TakeCredentials {
        /// Compact JWTs.
        credentials: Vec<Hidden>,
    },
}

/// The answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[ts(rename = "OfficeAnswer")]
pub enum Answer {
    /// Who works here, and what waits.
    Accounts {
        /// Everybody, by name.
        people: Vec<PersonView>,
        /// What waits for a second administrator.
        proposals: Vec<ProposalView>,
        /// The last things that were done to accounts, newest first.
        acts: Vec<ActView>,
    },
    /// A one-time link. Shown once; nobody can ask for it again.
    Link {
        /// Secret.
        link: String,
        /// For how long it is good, seconds.
        valid_s: u32,
    },
    /// Another administrator must confirm.
    Proposed,
    /// It was done.
    Done,
    /// The requests for credentials.
    CredentialRequests {
        /// The content of the file.
        file: CredentialRequests,
    },
    /// Credentials were taken in.
    Taken {
        /// How many.
        taken: u32,
        /// How many were not this line's, of no device here, or of another name or role.
        refused: u32,
    },
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Answer(..)")
    }
}

/// A person as an administrator sees them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PersonView {
    /// Who.
    #[ts(type = "string")]
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Whether they were shut out.
    pub revoked: bool,
    /// Whether it is the one who asks.
    pub me: bool,
    /// Their devices that were not shut out.
    pub devices: Vec<DeviceView>,
}

impl fmt::Debug for PersonView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PersonView({}, {:?})", self.staff, self.role)
    }
}

/// A device as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeviceView {
    /// Which.
    #[ts(type = "string")]
    pub device: DeviceId,
    /// Since when, milliseconds since 1970.
    #[ts(type = "number")]
    pub since: u64,
    /// Whether it is a program and not a browser with a passkey.
    pub native: bool,
    /// Whether it waits for a credential.
    pub wants_credential: bool,
}

/// A proposal as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProposalView {
    /// Which.
    #[ts(type = "string")]
    pub id: ProposalId,
    /// Whose recovery; none for one more administrator.
    #[ts(type = "string | null")]
    pub recovers: Option<StaffId>,
    /// Who asked.
    #[ts(type = "string")]
    pub by: StaffId,
    /// Whether the one who sees it may confirm it.
    pub confirmable: bool,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActView {
    /// When, milliseconds since 1970.
    #[ts(type = "number")]
    pub at: u64,
    /// What.
    pub what: ActKind,
    /// By whom; none: by a link, at the server's command line, or by the authority.
    #[ts(type = "string | null")]
    pub by: Option<StaffId>,
    /// Upon whom.
    #[ts(type = "string | null")]
    pub staff: Option<StaffId>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Somebody was invited.
    Invited,
    /// A device was enrolled.
    Enrolled,
    /// A person came back with a new device in place of all others.
    Recovered,
    /// Somebody asked for a link for one more device of theirs.
    DeviceInvited,
    /// Somebody signed in with their passkey.
    SignedIn,
    /// Somebody signed out.
    SignedOut,
    /// A person was shut out.
    PersonShutOut,
    /// A device was shut out.
    DeviceShutOut,
    /// A recovery was proposed.
    RecoveryAsked,
    /// One more administrator was proposed.
    AdministratorAsked,
    /// A proposal was confirmed.
    Confirmed,
    /// A proposal was withdrawn.
    Withdrawn,
    /// A credential was taken in.
    CredentialTaken,
}

/// The file that goes to the authority: which devices want a credential.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CredentialRequests {
    /// `credential requests v1`.
    pub quietline: String,
    /// The requests.
    pub requests: Vec<CredentialRequest>,
}

impl CredentialRequests {
    /// What stands in `quietline`.
    pub const FORM: &str = "credential requests v1";
}

/// One device that wants a credential.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CredentialRequest {
    /// Whose it is.
    #[ts(type = "string")]
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The device's Ed25519 public key: base64url.
    pub device_key: String,
}

impl fmt::Debug for CredentialRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialRequests({})", self.requests.len())
    }
}

impl fmt::Debug for CredentialRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialRequest({}, {:?})", self.staff, self.role)
    }
}

/// The file that comes back from the authority.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SignedCredentials {
    /// `credentials v1`.
    pub quietline: String,
    /// Compact JWTs.
    pub credentials: Vec<String>,
}

impl SignedCredentials {
    /// What stands in `quietline`.
    pub const FORM: &str = "credentials v1";
}

impl fmt::Debug for SignedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignedCredentials({})", self.credentials.len())
    }
}
