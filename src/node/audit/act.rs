//! What the audit writes down: who did what, when. Ids only.

use serde::{Deserialize, Serialize};

use crate::{
    core::{
        ids::{CallId, DeviceId, FollowUpId, ServiceId, StaffId, TriageId},
        time::Timestamp,
        triage::Step,
    },
    proto::staff::Role,
};

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Who,
    /// What.
    pub did: Did,
    /// In which call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Who {
    /// A member of staff.
    Staff {
        /// The person.
        staff: StaffId,
        /// At which device, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceId>,
    },
    /// Whoever may run commands on this machine.
    Operator,
    /// Whoever holds a one-time link.
    Link,
    /// The line's authority.
    Authority,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Did {
    /// Signed in.
    SignedIn,
    /// Ready to be rung for.
    Available,
    /// Not ready any more.
    Unavailable,
    /// Rests, or makes calls that were promised.
    Paused,
    /// Answered a caller, or came where they were asked.
    Accepted,
    /// Let the next one answer.
    Passed,
    /// Ended the call.
    Ended,
    /// Finished the wrap-up.
    WrappedUp,
    /// Asked for help in silence.
    AskedHelp,
    /// Needed help no longer.
    HelpDone,
    /// Saw to a request for help.
    TookHelp,
    /// Asked somebody to come.
    Invited,
    /// Took that back.
    CancelledInvite,
    /// Brought whoever was consulted into the call.
    BroughtIn,
    /// Ended a consultation.
    EndedConsult,
    /// Handed the call over.
    HandedOver,
    /// Took charge of the call.
    TookCharge,
    /// Left a call that goes on.
    Left,
    /// Let another leave.
    Dismissed,
    /// Saw to a promised talk.
    FollowUp {
        /// How.
        what: FollowUpAct,
        /// Which.
        follow_up: FollowUpId,
    },
    /// Changed an account.
    Account {
        /// How.
        what: Account,
        /// Whose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        staff: Option<StaffId>,
        /// Which device of theirs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceId>,
    },
    /// Changed a line, its hours or forces.
    SetLine {
        /// Which.
        line: String,
    },
    /// Took a line away.
    RemovedLine {
        /// Which.
        line: String,
    },
    /// Saved a week of a line's rota.
    SetRota {
        /// Of which line.
        line: String,
        /// Its Monday.
        week: String,
    },
    /// Set until when somebody's training is valid.
    SetTraining {
        /// Whose.
        staff: StaffId,
    },
    /// Said which lines a member of staff answers.
    Assigned {
        /// Whom.
        staff: StaffId,
    },
    /// Changed an entry of the directory of services: added it, changed it, retired it or brought it back.
    SetService {
        /// Which.
        service: ServiceId,
    },
    /// Did something with a card of triage.
    Triage {
        /// Which.
        card: TriageId,
        /// What.
        step: TriageStep,
    },
    /// Said what coordinators can choose.
    SetTriage,
    /// Did something with a drill. Of what happened in it nothing is written.
    Drill {
        /// What.
        what: DrillAct,
        /// Until when it was to last.
        until: Timestamp,
    },
    /// Took a table of services in.
    ImportedServices {
        /// How many entries were added or changed.
        entries: u32,
    },
}

/// What was done with a drill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrillAct {
    /// It was opened.
    Opened,
    /// It was to last for longer.
    Prolonged,
    /// It was ended.
    Closed,
    /// Its time was over; as whoever said last how long it lasts.
    TimeOver,
    /// It ended because the process did.
    Stopped,
}

/// What was done with a promised talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpAct {
    /// It was promised.
    Booked,
    /// Somebody said what came of it.
    Settled,
    /// Its contact detail was given out, to be read at a device of a clinician.
    ContactRead,
    /// Those who can read its contact detail became more.
    ContactShared,
    /// It was deleted with everything that was kept of it.
    Removed,
}

/// What was done to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// Somebody was invited.
    Invited {
        /// As what.
        role: Role,
    },
    /// A device was enrolled.
    Enrolled {
        /// As what.
        role: Role,
    },
    /// A device took the place of all others of a person who had lost every passkey.
    Recovered,
    /// A person asked for a link for one more device of theirs.
    DeviceInvited,
    /// A person proved themselves with the passkey of a device.
    SignedIn,
    /// A session was ended at its device.
    SignedOut,
    /// A person was shut out, with all their devices and passkeys.
    PersonShutOut,
    /// A device was shut out, with its passkey.
    DeviceShutOut,
    /// A recovery was asked for.
    RecoveryAsked,
    /// One more administrator was asked for.
    AdministratorAsked,
    /// A second administrator confirmed what was asked for.
    Confirmed,
    /// What was asked for was taken back, or refused by a second administrator.
    Withdrawn,
    /// A credential that the authority signed was taken in.
    CredentialTaken,
}

/// What was done with a card of triage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TriageStep {
    /// It was opened.
    Opened,
    /// An agency was asked.
    Tried,
    /// It said something.
    Heard,
    /// The person was handed over.
    HandedOver,
    /// A desk took the person.
    Taken,
    /// The person was there.
    Arrived,
    /// The person did not come.
    NotCome,
    /// The card was closed.
    Closed,
}

impl TriageStep {
    /// What that step is.
    pub(in crate::node) fn of(step: &Step) -> Self {
        match step {
            Step::Try { .. } => Self::Tried,
            Step::Heard(_) => Self::Heard,
            Step::HandOver => Self::HandedOver,
            Step::Close { .. } => Self::Closed,
            Step::Take(_) => Self::Taken,
            Step::Arrived(_) => Self::Arrived,
            Step::NotCome(_) => Self::NotCome,
        }
    }
}

impl Act {
    /// An act upon nobody's account in particular.
    pub fn on_accounts(at: Timestamp, who: Who, what: Account) -> Self {
        Self { at, who, did: Did::Account { what, staff: None, device: None }, call: None }
    }

    /// An act upon that person's account.
    pub fn on_account_of(at: Timestamp, who: Who, what: Account, staff: StaffId) -> Self {
        Self { at, who, did: Did::Account { what, staff: Some(staff), device: None }, call: None }
    }

    /// An act upon that person's account, and in it that device.
    pub fn on_device(at: Timestamp, who: Who, what: Account, staff: StaffId, device: DeviceId) -> Self {
        Self { at, who, did: Did::Account { what, staff: Some(staff), device: Some(device) }, call: None }
    }
}

impl Who {
    /// That person, wherever they are.
    pub fn person(staff: StaffId) -> Self {
        Self::Staff { staff, device: None }
    }

    /// The person, where it is one.
    pub fn staff(self) -> Option<StaffId> {
        match self {
            Self::Staff { staff, .. } => Some(staff),
            Self::Operator | Self::Link | Self::Authority => None,
        }
    }
}
