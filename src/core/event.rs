//! What comes of a command.

use super::{
    call::{Ending, Offer, SessionHash},
    directory::{Directory, LineName, Skill},
    figures::Heard,
    follow_up::Booked,
    ids::{CallId, DeviceId, OfferId, Slot, StaffId},
    queue::{Priority, Ticket},
    staff::{Duty, Role},
    talk::{Helper, Invitation, NotCome},
    time::Timestamp,
};

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
        /// What comes before the order of arrival.
        priority: Priority,
        /// The line.
        line: LineName,
        /// What the counsellor should be able to do.
        skill: Option<Skill>,
        /// The KeyPackage.
        key_package: String,
        /// The follow-up that the caller comes back for.
        follow_up: Option<Booked>,
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
    /// A caller whose counsellor was lost is in the queue again, on the same ticket, before those who have not been answered.
    /// Whoever was in the call wraps up.
    Requeued {
        /// Who.
        call: CallId,
        /// A fresh KeyPackage.
        key_package: String,
    },
    /// A participant waits to be let into the group with this KeyPackage.
    Packaged {
        /// The call or the consultation.
        call: CallId,
        /// Who.
        slot: Slot,
        /// The KeyPackage.
        key_package: String,
    },
    /// Somebody's consoles ring: for a caller, or for somebody who is asked to come.
    Offered {
        /// The call.
        call: CallId,
        /// The offer.
        offer: Offer,
    },
    /// One of several consoles rings no longer; the others do.
    Quieted {
        /// The call.
        call: CallId,
        /// Which.
        device: DeviceId,
        /// What is done there now.
        then: Duty,
    },
    /// An offer is over without an answer. A caller is back in the queue on the same ticket.
    Withdrawn {
        /// The call.
        call: CallId,
        /// Why.
        why: Withdrawal,
        /// Until when this person is not offered this call again.
        rest_until: Timestamp,
        /// What is done now at the consoles that rang.
        then: Vec<After>,
    },
    /// A caller is with a counsellor.
    Answered {
        /// The caller.
        call: CallId,
        /// At which console.
        device: DeviceId,
        /// When.
        at: Timestamp,
    },
    /// The one in charge asks for help in silence.
    HelpAsked {
        /// The call.
        call: CallId,
        /// When.
        at: Timestamp,
    },
    /// Nobody has seen to it in time: it is asked for more loudly.
    HelpEscalated {
        /// The call.
        call: CallId,
        /// When.
        at: Timestamp,
    },
    /// Somebody sees to it.
    HelpTaken {
        /// The call.
        call: CallId,
        /// Who.
        helper: Helper,
    },
    /// Help is needed no longer.
    HelpDone {
        /// The call.
        call: CallId,
    },
    /// Somebody is asked to come.
    Invited {
        /// The call.
        call: CallId,
        /// Who, and for what.
        invitation: Invitation,
    },
    /// The one who was asked does not come.
    InviteFailed {
        /// The call.
        call: CallId,
        /// Why.
        why: NotCome,
    },
    /// Nobody need come any longer.
    InviteCancelled {
        /// The call.
        call: CallId,
    },
    /// Somebody has joined the call, announced. Their leaf is not in the group yet.
    Seated {
        /// The call.
        call: CallId,
        /// At which console.
        device: DeviceId,
        /// Where.
        slot: Slot,
    },
    /// The one in charge talks with somebody beside the call.
    Consulted {
        /// The call.
        call: CallId,
        /// The console of the one who is consulted.
        device: DeviceId,
        /// The consultation's id.
        aside: CallId,
        /// When.
        at: Timestamp,
    },
    /// The one who was consulted is in the call, announced.
    BroughtIn {
        /// The call.
        call: CallId,
        /// Where.
        slot: Slot,
    },
    /// The consultation is over.
    ConsultEnded {
        /// The call.
        call: CallId,
    },
    /// Another one is in charge.
    LeadChanged {
        /// The call.
        call: CallId,
        /// Where they sit.
        lead: Slot,
    },
    /// A member of staff has left the call, which goes on. Their leaf is in the group until a commit removes it.
    Left {
        /// The call.
        call: CallId,
        /// Where they sat.
        slot: Slot,
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
    /// A member of staff does something else now.
    DutyChanged {
        /// Where.
        device: DeviceId,
        /// What.
        duty: Duty,
    },
    /// Somebody has said of the call that they wrap up what they may say of it.
    Coded {
        /// Where.
        device: DeviceId,
        /// The number of the answer to each of the operator's questions.
        chosen: Vec<Option<u32>>,
    },
    /// A console has said how the call sounded that is wrapped up there.
    Heard {
        /// Where.
        device: DeviceId,
        /// For how long how, together no longer than the call was.
        heard: Heard,
    },
    /// A commit was taken.
    Committed {
        /// The call or the consultation.
        call: CallId,
        /// Who made it.
        from: Slot,
        /// The epoch that it closed.
        epoch: u64,
        /// Whom it added.
        added: Vec<Slot>,
        /// Whom it removed.
        removed: Vec<Slot>,
        /// Its number in the log.
        seq: u64,
    },
    /// Application data was taken.
    Sent {
        /// The call or the consultation.
        call: CallId,
        /// Its number in the log.
        seq: u64,
    },
    /// The operator has set something.
    Configured {
        /// The lines and who answers them.
        directory: Directory,
    },
}

