//! The MLS messages of a call: taken into its log, handed to the others, read again by those who come back. What people write
//! to each other is only handed on.

use super::{
    actor::Actor,
    handle::{CallerConn, StaffConn},
    limits, views,
};
use crate::{
    core::{
        command::Command,
        ids::{CallId, Slot},
    },
    proto::{
        ErrorCode, ProtocolError, caller,
        e2ee::{LogEntry, MlsMessage, Said},
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
        let seq = self.last_seq(call);
        let entry = LogEntry { seq, from, message };
        self.hand_over(call, &entry);
        self.logs.append(call, entry);
        self.batch.entries.push((call, seq));
        Ok(())
    }

    /// Hands application data to the others who read the room now, and keeps nothing of it.
    pub(super) fn pass_on(&mut self, call: CallId, from: Slot, message: String) -> Result<(), ProtocolError> {
        limits::check_said(&message)?;
        let inside = self.line.room(call).is_some_and(|(_, room)| room.group().reads_from(from).is_some());
        if !inside {
            return Err(ErrorCode::OutOfOrder.because("this page is not in the call's group yet"));
        }
        self.said.take(self.line.main_of(call), from, self.now())?;
        let said = Said { from, message };
        let (caller, consoles) = self.readers(call, from, self.last_seq(call));
        if let Some(conn) = caller {
            self.caller_out(conn, caller::Message::Said(said.clone()));
        }
        for conn in consoles {
            self.staff_out(conn, staff::Message::Said { call, said: said.clone() });
        }
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
        let (caller, consoles) = self.readers(call, entry.from, entry.seq);
        if let Some(conn) = caller {
            self.caller_out(conn, caller::Message::Mls(entry.clone()));
        }
        for conn in consoles {
            self.staff_out(conn, staff::Message::Mls { call, entry: entry.clone() });
        }
    }

    /// The connections of everybody in the room but `from` who reads entry `seq` of its log.
    fn readers(&self, call: CallId, from: Slot, seq: u64) -> (Option<CallerConn>, Vec<StaffConn>) {
        let Some((_, room)) = self.line.room(call) else { return (None, Vec::new()) };
        let group = room.group();
        let reads = |slot: Slot| slot != from && group.reads_from(slot).is_some_and(|first| first <= seq);
        let consoles = room
            .parties()
            .into_iter()
            .filter(|party| reads(party.slot))
            .filter_map(|party| self.consoles.holder(party.device))
            .collect();
        // A consultation has no caller: nobody holds its id.
        let caller = if reads(Slot::CALLER) { self.callers.holder(call) } else { None };
        (caller, consoles)
    }

    fn last_seq(&self, call: CallId) -> u64 {
        self.line.room(call).map_or(0, |(_, room)| room.group().last_seq())
    }
}
