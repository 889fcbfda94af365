//! From decided to durable to told.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    NodeError,
    actor::{Actor, Conflict, RETRY, StaffView},
    audit::{self, Chain},
    batch::{Batch, Out, line_status},
    handle::{CallerConn, StaffConn},
    records,
    views::{self, talks},
};
use crate::{
    core::{
        call::Call,
        directory::LineName,
        ids::{CallId, DeviceId},
        staff::{Desk, Duty},
        time::Timestamp,
    },
    proto::{caller, staff},
    store::{Compare, Outcome, StoreError, Txn, Write},
};

impl Actor {
    /// Makes durable what is not yet, and tells it. When the ledger fails, takes it back and tells that.
    pub(super) async fn flush(&mut self) -> Result<(), Conflict> {
        let batch = std::mem::take(&mut self.batch);
        if let Err(error) = self.write_down(&batch).await {
            let conflict = matches!(error, Unwritten::Conflict);
            match error {
                Unwritten::Conflict => {
                    tracing::error!("another process has changed the line's records; this node stops");
                }
                Unwritten::Ledger(error) => self.ledger_failed(&error),
                Unwritten::Record(error) => tracing::error!(%error, "a record cannot be written"),
            }
            self.take_back(batch);
            return if conflict { Err(Conflict) } else { Ok(()) };
        }
        for room in self.rooms_touched(&batch) {
            self.logs.trim(room, self.needed_from(room));
        }
        for call in batch.calls.keys() {
            if self.line.call(*call).is_none() {
                self.callers.release(*call);
                self.rates.forget(*call);
            }
        }
        for out in batch.out {
            self.tell(out);
        }
        for cut in batch.cuts {
            if self.effects.try_send(cut).is_err() {
                tracing::warn!("a relay leg was not cut; the call's keys protect it");
            }
        }
        self.show_shift(batch.lines_before.as_deref());
        self.show(batch.line_changed, batch.changed, &batch.consoles);
        Ok(())
    }

    /// Writes everything that a batch has changed, and who did what, in one transaction.
    async fn write_down(&mut self, batch: &Batch) -> Result<(), Unwritten> {
        loop {
            let mut txn = self.transaction(batch).map_err(Unwritten::Record)?;
            let chain = self.chain.extend(&mut txn, &batch.acts).map_err(Unwritten::Record)?;
            if txn.writes.is_empty() {
                return Ok(());
            }
            match self.ledger.txn(txn.clone()).await.map_err(Unwritten::Ledger)? {
                Outcome::Committed { revision } => {
                    if !batch.acts.is_empty() {
                        self.chain = chain.at(revision);
                    }
                    self.learn_revisions(txn, revision);
                    return Ok(());
                }
                // Perhaps another process has only written into the audit (`quietline staff revoke`): then once more after it.
                Outcome::Conflict => {
                    let now = Chain::read(self.ledger.as_ref()).await.map_err(|error| match error {
                        NodeError::Store(error) => Unwritten::Ledger(error),
                        other => Unwritten::Record(other),
                    })?;
                    if batch.acts.is_empty() || now.is_at(&self.chain) {
                        return Err(Unwritten::Conflict);
                    }
                    self.chain = now;
                }
            }
        }
    }

    /// Tells a caller's connection its state if it has changed.
    pub(super) fn show_caller(&mut self, conn: CallerConn, call: CallId, on_shift: bool, ahead: usize) {
        let Some(call) = self.line.call(call) else { return };
        let state = views::caller_state(&self.line, call, on_shift, ahead);
        self.callers.tell_state(conn, state, |state| caller::Message::State { state: state.clone() });
    }

    /// Tells a console its state if it has changed.
    pub(super) fn show_console(&mut self, conn: StaffConn, device: DeviceId) {
        let now = self.now();
        let Some(desk) = self.line.desk(device) else { return };
        let timeless = views::staff_state(&self.line, desk, Timestamp::from_millis(0));
        let (Some(timeless), Some(state)) = (timeless, views::staff_state(&self.line, desk, now)) else {
            return;
        };
        let queue = views::queue_state(&self.line, now);
        let (waiting, head) = self.queue_now();
        let view = StaffView { state: timeless, waiting, head };
        self.consoles.tell_state(conn, view, |_| staff::Message::State { state, queue });
    }

