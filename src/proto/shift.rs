//! The shift, over the staff WebSocket: the wallboard and what supervisors ask beside calls.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::staff::Role;
use crate::core::{calendar::Date, directory::LineName, ids::StaffId, rota::Span};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
#[ts(rename = "ShiftRequest")]
pub enum Request {
    /// Be told the wallboard on this connection from now on, or no longer.
    Watch {
        /// Whether.
        on: bool,
    },
    /// What concerns the one who asks: their training, and how much of their time they were with callers.
    Mine,
    /// A week of the rota. Supervisors see all of it, everybody else their own hours.
    Rota {
        /// Of which line; the operator's default when none is named.
        #[ts(type = "string | null")]
        line: Option<LineName>,
        /// Its Monday (`2026-11-23`); the present week when none is named.
        #[ts(type = "string | null")]
        week: Option<Date>,
    },
    /// Save a week of the rota, whole.
    SetRota {
        /// Of which line.
        #[ts(type = "string")]
        line: LineName,
        /// Its Monday.
        #[ts(type = "string")]
        week: Date,
        /// The revision that was changed. When it is not the present one any more nothing is saved: `rota_overtaken`.
        #[ts(type = "number")]
        at: u64,
        /// How many are needed, for each hour.
        needed: Vec<u8>,
        /// Who is on. Whoever is not on at all is left out.
        people: Vec<OnRota>,
    },
    /// Save the plan of one week as that of another, hour by hour as the clock shows them.
    CopyRota {
        /// Of which line.
        #[ts(type = "string")]
        line: LineName,
        /// The Monday of the week that is copied.
        #[ts(type = "string")]
        from: Date,
        /// The Monday of the week that becomes like it.
        #[ts(type = "string")]
        to: Date,
        /// The revision of the week that is changed, as in `set_rota`.
        #[ts(type = "number")]
        at: u64,
    },
    /// The hours of the next day in which too few are on.
    Gaps,
    /// Whose training is valid until when.
    Training,
    /// Set the last day on which somebody's training is valid.
    SetTraining {
        /// Whose.
        #[ts(type = "string")]
        staff: StaffId,
        /// The last day; null takes it away, so that nothing stops them.
        #[ts(type = "string | null")]
        until: Option<Date>,
    },
}

/// The hours in which somebody is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OnRota {
    /// Who.
    #[ts(type = "string")]
    pub staff: StaffId,
    /// In order; those that touch are one.
    pub on: Vec<SpanView>,
}

/// Hours that follow each other, by their place in the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "RotaSpan")]
pub struct SpanView {
    /// The first.
    pub from: u16,
    /// The first that is not among them any more.
    pub until: u16,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[ts(rename = "ShiftAnswer")]
pub enum Answer {
    /// The wallboard is told from now on; this is what it shows at first.
    Watching {
        /// How things are now.
        board: Board,
        /// The last hour minute by minute, the present minute last.
        minutes: Vec<Minute>,
    },
    /// What concerns the one who asked.
    Mine {
        /// Their training; null where no day is set.
        training: Option<TrainingLeft>,
        /// The share of their signed-in time of the last hours in which they were rung for, in a call or wrapping up, percent;
        /// null until they have been here for an hour.
        occupancy: Option<u8>,
    },
    /// A week of the rota.
    Rota {
        /// The week.
        rota: RotaView,
    },
    /// Nothing was saved: somebody else has saved that week meanwhile.
    RotaOvertaken {
        /// The week as it is now.
        rota: RotaView,
    },
    /// Hours in which too few are on.
    Gaps {
        /// In order.
        gaps: Vec<GapView>,
        /// When this was so, milliseconds since 1970.
        #[ts(type = "number")]
        now: u64,
    },
    /// Whose training is valid until when.
    Training {
        /// Everybody who takes part in calls, by name.
        people: Vec<TrainingView>,
    },
    /// It was done.
    Done,
}

/// For how long somebody's training is still valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrainingLeft {
    /// The last day.
    #[ts(type = "string")]
    pub until: Date,
    /// Days until then: 0 on the last one, negative after it.
    #[ts(type = "number")]
    pub days_left: i64,
}

/// Until when somebody's training is valid.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrainingView {
    /// Whose.
    #[ts(type = "string")]
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The last day; null where none is set.
    #[ts(type = "string | null")]
    pub until: Option<Date>,
    /// Days until then: 0 on the last one, negative after it.
    #[ts(type = "number | null")]
    pub days_left: Option<i64>,
}

/// A week of the rota. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RotaView {
    /// Of which line.
    #[ts(type = "string")]
    pub line: LineName,
    /// Every line.
    pub lines: Vec<LineView>,
    /// Its Monday.
    #[ts(type = "string")]
    pub week: Date,
    /// The Monday of the week after.
    #[ts(type = "string")]
    pub next: Date,
    /// Its hours: 168, or 167 or 169 where the clock changes.
    pub hours: Vec<HourView>,
    /// Everybody who may be on, by name; only oneself where one does not edit it.
    pub people: Vec<Planned>,
    /// How many are needed, for each hour; empty where one does not edit it.
    pub needed: Vec<u8>,
    /// What `set_rota` names.
    #[ts(type = "number")]
    pub at: u64,
    /// The name of whoever saved it last; null where nobody has, or one does not edit it.
    pub by: Option<String>,
    /// When this was so.
    #[ts(type = "number")]
    pub now: u64,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RotaLine")]
