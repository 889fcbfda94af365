//! The rota: who works in which hour of a week, how many are needed, and where too few are.
//!
//! A week goes from Monday to Monday by the wall clock of the United Kingdom. Its hours are counted as they pass, so the week in
//! which the clock goes forward has 167 and the one in which it goes back 169: nobody is planned for an hour that is not, and the
//! one that comes twice is planned for twice.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    calendar::{Date, uk_midnight, uk_time},
    ids::StaffId,
    time::Timestamp,
};

const HOUR_MS: u64 = 3_600_000;
/// More are never needed in one hour.
pub const MOST_NEEDED: u8 = 99;

/// A week, by its Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Week(Date);

/// An hour as a clock on the wall shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WallHour {
    /// The day.
    pub day: Date,
    /// 0 to 23.
    pub hour: u8,
    /// Whether the clock has shown this hour of this day before.
    pub again: bool,
}

/// Hours of a week that follow each other, by their place in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The first.
    pub from: u16,
    /// The first that is not among them any more.
    pub until: u16,
}

/// The plan of a week of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// How many are needed, hour by hour.
    pub needed: Vec<u8>,
    /// Who is on, in order and without touching spans. Nobody is here who is not on at all.
    pub on: BTreeMap<StaffId, Vec<Span>>,
}

/// Hours that follow each other in which too few are on, and equally few.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// How many are on.
    pub on: u8,
    /// How many are needed.
    pub needed: u8,
}

impl Week {
    /// The week in which that day is.
    pub fn of(day: Date) -> Self {
        Self(day.monday())
    }

    /// The week that begins on that day, if it is a Monday.
    pub fn beginning(monday: Date) -> Option<Self> {
        (monday.monday() == monday).then_some(Self(monday))
    }

    /// The week at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self::of(uk_time(now).date)
    }

    /// Its Monday.
    pub fn monday(self) -> Date {
        self.0
    }

    /// The week after.
    pub fn next(self) -> Self {
        Self(self.0.plus(7))
    }

    /// When it begins.
    pub fn begins(self) -> Timestamp {
        uk_midnight(self.0)
    }

    /// How many hours it has: 167, 168 or 169.
    pub fn length(self) -> u16 {
        let ms = self.next().begins().as_millis() - self.begins().as_millis();
        u16::try_from(ms / HOUR_MS).unwrap_or(u16::MAX)
    }

    /// When the hour at that place begins.
    pub fn hour(self, place: u16) -> Timestamp {
        Timestamp::from_millis(self.begins().as_millis() + u64::from(place) * HOUR_MS)
    }

    /// The place of the hour in which that moment is, if it is in this week.
    pub fn place(self, at: Timestamp) -> Option<u16> {
        let since = at.as_millis().checked_sub(self.begins().as_millis())?;
        u16::try_from(since / HOUR_MS).ok().filter(|place| *place < self.length())
    }

    /// Its hours as a clock on the wall shows them, in order.
    pub fn wall_hours(self) -> Vec<WallHour> {
        let mut seen = BTreeSet::new();
        (0..self.length())
            .map(|place| {
                let clock = uk_time(self.hour(place));
                // Less than 24, so it fits.
                let (day, hour) = (clock.date, (clock.minute / 60) as u8);
                WallHour { day, hour, again: !seen.insert((day, hour)) }
            })
            .collect()
    }
}

impl Plan {
    /// A week in which nobody is on yet, and one is needed in each hour in which `open` says so.
    pub fn empty(week: Week, open: impl Fn(Timestamp) -> bool) -> Self {
        let needed = (0..week.length()).map(|place| u8::from(open(week.hour(place)))).collect();
        Self { needed, on: BTreeMap::new() }
    }

    /// Whether it is a plan of that week: a number for each hour, spans in order that do not touch.
    pub fn is_of(&self, week: Week) -> bool {
        let length = week.length();
        let in_order = |spans: &Vec<Span>| {
            !spans.is_empty()
                && spans.iter().all(|span| span.from < span.until && span.until <= length)
                && spans.windows(2).all(|pair| pair[0].until < pair[1].from)
        };
        self.needed.len() == usize::from(length)
            && self.needed.iter().all(|needed| *needed <= MOST_NEEDED)
            && self.on.values().all(in_order)
    }