    /// How many wait, and since when the first of them.
    fn queue_now(&self) -> (usize, Option<Timestamp>) {
        let queue = self.line.queue();
        (queue.len(), queue.oldest().map(|ticket| ticket.joined))
    }

    /// Tells the pages that have not joined when somebody came on shift, the last one went, or the operator changed the
    /// lines.
    fn show_shift(&mut self, before: Option<&[(LineName, bool)]>) {
        let Some(before) = before else { return };
        if line_status(&self.line) == before && !self.directory_changed {
            return;
        }
        self.directory_changed = false;
        let (on_shift, lines) = (self.line.is_on_shift(), views::lines(&self.line, self.now()));
        for conn in self.callers.all() {
            if self.callers.key(conn).is_none() {
                self.callers.tell(conn, caller::Message::Shift { on_shift, lines: lines.clone() });
            }
        }
    }

    /// Tells clinicians and supervisors which calls ask for help, when that has changed.
    fn show_help(&mut self) {
        let now = self.now();
        let timeless = talks::help_wanted(&self.line, Timestamp::from_millis(0));
        if timeless == self.help_shown {
            return;
        }
        self.help_shown = timeless;
        let calls = talks::help_wanted(&self.line, now);
        for (device, conn) in self.consoles.held() {
            if self.line.desk(device).is_some_and(|desk| desk.role.gives_help()) {
                self.consoles.tell(conn, staff::Message::Help { calls: calls.clone() });
            }
        }
    }

    /// Tells everybody whom it concerns how things are now: those in `changed` calls and at `consoles`, those who wait, and
    /// the consoles that were told of another queue. Whoever has heard it already is told nothing, and of hundreds of
    /// consoles only those are looked at closely that something has happened to.
    fn show(&mut self, line_changed: bool, changed: BTreeSet<CallId>, consoles: &BTreeSet<DeviceId>) {
        if line_changed {
            self.show_help();
            let served: BTreeMap<LineName, bool> = line_status(&self.line).into_iter().collect();
            for (call, ahead) in self.line.waiting() {
                if let Some(conn) = self.callers.holder(call) {
                    let on_shift = self.line.call(call).and_then(|call| served.get(&call.line).copied());
                    self.show_caller(conn, call, on_shift.unwrap_or(false), ahead);
                }
            }
            let (waiting, head) = self.queue_now();
            for (device, conn) in self.consoles.held() {
                let last = self.consoles.last(conn);
                let heard = last.is_some_and(|last| (last.waiting, last.head) == (waiting, head));
                if !heard || consoles.contains(&device) {
                    self.show_console(conn, device);
                }
            }
        }
        for call in changed {
            let Some(record) = self.line.call(call) else { continue };
            let devices = record.devices();
            if !record.is_in_line()
                && let Some(conn) = self.callers.holder(call)
            {
                self.show_caller(conn, call, false, 0);
            }
            for device in devices {
                if let Some(conn) = self.consoles.holder(device) {
                    self.show_console(conn, device);
                }
            }
        }
    }

    fn tell(&mut self, out: Out) {
        match out {
            Out::Caller(conn, message) => self.callers.tell(conn, message),
            Out::Staff(conn, message) => self.consoles.tell(conn, message),
        }
    }

