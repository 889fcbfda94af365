//! What a relay counts: totals without addresses, calls or times.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What is counted. Totals since the start, except where it says "now".
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(usize)]
        pub enum Count { $($(#[$doc])* $name),* }

        impl Count {
            /// All of them, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name, in CamelCase.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

counters! {
    /// Legs in memory now.
    Legs,
    /// Legs that have completed their handshake and are alive now.
    LegsConnected,
    /// Calls that have a leg now.
    Calls,
    /// ICE-TCP connections now.
    TcpConnections,
    /// Legs admitted.
    LegsAdmitted,
    /// Legs whose handshake completed.
    HandshakesDone,
    /// Packets that came in.
    PacketsIn,
    /// Packets of audio sent to listeners.
    Forwarded,
    /// Bytes of audio sent to listeners, without headers.
    ForwardedBytes,
    /// Packets sent again because a listener asked.
    NackAnswered,
    /// Packets that the relay asked a sender for again.
    NackSent,
    /// A leg moved to another address.
    Moved,
    /// Dropped: neither STUN, DTLS, RTP nor RTCP.
    DropUnknownKind,
    /// Dropped: not a connectivity check of the right form.
    DropStunMalformed,
    /// Dropped: the leg token does not open.
    DropTokenRefused,
    /// Dropped: the leg token has expired.
    DropTokenExpired,
    /// Dropped: MESSAGE-INTEGRITY does not hold.
    DropStunForged,
    /// Answered 487: the client claims to be controlled.
    RoleConflict,
    /// Answered 420: a check with an attribute that the relay does not know but would have to understand.
    UnknownAttribute,
    /// Dropped: the leg was cut by signalling.
    DropCut,
    /// Dropped: the call belongs to another worker's port.
    DropOtherWorker,
    /// Dropped: no room for another leg.
    DropFull,
    /// Dropped: from an address without a valid check.
    DropUnknownAddress,
    /// Legs ended: the handshake failed or took too long.
    HandshakesFailed,
    /// Legs ended: closed by the client.
    ClosedByClient,
    /// Legs ended: no consent for 30 s.
    ConsentExpired,
    /// Legs ended: replaced by a newer connection of the same slot.
    Replaced,
    /// Legs ended: cut by signalling.
    Cut,
    /// Dropped: media before the handshake was done.
    DropTooEarly,
    /// Dropped: cut short.
    DropMalformed,
    /// Dropped: SRTP authentication failed.
    DropForged,
    /// Dropped: replayed or older than the window.
    DropReplayed,
    /// Dropped: more sources than a leg may have.
    DropTooManySources,
    /// Dropped: not the token's payload type.
    DropPayloadType,
    /// Dropped: nothing in it.
    DropEmpty,
    /// Dropped: larger than the relay forwards.
    DropTooLarge,
    /// Dropped: of a connection that a newer one has replaced, or from before it began.
    DropSuperseded,
    /// Dropped: more packets than a leg may send.
    DropRateLimited,
    /// Not answered: a NACK for a packet that is no longer, or was never, there.
    NackMissed,
    /// Not sent: the socket's or connection's buffer was full.
    DropSendFull,
    /// Dropped by the system before the relay saw them: a socket's receive buffer was full.
    DropReceiveFull,
    /// Dropped: connectivity checks and handshakes, while more of them waited than a worker keeps.
    DropBusy,
    /// Times that a worker failed and began anew, without its legs.
    WorkerRestarts,
    /// TCP connections closed: framing, idleness, or a peer too slow.
    TcpClosed,
}

/// A set of totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters([u64; Count::ALL.len()]);

impl Counters {
    /// All zero.
    pub const fn new() -> Self {
        Self([0; Count::ALL.len()])
    }

    /// One total.
    pub fn get(&self, count: Count) -> u64 {
        self.0[count as usize]
    }

    /// All totals with their names.
    pub fn iter(&self) -> impl Iterator<Item = (Count, u64)> + '_ {
        Count::ALL.iter().map(|count| (*count, self.get(*count)))
    }

    pub(super) fn add(&mut self, count: Count, more: u64) {
        self.0[count as usize] += more;
    }

    pub(super) fn set(&mut self, count: Count, value: u64) {
        self.0[count as usize] = value;
    }
}

impl Default for Counters {
    fn default() -> Self {
        Self::new()
    }
}

/// One worker's totals, as other threads see them.
pub(super) struct Published([AtomicU64; Count::ALL.len()]);

impl Published {
    pub(super) fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    pub(super) fn publish(&self, counters: &Counters) {
        self.0.iter().zip(counters.0).for_each(|(to, value)| to.store(value, Ordering::Relaxed));
    }

    pub(super) fn add_to(&self, counters: &mut Counters) {
        self.0.iter().zip(&mut counters.0).for_each(|(from, total)| *total += from.load(Ordering::Relaxed));
    }
}
