//! What an operator sets while the service runs: its lines with their opening hours and the forces in scope, and which
//! counsellor answers which line.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    calendar::{Date, uk_midnight, uk_time},
    hours::Hours,
    ids::StaffId,
    time::Timestamp,
};

/// A text that names no line or skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 32 of a-z, 0-9 and -")]
pub struct InvalidName;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                let fits = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
                if (1..=32).contains(&text.len()) && text.bytes().all(fits) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidName)
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    };
}

name! {
    /// One of the services that share counsellors, as callers reach it: `police`, `ambulance`.
    LineName
}
name! {
    /// Something that a caller may ask for and not every counsellor has: `welsh`.
    Skill
}

impl Default for LineName {
    /// The line of an operator who has set none.
    fn default() -> Self {
        Self("main".to_owned())
    }
}

/// Everything that an operator sets while the service runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    lines: BTreeMap<LineName, Helpline>,
    staff: BTreeMap<StaffId, Assignment>,
    training: BTreeMap<StaffId, Training>,
}

/// One line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Helpline {
    /// What callers see.
    pub title: String,
    /// When it is open.
    #[serde(default)]
    pub hours: Hours,
    /// Whose officers and staff it is for; everybody's when empty.
    #[serde(default)]
    pub forces: Vec<Force>,
}

/// A force in scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Force {
    /// What callers see.
    pub name: String,
    /// The first day.
    pub from: Date,
    /// The first day on which it is in scope no longer.
    #[serde(default)]
    pub until: Option<Date>,
}

/// What a member of staff does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The lines that they answer; all of them when none is named.
    #[serde(default)]
    pub lines: BTreeSet<LineName>,
    /// What they can do besides.
    #[serde(default)]
    pub skills: BTreeSet<Skill>,
}

/// Until when somebody's training is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// The last day.
    pub until: Date,
}

impl Training {
    /// From when on it is valid no longer: the midnight after its last day, by the wall clock of the United Kingdom.
    pub fn ends(self) -> Timestamp {
        uk_midnight(self.until.after())
    }
}

impl Default for Directory {
    /// One line that is always open, answered by everybody.
    fn default() -> Self {
        let main = Helpline { title: String::new(), hours: Hours::Always, forces: Vec::new() };
        Self {
            lines: BTreeMap::from([(LineName::default(), main)]),
            staff: BTreeMap::new(),
            training: BTreeMap::new(),
        }
    }
}

impl Directory {
    /// These lines and assignments; the default line when there is none.
    pub fn new(lines: BTreeMap<LineName, Helpline>, staff: BTreeMap<StaffId, Assignment>) -> Self {
        let lines = if lines.is_empty() { Self::default().lines } else { lines };
        Self { lines, staff, training: BTreeMap::new() }
    }

    /// The same, with until when whose training is valid.
    pub fn with_training(self, training: BTreeMap<StaffId, Training>) -> Self {
        Self { training, ..self }
    }

    /// From when on that person's training is valid no longer. None for those for whom no day was set: nothing stops them.
    pub fn training_ends(&self, staff: StaffId) -> Option<Timestamp> {
        self.training.get(&staff).map(|training| training.ends())
    }

    /// That person's training.
    pub fn training(&self, staff: StaffId) -> Option<Training> {
        self.training.get(&staff).copied()
    }

    /// Every line.
    pub fn lines(&self) -> impl Iterator<Item = (&LineName, &Helpline)> {
        self.lines.iter()
    }

    /// That line.
    pub fn line(&self, name: &LineName) -> Option<&Helpline> {
        self.lines.get(name)
    }

    /// The line of a caller who names none: `main`, or else the first.
    pub fn default_line(&self) -> LineName {
        let main = LineName::default();
        if self.lines.contains_key(&main) { main } else { self.lines.keys().next().cloned().unwrap_or(main) }
    }

    /// Whether that person answers that line.
    pub fn answers(&self, staff: StaffId, line: &LineName) -> bool {
        self.staff.get(&staff).is_none_or(|duty| duty.lines.is_empty() || duty.lines.contains(line))
    }

    /// Whether that person has that skill.
    pub fn has_skill(&self, staff: StaffId, skill: &Skill) -> bool {
        self.staff.get(&staff).is_some_and(|duty| duty.skills.contains(skill))
    }
}

impl Helpline {
    /// Whether it is open at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.hours.contain(uk_time(now))
    }

    /// The forces in scope at `now`.
    pub fn forces_at(&self, now: Timestamp) -> impl Iterator<Item = &Force> {
        let today = uk_time(now).date;
        self.forces
            .iter()
            .filter(move |force| force.from <= today && force.until.is_none_or(|until| today < until))
    }
}
