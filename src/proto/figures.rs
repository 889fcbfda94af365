//! Figures, over the staff WebSocket: what supervisors see of the hours, and what is released of whole months to those who may
//! see no small numbers. `docs/figures.md` states the methods.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::triage;
use crate::core::{calendar::Date, directory::LineName, figures};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
#[ts(rename = "FiguresRequest")]
pub enum Request {
    /// The figures of some days.
    Report {
        /// The first, by the wall clock of the United Kingdom.
        #[ts(type = "string")]
        from: Date,
        /// The last. At most 400 days.
        #[ts(type = "string")]
        to: Date,
        /// Of which line; of all of them when none is named.
        #[ts(type = "string | null")]
        line: Option<LineName>,
    },
    /// What is released of a month that is over.
    Release {
        /// The year.
        year: u32,
        /// The month, 1 to 12.
        month: u32,
    },
    /// How many people each hour of a week takes, if it goes as in those days.
    Forecast {
        /// The first day.
        #[ts(type = "string")]
        from: Date,
        /// The last day. At most 400 days.
        #[ts(type = "string")]
        to: Date,
        /// Of which line; of all of them when none is named.
        #[ts(type = "string | null")]
        line: Option<LineName>,
        /// Of a hundred callers so many are to be answered within 20 s, 1 to 99.
        in_20_s_per_cent: u32,
        /// Those who answer are to be busy for no more than this, per cent, 1 to 100.
        occupancy_per_cent: u32,
    },
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[ts(rename = "FiguresAnswer")]
pub enum Answer {
    /// The figures of some days.
    Report {
        /// The figures.
        report: Box<Report>,
        /// What the cards of triage came to that were closed on those days, of whatever line.
        triage: Box<triage::TotalsView>,
    },
    /// What is released of a month.
    Release {
        /// The figures.
        release: Release,
    },
    /// How many people it takes.
    Forecast {
        /// The figures.
        forecast: Forecast,
    },
}

/// The figures of some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Report {
    /// The first day.
    #[ts(type = "string")]
    pub from: Date,
    /// The last day.
    #[ts(type = "string")]
    pub to: Date,
    /// Every line there is, to choose from.
    pub lines: Vec<LineChoice>,
    /// All of it.
    pub total: LineFigures,
    /// By the hour that the wall clock shows, 0 to 23.
    pub hours: Vec<LineFigures>,
    /// By weekday, Monday first.
    pub weekdays: Vec<LineFigures>,
    /// By day, each from the first to the last.
    pub days: Vec<LineFigures>,
    /// By line, in the order of `lines`; those that were taken away since come last.
    pub by_line: Vec<OfLine>,
    /// Callers by weekday, Monday first, and within it by hour.
    pub offered: Vec<Vec<u32>>,
    /// Of all who answer callers, of whatever line.
    pub staff: StaffTime,
    /// The same by hour.
    pub staff_hours: Vec<StaffTime>,
    /// What counsellors said of calls.
    pub codes: Vec<Coded>,
    /// The talks that were promised for those days, on whatever line.
    pub follow_ups: FollowUpFigures,
    /// The same by hour.
    pub follow_up_hours: Vec<FollowUpFigures>,
    /// By weekday, Monday first.
    pub follow_up_weekdays: Vec<FollowUpFigures>,
    /// By day.
    pub follow_up_days: Vec<FollowUpFigures>,
}

/// Promised talks, in the hour for which they were promised.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FollowUpFigures {
    /// That were promised, and not deleted before anything had come of them.
    pub due: u32,
    /// Of these, where the two talked.
    pub done: u32,
    /// Of these, where nobody was reached.
    pub not_reached: u32,
    /// Of these, of which nothing has come although their hour is well over.
    pub overdue: u32,
}

/// How often what was said in answer to one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Coded {
    /// The question.
    pub title: String,
    /// The answers, those that were given most first; the empty one is none.
    pub answers: Vec<CodedAnswer>,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CodedAnswer {
    /// What was chosen; empty where nothing was.
    pub answer: String,
    /// How often; null where that is hidden.
    pub count: Option<u32>,
}

/// How many people it takes in each hour of a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Forecast {
    /// The first day that it is made of.
    #[ts(type = "string")]
    pub from: Date,
    /// The last.
    #[ts(type = "string")]
    pub to: Date,
    /// How long a call took with its wrap-up, seconds; null when there was none.
    pub handling_s: Option<u32>,
    /// How long somebody waits before they leave, seconds; null when nobody left.
    pub patience_s: Option<u32>,
    /// By weekday, Monday first, and within it by hour. Empty when there was no call.
    pub hours: Vec<Vec<Need>>,
}

