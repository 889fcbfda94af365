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
    /// See who works here and what was done to accounts.
    SeeAccounts,
    /// Invite somebody, shut a person or a device out, ask for a recovery.
    ManageAccounts,
    /// Confirm what another administrator asked for.
    ConfirmAsSecond,
    /// Carry requests for credentials to the authority, and what it signed back.
    CarryCredentials,
}

/// The table.
pub const PERMISSIONS: [(Act, &[Role]); 8] = [
    (Act::Own, &Role::ALL),
    (Act::BeRung, &[Counsellor, Clinician, Supervisor]),
    (Act::TakePart, &[Counsellor, Clinician, Supervisor]),
    (Act::GiveHelp, &[Clinician, Supervisor]),
    (Act::SeeAccounts, &[Administrator]),
    (Act::ManageAccounts, &[Administrator]),
    (Act::ConfirmAsSecond, &[Administrator]),
    (Act::CarryCredentials, &[Administrator]),
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
