//! From decided to durable to told.

use std::collections::BTreeSet;

use super::{
    NodeError,
    actor::{Actor, Conflict, RETRY},
    audit::Chain,
    batch::{Batch, Out, Seen},
    follow_ups::hours,
    records,
};
use crate::{
    core::{
        call::Call,
        ids::{CallId, FollowUpId},
        staff::{Desk, Duty},
    },
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
                self.said.forget(*call);
                self.shown.forget(*call);
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
        self.show(&batch.seen);
        Ok(())
    }

    /// Writes everything that a batch has changed, and who did what, in one transaction.
    async fn write_down(&mut self, batch: &Batch) -> Result<(), Unwritten> {
        if batch.is_durable() {
            self.read_figures().await?;
        }
        let (rules, now) = (self.config.follow_ups.rules, self.now());
        let answered = self.answered_by_code(batch);
        loop {
            let promised =
                hours::of_the_line(self.ledger.as_ref(), &rules, (&batch.promised, &answered), now).await?;
            let mut txn = self.transaction(batch)?;
            let of_the_line = txn.compares.len();
            txn.compares.extend(promised.compares.iter().cloned());
            txn.writes.extend(promised.writes);
            let chain = self.chain.extend(&mut txn, &batch.acts)?;
            if txn.writes.is_empty() {
                return Ok(());
            }
            match self.ledger.txn(txn.clone()).await? {
                Outcome::Committed { revision } => {
                    if !batch.acts.is_empty() {
                        self.chain = chain.at(revision);
                    }
                    txn.compares.truncate(of_the_line);
                    self.learn_revisions(txn, revision);
                    if batch.is_durable() {
                        self.figures_written();
                    }
                    return Ok(());
                }
                // Perhaps another process has only written into the audit (`quietline staff revoke`), or somebody has seen to a
                // follow-up: then once more after it.
                Outcome::Conflict => {
                    let chain = Chain::read(self.ledger.as_ref()).await?;
                    let audited = !batch.acts.is_empty() && !chain.is_at(&self.chain);
                    if !audited && !hours::have_moved(self.ledger.as_ref(), &promised.compares).await? {
                        return Err(Unwritten::Conflict);
                    }
                    self.chain = chain;
                }
            }
        }
    }

    /// The follow-ups by whose codes the callers came who are answered with this batch.
    fn answered_by_code(&self, batch: &Batch) -> BTreeSet<FollowUpId> {
        let answered = |(id, before): (&CallId, &Option<Call>)| {
            let call = self.line.call(*id).filter(|call| call.talk().is_some())?;
            let anew = before.as_ref().is_none_or(|before| before.talk().is_none());
            call.follow_up.filter(|_| anew).map(|booked| booked.follow_up)
        };
        batch.calls.iter().filter_map(answered).collect()
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
        txn.writes.extend(batch.writes.iter().cloned());
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
        if batch.is_durable() {
            self.write_figures(&mut txn)?;
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

    pub(super) fn change(&self, txn: &mut Txn, key: String, value: Option<Vec<u8>>) {
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
        for call in batch.booked {
            self.shown.take_back(call);
        }
        if let Some(counters) = batch.counters {
            self.counters = counters;
        }
        if let Some(book) = batch.book {
            self.book.take_back(book, &self.line);
        }
        self.counters.ledger_failures += 1;
        for out in Batch::failed(batch.out) {
            self.tell(out);
        }
        self.show(&Seen { line: true, ..batch.seen });
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

impl From<StoreError> for Unwritten {
    fn from(error: StoreError) -> Self {
        Self::Ledger(error)
    }
}

impl From<NodeError> for Unwritten {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Store(error) => Self::Ledger(error),
            other => Self::Record(other),
        }
    }
}
