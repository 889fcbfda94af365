//! Adding the hours up, for those who see all of them and for those who see no small numbers.

use std::{cmp::Reverse, collections::BTreeMap};

use super::Hours;
use crate::{
    core::{
        calendar::Date,
        directory::{Directory, LineName},
        erlang::{Load, Target},
        figures::{
            Hour, LineHour, PromisedHour, StaffHour,
            codes::Codes,
            suppress::{self, Row, Shown},
        },
        time::Timestamp,
    },
    proto::figures::{
        Coded, CodedAnswer, FollowUpFigures, Forecast, LineChoice, LineFigures, Need, OfLine, Release,
        Released, ReleasedLine, Report, StaffTime,
    },
};

/// An answer within that many seconds is in time.
const IN_TIME_S: u32 = 20;

/// The hours of some days, added up in every way in which they are shown.
struct Sums {
    total: LineHour,
    hours: Vec<LineHour>,
    weekdays: Vec<LineHour>,
    days: BTreeMap<Date, LineHour>,
    lines: BTreeMap<LineName, LineHour>,
    offered: Vec<Vec<u32>>,
    staff: StaffHour,
    staff_hours: Vec<StaffHour>,
}

impl Sums {
    fn of(hours: &Hours, only: Option<&LineName>) -> Self {
        let mut sums = Self {
            total: LineHour::default(),
            hours: vec![LineHour::default(); 24],
            weekdays: vec![LineHour::default(); 7],
            days: BTreeMap::new(),
            lines: BTreeMap::new(),
            offered: vec![vec![0; 24]; 7],
            staff: StaffHour::default(),
            staff_hours: vec![StaffHour::default(); 24],
        };
        for (hour, line, counts) in &hours.lines {
            sums.lines.entry(line.clone()).or_default().add(counts);
            if only.is_some_and(|only| only != line) {
                continue;
            }
            let (number, weekday, date) = on_the_wall(*hour);
            sums.total.add(counts);
            sums.hours[number].add(counts);
            sums.weekdays[weekday].add(counts);
            sums.days.entry(date).or_default().add(counts);
            sums.offered[weekday][number] += counts.offered;
        }
        for (hour, counts) in &hours.staff {
            sums.staff.add(counts);
            sums.staff_hours[on_the_wall(*hour).0].add(counts);
        }
        sums
    }
}

/// The hour (0-23), the weekday (0-6, Monday first) and the date that a clock in the United Kingdom shows.
fn on_the_wall(hour: Hour) -> (usize, usize, Date) {
    let wall = hour.wall();
    (usize::from(wall.minute / 60), wall.date.weekday() as usize, wall.date)
}

/// The promised talks of some days, added up in every way in which they are shown.
#[derive(Default)]
struct Promised {
    total: FollowUpFigures,
    hours: [FollowUpFigures; 24],
    weekdays: [FollowUpFigures; 7],
    days: BTreeMap<Date, FollowUpFigures>,
}

impl Promised {
    /// `overdue_until`: what was promised for an hour that was over by then.
    fn of(hours: &Hours, overdue_until: Timestamp) -> Self {
        let mut sums = Self::default();
        for (hour, counts) in &hours.promised {
            let (number, weekday, date) = on_the_wall(*hour);
            let is_over = hour.next().start() <= overdue_until;
            let one = follow_ups(counts, is_over);
            for sum in [
                &mut sums.total,
                &mut sums.hours[number],
                &mut sums.weekdays[weekday],
                sums.days.entry(date).or_default(),
            ] {
                sum.due += one.due;
                sum.done += one.done;
                sum.not_reached += one.not_reached;
                sum.overdue += one.overdue;
            }
        }
        sums
    }
}

fn follow_ups(counts: &PromisedHour, is_over: bool) -> FollowUpFigures {
    let PromisedHour { due, done, not_reached } = *counts;
    FollowUpFigures { due, done, not_reached, overdue: if is_over { counts.open() } else { 0 } }
}

