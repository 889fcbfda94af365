//! What time makes necessary, and who is offered what next.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    call::{Call, Link, Phase},
    command::Command,
    directory::Skill,
    ids::{CallId, StaffId},
    line::Line,
    staff::{Desk, Duty, Role},
    talk::{Invitation, Wanted},
    time::Timestamp,
};

/// Somebody who is free.
struct Free {
    since: Timestamp,
    staff: StaffId,
    role: Role,
}

impl Line {
    /// A command that time has made necessary by `now`, if there is one. Give it, then ask again.
    pub fn due(&self, now: Timestamp) -> Option<Command> {
        let call = self.busy().find_map(|call| {
            let (at, command) = self.call_timer(call)?;
            (at <= now).then_some(command)
        });
        let over = || {
            let (at, call) = self.agenda.first_over()?;
            (at + self.rules.keep_ended <= now).then_some(Command::Forget { call })
        };
        call.or_else(over).or_else(|| {
            let past = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
            self.desks.values().find_map(|desk| {
                let device = desk.device;
                let untrained = past(self.training_stops(desk)).then_some(Command::Unavailable { device });
                untrained.or_else(|| past(self.absent_at(desk)).then_some(Command::DeskAbsent { device }))
            })
        })
    }

    /// When to ask `due` and `next_match` again even if nothing happens before.
    pub fn wake_at(&self, now: Timestamp) -> Option<Timestamp> {
        let calls = self.busy().filter_map(|call| Some(self.call_timer(call)?.0));
        let over = self.agenda.first_over().map(|(at, _)| at + self.rules.keep_ended);
        let desks = self.desks.values().filter_map(|desk| self.absent_at(desk));
        let rests = self.busy().filter_map(|call| {
            let declined = match &call.phase {
                Phase::Waiting { place } => &place.declined,
                Phase::Connected(talk) => &wanting(talk.invitation.as_ref())?.declined,
                Phase::Offered { .. } | Phase::Ended { .. } => return None,
            };
            let skill_no_more = call.skill.as_ref().map(|_| call.ticket.joined + self.rules.skill_wait);
            declined.values().copied().chain(skill_no_more).filter(|until| *until > now).min()
        });
        let training = self.desks.values().filter_map(|desk| self.training_stops(desk));
        calls.chain(over).chain(desks).chain(training).chain(rests).min()
    }

    /// The next offer to make. Who is asked to come to a call in progress goes before those who wait. Then the first caller in
    /// the queue for whom somebody is free, and of those who are free the one who has waited longest, those who passed or
    /// missed this caller last.
    pub fn next_match(&self, now: Timestamp) -> Option<(CallId, StaffId)> {
        // Most of the time nobody waits for a console, and then the consoles need not be looked at.
        let waits = |(_, id)| self.calls.get(&id).is_some_and(|call| call.offer().is_none());
        let wanting = || self.busy().filter_map(|call| Some((call, wanted(call)?)));
        if !self.queue.iter().any(waits) && wanting().next().is_none() {
            return None;
        }
        let free = self.free();
        if free.is_empty() {
            return None;
        }
        wanting()
            .find_map(|(call, invitation)| {
                let suits = |free: &&Free| match invitation.wanted {
                    Wanted::Next { role } => free.role == role,
                    Wanted::Person { staff } => free.staff == staff,
                };
                pick(free.iter().filter(suits), &invitation.declined, now).map(|staff| (call.id, staff))
            })
            .or_else(|| self.next_caller(&free, now))
    }

    /// Whether that person could be rung for.
    pub(super) fn is_free(&self, staff: StaffId) -> bool {
        self.free().iter().any(|free| free.staff == staff)
    }

    fn next_caller(&self, free: &[Free], now: Timestamp) -> Option<(CallId, StaffId)> {
        self.queue.iter().find_map(|(_, id)| {
            let call = self.calls.get(&id)?;
            let Phase::Waiting { place } = &call.phase else { return None };
            if !call.link.is_up() {
                return None;
            }
            let skill = self.skill_required(call, now);
            let suits = |free: &&Free| {
                free.role.answers_callers()
                    && self.directory.answers(free.staff, &call.line)
                    && skill.is_none_or(|skill| self.directory.has_skill(free.staff, skill))
            };
            let suiting = free.iter().filter(suits);
            // Who comes back as promised comes to whom they know, if that one is free and has not passed.
            let known = call.follow_up.map(|booked| booked.staff);
            let known = known.filter(|staff| !place.declined.contains_key(staff));
            let known = suiting.clone().find(|free| Some(free.staff) == known).map(|free| free.staff);
            known.or_else(|| pick(suiting, &place.declined, now)).map(|staff| (id, staff))
        })
    }

