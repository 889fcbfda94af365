//! What is kept of an hour: of each line, and of the counsellors together.

use serde::{Deserialize, Serialize};

use super::{codes::Codes, heard::Heard, waits::Waits};
use crate::core::{
    calendar::{Date, WallClock, uk_time},
    time::Timestamp,
};

const HOUR_MS: u64 = 3_600_000;

/// An hour, in UTC. An hour of the United Kingdom's wall clock is always one of these; in October two of them have one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(u64);

impl Hour {
    /// The hour in which that moment is.
    pub const fn of(at: Timestamp) -> Self {
        Self(at.as_millis() / HOUR_MS)
    }

    /// The hour so many hours after 1970-01-01 UTC.
    pub const fn since_1970(hours: u64) -> Self {
        Self(hours)
    }

    /// The hour of that number (0-23) of a day of UTC.
    pub const fn of_day(day: Date, number: u64) -> Self {
        Self(day.midnight_utc() / HOUR_MS + number)
    }

    /// Its first moment.
    pub const fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0 * HOUR_MS)
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The day on which it is, in UTC, and its number on that day.
    pub fn utc(self) -> (Date, u32) {
        // Less than 24, so it fits.
        (Date::of_utc(self.start()), (self.0 % 24) as u32)
    }

    /// What a clock on a wall in the United Kingdom shows when it begins.
    pub fn wall(self) -> WallClock {
        uk_time(self.start())
    }
}

/// The hours that a span touches, each with how much of it lies in the span, in milliseconds.
pub fn spread(from: Timestamp, until: Timestamp) -> impl Iterator<Item = (Hour, u64)> {
    let mut at = from;
    std::iter::from_fn(move || {
        if at >= until {
            return None;
        }
        let hour = Hour::of(at);
        let end = hour.next().start().min(until);
        let part = (hour, end.as_millis() - at.as_millis());
        at = end;
        Some(part)
    })
}

/// One hour of one line. What becomes of a caller counts in the hour in which they came; time counts in the hour in which it
/// was spent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LineHour {
    /// Callers who came.
    pub offered: u32,
    /// Of these, those who came while nobody was on shift for the line.
    pub unserved: u32,
    /// Of these, those who were answered.
    pub answered: u32,
    /// Of these, those who left, or were lost, before an answer.
    pub abandoned: u32,
    /// How long those who were answered had waited.
    pub waits: Waits,
    /// How long those who were answered or left had waited, all together, milliseconds.
    pub waited_ms: u64,
    /// The longest wait of all of them, seconds, rounded up.
    pub longest_wait_s: u32,
    /// Calls that ended, or lost their counsellor, in this hour.
    pub calls: u32,
    /// How long callers were with a counsellor in this hour, milliseconds.
    pub call_ms: u64,
    /// How long counsellors wrapped up in this hour, milliseconds.
    pub wrap_up_ms: u64,
    /// Connections of callers that were lost and came back in this hour.
    pub reconnected: u32,
    /// What counsellors said of calls in this hour.
    #[serde(skip_serializing_if = "Codes::is_empty")]
    pub codes: Codes,
    /// How calls sounded that ended in this hour, as consoles said.
    #[serde(skip_serializing_if = "Heard::is_empty")]
    pub heard: Heard,
}

/// One hour of all who answer callers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StaffHour {
    /// How long they were in calls, milliseconds, added up over people.
    pub on_call_ms: u64,
    /// How long they wrapped up.
    pub wrap_up_ms: u64,
    /// How long they were ready, rung for or not.
    pub available_ms: u64,
    /// How long they were at work and not to be rung for: breaks, debriefs, promised calls.
    pub paused_ms: u64,
}

impl LineHour {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.offered += other.offered;
        self.unserved += other.unserved;
        self.answered += other.answered;
        self.abandoned += other.abandoned;
        self.waits.add(&other.waits);
        self.waited_ms += other.waited_ms;
        self.longest_wait_s = self.longest_wait_s.max(other.longest_wait_s);
        self.calls += other.calls;
        self.call_ms += other.call_ms;
        self.wrap_up_ms += other.wrap_up_ms;
        self.reconnected += other.reconnected;
        self.codes.add(&other.codes);
        self.heard.add(&other.heard);
    }
}

impl StaffHour {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.on_call_ms += other.on_call_ms;
        self.wrap_up_ms += other.wrap_up_ms;
        self.available_ms += other.available_ms;
        self.paused_ms += other.paused_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_spread_over_the_hours_that_it_touches() {
        let at = |minutes: u64| Timestamp::from_millis(minutes * 60_000);
        let parts: Vec<_> = spread(at(50), at(130)).map(|(hour, ms)| (hour.0, ms / 60_000)).collect();
        assert_eq!(parts, [(0, 10), (1, 60), (2, 10)]);
        assert_eq!(spread(at(60), at(60)).count(), 0);
        assert_eq!(spread(at(61), at(60)).count(), 0);
        assert_eq!(spread(at(60), at(120)).count(), 1);
    }

    #[test]
    fn an_hour_is_of_utc_and_shown_by_the_wall() {
        // 2026-10-25: the clock goes back at 01:00 UTC, so two hours are called 01:00.
        let midnight = Hour::of(Timestamp::from_millis(1_792_886_400_000));
        let hours: Vec<Hour> = (0..3).map(|more| Hour::since_1970(midnight.0 + more)).collect();
        let shown: Vec<u16> = hours.iter().map(|hour| hour.wall().minute / 60).collect();
        assert_eq!(shown, [1, 1, 2]);
        assert_eq!(hours[1].utc().0.to_string(), "2026-10-25");
        assert_eq!(hours.iter().map(|hour| hour.utc().1).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
