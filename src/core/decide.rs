//! What a command brings about, or why it is refused. Nothing is changed here.

use super::{
    call::{Call, Ending, Link, Offer, Phase},
    command::{Command, Event, Rejection, Withdrawal},
    ids::{CallId, DeviceId, OfferId, Slot},
    line::Line,
    staff::{Desk, Duty, Role},
    time::Timestamp,
};

type Decision = Result<Vec<Event>, Rejection>;

impl Line {
    /// The events that `command` brings about at `now`. None means that what it asks for is so already.
    pub fn decide(&self, command: Command, now: Timestamp) -> Decision {
        match command {
            Command::Join { call, session, key_package } => {
                if self.calls.contains_key(&call) || self.by_session(&session).is_some() {
                    return Err(Rejection::IdTaken);
                }
                if self.queue.len() >= self.rules.max_waiting {
                    return Err(Rejection::Full);
                }
                Ok(vec![Event::Joined { call, session, ticket: self.next_ticket(now), key_package }])
            }
            Command::CallerLost { call } => match self.known_call(call)?.link {
                Link::Up => Ok(vec![Event::CallerLost { call, since: now }]),
                Link::Lost { .. } => Ok(Vec::new()),
            },
            Command::CallerBack { call } => {
                self.known_call(call)?;
                Ok(vec![Event::CallerBack { call }])
            }
            Command::Leave { call, quick } => {
                if self.known_call(call)?.is_ended() {
                    return Ok(Vec::new());
                }
                let by = if quick { Ending::QuickExit } else { Ending::Caller };
                Ok(vec![Event::Ended { call, by, at: now }])
            }
            Command::CallerPackage { call, key_package } => {
                self.live_call(call)?;
                Ok(vec![Event::Packaged { call, slot: Slot::CALLER, key_package }])
            }
            Command::SignIn { device, staff, name, role } => {
                if self.desks.get(&device).is_some_and(|desk| desk.staff != staff) {
                    return Err(Rejection::OtherPerson);
                }
                Ok(vec![Event::SignedIn { device, staff, name, role }])
            }
            Command::DeskLost { device, since } => {
                self.known_desk(device)?;
                Ok(vec![Event::DeskLost { device, since }])
            }
            Command::Available { device } => self.available(device, now),
            Command::Unavailable { device } => self.unavailable(device, now),
            Command::Accept { device, offer } => self.accept(device, offer, now),
            Command::Pass { device, offer } => {
                let desk = self.known_desk(device)?;
                let call = self.call_of_offer(desk, offer).ok_or(Rejection::OfferGone)?;
                let then = Duty::Available { since: now };
                Ok(vec![self.withdrawn(call, Withdrawal::Passed, then, 0, now)])
            }
            Command::End { device, call } => self.end(device, call, now),
            Command::WrapUpDone { device, call, available } => {
                let desk = self.known_desk(device)?;
                if !matches!(desk.duty, Duty::WrapUp { call: other, .. } if other == call) {
                    return Err(Rejection::OutOfOrder);
                }
                let duty = if available { Duty::Available { since: now } } else { Duty::Unavailable };
                Ok(vec![Event::DutyChanged { device, duty }])
            }
            Command::StaffPackage { device, call, key_package } => {
                if self.known_desk(device)?.duty != (Duty::OnCall { call }) {
                    return Err(Rejection::NotInCall);
                }
                Ok(vec![Event::Packaged { call, slot: Slot::COUNSELLOR, key_package }])
            }
            Command::Commit { call, from, epoch, added } => {
                let group = self.live_call(call)?.group().ok_or(Rejection::OutOfOrder)?;
                let seq = group.check_commit(from, epoch, &added)?;
                Ok(vec![Event::Committed { call, from, epoch, added, seq }])
            }
            Command::Application { call, from } => {
                let group = self.live_call(call)?.group().ok_or(Rejection::OutOfOrder)?;
                Ok(vec![Event::Sent { call, seq: group.check_application(from)? }])
            }
            Command::Offer { offer, call, device } => {
                if self.next_match(now) != Some((call, device)) {
                    return Err(Rejection::NoMatch);
                }
                let staff = self.known_desk(device)?.staff;
                let offer = Offer { id: offer, device, staff, expires: now + self.rules.ring };
                Ok(vec![Event::Offered { call, offer }])
            }
            Command::Expire { call } => self.expire(call, now),
            Command::HoldOver { call } => {
                let record = self.live_call(call)?;
                if self.hold_ends(record).is_none_or(|at| at > now) {
                    return Err(Rejection::NotDue);
                }
                Ok(vec![Event::Ended { call, by: Ending::Lost, at: now }])
            }
            Command::DeskAbsent { device } => self.absent(device, now),
            Command::Forget { call } => match self.known_call(call)?.phase {
                Phase::Ended { at, .. } if at + self.rules.keep_ended <= now => {
                    Ok(vec![Event::Forgotten { call }])
                }
                _ => Err(Rejection::NotDue),
            },
        }
    }

