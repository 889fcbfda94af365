//! The signalling connection: comes back by itself, matches answers with requests, counts a silent server as gone.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{
    chance::Chance,
    outbox::Outbox,
    wire::{Incoming, Request, Side, Tag},
};
use crate::proto::{ErrorCode, Heartbeat};

/// Why a request has no good answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The server refused it.
    Refused(ErrorCode),
    /// The connection went before the answer, or there was none.
    Lost,
}

/// The end of a request.
pub(super) struct Answer {
    pub tag: Tag,
    pub result: Result<Option<crate::proto::media::Leg>, Failure>,
}

/// See the module.
pub(super) struct Connection {
    state: State,
    attempt: u32,
    next_id: u32,
    heartbeat: Heartbeat,
    heard_at: Instant,
    next_beat: Instant,
    /// Whether the server has ever said welcome on this connection or an earlier one.
    was_up: bool,
    pending: Vec<Pending>,
    failed: VecDeque<Answer>,
    chance: Chance,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Stopped,
    Waiting { until: Instant },
    Opening { until: Instant },
    Up,
}

struct Pending {
    /// None while it waits for a connection.
    id: Option<u32>,
    tag: Tag,
    /// Kept only where it may have to be sent again.
    request: Option<Request>,
    deadline: Instant,
}

impl Connection {
    pub(super) fn new(chance: Chance, now: Instant) -> Self {
        Self {
            state: State::Stopped,
            attempt: 0,
            next_id: 1,
            heartbeat: Heartbeat { interval_ms: 5_000, timeout_ms: 15_000 },
            heard_at: now,
            next_beat: now,
            was_up: false,
            pending: Vec::new(),
            failed: VecDeque::new(),
            chance,
        }
    }

    /// Opens it, if it is not open or being opened, and keeps it open until [`Connection::stop`].
    pub(super) fn start(&mut self, now: Instant, out: &mut Outbox) {
        if self.state == State::Stopped {
            self.attempt = 0;
            self.open(now, out);
        }
    }

    /// Closes it for good and forgets what was asked.
    pub(super) fn stop(&mut self, abrupt: bool, out: &mut Outbox) {
        if matches!(self.state, State::Opening { .. } | State::Up) {
            out.close_socket(abrupt);
        }
        self.state = State::Stopped;
        self.was_up = false;
        self.pending.clear();
        self.failed.clear();
    }

    /// See [`Endpoint::warm`](super::endpoint::Endpoint::warm).
    pub(super) fn warm(&self) -> u64 {
        u64::from(self.attempt ^ self.next_id) ^ u64::from(self.is_up())
    }

    pub(super) fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// Whether the server has said welcome before on this or an earlier connection.
    pub(super) fn was_up(&self) -> bool {
        self.was_up
    }

    /// Asks. Without a connection a request that lasts waits for the next one, another fails.
    pub(super) fn ask(&mut self, now: Instant, tag: Tag, request: Request, out: &mut Outbox) {
        if !self.is_up() && tag != Tag::Greeting {
            if tag.lasts() {
                let deadline = now + ANSWER;
                self.pending.push(Pending { id: None, tag, request: Some(request), deadline });
            } else {
                self.failed.push_back(Answer { tag, result: Err(Failure::Lost) });
            }
            return;
        }
        let id = self.number();
        out.text(&request.text(id));
        let request = tag.lasts().then_some(request);
        self.pending.push(Pending { id: Some(id), tag, request, deadline: now + ANSWER });
    }

    /// Sends without waiting for the answer.
    pub(super) fn tell(&mut self, request: &Request, out: &mut Outbox) {
        if self.is_up() {
            let id = self.number();
            out.text(&request.text(id));
        }
    }

    /// Forgets the requests of a call that is over.
    pub(super) fn forget(&mut self, about: impl Fn(Tag) -> bool) {
        self.pending.retain(|pending| !about(pending.tag));
    }

    /// Whether such a request is unanswered.
    pub(super) fn awaits(&self, tag: Tag) -> bool {
        self.pending.iter().any(|pending| pending.tag == tag)
    }

    /// Takes note of a message. Gives the answer that it is, if it is one.
    pub(super) fn received(&mut self, now: Instant, message: &Incoming, out: &mut Outbox) -> Option<Answer> {
        self.heard_at = now;
        match message {
            Incoming::Welcome { heartbeat, .. } => {
                self.heartbeat = *heartbeat;
                self.attempt = 0;
                self.was_up = true;
                self.state = State::Up;
                self.next_beat = now + self.interval();
                self.pending.retain(|pending| pending.tag != Tag::Greeting);
                self.send_again(now, out);
                None
            }
            Incoming::Done { re } => self.settle(*re, Ok(None)),
            Incoming::Leg { re, leg } => self.settle(*re, Ok(Some(leg.clone()))),
            Incoming::Error { re, code } => self.settle((*re)?, Err(Failure::Refused(*code))),
            _ => None,
        }
    }

