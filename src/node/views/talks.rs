//! A call in progress as each of those in it is shown it, and those who help from outside.

use super::{proto_role, seconds};
use crate::{
    core::{
        call::{self, Call, Link},
        ids::{DeviceId, Slot, StaffId},
        line::Line,
        staff::{Desk, Duty},
        talk::{Aside, Invitation, Manner, NotCome, Party, Room, Talk},
        time::Timestamp,
    },
    proto::staff::{self, Asked, Colleague, Consultation, HelpWanted, Participant, Progress, StaffState},
};

/// The state of a console that is in that call, or is consulted beside it.
pub(super) fn state(line: &Line, call: &Call, device: DeviceId) -> Option<StaffState> {
    let talk = call.talk()?;
    if let Some(aside) = talk.aside_of_guest(device) {
        return Some(StaffState::Consulted { consultation: consultation(line, aside, Aside::GUEST) });
    }
    let slot = talk.party_at(device)?.slot;
    let leads = slot == talk.lead;
    let hosted = talk.aside.as_ref().filter(|aside| aside.host.device == device);
    Some(StaffState::OnCall {
        call: staff::Call {
            id: call.id,
            slot,
            participants: participants(line, call, talk),
            help: talk.help.as_ref().filter(|_| leads).map(|help| staff::Help {
                helper: help.helper.as_ref().map(|helper| Colleague {
                    staff: helper.staff,
                    name: helper.name.clone(),
                    role: proto_role(helper.role),
                    free: is_free(line, helper.staff),
                }),
                escalated: help.escalated.is_some(),
            }),
            asked: talk.invitation.as_ref().filter(|_| leads).map(|invitation| asked(line, invitation)),
            consultation: hosted.map(|aside| consultation(line, aside, Aside::HOST)),
        },
    })
}

/// What the console of somebody who is asked to come is told.
pub(super) fn invitation(talk: &Talk, offer: &call::Offer, expires_in_ms: u32) -> Option<staff::Invitation> {
    let lead = talk.party(talk.lead)?;
    Some(staff::Invitation {
        offer: offer.id,
        name: lead.name.clone(),
        role: proto_role(lead.role),
        manner: proto_manner(talk.invitation.as_ref()?.manner),
        expires_in_ms,
    })
}

/// Everybody in the call, by seat.
pub(super) fn participants(line: &Line, call: &Call, talk: &Talk) -> Vec<Participant> {
    let mut all = vec![Participant {
        slot: Slot::CALLER,
        role: staff::Role::Caller,
        name: None,
        connected: call.link.is_up(),
        key_package: talk.group.package(Slot::CALLER).map(str::to_owned),
        lead: false,
        away: false,
        arriving: false,
        left: false,
    }];
    all.extend(talk.parties.iter().map(|party| Participant {
        lead: party.slot == talk.lead && !party.left,
        away: !party.left && talk.is_away(party.slot),
        left: party.left,
        ..participant(line, party, Room::Call(talk))
    }));
    all
}

/// The calls for which help is asked, the one that has waited longest first.
pub(in crate::node) fn help_wanted(line: &Line, now: Timestamp) -> Vec<HelpWanted> {
    let wanted = |call: &Call| {
        let talk = call.talk()?;
        let help = talk.help.as_ref()?;
        let wanted = HelpWanted {
            call: call.id,
            name: talk.party(talk.lead)?.name.clone(),
            since_s: seconds(now, help.since),
            helper: help.helper.as_ref().map(|helper| helper.name.clone()),
            escalated: help.escalated.is_some(),
        };
        Some((help.since, wanted))
    };
    let mut all: Vec<_> = line.busy().filter_map(wanted).collect();
    all.sort_by_key(|(since, wanted)| (*since, wanted.call));
    all.into_iter().map(|(_, wanted)| wanted).collect()
}

/// Who is signed in and can be asked into a call, but for `asker`.
pub(in crate::node) fn colleagues(line: &Line, asker: StaffId) -> Vec<Colleague> {
    let mut all: Vec<Colleague> = Vec::new();
    let there = |desk: &&Desk| desk.link.is_up() && desk.role.joins_calls() && desk.staff != asker;
    for desk in line.desks().filter(there) {
        if all.iter().all(|colleague| colleague.staff != desk.staff) {
            all.push(Colleague {
                staff: desk.staff,
                name: desk.name.clone(),
                role: proto_role(desk.role),
                free: is_free(line, desk.staff),
            });
        }
    }
    all.sort_by(|one, other| (!one.free, &one.name, one.staff).cmp(&(!other.free, &other.name, other.staff)));
    all
}

fn is_free(line: &Line, staff: StaffId) -> bool {
    let mut desks = line.desks().filter(|desk| desk.staff == staff).peekable();
    let free = line
        .desks()
        .any(|desk| desk.staff == staff && desk.link.is_up() && matches!(desk.duty, Duty::Available { .. }));
    desks.peek().is_some() && free && desks.all(|desk| desk.call().is_none())
}

fn consultation(line: &Line, aside: &Aside, slot: Slot) -> Consultation {
    let room = Room::Aside(aside);
    let participants = [&aside.host, &aside.guest].map(|party| participant(line, party, room));
    Consultation { id: aside.id, slot, participants: participants.to_vec() }
}

fn participant(line: &Line, party: &Party, room: Room<'_>) -> Participant {
    let group = room.group();
    Participant {
        slot: party.slot,
        role: proto_role(party.role),
        name: Some(party.name.clone()),
        connected: line.desk(party.device).is_some_and(|desk| desk.link == Link::Up),
        key_package: group.package(party.slot).map(str::to_owned),
        lead: false,
        away: false,
        arriving: group.is_new(party.slot) && room.founders().maker != party.slot,
        left: false,
    }
}

fn asked(line: &Line, invitation: &Invitation) -> Asked {
    let name = |offer: &call::Offer| {
        line.desks().find(|desk| desk.staff == offer.staff).map(|desk| desk.name.clone()).unwrap_or_default()
    };
    let progress = match (&invitation.offer, invitation.failed) {
        (Some(offer), _) => Progress::Ringing { name: name(offer) },
        (None, None) => Progress::Looking,
        (None, Some(NotCome::Passed)) => Progress::Passed,
        (None, Some(NotCome::NoAnswer)) => Progress::NoAnswer,
    };
    Asked { manner: proto_manner(invitation.manner), progress }
}

fn proto_manner(manner: Manner) -> staff::Manner {
    match manner {
        Manner::Consult => staff::Manner::Consult,
        Manner::Join => staff::Manner::Join,
    }
}
