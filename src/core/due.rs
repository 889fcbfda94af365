//! What time makes necessary, and which caller is offered to whom next.

use std::collections::BTreeSet;

use super::{
    call::{Call, Link, Phase},
    command::Command,
    ids::{CallId, DeviceId, StaffId},
    line::Line,
    staff::{Desk, Duty},
    time::Timestamp,
};

impl Line {
    /// A command that time has made necessary by `now`, if there is one. Give it, then ask again.
    pub fn due(&self, now: Timestamp) -> Option<Command> {
        let call = self.calls.values().find_map(|call| {
            let (at, command) = self.call_timer(call)?;
            (at <= now).then_some(command)
        });
        call.or_else(|| {
            let desk = self.desks.values().find(|desk| self.absent_at(desk).is_some_and(|at| at <= now))?;
            Some(Command::DeskAbsent { device: desk.device })
        })
    }

    /// When to ask `due` and `next_match` again even if nothing happens before.
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let calls = self.calls.values().filter_map(|call| Some(self.call_timer(call)?.0));
        let desks = self.desks.values().filter_map(|desk| self.absent_at(desk));
        let rests = self.calls.values().filter_map(|call| match &call.phase {
            Phase::Waiting { place } => place.declined.values().filter(|until| **until > now).min().copied(),
            _ => None,
        });
        calls.chain(desks).chain(rests).min()
    }

    /// The next offer to make: the first caller in the queue for whom somebody is free, and of those who are free the one
    /// who has waited longest, those who passed or missed this caller last.
    pub fn next_match(&self, now: Timestamp) -> Option<(CallId, DeviceId)> {
        // Most of the time nobody waits for a console, and then the consoles need not be looked at.
        let waits = |(_, id)| self.calls.get(&id).is_some_and(|call| call.offer().is_none());
        if !self.queue.iter().any(waits) {
            return None;
        }
        let engaged: BTreeSet<StaffId> =
            self.desks.values().filter(|desk| desk.engages()).map(|desk| desk.staff).collect();
        let free_since = |desk: &Desk| match desk.duty {
            Duty::Available { since } if desk.link.is_up() && !engaged.contains(&desk.staff) => {
                Some((since, desk.device, desk.staff))
            }
            _ => None,
        };
        let mut free: Vec<(Timestamp, DeviceId, StaffId)> =
            self.desks.values().filter_map(free_since).collect();
        free.sort_unstable();
        self.queue.iter().find_map(|(_, id)| {
            let call = self.calls.get(&id)?;
            let Phase::Waiting { place } = &call.phase else { return None };
            if !call.link.is_up() {
                return None;
            }
            let fresh = free.iter().find(|(_, _, staff)| !place.declined.contains_key(staff));
            let rested = || {
                free.iter().find(|(_, _, staff)| place.declined.get(staff).is_some_and(|until| *until <= now))
            };
            fresh.or_else(rested).map(|(_, device, _)| (id, *device))
        })
    }

    /// When the time for which this call or its place is held ends.
    pub(super) fn hold_ends(&self, call: &Call) -> Option<Timestamp> {
        let Link::Lost { since } = call.link else { return None };
        match &call.phase {
            Phase::Waiting { .. } | Phase::Offered { .. } => Some(since + self.rules.hold_place),
            Phase::Connected { device, .. } => match self.desks.get(device)?.link {
                Link::Up => None,
                Link::Lost { since: desk_since } => Some(since.max(desk_since) + self.rules.hold_call),
            },
            Phase::Ended { .. } => None,
        }
    }

    /// When this console counts as absent.
    pub(super) fn absent_at(&self, desk: &Desk) -> Option<Timestamp> {
        match (desk.link, desk.duty) {
            (Link::Up, _) | (_, Duty::OnCall { .. } | Duty::WrapUp { .. }) => None,
            (Link::Lost { since }, _) => Some(since + self.rules.presence),
        }
    }

    fn call_timer(&self, call: &Call) -> Option<(Timestamp, Command)> {
        let id = call.id;
        let held = self.hold_ends(call).map(|at| (at, Command::HoldOver { call: id }));
        let other = match &call.phase {
            Phase::Offered { offer, .. } => Some((offer.expires, Command::Expire { call: id })),
            Phase::Ended { at, .. } => Some((*at + self.rules.keep_ended, Command::Forget { call: id })),
            Phase::Waiting { .. } | Phase::Connected { .. } => None,
        };
        held.into_iter().chain(other).min_by_key(|(at, _)| *at)
    }
}
