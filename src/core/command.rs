//! What the line is told, what comes of it, and why it refuses.

use super::{
    call::{Ending, Offer, SessionHash},
    ids::{CallId, DeviceId, OfferId, Slot, StaffId},
    queue::Ticket,
    staff::{Duty, Role},
    time::Timestamp,
};

/// What the line is told. Ids are drawn by whoever gives the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A caller joins the queue.
    Join {
        /// A fresh id.
        call: CallId,
        /// The hash of a fresh resume token.
        session: SessionHash,
        /// The caller's KeyPackage.
        key_package: String,
    },
    /// A caller's connection is lost.
    CallerLost {
        /// Whose.
        call: CallId,
    },
    /// A caller is back.
    CallerBack {
        /// Who.
        call: CallId,
    },
    /// A caller leaves.
    Leave {
        /// Who.
        call: CallId,
        /// By *Exit this page*.
        quick: bool,
    },
    /// A fresh KeyPackage of the caller.
    CallerPackage {
        /// Whose.
        call: CallId,
        /// The KeyPackage.
        key_package: String,
    },
    /// A console signs in, for the first time or again.
    SignIn {
        /// The device.
        device: DeviceId,
        /// Whose it is.
        staff: StaffId,
        /// Their first name.
        name: String,
        /// Their role.
        role: Role,
    },
    /// A console's connection is lost.
    DeskLost {
        /// Which.
        device: DeviceId,
        /// When it was last heard.
        since: Timestamp,
    },
    /// Ready for a caller.
    Available {
        /// Where.
        device: DeviceId,
    },
    /// Not ready.
    Unavailable {
        /// Where.
        device: DeviceId,
    },
    /// Answer the caller.
    Accept {
        /// Where.
        device: DeviceId,
        /// The offer.
        offer: OfferId,
    },
    /// Let the next counsellor answer.
    Pass {
        /// Where.
        device: DeviceId,
        /// The offer.
        offer: OfferId,
    },
    /// The counsellor ends the call.
    End {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
    },
    /// Wrap-up is done.
    WrapUpDone {
        /// Where.
        device: DeviceId,
        /// After which call.
        call: CallId,
        /// Ready for the next at once.
        available: bool,
    },
    /// A fresh KeyPackage of a console that is in the call.
    StaffPackage {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
        /// The KeyPackage.
        key_package: String,
    },
    /// An MLS commit.
    Commit {
        /// The call.
        call: CallId,
        /// Who made it.
        from: Slot,
        /// The epoch that it closes.
        epoch: u64,
        /// Whom it adds.
        added: Vec<Slot>,
    },
    /// MLS application data.
    Application {
        /// The call.
        call: CallId,
        /// Who sent it.
        from: Slot,
    },
    /// Offer a caller to a console, as `Line::next_match` proposed.
    Offer {
        /// A fresh id.
        offer: OfferId,
        /// The caller.
        call: CallId,
        /// The console.
        device: DeviceId,
    },
    /// An offer's time is over.
    Expire {
        /// The caller.
        call: CallId,
    },
    /// The time for which a call or a place is held is over.
    HoldOver {
        /// Whose.
        call: CallId,
    },
    /// A console has not been heard from for too long.
    DeskAbsent {
        /// Which.
        device: DeviceId,
    },
    /// An ended call need not be remembered any longer.
    Forget {
        /// Which.
        call: CallId,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A caller is in the queue.
    Joined {
        /// Who.
        call: CallId,
        /// The resume token's hash.
        session: SessionHash,
        /// The place.
        ticket: Ticket,
        /// The KeyPackage.
        key_package: String,
    },
    /// A caller's connection is lost.
    CallerLost {
        /// Whose.
        call: CallId,
        /// Since when.
        since: Timestamp,
    },
    /// A caller is back.
    CallerBack {
        /// Who.
        call: CallId,
    },
    /// A participant waits to be let into the group with this KeyPackage.
    Packaged {
        /// The call.
        call: CallId,
        /// Who.
        slot: Slot,
        /// The KeyPackage.
        key_package: String,
    },
    /// A console rings.
    Offered {
        /// The caller.
        call: CallId,
        /// The offer.
        offer: Offer,
    },
    /// An offer is over without an answer; the caller is back in the queue on the same ticket.
    Withdrawn {
        /// The caller.
        call: CallId,
        /// Why.
        why: Withdrawal,
        /// Until when the counsellor is not offered this caller again.
        rest_until: Timestamp,
        /// What the counsellor does now.
        then: Duty,
        /// Their misses now.
        misses: u32,
    },
    /// A caller is with a counsellor.
    Answered {
        /// The caller.
        call: CallId,
        /// When.
        at: Timestamp,
    },
    /// A call is over. The one way in which a record ends.
    Ended {
        /// Which.
        call: CallId,
        /// Who ended it.
        by: Ending,
        /// When.
        at: Timestamp,
    },
    /// An ended call is not remembered any longer.
    Forgotten {
        /// Which.
        call: CallId,
    },
    /// A console has signed in.
    SignedIn {
        /// The device.
        device: DeviceId,
        /// Whose it is.
        staff: StaffId,
        /// Their first name.
        name: String,
        /// Their role.
        role: Role,
    },
    /// A console's connection is lost.
    DeskLost {
        /// Which.
        device: DeviceId,
        /// Since when.
        since: Timestamp,
    },
    /// A console is signed out.
    DeskClosed {
        /// Which.
        device: DeviceId,
    },
    /// A counsellor does something else now.
    DutyChanged {
        /// Where.
        device: DeviceId,
        /// What.
        duty: Duty,
    },
    /// A commit was taken.
    Committed {
        /// The call.
        call: CallId,
        /// Who made it.
        from: Slot,
        /// The epoch that it closed.
        epoch: u64,
        /// Whom it added.
        added: Vec<Slot>,
        /// Its number in the log.
        seq: u64,
    },
    /// Application data was taken.
    Sent {
        /// The call.
        call: CallId,
        /// Its number in the log.
        seq: u64,
    },
}

