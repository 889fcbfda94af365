//! Calls as members of staff see them: offers, who takes part, who is asked to come, consultations, help.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{super::follow_ups, Role};
use crate::core::{
    directory::LineName,
    ids::{CallId, OfferId, Slot, StaffId},
};

/// What somebody is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// To talk with the one in charge alone, beside the call.
    Consult,
    /// To join the call, announced.
    Join,
}

/// Who is asked to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "who", rename_all = "snake_case", deny_unknown_fields)]
pub enum Whom {
    /// The next one of that role who is free, now or later.
    Next {
        /// `clinician`, `supervisor` or `counsellor`.
        role: Role,
    },
    /// That person, who must be free now.
    Person {
        /// Who, as `colleagues` names them.
        #[ts(type = "string")]
        staff: StaffId,
    },
}

/// Somebody is asked to come, as their console sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Invitation {
    /// What an answer names.
    #[ts(type = "string")]
    pub offer: OfferId,
    /// Who asks.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// For what.
    pub manner: Manner,
    /// How long it still stands, milliseconds.
    pub expires_in_ms: u32,
}

/// A consultation beside a call: two members of staff, alone. A room with a group, a log and media of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Consultation {
    /// What requests name, and the MLS group id.
    #[ts(type = "string")]
    pub id: CallId,
    /// This device's seat: 1 for the one who consults and makes the group, 2 for the one who is consulted.
    #[ts(type = "number")]
    pub slot: Slot,
    /// The two.
    pub participants: Vec<Participant>,
}

/// The help that the one in charge asks for, as they see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Help {
    /// Who sees to it, if somebody does yet.
    pub helper: Option<Colleague>,
    /// Whether it was made more loudly, because nobody had seen to it.
    pub escalated: bool,
}

/// Whom the one in charge asks to come, as they see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Asked {
    /// For what.
    pub manner: Manner,
    /// How far it is.
    pub progress: Progress,
}

/// How far it is with somebody who was asked to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Progress {
    /// Nobody is free yet.
    Looking,
    /// It rings.
    Ringing {
        /// At whose console.
        name: String,
    },
    /// The person who was asked passed.
    Passed,
    /// The person who was asked did not answer.
    NoAnswer,
}

/// A call for which help is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HelpWanted {
    /// The call, for `take_help`.
    #[ts(type = "string")]
    pub call: CallId,
    /// Who asks.
    pub name: String,
    /// How long ago, seconds.
    pub since_s: u32,
    /// Who sees to it.
    pub helper: Option<String>,
    /// Whether nobody had seen to it in time, so that it is made more loudly.
    pub escalated: bool,
}

/// A member of staff who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Colleague {
    /// Who, for `invite`.
    #[ts(type = "string")]
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// Whether they can be rung for now.
    pub free: bool,
}

/// One caller offered to one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Offer {
    /// What an answer names.
    #[ts(type = "string")]
    pub id: OfferId,
    /// The call it would open.
    #[ts(type = "string")]
    pub call: CallId,
    /// The line that was called.
    #[ts(type = "string")]
    pub line: LineName,
    /// How the caller has come.
    pub came: follow_ups::Came,
    /// How long the caller has waited, seconds.
    pub waited_s: u32,
    /// How long the offer still stands, milliseconds.
    pub expires_in_ms: u32,
    /// The caller's KeyPackage, so that the group can be made ready while it rings.
    pub key_package: String,
}

/// A call in progress, as a member of staff in it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Call {
    /// The call, and the MLS group id.
    #[ts(type = "string")]
    pub id: CallId,
    /// This device's seat.
    #[ts(type = "number")]
    pub slot: Slot,
    /// Everyone in the call, by slot.
    pub participants: Vec<Participant>,
    /// The help that is asked for; only to the one in charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub help: Option<Help>,
    /// Who is asked to come; only to the one in charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub asked: Option<Asked>,
    /// The consultation beside the call; only to the one who consults. Until it is over the caller must not be sent the
    /// microphone's sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub consultation: Option<Consultation>,
}

/// One person in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Participant {
    /// Their seat.
    #[ts(type = "number")]
    pub slot: Slot,
    /// Their role.
    pub role: Role,
    /// Their name as the server knows it; none for a caller. Only the MLS credential proves it.
    pub name: Option<String>,
    /// False while their connection is lost and their place is held.
    pub connected: bool,
    /// The KeyPackage with which they wait to be let into the group (new, or back after a reload). Whoever is in the
    /// group and in the lowest slot commits them in. None once a commit has added them.
    pub key_package: Option<String>,
    /// True for the one in charge of the call.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub lead: bool,
    /// True while they talk with somebody else beside the call, and nothing of them is heard here.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub away: bool,
    /// True when they have just come and have not published a KeyPackage yet: they are not in the group.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub arriving: bool,
    /// True when they have left the call: they are sent nothing any more, and a commit that names their slot in `removed`
    /// is still to come. Whoever is in the group and in the lowest slot makes it.
    #[serde(default, skip_serializing_if = "is_false")]
    #[ts(as = "Option<bool>", optional)]
    pub left: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}
