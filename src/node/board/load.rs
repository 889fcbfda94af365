//! How much of a person's signed-in time of the last hours went to callers: rung for, in a call, wrapping up. Above 85 % for hours
//! is a warning for their wellbeing, not a measure of them: it is shown to them and to supervisors, and kept nowhere.

use std::{collections::VecDeque, time::Duration};

use crate::core::time::Timestamp;

/// The hours that count.
const WINDOW: Duration = Duration::from_secs(4 * 3600);
/// Less signed-in time than this says nothing.
const ENOUGH: Duration = Duration::from_secs(3600);
/// Changes that are kept; more of them in four hours are a console that comes and goes.
const KEPT: usize = 4096;

/// What somebody did since when, as far as it counts: none while they were not here, else whether callers had their time.
#[derive(Debug, Default)]
pub(super) struct Load {
    changes: VecDeque<(Timestamp, Option<bool>)>,
}

impl Load {
    /// From now on it is so.
    pub(super) fn note(&mut self, doing: Option<bool>, now: Timestamp) {
        if self.changes.back().is_none_or(|(_, last)| *last != doing) {
            self.changes.push_back((now, doing));
        }
        let begin = now.before(WINDOW);
        // The one before the window says what was done at its beginning.
        while self.changes.len() > KEPT || self.changes.get(1).is_some_and(|(at, _)| *at <= begin) {
            self.changes.pop_front();
        }
    }

    /// Whether they have not been here for as long as counts.
    pub(super) fn is_past(&self, now: Timestamp) -> bool {
        let mut changes = self.changes.iter();
        changes.next().is_none_or(|(at, doing)| {
            doing.is_none() && *at <= now.before(WINDOW) && changes.next().is_none()
        })
    }

    /// The share, percent; none until they were here for long enough.
    pub(super) fn percent(&self, now: Timestamp) -> Option<u8> {
        let begin = now.before(WINDOW);
        let ends = self.changes.iter().skip(1).map(|(at, _)| *at).chain([now]);
        let (mut here, mut busy) = (Duration::ZERO, Duration::ZERO);
        for ((from, doing), until) in self.changes.iter().zip(ends) {
            let span = until.since((*from).max(begin));
            here += if doing.is_some() { span } else { Duration::ZERO };
            busy += if *doing == Some(true) { span } else { Duration::ZERO };
        }
        (here >= ENOUGH).then(|| u8::try_from(busy.as_millis() * 100 / here.as_millis()).unwrap_or(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn min(minutes: u64) -> Timestamp {
        Timestamp::from_millis(1_000_000_000 + minutes * 60_000)
    }

    fn load(of: &[(u64, Option<bool>)]) -> Load {
        let mut load = Load::default();
        of.iter().for_each(|(at, doing)| load.note(*doing, min(*at)));
        load
    }

    #[test]
    fn nothing_is_said_before_an_hour_and_then_the_share_of_the_time_that_went_to_callers() {
        let load = load(&[(0, Some(false)), (6, Some(true))]);
        assert_eq!(load.percent(min(59)), None);
        assert_eq!(load.percent(min(60)), Some(90));
        // Only the last four hours count.
        assert_eq!(load.percent(min(300)), Some(100));
    }

    #[test]
    fn time_away_is_no_time_at_all() {
        let load = load(&[(0, Some(true)), (60, None), (120, Some(false)), (180, None)]);
        assert_eq!(load.percent(min(200)), Some(50));
        assert!(!load.is_past(min(200)));
    }

    #[test]
    fn whoever_has_been_gone_for_four_hours_is_forgotten() {
        let mut load = load(&[(0, Some(true)), (60, None)]);
        load.note(None, min(299));
        assert!(!load.is_past(min(299)));
        load.note(None, min(300));
        assert!(load.is_past(min(300)));
        assert_eq!(load.percent(min(300)), None);
    }
}
