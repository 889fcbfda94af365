//! The hours' figures in the ledger: what the book has counted is added to them in the transaction of the events, and whoever may
//! see them reads them here.

mod archive;
pub mod report;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Serialize, de::DeserializeOwned};

pub use self::archive::{Archive, Hours};
use super::{
    NodeError,
    actor::Actor,
    records::{self, decode},
    settings,
};
use crate::{
    core::{
        directory::LineName,
        figures::{Book, Hour, LineHour, StaffHour},
        line::Line,
        time::Timestamp,
    },
    store::{Entry, Ledger, StoreError, Txn},
};

const FIGURES: &str = "figure/";
/// The record that says up to when the time of counsellors is counted.
const UNTIL: &str = "figures-until";
/// What stands in the place of a line where the hour of the counsellors is kept: no line can be called so.
const STAFF: &str = "_staff";
/// What stands there where the follow-ups are kept that were promised for the hour.
const PROMISED: &str = "_follow-ups";
/// Records of hours that are held in memory; those of others are read before they are written.
const HELD: usize = 16;

/// The records that were written last.
#[derive(Default)]
pub(super) struct Held {
    lines: BTreeMap<(Hour, LineName), LineHour>,
    staff: BTreeMap<Hour, StaffHour>,
}

/// By month, so that a month is one range.
fn month_prefix(year: u32, month: u32) -> String {
    format!("{FIGURES}{year:04}-{month:02}/")
}

fn hour_key(hour: Hour, of: &str) -> String {
    let (date, number) = hour.utc();
    let (year, month, day) = date.parts();
    format!("{}{day:02}T{number:02}/{of}", month_prefix(year, month))
}

fn line_key((hour, line): &(Hour, LineName)) -> String {
    hour_key(*hour, &line.to_string())
}

fn staff_key(hour: Hour) -> String {
    hour_key(hour, STAFF)
}

/// The key of the record of the follow-ups that were promised for an hour.
pub(super) fn promised_key(hour: Hour) -> String {
    hour_key(hour, PROMISED)
}

/// The book as it was left, and the revision of its record.
pub(super) async fn open(
    ledger: &dyn Ledger,
    line: &Line,
    now: Timestamp,
) -> Result<(Book, Option<u64>), NodeError> {
    let until = ledger.get(UNTIL).await?;
    let at = until.as_ref().map(decode::<Timestamp>).transpose()?;
    Ok((Book::open(line, at.unwrap_or(now)), until.map(|entry| entry.revision)))
}

/// The key under which `open` found the revision.
pub(super) fn until_key() -> String {
    UNTIL.to_owned()
}

fn known<T: DeserializeOwned + Default>(entry: Option<&Entry>) -> Result<T, NodeError> {
    entry.map_or_else(|| Ok(T::default()), decode)
}

impl Actor {
    /// Reads those records to which something is to be added and that are not held.
    pub(super) async fn read_figures(&mut self) -> Result<(), NodeError> {
        let tally = self.book.tally();
        let lines: Vec<_> =
            tally.lines.keys().filter(|of| !self.held.lines.contains_key(of)).cloned().collect();
        let staff: Vec<_> = tally.staff.keys().filter(|hour| !self.held.staff.contains_key(hour)).collect();
        let staff: Vec<Hour> = staff.into_iter().copied().collect();
        for of in lines {
            let entry = self.read_figure(line_key(&of)).await?;
            self.held.lines.insert(of, known(entry.as_ref())?);
        }
        for hour in staff {
            let entry = self.read_figure(staff_key(hour)).await?;
            self.held.staff.insert(hour, known(entry.as_ref())?);
        }
        Ok(())
    }

    async fn read_figure(&mut self, key: String) -> Result<Option<Entry>, StoreError> {
        let entry = self.ledger.get(&key).await?;
        self.revisions.extend(entry.as_ref().map(|entry| (key, entry.revision)));
        Ok(entry)
    }

    /// Adds what was counted to a transaction.
    pub(super) fn write_figures(&self, txn: &mut Txn) -> Result<(), NodeError> {
        let tally = self.book.tally();
        if tally.is_empty() {
            return Ok(());
        }
        for (of, counted) in &tally.lines {
            let mut sum = self.held.lines.get(of).cloned().unwrap_or_default();
            sum.add(counted);
            self.put_figure(txn, line_key(of), &sum)?;
        }
        for (hour, counted) in &tally.staff {
            let mut sum = self.held.staff.get(hour).cloned().unwrap_or_default();
            sum.add(counted);
            self.put_figure(txn, staff_key(*hour), &sum)?;
        }
        self.put_figure(txn, until_key(), &self.book.until())
    }

    fn put_figure(&self, txn: &mut Txn, key: String, value: &impl Serialize) -> Result<(), NodeError> {
        let bytes = records::encode(&key, value)?;
        self.change(txn, key, Some(bytes));
        Ok(())
    }

    /// What was counted is in the records.
    pub(super) fn figures_written(&mut self) {
        for (of, counted) in &self.book.tally().lines {
            self.held.lines.entry(of.clone()).or_default().add(counted);
        }
        for (hour, counted) in &self.book.tally().staff {
            self.held.staff.entry(*hour).or_default().add(counted);
        }
        self.book.clear();
        let mut dropped = BTreeSet::new();
        while self.held.lines.len() > HELD {
            dropped.extend(self.held.lines.pop_first().map(|(of, _)| line_key(&of)));
        }
        while self.held.staff.len() > HELD {
            dropped.extend(self.held.staff.pop_first().map(|(hour, _)| staff_key(hour)));
        }
        for key in &dropped {
            self.revisions.remove(key);
        }
    }

    /// Writes what is counted and not written, because the process ends.
    pub(super) async fn close_book(&mut self) {
        let now = self.now();
        self.book.close(now);
        if let Err(error) = self.write_book().await {
            tracing::error!(%error, "the last figures were not written");
        }
    }

    async fn write_book(&mut self) -> Result<(), NodeError> {
        self.read_figures().await?;
        let mut txn = Txn::default();
        self.write_figures(&mut txn)?;
        if !txn.writes.is_empty() {
            self.ledger.txn(txn).await?;
        }
        Ok(())
    }
}
