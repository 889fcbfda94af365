//! The directory of services, over the staff WebSocket: what the desks search, and what administrators keep.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::core::{calendar::Date, ids::ServiceId};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
#[ts(rename = "ServicesRequest")]
pub enum Request {
    /// The services that are offered, unless this version of them is known already.
    List {
        /// The version that the page holds; 0 when it holds none.
        #[ts(type = "number")]
        known: u64,
    },
    /// All entries, also those that were retired.
    Keep,
    /// A new entry.
    Add {
        /// What it says.
        details: Box<Details>,
    },
    /// An entry says something else.
    Change {
        /// Which.
        #[ts(type = "string")]
        service: ServiceId,
        /// The entry's version that was changed. If somebody else has changed it meanwhile, nothing happens.
        #[ts(type = "number")]
        based_on: u64,
        /// What it says from now on.
        details: Box<Details>,
    },
    /// An entry is offered no longer, or again.
    Retire {
        /// Which.
        #[ts(type = "string")]
        service: ServiceId,
        /// The entry's version that was looked at.
        #[ts(type = "number")]
        based_on: u64,
        /// Whether it is offered no longer.
        retired: bool,
    },
    /// Takes a table in: every row is added, or changes the entry of its name. All rows, or none.
    Import {
        /// The table (CSV, as `export` gives it).
        table: String,
        /// Only says what would happen.
        trial: bool,
    },
    /// All entries that are offered, as a table.
    Export,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[ts(rename = "ServicesAnswer")]
pub enum Answer {
    /// The version that the page holds is the present one.
    Unchanged,
    /// The services, by name.
    List {
        /// Their version: greater after each change.
        #[ts(type = "number")]
        version: u64,
        /// The entries.
        entries: Vec<Entry>,
    },
    /// It was done. The entry as it is now.
    Kept {
        /// The entry.
        entry: Box<Entry>,
    },
    /// Somebody else has changed the entry meanwhile; nothing was done.
    Stale {
        /// The entry as it is now.
        entry: Box<Entry>,
    },
    /// What was sent is no entry; nothing was done.
    Flawed {
        /// What is wrong, all of it.
        flaws: Vec<Flaw>,
    },
    /// What a table brought about, or would. With flaws, nothing was done.
    Report {
        /// Rows that are new entries.
        added: u32,
        /// Rows that change an entry.
        changed: u32,
        /// Rows that say what is there already.
        unchanged: u32,
        /// What is wrong, by row. At most a hundred.
        flaws: Vec<Flaw>,
    },
    /// The table.
    Table {
        /// CSV (RFC 4180), the first row naming the columns.
        table: String,
    },
}

/// An entry of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "ServiceEntry")]
pub struct Entry {
    /// What requests name.
    #[ts(type = "string")]
    pub service: ServiceId,
    /// The directory's version since which it says this.
    #[ts(type = "number")]
    pub version: u64,
    /// Whether it is offered no longer.
    pub retired: bool,
    /// What it says.
    pub details: Details,
}

/// What an entry says. Texts may be empty but for the name and what it is for; one way to reach it there must be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "ServiceDetails")]
pub struct Details {
    /// Its name. No two entries have the same.
    pub name: String,
    /// What it is for, in a sentence or two.
    pub purpose: String,
    /// For which forces or regions it is; for all when there is none.
    pub areas: Vec<String>,
    /// Whether it is for families as well.
    pub families: bool,
    /// The telephone number: digits, spaces, and a `+` before them.
    pub phone: String,
    /// The number for text messages, written likewise.
    pub text: String,
    /// The web address, with `https://`.
    pub web: String,
    /// When it is open, in words.
    pub hours: String,
    /// The languages that are spoken.
    pub languages: Vec<String>,
    /// What it costs, in words.
    pub cost: String,
    /// How one comes to it: oneself, or by whom.
    pub referral: String,
    /// Words that it should be found by.
    pub tags: Vec<String>,
    /// Who keeps this entry true.
    pub owner: String,
    /// The day by which somebody must have looked whether all this still holds; none while nobody has.
    #[ts(type = "string | null")]
    pub review: Option<Date>,
}

/// Something wrong with an entry or with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "ServiceFlaw")]
pub struct Flaw {
    /// The row of the table, from 1, which is the one that names the columns; none when it was no table.
    pub row: Option<u32>,
    /// Where in the entry; none for the row or the table as a whole.
    pub field: Option<Field>,
    /// What.
    pub what: FlawKind,
}

/// A part of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "ServiceField")]
#[allow(missing_docs, reason = "as in `Details`")]
pub enum Field {
    Name,
    Purpose,
    Areas,
    Families,
    Phone,
    Text,
    Web,
    Hours,
    Languages,
    Cost,
    Referral,
    Tags,
    Owner,
    Review,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "ServiceFlawKind")]
pub enum FlawKind {
    /// It must not be empty.
    Missing,
    /// It is longer than that many characters.
    TooLong {
        /// How many.
        most: u32,
    },
    /// There are more of it than that.
    TooMany {
        /// How many.
        most: u32,
    },
    /// A character in it cannot be seen, or it has several lines.
    Unseen,
    /// No telephone number.
    NoNumber,
    /// No web address with `https://` and a host's name.
    NoAddress,
    /// No day, as 2027-03-29.
    NoDay,
    /// Neither `yes` nor `no`.
    NeitherYesNorNo,
    /// It has no telephone number, no number for texts and no web address.
    OutOfReach,
    /// Another entry, or another row, has this name.
    Taken,
    /// The directory is full.
    Full {
        /// How many entries it can have.
        most: u32,
    },
    /// The row has another number of cells than the first one.
    OtherLength,
    /// A quoted cell does not end, or goes on after its end.
    Quotes,
    /// The first row does not name this column.
    NoColumn,
    /// The first row names a column that is not known, or one twice.
    StrangeColumn,
    /// There is no row but the first.
    NoRows,
}
