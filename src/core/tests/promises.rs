//! The promises of the line as an observer outside it can hold it to them, and deliberate bugs that break them.
//!
//! The observer sees each command, the events that came of it, and the line before and after. It keeps its own account of who
//! joined and who ended, so that a line which forgets somebody cannot also hide it.

use std::collections::{BTreeMap, BTreeSet};

use super::{figures::Keeper, *};
use crate::core::{
    agenda::Agenda,
    call::{Ending, Link, Offer},
    event::Withdrawal,
    queue::{Rank, Ticket},
};

/// A promise that was broken, in words.
pub(super) type Broken = String;

/// A deliberate bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bug {
    /// An answer that comes after the offer's time is taken.
    AcceptAfterExpiry,
    /// A caller whose offer was withdrawn is not put back into the queue.
    LostRequeue,
    /// The caller who came last is offered first.
    Overtaking,
    /// A second person is rung for a caller who is offered already.
    DoubleOffer,
    /// A call ends, and no event says so.
    EndWithoutEvent,
}

impl Bug {
    pub(super) const ALL: [Self; 5] = [
        Self::AcceptAfterExpiry,
        Self::LostRequeue,
        Self::Overtaking,
        Self::DoubleOffer,
        Self::EndWithoutEvent,
    ];
}

/// What an observer knows of a history, apart from the line's own state.
#[derive(Debug, Clone, Default)]
pub(super) struct Observer {
    pub(super) tickets: BTreeMap<CallId, Ticket>,
    pub(super) ended: BTreeSet<CallId>,
    pub(super) forgotten: BTreeSet<CallId>,
}

/// The line with its observer, and perhaps with a bug between them.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    pub(super) service: Service,
    pub(super) observer: Observer,
    /// Counts figures, where those are looked at.
    pub(super) keeper: Option<Keeper>,
    bug: Option<Bug>,
}

fn must(holds: bool, broken: impl FnOnce() -> Broken) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(broken()) }
}

impl Watched {
    pub(super) fn new(service: Service, bug: Option<Bug>) -> Self {
        Self { service, observer: Observer::default(), keeper: None, bug }
    }

    /// Gives a command that somebody asks for. A refusal is an answer too: it only must change nothing, which it cannot.
    pub(super) fn ask(&mut self, command: Command) -> Result<bool, Broken> {
        let Ok(events) = self.decide(&command) else { return Ok(false) };
        self.carry_out(Some(&command), events)?;
        Ok(true)
    }

    /// Whether it would be refused now.
    pub(super) fn refuses(&self, command: &Command) -> bool {
        self.decide(command).is_err()
    }

    /// Does what time has made necessary and makes every offer that can be made, as whoever runs the core does.
    pub(super) fn settle(&mut self) -> Result<(), Broken> {
        let mut steps = 0;
        loop {
            steps += 1;
            must(steps < 1_000, || "what is due never ends".to_owned())?;
            if let Some(command) = self.service.line.due(self.service.now) {
                let events = self.service.line.decide(command.clone(), self.service.now);
                let events = events.map_err(|refused| format!("{command:?} was due and {refused}"))?;
                self.carry_out(Some(&command), events)?;
            } else if let Some((call, staff)) = self.next_match() {
                let offer = OfferId::from_random(self.service.fresh());
                let events = self.offer(offer, call, staff)?;
                self.carry_out(None, events)?;
            } else {
                break;
            }
        }
        let wake = self.service.line.wake_at(self.service.now);
        must(wake.is_none_or(|at| at > self.service.now), || {
            "something is due that `due` does not name".to_owned()
        })?;
        self.nobody_waits_in_vain()
    }

    /// What the observer can say of the state as it is.
    pub(super) fn check(&self) -> Result<(), Broken> {
        let line = &self.service.line;
        line.check().map_err(|contradiction| contradiction.to_string())?;
        let remembered: BTreeSet<CallId> = self
            .observer
            .tickets
            .keys()
            .filter(|call| !self.observer.forgotten.contains(call))
            .copied()
            .collect();
        let present: BTreeSet<CallId> = line.calls().map(|call| call.id).collect();
        must(present == remembered, || "somebody is lost".to_owned())?;
        for call in line.calls() {
            let ended = self.observer.ended.contains(&call.id);
            must(call.is_ended() == ended, || format!("{} ended without an event, or did not end", call.id))?;
            must(call.ticket == self.observer.tickets[&call.id], || "another ticket".to_owned())?;
            let expires = call.offer().map(|offer| offer.expires);
            must(expires.is_none_or(|at| at > self.service.now), || "an offer outlives its time".to_owned())?;
        }
        let mut agenda = Agenda::default();
        line.calls().for_each(|call| agenda.put(call));
        must(line.agenda == agenda, || "the agenda is not what the calls say".to_owned())?;
        let waiting: Vec<Rank> = line.queue().iter().map(|(rank, _)| rank).collect();
        let mut in_line: Vec<Rank> =
            line.calls().filter(|call| call.is_in_line()).map(|call| call.rank()).collect();
        in_line.sort();
        must(waiting == in_line, || "the queue is not who waits".to_owned())?;
        let mut with: BTreeMap<StaffId, CallId> = BTreeMap::new();
        for desk in line.desks() {
            if let Some(call) = desk.call() {
                must(*with.entry(desk.staff).or_insert(call) == call, || {
                    "a person with two callers".to_owned()
                })?;
            }
            let gone = matches!(desk.link, Link::Lost { since } if since + line.rules().presence <= self.service.now);
            let counted = matches!(desk.duty, Duty::Available { .. } | Duty::Ringing { .. });
            must(!(gone && counted), || "somebody counts who is gone".to_owned())?;
        }
        Ok(())
    }