    /// How many are on in each hour.
    pub fn counts(&self) -> Vec<u8> {
        let mut counts = vec![0_u8; self.needed.len()];
        for span in self.on.values().flatten() {
            for count in counts.iter_mut().take(span.until.into()).skip(span.from.into()) {
                *count = count.saturating_add(1);
            }
        }
        counts
    }

    /// Where too few are on, of the hours that end after `from` and begin before `until`. Only whom `counts_in` names counts.
    pub fn gaps(
        &self,
        week: Week,
        from: Timestamp,
        until: Timestamp,
        counts_in: impl Fn(StaffId, Timestamp) -> bool,
    ) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = Vec::new();
        for (place, needed) in (0_u16..).zip(self.needed.iter().copied()) {
            let (begin, end) = (week.hour(place), week.hour(place + 1));
            if end <= from || begin >= until {
                continue;
            }
            let is_on = |spans: &[Span]| spans.iter().any(|span| (span.from..span.until).contains(&place));
            let on =
                self.on.iter().filter(|(staff, spans)| is_on(spans) && counts_in(**staff, begin)).count();
            let on = u8::try_from(on).unwrap_or(u8::MAX);
            if on >= needed {
                continue;
            }
            match gaps.last_mut() {
                Some(last) if last.until == begin && (last.on, last.needed) == (on, needed) => {
                    last.until = end;
                }
                _ => gaps.push(Gap { from: begin, until: end, on, needed }),
            }
        }
        gaps
    }

    /// The same plan in another week, hour by hour as the clock shows them. What an hour lacks there is left out; one that comes
    /// twice there is planned for twice; of one that came twice here, whoever was on in either is on.
    pub fn copied(&self, here: Week, there: Week) -> Self {
        let weekly = |week: Week, of: WallHour| (of.day.days_after(week.monday()), of.hour);
        let mut places: BTreeMap<(i64, u8), Vec<u16>> = BTreeMap::new();
        for (place, hour) in (0_u16..).zip(here.wall_hours()) {
            places.entry(weekly(here, hour)).or_default().push(place);
        }
        // An hour that was skipped here has no plan: it is planned like the one before.
        let mut before: Vec<u16> = Vec::new();
        let sources: Vec<Vec<u16>> = there
            .wall_hours()
            .into_iter()
            .map(|hour| {
                if let Some(found) = places.get(&weekly(there, hour)) {
                    before.clone_from(found);
                }
                before.clone()
            })
            .collect();
        let needed = sources
            .iter()
            .map(|of| {
                of.iter().filter_map(|place| self.needed.get(usize::from(*place))).copied().max().unwrap_or(0)
            })
            .collect();
        let on = self.on.iter().filter_map(|(staff, spans)| {
            let is_on = |place: &u16| spans.iter().any(|span| (span.from..span.until).contains(place));
            let hours: Vec<bool> = sources.iter().map(|of| of.iter().any(&is_on)).collect();
            let spans = spans_of(&hours);
            (!spans.is_empty()).then_some((*staff, spans))
        });
        Self { needed, on: on.collect() }
    }
}

