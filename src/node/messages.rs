//! The MLS messages of a call: taken into its log, handed to the others, read again by those who come back.

use super::{actor::Actor, limits, views};
use crate::{
    core::{
        call::Call,
        command::Command,
        ids::{CallId, Slot},
    },
    proto::{
        ErrorCode, ProtocolError, caller,
        e2ee::{LogEntry, MlsMessage},
        staff,
    },
};

impl Actor {
    /// Takes an MLS message into the call's log and hands it to the others.
    pub(super) fn take_message(
        &mut self,
        call: CallId,
        from: Slot,
        message: MlsMessage,
    ) -> Result<(), ProtocolError> {
        limits::check_message(&message)?;
        if self.logs.holds(call, from, &message) {
            return Ok(());
        }
        if !self.logs.has_room(call, &message) {
            return Err(ProtocolError { code: ErrorCode::Busy, text: "this call's log is full".to_owned() });
        }
        self.give(match &message {
            MlsMessage::Commit { epoch, added, .. } => {
                Command::Commit { call, from, epoch: *epoch, added: added.clone() }
            }
            MlsMessage::Application { .. } => Command::Application { call, from },
        })
        .map_err(views::refusal)?;
        let seq = self.line.call(call).and_then(Call::group).map_or(0, |group| group.last_seq());
        let entry = LogEntry { seq, from, message };
        self.hand_over(call, &entry);
        self.logs.append(call, entry);
        self.batch.entries.push((call, seq));
        Ok(())
    }

    /// The entries after `seen` that the participant in `slot` reads.
    pub(super) fn unread(&self, call: CallId, slot: Slot, seen: u64) -> Vec<LogEntry> {
        let from = self.line.call(call).and_then(Call::group).and_then(|group| group.reads_from(slot));
        let Some(from) = from else { return Vec::new() };
        self.logs
            .entries(call)
            .filter(|entry| entry.from != slot && entry.seq >= from && entry.seq > seen)
            .cloned()
            .collect()
    }

    /// Queues an entry for everybody in the call who reads it now.
    fn hand_over(&mut self, call: CallId, entry: &LogEntry) {
        let Some(record) = self.line.call(call) else { return };
        let Some(group) = record.group() else { return };
        let reads =
            |slot: Slot| slot != entry.from && group.reads_from(slot).is_some_and(|from| from <= entry.seq);
        let caller = if reads(Slot::CALLER) { self.callers.holder(call) } else { None };
        let console = if reads(Slot::COUNSELLOR) { record.device() } else { None };
        let console = console.and_then(|device| self.consoles.holder(device));
        if let Some(conn) = caller {
            self.caller_out(conn, caller::Message::Mls(entry.clone()));
        }
        if let Some(conn) = console {
            self.staff_out(conn, staff::Message::Mls(entry.clone()));
        }
    }
}
