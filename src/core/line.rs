//! The whole state of the line, and what each event does to it.

use std::collections::BTreeMap;

use super::{
    call::{Call, Link, Phase, Place, SessionHash},
    command::Event,
    group::Group,
    ids::{CallId, DeviceId, Slot},
    queue::{Queue, Ticket},
    rules::Rules,
    staff::{Desk, Duty},
    time::Timestamp,
};

/// The line: every call and every console.
#[derive(Debug, Clone)]
pub struct Line {
    pub(super) rules: Rules,
    pub(super) calls: BTreeMap<CallId, Call>,
    pub(super) desks: BTreeMap<DeviceId, Desk>,
    pub(super) queue: Queue,
    sessions: BTreeMap<SessionHash, CallId>,
    next_ticket: u64,
}

/// Records that contradict each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// A call names a console that does not name it.
    #[error("call {0} is with a console that does not know of it")]
    Call(CallId),
    /// A console names a call that does not name it.
    #[error("device {0} is with a call that does not know of it")]
    Desk(DeviceId),
}

impl Line {
    /// A line without calls and consoles.
    pub fn new(rules: Rules) -> Self {
        Self {
            rules,
            calls: BTreeMap::new(),
            desks: BTreeMap::new(),
            queue: Queue::default(),
            sessions: BTreeMap::new(),
            next_ticket: 1,
        }
    }

    /// The line as its records say, with every connection lost since `now`.
    pub fn load(
        rules: Rules,
        calls: impl IntoIterator<Item = Call>,
        desks: impl IntoIterator<Item = Desk>,
        now: Timestamp,
    ) -> Result<Self, Contradiction> {
        let mut line = Self::new(rules);
        for call in calls {
            line.put_call(Call { link: Link::Lost { since: now }, ..call });
        }
        for desk in desks {
            line.put_desk(Desk { link: Link::Lost { since: now }, ..desk });
        }
        line.check()?;
        Ok(line)
    }

    /// The rules in force.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// That call.
    pub fn call(&self, id: CallId) -> Option<&Call> {
        self.calls.get(&id)
    }

