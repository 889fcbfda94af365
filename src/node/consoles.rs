//! What members of staff ask.

use super::{
    NodeConfig,
    actor::Actor,
    audit::{Act, Did, Who},
    handle::{Gone, Seat, StaffConn, StaffIdentity, StaffOutbox},
    limits,
    views::{self, talks},
};
use crate::{
    core::{
        self,
        command::Command,
        ids::{CallId, DeviceId, Slot},
        staff::Duty,
        talk::Wanted,
    },
    proto::{
        ErrorCode, Goodbye, ProtocolError,
        staff::{Manner, Message, Request, Whom},
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
        self.note(device, Did::SignedIn, None);
        let conn = StaffConn(self.next_conn());
        self.consoles.add(conn, outbox);
        if let Some(old) = self.consoles.hold(conn, device) {
            self.consoles.tell(old, Message::Bye { why: Goodbye::TakenOver });
            self.consoles.remove(old);
        }
        let NodeConfig { heartbeat, drill, .. } = self.config;
        self.consoles.tell(conn, Message::Welcome { heartbeat, name, role: named, drill });
        self.show_console(conn, device);
        if role.gives_help() {
            self.consoles.tell(conn, Message::Help { calls: talks::help_wanted(&self.line, self.now()) });
        }
        for (room, seen) in self.rooms_of(device, seen) {
            let Some(slot) = self.line.seat(device, room) else { continue };
            for entry in self.unread(room, slot, seen) {
                self.consoles.tell(conn, Message::Mls { call: room, entry });
            }
        }
        Ok(conn)
    }

    pub(super) fn staff_request(&mut self, conn: StaffConn, re: u32, request: Request) {
        let Some(device) = self.consoles.key(conn) else { return };
        if request == Request::Colleagues {
            let asker = self.line.desk(device).map(|desk| desk.staff);
            let colleagues = asker.map(|asker| talks::colleagues(&self.line, asker)).unwrap_or_default();
            return self.staff_out(conn, Message::Colleagues { re, colleagues });
        }
        if let Request::Shift { ask } = request {
            return self.shift_request(conn, re, ask);
        }
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
        for (room, _) in self.rooms_of(device, 0) {
            if let Some(slot) = self.line.seat(device, room) {
                self.cut(room, slot);
            }
        }
        // In a call that goes on without them, the others change the keys.
        for room in self.rooms_of(device, 0).into_iter().map(|(room, _)| room) {
            if let Err(rejection) = self.give(Command::LeaveCall { device, call: room }) {
                tracing::debug!(%rejection, "who was shut out is still in charge of a call");
            }
        }
    }

    /// The rooms that this console is in, each with the last entry of its log that `seen`, of the call's own, names.
    fn rooms_of(&self, device: DeviceId, seen: u64) -> Vec<(CallId, u64)> {
        let Some(Duty::OnCall { call }) = self.line.desk(device).map(|desk| desk.duty) else {
            return Vec::new();
        };
        let aside =
            self.line.call(call).and_then(|call| call.talk()?.aside.as_ref()).map(|aside| (aside.id, 0));
        let rooms = [Some((call, seen)), aside];
        rooms.into_iter().flatten().filter(|(room, _)| self.line.seat(device, *room).is_some()).collect()
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
            Request::Pause { why } => Command::Pause { device, why: views::core_pause(why) },
            Request::AskHelp { call } => Command::AskHelp { device, call },
            Request::HelpDone { call } => Command::HelpDone { device, call },
            Request::TakeHelp { call } => Command::TakeHelp { device, call },
            Request::Invite { call, whom, manner } => {
                let manner = match manner {
                    Manner::Consult => core::talk::Manner::Consult,
                    Manner::Join => core::talk::Manner::Join,
                };
                Command::Invite { device, call, wanted: wanted(whom)?, manner }
            }
            Request::CancelInvite { call } => Command::CancelInvite { device, call },
            Request::BringIn { call } => Command::BringIn { device, call },
            Request::EndConsult { call } => Command::EndConsult { device, call },
            Request::HandOver { call, to } => Command::HandOver { device, call, to },
            Request::TakeCharge { call } => Command::TakeCharge { device, call },
            Request::LeaveCall { call } => Command::LeaveCall { device, call },
            Request::Dismiss { call, slot } => Command::Dismiss { device, call, slot },
            Request::WrapUpDone { call, available } => Command::WrapUpDone { device, call, available },
            Request::CodeWrapUp { call, chosen } => Command::Code { device, call, chosen },
            Request::Quality { call, heard } => Command::Hear { device, call, heard: heard.into() },
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
            Request::Say { call, message } => {
                let slot = self.in_call(device, call)?;
                return self.pass_on(call, slot, message);
            }
            Request::SignIn { .. }
            | Request::Enter { .. }
            | Request::SignOut
            | Request::Credential
            | Request::Office { .. }
            | Request::Figures { .. }
            | Request::Services { .. }
            | Request::Shift { .. }
            | Request::Triage { .. }
            | Request::Drill { .. }
            | Request::FollowUps { .. }
            | Request::Media { .. }
            | Request::CheckPath { .. }
            | Request::Colleagues
            | Request::Ping => {
                return Err(ProtocolError {
                    code: ErrorCode::OutOfOrder,
                    text: "not possible in the present state".to_owned(),
                });
            }
        };
        let rang = self.line.desk(device).and_then(|desk| desk.call());
        let did = did(&command).map(|(did, call)| {
            let rings = matches!(did, Did::Accepted | Did::Passed);
            (did, if rings { rang } else { call })
        });
        let before = self.decided;
        self.give(command).map_err(views::refusal)?;
        // What was so already was nobody's doing.
        if let Some((did, call)) = did.filter(|_| self.decided > before) {
            self.note(device, did, call);
        }
        Ok(())
    }

    /// Has it written down what somebody did, together with what came of it.
    fn note(&mut self, device: DeviceId, did: Did, call: Option<CallId>) {
        let Some(staff) = self.line.desk(device).map(|desk| desk.staff) else { return };
        let (at, who) = (self.now(), Who::Staff { staff, device: Some(device) });
        self.batch.acts.push(Act { at, who, did, call });
    }

    fn in_call(&self, device: DeviceId, call: CallId) -> Result<Slot, ProtocolError> {
        self.line.seat(device, call).ok_or_else(|| ProtocolError {
            code: ErrorCode::NotAllowed,
            text: "this console is not in that call".to_owned(),
        })
    }
}

