//! What a member of staff does by itself: signs in, is available, answers, comes back, wraps up.

use std::time::Instant;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openmls_traits::signatures::Signer as _;

use super::{
    connection::Failure,
    endpoint::{Endpoint, Who},
    event::{Event, Fault},
    group::{Group, GroupOptions},
    options::StaffDevice,
    stats::Moments,
    wire::{self, Request, Tag},
};
use crate::{
    core::ids::{CallId, OfferId, Slot},
    e2ee::SigningKeys,
    proto::{
        ErrorCode,
        staff::{self, Offer, StaffState},
    },
};

/// See the module.
pub(super) struct Staff {
    device: StaffDevice,
    wants_available: bool,
    offer: Option<OfferId>,
    /// The KeyPackage that the prepared group is for.
    prepared_for: Option<String>,
    accepting: bool,
    /// The call that the session is of.
    pub call: Option<CallId>,
    /// The call of which `Connected` was told.
    connected: Option<CallId>,
    seen: u64,
    answer_at: Option<Instant>,
    wrap_up: Option<CallId>,
    wrap_up_until: Option<Instant>,
    told_available: Option<bool>,
}

impl Staff {
    pub(super) fn new(device: StaffDevice) -> Self {
        Self {
            device,
            wants_available: false,
            offer: None,
            prepared_for: None,
            accepting: false,
            call: None,
            connected: None,
            seen: 0,
            answer_at: None,
            wrap_up: None,
            wrap_up_until: None,
            told_available: None,
        }
    }
}

impl Endpoint {
    fn staff(&mut self) -> Option<&mut Staff> {
        match &mut self.who {
            Who::Staff(staff) => Some(staff),
            Who::Caller(_) => None,
        }
    }

    /// Answers the challenge of a fresh connection.
    pub(super) fn sign_in(&mut self, now: Instant, nonce: &str) {
        let said = format!("quietline staff sign-in v1\n{}\n{nonce}", self.options.origin);
        let in_call = self.session.is_some();
        let Some(staff) = self.staff() else { return };
        let signed = SigningKeys::from_seed(&staff.device.key_seed)
            .ok()
            .and_then(|keys| keys.sign(said.as_bytes()).ok());
        let Some(signed) = signed else {
            self.stop();
            return self.out.event(Event::Broken(Fault::DeviceKey));
        };
        let request = staff::Request::SignIn {
            credential: staff.device.credential.clone(),
            signature: STANDARD.encode(signed),
            seen: if in_call { staff.seen } else { 0 },
        };
        self.connection.ask(now, Tag::Greeting, Request::Staff(request), &mut self.out);
    }

    pub(super) fn go_available(&mut self, now: Instant, available: bool) {
        let Some(staff) = self.staff() else { return };
        staff.wants_available = available;
        self.connect(now);
        if self.connection.is_up() {
            self.ask_available(now, available);
        }
    }

    fn ask_available(&mut self, now: Instant, available: bool) {
        let (tag, request) = match available {
            true => (Tag::Available, staff::Request::Available),
            false => (Tag::Unavailable, staff::Request::Unavailable),
        };
        if !self.connection.awaits(tag) {
            self.connection.ask(now, tag, Request::Staff(request), &mut self.out);
        }
    }

    pub(super) fn enter_staff(&mut self, now: Instant, state: StaffState) {
        match state {
            StaffState::Unavailable | StaffState::Available => {
                let available = state == StaffState::Available;
                self.offer_is_gone();
                let Some(staff) = self.staff() else { return };
                staff.wrap_up = None;
                let wants = staff.wants_available;
                if staff.told_available.replace(available) != Some(available) {
                    self.out.event(if available { Event::Available } else { Event::Unavailable });
                }
                if wants && !available {
                    self.ask_available(now, true);
                }
            }
            StaffState::Ringing { offer } => self.ring(now, &offer),
            StaffState::OnCall { call } => {
                self.talk(now, call.id, call.slot);
                self.seat(now, &call.participants);
            }
            StaffState::WrapUp { call, ended_by, .. } => {
                let wrap_up = self.options.wrap_up;
                let Some(staff) = self.staff() else { return };
                if staff.wrap_up.replace(call) == Some(call) {
                    return;
                }
                staff.wrap_up_until = wrap_up.map(|after| now + after);
                // After a reload the end of the call is no news.
                let was_in_call = staff.connected.is_some();
                self.out_of_call();
                match ended_by {
                    Some(by) if was_in_call => self.call_over(now, by),
                    _ => self.drop_session(false),
                }
                self.out.event(Event::WrapUp);
            }
            // This endpoint neither pauses nor answers to anybody but callers: what rings here for others runs out.
            StaffState::Paused { .. } | StaffState::Invited { .. } | StaffState::Consulted { .. } => {
                self.offer_is_gone();
            }
        }
    }

