//! A member of staff at a console.

use serde::{Deserialize, Serialize};

use super::{
    call::{Ending, Link},
    directory::LineName,
    ids::{CallId, DeviceId, OfferId, StaffId},
    time::Timestamp,
};

/// One signed-in console. A person may have several; only one of them is ever engaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The device.
    pub device: DeviceId,
    /// Whose it is.
    pub staff: StaffId,
    /// The first name under which callers know this person.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The console's connection. Not durable.
    #[serde(skip)]
    pub link: Link,
    /// What this person does here.
    pub duty: Duty,
    /// Offers in a row that were let expire.
    pub misses: u32,
    /// The line of the call after which this person wraps up: the wrap-up may outlive the call's record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<LineName>,
    /// Whether they have said what they may say of that call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coded: bool,
    /// How long that call was, seconds, until they have said how it sounded; none of a call that goes on without them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talked_s: Option<u32>,
}

/// Roles of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Answers and supports.
    Counsellor,
    /// Is consulted, joins announced.
    Clinician,
    /// Runs the shift.
    Supervisor,
    /// Sends control-room calls to the right agency.
    Coordinator,
    /// Funds the service: sees suppressed totals only.
    Commissioner,
    /// Accounts, forces in scope, directory, configuration: no call, no contact detail.
    Administrator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 6] = [
        Self::Counsellor,
        Self::Clinician,
        Self::Supervisor,
        Self::Coordinator,
        Self::Commissioner,
        Self::Administrator,
    ];

    /// Whether people of this role can be in a call: they have a desk on the line and a credential that callers see.
    pub const fn joins_calls(self) -> bool {
        matches!(self, Self::Counsellor | Self::Clinician | Self::Supervisor)
    }
}

/// What a person does at a console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "duty", rename_all = "snake_case")]
pub enum Duty {
    /// Not taking callers.
    Unavailable,
    /// Ready.
    Available {
        /// Since when: the one who has waited longest gets the next caller.
        since: Timestamp,
    },
    /// A caller is offered.
    Ringing {
        /// The caller.
        call: CallId,
        /// The offer.
        offer: OfferId,
        /// Since when this person had been ready.
        idle_since: Timestamp,
    },
    /// In a call.
    OnCall {
        /// The call.
        call: CallId,
    },
    /// After a call.
    WrapUp {
        /// The call that ended, or that goes on without this person.
        call: CallId,
        /// Who ended it; none when it goes on.
        by: Option<Ending>,
    },
    /// At work, and not to be rung for. Nobody but this person ends it.
    Paused {
        /// For what.
        why: Pause,
        /// Since when.
        since: Timestamp,
    },
}

/// What a person who is not to be rung for does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// A break.
    Break,
    /// A protected rest after a hard call.
    Debrief,
    /// Calls that were promised.
    FollowUp,
}

impl Role {
    /// Whether callers who wait are offered to it.
    pub fn answers_callers(self) -> bool {
        self == Self::Counsellor
    }

    /// Whether it is told when a counsellor asks for help.
    pub fn gives_help(self) -> bool {
        matches!(self, Self::Clinician | Self::Supervisor)
    }
}

impl Desk {
    /// The call that is offered here, that this person is in, or that they are consulted on.
    pub fn call(&self) -> Option<CallId> {
        match self.duty {
            Duty::Ringing { call, .. } | Duty::OnCall { call } => Some(call),
            Duty::Unavailable | Duty::Available { .. } | Duty::WrapUp { .. } | Duty::Paused { .. } => None,
        }
    }

    /// Whether this person has their hands full here, and so is rung for at no console. A wrap-up or a pause left open on a
    /// console that is gone binds nobody.
    pub(super) fn engages(&self) -> bool {
        match self.duty {
            Duty::Ringing { .. } | Duty::OnCall { .. } => true,
            Duty::WrapUp { .. } | Duty::Paused { .. } => self.link.is_up(),
            Duty::Available { .. } | Duty::Unavailable => false,
        }
    }

    /// Whether somebody works here who answers callers: what "on shift" means.
    pub fn is_on_shift(&self) -> bool {
        self.role.answers_callers()
            && match self.duty {
                Duty::Unavailable | Duty::Paused { .. } => false,
                Duty::Available { .. } | Duty::Ringing { .. } => true,
                Duty::OnCall { .. } | Duty::WrapUp { .. } => self.link.is_up(),
            }
    }

    /// Whether this console can ring.
    pub(super) fn is_free(&self) -> bool {
        matches!(self.duty, Duty::Available { .. }) && self.link.is_up()
    }
}
