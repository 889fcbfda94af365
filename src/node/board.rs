//! The wallboard: who watches it, and what it shows. A change is told at once, those that follow within a span together, and in
//! turns where many watch; what changes without an event (the minute, the relay) is looked at every few seconds while anybody
//! watches.

mod load;
mod minutes;
mod people;

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::watch;

use self::{minutes::Minutes, people::People};
use super::{actor::Actor, handle::StaffConn, lengths::SPAN};
use crate::{
    core::{calendar::uk_time, directory::Training, line::Line, permissions, staff::Role, time::Timestamp},
    proto::{
        ErrorCode, ProtocolError,
        shift::{Answer, Board, RelayNow, Request, TrainingLeft},
        staff::Message,
    },
};

/// Of those who watch, how many are told in one span at most: a hundred within half a second of the first.
const AT_ONCE: usize = 50;
/// How often what changes without an event is looked at, while anybody watches.
const LOOK: Duration = Duration::from_secs(2);

/// How the relay of this process does: totals since it started, but for what says "now".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RelayHealth {
    /// Whether all its workers run now.
    pub running: bool,
    /// Media legs that are alive now.
    pub legs: u32,
    /// Calls that have a leg now.
    pub calls: u32,
    /// Packets that this machine could not take or send in time.
    pub dropped: u64,
}

/// Asks the relay how it does; none when there is none in this process.
pub type RelaySource = Arc<dyn Fn() -> Option<RelayHealth> + Send + Sync>;

/// Who watches, and what they were told.
pub(super) struct Boards {
    people: People,
    minutes: Minutes,
    relay: Option<RelaySource>,
    /// How many follow-ups are overdue.
    overdue: watch::Receiver<Option<u32>>,
    /// In the order of their turns, each with the last version that they were told.
    watchers: Vec<(StaffConn, u64)>,
    /// The board as it was told last, and how often it has changed.
    shown: Option<Board>,
    version: u64,
    /// Whether something may have changed.
    stale: bool,
    told: Timestamp,
    looked: Timestamp,
}

impl Boards {
    /// Nobody watches yet. What happened is counted from `now` on.
    pub(super) fn new(now: Timestamp, line: &Line, overdue: watch::Receiver<Option<u32>>) -> Self {
        let past = Timestamp::from_millis(0);
        Self {
            people: People::default(),
            minutes: Minutes::new(now, line),
            relay: None,
            overdue,
            watchers: Vec::new(),
            shown: None,
            version: 0,
            stale: false,
            told: past,
            looked: past,
        }
    }

    pub(super) fn watch_relay(&mut self, source: RelaySource) {
        self.relay = Some(source);
    }

    /// The board is as it is now: another version if it differs.
    fn put(&mut self, board: &Board) {
        if self.shown.as_ref().is_none_or(|shown| timeless(shown) != timeless(board)) {
            self.version += 1;
            self.shown = Some(board.clone());
        }
    }

    /// When to look again.
    pub(super) fn wake_at(&self) -> Option<Timestamp> {
        if self.watchers.is_empty() {
            return None;
        }
        let behind = self.stale || self.watchers.iter().any(|(_, version)| *version < self.version);
        Some(if behind { self.told + SPAN } else { self.looked + LOOK })
    }
}

impl fmt::Debug for Boards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Boards({} watch)", self.watchers.len())
    }
}

impl Actor {
    /// What somebody asks about the shift.
    pub(super) fn shift_request(&mut self, conn: StaffConn, re: u32, ask: Request) {
        let answer = match self.shift_asked(conn, ask) {
            Ok(answer) => Message::Shift { re, answer },
            Err(error) => Message::Error { re: Some(re), error },
        };
        self.staff_out(conn, answer);
    }

