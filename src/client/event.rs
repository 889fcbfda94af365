//! What goes into an endpoint by hand, and what comes out of it.

use std::{fmt, net::SocketAddr};

use super::{protocols::Identity, written::Written};
use crate::{
    core::ids::CallId,
    e2ee::{Identity as MemberIdentity, RefusalCode, Role},
    proto::{ErrorCode, caller::EndedBy, media},
};

/// What the person does, or what happens to their device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Opens the signalling connection and keeps it open. The other commands do so as well where it is needed.
    Connect,
    /// Caller: the tap on the button. Joins the queue as soon as the server has said welcome.
    Join,
    /// Staff: takes callers.
    GoAvailable,
    /// Staff: takes no more callers.
    GoUnavailable,
    /// Staff: answers the caller who is offered.
    Accept,
    /// Staff: lets the next counsellor answer.
    Pass,
    /// Ends the call: a caller leaves, a member of staff ends it.
    HangUp,
    /// Staff: done with wrapping up.
    WrapUpDone {
        /// Ready for the next caller at once.
        available: bool,
    },
    /// The page is reloaded: everything is forgotten but the signature key, the resume token and the device.
    Reload,
    /// The address changed: a new leg is opened beside the present one.
    NewLeg,
    /// The device dies without a word. Nothing is sent or received any more, until [`Command::Return`].
    Kill,
    /// After [`Command::Kill`]: the same person is back, as after a reload.
    Return,
    /// The signalling connection breaks, and comes back by itself.
    DropSocket,
    /// The microphone sends (`true`) or is muted. It sends from the start. A muted `full` endpoint sends silence, the others
    /// nothing.
    Speak(bool),
}

/// Names one local address of an endpoint: each leg has its own, numbers are not used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathId(pub u32);

/// Everything that a leg is opened with, for whoever carries it. Prints without secrets.
#[derive(Clone)]
pub struct LegPlan {
    /// How it is named.
    pub path: PathId,
    /// The relay's side, as signalling gave it.
    pub relay: media::Leg,
    /// The certificate whose fingerprint signalling was told.
    pub identity: Identity,
    /// The RTP payload type of Opus.
    pub payload_type: u8,
    /// The SSRC under which this endpoint sends.
    pub ssrc: u32,
}

impl fmt::Debug for LegPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LegPlan({:?})", self.path)
    }
}

/// What an endpoint wants done. The order counts.
#[derive(Debug)]
pub enum Output<'a> {
    /// Open the signalling socket. Answer with `socket_opened` or `socket_closed`.
    OpenSocket,
    /// Close it. No `socket_closed` is expected.
    CloseSocket {
        /// Without a goodbye, as a device that dies.
        abrupt: bool,
    },
    /// Send this text on the signalling socket.
    Text(&'a str),
    /// A local address is needed for datagrams to `to`.
    OpenPath {
        /// How it will be named.
        path: PathId,
        /// The relay.
        to: SocketAddr,
    },
    /// The local address is of no more use.
    ClosePath(PathId),
    /// Send this datagram.
    Datagram {
        /// From which local address.
        path: PathId,
        /// To where.
        to: SocketAddr,
        /// The packet.
        bytes: &'a [u8],
    },
    /// Open a leg; only where somebody else carries the legs, as the next two ([`super::carrier`]).
    OpenLeg(Box<LegPlan>),
    /// Send this frame over an open leg.
    Frame {
        /// Which.
        path: PathId,
        /// RTP timestamp: samples at 48 kHz.
        timestamp: u32,
        /// The sealed frame.
        payload: &'a [u8],
    },
    /// End a leg.
    CloseLeg {
        /// Which.
        path: PathId,
        /// Without a goodbye, as a device that dies.
        abrupt: bool,
    },
    /// Something happened.
    Event(Event),
}

/// Someone who can hear the call, as their credential proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hearer {
    /// This endpoint.
    Me,
    /// The caller.
    Caller,
    /// A member of staff.
    Staff {
        /// What they are.
        role: Role,
        /// What they are called.
        name: String,
    },
}

impl Hearer {
    /// Somebody else in the call.
    pub(super) fn of(identity: &MemberIdentity) -> Self {
        match identity {
            MemberIdentity::Caller => Self::Caller,
            MemberIdentity::Staff { role, name, .. } => Self::Staff { role: *role, name: name.clone() },
        }
    }
}

/// What an endpoint itself fails at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// There is no codec, so the call is silent.
    #[error("libopus could not be set up: there is no memory for it, or it refuses its settings")]
    Codec,
    /// Staff: without a signature there is no signing in. The endpoint stops.
    #[error("the device's key does not sign")]
    DeviceKey,
}

/// What happened to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The server said welcome on a first connection.
    Welcome,
    /// The server said welcome again after the connection was lost.
    Reconnected,
    /// The signalling connection was lost; it is being opened again.
    SocketLost,
    /// Caller: in the queue, with so many before. Told again when the number changes.
    Waiting {
        /// Callers before this one.
        ahead: u32,
    },
    /// Staff: ready for a caller.
    Available,
    /// Staff: not taking callers.
    Unavailable,
    /// Staff: a caller is offered.
    Offered,
    /// Staff: the offer is over without an answer of this console.
    OfferGone,
    /// The call that the next [`Event::Connected`] is about.
    InCall {
        /// Its id.
        call: CallId,
    },
    /// In a call. Staff: the answer was taken; caller: a counsellor answered.
    Connected,
    /// The media leg is up; the first one, or another that took its place.
    LegConnected,
    /// The relay has been silent for a second, or checks stay unanswered; another leg is being opened.
    LegLost,
    /// The frame key of that MLS epoch is in use.
    Keyed {
        /// The epoch.
        epoch: u64,
    },
    /// The first authentic audio of the far side, in this call or after a reload.
    FirstAudio,
    /// The safety words.
    Words([&'static str; 4]),
    /// Everybody whose keys can open the call, in the order of their leaves.
    WhoCanHear(Vec<Hearer>),
    /// Somebody in the call has written something; told once. Only who plays a caller in a drill answers it: whoever else wrote
    /// to an endpoint sees that it has not arrived.
    Written {
        /// Who, as their credential proves.
        from: Hearer,
        /// What.
        what: Written,
    },
    /// The server refused a request.
    Refused {
        /// Its type, as in `docs/protocol.md`.
        request: &'static str,
        /// Why.
        code: ErrorCode,
    },
    /// What the server or somebody in the call did breaks a rule of `docs/e2ee.md`. The last good epoch stays in force.
    Alarm(RefusalCode),
    /// This endpoint cannot do its part, and nobody else is to blame.
    Broken(Fault),
    /// Staff: after the call.
    WrapUp,
    /// The call is over.
    Ended {
        /// Who ended it.
        by: EndedBy,
    },
    /// The same session is open elsewhere; this endpoint stops.
    TakenOver,
    /// The device was shut out; this endpoint stops.
    SignedOut,
    /// The server's line is a drill and this endpoint is not of one, or the other way round; this endpoint stops.
    WrongLine,
    /// The drill that this endpoint was in is over; it stops.
    DrillOver,
}