fn wanted(whom: Whom) -> Result<Wanted, ProtocolError> {
    match whom {
        Whom::Next { role } => {
            let role = views::core_role(role)
                .ok_or_else(|| ErrorCode::NotAllowed.because("a caller cannot be asked to come"))?;
            Ok(Wanted::Next { role })
        }
        Whom::Person { staff } => Ok(Wanted::Person { staff }),
    }
}

/// What the audit says of a command, and of which call; nothing of those that only carry a call on.
fn did(command: &Command) -> Option<(Did, Option<CallId>)> {
    Some(match command {
        Command::Available { .. } => (Did::Available, None),
        Command::Unavailable { .. } => (Did::Unavailable, None),
        Command::Pause { .. } => (Did::Paused, None),
        Command::Accept { .. } => (Did::Accepted, None),
        Command::Pass { .. } => (Did::Passed, None),
        Command::End { call, .. } => (Did::Ended, Some(*call)),
        Command::WrapUpDone { call, .. } => (Did::WrappedUp, Some(*call)),
        Command::AskHelp { call, .. } => (Did::AskedHelp, Some(*call)),
        Command::HelpDone { call, .. } => (Did::HelpDone, Some(*call)),
        Command::TakeHelp { call, .. } => (Did::TookHelp, Some(*call)),
        Command::Invite { call, .. } => (Did::Invited, Some(*call)),
        Command::CancelInvite { call, .. } => (Did::CancelledInvite, Some(*call)),
        Command::BringIn { call, .. } => (Did::BroughtIn, Some(*call)),
        Command::EndConsult { call, .. } => (Did::EndedConsult, Some(*call)),
        Command::HandOver { call, .. } => (Did::HandedOver, Some(*call)),
        Command::TakeCharge { call, .. } => (Did::TookCharge, Some(*call)),
        Command::LeaveCall { call, .. } => (Did::Left, Some(*call)),
        Command::Dismiss { call, .. } => (Did::Dismissed, Some(*call)),
        _ => return None,
    })
}
