//! The last hour, minute by minute: totals of everybody, nothing of one caller.

use std::collections::VecDeque;

use crate::{
    core::{line::Line, time::Timestamp},
    node::metrics::Counters,
    proto::shift::Minute,
};

const MINUTE_MS: u64 = 60_000;
/// The present minute and the fifty-nine before.
const KEPT: usize = 60;

/// The last hour.
#[derive(Debug)]
pub(super) struct Minutes {
    since: Timestamp,
    /// The present one last; never empty.
    kept: VecDeque<Kept>,
    /// What had been counted when it was looked at last.
    answered: u64,
    abandoned: u64,
    /// None until the relay was asked for the first time.
    dropped: Option<u64>,
    /// How the line stood when it was looked at last.
    stood: Standing,
}

#[derive(Debug, Clone, Copy, Default)]
struct Kept {
    shown: Minute,
    dropped: u32,
}

/// How the line stands at a moment.
#[derive(Debug, Clone, Copy)]
struct Standing {
    waiting: u32,
    oldest: Option<Timestamp>,
    on_shift: u32,
}

impl Minutes {
    /// Counts from `now` on, when the line is as it was left.
    pub(super) fn new(now: Timestamp, line: &Line) -> Self {
        let stood = Standing::of(line);
        let kept = VecDeque::from([Kept { shown: stood.minute(begun(now), now), dropped: 0 }]);
        Self { since: now, kept, answered: 0, abandoned: 0, dropped: None, stood }
    }

    /// Takes into account how the line stands now and what the counters have counted. Nothing has happened since the last
    /// time but what they say.
    pub(super) fn note(&mut self, now: Timestamp, line: &Line, counters: &Counters, dropped: Option<u64>) {
        self.go_on(now);
        let stands = Standing::of(line);
        let shown = &mut self.present_mut().shown;
        shown.waiting = shown.waiting.max(stands.waiting);
        shown.on_shift = shown.on_shift.min(stands.on_shift);
        shown.longest_wait_s = shown.longest_wait_s.max(waited(stands.oldest, now));
        self.stood = stands;
        let (answered, abandoned) = (self.answered, self.abandoned);
        let present = self.present_mut();
        present.shown.answered += count64(counters.answered.saturating_sub(answered));
        present.shown.lost += count64(counters.abandoned.saturating_sub(abandoned));
        (self.answered, self.abandoned) = (counters.answered, counters.abandoned);
        if let Some(total) = dropped {
            let before = self.dropped.replace(total).unwrap_or(total);
            self.present_mut().dropped += count64(total.saturating_sub(before));
        }
    }

    /// Every minute that is kept, the present one last.
    pub(super) fn all(&self) -> Vec<Minute> {
        self.kept.iter().map(|kept| kept.shown).collect()
    }

    /// The present minute.
    pub(super) fn present(&self) -> Minute {
        self.kept.back().map(|kept| kept.shown).unwrap_or_default()
    }

    /// Callers of the last hour who were lost before an answer.
    pub(super) fn lost(&self) -> u32 {
        self.kept.iter().map(|kept| kept.shown.lost).sum()
    }

    /// Packets of the last hour that the relay dropped.
    pub(super) fn dropped(&self) -> u32 {
        self.kept.iter().map(|kept| kept.dropped).sum()
    }

    /// Since when it has been counted.
    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// Begins the minutes that have begun since it was looked at last. Until now the line stood as it did then.
    fn go_on(&mut self, now: Timestamp) {
        let begun = begun(now);
        let ended = Timestamp::from_millis(now.as_millis().min(self.present().at + MINUTE_MS));
        let longest = waited(self.stood.oldest, ended);
        let past = &mut self.present_mut().shown;
        past.longest_wait_s = past.longest_wait_s.max(longest);
        let mut at = past.at + MINUTE_MS;
        // After a long sleep only the last hour matters.
        at = at.max(begun.saturating_sub(MINUTE_MS * (KEPT as u64 - 1)));
        while at <= begun {
            let end = Timestamp::from_millis((at + MINUTE_MS).min(now.as_millis()));
            self.kept.push_back(Kept { shown: self.stood.minute(at, end), dropped: 0 });
            at += MINUTE_MS;
        }
        while self.kept.len() > KEPT {
            self.kept.pop_front();
        }
    }

    fn present_mut(&mut self) -> &mut Kept {
        let last = self.kept.len() - 1;
        &mut self.kept[last]
    }
}

impl Standing {
    fn of(line: &Line) -> Self {
        Self {
            waiting: count(line.queue().len()),
            oldest: line.queue().oldest().map(|ticket| ticket.joined),
            on_shift: count(line.desks().filter(|desk| desk.is_on_shift()).count()),
        }
    }

    /// The minute that began at `at`, if the line stood so all the time until `end`.
    fn minute(self, at: u64, end: Timestamp) -> Minute {
        let Self { waiting, oldest, on_shift } = self;
        Minute { at, waiting, longest_wait_s: waited(oldest, end), on_shift, answered: 0, lost: 0 }
    }
}

fn begun(now: Timestamp) -> u64 {
    now.as_millis() / MINUTE_MS * MINUTE_MS
}

fn waited(oldest: Option<Timestamp>, now: Timestamp) -> u32 {
    oldest.map_or(0, |since| count64(now.since(since).as_secs()))
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

fn count64(many: u64) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}
