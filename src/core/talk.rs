//! A call with a counsellor: who is in it, who is in charge, who is asked to come, and who is consulted beside it.
//!
//! Up to three members of staff sit with the caller, each in a seat of their own. A consultation is a room beside the call
//! with an id, a group and a log of its own, so that whoever is consulted is in no room with the caller.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    call::Offer,
    group::{Founders, Group},
    ids::{CallId, DeviceId, OfferId, Slot, StaffId},
    staff::{Desk, Role},
    time::Timestamp,
};

/// A call with a counsellor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talk {
    /// Since when.
    pub since: Timestamp,
    /// The seat of the one in charge: who invites, hands over, ends.
    pub lead: Slot,
    /// The members of staff in the call, and those who have left while their leaf is still in the group. By seat.
    pub parties: Vec<Party>,
    /// The call's MLS group, as far as the server orders it.
    pub group: Group,
    /// The help that the one in charge asks for, which neither the caller nor anybody else in the call is told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<Help>,
    /// Who is asked to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invitation>,
    /// Who is consulted beside the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aside: Option<Aside>,
}

/// A member of staff in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Their seat.
    pub slot: Slot,
    /// Their device.
    pub device: DeviceId,
    /// Who they are.
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The offer that they accepted.
    pub offer: OfferId,
    /// They have left, and their leaf is still in the group.
    #[serde(default)]
    pub left: bool,
}

/// Help that is asked for in silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Help {
    /// Since when.
    pub since: Timestamp,
    /// Who said that they see to it.
    pub helper: Option<Helper>,
    /// When it was asked for more loudly, because nobody had seen to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalated: Option<Timestamp>,
}

/// Who sees to a request for help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Helper {
    /// Who.
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
}

/// Who is asked to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Wanted {
    /// The next one of that role who is free.
    Next {
        /// The role.
        role: Role,
    },
    /// That person.
    Person {
        /// Who.
        staff: StaffId,
    },
}

/// What somebody is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Manner {
    /// To talk with the one in charge alone, beside the call.
    Consult,
    /// To join the call, announced.
    Join,
}

/// Somebody is asked to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Who.
    pub wanted: Wanted,
    /// For what.
    pub manner: Manner,
    /// Since when.
    pub since: Timestamp,
    /// Whose consoles ring now.
    pub offer: Option<Offer>,
    /// Who passed or missed it, and until when they are not asked again.
    pub declined: BTreeMap<StaffId, Timestamp>,
    /// Why it came to nothing: the person who was wanted did not come.
    pub failed: Option<NotCome>,
}

/// Why somebody who was asked did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotCome {
    /// They passed.
    Passed,
    /// They did not answer.
    NoAnswer,
}

/// A consultation beside the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// The room's id: of its group, its log and its media.
    pub id: CallId,
    /// Since when.
    pub since: Timestamp,
    /// The one in charge of the call, in slot 1.
    pub host: Party,
    /// Who is consulted, in slot 2.
    pub guest: Party,
    /// The room's group.
    pub group: Group,
}

/// A room: a call, or a consultation beside it.
#[derive(Debug, Clone, Copy)]
pub enum Room<'a> {
    /// A call with the caller in it.
    Call(&'a Talk),
    /// A consultation.
    Aside(&'a Aside),
}

impl Aside {
    /// The seat of whoever consults.
    pub const HOST: Slot = Slot::COUNSELLOR;
    /// The seat of whoever is consulted.
    pub const GUEST: Slot = Slot::GUEST;
}

impl Party {
    pub(super) fn new(slot: Slot, desk: &Desk, offer: OfferId) -> Self {
        Self {
            slot,
            device: desk.device,
            staff: desk.staff,
            name: desk.name.clone(),
            role: desk.role,
            offer,
            left: false,
        }
    }
}

impl Talk {
    /// The members of staff who are in the call now.
    pub fn present(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| !party.left)
    }

    /// Whoever sits there now.
    pub fn party(&self, slot: Slot) -> Option<&Party> {
        self.present().find(|party| party.slot == slot)
    }

    /// The party at that device that is in the call now.
    pub fn party_at(&self, device: DeviceId) -> Option<&Party> {
        self.present().find(|party| party.device == device)
    }

    /// Whether the one in charge is at that device.
    pub fn is_led_by(&self, device: DeviceId) -> bool {
        self.party(self.lead).is_some_and(|party| party.device == device)
    }

    /// The consultation, if that device is in it as the one who is consulted.
    pub fn aside_of_guest(&self, device: DeviceId) -> Option<&Aside> {
        self.aside.as_ref().filter(|aside| aside.guest.device == device)
    }

    /// The devices of everybody in the call or in the consultation.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.present().chain(self.aside.iter().map(|aside| &aside.guest)).map(|party| party.device)
    }

    /// A seat that nobody sits in, and in which nobody's leaf is left.
    pub fn free_seat(&self) -> Option<Slot> {
        Slot::all().find(|slot| *slot != Slot::CALLER && self.parties.iter().all(|party| party.slot != *slot))
    }

    /// The offer that rings for this call.
    pub fn ringing(&self) -> Option<&Offer> {
        self.invitation.as_ref()?.offer.as_ref()
    }

    /// Whether the one in that seat talks with somebody else beside the call.
    pub fn is_away(&self, slot: Slot) -> bool {
        let host = self.aside.as_ref().map(|aside| aside.host.device);
        host.is_some() && self.party(slot).map(|party| party.device) == host
    }

    /// Forgets those who have left and whose leaf is gone.
    pub(super) fn forget_leavers(&mut self) {
        let group = &self.group;
        self.parties.retain(|party| !party.left || group.holds_leaver(party.slot));
    }
}

impl<'a> Room<'a> {
    /// The room's group.
    pub fn group(self) -> &'a Group {
        match self {
            Self::Call(talk) => &talk.group,
            Self::Aside(aside) => &aside.group,
        }
    }

    /// The seat of that device in the room.
    pub fn seat(self, device: DeviceId) -> Option<Slot> {
        match self {
            Self::Call(talk) => talk.party_at(device).map(|party| party.slot),
            Self::Aside(aside) => [&aside.host, &aside.guest]
                .into_iter()
                .find(|party| party.device == device)
                .map(|party| party.slot),
        }
    }

    /// The members of staff who are in the room now.
    pub fn parties(self) -> Vec<&'a Party> {
        match self {
            Self::Call(talk) => talk.present().collect(),
            Self::Aside(aside) => vec![&aside.host, &aside.guest],
        }
    }

    /// Who makes the room's group, and for whom.
    pub fn founders(self) -> Founders {
        match self {
            Self::Call(talk) => Founders { maker: talk.lead, first: Slot::CALLER },
            Self::Aside(_) => Founders { maker: Aside::HOST, first: Aside::GUEST },
        }
    }
}
