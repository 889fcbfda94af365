//! The MLS messages of a call: taken into its log, handed to the others, read again by those who come back.

use super::{actor::Actor, handle::StaffConn, limits, views};
use crate::{
    core::{
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
            MlsMessage::Commit { epoch, added, removed, .. } => {
                Command::Commit { call, from, epoch: *epoch, added: added.clone(), removed: removed.clone() }
            }
            MlsMessage::Application { .. } => Command::Application { call, from },
        })
        .map_err(views::refusal)?;
        let seq = self.line.room(call).map_or(0, |(_, room)| room.group().last_seq());
        let entry = LogEntry { seq, from, message };
        self.hand_over(call, &entry);
        self.logs.append(call, entry);
        self.batch.entries.push((call, seq));
        Ok(())
    }

    /// The entries after `seen` that the participant in `slot` reads.
    pub(super) fn unread(&self, call: CallId, slot: Slot, seen: u64) -> Vec<LogEntry> {
        let from = self.line.room(call).and_then(|(_, room)| room.group().reads_from(slot));
        let Some(from) = from else { return Vec::new() };
        self.logs
            .entries(call)
            .filter(|entry| entry.from != slot && entry.seq >= from && entry.seq > seen)
            .cloned()
            .collect()
    }

    /// Queues an entry for everybody in the room who reads it now.
    fn hand_over(&mut self, call: CallId, entry: &LogEntry) {
        let Some((_, room)) = self.line.room(call) else { return };
        let group = room.group();
        let reads =
            |slot: Slot| slot != entry.from && group.reads_from(slot).is_some_and(|from| from <= entry.seq);
        let consoles: Vec<StaffConn> = room
            .parties()
            .into_iter()
            .filter(|party| reads(party.slot))
            .filter_map(|party| self.consoles.holder(party.device))
            .collect();
        // A consultation has no caller: nobody holds its id.
        let caller = if reads(Slot::CALLER) { self.callers.holder(call) } else { None };
        if let Some(conn) = caller {
            self.caller_out(conn, caller::Message::Mls(entry.clone()));
        }
        for conn in consoles {
            self.staff_out(conn, staff::Message::Mls { call, entry: entry.clone() });
        }
    }
}