    /// While it rings: the media leg connects and the group is made. No sound is sent.
    fn ring(&mut self, now: Instant, offer: &Offer) {
        let answer_after = self.options.answer_after;
        let has_session = self.session.is_some();
        let Some(staff) = self.staff() else { return };
        (staff.told_available, staff.wrap_up) = (None, None);
        let is_new = staff.offer.replace(offer.id) != Some(offer.id);
        if is_new {
            staff.answer_at = answer_after.map(|after| now + after);
            self.moments =
                Moments { asked: self.moments.asked, welcome: self.moments.welcome, ..Default::default() };
            self.moments.offered = Some(now);
            self.out.event(Event::Offered);
        }
        let Some(staff) = self.staff() else { return };
        if staff.accepting {
            return;
        }
        if !has_session || staff.call != Some(offer.call) {
            self.begin_staff_session(now, offer.call, Slot::COUNSELLOR);
        }
        let wall_ms = self.wall_ms(now);
        let Some(staff) = self.staff() else { return };
        if staff.prepared_for.as_ref() != Some(&offer.key_package) {
            staff.prepared_for = Some(offer.key_package.clone());
            if let Some(group) = self.session.as_mut().and_then(|session| session.group.as_mut()) {
                group.prepare(&offer.key_package, wall_ms);
            }
        }
    }

    pub(super) fn accept(&mut self, now: Instant) {
        let ready = self.session.is_some() && self.connection.is_up();
        let Some(staff) = self.staff() else { return };
        let Some(offer) = staff.offer.filter(|_| ready && !staff.accepting) else { return };
        staff.accepting = true;
        staff.answer_at = None;
        self.moments.accepted = Some(now);
        self.connection.ask(now, Tag::Accept, wire::accept(offer), &mut self.out);
        // Sent right behind, without waiting: the server reads it in order, and refuses both if it refuses one.
        let wall_ms = self.wall_ms(now);
        if let Some(group) = self.session.as_mut().and_then(|session| session.group.as_mut()) {
            group.commit_prepared(wall_ms, &mut *self.options.entropy);
        }
    }

    pub(super) fn pass(&mut self, now: Instant) {
        let Some(offer) = self.staff().and_then(|staff| staff.offer) else { return };
        self.connection.ask(now, Tag::Pass, wire::pass(offer), &mut self.out);
    }

    pub(super) fn hang_up(&mut self, now: Instant) {
        let Some(staff) = self.staff() else { return self.leave(now) };
        let Some(call) = staff.connected else { return };
        let request = Request::Staff(staff::Request::End { call });
        self.connection.ask(now, Tag::End, request, &mut self.out);
    }

    pub(super) fn wrap_up_done(&mut self, now: Instant, available: bool) {
        let Some(staff) = self.staff() else { return };
        let Some(call) = staff.wrap_up else { return };
        staff.wrap_up_until = None;
        staff.wants_available = available;
        let request = Request::Staff(staff::Request::WrapUpDone { call, available });
        self.connection.ask(now, Tag::WrapUpDone, request, &mut self.out);
    }

    pub(super) fn answer_to_role(&mut self, now: Instant, tag: Tag, result: Result<(), Failure>) {
        match (tag, result) {
            (Tag::Greeting, Err(Failure::Refused(ErrorCode::BadCredential | ErrorCode::NoDrill))) => {
                self.stop()
            }
            (Tag::Accept, Ok(())) => {
                if let Some(staff) = self.staff() {
                    staff.accepting = false;
                }
                self.in_call_now(now);
            }
            (Tag::Accept, Err(_)) => {
                if let Some(staff) = self.staff() {
                    staff.accepting = false;
                }
                self.offer_is_gone();
            }
            _ => self.caller_answered(now, tag, result),
        }
    }