/// Everything, for a supervisor. Of the talks that were promised for an hour that was over by `overdue_until`, those are overdue of
/// which nothing has come.
pub fn report(
    hours: &Hours,
    (from, to): (Date, Date),
    line: Option<&LineName>,
    directory: &Directory,
    overdue_until: Timestamp,
) -> Report {
    let (sums, promised) = (Sums::of(hours, line), Promised::of(hours, overdue_until));
    let mut lines = sums.lines;
    let known: Vec<LineName> = directory.lines().map(|(name, _)| name.clone()).collect();
    let mut by_line: Vec<OfLine> = known
        .into_iter()
        .map(|name| OfLine { figures: figures(&lines.remove(&name).unwrap_or_default()), line: name })
        .collect();
    by_line.extend(lines.into_iter().map(|(line, sum)| OfLine { line, figures: figures(&sum) }));
    let nothing = LineHour::default();
    Report {
        from,
        to,
        lines: directory
            .lines()
            .map(|(name, line)| LineChoice { line: name.clone(), title: line.title.clone() })
            .collect(),
        total: figures(&sums.total),
        hours: sums.hours.iter().map(figures).collect(),
        weekdays: sums.weekdays.iter().map(figures).collect(),
        days: from.through(to).map(|day| figures(sums.days.get(&day).unwrap_or(&nothing))).collect(),
        by_line,
        offered: sums.offered,
        staff: staff_time(&sums.staff),
        staff_hours: sums.staff_hours.iter().map(staff_time).collect(),
        codes: coded(&sums.total.codes, |counts| counts.iter().copied().map(Some).collect()),
        follow_ups: promised.total,
        follow_up_hours: promised.hours.to_vec(),
        follow_up_weekdays: promised.weekdays.to_vec(),
        follow_up_days: from
            .through(to)
            .map(|day| promised.days.get(&day).copied().unwrap_or_default())
            .collect(),
    }
}

/// The first and the last day of that month, if there is one.
pub fn days_of(year: u32, month: u32) -> Option<(Date, Date)> {
    let first = Date::new(year, month, 1)?;
    let (next_year, next_month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    Some((first, Date::new(next_year, next_month, 1)?.before()))
}

/// Whether nothing of that month can change any more: it has been over for a day, in which the last callers were answered or
/// left. A release that changed would give away by how much.
pub fn is_settled(last: Date, now: Timestamp) -> bool {
    crate::core::calendar::uk_time(now).date > last.after()
}

/// What is released of a month.
pub fn release(hours: &Hours, year: u32, month: u32, directory: &Directory) -> Release {
    let sums = Sums::of(hours, None);
    let rows = |sums: &[LineHour]| sums.iter().map(row).collect::<Vec<Row>>();
    let mut lines = sums.lines;
    for (name, _) in directory.lines() {
        lines.entry(name.clone()).or_default();
    }
    let (names, of_lines): (Vec<LineName>, Vec<LineHour>) = lines.into_iter().unzip();
    let shown = suppress::release(&[rows(&sums.hours), rows(&sums.weekdays), rows(&of_lines)]);
    let part = |number: usize| shown.breakdowns.get(number).into_iter().flatten().map(released);
    let title = |name: &LineName| directory.line(name).map(|line| line.title.clone()).unwrap_or_default();
    let total = &sums.total;
    let waits = |at_least: u64, per_cent| {
        (total.waits.len() >= at_least).then(|| total.waits.centile(per_cent)).flatten()
    };
    let in_time = total.waits.within(IN_TIME_S);
    let of = u64::from(total.answered + total.abandoned);
    let both = in_time >= suppress::SMALLEST && of.saturating_sub(in_time) >= suppress::SMALLEST;
    let calls = suppress::alone(u64::from(total.calls));
    Release {
        year,
        month,
        total: released(&shown.total),
        hours: part(0).collect(),
        weekdays: part(1).collect(),
        lines: names
            .iter()
            .zip(part(2))
            .map(|(line, counts)| ReleasedLine { line: line.clone(), title: title(line), counts })
            .collect(),
        median_s: waits(20, 50),
        centile_90_s: waits(100, 90),
        centile_95_s: waits(200, 95),
        in_20_s_per_cent: both.then(|| per_cent(in_time, of)).flatten(),
        mean_call_min: calls.map(|calls| whole((total.call_ms + 30_000 * calls) / (60_000 * calls))),
        occupancy_per_cent: staff_time(&sums.staff).occupancy_per_cent,
        codes: coded(&total.codes, suppress::list),
    }
}

/// How many people each hour of a week takes, by what is in those hours.
pub fn forecast(hours: &Hours, from: Date, to: Date, line: Option<&LineName>, target: &Target) -> Forecast {
    let sums = Sums::of(hours, line);
    let total = &sums.total;
    let mean = |ms: u64, many: u32| (many > 0).then(|| whole(ms / 1_000 / u64::from(many)));
    let handling_s = mean(total.call_ms + total.wrap_up_ms, total.calls).filter(|seconds| *seconds > 0);
    let patience_s = mean(total.waited_ms, total.abandoned).map(|seconds| seconds.max(1));
    let mut days = [0_u32; 7];
    from.through(to).for_each(|day| days[day.weekday() as usize] += 1);
    let week = handling_s.map(|handling_s| {
        let of_day = |(weekday, hours): (usize, &Vec<u32>)| {
            let of_hour = |callers: &u32| {
                let callers_per_hour = f64::from(*callers) / f64::from(days[weekday].max(1));
                let load = Load {
                    callers_per_hour,
                    handling_s: f64::from(handling_s),
                    patience_s: patience_s.map(f64::from),
                };
                need(load, target)
            };
            hours.iter().map(of_hour).collect()
        };
        sums.offered.iter().enumerate().map(of_day).collect()
    });
    Forecast { from, to, handling_s, patience_s, hours: week.unwrap_or_default() }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "shares and rates of callers, none of them negative"
)]
fn need(load: Load, target: &Target) -> Need {
    let leaving = load.people_for(target);
    Need {
        callers_hundredths: (load.callers_per_hour * 100.0).round() as u32,
        erlang_c: Load { patience_s: None, ..load }.people_for(target).map(|(people, _)| people),
        erlang_a: leaving.map(|(people, _)| people),
        leave_per_cent: leaving.map_or(0, |(_, outlook)| (outlook.leaves * 100.0).round() as u32),
    }
}

