//! What a batch of requests has changed and not yet made durable.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    handle::{CallerConn, StaffConn},
    metrics::Counters,
};
use crate::{
    core::{
        call::Call,
        command::Event,
        ids::{CallId, DeviceId},
        line::Line,
        staff::Desk,
    },
    proto::{ErrorCode, ProtocolError, caller, staff},
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
    /// What is told, in order.
    pub(super) out: Vec<Out>,
    /// Whether the queue, or who is on shift, may look different.
    pub(super) line_changed: bool,
    /// Whether anyone was on shift before, where that may have changed.
    pub(super) on_shift_before: Option<bool>,
    /// Calls that may look different.
    pub(super) changed: BTreeSet<CallId>,
    /// Consoles that may look different, other than by their call.
    pub(super) consoles: BTreeSet<DeviceId>,
    /// Legs to cut.
    pub(super) cuts: Vec<super::Effect>,
}

/// Something to tell.
pub(super) enum Out {
    Caller(CallerConn, caller::Message),
    Staff(StaffConn, staff::Message),
}

impl Batch {
    /// Whether anything of it has to be made durable.
    pub(super) fn is_durable(&self) -> bool {
        !(self.calls.is_empty() && self.desks.is_empty() && self.entries.is_empty())
    }

    /// Remembers what `event` is about to change.
    pub(super) fn remember(&mut self, line: &Line, event: &Event) {
        let (call, device) = touches(line, event);
        if event.is_durable() {
            if let Some(call) = call {
                self.calls.entry(call).or_insert_with(|| line.call(call).cloned());
            }
            if let Some(device) = device {
                self.desks.entry(device).or_insert_with(|| line.desk(device).cloned());
            }
        }
        if !matches!(event, Event::Committed { .. } | Event::Sent { .. } | Event::Forgotten { .. }) {
            self.on_shift_before.get_or_insert_with(|| line.is_on_shift());
            self.line_changed = true;
        }
        self.consoles.extend(device);
        if !matches!(event, Event::Sent { .. }) {
            self.changed.extend(call);
            self.changed.extend(device.and_then(|device| line.desk(device)).and_then(Desk::call));
        }
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
            Out::Staff(conn, staff::Message::Done { re }) => {
                Some(Out::Staff(conn, staff::Message::Error { re: Some(re), error: error() }))
            }
            Out::Caller(_, caller::Message::Error { .. }) | Out::Staff(_, staff::Message::Error { .. }) => {
                Some(out)
            }
            _ => None,
        })
    }
}

/// The call and the console whose records an event changes.
fn touches(line: &Line, event: &Event) -> (Option<CallId>, Option<DeviceId>) {
    match event {
        Event::Joined { call, .. }
        | Event::CallerLost { call, .. }
        | Event::CallerBack { call }
        | Event::Packaged { call, .. }
        | Event::Forgotten { call }
        | Event::Committed { call, .. }
        | Event::Sent { call, .. } => (Some(*call), None),
        Event::Offered { call, offer } => (Some(*call), Some(offer.device)),
        Event::Withdrawn { call, .. } | Event::Answered { call, .. } | Event::Ended { call, .. } => {
            (Some(*call), line.call(*call).and_then(Call::device))
        }
        Event::SignedIn { device, .. }
        | Event::DeskLost { device, .. }
        | Event::DeskClosed { device }
        | Event::DutyChanged { device, .. } => (None, Some(*device)),
    }
}