    fn decide(&self, command: &Command) -> Result<Vec<Event>, Rejection> {
        let now = self.service.now;
        let decided = self.service.line.decide(command.clone(), now);
        if self.bug == Some(Bug::AcceptAfterExpiry)
            && decided.is_err()
            && matches!(command, Command::Accept { .. })
        {
            return self.service.line.decide(command.clone(), now.before(Duration::from_secs(3_600)));
        }
        decided
    }

    fn next_match(&self) -> Option<(CallId, StaffId)> {
        let line = &self.service.line;
        let (call, staff) = line.next_match(self.service.now)?;
        let ready = |id: &CallId| {
            let call = line.call(*id).unwrap();
            matches!(call.phase, Phase::Waiting { .. }) && call.link.is_up()
        };
        match self.bug {
            Some(Bug::Overtaking) if line.call(call)?.is_in_line() => {
                let last = line.queue().iter().map(|(_, id)| id).filter(ready).last();
                Some((last.unwrap_or(call), staff))
            }
            _ => Some((call, staff)),
        }
    }

    fn offer(&mut self, offer: OfferId, call: CallId, staff: StaffId) -> Result<Vec<Event>, Broken> {
        let now = self.service.now;
        match self.service.line.decide(Command::Offer { offer, call, staff }, now) {
            Ok(events) => Ok(events),
            Err(_) if self.bug.is_some() => {
                let free = self.service.line.desks().filter(|desk| {
                    desk.staff == staff && desk.link.is_up() && matches!(desk.duty, Duty::Available { .. })
                });
                let devices = free.map(|desk| desk.device).collect();
                let expires = now + self.service.line.rules().ring;
                Ok(vec![Event::Offered { call, offer: Offer { id: offer, devices, staff, expires } }])
            }
            Err(refused) => Err(format!("the next match {refused}")),
        }
    }

    fn carry_out(&mut self, command: Option<&Command>, events: Vec<Event>) -> Result<(), Broken> {
        for event in &events {
            self.see(command, event)?;
            let Service { line, now, .. } = &self.service;
            self.keeper.iter_mut().for_each(|keeper| keeper.before(line, event, *now));
            self.service.line.apply(event);
            self.spoil(event);
        }
        let Service { line, now, .. } = &self.service;
        self.keeper.iter_mut().for_each(|keeper| keeper.book.look(line, *now));
        Ok(())
    }

    /// The bugs that are in what an event does.
    fn spoil(&mut self, event: &Event) {
        let now = self.service.now;
        let line = &mut self.service.line;
        match (self.bug, event) {
            (Some(Bug::LostRequeue), Event::Withdrawn { call, .. }) => {
                let rank = line.call(*call).map(Call::rank);
                rank.into_iter().for_each(|rank| line.queue.leave(rank));
            }
            (Some(Bug::DoubleOffer), Event::Offered { call, offer }) => {
                let other = line.desks().find(|desk| {
                    desk.staff != offer.staff
                        && desk.link.is_up()
                        && matches!(desk.duty, Duty::Available { .. })
                });
                if let Some(mut desk) = other.cloned() {
                    desk.duty = Duty::Ringing { call: *call, offer: offer.id, idle_since: now };
                    line.put_desk(desk);
                }
            }
            (Some(Bug::EndWithoutEvent), Event::CallerLost { call, .. }) => {
                line.apply(&Event::Ended { call: *call, by: Ending::Lost, at: now });
            }
            _ => {}
        }
    }

