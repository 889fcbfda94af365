//! Ringing: an offer is made, taken, passed, or runs out.

use super::Decision;
use crate::core::{
    call::{Offer, Phase},
    command::Rejection,
    event::{After, Event, Withdrawal},
    ids::{CallId, DeviceId, OfferId, StaffId},
    line::Line,
    staff::{Desk, Duty},
    talk::{Manner, NotCome, Wanted},
    time::Timestamp,
};

impl Line {
    pub(super) fn offer(&self, id: OfferId, call: CallId, staff: StaffId, now: Timestamp) -> Decision {
        if self.next_match(now) != Some((call, staff)) {
            return Err(Rejection::NoMatch);
        }
        let free = self.desks.values().filter(|desk| desk.staff == staff && desk.is_free());
        let devices = free.map(|desk| desk.device).collect();
        Ok(vec![Event::Offered { call, offer: Offer { id, devices, staff, expires: now + self.rules.ring } }])
    }

    pub(super) fn accept(&self, device: DeviceId, id: OfferId, now: Timestamp) -> Decision {
        let desk = self.known_desk(device)?;
        if let Duty::OnCall { call } = desk.duty
            && self.has_accepted(call, device, id)
        {
            return Ok(Vec::new());
        }
        let call = call_of_offer(desk, id).ok_or(Rejection::OfferGone)?;
        let record = self.live_call(call)?;
        if record.offer().is_none_or(|offer| offer.expires <= now) {
            return Err(Rejection::OfferGone);
        }
        let Phase::Connected(talk) = &record.phase else {
            return Ok(vec![Event::Answered { call, device, at: now }]);
        };
        match talk.invitation.as_ref().map(|invitation| invitation.manner) {
            Some(Manner::Join) => {
                let slot = talk.free_seat().ok_or(Rejection::NoSeat)?;
                Ok(vec![Event::Seated { call, device, slot }])
            }
            // The offer's id is fresh and random, and names nothing else that lives: it names the room.
            Some(Manner::Consult) => {
                let aside = CallId::from_random(*id.as_bytes());
                Ok(vec![Event::Consulted { call, device, aside, at: now }])
            }
            None => Err(Rejection::OfferGone),
        }
    }

    pub(super) fn pass(&self, device: DeviceId, id: OfferId, now: Timestamp) -> Decision {
        let call = call_of_offer(self.known_desk(device)?, id).ok_or(Rejection::OfferGone)?;
        Ok(self.withdraw(call, Withdrawal::Passed, now, |_| (Duty::Available { since: now }, 0)))
    }

    pub(super) fn expire(&self, call: CallId, now: Timestamp) -> Decision {
        let offer = self.live_call(call)?.offer().ok_or(Rejection::OfferGone)?;
        if offer.expires > now {
            return Err(Rejection::NotDue);
        }
        Ok(self.withdraw(call, Withdrawal::Expired, now, |desk| {
            let misses = desk.misses + 1;
            if misses >= self.rules.misses_allowed {
                (Duty::Unavailable, 0)
            } else {
                (Duty::Available { since: now }, misses)
            }
        }))
    }

    pub(super) fn absent(&self, device: DeviceId, now: Timestamp) -> Decision {
        let desk = self.known_desk(device)?;
        if self.absent_at(desk).is_none_or(|at| at > now) {
            return Err(Rejection::NotDue);
        }
        let mut events = match desk.duty {
            Duty::Ringing { call, .. } if self.rings_elsewhere(call, device) => {
                vec![Event::Quieted { call, device, then: Duty::Unavailable }]
            }
            Duty::Ringing { call, .. } => {
                self.withdraw(call, Withdrawal::ConsoleLost, now, |_| (Duty::Unavailable, 0))
            }
            _ => Vec::new(),
        };
        events.push(Event::DeskClosed { device });
        Ok(events)
    }

    /// Ends the ring at one console, and with it the offer where no other console of that person rings.
    pub(super) fn quiet(&self, call: CallId, device: DeviceId, then: Duty, now: Timestamp) -> Vec<Event> {
        if self.rings_elsewhere(call, device) {
            return vec![Event::Quieted { call, device, then }];
        }
        self.withdraw(call, Withdrawal::Passed, now, |_| (then, 0))
    }

    /// Ends the offer that rings for that call. Whoever was asked by name is not asked again.
    pub(super) fn withdraw(
        &self,
        call: CallId,
        why: Withdrawal,
        now: Timestamp,
        then: impl Fn(&Desk) -> (Duty, u32),
    ) -> Vec<Event> {
        let Some(record) = self.calls.get(&call) else { return Vec::new() };
        let rang = record.offer().into_iter().flat_map(|offer| &offer.devices);
        let after = |desk: &Desk| {
            let (duty, misses) = then(desk);
            After { device: desk.device, duty, misses }
        };
        let then = rang.filter_map(|device| self.desks.get(device)).map(after).collect();
        let mut events = vec![Event::Withdrawn { call, why, rest_until: now + self.rules.rest, then }];
        let invitation = record.talk().and_then(|talk| talk.invitation.as_ref());
        let failed = match why {
            Withdrawal::Passed => Some(NotCome::Passed),
            Withdrawal::Expired | Withdrawal::ConsoleLost => Some(NotCome::NoAnswer),
            Withdrawal::Cancelled => None,
        };
        if let Some(why) = failed
            && invitation.is_some_and(|invitation| matches!(invitation.wanted, Wanted::Person { .. }))
        {
            events.push(Event::InviteFailed { call, why });
        }
        events
    }

    fn rings_elsewhere(&self, call: CallId, device: DeviceId) -> bool {
        let offer = self.calls.get(&call).and_then(|call| call.offer());
        offer.is_some_and(|offer| offer.devices.iter().any(|other| *other != device))
    }

    fn has_accepted(&self, call: CallId, device: DeviceId, offer: OfferId) -> bool {
        let Some(talk) = self.calls.get(&call).and_then(|call| call.talk()) else { return false };
        let guest = talk.aside_of_guest(device).map(|aside| &aside.guest);
        talk.party_at(device).or(guest).is_some_and(|party| party.offer == offer)
    }
}

fn call_of_offer(desk: &Desk, offer: OfferId) -> Option<CallId> {
    match desk.duty {
        Duty::Ringing { call, offer: present, .. } if present == offer => Some(call),
        _ => None,
    }
}
