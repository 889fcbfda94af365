//! Who may do what: one table of acts and roles. What is not in it is not allowed.
//!
//! Every message of the staff protocol is one of these acts; the line's rules (whose turn, whose call) come on top.

use super::staff::Role::{self, Administrator, Clinician, Commissioner, Coordinator, Counsellor, Supervisor};

/// What a member of staff can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Keep the connection, end the session, have their own credential, set up another device of their own.
    Own,
    /// Be rung for, and answer: counsellors for callers, all of them for invitations.
    BeRung,
    /// Take part in a call: open the media leg, carry keys, ask for others, end it, wrap it up.
    TakePart,
    /// See to a counsellor who asks for help.
    GiveHelp,
    /// Watch how the shift goes: who does what since when, how many wait.
    WatchShift,
    /// See one's own hours on the rota, how long one's training is valid, and how much of one's time went to callers.
    SeeOwnShift,
    /// Plan who works when.
    EditRota,
    /// Set until when somebody's training is valid.
    SetTraining,
    /// Promise another talk, and see to those that were promised.
    SeeToFollowUps,
    /// Read how somebody who was promised a talk is reached.
    ReadContacts,
    /// See who works here and what was done to accounts.
    SeeAccounts,
    /// Invite somebody, shut a person or a device out, ask for a recovery.
    ManageAccounts,
    /// Confirm what another administrator asked for.
    ConfirmAsSecond,
    /// See the figures of the service.
    SeeFigures,
    /// See what is released of them: no small numbers.
    SeeReleases,
    /// Carry requests for credentials to the authority, and what it signed back.
    CarryCredentials,
    /// Search the directory of services.
    SearchServices,
    /// Keep the directory of services.
    KeepServices,
    /// Bring people to the right agency: one's own cards.
    Triage,
    /// Be told at a desk whom a coordinator brings, and take them.
    TakeExpected,
    /// Know whether a drill is open, and take part in one.
    Practise,
    /// Open a drill, and end it.
    RunDrill,
    /// See what triage comes to, without any card.
    SeeTriage,
}

/// The table.
pub const PERMISSIONS: [(Act, &[Role]); 23] = [
    (Act::Own, &Role::ALL),
    (Act::BeRung, &[Counsellor, Clinician, Supervisor]),
    (Act::TakePart, &[Counsellor, Clinician, Supervisor]),
    (Act::GiveHelp, &[Clinician, Supervisor]),
    (Act::WatchShift, &[Supervisor]),
    (Act::SeeOwnShift, &[Counsellor, Clinician, Supervisor]),
    (Act::EditRota, &[Supervisor]),
    (Act::SetTraining, &[Supervisor, Administrator]),
    (Act::SeeToFollowUps, &[Counsellor, Clinician, Supervisor]),
    (Act::ReadContacts, &[Clinician]),
    (Act::SeeAccounts, &[Administrator]),
    (Act::ManageAccounts, &[Administrator]),
    (Act::ConfirmAsSecond, &[Administrator]),
    (Act::SeeFigures, &[Supervisor]),
    (Act::SeeReleases, &[Supervisor, Commissioner]),
    (Act::CarryCredentials, &[Administrator]),
    (Act::SearchServices, &[Counsellor, Clinician, Supervisor, Coordinator, Administrator]),
    (Act::KeepServices, &[Administrator]),
    (Act::Triage, &[Coordinator]),
    (Act::TakeExpected, &[Counsellor, Clinician]),
    (Act::SeeTriage, &[Supervisor]),
    (Act::Practise, &[Counsellor, Clinician, Supervisor]),
    (Act::RunDrill, &[Supervisor]),
];

/// Whether that role may do that.
pub fn may(role: Role, act: Act) -> bool {
    PERMISSIONS.iter().any(|(known, roles)| *known == act && roles.contains(&role))
}

/// Roles that no act of a call, of the queue or of accounts is open to yet.
pub const WITHOUT_PAGES: [Role; 2] = [Coordinator, Commissioner];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_has_no_part_in_calls_and_nobody_else_in_accounts() {
        for role in Role::ALL {
            let of_calls = [Act::BeRung, Act::TakePart].into_iter().any(|act| may(role, act));
            let of_accounts =
                [Act::SeeAccounts, Act::ManageAccounts, Act::ConfirmAsSecond, Act::CarryCredentials]
                    .into_iter()
                    .any(|act| may(role, act));
            assert_eq!(of_calls, role.joins_calls(), "{role:?}");
            assert_eq!(of_accounts, role == Administrator, "{role:?}");
            assert_eq!(!of_calls && !of_accounts, WITHOUT_PAGES.contains(&role), "{role:?}");
            assert!(may(role, Act::Own), "{role:?}");
        }
    }

    #[test]
    fn each_act_stands_in_the_table_once() {
        for (act, _) in PERMISSIONS {
            assert_eq!(PERMISSIONS.iter().filter(|(other, _)| *other == act).count(), 1, "{act:?}");
        }
    }
}
