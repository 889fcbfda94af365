//! What each person is shown of the line: their own state at once when something happens to them, the queue around them a few
//! times a second.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    actor::{Actor, StaffView},
    batch::{Seen, line_status},
    handle::{CallerConn, StaffConn},
    views::{self, talks},
};
use crate::{
    core::{
        directory::LineName,
        ids::{CallId, DeviceId},
        time::Timestamp,
    },
    proto::{caller, staff},
};

impl Actor {
    /// Tells everybody whom it concerns how things are now: who came on shift, those in the calls and at the consoles to which
    /// something has happened, and then those who are only shown another queue. Whoever has heard it already is told nothing.
    pub(super) fn show(&mut self, seen: &Seen) {
        self.show_shift(seen.lines_before.as_deref());
        if seen.line {
            self.show_help();
            self.lengths.changed();
            for device in &seen.consoles {
                if let Some(conn) = self.consoles.holder(*device) {
                    self.show_console(conn, *device);
                }
            }
        }
        let mut in_line = BTreeSet::new();
        for call in &seen.calls {
            let Some(record) = self.line.call(*call) else { continue };
            let devices = record.devices();
            if let Some(conn) = self.callers.holder(*call) {
                if record.is_in_line() {
                    in_line.insert(*call);
                } else {
                    self.show_caller(conn, *call, false, 0);
                }
            }
            for device in devices {
                if let Some(conn) = self.consoles.holder(device) {
                    self.show_console(conn, device);
                }
            }
        }
        let lengths = self.lengths.take(self.now());
        if lengths || !in_line.is_empty() {
            let waiting = self.line.waiting();
            let served: BTreeMap<LineName, bool> = line_status(&self.line).into_iter().collect();
            for (call, ahead) in waiting.iter().filter(|(call, _)| in_line.contains(call)) {
                self.show_waiting(*call, *ahead, &served);
            }
            if lengths {
                self.show_lengths(&waiting, &served);
            }
        }
        self.show_boards(seen.line);
    }

    /// Tells consoles how long the queue is, and those who wait how many are before them, unless they have heard it.
    fn show_lengths(&mut self, waiting: &[(CallId, usize)], served: &BTreeMap<LineName, bool>) {
        let mut lengths = std::mem::take(&mut self.lengths);
        lengths.go_round(waiting.len(), |place| {
            let (call, ahead) = waiting[place];
            self.show_waiting(call, ahead, served)
        });
        self.lengths = lengths;
        let now = self.queue_now();
        for (device, conn) in self.consoles.held() {
            let last = self.consoles.last(conn);
            if last.is_none_or(|last| (last.waiting, last.head) != now) {
                self.show_console(conn, device);
            }
        }
    }

    /// Tells a caller who waits how many are before them. Whether that was news.
    fn show_waiting(&mut self, call: CallId, ahead: usize, served: &BTreeMap<LineName, bool>) -> bool {
        let Some(conn) = self.callers.holder(call) else { return false };
        let on_shift = self.line.call(call).and_then(|call| served.get(&call.line).copied());
        self.show_caller(conn, call, on_shift.unwrap_or(false), ahead)
    }

    /// Tells a caller's connection its state if it has changed. Whether it has.
    pub(super) fn show_caller(
        &mut self,
        conn: CallerConn,
        call: CallId,
        on_shift: bool,
        ahead: usize,
    ) -> bool {
        let Some(call) = self.line.call(call) else { return false };
        let state = views::caller_state(&self.line, call, on_shift, ahead);
        self.callers.tell_state(conn, state, |state| caller::Message::State { state: state.clone() })
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
    /// lines; those who wait hear of it as well.
    fn show_shift(&mut self, before: Option<&[(LineName, bool)]>) {
        let Some(before) = before else { return };
        if line_status(&self.line) == before && !self.directory_changed {
            return;
        }
        self.directory_changed = false;
        self.lengths.changed_for_all();
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
}