/// What was said, by question, with what may be shown of the counts.
fn coded(codes: &Codes, show: impl Fn(&[u64]) -> Vec<Option<u64>>) -> Vec<Coded> {
    let one = |(title, answers): (&str, &BTreeMap<String, u32>)| {
        let counts: Vec<u64> = answers.values().map(|many| u64::from(*many)).collect();
        let shown = show(&counts).into_iter().map(|count| count.map(whole));
        let mut answers: Vec<CodedAnswer> = answers
            .keys()
            .zip(shown)
            .map(|(answer, count)| CodedAnswer { answer: answer.clone(), count })
            .collect();
        // What is hidden stays in the order of names.
        answers.sort_by_key(|answer| Reverse(answer.count));
        Coded { title: title.to_owned(), answers }
    };
    codes.iter().map(one).collect()
}

fn row(sum: &LineHour) -> Row {
    Row {
        offered: sum.offered.into(),
        answered: sum.answered.into(),
        abandoned: sum.abandoned.into(),
        unserved: sum.unserved.into(),
    }
}

fn released(shown: &Shown) -> Released {
    Released {
        offered: shown.offered.map(whole),
        answered: shown.answered.map(whole),
        abandoned: shown.abandoned.map(whole),
        unserved: shown.unserved.map(whole),
    }
}

fn figures(sum: &LineHour) -> LineFigures {
    LineFigures {
        offered: sum.offered,
        unserved: sum.unserved,
        answered: sum.answered,
        abandoned: sum.abandoned,
        in_20_s: whole(sum.waits.within(IN_TIME_S)),
        median_s: sum.waits.centile(50),
        centile_90_s: sum.waits.centile(90),
        centile_95_s: sum.waits.centile(95),
        longest_wait_s: sum.longest_wait_s,
        waited_s: seconds(sum.waited_ms),
        calls: sum.calls,
        call_s: seconds(sum.call_ms),
        wrap_up_s: seconds(sum.wrap_up_ms),
        reconnected: sum.reconnected,
        heard: sum.heard.into(),
    }
}

fn staff_time(sum: &StaffHour) -> StaffTime {
    let busy = sum.on_call_ms + sum.wrap_up_ms;
    StaffTime {
        on_call_s: seconds(sum.on_call_ms),
        wrap_up_s: seconds(sum.wrap_up_ms),
        available_s: seconds(sum.available_ms),
        paused_s: seconds(sum.paused_ms),
        occupancy_per_cent: per_cent(busy, busy + sum.available_ms),
    }
}

/// Rounded; none of nothing.
fn per_cent(part: u64, of: u64) -> Option<u32> {
    (of > 0).then(|| whole((part * 100 + of / 2) / of))
}

fn seconds(ms: u64) -> u32 {
    whole((ms + 500) / 1_000)
}

fn whole(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