/// What an hour takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Need {
    /// Callers in the hour, hundredths.
    pub callers_hundredths: u32,
    /// People, if callers wait for as long as it takes (Erlang C); null when it takes more than 500.
    pub erlang_c: Option<u32>,
    /// People, if callers leave as they did (Erlang A).
    pub erlang_a: Option<u32>,
    /// With these, so many of a hundred leave.
    pub leave_per_cent: u32,
}

/// A line to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LineChoice {
    /// Its name.
    #[ts(type = "string")]
    pub line: LineName,
    /// What callers see.
    pub title: String,
}

/// The figures of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OfLine {
    /// Its name.
    #[ts(type = "string")]
    pub line: LineName,
    /// The figures.
    pub figures: LineFigures,
}

/// Figures of callers. What becomes of a caller counts when they came; time counts when it was spent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LineFigures {
    /// Callers who came.
    pub offered: u32,
    /// Of these, who came while nobody was on shift.
    pub unserved: u32,
    /// Of those who came, who were answered.
    pub answered: u32,
    /// Of those who came, who left or were lost before an answer.
    pub abandoned: u32,
    /// Of those who were answered, who were so within 20 s.
    pub in_20_s: u32,
    /// Half of those who were answered waited no longer, seconds.
    pub median_s: Option<u32>,
    /// 90 in a hundred waited no longer.
    pub centile_90_s: Option<u32>,
    /// 95 in a hundred waited no longer.
    pub centile_95_s: Option<u32>,
    /// The longest wait, of those who left too, seconds.
    pub longest_wait_s: u32,
    /// How long those who were answered or left had waited together, seconds.
    pub waited_s: u32,
    /// Calls that ended.
    pub calls: u32,
    /// How long callers were with a counsellor, seconds.
    pub call_s: u32,
    /// How long counsellors wrapped up, seconds.
    pub wrap_up_s: u32,
    /// Connections of callers that were lost and came back.
    pub reconnected: u32,
    /// How calls sounded that ended, as the consoles in them said.
    pub heard: Heard,
}

/// For how long it sounded how at a console, seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Heard {
    /// Nothing was missing.
    pub good_s: u32,
    /// At the console gaps were heard.
    pub gaps_here_s: u32,
    /// The others heard gaps of the one at the console.
    pub gaps_there_s: u32,
    /// Both.
    pub gaps_both_s: u32,
    /// No gaps, but late.
    pub late_s: u32,
}

impl From<Heard> for figures::Heard {
    fn from(heard: Heard) -> Self {
        let Heard { good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s } = heard;
        Self { good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s }
    }
}

impl From<figures::Heard> for Heard {
    fn from(heard: figures::Heard) -> Self {
        let figures::Heard { good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s } = heard;
        Self { good_s, gaps_here_s, gaps_there_s, gaps_both_s, late_s }
    }
}

/// The time of those who answer callers, added up over people.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StaffTime {
    /// In calls, seconds.
    pub on_call_s: u32,
    /// Wrapping up.
    pub wrap_up_s: u32,
    /// Ready, rung for or not.
    pub available_s: u32,
    /// At work and not to be rung for.
    pub paused_s: u32,
    /// Of the time in calls, wrapping up and ready: the share in calls and wrapping up.
    pub occupancy_per_cent: Option<u32>,
}

/// What is released of a month. What is null is hidden: it is under ten, or would give away something that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Release {
    /// The year.
    pub year: u32,
    /// The month.
    pub month: u32,
    /// All of it.
    pub total: Released,
    /// By the hour that the wall clock shows.
    pub hours: Vec<Released>,
    /// By weekday, Monday first.
    pub weekdays: Vec<Released>,
    /// By line.
    pub lines: Vec<ReleasedLine>,
    /// Half of those who were answered waited no longer, seconds; of twenty at least.
    pub median_s: Option<u32>,
    /// 90 in a hundred waited no longer; of a hundred at least.
    pub centile_90_s: Option<u32>,
    /// 95 in a hundred waited no longer; of two hundred at least.
    pub centile_95_s: Option<u32>,
    /// Of those who were answered or left: who were answered within 20 s, per cent.
    pub in_20_s_per_cent: Option<u32>,
    /// How long a call took, minutes.
    pub mean_call_min: Option<u32>,
    /// How busy those were who answer.
    pub occupancy_per_cent: Option<u32>,
    /// What counsellors said of calls.
    pub codes: Vec<Coded>,
}

/// Counts of callers, those that may be seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Released {
    /// Callers who came.
    pub offered: Option<u32>,
    /// Of these, who were answered.
    pub answered: Option<u32>,
    /// Of these, who left before.
    pub abandoned: Option<u32>,
    /// Of those who came, who came while nobody was on shift.
    pub unserved: Option<u32>,
}

/// Counts of callers of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReleasedLine {
    /// Its name.
    #[ts(type = "string")]
    pub line: LineName,
    /// What callers see.
    pub title: String,
    /// The counts.
    pub counts: Released,
}
