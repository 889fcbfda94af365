//! What callers ask.

use super::{
    NodeConfig,
    actor::{Actor, session_hash},
    follow_ups::FollowUpError,
    handle::{CallerConn, CallerOutbox, Seat},
    limits, views,
};
use crate::{
    core::{
        command::Command,
        directory::{LineName, Skill},
        follow_up::Booked,
        ids::{CallId, Slot},
        queue::Priority,
    },
    proto::{
        ErrorCode, Goodbye, ProtocolError,
        caller::{CallerState, Leaving, Message, Request},
    },
};

impl Actor {
    pub(super) fn caller_hello(&mut self, outbox: CallerOutbox) -> CallerConn {
        let conn = CallerConn(self.next_conn());
        self.callers.add(conn, outbox);
        self.welcome_caller(conn);
        self.callers.tell(conn, Message::State { state: CallerState::Idle });
        conn
    }

    pub(super) fn caller_resume(
        &mut self,
        token: &str,
        seen: u64,
        outbox: CallerOutbox,
    ) -> Result<CallerConn, ProtocolError> {
        let call = self.line.by_session(&session_hash(token)).ok_or_else(|| ProtocolError {
            code: ErrorCode::UnknownSession,
            text: "this call is over, or never was".to_owned(),
        })?;
        let conn = CallerConn(self.next_conn());
        self.callers.add(conn, outbox);
        if let Some(old) = self.callers.hold(conn, call) {
            self.callers.tell(old, Message::Bye { why: Goodbye::TakenOver });
            self.callers.remove(old);
        }
        self.give(Command::CallerBack { call }).map_err(views::refusal)?;
        self.welcome_caller(conn);
        self.callers.tell(conn, Message::Session { token: token.to_owned(), call: call.to_string() });
        let on_shift = self.line.call(call).is_some_and(|call| self.line.is_served(&call.line));
        self.show_caller(conn, call, on_shift, self.ahead(call));
        self.show_code(conn, call);
        for entry in self.unread(call, Slot::CALLER, seen) {
            self.callers.tell(conn, Message::Mls(entry));
        }
        Ok(conn)
    }

    pub(super) fn caller_request(
        &mut self,
        conn: CallerConn,
        re: u32,
        request: Request,
        booked: Option<Booked>,
    ) {
        if !self.callers.contains(conn) {
            return;
        }
        let answer = match self.caller_asks(conn, request, booked) {
            Ok(()) => Message::Done { re },
            Err(error) => Message::Error { re: Some(re), error },
        };
        self.caller_out(conn, answer);
    }

    pub(super) fn caller_gone(&mut self, conn: CallerConn) {
        if let Some(call) = self.callers.remove(conn)
            && let Err(rejection) = self.give(Command::CallerLost { call })
        {
            tracing::debug!(%rejection, "a caller of no call is gone");
        }
    }

    pub(super) fn caller_seat(&self, conn: CallerConn) -> Result<Seat, ProtocolError> {
        let call = self.live_call(conn).ok_or_else(nothing_joined)?;
        Ok(self.seat(call, Slot::CALLER))
    }

    fn caller_asks(
        &mut self,
        conn: CallerConn,
        request: Request,
        booked: Option<Booked>,
    ) -> Result<(), ProtocolError> {
        match request {
            Request::Join { key_package, line, skill, code } => {
                // One sentence for a code that never was, that is over, and that was used.
                if code.is_some() && booked.is_none() {
                    return Err(FollowUpError::Unknown.refusal());
                }
                self.join(conn, key_package, line, skill, booked)
            }
            // It was done before this task heard of it.
            Request::ForgetCode { .. } => Ok(()),
            Request::AskAnother { key_package } => {
                limits::check_key_package(&key_package)?;
                let call = self.live_call(conn).ok_or_else(nothing_joined)?;
                self.rates.take(call, self.now())?;
                self.give(Command::AskAnother { call, key_package }).map_err(views::refusal)
            }
            Request::KeyPackage { key_package } => {
                limits::check_key_package(&key_package)?;
                let call = self.live_call(conn).ok_or_else(nothing_joined)?;
                self.rates.take(call, self.now())?;
                self.give(Command::CallerPackage { call, key_package }).map_err(views::refusal)
            }
            Request::Mls { message } => {
                let call = self.live_call(conn).ok_or_else(nothing_joined)?;
                self.take_message(call, Slot::CALLER, message)
            }
            Request::Say { message } => {
                let call = self.live_call(conn).ok_or_else(nothing_joined)?;
                self.pass_on(call, Slot::CALLER, message)
            }
            Request::Leave { how } => {
                let call = self.callers.key(conn).ok_or_else(nothing_joined)?;
                let quick = how == Leaving::QuickExit;
                self.give(Command::Leave { call, quick }).map_err(views::refusal)
            }
            Request::Hello { .. } | Request::Resume { .. } | Request::Media(_) | Request::Ping => {
                Err(ProtocolError {
                    code: ErrorCode::OutOfOrder,
                    text: "not possible in the present state".to_owned(),
                })
            }
        }
    }

    fn join(
        &mut self,
        conn: CallerConn,
        key_package: String,
        line: Option<LineName>,
        skill: Option<Skill>,
        follow_up: Option<Booked>,
    ) -> Result<(), ProtocolError> {
        limits::check_key_package(&key_package)?;
        if self.live_call(conn).is_some() {
            return Err(ProtocolError {
                code: ErrorCode::OutOfOrder,
                text: "this page is in the queue or in a call already".to_owned(),
            });
        }
        let call = CallId::from_random(self.fresh_id()?);
        let token = self.fresh_token()?;
        let session = session_hash(&token);
        let priority = if follow_up.is_some() { Priority::First } else { Priority::Normal };
        self.give(Command::Join { call, session, key_package, line, skill, priority, follow_up })
            .map_err(views::refusal)?;
        self.callers.hold(conn, call);
        self.caller_out(conn, Message::Session { token, call: call.to_string() });
        Ok(())
    }

    fn welcome_caller(&mut self, conn: CallerConn) {
        let NodeConfig { heartbeat, drill, .. } = self.config;
        let on_shift = self.line.is_on_shift();
        let lines = views::lines(&self.line, self.now());
        self.callers.tell(conn, Message::Welcome { heartbeat, on_shift, lines, drill });
    }

    fn live_call(&self, conn: CallerConn) -> Option<CallId> {
        self.callers.key(conn).filter(|call| self.line.call(*call).is_some_and(|call| !call.is_ended()))
    }
}

fn nothing_joined() -> ProtocolError {
    ProtocolError { code: ErrorCode::OutOfOrder, text: "this page is in no call".to_owned() }
}
