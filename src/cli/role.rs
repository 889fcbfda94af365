//! The roles of staff as a word of the command line.

use clap::ValueEnum;

use crate::{e2ee, proto};

/// A role of staff.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum RoleArg {
    Counsellor,
    Clinician,
    Supervisor,
    Coordinator,
    Commissioner,
    Administrator,
}

/// A role of staff who can be in a call: the only ones that have a credential.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LeafRoleArg {
    Counsellor,
    Clinician,
    Supervisor,
}

impl From<LeafRoleArg> for e2ee::Role {
    fn from(role: LeafRoleArg) -> Self {
        match role {
            LeafRoleArg::Counsellor => Self::Counsellor,
            LeafRoleArg::Clinician => Self::Clinician,
            LeafRoleArg::Supervisor => Self::Supervisor,
        }
    }
}

impl From<RoleArg> for proto::staff::Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Counsellor => Self::Counsellor,
            RoleArg::Clinician => Self::Clinician,
            RoleArg::Supervisor => Self::Supervisor,
            RoleArg::Coordinator => Self::Coordinator,
            RoleArg::Commissioner => Self::Commissioner,
            RoleArg::Administrator => Self::Administrator,
        }
    }
}

/// The role of a credential, as the protocol names it.
pub(super) fn in_protocol(role: e2ee::Role) -> proto::staff::Role {
    match role {
        e2ee::Role::Counsellor => proto::staff::Role::Counsellor,
        e2ee::Role::Clinician => proto::staff::Role::Clinician,
        e2ee::Role::Supervisor => proto::staff::Role::Supervisor,
    }
}