    /// The socket is closed, or the server counts as gone: tries again after a while. Gives whether it was up.
    pub(super) fn lost(&mut self, now: Instant, out: &mut Outbox, close: bool) -> bool {
        if self.state == State::Stopped {
            return false;
        }
        if close {
            out.close_socket(true);
        }
        let was_up = self.is_up();
        let mut kept = Vec::new();
        for mut pending in self.pending.drain(..) {
            if pending.tag.lasts() {
                pending.id = None;
                kept.push(pending);
            } else if pending.tag != Tag::Greeting {
                self.failed.push_back(Answer { tag: pending.tag, result: Err(Failure::Lost) });
            }
        }
        self.pending = kept;
        self.state = State::Waiting { until: now + retry_delay(self.attempt, &mut self.chance) };
        self.attempt = self.attempt.saturating_add(1);
        was_up
    }

    /// The next request that failed for want of a connection.
    pub(super) fn next_failed(&mut self) -> Option<Answer> {
        self.failed.pop_front()
    }

    /// Does what is due. Gives whether the connection was found to be gone.
    pub(super) fn tick(&mut self, now: Instant, side: Side, out: &mut Outbox) -> bool {
        match self.state {
            State::Stopped => false,
            State::Waiting { until } if until <= now => {
                self.open(now, out);
                false
            }
            State::Opening { until } if until <= now => {
                self.lost(now, out, true);
                false
            }
            State::Up => {
                let silent = now.saturating_duration_since(self.heard_at) >= self.timeout();
                let overdue =
                    self.pending.iter().any(|pending| pending.id.is_some() && pending.deadline <= now);
                if silent || overdue {
                    return self.lost(now, out, true);
                }
                if self.next_beat <= now {
                    self.next_beat = now + self.interval();
                    self.tell(&side.ping(), out);
                }
                false
            }
            _ => false,
        }
    }

    /// When [`Connection::tick`] is next due.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        match self.state {
            State::Stopped => None,
            State::Waiting { until } | State::Opening { until } => Some(until),
            State::Up => {
                let answers = self.pending.iter().filter(|pending| pending.id.is_some()).map(|p| p.deadline);
                answers.chain([self.next_beat, self.heard_at + self.timeout()]).min()
            }
        }
    }

    fn open(&mut self, now: Instant, out: &mut Outbox) {
        self.state = State::Opening { until: now + ANSWER };
        out.open_socket();
    }

    fn number(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id = self.next_id.wrapping_add(1);
        id
    }

    fn send_again(&mut self, now: Instant, out: &mut Outbox) {
        for mut pending in std::mem::take(&mut self.pending) {
            if let (None, Some(request)) = (pending.id, &pending.request) {
                let id = self.number();
                out.text(&request.text(id));
                pending.id = Some(id);
                pending.deadline = now + ANSWER;
            }
            self.pending.push(pending);
        }
    }

    fn settle(
        &mut self,
        id: u32,
        result: Result<Option<crate::proto::media::Leg>, Failure>,
    ) -> Option<Answer> {
        let at = self.pending.iter().position(|pending| pending.id == Some(id))?;
        Some(Answer { tag: self.pending.remove(at).tag, result })
    }

    fn interval(&self) -> Duration {
        Duration::from_millis(self.heartbeat.interval_ms.max(100).into())
    }

    fn timeout(&self) -> Duration {
        Duration::from_millis(self.heartbeat.timeout_ms.max(1_000).into())
    }
}

/// How long to wait before attempt `attempt` (0 for the first after a loss). From the second on, up to a quarter more or less
/// by chance, so that a server that comes back is not met by everyone in the same instant.
pub(super) fn retry_delay(attempt: u32, chance: &mut Chance) -> Duration {
    let step = STEPS_MS[STEPS_MS.len().min(attempt as usize + 1) - 1];
    Duration::from_millis(step).mul_f64(0.75 + 0.5 * chance.fraction())
}

/// The last one repeats.
const STEPS_MS: [u64; 7] = [0, 300, 700, 1_000, 1_500, 2_000, 3_000];
/// From opening a socket to the server's welcome, and for the answer to a request.
const ANSWER: Duration = Duration::from_secs(10);
