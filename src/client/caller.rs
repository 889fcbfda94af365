//! What a caller does by itself: joins the queue, keeps the place, comes back, leaves.

use std::time::Instant;

use super::{
    connection::Failure,
    endpoint::{Endpoint, Who},
    event::Event,
    group::{Group, GroupOptions},
    options::Role,
    wire::{Request, Tag},
};
use crate::{
    core::ids::{CallId, Slot},
    proto::{
        ErrorCode,
        caller::{self, CallerState, EndedBy, Leaving},
    },
};

/// See the module.
#[derive(Default)]
pub(super) struct Caller {
    /// Secret, kept over a reload: proves that it is the same caller.
    key_seed: Option<[u8; 32]>,
    /// Secret, kept over a reload.
    token: Option<String>,
    call: Option<CallId>,
    seen: u64,
    /// The person wants to be in the queue.
    wants_join: bool,
    ahead: Option<u32>,
    connected: bool,
    leaving: bool,
}

impl Endpoint {
    pub(super) fn caller(&mut self) -> Option<&mut Caller> {
        match &mut self.who {
            Who::Caller(caller) => Some(caller),
            Who::Staff(_) => None,
        }
    }

    pub(super) fn join(&mut self, now: Instant) {
        let Some(caller) = self.caller() else { return };
        if caller.token.is_none() && !caller.wants_join {
            caller.wants_join = true;
            self.moments = super::stats::Moments { asked: Some(now), ..Default::default() };
        }
        self.connect(now);
        self.join_queue(now);
    }

    /// Greets on a fresh socket; staff wait for their challenge.
    pub(super) fn greet(&mut self, now: Instant) {
        let comes_back = self.session.is_none();
        let drill = match &self.options.role {
            Role::Player(ticket) => Some(ticket.to_wire()),
            Role::Caller | Role::Staff(_) | Role::Practising(_) => None,
        };
        let Some(caller) = self.caller() else { return };
        let request = match &caller.token {
            Some(token) => {
                let seen = if comes_back { 0 } else { caller.seen };
                caller::Request::Resume { token: token.clone(), seen }
            }
            None => caller::Request::Hello { drill },
        };
        self.connection.ask(now, Tag::Greeting, Request::Caller(request), &mut self.out);
    }

    pub(super) fn join_queue(&mut self, now: Instant) {
        let up = self.connection.is_up() && self.session.is_none();
        let Some(caller) = self.caller() else { return };
        if !up || !caller.wants_join || caller.token.is_some() {
            return;
        }
        let mut key_seed = [0; 32];
        self.options.entropy.fill(&mut key_seed);
        let mut key_package = NO_GROUP.to_owned();
        let mut group = None;
        if self.options.is_encrypted() {
            let options = self.caller_group(key_seed);
            let made = Group::key_package(&options, self.wall_ms(now));
            let Ok((member, made)) = made.inspect_err(|refusal| self.out.event(Event::Alarm(refusal.code)))
            else {
                return;
            };
            key_package = made;
            let mut joined = Group::new(options);
            joined.begin(member);
            group = Some(joined);
        }
        self.begin_session(now, Slot::CALLER, group);
        if let Some(caller) = self.caller() {
            caller.key_seed = Some(key_seed);
            caller.seen = 0;
        }
        let request =
            Request::Caller(caller::Request::Join { key_package, line: None, skill: None, code: None });
        self.connection.ask(now, Tag::Join, request, &mut self.out);
    }

    /// The server has named the call.
    pub(super) fn keep(&mut self, token: String, call: &str) {
        let Ok(call) = call.parse::<CallId>() else { return };
        if let Some(group) = self.session.as_mut().and_then(|session| session.group.as_mut()) {
            group.name(*call.as_bytes());
        }
        if let Some(caller) = self.caller() {
            (caller.token, caller.call) = (Some(token), Some(call));
        }
    }

