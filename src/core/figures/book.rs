//! Counting: what each event adds to which hour.

use std::collections::BTreeMap;

use super::{
    census::Census,
    counts::{Hour, LineHour, StaffHour, spread},
};
use crate::core::{
    call::{Call, Phase},
    directory::LineName,
    event::Event,
    line::Line,
    time::Timestamp,
};

/// What has been counted and is still to be added to the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// By hour and line.
    pub lines: BTreeMap<(Hour, LineName), LineHour>,
    /// By hour.
    pub staff: BTreeMap<Hour, StaffHour>,
}

/// Counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    tally: Tally,
    /// What the counsellors have done since `until`.
    census: Census,
    /// Up to when their time is counted.
    until: Timestamp,
    /// Whether something has happened after which they may do something else.
    stale: bool,
}

impl Tally {
    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.staff.is_empty()
    }

    fn line(&mut self, hour: Hour, line: &LineName) -> &mut LineHour {
        self.lines.entry((hour, line.clone())).or_default()
    }

    /// Somebody's wait for their first answer is over.
    fn waited(&mut self, call: &Call, at: Timestamp) -> &mut LineHour {
        let wait = at.since(call.ticket.joined);
        let hour = self.line(Hour::of(call.ticket.joined), &call.line);
        hour.waited_ms += millis(wait);
        hour.longest_wait_s =
            hour.longest_wait_s.max(u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX));
        hour
    }

    /// Somebody is no longer with a counsellor.
    fn talked(&mut self, call: &Call, at: Timestamp) {
        let Phase::Connected(talk) = &call.phase else { return };
        self.line(Hour::of(at), &call.line).calls += 1;
        for (hour, ms) in spread(talk.since, at) {
            self.line(hour, &call.line).call_ms += ms;
        }
    }
}

impl Book {
    /// Goes on where the time of counsellors was counted up to `until`, with the line as it was left.
    pub fn open(line: &Line, until: Timestamp) -> Self {
        Self { tally: Tally::default(), census: Census::of(line), until, stale: false }
    }

    /// What was counted and is still to be added to the records.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Up to when the time of counsellors is counted.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Takes in what was counted elsewhere.
    pub fn add(&mut self, tally: &Tally) {
        for ((hour, line), counted) in &tally.lines {
            self.tally.line(*hour, line).add(counted);
        }
        for (hour, counted) in &tally.staff {
            self.tally.staff.entry(*hour).or_default().add(counted);
        }
    }

    /// It was added to the records.
    pub fn clear(&mut self) {
        self.tally = Tally::default();
    }

    /// Counts an event that is about to be carried out.
    pub fn count(&mut self, line: &Line, event: &Event, now: Timestamp) {
        self.stale |= !matches!(
            event,
            Event::Joined { .. }
                | Event::CallerLost { .. }
                | Event::CallerBack { .. }
                | Event::Packaged { .. }
                | Event::Committed { .. }
                | Event::Sent { .. }
                | Event::Forgotten { .. }
                | Event::Coded { .. }
                | Event::Heard { .. }
        );
        match event {
            Event::Joined { ticket, line: name, .. } => {
                let hour = self.tally.line(Hour::of(ticket.joined), name);
                hour.offered += 1;
                hour.unserved += u32::from(!line.is_served(name));
            }
            Event::Answered { call, at, .. } => {
                let Some(call) = line.call(*call).filter(|call| waits_for_the_first_time(call)) else {
                    return;
                };
                let hour = self.tally.waited(call, *at);
                hour.answered += 1;
                hour.waits.count(at.since(call.ticket.joined));
            }
            Event::Ended { call, at, .. } => {
                let Some(call) = line.call(*call) else { return };
                if waits_for_the_first_time(call) {
                    self.tally.waited(call, *at).abandoned += 1;
                }
                self.tally.talked(call, *at);
            }
            Event::Requeued { call, .. } => {
                if let Some(call) = line.call(*call) {
                    self.tally.talked(call, now);
                }
            }
            Event::CallerBack { call } => {
                if let Some(call) = line.call(*call).filter(|call| !call.is_ended() && !call.link.is_up()) {
                    self.tally.line(Hour::of(now), &call.line).reconnected += 1;
                }
            }
            Event::Coded { device, chosen } => {
                if let Some(after) = line.desk(*device).and_then(|desk| desk.after.as_ref()) {
                    self.tally.line(Hour::of(now), after).codes.count(&line.rules().fields, chosen);
                }
            }
            Event::Heard { device, heard } => {
                if let Some(after) = line.desk(*device).and_then(|desk| desk.after.as_ref()) {
                    self.tally.line(Hour::of(now), after).heard.add(heard);
                }
            }
            _ => {}
        }
    }

    /// Counts the time of counsellors up to now, if they do something else from now on.
    pub fn look(&mut self, line: &Line, now: Timestamp) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let census = Census::of(line);
        if census != self.census {
            self.close(now);
            self.census = census;
        }
    }

    /// Counts the time of counsellors up to now.
    pub fn close(&mut self, now: Timestamp) {
        let from = self.until;
        self.until = from.max(now);
        // Of hours in which nobody was here nothing is kept.
        if self.census == Census::default() {
            return;
        }
        let Census { on_call, available, paused, wrap_up } = &self.census;
        let wrapping_up: u32 = wrap_up.values().sum();
        for (hour, ms) in spread(from, now) {
            for (line, people) in wrap_up {
                self.tally.line(hour, line).wrap_up_ms += ms * u64::from(*people);
            }
            let staff = self.tally.staff.entry(hour).or_default();
            staff.on_call_ms += ms * u64::from(*on_call);
            staff.wrap_up_ms += ms * u64::from(wrapping_up);
            staff.available_ms += ms * u64::from(*available);
            staff.paused_ms += ms * u64::from(*paused);
        }
    }

    /// The line is as it was before, but for who is connected.
    pub fn take_back(&mut self, before: Self, line: &Line) {
        *self = Self { census: Census::of(line), ..before };
    }
}

/// Whether that caller waits, and has not been with a counsellor before.
fn waits_for_the_first_time(call: &Call) -> bool {
    call.place().is_some_and(|place| !place.again)
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