/// Why an offer ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// The counsellor passed.
    Passed,
    /// Nobody answered in time.
    Expired,
    /// The console was lost.
    ConsoleLost,
}

impl Event {
    /// Whether it must be durable before anybody hears of it. Connections are not: a restart loses them all.
    pub fn is_durable(&self) -> bool {
        !matches!(
            self,
            Self::CallerLost { .. } | Self::CallerBack { .. } | Self::SignedIn { .. } | Self::DeskLost { .. }
        )
    }
}

/// Why the line refused a command. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Rejection {
    /// No such call, or it is over.
    #[error("this call is not known or over")]
    UnknownCall,
    /// An id that is in use.
    #[error("this id is in use")]
    IdTaken,
    /// The queue is full.
    #[error("the service is full; try again or use the telephone")]
    Full,
    /// No such console.
    #[error("this console is not signed in")]
    UnknownDesk,
    /// The device belongs to somebody else.
    #[error("this device belongs to somebody else")]
    OtherPerson,
    /// The offer is over.
    #[error("the offer is over")]
    OfferGone,
    /// Not for this role.
    #[error("this role does not answer callers")]
    WrongRole,
    /// Not in the present state.
    #[error("not possible in the present state")]
    OutOfOrder,
    /// The console is not in that call.
    #[error("this console is not in that call")]
    NotInCall,
    /// The commit is for another epoch.
    #[error("the commit is for another epoch than the present one")]
    StaleEpoch,
    /// The sender is not in the group.
    #[error("the sender is not in the group")]
    OutsideGroup,
    /// The first commit must let the caller in.
    #[error("the first commit of a group adds the caller")]
    CallerNotAdded,
    /// A commit adds somebody who does not wait to be let in.
    #[error("the commit adds somebody who does not wait to be let in")]
    AddsNobody,
    /// The match is not, or no longer, the one to make.
    #[error("this offer cannot be made")]
    NoMatch,
    /// The time has not come.
    #[error("not due yet")]
    NotDue,
}