    fn available(&self, device: DeviceId, now: Timestamp) -> Decision {
        let desk = self.known_desk(device)?;
        if desk.role != Role::Counsellor {
            return Err(Rejection::WrongRole);
        }
        match desk.duty {
            Duty::Unavailable => {
                Ok(vec![Event::DutyChanged { device, duty: Duty::Available { since: now } }])
            }
            Duty::Available { .. } | Duty::Ringing { .. } => Ok(Vec::new()),
            Duty::OnCall { .. } | Duty::WrapUp { .. } => Err(Rejection::OutOfOrder),
        }
    }

    fn unavailable(&self, device: DeviceId, now: Timestamp) -> Decision {
        match self.known_desk(device)?.duty {
            Duty::Unavailable => Ok(Vec::new()),
            Duty::Available { .. } => Ok(vec![Event::DutyChanged { device, duty: Duty::Unavailable }]),
            Duty::Ringing { call, .. } => {
                Ok(vec![self.withdrawn(call, Withdrawal::Passed, Duty::Unavailable, 0, now)])
            }
            Duty::OnCall { .. } | Duty::WrapUp { .. } => Err(Rejection::OutOfOrder),
        }
    }

    fn accept(&self, device: DeviceId, offer: OfferId, now: Timestamp) -> Decision {
        let desk = self.known_desk(device)?;
        if let Duty::OnCall { call } = desk.duty
            && matches!(self.calls.get(&call), Some(Call { phase: Phase::Connected { offer: accepted, .. }, .. })
                if *accepted == offer)
        {
            return Ok(Vec::new());
        }
        let call = self.call_of_offer(desk, offer).ok_or(Rejection::OfferGone)?;
        match self.live_call(call)?.offer() {
            Some(offer) if offer.expires > now => Ok(vec![Event::Answered { call, at: now }]),
            _ => Err(Rejection::OfferGone),
        }
    }

    fn end(&self, device: DeviceId, call: CallId, now: Timestamp) -> Decision {
        match self.known_desk(device)?.duty {
            Duty::OnCall { call: present } if present == call => {
                let lost_for_good = matches!(self.known_call(call)?.link,
                    Link::Lost { since } if since + self.rules.hold_call <= now);
                let by = if lost_for_good { Ending::Lost } else { Ending::Counsellor };
                Ok(vec![Event::Ended { call, by, at: now }])
            }
            Duty::WrapUp { call: ended, .. } if ended == call => Ok(Vec::new()),
            _ => Err(Rejection::NotInCall),
        }
    }

    fn expire(&self, call: CallId, now: Timestamp) -> Decision {
        let offer = self.live_call(call)?.offer().ok_or(Rejection::OfferGone)?;
        if offer.expires > now {
            return Err(Rejection::NotDue);
        }
        let misses = self.known_desk(offer.device)?.misses + 1;
        if misses >= self.rules.misses_allowed {
            return Ok(vec![self.withdrawn(call, Withdrawal::Expired, Duty::Unavailable, 0, now)]);
        }
        Ok(vec![self.withdrawn(call, Withdrawal::Expired, Duty::Available { since: now }, misses, now)])
    }

    fn absent(&self, device: DeviceId, now: Timestamp) -> Decision {
        let desk = self.known_desk(device)?;
        if self.absent_at(desk).is_none_or(|at| at > now) {
            return Err(Rejection::NotDue);
        }
        let closed = Event::DeskClosed { device };
        match desk.duty {
            Duty::Ringing { call, .. } => {
                Ok(vec![self.withdrawn(call, Withdrawal::ConsoleLost, Duty::Unavailable, 0, now), closed])
            }
            _ => Ok(vec![closed]),
        }
    }

    fn withdrawn(&self, call: CallId, why: Withdrawal, then: Duty, misses: u32, now: Timestamp) -> Event {
        Event::Withdrawn { call, why, rest_until: now + self.rules.rest, then, misses }
    }

    fn call_of_offer(&self, desk: &Desk, offer: OfferId) -> Option<CallId> {
        match desk.duty {
            Duty::Ringing { call, offer: present, .. } if present == offer => Some(call),
            _ => None,
        }
    }

    fn known_call(&self, call: CallId) -> Result<&Call, Rejection> {
        self.calls.get(&call).ok_or(Rejection::UnknownCall)
    }

    fn live_call(&self, call: CallId) -> Result<&Call, Rejection> {
        self.known_call(call)
            .and_then(|call| if call.is_ended() { Err(Rejection::UnknownCall) } else { Ok(call) })
    }

    fn known_desk(&self, device: DeviceId) -> Result<&Desk, Rejection> {
        self.desks.get(&device).ok_or(Rejection::UnknownDesk)
    }
}