    /// Every call that is remembered.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.calls.values()
    }

    /// That console.
    pub fn desk(&self, device: DeviceId) -> Option<&Desk> {
        self.desks.get(&device)
    }

    /// Every console.
    pub fn desks(&self) -> impl Iterator<Item = &Desk> {
        self.desks.values()
    }

    /// Those who wait.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The call whose resume token hashes to that.
    pub fn by_session(&self, session: &SessionHash) -> Option<CallId> {
        self.sessions.get(session).copied()
    }

    /// Whether anyone works on this line.
    pub fn is_on_shift(&self) -> bool {
        self.desks.values().any(Desk::is_on_shift)
    }

    /// The seat of that console in that call: while it rings for it, and while it is in it.
    pub fn seat(&self, device: DeviceId, call: CallId) -> Option<Slot> {
        (self.calls.get(&call)?.device() == Some(device)).then_some(Slot::COUNSELLOR)
    }

    pub(super) fn next_ticket(&self, now: Timestamp) -> Ticket {
        Ticket { number: self.next_ticket, joined: now }
    }

    /// Carries an event out. An event that names a call or console which is not there changes nothing.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Joined { call, session, ticket, key_package } => {
                let place = Place { key_package: key_package.clone(), declined: BTreeMap::new() };
                let phase = Phase::Waiting { place };
                self.put_call(Call { id: *call, session: *session, ticket: *ticket, link: Link::Up, phase });
            }
            Event::CallerLost { call, since } => self.link_call(*call, Link::Lost { since: *since }),
            Event::CallerBack { call } => self.link_call(*call, Link::Up),
            Event::Packaged { call, slot, key_package } => self.packaged(*call, *slot, key_package),
            Event::Offered { call, offer } => {
                let Some(desk) = self.desks.get_mut(&offer.device) else { return };
                let Duty::Available { since } = desk.duty else { return };
                desk.duty = Duty::Ringing { call: *call, offer: offer.id, idle_since: since };
                self.change_phase(*call, |phase| match phase {
                    Phase::Waiting { place } => Phase::Offered { place, offer: offer.clone() },
                    other => other,
                });
            }
            Event::Withdrawn { call, rest_until, then, misses, .. } => {
                let Some(offer) = self.calls.get(call).and_then(Call::offer).cloned() else { return };
                self.change_phase(*call, |phase| match phase {
                    Phase::Offered { mut place, .. } => {
                        place.declined.insert(offer.staff, *rest_until);
                        Phase::Waiting { place }
                    }
                    other => other,
                });
                if let Some(desk) = self.desks.get_mut(&offer.device) {
                    desk.duty = *then;
                    desk.misses = *misses;
                }
            }
            Event::Answered { call, at } => self.answered(*call, *at),
            Event::Ended { call, by, at } => {
                let Some(record) = self.calls.get_mut(call) else { return };
                self.queue.leave(record.ticket);
                let answered = matches!(record.phase, Phase::Connected { .. });
                let device = record.device();
                record.phase = Phase::Ended { by: *by, at: *at, answered };
                let Some(desk) = device.and_then(|device| self.desks.get_mut(&device)) else { return };
                desk.duty = match desk.duty {
                    Duty::Ringing { idle_since, .. } => Duty::Available { since: idle_since },
                    Duty::OnCall { .. } => Duty::WrapUp { call: *call, by: *by },
                    other => other,
                };
            }
            Event::Forgotten { call } => self.take_call(*call),
            Event::SignedIn { device, staff, name, role } => {
                let (duty, misses) =
                    self.desks.get(device).map_or((Duty::Unavailable, 0), |desk| (desk.duty, desk.misses));
                self.put_desk(Desk {
                    device: *device,
                    staff: *staff,
                    name: name.clone(),
                    role: *role,
                    link: Link::Up,
                    duty,
                    misses,
                });
            }
            Event::DeskLost { device, since } => {
                if let Some(desk) = self.desks.get_mut(device) {
                    desk.link = Link::Lost { since: *since };
                }
            }
            Event::DeskClosed { device } => self.take_desk(*device),
            Event::DutyChanged { device, duty } => {
                if let Some(desk) = self.desks.get_mut(device) {
                    desk.duty = *duty;
                    desk.misses = 0;
                }
            }
            Event::Committed { call, from, epoch, added, seq } => {
                self.change_group(*call, |group| group.committed(*from, *epoch, added, *seq));
            }
            Event::Sent { call, seq } => self.change_group(*call, |group| group.sent(*seq)),
        }
    }

    /// Puts a call's record in place of what is there: to load it, or to take back what could not be made durable.
    pub fn put_call(&mut self, call: Call) {
        self.take_call(call.id);
        self.next_ticket = self.next_ticket.max(call.ticket.number + 1);
        self.sessions.insert(call.session, call.id);
        if call.is_in_line() {
            self.queue.enter(call.ticket, call.id);
        }
        self.calls.insert(call.id, call);
    }

    /// Takes a call's record out, to forget it or to take back what could not be made durable.
    pub fn take_call(&mut self, id: CallId) {
        if let Some(call) = self.calls.remove(&id) {
            self.sessions.remove(&call.session);
            self.queue.leave(call.ticket);
        }
    }

    /// Puts a console's record in place of what is there.
    pub fn put_desk(&mut self, desk: Desk) {
        self.desks.insert(desk.device, desk);
    }

    /// Takes a console's record out.
    pub fn take_desk(&mut self, device: DeviceId) {
        self.desks.remove(&device);
    }

    /// Whether calls and consoles agree about who is with whom.
    pub fn check(&self) -> Result<(), Contradiction> {
        for call in self.calls.values() {
            let agrees = match &call.phase {
                Phase::Waiting { .. } | Phase::Ended { .. } => true,
                Phase::Offered { offer, .. } => self.desks.get(&offer.device).is_some_and(|desk| {
                    desk.staff == offer.staff
                        && matches!(desk.duty, Duty::Ringing { call: other, offer: id, .. }
                            if other == call.id && id == offer.id)
                }),
                Phase::Connected { device, staff, .. } => self.desks.get(device).is_some_and(|desk| {
                    desk.staff == *staff && desk.duty == (Duty::OnCall { call: call.id })
                }),
            };
            if !agrees {
                return Err(Contradiction::Call(call.id));
            }
        }
        for desk in self.desks.values() {
            let with = match desk.duty {
                Duty::Ringing { call, .. } | Duty::OnCall { call } => Some(call),
                _ => None,
            };
            if with.is_some_and(|call| self.seat(desk.device, call).is_none()) {
                return Err(Contradiction::Desk(desk.device));
            }
        }
        Ok(())
    }

    fn link_call(&mut self, call: CallId, link: Link) {
        if let Some(call) = self.calls.get_mut(&call) {
            call.link = link;
        }
    }

    fn packaged(&mut self, call: CallId, slot: Slot, package: &str) {
        self.change_phase(call, |phase| match phase {
            Phase::Waiting { mut place } => {
                place.key_package = package.to_owned();
                Phase::Waiting { place }
            }
            Phase::Offered { mut place, offer } => {
                place.key_package = package.to_owned();
                Phase::Offered { place, offer }
            }
            Phase::Connected { device, staff, offer, since, mut group } => {
                group.outside(slot, package.to_owned());
                Phase::Connected { device, staff, offer, since, group }
            }
            ended @ Phase::Ended { .. } => ended,
        });
    }

    fn answered(&mut self, call: CallId, at: Timestamp) {
        let Some(record) = self.calls.get(&call) else { return };
        let Some(offer) = record.offer().cloned() else { return };
        self.queue.leave(record.ticket);
        self.change_phase(call, |phase| match phase {
            Phase::Offered { place, offer } => Phase::Connected {
                device: offer.device,
                staff: offer.staff,
                offer: offer.id,
                since: at,
                group: Group::new(place.key_package),
            },
            other => other,
        });
        if let Some(desk) = self.desks.get_mut(&offer.device) {
            desk.duty = Duty::OnCall { call };
            desk.misses = 0;
        }
    }

    fn change_group(&mut self, call: CallId, change: impl FnOnce(&mut Group)) {
        if let Some(Call { phase: Phase::Connected { group, .. }, .. }) = self.calls.get_mut(&call) {
            change(group);
        }
    }

    fn change_phase(&mut self, call: CallId, change: impl FnOnce(Phase) -> Phase) {
        if let Some(record) = self.calls.get_mut(&call) {
            record.phase = change(record.phase.clone());
        }
    }
}
