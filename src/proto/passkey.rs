//! Passkeys of staff in browsers, over plain HTTPS: what stands behind a one-time link, enrolment, and the proof that opens a
//! session. Each ceremony (WebAuthn Level 3, section 7) is begun by one request and finished by another within five minutes.

use std::fmt;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::staff::Role;
use crate::core::ids::{DeviceId, StaffId};

/// The body of `POST /api/staff/link`: what is this link for? Does not use it up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LookAtLink {
    /// Secret. The part of the link after `#enrol=`.
    pub token: String,
}

/// The answer to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LinkSeen {
    /// The role of whoever uses it.
    pub role: Role,
    /// For whom it is.
    pub whom: LinkFor,
    /// Their first name, where they work here already.
    pub name: Option<String>,
    /// Whether it is for a program and not for a browser.
    pub native: bool,
}

/// For whom a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LinkFor {
    /// Somebody new.
    NewPerson,
    /// One more device of somebody who works here.
    OneMoreDevice,
    /// Somebody who has lost every passkey: all other devices of theirs are shut out when it is used.
    Recovery,
}

/// The body of `POST /api/staff/passkey/enrol`: begins the enrolment of this browser.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BeginEnrolment {
    /// Secret. The part of the link after `#enrol=`.
    pub token: String,
    /// The first name that callers will see, 1 to 40 characters. Not looked at where the link is for somebody who has one.
    pub name: String,
    /// The device's Ed25519 public key: base64url, 32 bytes, no padding.
    pub device_key: String,
    /// The public half of a key that cannot leave this browser, to which sessions are bound: ECDSA P-256, uncompressed point,
    /// 65 bytes, base64url without padding.
    pub bound_key: String,
    /// Ed25519 signature by the device key over `"quietline enrol browser v1\n" ORIGIN "\n" TOKEN "\n" BOUND_KEY` (ORIGIN as
    /// in the Origin header), base64.
    pub signature: String,
}

/// A ceremony that has begun.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Ceremony {
    /// What the finishing request names.
    pub ceremony: String,
    /// `PublicKeyCredentialCreationOptionsJSON` or `PublicKeyCredentialRequestOptionsJSON`.
    #[ts(type = "unknown")]
    pub options: serde_json::Value,
}

/// The body of `POST /api/staff/passkey/enrolled`: finishes the enrolment. The link is used up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FinishEnrolment {
    /// The ceremony.
    pub ceremony: String,
    /// `RegistrationResponseJSON`.
    #[ts(type = "unknown")]
    pub passkey: serde_json::Value,
}

/// The answer to it: the browser is enrolled and has a session.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EnrolledBrowser {
    /// Whose device it is now.
    #[ts(type = "string")]
    pub staff: StaffId,
    /// The device.
    #[ts(type = "string")]
    pub device: DeviceId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The staff credential (a compact JWT). None for a role that is in no call, and while the authority has not signed.
    pub credential: Option<String>,
    /// Secret. The session's token: keep it in the tab's session storage and nowhere else.
    pub session: String,
}

/// The body of `POST /api/staff/passkey/sign-in`: begins the proof of a passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BeginSignIn {
    /// This device.
    #[ts(type = "string")]
    pub device: DeviceId,
}

/// The body of `POST /api/staff/passkey/signed-in`: finishes it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FinishSignIn {
    /// The ceremony.
    pub ceremony: String,
    /// `AuthenticationResponseJSON`.
    #[ts(type = "unknown")]
    pub passkey: serde_json::Value,
    /// Signature by the bound key (ECDSA P-256 with SHA-256, 64 bytes) over `"quietline passkey v1\n" ORIGIN "\n" CEREMONY`,
    /// base64.
    pub signature: String,
}

/// The answer to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SignedIn {
    /// Secret. The session's token: keep it in the tab's session storage and nowhere else.
    pub session: String,
}

macro_rules! hidden {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

hidden!(
    LookAtLink,
    LinkSeen,
    BeginEnrolment,
    Ceremony,
    FinishEnrolment,
    EnrolledBrowser,
    FinishSignIn,
    SignedIn
);
