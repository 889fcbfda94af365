//! What the counsellors do at one moment: how many do each, not who.

use std::collections::BTreeMap;

use crate::core::{
    directory::LineName,
    ids::StaffId,
    line::Line,
    staff::{Desk, Duty},
};

/// How many of those who answer callers do what. A person with several consoles counts once, for what they do most.
///
/// Ready, wrapping up and paused count only while a console of the person is connected; a call goes on without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Census {
    pub(super) on_call: u32,
    pub(super) wrap_up: BTreeMap<LineName, u32>,
    pub(super) available: u32,
    pub(super) paused: u32,
}

/// What somebody does at one console, that which counts before all others first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Does {
    OnCall,
    WrapUp(LineName),
    Available,
    Paused,
}

impl Census {
    pub(super) fn of(line: &Line) -> Self {
        let mut people: BTreeMap<StaffId, Does> = BTreeMap::new();
        for desk in line.desks() {
            let Some(does) = does(desk) else { continue };
            match people.get_mut(&desk.staff) {
                Some(present) if *present <= does => {}
                Some(present) => *present = does,
                None => {
                    people.insert(desk.staff, does);
                }
            }
        }
        let mut census = Self::default();
        for does in people.into_values() {
            match does {
                Does::OnCall => census.on_call += 1,
                Does::WrapUp(line) => *census.wrap_up.entry(line).or_default() += 1,
                Does::Available => census.available += 1,
                Does::Paused => census.paused += 1,
            }
        }
        census
    }
}

fn does(desk: &Desk) -> Option<Does> {
    if !desk.role.answers_callers() {
        return None;
    }
    match desk.duty {
        Duty::OnCall { .. } => Some(Does::OnCall),
        Duty::WrapUp { .. } if desk.link.is_up() => desk.after.clone().map(Does::WrapUp),
        Duty::Available { .. } | Duty::Ringing { .. } if desk.link.is_up() => Some(Does::Available),
        Duty::Paused { .. } if desk.link.is_up() => Some(Does::Paused),
        _ => None,
    }
}
