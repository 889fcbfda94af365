//! A promised talk: when it is due, when it is overdue, and when nothing of it is kept any longer. May import nothing else of
//! ours but ids and time.
pub mod code;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    ids::{FollowUpId, StaffId},
    time::Timestamp,
};

/// A caller who has come back by a code: which follow-up it is, and who booked it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// Which.
    pub follow_up: FollowUpId,
    /// Whom the caller has talked with.
    pub staff: StaffId,
}

/// What the operator may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowUpRules {
    /// How long after its time anything of a follow-up is kept.
    pub keep: Duration,
    /// From when on before its time it is due.
    pub ahead: Duration,
    /// How long after its time it is overdue.
    pub grace: Duration,
    /// How far ahead one may be booked.
    pub furthest: Duration,
}

/// What came of it, as a member of staff says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// They talked.
    Done,
    /// Nobody was reached. It may be tried again.
    NotReached,
}

/// Where a follow-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Its time is well over, and nothing has come of it.
    Overdue,
    /// Its time is now.
    Due,
    /// Its time is still to come.
    Planned,
    /// Nobody was reached.
    NotReached,
    /// They talked.
    Done,
}

impl Default for FollowUpRules {
    fn default() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        Self { keep: hours(14 * 24), ahead: hours(1), grace: hours(1), furthest: hours(60 * 24) }
    }
}

impl FollowUpRules {
    /// Where a follow-up of that time stands.
    pub fn standing(&self, at: Timestamp, outcome: Option<Outcome>, now: Timestamp) -> Standing {
        match outcome {
            Some(Outcome::Done) => Standing::Done,
            Some(Outcome::NotReached) => Standing::NotReached,
            None if now >= at + self.grace => Standing::Overdue,
            None if now + self.ahead >= at => Standing::Due,
            None => Standing::Planned,
        }
    }

    /// From when on nothing of it is kept.
    pub fn gone_at(&self, at: Timestamp) -> Timestamp {
        at + self.keep
    }

    /// Whether one may be booked for then.
    pub fn can_be(&self, at: Timestamp, now: Timestamp) -> bool {
        now < at && at <= now + self.furthest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follow_up_is_planned_then_due_then_overdue_until_something_comes_of_it() {
        let rules = FollowUpRules::default();
        let (at, minute) = (Timestamp::from_millis(1_000_000_000), Duration::from_secs(60));
        let before = |minutes: u32| at.before(minute * minutes);
        for (now, wanted) in [
            (before(61), Standing::Planned),
            (before(60), Standing::Due),
            (at, Standing::Due),
            (at + minute * 59, Standing::Due),
            (at + minute * 60, Standing::Overdue),
            (at + minute * 60_000, Standing::Overdue),
        ] {
            assert_eq!(rules.standing(at, None, now), wanted);
            assert_eq!(rules.standing(at, Some(Outcome::Done), now), Standing::Done);
            assert_eq!(rules.standing(at, Some(Outcome::NotReached), now), Standing::NotReached);
        }
    }

    #[test]
    fn nobody_books_the_past_or_a_day_beyond_the_furthest() {
        let rules = FollowUpRules::default();
        let now = Timestamp::from_millis(1_000_000_000);
        assert!(!rules.can_be(now, now));
        assert!(rules.can_be(now + Duration::from_millis(1), now));
        assert!(rules.can_be(now + rules.furthest, now));
        assert!(!rules.can_be(now + rules.furthest + Duration::from_millis(1), now));
    }
}
