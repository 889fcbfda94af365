//! Typed errors. A client acts on the code; the text is for a person.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What was wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Not JSON, not of the protocol's form, or nested too deep.
    Malformed,
    /// Larger than the server reads. The connection is closed.
    TooLarge,
    /// Too many messages at once. The connection is closed when it goes on.
    TooFast,
    /// Not allowed in the present state (a second hello, a request before hello, an answer to no offer).
    OutOfOrder,
    /// Not this client's to ask.
    NotAllowed,
    /// The credential, its signature or its proof of possession does not hold, or it was revoked.
    BadCredential,
    /// The resume token is not known; the call it named is over, or never was.
    UnknownSession,
    /// The offer is over: it was answered elsewhere, it expired, or the caller left.
    OfferGone,
    /// An MLS commit for another epoch than the call's present one.
    StaleEpoch,
    /// Nobody can be asked to come now, or the call has no seat left.
    NotFree,
    /// No line of that name, or it is not open now.
    Closed,
    /// This person's training is not valid any longer: they cannot be made ready until a supervisor has set another day.
    TrainingOver,
    /// No follow-up is known by that code: it never was, its time is over, or it was used. They are not told apart.
    UnknownCode,
    /// No drill is open, or this is not its ticket.
    NoDrill,
    /// The service is full. Nothing was lost; try again or use the telephone.
    Busy,
    /// The server failed. The request had no effect unless it is seen in a later state.
    Internal,
}

/// An error as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{text}")]
pub struct ProtocolError {
    /// What a client acts on.
    pub code: ErrorCode,
    /// One plain sentence. Never repeats what was sent.
    pub text: String,
}

impl ErrorCode {
    /// The code as it stands on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::TooFast => "too_fast",
            Self::OutOfOrder => "out_of_order",
            Self::NotAllowed => "not_allowed",
            Self::BadCredential => "bad_credential",
            Self::UnknownSession => "unknown_session",
            Self::OfferGone => "offer_gone",
            Self::StaleEpoch => "stale_epoch",
            Self::NotFree => "not_free",
            Self::Closed => "closed",
            Self::TrainingOver => "training_over",
            Self::UnknownCode => "unknown_code",
            Self::NoDrill => "no_drill",
            Self::Busy => "busy",
            Self::Internal => "internal",
        }
    }

    /// The error with one plain sentence.
    pub fn because(self, text: impl Into<String>) -> ProtocolError {
        ProtocolError { code: self, text: text.into() }
    }
}
