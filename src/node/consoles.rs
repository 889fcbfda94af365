//! What members of staff ask.

use super::{
    actor::Actor,
    handle::{Gone, Seat, StaffConn, StaffIdentity, StaffOutbox},
    limits, views,
};
use crate::{
    core::{
        command::Command,
        ids::{CallId, DeviceId, Slot},
        staff::Duty,
    },
    proto::{
        ErrorCode, Goodbye, ProtocolError,
        staff::{Message, Request},
    },
};

impl Actor {
    pub(super) fn sign_in(
        &mut self,
        who: StaffIdentity,
        seen: u64,
        outbox: StaffOutbox,
    ) -> Result<StaffConn, ProtocolError> {
        let StaffIdentity { staff, device, name, role: named, .. } = who;
        // Between the look at the registry and now it may have been shut out.
        if self.shut_out.contains(&device) {
            return Err(ErrorCode::BadCredential.because("this device was shut out"));
        }
        let role = views::core_role(named).ok_or_else(|| ProtocolError {
            code: ErrorCode::BadCredential,
            text: "this credential is not of a member of staff".to_owned(),
        })?;
        // Whoever cannot be in a call has no desk on the line, and hears nothing of it.
        if role.joins_calls() {
            self.give(Command::SignIn { device, staff, name: name.clone(), role }).map_err(views::refusal)?;
        }
        let conn = StaffConn(self.next_conn());
        self.consoles.add(conn, outbox);
        if let Some(old) = self.consoles.hold(conn, device) {
            self.consoles.tell(old, Message::Bye { why: Goodbye::TakenOver });
            self.consoles.remove(old);
        }
        let heartbeat = self.config.heartbeat;
        self.consoles.tell(conn, Message::Welcome { heartbeat, name, role: named });
        self.show_console(conn, device);
        if let Some(call) = self.line.desk(device).and_then(|desk| desk.call())
            && let Some(slot) = self.line.seat(device, call)
        {
            for entry in self.unread(call, slot, seen) {
                self.consoles.tell(conn, Message::Mls(entry));
            }
        }
        Ok(conn)
    }

    pub(super) fn staff_request(&mut self, conn: StaffConn, re: u32, request: Request) {
        let Some(device) = self.consoles.key(conn) else { return };
        let answer = match self.staff_asks(device, request) {
            Ok(()) => Message::Done { re },
            Err(error) => Message::Error { re: Some(re), error },
        };
        self.staff_out(conn, answer);
    }

    pub(super) fn staff_gone(&mut self, conn: StaffConn, how: Gone) {
        let Some(device) = self.consoles.remove(conn) else { return };
        let silence = match how {
            Gone::Closed => std::time::Duration::ZERO,
            Gone::Silent => self.config.rules.presence,
        };
        let since = self.now().before(silence);
        if let Err(rejection) = self.give(Command::DeskLost { device, since }) {
            tracing::debug!(%rejection, "a console without a desk is gone");
        }
    }

    /// Ends what a device that was shut out has here: its connection, its ring, its leg. A caller whom it was talking to
    /// is with a counsellor who is lost.
    pub(super) fn shut_out(&mut self, device: DeviceId) {
        if !self.shut_out.insert(device) {
            return;
        }
        if let Some(conn) = self.consoles.holder(device) {
            self.consoles.tell(conn, Message::Bye { why: Goodbye::SignedOut });
            self.staff_gone(conn, Gone::Silent);
        }
        if let Some(Duty::OnCall { call }) = self.line.desk(device).map(|desk| desk.duty)
            && let Some(slot) = self.line.seat(device, call)
        {
            self.cut(call, slot);
        }
    }

    pub(super) fn staff_seat(&self, conn: StaffConn, call: CallId) -> Result<Seat, ProtocolError> {
        let slot = self.consoles.key(conn).and_then(|device| self.line.seat(device, call));
        slot.map(|slot| self.seat(call, slot)).ok_or_else(|| ProtocolError {
            code: ErrorCode::NotAllowed,
            text: "this console is not in that call".to_owned(),
        })
    }

    fn staff_asks(&mut self, device: DeviceId, request: Request) -> Result<(), ProtocolError> {
        let command = match request {
            Request::Available => Command::Available { device },
            Request::Unavailable => Command::Unavailable { device },
            Request::Accept { offer } => Command::Accept { device, offer },
            Request::Pass { offer } => Command::Pass { device, offer },
            Request::End { call } => Command::End { device, call },
            Request::WrapUpDone { call, available } => Command::WrapUpDone { device, call, available },
            Request::KeyPackage { call, key_package } => {
                limits::check_key_package(&key_package)?;
                self.in_call(device, call)?;
                self.rates.take(call, self.now())?;
                Command::StaffPackage { device, call, key_package }
            }
            Request::Mls { call, message } => {
                let slot = self.in_call(device, call)?;
                return self.take_message(call, slot, message);
            }
            Request::SignIn { .. }
            | Request::Enter { .. }
            | Request::SignOut
            | Request::Credential
            | Request::Office { .. }
            | Request::Media { .. }
            | Request::Ping => {
                return Err(ProtocolError {
                    code: ErrorCode::OutOfOrder,
                    text: "not possible in the present state".to_owned(),
                });
            }
        };
        self.give(command).map_err(views::refusal)
    }

    fn in_call(&self, device: DeviceId, call: CallId) -> Result<Slot, ProtocolError> {
        self.line.seat(device, call).ok_or_else(|| ProtocolError {
            code: ErrorCode::NotAllowed,
            text: "this console is not in that call".to_owned(),
        })
    }
}
