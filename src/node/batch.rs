//! What a batch of requests has changed and not yet made durable.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    audit::Act,
    handle::{CallerConn, StaffConn},
    metrics::Counters,
};
use crate::{
    core::{
        call::Call,
        directory::LineName,
        event::Event,
        figures::Book,
        ids::{CallId, DeviceId},
        line::Line,
        staff::Desk,
        time::Timestamp,
    },
    proto::{ErrorCode, ProtocolError, caller, staff},
    store::Write,
};

/// What a batch has changed: what was there before, and what is to be told when it is durable.
#[derive(Default)]
pub(super) struct Batch {
    /// Durable changes to calls: the records before.
    pub(super) calls: BTreeMap<CallId, Option<Call>>,
    /// Durable changes to consoles: the records before.
    pub(super) desks: BTreeMap<DeviceId, Option<Desk>>,
    /// New entries of logs, in order.
    pub(super) entries: Vec<(CallId, u64)>,
    /// The counters before.
    pub(super) counters: Option<Counters>,
    /// The book of figures before.
    pub(super) book: Option<Book>,
    /// What is told, in order.
    pub(super) out: Vec<Out>,
    /// What may look different.
    pub(super) seen: Seen,
    /// What members of staff did, to be written down with it.
    pub(super) acts: Vec<Act>,
    /// What else is to be written.
    pub(super) writes: Vec<Write>,
    /// Calls in which a follow-up was booked, once for each.
    pub(super) booked: Vec<CallId>,
    /// For when they were booked.
    pub(super) promised: Vec<Timestamp>,
    /// Legs to cut.
    pub(super) cuts: Vec<super::Effect>,
}

/// What may look different than before.
#[derive(Default)]
pub(super) struct Seen {
    /// Whether the queue, or who is on shift.
    pub(super) line: bool,
    /// Which lines were served before, where that may have changed.
    pub(super) lines_before: Option<Vec<(LineName, bool)>>,
    /// Calls.
    pub(super) calls: BTreeSet<CallId>,
    /// Consoles, other than by their call.
    pub(super) consoles: BTreeSet<DeviceId>,
}

/// Something to tell.
pub(super) enum Out {
    Caller(CallerConn, caller::Message),
    Staff(StaffConn, staff::Message),
}

impl Batch {
    /// Whether anything of it has to be made durable.
    pub(super) fn is_durable(&self) -> bool {
        !(self.calls.is_empty() && self.desks.is_empty() && self.entries.is_empty() && self.writes.is_empty())
    }

    /// Remembers what `event` is about to change.
    pub(super) fn remember(&mut self, line: &Line, event: &Event) {
        let call = event.call().map(|room| line.main_of(room));
        let devices = touched(line, event);
        if event.is_durable() {
            if let Some(call) = call {
                self.calls.entry(call).or_insert_with(|| line.call(call).cloned());
            }
            for device in &devices {
                self.desks.entry(*device).or_insert_with(|| line.desk(*device).cloned());
            }
        }
        if !matches!(event, Event::Committed { .. } | Event::Sent { .. } | Event::Forgotten { .. }) {
            self.seen.lines_before.get_or_insert_with(|| line_status(line));
            self.seen.line = true;
        }
        if !matches!(event, Event::Sent { .. }) {
            self.seen.calls.extend(call);
            self.seen.calls.extend(devices.iter().filter_map(|device| line.desk(*device)?.call()));
        }
        // Those who were in the call and are not any more are told so as well.
        self.seen
            .consoles
            .extend(call.and_then(|call| line.call(call)).map(Call::devices).unwrap_or_default());
        self.seen.consoles.extend(devices);
    }

    /// What is told instead when the batch could not be made durable: to everybody who asked, that it failed.
    pub(super) fn failed(out: Vec<Out>) -> impl Iterator<Item = Out> {
        let error = || ProtocolError {
            code: ErrorCode::Internal,
            text: "the server could not write this down; nothing changed".to_owned(),
        };
        out.into_iter().filter_map(move |out| match out {
            Out::Caller(conn, caller::Message::Done { re }) => {
                Some(Out::Caller(conn, caller::Message::Error { re: Some(re), error: error() }))
            }
            Out::Staff(conn, staff::Message::Done { re } | staff::Message::FollowUps { re, .. }) => {
                Some(Out::Staff(conn, staff::Message::Error { re: Some(re), error: error() }))
            }
            Out::Caller(_, caller::Message::Error { .. })
            | Out::Staff(_, staff::Message::Error { .. } | staff::Message::Shift { .. }) => Some(out),
            _ => None,
        })
    }
}

/// The consoles whose records an event changes.
fn touched(line: &Line, event: &Event) -> Vec<DeviceId> {
    let mut devices = event.devices();
    if matches!(
        event,
        Event::Requeued { .. }
            | Event::Answered { .. }
            | Event::Seated { .. }
            | Event::Consulted { .. }
            | Event::ConsultEnded { .. }
            | Event::Left { .. }
            | Event::Ended { .. }
    ) {
        devices.extend(event.call().and_then(|call| line.call(call)).map(Call::devices).unwrap_or_default());
    }
    devices
}

/// Which lines are served, as pages that have not joined are told.
pub(super) fn line_status(line: &Line) -> Vec<(LineName, bool)> {
    line.directory().lines().map(|(name, _)| (name.clone(), line.is_served(name))).collect()
}
