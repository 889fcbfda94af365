//! Counters and gauges of the line. Nothing in them concerns one caller.

use crate::core::{
    call::{Link, Phase},
    event::{Event, Withdrawal},
    line::Line,
    staff::Duty,
    time::Timestamp,
};

/// Upper bounds of the buckets of the time to answer, seconds.
pub const ANSWER_BOUNDS_S: [u32; 8] = [5, 10, 20, 30, 60, 120, 300, 900];

/// What has happened since the process started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counters {
    /// Callers who joined.
    pub joined: u64,
    /// Callers who were answered.
    pub answered: u64,
    /// Callers who left, or were lost, before an answer.
    pub abandoned: u64,
    /// Callers who joined while nobody was on shift.
    pub unserved: u64,
    /// Offers that a counsellor passed on.
    pub offers_passed: u64,
    /// Offers that expired.
    pub offers_expired: u64,
    /// Offers whose console was lost.
    pub offers_lost: u64,
    /// Callers who came back after a lost connection.
    pub resumed: u64,
    /// Answered calls that have ended.
    pub ended: u64,
    /// Connections closed because they did not read.
    pub slow_peers: u64,
    /// Batches of changes that the ledger did not take.
    pub ledger_failures: u64,
    /// How many answers took at most `ANSWER_BOUNDS_S[i]` and more than the bound before; the last counts the rest.
    pub answer_buckets: [u64; ANSWER_BOUNDS_S.len() + 1],
    /// Sum of the times to answer, milliseconds.
    pub answer_sum_ms: u64,
}

/// The counters, and the line as it is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Since the start of the process.
    pub counters: Counters,
    /// Callers in the queue, rung for or not.
    pub waiting: u64,
    /// Of these, rung for.
    pub ringing: u64,
    /// How long the first in the queue has waited, milliseconds.
    pub longest_wait_ms: u64,
    /// Calls with a counsellor.
    pub connected: u64,
    /// Of these, with the caller's connection lost.
    pub reconnecting: u64,
    /// Consoles ready for a caller.
    pub staff_available: u64,
    /// Consoles with a connection.
    pub staff_signed_in: u64,
}

impl Counters {
    /// Takes into account what is about to be applied to `line`.
    pub(super) fn count(&mut self, line: &Line, event: &Event) {
        match event {
            Event::Joined { .. } => {
                self.joined += 1;
                self.unserved += u64::from(!line.is_on_shift());
            }
            Event::Withdrawn { why, .. } => match why {
                Withdrawal::Passed => self.offers_passed += 1,
                Withdrawal::Expired => self.offers_expired += 1,
                Withdrawal::ConsoleLost => self.offers_lost += 1,
                Withdrawal::Cancelled => {}
            },
            Event::Answered { call, at, .. } => {
                let Some(call) = line.call(*call) else { return };
                let waited = at.since(call.ticket.joined);
                let bucket =
                    ANSWER_BOUNDS_S.iter().position(|bound| waited.as_millis() <= 1000 * u128::from(*bound));
                self.answered += 1;
                self.answer_buckets[bucket.unwrap_or(ANSWER_BOUNDS_S.len())] += 1;
                self.answer_sum_ms += u64::try_from(waited.as_millis()).unwrap_or(u64::MAX);
            }
            Event::Ended { call, .. } => match line.call(*call).map(|call| call.is_in_line()) {
                Some(true) => self.abandoned += 1,
                Some(false) => self.ended += 1,
                None => {}
            },
            Event::CallerBack { call } => {
                let lost = |call: &crate::core::call::Call| matches!(call.link, Link::Lost { .. });
                self.resumed += u64::from(line.call(*call).is_some_and(lost));
            }
            _ => {}
        }
    }

    /// These counters with the line as it is at `now`.
    pub(super) fn snapshot(&self, line: &Line, now: Timestamp) -> Snapshot {
        let mut shot = Snapshot { counters: self.clone(), ..Snapshot::default() };
        shot.waiting = line.queue().len() as u64;
        shot.longest_wait_ms = line
            .queue()
            .oldest()
            .map_or(0, |ticket| u64::try_from(now.since(ticket.joined).as_millis()).unwrap_or(u64::MAX));
        for call in line.busy() {
            match call.phase {
                Phase::Offered { .. } => shot.ringing += 1,
                Phase::Connected(_) => {
                    shot.connected += 1;
                    shot.reconnecting += u64::from(!call.link.is_up());
                }
                Phase::Waiting { .. } | Phase::Ended { .. } => {}
            }
        }
        for desk in line.desks().filter(|desk| desk.link.is_up()) {
            shot.staff_signed_in += 1;
            shot.staff_available += u64::from(matches!(desk.duty, Duty::Available { .. }));
        }
        shot
    }
}
