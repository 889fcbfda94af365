//! Civil dates and the wall clock of the United Kingdom, for opening hours and for forces that come into scope on a day.
//!
//! Proleptic Gregorian calendar. Summer time as the Summer Time Order 2002 has it: from the last Sunday of March to the last
//! Sunday of October, both changes at 01:00 UTC.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::time::Timestamp;

const DAY_MS: u64 = 86_400_000;
const HOUR_MS: u64 = 3_600_000;

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Days since 1970-01-01.
    days: u32,
}

/// A text that is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a day is written as 2026-03-29")]
pub struct InvalidDate;

/// A moment as a clock on the wall shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallClock {
    /// The day.
    pub date: Date,
    /// Minutes since midnight.
    pub minute: u16,
}

/// Days of the week, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// All of them, Monday first.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];
}

impl Date {
    /// The day of that year, month (1-12) and day of the month, if there is one. Years 1970 to 9999.
    pub fn new(year: u32, month: u32, day: u32) -> Option<Self> {
        if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        // Years that begin in March, so that the leap day is the last of them.
        let (shifted, of_year) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let leaps = shifted / 4 - shifted / 100 + shifted / 400;
        let days = (365 * shifted + leaps + (153 * of_year + 2) / 5 + day - 1).checked_sub(719_468)?;
        let date = Self { days };
        (date.parts() == (year, month, day)).then_some(date)
    }

    /// The day of that moment in UTC.
    pub fn of_utc(at: Timestamp) -> Self {
        Self { days: u32::try_from(at.as_millis() / DAY_MS).unwrap_or(u32::MAX / 2) }
    }

    /// The day before; the first day has none and stays.
    #[must_use]
    pub fn before(self) -> Self {
        Self { days: self.days.saturating_sub(1) }
    }

    /// The day after.
    #[must_use]
    pub fn after(self) -> Self {
        Self { days: self.days.saturating_add(1) }
    }

    /// Each day from this one to that, both included.
    pub fn through(self, last: Self) -> impl Iterator<Item = Self> {
        (self.days..=last.days).map(|days| Self { days })
    }

    /// Year, month (1-12) and day of the month.
    pub fn parts(self) -> (u32, u32, u32) {
        let shifted = self.days + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let year = year + era * 400;
        if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        Weekday::ALL[((self.days + 3) % 7) as usize]
    }

    /// The day so many days after.
    #[must_use]
    pub fn plus(self, days: u32) -> Self {
        Self { days: self.days.saturating_add(days) }
    }

    /// The Monday of its week.
    #[must_use]
    pub fn monday(self) -> Self {
        // 1970-01-01 was a Thursday: its Monday is not a day of ours, and the first one that is comes four days later.
        Self { days: self.days.saturating_sub((self.days + 3) % 7).max(4) }
    }

    /// Days from `earlier` to this one; negative when it is later.
    pub fn days_after(self, earlier: Self) -> i64 {
        i64::from(self.days) - i64::from(earlier.days)
    }

    fn last_sunday(year: u32, month: u32) -> Option<Self> {
        let last = Self::new(year, month, 31)?;
        let past = Weekday::ALL.iter().position(|day| *day == last.weekday())? as u32;
        Some(Self { days: last.days - (past + 1) % 7 })
    }

    pub(super) const fn midnight_utc(self) -> u64 {
        self.days as u64 * DAY_MS
    }
}

/// What a clock on a wall in the United Kingdom shows at `now`.
pub fn uk_time(now: Timestamp) -> WallClock {
    let utc = now.as_millis();
    let local = if is_summer(utc) { utc + HOUR_MS } else { utc };
    let days = u32::try_from(local / DAY_MS).unwrap_or(u32::MAX / 2);
    // Less than 1440, so it fits.
    WallClock { date: Date { days }, minute: (local % DAY_MS / 60_000) as u16 }
}

/// When that day begins by the wall clock of the United Kingdom.
pub fn uk_midnight(date: Date) -> Timestamp {
    // The clock never changes at midnight, so that each day has one.
    let utc = date.midnight_utc();
    let an_hour_before = utc.saturating_sub(HOUR_MS);
    Timestamp::from_millis(if is_summer(an_hour_before) { an_hour_before } else { utc })
}

fn is_summer(utc: u64) -> bool {
    let (year, ..) = Date { days: u32::try_from(utc / DAY_MS).unwrap_or(u32::MAX / 2) }.parts();
    let change = |month| Date::last_sunday(year, month).map(|day| day.midnight_utc() + HOUR_MS);
    matches!((change(3), change(10)), (Some(begin), Some(end)) if (begin..end).contains(&utc))
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let shape = |(index, byte): (usize, u8)| {
            if matches!(index, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() }
        };
        if text.len() != 10 || !text.bytes().enumerate().all(shape) {
            return Err(InvalidDate);
        }
        let number = |range: std::ops::Range<usize>| text[range].parse().map_err(|_| InvalidDate);
        Self::new(number(0..4)?, number(5..7)?, number(8..10)?).ok_or(InvalidDate)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, hour: u64, minute: u64) -> Timestamp {
        let date: Date = text.parse().unwrap();
        Timestamp::from_millis(date.midnight_utc() + hour * HOUR_MS + minute * 60_000)
    }

    #[test]
    fn every_day_of_a_century_has_one_name_and_the_next_day_of_the_week() {
        let mut days = Date { days: 0 };
        assert_eq!((days.to_string().as_str(), days.weekday()), ("1970-01-01", Weekday::Thu));
        for _ in 0..36_600 {
            let (year, month, day) = days.parts();
            assert_eq!(Date::new(year, month, day), Some(days));
            assert_eq!(days.to_string().parse(), Ok(days));
            days.days += 1;
        }
        assert_eq!("2026-11-22".parse::<Date>().unwrap().weekday(), Weekday::Sun);
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for text in
            ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "26-01-01", "2026-01-32", "+026-01-01"]
        {
            assert_eq!(text.parse::<Date>(), Err(InvalidDate), "{text}");
        }
        assert!("2028-02-29".parse::<Date>().is_ok());
    }

    #[test]
    fn the_clock_changes_on_the_last_sundays_of_march_and_october() {
        for (utc, shown) in [
            (at("2026-03-29", 0, 59), (0, 59)),
            (at("2026-03-29", 1, 0), (2, 0)),
            (at("2026-07-01", 12, 0), (13, 0)),
            (at("2026-10-25", 0, 59), (1, 59)),
            (at("2026-10-25", 1, 0), (1, 0)),
            (at("2026-12-31", 23, 59), (23, 59)),
        ] {
            let clock = uk_time(utc);
            assert_eq!((clock.minute / 60, clock.minute % 60), shown);
        }
        assert_eq!(uk_time(at("2026-06-30", 23, 30)).date.to_string(), "2026-07-01");
    }
}
