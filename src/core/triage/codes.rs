//! What the operator sets about triage: needs, reasons, refusals and outcomes, each a code with a name; the minutes that an
//! outcome is taken to free; for how long cards are kept.

use std::{collections::BTreeSet, fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// Codes of one list at most.
const MOST: usize = 24;
/// Characters of a name at most, and of what is said about the minutes.
const LONGEST: (usize, usize) = (80, 200);
/// Minutes that one outcome may be taken to free at most: a shift of two officers.
const MOST_MINUTES: u32 = 24 * 60;
/// Days that a card may be kept.
const KEEP_DAYS: std::ops::RangeInclusive<u32> = 1..=365;

/// A short name of something that the operator has set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(String);

/// A text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a code has 1 to 32 of a-z, 0-9 and -")]
pub struct InvalidCode;

/// A code and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The code, which is kept.
    pub code: Code,
    /// The name, which is shown.
    pub name: String,
}

/// How a card can come out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The code, which is kept.
    pub code: Code,
    /// The name, which is shown.
    pub name: String,
    /// The minutes of police time that one such card is taken to free.
    pub minutes: u32,
    /// Why so many: shown wherever hours freed are.
    pub why: String,
}

/// All that the operator sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// For how many days a card is kept after it was opened.
    pub keep_days: u32,
    /// What can be needed.
    #[serde(rename = "need")]
    pub needs: Vec<Named>,
    /// Why an agency is the right one.
    #[serde(rename = "reason")]
    pub reasons: Vec<Named>,
    /// Why an agency refuses.
    #[serde(rename = "refusal")]
    pub refusals: Vec<Named>,
    /// How it can come out.
    #[serde(rename = "outcome")]
    pub outcomes: Vec<Outcome>,
}

/// What is wrong with what the operator wants to set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCodes {
    /// A list is empty or too long.
    #[error("there must be 1 to 24 of each: needs, reasons, refusals, outcomes")]
    Length,
    /// A code stands twice in a list.
    #[error("the code {0} stands twice in its list")]
    Twice(Code),
    /// A name that is empty, too long or has several lines.
    #[error("what {0} is called, or why, is empty, too long, or of several lines")]
    Text(Code),
    /// Too many minutes.
    #[error("{0} cannot free more than 1440 minutes")]
    Minutes(Code),
    /// Not a number of days for which cards are kept.
    #[error("cards are kept for 1 to 365 days")]
    Days,
}

impl Codes {
    /// All of it, if it can be set.
    pub fn checked(self) -> Result<Self, BadCodes> {
        if !KEEP_DAYS.contains(&self.keep_days) {
            return Err(BadCodes::Days);
        }
        for list in [&self.needs, &self.reasons, &self.refusals] {
            check(list.iter().map(|named| (&named.code, named.name.as_str())))?;
        }
        check(self.outcomes.iter().map(|outcome| (&outcome.code, outcome.name.as_str())))?;
        for Outcome { code, minutes, why, .. } in &self.outcomes {
            if !is_line(why, LONGEST.1) {
                return Err(BadCodes::Text(code.clone()));
            }
            if *minutes > MOST_MINUTES {
                return Err(BadCodes::Minutes(code.clone()));
            }
        }
        Ok(self)
    }

    /// For how long a card is kept.
    pub fn keep(&self) -> Duration {
        Duration::from_secs(u64::from(self.keep_days) * 86_400)
    }

    pub(super) fn need(&self, code: &Code) -> Option<&Named> {
        self.needs.iter().find(|known| known.code == *code)
    }

    pub(super) fn reason(&self, code: &Code) -> Option<&Named> {
        self.reasons.iter().find(|known| known.code == *code)
    }

    pub(super) fn refusal(&self, code: &Code) -> Option<&Named> {
        self.refusals.iter().find(|known| known.code == *code)
    }

    /// The outcome of that code.
    pub fn outcome(&self, code: &Code) -> Option<&Outcome> {
        self.outcomes.iter().find(|known| known.code == *code)
    }
}

fn check<'a>(list: impl Iterator<Item = (&'a Code, &'a str)>) -> Result<(), BadCodes> {
    let mut seen = BTreeSet::new();
    for (code, name) in list {
        if !is_line(name, LONGEST.0) {
            return Err(BadCodes::Text(code.clone()));
        }
        if !seen.insert(code) {
            return Err(BadCodes::Twice(code.clone()));
        }
    }
    if (1..=MOST).contains(&seen.len()) { Ok(()) } else { Err(BadCodes::Length) }
}

fn is_line(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

impl Default for Codes {
    /// Of an operator who has set none. The minutes are zero: what is freed is not to be guessed by a program.
    fn default() -> Self {
        let named = |(code, name): &(&str, &str)| Named { code: Code((*code).into()), name: (*name).into() };
        let outcome = |(code, name): &(&str, &str)| Outcome {
            code: Code((*code).into()),
            name: (*name).into(),
            minutes: 0,
            why: "Not set yet".into(),
        };
        Self {
            keep_days: 30,
            needs: NEEDS.iter().map(named).collect(),
            reasons: REASONS.iter().map(named).collect(),
            refusals: REFUSALS.iter().map(named).collect(),
            outcomes: OUTCOMES.iter().map(outcome).collect(),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Code {
    type Err = InvalidCode;

    fn from_str(text: &str) -> Result<Self, InvalidCode> {
        text.to_owned().try_into()
    }
}

impl TryFrom<String> for Code {
    type Error = InvalidCode;

    fn try_from(text: String) -> Result<Self, InvalidCode> {
        let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if (1..=32).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text))
        } else {
            Err(InvalidCode)
        }
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.0
    }
}

const NEEDS: [(&str, &str); 7] = [
    ("suicidal", "Thoughts of suicide"),
    ("self-harm", "Self-harm"),
    ("distress", "Distress or panic"),
    ("known-illness", "A known mental illness"),
    ("substances", "Alcohol or drugs"),
    ("bereavement", "Bereavement"),
    ("other", "Something else"),
];
const REASONS: [(&str, &str); 5] = [
    ("open-to-them", "They are known there"),
    ("right-skill", "It has the right skill"),
    ("nearest", "It is the nearest"),
    ("open-now", "It is open now"),
    ("asked-for", "The person asks for it"),
];
const REFUSALS: [(&str, &str); 4] = [
    ("full", "No room now"),
    ("criteria", "Not within what it does"),
    ("area", "Not in its area"),
    ("closed", "Closed now"),
];
const OUTCOMES: [(&str, &str); 5] = [
    ("handed-over", "Handed over, no officer needed"),
    ("officer-left", "Handed over, an officer could leave"),
    ("advice", "Advice was enough"),
    ("police-needed", "An officer was needed"),
    ("ended", "The person ended it"),
];
