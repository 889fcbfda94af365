//! What goes over plain HTTPS beside the WebSocket: the page's configuration, enrolment, and the last word of a page.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::caller::Leaving;
use crate::core::ids::{DeviceId, StaffId};

/// The answer to `GET /api/config`: what a page must know and may show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PublicConfig {
    /// The service's name.
    pub service: String,
    /// The telephone number to show beside everything, as people read it.
    pub phone: String,
    /// Where *Exit this page* goes. The pages know one themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub exit_url: Option<String>,
    /// The line's authority public key: base64url, 43 characters.
    pub authority: String,
}

/// The body of `POST /api/staff/enrol`: a one-time link for a program is used to register its device's key. Browsers enrol with
/// a passkey (`passkey`).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Enrol {
    /// Secret. The part of the enrolment link after `#enrol=`.
    pub token: String,
    /// The first name that callers will see, 1 to 40 characters.
    pub name: String,
    /// The device's Ed25519 public key: base64url, 32 bytes, no padding.
    pub device_key: String,
    /// Ed25519 signature by the device key over `"quietline enrol v1\n" ORIGIN "\n" TOKEN` (ORIGIN as in the Origin
    /// header), base64.
    pub signature: String,
}

impl fmt::Debug for Enrol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrol").finish_non_exhaustive()
    }
}

/// The answer to enrolment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Enrolled {
    /// Who the device now belongs to.
    #[ts(type = "string")]
    pub staff: StaffId,
    /// The device.
    #[ts(type = "string")]
    pub device: DeviceId,
    /// The staff credential (a compact JWT). None when the authority's key is elsewhere: then somebody there runs
    /// `quietline authority issue`, and the console takes what it prints.
    pub credential: Option<String>,
}

impl fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolled")
            .field("staff", &self.staff)
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// The body of `POST /api/authority/requests`: whoever holds the authority's key asks which devices want a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskAuthority {
    /// Now, milliseconds since 1970.
    pub at: u64,
    /// Ed25519 signature by the authority's key over `"quietline authority v1\n" ORIGIN "\n" AT`, base64.
    pub signature: String,
}

/// The answer to `POST /api/authority/credentials`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// How many were taken in.
    pub taken: u32,
    /// How many were not this line's, of no device here, or of another name or role.
    pub refused: u32,
}

/// The body of `POST /api/caller/leave`, for `navigator.sendBeacon` when the page goes away.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LeaveCall {
    /// The token of the last `session` message.
    pub token: String,
    /// How.
    pub how: Leaving,
}

impl fmt::Debug for LeaveCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeaveCall").field("how", &self.how).finish_non_exhaustive()
    }
}
