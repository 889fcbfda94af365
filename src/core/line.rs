//! The whole state of the line: every call, every console, and what the operator has set.

use std::collections::BTreeMap;

use super::{
    agenda::Agenda,
    call::{Call, Link, Phase, SessionHash},
    directory::{Directory, LineName},
    ids::{CallId, DeviceId, Slot, StaffId},
    queue::{Queue, Ticket},
    rules::Rules,
    staff::{Desk, Duty},
    talk::{Room, Talk},
    time::Timestamp,
};

/// The line: every call and every console.
#[derive(Debug, Clone)]
pub struct Line {
    pub(super) rules: Rules,
    pub(super) calls: BTreeMap<CallId, Call>,
    pub(super) desks: BTreeMap<DeviceId, Desk>,
    pub(super) queue: Queue,
    pub(super) agenda: Agenda,
    pub(super) directory: Directory,
    sessions: BTreeMap<SessionHash, CallId>,
    /// The calls beside which somebody is consulted, by the consultation.
    asides: BTreeMap<CallId, CallId>,
    pub(super) next_ticket: u64,
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
            agenda: Agenda::default(),
            directory: Directory::default(),
            asides: BTreeMap::new(),
            sessions: BTreeMap::new(),
            next_ticket: 1,
        }
    }

    /// The line as its records say, with every connection lost since `now`.
    pub fn load(
        rules: Rules,
        directory: Directory,
        calls: impl IntoIterator<Item = Call>,
        desks: impl IntoIterator<Item = Desk>,
        now: Timestamp,
    ) -> Result<Self, Contradiction> {
        let mut line = Self { directory, ..Self::new(rules) };
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

    /// Every call in progress, and those of the others in which something can run out.
    pub fn busy(&self) -> impl Iterator<Item = &Call> {
        self.agenda.busy().filter_map(|id| self.calls.get(&id))
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

    /// What the operator has set.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Whether anyone works here who answers callers.
    pub fn is_on_shift(&self) -> bool {
        self.desks.values().any(Desk::is_on_shift)
    }

    /// Whether anyone works here who answers callers of that line.
    pub fn is_served(&self, line: &LineName) -> bool {
        self.desks.values().any(|desk| desk.is_on_shift() && self.directory.answers(desk.staff, line))
    }

    /// Those who wait, in order, each with how many are before them: callers of the same line, or of one whose counsellors
    /// answer this one too.
    pub fn waiting(&self) -> Vec<(CallId, usize)> {
        let mut ahead: BTreeMap<&LineName, usize> = BTreeMap::new();
        let mut shared: BTreeMap<(&LineName, &LineName), bool> = BTreeMap::new();
        let on_shift: Vec<StaffId> =
            self.desks.values().filter(|desk| desk.is_on_shift()).map(|desk| desk.staff).collect();
        let mut share = |one, other| {
            *shared.entry((one, other)).or_insert_with(|| {
                let answers = |line| move |staff: &&StaffId| self.directory.answers(**staff, line);
                one == other || on_shift.iter().filter(answers(one)).any(|staff| answers(other)(&staff))
            })
        };
        let calls = self.queue.iter().filter_map(|(_, id)| self.calls.get(&id));
        let count = |call: &'_ Call, before: usize| (call.id, before);
        let mut all = Vec::with_capacity(self.queue.len());
        for call in calls {
            let before =
                ahead.iter().filter(|(line, _)| share(&call.line, **line)).map(|(_, many)| many).sum();
            all.push(count(call, before));
            *ahead.entry(&call.line).or_default() += 1;
        }
        all
    }

    /// The room of that id, and the call that it belongs to.
    pub fn room(&self, id: CallId) -> Option<(CallId, Room<'_>)> {
        let main = self.main_of(id);
        let talk = self.calls.get(&main)?.talk()?;
        if main == id {
            return Some((main, Room::Call(talk)));
        }
        talk.aside.as_ref().map(|aside| (main, Room::Aside(aside)))
    }

    /// The call of that id, or beside which the consultation of that id is.
    pub fn main_of(&self, id: CallId) -> CallId {
        self.asides.get(&id).copied().unwrap_or(id)
    }

    /// The seat of that console in that room: while it is in it, and while it rings for the caller.
    pub fn seat(&self, device: DeviceId, room: CallId) -> Option<Slot> {
        match &self.calls.get(&self.main_of(room))?.phase {
            Phase::Offered { offer, .. } => offer.devices.contains(&device).then_some(Slot::COUNSELLOR),
            _ => self.room(room)?.1.seat(device),
        }
    }

    pub(super) fn next_ticket(&self, now: Timestamp) -> Ticket {
        Ticket { number: self.next_ticket, joined: now }
    }

    /// Puts a call's record in place of what is there: to load it, or to take back what could not be made durable.
    pub fn put_call(&mut self, call: Call) {
        self.take_call(call.id);
        self.next_ticket = self.next_ticket.max(call.ticket.number + 1);
        self.sessions.insert(call.session, call.id);
        if call.is_in_line() {
            self.queue.enter(call.rank(), call.id);
        }
        self.index_aside(call.id, None, call.talk());
        self.agenda.put(&call);
        self.calls.insert(call.id, call);
    }

    /// Takes a call's record out, to forget it or to take back what could not be made durable.
    pub fn take_call(&mut self, id: CallId) {
        if let Some(call) = self.calls.remove(&id) {
            self.sessions.remove(&call.session);
            self.queue.leave(call.rank());
            self.agenda.take(&call);
            self.index_aside(id, call.talk(), None);
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
            if !self.agrees(call) {
                return Err(Contradiction::Call(call.id));
            }
        }
        for desk in self.desks.values() {
            let known = |id| self.calls.get(&id).is_some_and(|call| call.devices().contains(&desk.device));
            if desk.call().is_some_and(|call| !known(call)) {
                return Err(Contradiction::Desk(desk.device));
            }
        }
        Ok(())
    }

    fn agrees(&self, call: &Call) -> bool {
        let rings = call.offer().is_none_or(|offer| {
            !offer.devices.is_empty()
                && offer.devices.iter().all(|device| {
                    self.desks.get(device).is_some_and(|desk| {
                        desk.staff == offer.staff
                            && matches!(desk.duty, Duty::Ringing { call: other, offer: id, .. }
                                if other == call.id && id == offer.id)
                    })
                })
        });
        let Some(talk) = call.talk() else { return rings };
        let guest = talk.aside.iter().map(|aside| &aside.guest);
        let seated = talk.present().chain(guest).all(|party| {
            self.desks.get(&party.device).is_some_and(|desk| {
                desk.staff == party.staff && desk.duty == (Duty::OnCall { call: call.id })
            })
        });
        let hosted = talk.aside.as_ref().is_none_or(|aside| talk.party_at(aside.host.device).is_some());
        rings && seated && hosted && talk.party(talk.lead).is_some()
    }

    pub(super) fn index_aside(&mut self, main: CallId, before: Option<&Talk>, after: Option<&Talk>) {
        if let Some(aside) = before.and_then(|talk| talk.aside.as_ref()) {
            self.asides.remove(&aside.id);
        }
        if let Some(aside) = after.and_then(|talk| talk.aside.as_ref()) {
            self.asides.insert(aside.id, main);
        }
    }

    pub(super) fn change_talk(&mut self, id: CallId, change: impl FnOnce(&mut Talk)) {
        let Some(Call { phase: Phase::Connected(talk), .. }) = self.calls.get_mut(&id) else { return };
        let before = talk.aside.as_ref().map(|aside| aside.id);
        change(talk);
        let after = talk.aside.as_ref().map(|aside| aside.id);
        if before != after {
            before.map(|aside| self.asides.remove(&aside));
            after.map(|aside| self.asides.insert(aside, id));
        }
    }
}