    /// The server has said welcome.
    pub(super) fn welcomed(&mut self, now: Instant) {
        if let Some(staff) = self.staff() {
            staff.told_available = None;
        }
        self.join_queue(now);
    }

    /// A log entry was dealt with.
    pub(super) fn note_seen(&mut self, seq: u64) {
        match self.staff() {
            Some(staff) => staff.seen = staff.seen.max(seq),
            None => self.caller_seen(seq),
        }
    }

    /// What a reload leaves of a role's own memory.
    pub(super) fn forget_role(&mut self) {
        let Some(staff) = self.staff() else { return self.forget_caller() };
        let (connected, wants_available) = (staff.connected, staff.wants_available);
        *staff = Staff { connected, wants_available, ..Staff::new(staff.device.clone()) };
    }

    /// Does what is due of answering and wrapping up.
    pub(super) fn tick_staff(&mut self, now: Instant) {
        let Some(staff) = self.staff() else { return };
        if staff.answer_at.take_if(|at| *at <= now).is_some() {
            self.accept(now);
        }
        let Some(staff) = self.staff() else { return };
        if staff.wrap_up_until.take_if(|until| *until <= now).is_some() {
            self.wrap_up_done(now, true);
        }
    }

    pub(super) fn staff_deadline(&self) -> Option<Instant> {
        match &self.who {
            Who::Staff(staff) => [staff.answer_at, staff.wrap_up_until].into_iter().flatten().min(),
            Who::Caller(_) => None,
        }
    }

    fn talk(&mut self, now: Instant, call: CallId, slot: Slot) {
        let wall_ms = self.wall_ms(now);
        let has_session = self.session.is_some();
        let Some(staff) = self.staff() else { return };
        staff.told_available = None;
        if !has_session || staff.call != Some(call) {
            // The page was reloaded in the call: the same person with a new leaf.
            self.begin_staff_session(now, call, slot);
            if let Some(group) = self.session.as_mut().and_then(|session| session.group.as_mut()) {
                group.rejoin(wall_ms, &mut *self.options.entropy);
            }
        }
        let accepting = self.staff().is_some_and(|staff| staff.accepting);
        if !accepting {
            self.in_call_now(now);
        }
    }

    fn in_call_now(&mut self, now: Instant) {
        self.answered(now);
        let Some(staff) = self.staff() else { return };
        (staff.offer, staff.answer_at) = (None, None);
        let Some(call) = staff.call else { return };
        if staff.connected.replace(call) != Some(call) {
            self.out.event(Event::InCall { call });
            self.out.event(Event::Connected);
        }
    }

    /// The offer ended without this console in the call, if there was one. A pipelined accept may cross the state before it.
    fn offer_is_gone(&mut self) {
        let Some(staff) = self.staff().filter(|staff| !staff.accepting) else { return };
        let rang = staff.offer.is_some();
        self.out_of_call();
        self.drop_session(false);
        if rang {
            self.out.event(Event::OfferGone);
        }
    }

    fn out_of_call(&mut self) {
        let Some(staff) = self.staff() else { return };
        staff.accepting = false;
        (staff.offer, staff.answer_at, staff.prepared_for, staff.call) = (None, None, None, None);
        staff.connected = None;
    }

    fn begin_staff_session(&mut self, now: Instant, call: CallId, slot: Slot) {
        let Some(staff) = self.staff() else { return };
        (staff.call, staff.seen, staff.prepared_for) = (Some(call), 0, None);
        let (key_seed, credential) = (staff.device.key_seed, Some(staff.device.credential.clone()));
        let authority = self.options.authority;
        let group = self.options.is_encrypted().then(|| {
            Group::new(GroupOptions { call: *call.as_bytes(), slot, authority, key_seed, credential })
        });
        self.begin_session(now, slot, group).open = true;
    }
}
