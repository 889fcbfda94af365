//! The line as each person is shown it.

pub(super) mod talks;

use crate::{
    core::{
        call::{Call, Ending, Phase},
        command::Rejection,
        directory::{Helpline, LineName},
        line::Line,
        queue::Priority,
        staff::{Desk, Duty, Pause, Role},
        time::Timestamp,
    },
    proto::{
        ErrorCode, ProtocolError,
        caller::{CallerState, EndedBy, LineStatus},
        follow_ups::Came,
        staff::{self, QueueState, StaffState},
    },
};

/// A caller's state. `ahead` counts only while the caller waits.
pub(super) fn caller_state(line: &Line, call: &Call, on_shift: bool, ahead: usize) -> CallerState {
    match &call.phase {
        Phase::Waiting { .. } | Phase::Offered { .. } => CallerState::Waiting {
            ahead: u32::try_from(ahead).unwrap_or(u32::MAX),
            ringing: call.offer().is_some(),
            on_shift,
        },
        Phase::Connected(talk) => {
            CallerState::Connected { participants: talks::participants(line, call, talk) }
        }
        Phase::Ended { by, .. } => CallerState::Ended { by: ended_by(*by) },
    }
}

/// The operator's lines, as a page that has not joined is told of them.
pub(super) fn lines(line: &Line, now: Timestamp) -> Vec<LineStatus> {
    let status = |(name, helpline): (&LineName, &Helpline)| LineStatus {
        line: name.clone(),
        title: helpline.title.clone(),
        open: helpline.is_open(now),
        on_shift: line.is_served(name),
        forces: helpline.forces_at(now).map(|force| force.name.clone()).collect(),
    };
    line.directory().lines().map(status).collect()
}

/// A console's state. None when its record contradicts the call's, which `Line::check` rules out.
pub(super) fn staff_state(line: &Line, desk: &Desk, now: Timestamp) -> Option<StaffState> {
    Some(match desk.duty {
        Duty::Unavailable => StaffState::Unavailable,
        Duty::Available { .. } => StaffState::Available,
        Duty::Ringing { call, .. } => {
            let call = line.call(call)?;
            let offer = call.offer()?;
            let expires_in_ms = u32::try_from(offer.expires.since(now).as_millis()).unwrap_or(u32::MAX);
            match call.talk() {
                Some(talk) => {
                    StaffState::Invited { invitation: talks::invitation(talk, offer, expires_in_ms)? }
                }
                None => StaffState::Ringing {
                    offer: staff::Offer {
                        id: offer.id,
                        call: call.id,
                        line: call.line.clone(),
                        came: came(call),
                        waited_s: seconds(now, call.ticket.joined),
                        expires_in_ms,
                        key_package: call.place()?.key_package.clone(),
                    },
                },
            }
        }
        Duty::OnCall { call } => talks::state(line, line.call(call)?, desk.device)?,
        Duty::WrapUp { call, by } => {
            let asked = by.is_some() && desk.after.is_some() && !desk.coded;
            let fields = if asked { code_fields(line) } else { Vec::new() };
            StaffState::WrapUp { call, ended_by: by.map(ended_by), fields }
        }
        Duty::Paused { why, since } => {
            StaffState::Paused { why: proto_pause(why), since_s: seconds(now, since) }
        }
    })
}

fn code_fields(line: &Line) -> Vec<staff::CodeField> {
    let fields = line.rules().fields.iter();
    fields
        .map(|field| staff::CodeField { title: field.title.clone(), answers: field.answers.clone() })
        .collect()
}

fn came(call: &Call) -> Came {
    match (call.follow_up, call.priority) {
        (Some(_), _) => Came::FollowUp,
        (None, Priority::First) => Came::Again,
        (None, Priority::Normal) => Came::New,
    }
}

/// The line at a glance.
pub(super) fn queue_state(line: &Line, now: Timestamp) -> QueueState {
    QueueState {
        waiting: u32::try_from(line.queue().len()).unwrap_or(u32::MAX),
        longest_wait_s: line.queue().oldest().map_or(0, |ticket| seconds(now, ticket.joined)),
    }
}

/// A role as the protocol names it.
pub(super) fn proto_role(role: Role) -> staff::Role {
    match role {
        Role::Counsellor => staff::Role::Counsellor,
        Role::Clinician => staff::Role::Clinician,
        Role::Supervisor => staff::Role::Supervisor,
        Role::Coordinator => staff::Role::Coordinator,
        Role::Commissioner => staff::Role::Commissioner,
        Role::Administrator => staff::Role::Administrator,
    }
}

/// A role of staff; none for a caller.
pub(super) fn core_role(role: staff::Role) -> Option<Role> {
    match role {
        staff::Role::Caller => None,
        staff::Role::Counsellor => Some(Role::Counsellor),
        staff::Role::Clinician => Some(Role::Clinician),
        staff::Role::Supervisor => Some(Role::Supervisor),
        staff::Role::Coordinator => Some(Role::Coordinator),
        staff::Role::Commissioner => Some(Role::Commissioner),
        staff::Role::Administrator => Some(Role::Administrator),
    }
}

/// A pause as the core names it.
pub(super) fn core_pause(why: staff::Pause) -> Pause {
    match why {
        staff::Pause::Break => Pause::Break,
        staff::Pause::Debrief => Pause::Debrief,
        staff::Pause::FollowUp => Pause::FollowUp,
    }
}

fn proto_pause(why: Pause) -> staff::Pause {
    match why {
        Pause::Break => staff::Pause::Break,
        Pause::Debrief => staff::Pause::Debrief,
        Pause::FollowUp => staff::Pause::FollowUp,
    }
}

/// What a client is told of a refusal.
pub(super) fn refusal(rejection: Rejection) -> ProtocolError {
    let code = match rejection {
        Rejection::UnknownCall => ErrorCode::UnknownSession,
        Rejection::Full => ErrorCode::Busy,
        Rejection::OtherPerson => ErrorCode::BadCredential,
        Rejection::OfferGone => ErrorCode::OfferGone,
        Rejection::WrongRole
        | Rejection::NotInCall
        | Rejection::NotInCharge
        | Rejection::AddsNobody
        | Rejection::RemovesNobody
        | Rejection::FirstNotAdded => ErrorCode::NotAllowed,
        Rejection::NotFree | Rejection::NoSeat => ErrorCode::NotFree,
        Rejection::UnknownLine | Rejection::Closed => ErrorCode::Closed,
        Rejection::TrainingOver => ErrorCode::TrainingOver,
        Rejection::OutOfOrder | Rejection::OutsideGroup => ErrorCode::OutOfOrder,
        Rejection::StaleEpoch => ErrorCode::StaleEpoch,
        Rejection::IdTaken | Rejection::UnknownDesk | Rejection::NoMatch | Rejection::NotDue => {
            ErrorCode::Internal
        }
    };
    ProtocolError { code, text: rejection.to_string() }
}

fn ended_by(ending: Ending) -> EndedBy {
    match ending {
        Ending::Caller => EndedBy::Caller,
        Ending::QuickExit => EndedBy::QuickExit,
        Ending::Counsellor => EndedBy::Counsellor,
        Ending::Lost => EndedBy::Lost,
    }
}

fn seconds(now: Timestamp, earlier: Timestamp) -> u32 {
    u32::try_from(now.since(earlier).as_secs()).unwrap_or(u32::MAX)
}
