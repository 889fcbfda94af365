//! What the line is told, and why it refuses.

use super::{
    call::SessionHash,
    directory::{Directory, LineName, Skill},
    figures::Heard,
    follow_up::Booked,
    ids::{CallId, DeviceId, OfferId, Slot, StaffId},
    queue::Priority,
    staff::{Pause, Role},
    talk::{Manner, Wanted},
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
        /// The line; the operator's default when none is named.
        line: Option<LineName>,
        /// What the counsellor should be able to do.
        skill: Option<Skill>,
        /// What comes before the order of arrival.
        priority: Priority,
        /// The follow-up that the caller comes back for.
        follow_up: Option<Booked>,
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
    /// A caller whose counsellor is lost asks for another one.
    AskAnother {
        /// Who.
        call: CallId,
        /// A fresh KeyPackage.
        key_package: String,
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
    /// At work, and not to be rung for. Ends a wrap-up as well.
    Pause {
        /// Where.
        device: DeviceId,
        /// For what.
        why: Pause,
    },
    /// Answer the caller, or come to the call or the consultation that was asked for.
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
    /// The one in charge ends the call.
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
    /// What may be said of the call that is wrapped up.
    Code {
        /// Where.
        device: DeviceId,
        /// After which call.
        call: CallId,
        /// The number of the answer to each of the operator's questions, or none.
        chosen: Vec<Option<u32>>,
    },
    /// How the call sounded that is wrapped up.
    Hear {
        /// Where.
        device: DeviceId,
        /// After which call.
        call: CallId,
        /// For how long how.
        heard: Heard,
    },
    /// The one in charge asks for help in silence.
    AskHelp {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
    },
    /// Help is needed no longer.
    HelpDone {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
    },
    /// Nobody has seen to a request for help in time: it is made more loudly.
    EscalateHelp {
        /// The call.
        call: CallId,
    },
    /// A clinician or supervisor sees to a request for help.
    TakeHelp {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
    },
    /// The one in charge asks somebody to come.
    Invite {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
        /// Who.
        wanted: Wanted,
        /// For what.
        manner: Manner,
    },
    /// Nobody need come any longer.
    CancelInvite {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
    },
    /// The one who is consulted comes into the call, announced.
    BringIn {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
    },
    /// The consultation is over: either of the two says so.
    EndConsult {
        /// Where.
        device: DeviceId,
        /// The call or the consultation.
        call: CallId,
    },
    /// The one in charge gives the call to another who is in it, and leaves.
    HandOver {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
        /// To whom.
        to: Slot,
    },
    /// One who is in the call takes charge of it, because the one in charge is lost.
    TakeCharge {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
    },
    /// One who is not in charge leaves the call.
    LeaveCall {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
    },
    /// The one in charge lets another leave.
    Dismiss {
        /// Where.
        device: DeviceId,
        /// The call.
        call: CallId,
        /// Whom.
        slot: Slot,
    },
    /// A fresh KeyPackage of a console that is in the room.
    StaffPackage {
        /// Where.
        device: DeviceId,
        /// The call or the consultation.
        call: CallId,
        /// The KeyPackage.
        key_package: String,
    },
    /// An MLS commit.
    Commit {
        /// The call or the consultation.
        call: CallId,
        /// Who made it.
        from: Slot,
        /// The epoch that it closes.
        epoch: u64,
        /// Whom it adds.
        added: Vec<Slot>,
        /// Whom it removes, of those who have left.
        removed: Vec<Slot>,
    },
    /// MLS application data.
    Application {
        /// The call or the consultation.
        call: CallId,
        /// Who sent it.
        from: Slot,
    },
    /// Ring for a call at somebody's consoles, as `Line::next_match` proposed.
    Offer {
        /// A fresh id.
        offer: OfferId,
        /// The call.
        call: CallId,
        /// Who.
        staff: StaffId,
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
    /// What the operator has set.
    Configure {
        /// The lines and who answers them.
        directory: Directory,
    },
    /// An ended call need not be remembered any longer.
    Forget {
        /// Which.
        call: CallId,
    },
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
    /// The first commit must let the caller in, or who is consulted.
    #[error("the first commit of a group adds the one whom it is made for")]
    FirstNotAdded,
    /// A commit adds somebody who does not wait to be let in.
    #[error("the commit adds somebody who does not wait to be let in")]
    AddsNobody,
    /// A commit removes somebody who has not left, or adds somebody as well.
    #[error("the commit removes somebody who has not left, or adds and removes at once")]
    RemovesNobody,
    /// Only for the one in charge.
    #[error("only the one in charge of the call can do that")]
    NotInCharge,
    /// Nobody can be asked.
    #[error("this person cannot be asked now")]
    NotFree,
    /// All seats are taken.
    #[error("all seats of the call are taken")]
    NoSeat,
    /// No such line.
    #[error("no line has this name")]
    UnknownLine,
    /// The line is not open now.
    #[error("this line is not open now; use the telephone")]
    Closed,
    /// The person's training is not valid any longer.
    #[error("your training is not valid any longer; a supervisor can change that")]
    TrainingOver,
    /// The match is not, or no longer, the one to make.
    #[error("this offer cannot be made")]
    NoMatch,
    /// The time has not come.
    #[error("not due yet")]
    NotDue,
}
