//! What signalling holds of a node.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{Clock, NodeConfig, Random};
use crate::{
    core::ids::{CallId, DeviceId, Slot, StaffId},
    proto::{ProtocolError, caller, staff},
    store::{Ledger, StoreError},
};

/// Where the node puts what a caller is told. It never waits: a full outbox closes the connection.
pub type CallerOutbox = mpsc::Sender<caller::Message>;
/// Where the node puts what a console is told.
pub type StaffOutbox = mpsc::Sender<staff::Message>;

/// One connection of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallerConn(pub(super) u64);

/// One connection of a console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StaffConn(pub(super) u64);

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// The socket was closed.
    Closed,
    /// Nothing was heard for the heartbeat's time-out.
    Silent,
}

/// Where somebody may open a media leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seat {
    /// The call.
    pub call: CallId,
    /// The seat.
    pub slot: Slot,
}

/// A console that has proved who it is.
#[derive(Clone, PartialEq, Eq)]
pub struct StaffIdentity {
    /// The person.
    pub staff: StaffId,
    /// The device.
    pub device: DeviceId,
    /// The first name in the credential.
    pub name: String,
    /// The role in the credential.
    pub role: staff::Role,
    /// The device's Ed25519 public key.
    pub key: [u8; 32],
}

/// What the rest of the process must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Cut the relay's leg in that seat.
    Cut {
        /// The call.
        call: CallId,
        /// The seat.
        slot: Slot,
    },
}

/// Counters and gauges. Nothing in it concerns one caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Callers in the queue now, rung for or not.
    pub waiting: u64,
    /// Of these, rung for.
    pub ringing: u64,
    /// Calls with a counsellor now.
    pub connected: u64,
    /// Of these, with the caller's connection lost.
    pub reconnecting: u64,
    /// Consoles ready for a caller now.
    pub staff_available: u64,
    /// Consoles signed in now.
    pub staff_signed_in: u64,
    /// Callers who joined, since the start of the process.
    pub joined: u64,
    /// Callers who were answered.
    pub answered: u64,
    /// Callers who left, or were lost, before an answer.
    pub abandoned: u64,
    /// Joined while nobody was on shift.
    pub unserved: u64,
    /// Offers that a console passed on.
    pub offers_passed: u64,
    /// Offers that expired.
    pub offers_expired: u64,
    /// Callers who came back after a lost connection.
    pub resumed: u64,
    /// Calls that were connected and have ended.
    pub ended: u64,
    /// Connections closed because they did not read.
    pub slow_peers: u64,
    /// Seconds from joining to the answer: how many answers took at most `ANSWER_BOUNDS_S[i]`; the last counts the rest.
    pub answer_buckets: [u64; ANSWER_BOUNDS_S.len() + 1],
    /// Sum of the times to answer, milliseconds.
    pub answer_sum_ms: u64,
}

/// Upper bounds of the buckets of the time to answer, seconds.
pub const ANSWER_BOUNDS_S: [u32; 8] = [5, 10, 20, 30, 60, 120, 300, 900];

/// Why a node did not start or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record that cannot be read.
    #[error("the record {key} cannot be read: {reason}")]
    BadRecord {
        /// Its key.
        key: String,
        /// Why.
        reason: String,
    },
}

/// The node: see `start`.
pub struct Node;

impl Node {
    /// Loads the line from the ledger and starts to serve it.
    pub async fn start(
        _ledger: Arc<dyn Ledger>,
        _config: NodeConfig,
        _clock: Arc<dyn Clock>,
        _random: Arc<dyn Random>,
    ) -> Result<(NodeHandle, mpsc::Receiver<Effect>), NodeError> {
        todo!()
    }
}

/// A node, as everybody else sees it. Cheap to clone.
#[derive(Clone)]
pub struct NodeHandle {}

impl NodeHandle {
    /// A new visitor. Tells it `welcome` and its state.
    pub async fn caller_hello(&self, _outbox: CallerOutbox) -> Result<CallerConn, ProtocolError> {
        todo!()
    }

    /// Someone who was here a moment ago. Tells it `welcome`, `session`, its state, and the log after `seen`.
    pub async fn caller_resume(
        &self,
        _token: &str,
        _seen: u64,
        _outbox: CallerOutbox,
    ) -> Result<CallerConn, ProtocolError> {
        todo!()
    }

    /// Carries out `join`, `key_package`, `mls` or `leave`. The answer goes to the outbox, in order with what the
    /// request brought about.
    pub async fn caller(&self, _conn: CallerConn, _re: u32, _request: caller::Request) {
        todo!()
    }

    /// The connection has ended.
    pub async fn caller_gone(&self, _conn: CallerConn, _how: Gone) {
        todo!()
    }

    /// Where this caller may open a media leg: from `join` to the end of the call.
    pub async fn caller_seat(&self, _conn: CallerConn) -> Result<Seat, ProtocolError> {
        todo!()
    }

    /// A console whose credential and signature hold. Tells it `welcome`, its state, and the log after `seen`.
    pub async fn staff_sign_in(
        &self,
        _who: StaffIdentity,
        _seen: u64,
        _outbox: StaffOutbox,
    ) -> Result<StaffConn, ProtocolError> {
        todo!()
    }

    /// Carries out any request but `sign_in`, `media` and `ping`. The answer goes to the outbox.
    pub async fn staff(&self, _conn: StaffConn, _re: u32, _request: staff::Request) {
        todo!()
    }

    /// The connection has ended.
    pub async fn staff_gone(&self, _conn: StaffConn, _how: Gone) {
        todo!()
    }

    /// Where this console may open a media leg in `call`: while it is offered, and while it is in it.
    pub async fn staff_seat(&self, _conn: StaffConn, _call: CallId) -> Result<Seat, ProtocolError> {
        todo!()
    }

    /// Closes the connection of a revoked device.
    pub async fn sign_out(&self, _device: DeviceId) {
        todo!()
    }

    /// Whether anyone is on shift.
    pub async fn on_shift(&self) -> bool {
        todo!()
    }

    /// Counters and gauges.
    pub async fn snapshot(&self) -> Snapshot {
        todo!()
    }

    /// Tells every connection that the server stops, and stops. Returns when nothing is left to write.
    pub async fn stop(&self) {
        todo!()
    }
}