pub struct LineView {
    /// Its name.
    #[ts(type = "string")]
    pub line: LineName,
    /// What callers see.
    pub title: String,
}

/// An hour as a clock on the wall shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RotaHour")]
pub struct HourView {
    /// When it begins.
    #[ts(type = "number")]
    pub at: u64,
    /// The day.
    #[ts(type = "string")]
    pub day: Date,
    /// 0 to 23.
    pub hour: u8,
    /// Whether the clock has shown this hour of this day before.
    pub again: bool,
}

/// Somebody on the rota.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Planned {
    /// Who.
    #[ts(type = "string")]
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// The hours in which they are on.
    pub on: Vec<SpanView>,
    /// From when on their training is valid no longer; null where no day is set.
    #[ts(type = "number | null")]
    pub training_ends: Option<u64>,
    /// Whether they answer this line.
    pub answers: bool,
}

/// Hours that follow each other in which too few are on. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RotaGap")]
pub struct GapView {
    /// Of which line.
    #[ts(type = "string")]
    pub line: LineName,
    /// What callers see of it.
    pub title: String,
    /// When they begin.
    #[ts(type = "number")]
    pub from: u64,
    /// When they end.
    #[ts(type = "number")]
    pub until: u64,
    /// How many are on.
    pub on: u8,
    /// How many are needed.
    pub needed: u8,
}

impl std::fmt::Debug for TrainingView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TrainingView({}, {:?})", self.staff, self.until)
    }
}

impl std::fmt::Debug for Planned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Planned({}, {:?})", self.staff, self.on)
    }
}

impl From<SpanView> for Span {
    fn from(SpanView { from, until }: SpanView) -> Self {
        Self { from, until }
    }
}

impl From<Span> for SpanView {
    fn from(Span { from, until }: Span) -> Self {
        Self { from, until }
    }
}

/// How the shift is now. Nothing in it says who is with which caller. Times are milliseconds since 1970 by the server's clock, of
/// which `now` is one, so that a page with another clock counts on from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Board {
    /// When this was so.
    #[ts(type = "number")]
    pub now: u64,
    /// How many callers wait.
    pub waiting: u32,
    /// Since when the first of them has waited.
    #[ts(type = "number | null")]
    pub oldest: Option<u64>,
    /// Everybody who is signed in and can be in a call, by name.
    pub people: Vec<PersonNow>,
    /// Callers of the last sixty minutes who left, or were lost, before an answer.
    pub lost: u32,
    /// Since when the server has counted: before it has done so for an hour, `lost` is of that time.
    #[ts(type = "number")]
    pub counted_since: u64,
    /// Promised talks that are overdue; null until they have been counted.
    pub overdue: Option<u32>,
    /// The present minute.
    pub minute: Minute,
    /// The relay; null when it is a process of its own, whose metrics say how it does.
    pub relay: Option<RelayNow>,
}

/// What somebody does, and since when.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PersonNow {
    /// Their first name.
    pub name: String,
    /// Their role.
    pub role: Role,
    /// What they do.
    pub doing: Doing,
    /// Since when.
    #[ts(type = "number")]
    pub since: u64,
    /// Whether their console is connected.
    pub connected: bool,
    /// The share of their signed-in time of the last hours in which they were rung for, in a call or wrapping up, percent; null
    /// until they have been here for an hour.
    pub occupancy: Option<u8>,
}

/// The name hides from logs.
impl std::fmt::Debug for PersonNow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PersonNow({:?}, {:?})", self.role, self.doing)
    }
}

/// What a person who is signed in does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// Rung for.
    Ringing,
    /// In a call, or consulted beside one.
    OnCall,
    /// After a call.
    WrapUp,
    /// Ready.
    Available,
    /// A break.
    Break,
    /// A protected rest after a hard call.
    Debrief,
    /// Calls that were promised.
    FollowUp,
    /// Signed in, not ready.
    Unavailable,
}

/// One minute of the shift.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Minute {
    /// When it began.
    #[ts(type = "number")]
    pub at: u64,
    /// The most callers who waited at once.
    pub waiting: u32,
    /// The longest that anybody had waited, seconds.
    pub longest_wait_s: u32,
    /// The fewest counsellors who were ready or busy with a caller.
    pub on_shift: u32,
    /// Callers who were answered.
    pub answered: u32,
    /// Callers who left, or were lost, before an answer.
    pub lost: u32,
}

/// How the relay does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RelayNow {
    /// Whether all its workers run.
    pub running: bool,
    /// Media legs that are alive.
    pub legs: u32,
    /// Calls that have a leg.
    pub calls: u32,
    /// Packets of the last sixty minutes that this machine could not take or send in time.
    pub dropped: u32,
}