    /// What whoever answers this caller must be able to do: what the caller asked for, for as long as somebody on shift can
    /// do it and the caller has not waited too long for them.
    pub(super) fn skill_required<'a>(&self, call: &'a Call, now: Timestamp) -> Option<&'a Skill> {
        let skill = call.skill.as_ref().filter(|_| now < call.ticket.joined + self.rules.skill_wait)?;
        let can = |desk: &Desk| {
            desk.is_on_shift()
                && self.directory.answers(desk.staff, &call.line)
                && self.directory.has_skill(desk.staff, skill)
        };
        self.desks.values().any(can).then_some(skill)
    }

    /// Everybody who can be rung for, the one who has waited longest first.
    fn free(&self) -> Vec<Free> {
        let engaged: BTreeSet<StaffId> =
            self.desks.values().filter(|desk| desk.engages()).map(|desk| desk.staff).collect();
        let mut people: BTreeMap<StaffId, Free> = BTreeMap::new();
        for desk in self.desks.values() {
            let Duty::Available { since } = desk.duty else { continue };
            if !desk.link.is_up() || engaged.contains(&desk.staff) {
                continue;
            }
            let free = Free { since, staff: desk.staff, role: desk.role };
            people
                .entry(desk.staff)
                .and_modify(|present| present.since = present.since.min(since))
                .or_insert(free);
        }
        let mut free: Vec<Free> = people.into_values().collect();
        free.sort_by_key(|free| (free.since, free.staff));
        free
    }

    /// When the time for which this call or its place is held ends.
    pub(super) fn hold_ends(&self, call: &Call) -> Option<Timestamp> {
        let Link::Lost { since } = call.link else { return None };
        match &call.phase {
            Phase::Waiting { .. } | Phase::Offered { .. } => Some(since + self.rules.hold_place),
            Phase::Connected(talk) => {
                let mut last = since;
                for party in talk.present() {
                    match self.desks.get(&party.device)?.link {
                        Link::Up => return None,
                        Link::Lost { since } => last = last.max(since),
                    }
                }
                Some(last + self.rules.hold_call)
            }
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

    /// When whoever is ready here is so no longer, because their training has ended. Who is rung for or talks goes on.
    fn training_stops(&self, desk: &Desk) -> Option<Timestamp> {
        matches!(desk.duty, Duty::Available { .. }).then(|| self.directory.training_ends(desk.staff))?
    }

    /// When a request for help to which nobody has seen is made more loudly.
    pub(super) fn help_escalates(&self, call: &Call) -> Option<Timestamp> {
        let help = call.talk()?.help.as_ref()?;
        let unheard = help.helper.is_none() && help.escalated.is_none();
        unheard.then(|| help.since + self.rules.help_escalates)
    }

    fn call_timer(&self, call: &Call) -> Option<(Timestamp, Command)> {
        let id = call.id;
        let held = self.hold_ends(call).map(|at| (at, Command::HoldOver { call: id }));
        let rings = call.offer().map(|offer| (offer.expires, Command::Expire { call: id }));
        let unheard = self.help_escalates(call).map(|at| (at, Command::EscalateHelp { call: id }));
        held.into_iter().chain(rings).chain(unheard).min_by_key(|(at, _)| *at)
    }
}

/// The invitation of that call, if it waits for somebody to be free.
fn wanted(call: &Call) -> Option<&Invitation> {
    wanting(call.talk()?.invitation.as_ref())
}

fn wanting(invitation: Option<&Invitation>) -> Option<&Invitation> {
    invitation.filter(|invitation| invitation.offer.is_none() && invitation.failed.is_none())
}

/// The first who has not declined, or else the first who has and has rested since.
fn pick<'a>(
    free: impl Iterator<Item = &'a Free> + Clone,
    declined: &BTreeMap<StaffId, Timestamp>,
    now: Timestamp,
) -> Option<StaffId> {
    let fresh = free.clone().find(|free| !declined.contains_key(&free.staff));
    let mut rested = free.filter(|free| declined.get(&free.staff).is_some_and(|until| *until <= now));
    fresh.or_else(|| rested.next()).map(|free| free.staff)
}