/// What is done at a console that rang and rings no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct After {
    /// Where.
    pub device: DeviceId,
    /// What.
    pub duty: Duty,
    /// How many offers in a row were let expire there.
    pub misses: u32,
}

/// Why an offer ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withdrawal {
    /// They passed.
    Passed,
    /// Nobody answered in time.
    Expired,
    /// The console was lost.
    ConsoleLost,
    /// Nobody need come any longer.
    Cancelled,
}

impl Event {
    /// Whether it must be durable before anybody hears of it. Connections are not: a restart loses them all. What the
    /// operator sets comes from the ledger.
    pub fn is_durable(&self) -> bool {
        !matches!(
            self,
            Self::CallerLost { .. }
                | Self::CallerBack { .. }
                | Self::SignedIn { .. }
                | Self::DeskLost { .. }
                | Self::Configured { .. }
        )
    }

    /// The call or the consultation that it is about.
    pub fn call(&self) -> Option<CallId> {
        match self {
            Self::Joined { call, .. }
            | Self::CallerLost { call, .. }
            | Self::CallerBack { call }
            | Self::Requeued { call, .. }
            | Self::Packaged { call, .. }
            | Self::Offered { call, .. }
            | Self::Quieted { call, .. }
            | Self::Withdrawn { call, .. }
            | Self::Answered { call, .. }
            | Self::HelpAsked { call, .. }
            | Self::HelpEscalated { call, .. }
            | Self::HelpTaken { call, .. }
            | Self::HelpDone { call }
            | Self::Invited { call, .. }
            | Self::InviteFailed { call, .. }
            | Self::InviteCancelled { call }
            | Self::Seated { call, .. }
            | Self::Consulted { call, .. }
            | Self::BroughtIn { call, .. }
            | Self::ConsultEnded { call }
            | Self::LeadChanged { call, .. }
            | Self::Left { call, .. }
            | Self::Ended { call, .. }
            | Self::Forgotten { call }
            | Self::Committed { call, .. }
            | Self::Sent { call, .. } => Some(*call),
            Self::SignedIn { .. }
            | Self::DeskLost { .. }
            | Self::DeskClosed { .. }
            | Self::DutyChanged { .. }
            | Self::Coded { .. }
            | Self::Heard { .. }
            | Self::Configured { .. } => None,
        }
    }

    /// The consoles that it names.
    pub fn devices(&self) -> Vec<DeviceId> {
        match self {
            Self::Offered { offer, .. } => offer.devices.iter().copied().collect(),
            Self::Withdrawn { then, .. } => then.iter().map(|after| after.device).collect(),
            Self::Quieted { device, .. }
            | Self::Answered { device, .. }
            | Self::Seated { device, .. }
            | Self::Consulted { device, .. }
            | Self::SignedIn { device, .. }
            | Self::DeskLost { device, .. }
            | Self::DeskClosed { device }
            | Self::DutyChanged { device, .. }
            | Self::Coded { device, .. }
            | Self::Heard { device, .. } => vec![*device],
            _ => Vec::new(),
        }
    }

    /// The offer that it makes.
    pub fn offer(&self) -> Option<OfferId> {
        match self {
            Self::Offered { offer, .. } => Some(offer.id),
            _ => None,
        }
    }
}
