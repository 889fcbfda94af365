//! What everybody who is signed in does, and since when.

use std::collections::BTreeMap;

use super::load::Load;

use crate::{
    core::{
        ids::StaffId,
        line::Line,
        staff::{Desk, Duty, Pause, Role},
        time::Timestamp,
    },
    node::views,
    proto::shift::{Doing, PersonNow},
};

/// Everybody who is signed in.
#[derive(Debug, Default)]
pub(super) struct People {
    here: BTreeMap<StaffId, Person>,
    /// How much of their time went to callers, also of those who have just left.
    loads: BTreeMap<StaffId, Load>,
}

struct Person {
    name: String,
    role: Role,
    doing: Doing,
    since: Timestamp,
    connected: bool,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person({:?}, {:?})", self.role, self.doing)
    }
}

impl People {
    /// Looks at what everybody does. Of several consoles of one person the one counts at which most is done.
    pub(super) fn note(&mut self, line: &Line, now: Timestamp) {
        let mut seen: BTreeMap<StaffId, (&Desk, Doing)> = BTreeMap::new();
        for desk in line.desks() {
            let doing = doing(desk.duty);
            let better = |(other, of): &(&Desk, Doing)| {
                (!desk.link.is_up() && doing != Doing::OnCall, doing)
                    < (!other.link.is_up() && *of != Doing::OnCall, *of)
            };
            if seen.get(&desk.staff).is_none_or(better) {
                seen.insert(desk.staff, (desk, doing));
            }
        }
        self.here.retain(|staff, _| seen.contains_key(staff));
        self.loads.retain(|staff, load| {
            if !seen.contains_key(staff) {
                load.note(None, now);
            }
            !load.is_past(now)
        });
        for (staff, (desk, doing)) in seen {
            let connected = desk.link.is_up();
            let busy = matches!(doing, Doing::Ringing | Doing::OnCall | Doing::WrapUp);
            // Where a console is lost and nobody talks, nobody is known to be.
            let here = connected || doing == Doing::OnCall;
            self.loads.entry(staff).or_default().note(here.then_some(busy), now);
            match self.here.get_mut(&staff) {
                Some(person) => {
                    if person.doing != doing {
                        (person.doing, person.since) = (doing, now);
                    }
                    (person.connected, person.role) = (connected, desk.role);
                    person.name.clone_from(&desk.name);
                }
                // Somebody new, or the process has: the records say of some things since when.
                None => {
                    let since = begun(line, desk).unwrap_or(now);
                    let (name, role) = (desk.name.clone(), desk.role);
                    self.here.insert(staff, Person { name, role, doing, since, connected });
                }
            }
        }
    }

    /// Everybody, by name.
    pub(super) fn now(&self, now: Timestamp) -> Vec<PersonNow> {
        let mut all: Vec<(&StaffId, &Person)> = self.here.iter().collect();
        all.sort_by(|(one, a), (other, b)| (&a.name, one).cmp(&(&b.name, other)));
        all.into_iter()
            .map(|(staff, person)| PersonNow {
                name: person.name.clone(),
                role: views::proto_role(person.role),
                doing: person.doing,
                since: person.since.as_millis(),
                connected: person.connected,
                occupancy: self.occupancy(*staff, now),
            })
            .collect()
    }

    /// The share of that person's time that went to callers, percent.
    pub(super) fn occupancy(&self, staff: StaffId, now: Timestamp) -> Option<u8> {
        self.loads.get(&staff)?.percent(now)
    }
}

fn doing(duty: Duty) -> Doing {
    match duty {
        Duty::Unavailable => Doing::Unavailable,
        Duty::Available { .. } => Doing::Available,
        Duty::Ringing { .. } => Doing::Ringing,
        Duty::OnCall { .. } => Doing::OnCall,
        Duty::WrapUp { .. } => Doing::WrapUp,
        Duty::Paused { why: Pause::Break, .. } => Doing::Break,
        Duty::Paused { why: Pause::Debrief, .. } => Doing::Debrief,
        Duty::Paused { why: Pause::FollowUp, .. } => Doing::FollowUp,
    }
}

fn begun(line: &Line, desk: &Desk) -> Option<Timestamp> {
    match desk.duty {
        Duty::Available { since } | Duty::Paused { since, .. } => Some(since),
        Duty::OnCall { call } => Some(line.call(call)?.talk()?.since),
        Duty::Unavailable | Duty::Ringing { .. } | Duty::WrapUp { .. } => None,
    }
}