    fn transaction(&self, batch: &Batch) -> Result<Txn, NodeError> {
        let mut txn = Txn::default();
        for call in batch.calls.keys() {
            let key = records::call_key(*call);
            let value = self.line.call(*call).map(|call| records::encode(&key, call)).transpose()?;
            self.change(&mut txn, key, value);
        }
        for device in batch.desks.keys() {
            let key = records::desk_key(*device);
            // Somebody who is merely signed in is not worth a record: a connection does not survive a restart.
            let desk = self.line.desk(*device).filter(|desk| desk.duty != Duty::Unavailable);
            let value = desk.map(|desk| records::encode(&key, desk)).transpose()?;
            self.change(&mut txn, key, value);
        }
        for (call, seq) in &batch.entries {
            if let Some(entry) = self.logs.entries(*call).rev().find(|entry| entry.seq == *seq) {
                let key = records::log_key(*call, *seq);
                let value = records::encode(&key, entry)?;
                txn.writes.push(Write::Put { key, value });
            }
        }
        for room in self.rooms_touched(batch) {
            let needed_from = self.needed_from(room);
            let done = self.logs.entries(room).take_while(|entry| entry.seq < needed_from);
            txn.writes.extend(done.map(|entry| Write::Delete { key: records::log_key(room, entry.seq) }));
        }
        Ok(txn)
    }

    /// The rooms whose logs may have entries that nobody need read any longer: of the calls that were changed, those that
    /// are and those that were before.
    fn rooms_touched(&self, batch: &Batch) -> BTreeSet<CallId> {
        let aside = |call: Option<&Call>| Some(call?.talk()?.aside.as_ref()?.id);
        let mut rooms = BTreeSet::new();
        for (id, before) in &batch.calls {
            rooms.insert(*id);
            rooms.extend(aside(before.as_ref()));
            rooms.extend(aside(self.line.call(*id)));
        }
        rooms
    }

    fn change(&self, txn: &mut Txn, key: String, value: Option<Vec<u8>>) {
        let known = self.revisions.get(&key).copied();
        let write = match value {
            Some(value) => Write::Put { key: key.clone(), value },
            None if known.is_some() => Write::Delete { key: key.clone() },
            None => return,
        };
        txn.compares.push(Compare { key, revision: known.unwrap_or(0) });
        txn.writes.push(write);
    }

    fn learn_revisions(&mut self, txn: Txn, revision: u64) {
        // The compares name the records whose revisions matter: the line's, not the logs'.
        for compare in txn.compares {
            if compare.key == audit::HEAD {
                continue;
            }
            self.revisions.insert(compare.key, revision);
        }
        for write in txn.writes {
            if let Write::Delete { key } = write {
                self.revisions.remove(&key);
            }
        }
    }

    /// Puts everything back as it was before the batch, but for who is connected.
    fn take_back(&mut self, batch: Batch) {
        for (call, _) in batch.entries.iter().rev() {
            self.logs.take_back(*call);
        }
        for (id, before) in batch.calls {
            let link = self.line.call(id).map(|call| call.link);
            match before {
                Some(call) => self.line.put_call(Call { link: link.unwrap_or(call.link), ..call }),
                None => {
                    self.line.take_call(id);
                    self.callers.release(id);
                }
            }
        }
        for (device, before) in batch.desks {
            let link = self.line.desk(device).map(|desk| desk.link);
            match before {
                Some(desk) => self.line.put_desk(Desk { link: link.unwrap_or(desk.link), ..desk }),
                None => self.line.take_desk(device),
            }
        }
        if let Some(counters) = batch.counters {
            self.counters = counters;
        }
        self.counters.ledger_failures += 1;
        for out in Batch::failed(batch.out) {
            self.tell(out);
        }
        self.show_shift(batch.lines_before.as_deref());
        self.show(true, batch.changed, &batch.consoles);
    }

    fn ledger_failed(&mut self, error: &StoreError) {
        if self.retry_at.is_none() {
            tracing::error!(%error, "the ledger does not take changes; calls go on");
        }
        self.retry_at = Some(self.now() + RETRY);
    }

    /// The first entry of that room's log that anybody may still have to read.
    fn needed_from(&self, room: CallId) -> u64 {
        self.line.room(room).map_or(u64::MAX, |(_, room)| room.group().needed_from())
    }
}

/// Why a batch was not written.
enum Unwritten {
    /// Somebody else has changed the records.
    Conflict,
    /// The ledger failed.
    Ledger(StoreError),
    /// A record cannot be encoded or read.
    Record(NodeError),
}
