//! The line as each person is shown it.

use crate::{
    core::{
        call::{Call, Ending, Link, Phase},
        command::Rejection,
        ids::Slot,
        line::Line,
        staff::{Desk, Duty, Role},
        time::Timestamp,
    },
    proto::{
        ErrorCode, ProtocolError,
        caller::{CallerState, EndedBy},
        staff::{self, Participant, QueueState, StaffState},
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
        Phase::Connected { .. } => CallerState::Connected { participants: participants(line, call) },
        Phase::Ended { by, .. } => CallerState::Ended { by: ended_by(*by) },
    }
}

/// A console's state. None when its record contradicts the call's, which `Line::check` rules out.
pub(super) fn staff_state(line: &Line, desk: &Desk, now: Timestamp) -> Option<StaffState> {
    Some(match desk.duty {
        Duty::Unavailable => StaffState::Unavailable,
        Duty::Available { .. } => StaffState::Available,
        Duty::Ringing { call, .. } => {
            let call = line.call(call)?;
            let (offer, place) = (call.offer()?, call.place()?);
            StaffState::Ringing {
                offer: staff::Offer {
                    id: offer.id,
                    call: call.id,
                    waited_s: seconds(now, call.ticket.joined),
                    expires_in_ms: u32::try_from(offer.expires.since(now).as_millis()).unwrap_or(u32::MAX),
                    key_package: place.key_package.clone(),
                },
            }
        }
        Duty::OnCall { call } => {
            let call = line.call(call)?;
            StaffState::OnCall {
                call: staff::Call {
                    id: call.id,
                    slot: Slot::COUNSELLOR,
                    participants: participants(line, call),
                },
            }
        }
        Duty::WrapUp { call, by } => StaffState::WrapUp { call, ended_by: ended_by(by) },
    })
}

/// The line at a glance.
pub(super) fn queue_state(line: &Line, now: Timestamp) -> QueueState {
    QueueState {
        waiting: u32::try_from(line.queue().len()).unwrap_or(u32::MAX),
        longest_wait_s: line.queue().head().map_or(0, |ticket| seconds(now, ticket.joined)),
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

/// What a client is told of a refusal.
pub(super) fn refusal(rejection: Rejection) -> ProtocolError {
    let code = match rejection {
        Rejection::UnknownCall => ErrorCode::UnknownSession,
        Rejection::Full => ErrorCode::Busy,
        Rejection::OtherPerson => ErrorCode::BadCredential,
        Rejection::OfferGone => ErrorCode::OfferGone,
        Rejection::WrongRole | Rejection::NotInCall | Rejection::AddsNobody | Rejection::CallerNotAdded => {
            ErrorCode::NotAllowed
        }
        Rejection::OutOfOrder | Rejection::OutsideGroup => ErrorCode::OutOfOrder,
        Rejection::StaleEpoch => ErrorCode::StaleEpoch,
        Rejection::IdTaken | Rejection::UnknownDesk | Rejection::NoMatch | Rejection::NotDue => {
            ErrorCode::Internal
        }
    };
    ProtocolError { code, text: rejection.to_string() }
}

fn participants(line: &Line, call: &Call) -> Vec<Participant> {
    let Phase::Connected { device, group, .. } = &call.phase else { return Vec::new() };
    let package = |slot| group.package(slot).map(str::to_owned);
    let mut all = vec![Participant {
        slot: Slot::CALLER,
        role: staff::Role::Caller,
        name: None,
        connected: call.link.is_up(),
        key_package: package(Slot::CALLER),
    }];
    all.extend(line.desk(*device).map(|desk| Participant {
        slot: Slot::COUNSELLOR,
        role: proto_role(desk.role),
        name: Some(desk.name.clone()),
        connected: desk.link == Link::Up,
        key_package: package(Slot::COUNSELLOR),
    }));
    all
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
