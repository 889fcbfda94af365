//! Reading the hours' figures.

use std::{collections::BTreeSet, sync::Arc};

use super::{NodeError, PROMISED, STAFF, decode, month_prefix, settings::Settings};
use crate::{
    core::{
        calendar::Date,
        directory::{Directory, LineName},
        figures::{Hour, LineHour, PromisedHour, StaffHour},
    },
    store::{Entry, Ledger},
};

/// The figures in a ledger.
#[derive(Clone)]
pub struct Archive {
    ledger: Arc<dyn Ledger>,
    settings: Settings,
}

/// The hours of some days.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hours {
    /// Of each line.
    pub lines: Vec<(Hour, LineName, LineHour)>,
    /// Of those who answer.
    pub staff: Vec<(Hour, StaffHour)>,
    /// Of the follow-ups that were promised for them.
    pub promised: Vec<(Hour, PromisedHour)>,
}

impl Archive {
    /// The figures in that ledger.
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        let settings = Settings::new(Arc::clone(&ledger));
        Self { ledger, settings }
    }

    /// The same figures, of lines that are set up in another ledger.
    pub(in crate::node) fn with_settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// The lines, to name them.
    pub async fn directory(&self) -> Result<Directory, NodeError> {
        self.settings.directory().await
    }

    /// All hours from the first of these days to the last, by the wall clock of the United Kingdom.
    pub async fn hours(&self, from: Date, to: Date) -> Result<Hours, NodeError> {
        // A day on the wall lies in at most two days of UTC.
        let months: BTreeSet<(u32, u32)> = from
            .before()
            .through(to.after())
            .map(|day| {
                let (year, month, _) = day.parts();
                (year, month)
            })
            .collect();
        let mut hours = Hours::default();
        for (year, month) in months {
            let prefix = month_prefix(year, month);
            let (entries, _) = self.ledger.range(&prefix).await?;
            for entry in &entries {
                let (hour, of) = named(entry, year, month)?;
                if !(from..=to).contains(&hour.wall().date) {
                    continue;
                }
                match of {
                    STAFF => hours.staff.push((hour, decode(entry)?)),
                    PROMISED => hours.promised.push((hour, decode(entry)?)),
                    line => {
                        let line = line.parse().map_err(|_| strange(entry))?;
                        hours.lines.push((hour, line, decode(entry)?));
                    }
                }
            }
        }
        Ok(hours)
    }
}

/// The hour and the rest that a key of that month names.
fn named(entry: &Entry, year: u32, month: u32) -> Result<(Hour, &str), NodeError> {
    let parse = || {
        let (when, of) = entry.key.rsplit_once('/')?;
        let (day, hour) = when.rsplit_once('/')?.1.split_once('T')?;
        let date = Date::new(year, month, day.parse().ok()?)?;
        Some((Hour::of_day(date, hour.parse().ok()?), of))
    };
    parse().ok_or_else(|| strange(entry))
}

fn strange(entry: &Entry) -> NodeError {
    NodeError::BadRecord { key: entry.key.clone(), reason: "its key names no hour".to_owned() }
}
