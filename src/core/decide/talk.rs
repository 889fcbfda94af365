//! More than two in a call: silent help, invitations, consultations, hand-over.

use std::collections::BTreeMap;

use super::Decision;
use crate::core::{
    command::Rejection,
    event::{Event, Withdrawal},
    ids::{CallId, DeviceId, Slot},
    line::Line,
    staff::Duty,
    talk::{Helper, Invitation, Manner, Talk, Wanted},
    time::Timestamp,
};

impl Line {
    pub(super) fn ask_help(&self, device: DeviceId, call: CallId, now: Timestamp) -> Decision {
        if self.led(device, call)?.help.is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![Event::HelpAsked { call, at: now }])
    }

    pub(super) fn help_done(&self, device: DeviceId, call: CallId) -> Decision {
        if self.led(device, call)?.help.is_none() {
            return Ok(Vec::new());
        }
        Ok(vec![Event::HelpDone { call }])
    }

    pub(super) fn escalate_help(&self, call: CallId, now: Timestamp) -> Decision {
        match self.help_escalates(self.live_call(call)?) {
            Some(at) if at <= now => Ok(vec![Event::HelpEscalated { call, at: now }]),
            _ => Err(Rejection::NotDue),
        }
    }

    pub(super) fn take_help(&self, device: DeviceId, call: CallId) -> Decision {
        let desk = self.known_desk(device)?;
        if !desk.role.gives_help() {
            return Err(Rejection::WrongRole);
        }
        let talk = self.live_call(call)?.talk().ok_or(Rejection::OutOfOrder)?;
        match talk.help.as_ref().map(|help| &help.helper) {
            Some(None) => {
                let helper = Helper { staff: desk.staff, name: desk.name.clone(), role: desk.role };
                Ok(vec![Event::HelpTaken { call, helper }])
            }
            Some(Some(helper)) if helper.staff == desk.staff => Ok(Vec::new()),
            _ => Err(Rejection::OutOfOrder),
        }
    }

    pub(super) fn invite(
        &self,
        device: DeviceId,
        call: CallId,
        wanted: Wanted,
        manner: Manner,
        now: Timestamp,
    ) -> Decision {
        let talk = self.led(device, call)?;
        if talk.aside.is_some() {
            return Err(Rejection::OutOfOrder);
        }
        if let Some(present) = talk.invitation.as_ref().filter(|invitation| invitation.failed.is_none()) {
            let same = (present.wanted, present.manner) == (wanted, manner);
            return if same { Ok(Vec::new()) } else { Err(Rejection::OutOfOrder) };
        }
        if manner == Manner::Join && talk.free_seat().is_none() {
            return Err(Rejection::NoSeat);
        }
        match wanted {
            Wanted::Next { role } if !role.joins_calls() => return Err(Rejection::WrongRole),
            Wanted::Person { staff } if !self.is_free(staff) => return Err(Rejection::NotFree),
            Wanted::Next { .. } | Wanted::Person { .. } => {}
        }
        let invitation =
            Invitation { wanted, manner, since: now, offer: None, declined: BTreeMap::new(), failed: None };
        Ok(vec![Event::Invited { call, invitation }])
    }

    pub(super) fn cancel_invite(&self, device: DeviceId, call: CallId, now: Timestamp) -> Decision {
        let talk = self.led(device, call)?;
        Ok(self.without_invitation(call, talk, now))
    }

    pub(super) fn bring_in(&self, device: DeviceId, call: CallId) -> Decision {
        let talk = self.led(device, call)?;
        if talk.aside.is_none() {
            return Err(Rejection::OutOfOrder);
        }
        Ok(vec![Event::BroughtIn { call, slot: talk.free_seat().ok_or(Rejection::NoSeat)? }])
    }

    pub(super) fn end_consult(&self, device: DeviceId, call: CallId) -> Decision {
        let call = self.main_of(call);
        let talk = self.talk_of(device, call)?;
        let aside = talk.aside.as_ref().ok_or(Rejection::OutOfOrder)?;
        if aside.host.device != device && aside.guest.device != device {
            return Err(Rejection::NotInCall);
        }
        Ok(vec![Event::ConsultEnded { call }])
    }

    pub(super) fn hand_over(&self, device: DeviceId, call: CallId, to: Slot, now: Timestamp) -> Decision {
        if self.has_left(device, call)? {
            return Ok(Vec::new());
        }
        let talk = self.led(device, call)?;
        let ready = talk.party(to).is_some() && talk.group.reads_from(to).is_some();
        if talk.aside.is_some() || to == talk.lead || !ready {
            return Err(Rejection::OutOfOrder);
        }
        let mut events = self.without_invitation(call, talk, now);
        events.extend(talk.help.is_some().then_some(Event::HelpDone { call }));
        events.extend([Event::LeadChanged { call, lead: to }, Event::Left { call, slot: talk.lead }]);
        Ok(events)
    }

    pub(super) fn take_charge(&self, device: DeviceId, call: CallId, now: Timestamp) -> Decision {
        let talk = self.talk_of(device, call)?;
        let mine = talk.party_at(device).ok_or(Rejection::NotInCall)?.slot;
        if mine == talk.lead {
            return Ok(Vec::new());
        }
        if !talk.party(talk.lead).is_none_or(|lead| self.is_gone(lead.device, now)) {
            return Err(Rejection::OutOfOrder);
        }
        let mut events: Vec<Event> = talk.aside.iter().map(|_| Event::ConsultEnded { call }).collect();
        events.push(Event::LeadChanged { call, lead: mine });
        Ok(events)
    }

    pub(super) fn leave_call(&self, device: DeviceId, call: CallId) -> Decision {
        if self.has_left(device, call)? {
            return Ok(Vec::new());
        }
        let call = self.main_of(call);
        let talk = self.talk_of(device, call)?;
        if talk.aside_of_guest(device).is_some() {
            return Ok(vec![Event::ConsultEnded { call }]);
        }
        let slot = talk.party_at(device).ok_or(Rejection::NotInCall)?.slot;
        if slot == talk.lead {
            return Err(Rejection::OutOfOrder);
        }
        Ok(vec![Event::Left { call, slot }])
    }

    pub(super) fn dismiss(&self, device: DeviceId, call: CallId, slot: Slot) -> Decision {
        let talk = self.led(device, call)?;
        if slot == talk.lead || talk.party(slot).is_none() {
            return Err(Rejection::OutOfOrder);
        }
        Ok(vec![Event::Left { call, slot }])
    }

    /// The talk that the one at that device is in charge of.
    pub(super) fn led(&self, device: DeviceId, call: CallId) -> Result<&Talk, Rejection> {
        let talk = self.talk_of(device, call)?;
        if talk.is_led_by(device) { Ok(talk) } else { Err(Rejection::NotInCharge) }
    }

    /// The talk that the one at that device has a part in.
    fn talk_of(&self, device: DeviceId, call: CallId) -> Result<&Talk, Rejection> {
        if self.known_desk(device)?.duty != (Duty::OnCall { call }) {
            return Err(Rejection::NotInCall);
        }
        self.live_call(call)?.talk().ok_or(Rejection::NotInCall)
    }

    /// Whether that person has left that call and it went on: an answer to the one who asks again.
    fn has_left(&self, device: DeviceId, call: CallId) -> Result<bool, Rejection> {
        Ok(self.known_desk(device)?.duty == (Duty::WrapUp { call, by: None }))
    }

    fn without_invitation(&self, call: CallId, talk: &Talk, now: Timestamp) -> Vec<Event> {
        let Some(invitation) = &talk.invitation else { return Vec::new() };
        let mut events = Vec::new();
        if invitation.offer.is_some() {
            events = self.withdraw(call, Withdrawal::Cancelled, now, |desk| match desk.duty {
                Duty::Ringing { idle_since, .. } => (Duty::Available { since: idle_since }, desk.misses),
                duty => (duty, desk.misses),
            });
        }
        events.push(Event::InviteCancelled { call });
        events
    }
}