    pub(super) fn enter_caller(&mut self, now: Instant, state: CallerState) {
        match state {
            CallerState::Idle => {}
            CallerState::Waiting { ahead, .. } => {
                self.moments.waiting.get_or_insert(now);
                let changed = self.caller().is_some_and(|caller| caller.ahead.replace(ahead) != Some(ahead));
                if changed {
                    self.out.event(Event::Waiting { ahead });
                }
                self.in_call(now);
            }
            CallerState::Connected { participants } => {
                self.moments.waiting.get_or_insert(now);
                self.in_call(now);
                self.answered(now);
                let first =
                    self.caller().is_some_and(|caller| !std::mem::replace(&mut caller.connected, true));
                if first {
                    if let Some(call) = self.caller().and_then(|caller| caller.call) {
                        self.out.event(Event::InCall { call });
                    }
                    self.out.event(Event::Connected);
                }
                self.seat(now, &participants);
            }
            CallerState::Ended { by } => self.caller_is_out(now, by),
        }
    }

    pub(super) fn caller_answered(&mut self, now: Instant, tag: Tag, result: Result<(), Failure>) {
        match (tag, result) {
            (Tag::Greeting, Err(Failure::Refused(ErrorCode::UnknownSession))) => {
                // The call is over, and its end was missed.
                self.caller_is_out(now, EndedBy::Lost);
            }
            (Tag::Greeting, Err(Failure::Refused(ErrorCode::NoDrill))) => self.stop_caller(),
            (Tag::Join, Ok(())) => self.in_call(now),
            (Tag::Join, Err(failure)) => {
                // Where the place was given and only the last word of it lost, the next connection resumes it.
                let Some(caller) = self.caller() else { return };
                if caller.token.is_none() {
                    caller.wants_join &= failure == Failure::Lost;
                    self.drop_session(false);
                }
            }
            (Tag::End, Ok(())) if self.caller().is_some_and(|caller| caller.leaving) => {
                self.caller_is_out(now, EndedBy::Caller);
            }
            _ => {}
        }
    }

    pub(super) fn leave(&mut self, now: Instant) {
        let Some(caller) = self.caller() else { return };
        if caller.token.is_none() {
            caller.wants_join = false;
            return self.stop();
        }
        caller.leaving = true;
        let request = Request::Caller(caller::Request::Leave { how: Leaving::Left });
        self.connection.ask(now, Tag::End, request, &mut self.out);
    }

    /// Stops for good, without a way back.
    pub(super) fn stop_caller(&mut self) {
        if let Some(caller) = self.caller() {
            *caller = Caller::default();
        }
        self.stop();
    }

    pub(super) fn forget_caller(&mut self) {
        if let Some(caller) = self.caller() {
            (caller.seen, caller.ahead) = (0, None);
        }
    }

    pub(super) fn caller_seen(&mut self, seq: u64) {
        if let Some(caller) = self.caller() {
            caller.seen = caller.seen.max(seq);
        }
    }

    /// In the queue or in a call: the leg is opened; after a reload the same caller comes back with a new leaf.
    fn in_call(&mut self, now: Instant) {
        if self.session.is_none() {
            let Some(key_seed) = self.caller().and_then(|caller| caller.key_seed) else { return };
            let wall_ms = self.wall_ms(now);
            let group = self.options.is_encrypted().then(|| {
                let mut group = Group::new(self.caller_group(key_seed));
                group.rejoin(wall_ms, &mut *self.options.entropy);
                group
            });
            self.begin_session(now, Slot::CALLER, group);
        }
        if let Some(session) = &mut self.session {
            session.open = true;
        }
    }

    /// The end, for whatever reason: nothing of the call is left behind.
    fn caller_is_out(&mut self, now: Instant, by: EndedBy) {
        if let Some(caller) = self.caller() {
            *caller = Caller::default();
        }
        self.call_over(now, by);
        self.connection.stop(false, &mut self.out);
    }

    fn caller_group(&mut self, key_seed: [u8; 32]) -> GroupOptions {
        let call = self.caller().and_then(|caller| caller.call).map_or([0; 16], |call| *call.as_bytes());
        GroupOptions {
            call,
            slot: Slot::CALLER,
            authority: self.options.authority,
            key_seed,
            credential: None,
        }
    }
}

/// What stands for a KeyPackage where there is no group; the server does not read it.
const NO_GROUP: &str = "bm8gZ3JvdXA=";
