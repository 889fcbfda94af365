//! Opening hours, by the wall clock of the United Kingdom.

use std::{collections::BTreeSet, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::calendar::{Date, WallClock, Weekday};

/// Minutes in a day.
const DAY: u16 = 1_440;

/// A text that says no hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("hours are `always`, or like `mon-fri 09:00-17:00; sat 22:00-06:00`")]
pub struct InvalidHours;

/// When a line is open, by the wall clock of the United Kingdom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "open", rename_all = "snake_case")]
pub enum Hours {
    /// Day and night.
    #[default]
    Always,
    /// In these windows of each week.
    Weekly {
        /// The windows.
        windows: Vec<Window>,
        /// Days on which it stays closed.
        #[serde(default)]
        closed_on: BTreeSet<Date>,
    },
}

/// A time of some days in which a line is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The days on which it begins.
    pub days: BTreeSet<Weekday>,
    /// From which minute of the day.
    pub from: u16,
    /// Until which minute. Not later than `from`: until then of the next day.
    pub until: u16,
}

impl Hours {
    /// Whether the line is open then.
    pub(super) fn contain(&self, clock: WallClock) -> bool {
        let Self::Weekly { windows, closed_on } = self else { return true };
        let WallClock { date, minute } = clock;
        let (today, yesterday) = (date.weekday(), date.weekday().before());
        !closed_on.contains(&date)
            && windows.iter().any(|window| {
                let overnight = window.until <= window.from;
                let begun = window.days.contains(&today)
                    && minute >= window.from
                    && (overnight || minute < window.until);
                let goes_on = overnight && window.days.contains(&yesterday) && minute < window.until;
                begun || goes_on
            })
    }
}

impl Weekday {
    fn before(self) -> Self {
        let index = Self::ALL.iter().position(|day| *day == self).unwrap_or(0);
        Self::ALL[(index + 6) % 7]
    }
}

impl Window {
    /// Whether it is one: minutes of a day, and some day on which it begins.
    fn is_sound(&self) -> bool {
        self.from < DAY && self.until <= DAY && !self.days.is_empty()
    }
}

impl FromStr for Hours {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        if text.trim() == "always" {
            return Ok(Self::Always);
        }
        let windows = text.split(';').map(|part| part.trim().parse()).collect::<Result<_, _>>()?;
        Ok(Self::Weekly { windows, closed_on: BTreeSet::new() })
    }
}

impl FromStr for Window {
    type Err = InvalidHours;

    fn from_str(text: &str) -> Result<Self, InvalidHours> {
        let (days, times) = text.split_once(' ').ok_or(InvalidHours)?;
        let (from, until) = times.trim().split_once('-').ok_or(InvalidHours)?;
        let window = Self { days: days_of(days)?, from: minute_of(from)?, until: minute_of(until)? };
        if window.is_sound() { Ok(window) } else { Err(InvalidHours) }
    }
}

fn days_of(text: &str) -> Result<BTreeSet<Weekday>, InvalidHours> {
    let mut days = BTreeSet::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut at, last) = (index_of(first)?, index_of(last)?);
        days.insert(Weekday::ALL[at]);
        // Round the week: `sat-mon` is three days.
        while at != last {
            at = (at + 1) % Weekday::ALL.len();
            days.insert(Weekday::ALL[at]);
        }
    }
    Ok(days)
}

fn index_of(day: &str) -> Result<usize, InvalidHours> {
    Weekday::ALL.iter().position(|known| known.to_string() == day).ok_or(InvalidHours)
}

fn minute_of(text: &str) -> Result<u16, InvalidHours> {
    let (hour, minute) = text.trim().split_once(':').ok_or(InvalidHours)?;
    if hour.len() != 2 || minute.len() != 2 {
        return Err(InvalidHours);
    }
    let (hour, minute): (u16, u16) =
        (hour.parse().map_err(|_| InvalidHours)?, minute.parse().map_err(|_| InvalidHours)?);
    if minute < 60 && hour * 60 + minute <= DAY { Ok(hour * 60 + minute) } else { Err(InvalidHours) }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Weekly { windows, closed_on } = self else { return f.write_str("always") };
        for (index, window) in windows.iter().enumerate() {
            let days: Vec<String> = window.days.iter().map(Weekday::to_string).collect();
            let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            let gap = if index == 0 { "" } else { "; " };
            write!(f, "{gap}{} {}-{}", days.join(","), clock(window.from), clock(window.until))?;
        }
        for (index, day) in closed_on.iter().enumerate() {
            write!(f, "{}{day}", if index == 0 { "; closed on " } else { ", " })?;
        }
        Ok(())
    }
}

impl fmt::Display for Weekday {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_read_back_as_they_are_written() {
        for text in ["always", "mon,tue,wed,thu,fri 09:00-17:00; sat 22:00-06:00", "sun 00:00-24:00"] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
        let wrapped: Hours = "sat-mon 08:00-12:00".parse().unwrap();
        assert_eq!(wrapped.to_string(), "mon,sat,sun 08:00-12:00");
    }

    #[test]
    fn what_says_no_hours_is_refused() {
        for text in [
            "",
            "never",
            "mon",
            "mon 9:00-17:00",
            "mon 09:00-25:00",
            "mon 24:00-02:00",
            "mon 09:60-10:00",
            "xxx 09:00-10:00",
        ] {
            assert_eq!(text.parse::<Hours>(), Err(InvalidHours), "{text}");
        }
    }
}
