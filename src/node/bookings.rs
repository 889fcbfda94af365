//! Booking a follow-up in a call, and showing its code to the two who are told it.

use std::collections::HashMap;

use super::{
    actor::Actor,
    audit::{Act, Did, FollowUpAct, Who},
    batch::Out,
    follow_ups::{self, CodeHash, Record, contacts::Contact},
    handle::{CallerConn, StaffConn},
};
use crate::{
    core::{
        call::{Ending, Phase},
        follow_up::code::Code,
        ids::{CallId, FollowUpId},
        staff::Duty,
        time::Timestamp,
    },
    proto::{ErrorCode, Hidden, ProtocolError, caller, follow_ups::Answer, staff},
};

/// Follow-ups that can be booked in one call: one for the first try, and some for a time that was wrong.
const IN_ONE_CALL: u32 = 4;

/// What is to be booked.
pub(super) struct Booking {
    pub(super) call: CallId,
    pub(super) at: Timestamp,
    pub(super) code: Code,
    pub(super) hash: CodeHash,
    pub(super) contact: Option<Contact>,
}

/// The codes of calls that are remembered, for a caller's page that was reloaded. In memory only.
#[derive(Default)]
pub(super) struct Shown {
    calls: HashMap<CallId, Vec<(Hidden, u64)>>,
}

impl Shown {
    /// Forgets a call.
    pub(super) fn forget(&mut self, call: CallId) {
        self.calls.remove(&call);
    }

    /// Takes back the last one, which could not be written down.
    pub(super) fn take_back(&mut self, call: CallId) {
        if let Some(codes) = self.calls.get_mut(&call) {
            codes.pop();
        }
    }
}

impl Actor {
    pub(super) fn book(&mut self, conn: StaffConn, re: u32, booking: Booking) {
        let message = match self.try_to_book(conn, booking) {
            Ok(answer) => staff::Message::FollowUps { re, answer },
            Err(error) => staff::Message::Error { re: Some(re), error },
        };
        self.staff_out(conn, message);
    }

    /// Tells a caller's page that has come back the code that it was told.
    pub(super) fn show_code(&mut self, conn: CallerConn, call: CallId) {
        if let Some((code, at_ms)) = self.shown.calls.get(&call).and_then(|codes| codes.last()).cloned() {
            self.callers.tell(conn, caller::Message::FollowUp { code, at_ms });
        }
    }

    fn try_to_book(&mut self, conn: StaffConn, booking: Booking) -> Result<Answer, ProtocolError> {
        let Booking { call, at, code, hash, contact } = booking;
        let (now, device) = (self.now(), self.consoles.key(conn));
        let desk = device.and_then(|device| self.line.desk(device));
        let desk = desk.filter(|desk| match desk.duty {
            Duty::OnCall { call: present } => present == call && self.line.seat(desk.device, call).is_some(),
            Duty::WrapUp { call: ended, .. } => ended == call,
            _ => false,
        });
        let not_here = || ErrorCode::NotAllowed.because("this console is not in that call");
        let (staff, device) = desk.map(|desk| (desk.staff, desk.device)).ok_or_else(not_here)?;
        let record = self.line.call(call).ok_or_else(not_here)?;
        match record.phase {
            Phase::Ended { by: Ending::QuickExit, .. } => {
                return Err(ErrorCode::NotAllowed.because("this caller left by the quick exit"));
            }
            Phase::Ended { .. } if contact.is_none() && self.callers.holder(call).is_none() => {
                return Err(
                    ErrorCode::NotAllowed.because("the caller's page is closed: nobody would see the code")
                );
            }
            _ => {}
        }
        if !self.config.follow_ups.rules.can_be(at, now) {
            return Err(ErrorCode::OutOfOrder.because("this time cannot be booked"));
        }
        let codes = self.shown.calls.entry(call).or_default();
        if codes.len() >= IN_ONE_CALL as usize {
            return Err(ErrorCode::TooFast.because("enough follow-ups were booked in this call"));
        }
        let id = FollowUpId::from_random(self.fresh_id()?);
        let record = Record { id, by: staff, at, booked: now, code: hash.as_str().to_owned(), outcome: None };
        let writes = follow_ups::booking(&record, contact.as_ref()).map_err(|error| {
            tracing::error!(%error, "a follow-up cannot be written");
            ErrorCode::Internal.because("the server could not write this follow-up")
        })?;
        let (code, at_ms) = (Hidden(code.words().to_owned()), at.as_millis());
        self.shown.calls.entry(call).or_default().push((code.clone(), at_ms));
        self.batch.booked.push(call);
        self.batch.promised.push(at);
        self.batch.writes.extend(writes);
        let (who, did) = (
            Who::Staff { staff, device: Some(device) },
            Did::FollowUp { what: FollowUpAct::Booked, follow_up: id },
        );
        self.batch.acts.push(Act { at: now, who, did, call: Some(call) });
        if let Some(conn) = self.callers.holder(call) {
            self.batch.out.push(Out::Caller(conn, caller::Message::FollowUp { code: code.clone(), at_ms }));
        }
        Ok(Answer::Booked { follow_up: id, code, at_ms })
    }
}