/// The spans of the hours that are marked.
pub fn spans_of(hours: &[bool]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (place, _) in (0_u16..).zip(hours).filter(|(_, on)| **on) {
        match spans.last_mut() {
            Some(span) if span.until == place => span.until = place + 1,
            _ => spans.push(Span { from: place, until: place + 1 }),
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(monday: &str) -> Week {
        Week::beginning(monday.parse().unwrap()).unwrap()
    }

    fn person(number: u8) -> StaffId {
        StaffId::from_random([number; 16])
    }

    fn plan(week: Week, spans: &[(u8, u16, u16)]) -> Plan {
        let mut plan = Plan::empty(week, |_| true);
        for (who, from, until) in spans {
            plan.on.entry(person(*who)).or_default().push(Span { from: *from, until: *until });
        }
        assert!(plan.is_of(week));
        plan
    }

    /// Sunday, so far into it as the clock of an ordinary day shows.
    const SUNDAY: u16 = 6 * 24;

    #[test]
    fn a_week_in_which_the_clock_changes_has_an_hour_less_or_more() {
        for (monday, hours) in
            [("2026-03-16", 168), ("2026-03-23", 167), ("2026-10-19", 169), ("2026-10-26", 168)]
        {
            let week = week(monday);
            assert_eq!(week.length(), hours, "{monday}");
            assert_eq!(week.place(week.begins()), Some(0));
            assert_eq!(week.place(week.hour(hours)), None, "the next week has begun");
            assert_eq!(Week::at(week.hour(hours)), week.next());
        }
        assert_eq!(Week::beginning("2026-03-24".parse().unwrap()), None);
    }

    #[test]
    fn the_hour_that_comes_twice_and_the_one_that_does_not_come_are_told_apart() {
        let hours = |monday| -> Vec<(u8, bool)> {
            let all = week(monday).wall_hours();
            all[SUNDAY.into()..SUNDAY as usize + 4].iter().map(|hour| (hour.hour, hour.again)).collect()
        };
        assert_eq!(hours("2026-10-19"), [(0, false), (1, false), (1, true), (2, false)]);
        assert_eq!(hours("2026-03-23"), [(0, false), (2, false), (3, false), (4, false)]);
    }

    #[test]
    fn too_few_are_on_where_less_are_planned_than_needed() {
        let week = week("2026-11-23");
        let mut plan = plan(week, &[(1, 0, 10), (2, 5, 12)]);
        plan.needed[6] = 3;
        let all = |_, _| true;
        let gaps = plan.gaps(week, week.begins(), week.hour(24), all);
        let seen: Vec<_> = gaps
            .iter()
            .map(|gap| (week.place(gap.from), week.place(gap.until), gap.on, gap.needed))
            .collect();
        assert_eq!(seen, [(Some(6), Some(7), 2, 3), (Some(12), Some(24), 0, 1)]);
        // Whose training has ended does not count.
        let gaps = plan.gaps(week, week.begins(), week.hour(6), |staff, _| staff != person(1));
        assert_eq!((gaps.len(), gaps[0].until), (1, week.hour(5)));
        assert_eq!(plan.counts()[..13], [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 1, 1, 0]);
    }

    #[test]
    fn a_night_is_copied_over_a_change_of_the_clock_as_the_clock_shows_it() {
        let ordinary = week("2026-03-16");
        // Saturday 22:00 to Sunday 06:00.
        let night = plan(ordinary, &[(1, SUNDAY - 2, SUNDAY + 6)]);
        let spring = night.copied(ordinary, week("2026-03-23"));
        assert!(spring.is_of(week("2026-03-23")));
        assert_eq!(spring.on[&person(1)], [Span { from: SUNDAY - 2, until: SUNDAY + 5 }], "an hour less");
        let autumn = night.copied(ordinary, week("2026-10-19"));
        assert!(autumn.is_of(week("2026-10-19")));
        assert_eq!(autumn.on[&person(1)], [Span { from: SUNDAY - 2, until: SUNDAY + 7 }], "an hour more");
        // And back again, without a hole where there was no hour.
        assert_eq!(spring.copied(week("2026-03-23"), ordinary), night);
        assert_eq!(autumn.copied(week("2026-10-19"), ordinary), night);
    }

    #[test]
    fn what_is_no_plan_of_the_week_is_refused() {
        let week = week("2026-11-23");
        let fits = |spans: &[(u16, u16)]| {
            let mut plan = Plan::empty(week, |_| true);
            let spans = spans.iter().map(|(from, until)| Span { from: *from, until: *until }).collect();
            plan.on.insert(person(1), spans);
            plan.is_of(week)
        };
        assert!(fits(&[(0, 1), (2, 168)]));
        for wrong in [&[(1, 1)][..], &[(2, 1)], &[(0, 169)], &[(0, 2), (2, 3)], &[(4, 5), (1, 2)], &[]] {
            assert!(!fits(wrong), "{wrong:?}");
        }
        let mut short = Plan::empty(week, |_| true);
        short.needed.pop();
        assert!(!short.is_of(week));
        let many = Plan { needed: vec![MOST_NEEDED + 1; 168], on: BTreeMap::new() };
        assert!(!many.is_of(week));
    }
}
