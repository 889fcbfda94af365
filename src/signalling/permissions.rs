//! Which act of the permission table each message of the staff protocol is. Without a wildcard, so that a new message does not
//! compile before somebody has decided.

use super::line::Which;
use crate::{
    core::{
        permissions::{Act, may},
        staff::Role,
    },
    proto::{
        ErrorCode, ProtocolError,
        drill::Request as Drill,
        figures::Request as Figures,
        follow_ups::Request as FollowUp,
        office::Request as Office,
        services::Request as Services,
        shift::Request as Shift,
        staff::{self, Request},
        triage::Request as Triage,
    },
};

/// Refuses what that role may not ask, there.
pub(super) fn check(role: staff::Role, line: Which, request: &Request) -> Result<(), ProtocolError> {
    let act = act(request);
    if !of_staff(role).is_some_and(|role| may(role, act)) {
        return Err(ErrorCode::NotAllowed.because("Your role does not allow this."));
    }
    if line == Which::Drill && (is_real(act) || matches!(request, Request::Office { .. })) {
        return Err(
            ErrorCode::NotAllowed.because("In a drill this cannot be changed: do it on the real line.")
        );
    }
    Ok(())
}

/// Refuses those who take no part in drills.
pub(super) fn check_may_practise(role: staff::Role) -> Result<(), ProtocolError> {
    if of_staff(role).is_some_and(|role| may(role, Act::Practise)) {
        Ok(())
    } else {
        Err(ErrorCode::NotAllowed.because("Your role takes no part in calls, nor in drills."))
    }
}

/// Whether that changes, or shows, what is of the real line alone. Without a wildcard, as below.
fn is_real(act: Act) -> bool {
    match act {
        Act::EditRota
        | Act::SetTraining
        | Act::SeeAccounts
        | Act::ManageAccounts
        | Act::ConfirmAsSecond
        | Act::CarryCredentials
        | Act::KeepServices => true,
        Act::Own
        | Act::BeRung
        | Act::TakePart
        | Act::GiveHelp
        | Act::WatchShift
        | Act::SeeOwnShift
        | Act::SeeToFollowUps
        | Act::ReadContacts
        | Act::SeeFigures
        | Act::SeeReleases
        | Act::SearchServices
        | Act::Triage
        | Act::TakeExpected
        | Act::Practise
        | Act::RunDrill
        | Act::SeeTriage => false,
    }
}

/// What that message asks for.
pub(super) fn act(request: &Request) -> Act {
    match request {
        Request::SignIn { .. }
        | Request::Enter { .. }
        | Request::SignOut
        | Request::Credential
        | Request::Ping => Act::Own,
        Request::Available
        | Request::Unavailable
        | Request::Pause { .. }
        | Request::Accept { .. }
        | Request::Pass { .. } => Act::BeRung,
        Request::TakeHelp { .. } => Act::GiveHelp,
        Request::Media { .. }
        | Request::CheckPath { .. }
        | Request::KeyPackage { .. }
        | Request::Mls { .. }
        | Request::Say { .. }
        | Request::AskHelp { .. }
        | Request::HelpDone { .. }
        | Request::Colleagues
        | Request::Invite { .. }
        | Request::CancelInvite { .. }
        | Request::BringIn { .. }
        | Request::EndConsult { .. }
        | Request::HandOver { .. }
        | Request::TakeCharge { .. }
        | Request::LeaveCall { .. }
        | Request::Dismiss { .. }
        | Request::End { .. }
        | Request::WrapUpDone { .. }
        | Request::CodeWrapUp { .. }
        | Request::Quality { .. } => Act::TakePart,
        Request::FollowUps { ask } => match ask {
            FollowUp::Book { .. }
            | FollowUp::List
            | FollowUp::Settle { .. }
            | FollowUp::Remove { .. }
            | FollowUp::ContactKeys => Act::SeeToFollowUps,
            FollowUp::OfferContactKey { .. }
            | FollowUp::ReadContact { .. }
            | FollowUp::ShareContact { .. } => Act::ReadContacts,
        },
        Request::Shift { ask } => match ask {
            Shift::Watch { .. } | Shift::Gaps => Act::WatchShift,
            Shift::Mine | Shift::Rota { .. } => Act::SeeOwnShift,
            Shift::SetRota { .. } | Shift::CopyRota { .. } => Act::EditRota,
            Shift::Training | Shift::SetTraining { .. } => Act::SetTraining,
        },
        Request::Office { ask } => match ask {
            Office::OneMoreDevice { .. } => Act::Own,
            Office::Accounts => Act::SeeAccounts,
            Office::Invite { .. }
            | Office::ShutOutPerson { .. }
            | Office::ShutOutDevice { .. }
            | Office::Recover { .. }
            | Office::Withdraw { .. } => Act::ManageAccounts,
            Office::Confirm { .. } => Act::ConfirmAsSecond,
            Office::CredentialRequests | Office::TakeCredentials { .. } => Act::CarryCredentials,
        },
        Request::Figures { ask } => match ask {
            Figures::Report { .. } | Figures::Forecast { .. } => Act::SeeFigures,
            Figures::Release { .. } => Act::SeeReleases,
        },
        Request::Services { ask } => match ask {
            Services::List { .. } => Act::SearchServices,
            Services::Keep
            | Services::Add { .. }
            | Services::Change { .. }
            | Services::Retire { .. }
            | Services::Import { .. }
            | Services::Export => Act::KeepServices,
        },
        Request::Triage { ask } => match ask {
            Triage::Cards
            | Triage::Open { .. }
            | Triage::Try { .. }
            | Triage::Heard { .. }
            | Triage::HandOver { .. }
            | Triage::Close { .. } => Act::Triage,
            Triage::Expected | Triage::Take { .. } | Triage::Came { .. } => Act::TakeExpected,
            Triage::Totals { .. } => Act::SeeTriage,
        },
        Request::Drill { ask } => match ask {
            Drill::Now => Act::Practise,
            Drill::Open { .. } | Drill::Close => Act::RunDrill,
        },
    }
}

/// The role of a member of staff; none for a caller.
pub(super) fn of_staff(role: staff::Role) -> Option<Role> {
    Some(match role {
        staff::Role::Caller => return None,
        staff::Role::Counsellor => Role::Counsellor,
        staff::Role::Clinician => Role::Clinician,
        staff::Role::Supervisor => Role::Supervisor,
        staff::Role::Coordinator => Role::Coordinator,
        staff::Role::Commissioner => Role::Commissioner,
        staff::Role::Administrator => Role::Administrator,
    })
}
