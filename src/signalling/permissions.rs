//! Which act of the permission table each message of the staff protocol is. Without a wildcard, so that a new message does not
//! compile before somebody has decided.

use crate::{
    core::{
        permissions::{Act, may},
        staff::Role,
    },
    proto::{
        ErrorCode, ProtocolError,
        office::Request as Office,
        staff::{self, Request},
    },
};

/// Refuses what that role may not ask.
pub(super) fn check(role: staff::Role, request: &Request) -> Result<(), ProtocolError> {
    if of_staff(role).is_some_and(|role| may(role, act(request))) {
        Ok(())
    } else {
        Err(ErrorCode::NotAllowed.because("Your role does not allow this."))
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
        | Request::KeyPackage { .. }
        | Request::Mls { .. }
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
        | Request::WrapUpDone { .. } => Act::TakePart,
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
    }
}

/// The role of a member of staff; none for a caller.
fn of_staff(role: staff::Role) -> Option<Role> {
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