    fn shift_asked(&mut self, conn: StaffConn, ask: Request) -> Result<Answer, ProtocolError> {
        let role = self.consoles.key(conn).and_then(|device| self.line.desk(device)).map(|desk| desk.role);
        let allowed = |act| role.is_some_and(|role: Role| permissions::may(role, act));
        match ask {
            Request::Mine => {
                let desk = self.consoles.key(conn).and_then(|device| self.line.desk(device));
                let staff = desk
                    .map(|desk| desk.staff)
                    .ok_or_else(|| ErrorCode::NotAllowed.because("only for those who take part in calls"))?;
                self.note_boards();
                let today = uk_time(self.now()).date;
                let training = self
                    .line
                    .directory()
                    .training(staff)
                    .map(|Training { until }| TrainingLeft { until, days_left: until.days_after(today) });
                Ok(Answer::Mine { training, occupancy: self.boards.people.occupancy(staff, self.now()) })
            }
            // Signalling's own.
            Request::Rota { .. }
            | Request::SetRota { .. }
            | Request::CopyRota { .. }
            | Request::Gaps
            | Request::Training
            | Request::SetTraining { .. } => {
                Err(ErrorCode::OutOfOrder.because("not possible in the present state"))
            }
            Request::Watch { .. } if !allowed(permissions::Act::WatchShift) => {
                Err(ErrorCode::NotAllowed.because("only supervisors watch the shift"))
            }
            Request::Watch { on } => {
                self.boards.watchers.retain(|(watcher, _)| *watcher != conn);
                if !on {
                    return Ok(Answer::Done);
                }
                self.note_boards();
                let board = self.board();
                // Whoever comes now has the board of now; the others hear of it in their turn.
                self.boards.put(&board);
                self.boards.watchers.push((conn, self.boards.version));
                Ok(Answer::Watching { board, minutes: self.boards.minutes.all() })
            }
        }
    }

    /// Takes note of how things are, and tells those whose turn it is what has changed.
    pub(super) fn show_boards(&mut self, changed: bool) {
        let now = self.now();
        if changed {
            self.note_boards();
            self.boards.stale = true;
        }
        self.boards.watchers.retain(|(conn, _)| self.consoles.contains(*conn));
        if self.boards.wake_at().is_none_or(|at| at > now) {
            return;
        }
        self.note_boards();
        let board = self.board();
        self.boards.looked = now;
        self.boards.stale = false;
        self.boards.put(&board);
        let version = self.boards.version;
        let mut watchers = std::mem::take(&mut self.boards.watchers);
        let mut left = AT_ONCE;
        for (conn, seen) in watchers.iter_mut().filter(|(_, seen)| *seen < version).take(AT_ONCE) {
            self.consoles.tell(*conn, Message::Wallboard { board: board.clone() });
            (*seen, left) = (version, left - 1);
        }
        if left < AT_ONCE {
            self.boards.told = now;
        }
        // Whoever was told goes behind those who were not.
        watchers.sort_by_key(|(_, seen)| *seen);
        self.boards.watchers = watchers;
    }

    /// Counts what has happened and what everybody does now, also while nobody watches.
    fn note_boards(&mut self) {
        let now = self.now();
        let health =
            self.boards.relay.as_ref().filter(|_| !self.boards.watchers.is_empty()).and_then(|ask| ask());
        self.boards.people.note(&self.line, now);
        self.boards.minutes.note(now, &self.line, &self.counters, health.map(|health| health.dropped));
    }

    fn board(&self) -> Board {
        let now = self.now();
        let relay = self.boards.relay.as_ref().and_then(|ask| ask());
        Board {
            now: now.as_millis(),
            waiting: u32::try_from(self.line.queue().len()).unwrap_or(u32::MAX),
            oldest: self.line.queue().oldest().map(|ticket| ticket.joined.as_millis()),
            people: self.boards.people.now(now),
            lost: self.boards.minutes.lost(),
            counted_since: self.boards.minutes.since().as_millis(),
            overdue: *self.boards.overdue.borrow(),
            minute: self.boards.minutes.present(),
            relay: relay.map(|health| RelayNow {
                running: health.running,
                legs: health.legs,
                calls: health.calls,
                dropped: self.boards.minutes.dropped(),
            }),
        }
    }
}

/// A board without what goes on by itself.
fn timeless(board: &Board) -> Board {
    let mut board = board.clone();
    (board.now, board.minute.longest_wait_s) = (0, 0);
    board
}