    /// What the observer can say of an event, of the line before it.
    fn see(&mut self, command: Option<&Command>, event: &Event) -> Result<(), Broken> {
        let (line, now) = (&self.service.line, self.service.now);
        match event {
            Event::Joined { call, ticket, .. } => {
                let live =
                    self.observer.tickets.iter().filter(|(call, _)| !self.observer.ended.contains(call));
                let newest = live.map(|(_, ticket)| ticket).max();
                must(newest.is_none_or(|other| other < ticket), || {
                    "a ticket before an older one".to_owned()
                })?;
                self.observer.tickets.insert(*call, *ticket);
            }
            Event::Offered { call, offer } => self.see_offer(*call, offer)?,
            Event::Answered { call, device, .. } => {
                let record = line.call(*call).ok_or("an answer to nobody")?;
                let offer = record.offer().ok_or("an answer to no offer")?;
                must(offer.expires > now, || "an answer after the offer's time".to_owned())?;
                must(offer.devices.contains(device), || "an answer from where it did not ring".to_owned())?;
                let named = matches!(command, Some(Command::Accept { offer: id, .. }) if *id == offer.id);
                must(named, || "an answer that nobody gave".to_owned())?;
            }
            Event::Withdrawn { call, why, .. } => {
                let expires = line.call(*call).and_then(Call::offer).map(|offer| offer.expires);
                let over = expires.is_some_and(|at| at <= now);
                must(*why != Withdrawal::Expired || over, || "an offer cut short".to_owned())?;
            }
            Event::Ended { call, by, .. } => {
                must(self.observer.ended.insert(*call), || format!("{call} ended twice"))?;
                self.see_end(command, *call, *by)?;
            }
            Event::Forgotten { call } => {
                must(self.observer.ended.contains(call), || "forgotten but not ended".to_owned())?;
                self.observer.forgotten.insert(*call);
            }
            _ => {}
        }
        Ok(())
    }

    /// Nobody is rung for two calls, no caller rings in two places, nobody is passed over.
    fn see_offer(&self, id: CallId, offer: &Offer) -> Result<(), Broken> {
        let (line, now) = (&self.service.line, self.service.now);
        let call = line.call(id).ok_or("an offer of nobody")?;
        must(call.offer().is_none(), || format!("{id} is offered twice"))?;
        must(!offer.devices.is_empty(), || "an offer that rings nowhere".to_owned())?;
        let engaged = line.desks().any(|desk| desk.staff == offer.staff && desk.call().is_some());
        must(!engaged, || "an offer to somebody whose hands are full".to_owned())?;
        if !call.is_in_line() {
            return Ok(());
        }
        for (_, earlier) in line.queue().iter().take_while(|(_, other)| *other != id) {
            must(!self.could_have(earlier, offer.staff, now), || format!("{id} overtakes {earlier}"))?;
        }
        Ok(())
    }

    /// A record ends only because somebody said so, or because both sides were gone for as long as the place is held.
    fn see_end(&self, command: Option<&Command>, id: CallId, by: Ending) -> Result<(), Broken> {
        let (line, now) = (&self.service.line, self.service.now);
        let call = line.call(id).ok_or("an end of nobody")?;
        let gone_for =
            |link: Link, hold: Duration| matches!(link, Link::Lost { since } if since + hold <= now);
        let asked = match command {
            Some(Command::Leave { call, quick }) => {
                *call == id && by == if *quick { Ending::QuickExit } else { Ending::Caller }
            }
            Some(Command::End { call: named, device }) => {
                *named == id
                    && call.talk().is_some_and(|talk| talk.is_led_by(*device))
                    && matches!(by, Ending::Counsellor | Ending::Lost)
            }
            Some(Command::HoldOver { call: named }) => {
                let (rules, talk) = (line.rules(), call.talk());
                let hold = if talk.is_some() { rules.hold_call } else { rules.hold_place };
                let nobody = talk
                    .into_iter()
                    .flat_map(|talk| talk.present())
                    .all(|party| line.desk(party.device).is_none_or(|desk| gone_for(desk.link, hold)));
                *named == id && by == Ending::Lost && gone_for(call.link, hold) && nobody
            }
            _ => false,
        };
        must(asked, || format!("{id} ended by {by:?} for no reason"))
    }

    /// Whoever is free and may be rung for has nobody to answer.
    fn nobody_waits_in_vain(&self) -> Result<(), Broken> {
        let (line, now) = (&self.service.line, self.service.now);
        let free = line.desks().filter(|desk| {
            desk.role == Role::Counsellor
                && desk.is_free()
                && !line.desks().any(|other| other.staff == desk.staff && other.engages())
        });
        for desk in free {
            for call in line.calls() {
                must(!self.could_have(call.id, desk.staff, now), || {
                    format!("{} waits while {} is free", call.id, desk.device)
                })?;
            }
        }
        Ok(())
    }

    /// Whether that caller waits, is there, and could be offered to that person now.
    fn could_have(&self, id: CallId, staff: StaffId, now: Timestamp) -> bool {
        let Some(call) = self.service.line.call(id) else { return false };
        let Phase::Waiting { place } = &call.phase else { return false };
        call.link.is_up() && place.declined.get(&staff).is_none_or(|until| *until <= now)
    }
}
