//! What the callers of a drill do when, and what became of each. Pure: moments and events in, acts out.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use crate::{
    client::{Event, Fault, Hearer},
    proto::{ErrorCode, caller::EndedBy},
};

/// What the callers of a drill are to do.
#[derive(Debug, Clone)]
pub struct Part {
    /// How many there are.
    pub callers: u16,
    /// How long after one the next comes.
    pub every: Duration,
    /// How long each stays after the answer. None: until the counsellor ends the call.
    pub stay: Option<Duration>,
    /// What each writes, in that order.
    pub lines: Vec<String>,
}

/// Something to do. Callers are numbered from 0, and from 1 where people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// A caller comes, and taps the button.
    Enter(usize),
    /// A caller leaves.
    Leave(usize),
    /// A caller writes that.
    Write(usize, String),
    /// A caller's endpoint is of no more use.
    Gone(usize),
    /// A line for whoever watches.
    Say(String),
}

/// Why all of them stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// No drill is open, or the ticket is not its own.
    NoDrill,
    /// The server does not say that the line is a drill.
    NotADrill,
    /// The drill is over.
    Over,
}

/// What became of the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Callers who came into the queue.
    pub waited: usize,
    /// Those who were answered.
    pub answered: usize,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Why all of them stopped, if something made them.
    pub cause: Option<Cause>,
    /// The server never said welcome to anybody, although they tried.
    pub unreachable: bool,
    /// How many had no place or lost it, and why the first of them.
    pub missing: Option<(usize, &'static str)>,
    /// What became of the others.
    pub tally: Tally,
}

/// See the module.
#[derive(Debug)]
pub struct Cast {
    part: Part,
    callers: Vec<Caller>,
    acts: VecDeque<Act>,
    cause: Option<Cause>,
    /// Everybody is to leave; from then on nobody is waited for.
    until: Option<Instant>,
    welcomed: bool,
    missing: Option<(usize, &'static str)>,
    tally: Tally,
}

#[derive(Debug)]
struct Caller {
    place: Place,
    leaving: bool,
    leave_at: Option<Instant>,
    /// The next line, and when it is written. None before there is anybody to read it.
    line: usize,
    write_at: Option<Instant>,
    lost_at: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Comes at that moment.
    Expected(Instant),
    /// On the way to the server, until that moment.
    Coming(Instant),
    /// The server has said welcome; the place in the queue is asked for.
    Asking,
    Waiting(Instant),
    Answered,
    Gone,
}

impl Cast {
    /// The first comes at `now`.
    pub fn new(part: Part, now: Instant) -> Self {
        let caller = |number| Caller {
            place: Place::Expected(now + part.every * u32::from(number)),
            leaving: false,
            leave_at: None,
            line: 0,
            write_at: None,
            lost_at: None,
        };
        Self {
            callers: (0..part.callers).map(caller).collect(),
            part,
            acts: VecDeque::new(),
            cause: None,
            until: None,
            welcomed: false,
            missing: None,
            tally: Tally::default(),
        }
    }

    /// The next thing to do.
    pub fn next_act(&mut self) -> Option<Act> {
        self.acts.pop_front()
    }

    /// How it ended, once it has.
    pub fn end(&self) -> Option<End> {
        let over = self.callers.iter().all(|caller| caller.place == Place::Gone);
        over.then_some(End {
            cause: self.cause,
            unreachable: !self.welcomed && self.missing.is_some(),
            missing: self.missing,
            tally: self.tally,
        })
    }

    /// Everybody leaves; nobody else comes.
    pub fn dismiss(&mut self, now: Instant) {
        if self.until.is_some() {
            return;
        }
        self.until = Some(now + GOODBYE);
        for number in 0..self.callers.len() {
            match self.callers[number].place {
                Place::Expected(_) => self.callers[number].place = Place::Gone,
                // Who asks for a place may have it already: it is given back when the answer is there.
                Place::Coming(_) | Place::Asking | Place::Gone => {}
                Place::Waiting(_) | Place::Answered => self.leave(number),
            }
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Instant) {
        for number in 0..self.callers.len() {
            let caller = &mut self.callers[number];
            match caller.place {
                Place::Gone => continue,
                Place::Expected(at) if at <= now => {
                    caller.place = Place::Coming(now + REACHED);
                    self.acts.push_back(Act::Enter(number));
                }
                Place::Coming(until) if until <= now => self.fails(number, "the server does not answer"),
                _ if caller.lost_at.is_some_and(|at| at + LOST <= now) => {
                    self.fails(number, "the connection was lost and did not come back");
                }
                _ if caller.leave_at.take_if(|at| *at <= now).is_some() => self.leave(number),
                _ if caller.write_at.take_if(|at| *at <= now).is_some() => self.write(number, now),
                _ => {}
            }
        }
        if self.until.is_some_and(|until| until <= now) {
            (0..self.callers.len()).for_each(|number| self.gone(number));
        }
    }

    /// Something happened to a caller.
    pub fn told(&mut self, now: Instant, number: usize, event: &Event) {
        let Some(caller) = self.callers.get_mut(number) else { return };
        if caller.place == Place::Gone {
            return;
        }
        match event {
            Event::Welcome => {
                self.welcomed = true;
                caller.place = Place::Asking;
            }
            Event::SocketLost => caller.lost_at = Some(now),
            Event::Reconnected => caller.lost_at = None,
            Event::Waiting { ahead } if matches!(caller.place, Place::Asking | Place::Coming(_)) => {
                caller.place = Place::Waiting(now);
                self.tally.waited += 1;
                self.say(number, &format!("waits, {}", before(*ahead)));
                if self.until.is_some() {
                    self.leave(number);
                }
            }
            Event::Connected => self.answered(number, now),
            Event::Keyed { .. } if caller.line == 0 && caller.write_at.is_none() => {
                self.write_after(number, now + FIRST_LINE);
            }
            Event::Written { from: Hearer::Staff { .. }, .. } => self.write_after(number, now + ANSWER),
            Event::Ended { by } => {
                let words = match by {
                    EndedBy::Caller | EndedBy::QuickExit => "has left",
                    EndedBy::Counsellor => "has been said goodbye to: the counsellor ended the call",
                    EndedBy::Lost => "was away for too long, and the call has ended",
                };
                self.say(number, words);
                self.gone(number);
            }
            Event::Refused { request: "greeting", code: ErrorCode::NoDrill } => {
                // Whoever was in a drill a moment ago knows that it is not the ticket.
                self.stop(now, if self.welcomed { Cause::Over } else { Cause::NoDrill }, number);
            }
            Event::Refused { request: "greeting" | "join", code } => self.fails(number, why(*code)),
            Event::WrongLine => self.stop(now, Cause::NotADrill, number),
            Event::DrillOver => self.stop(now, Cause::Over, number),
            Event::TakenOver | Event::SignedOut => self.fails(number, "the server sent them away"),
            Event::Alarm(_) => {
                self.say(number, "does not trust the call: what came breaks a rule of its encryption");
            }
            Event::Broken(Fault::Codec | Fault::DeviceKey) => {
                self.say(number, "cannot speak: the codec could not be set up");
            }
            _ => {}
        }
    }

    fn answered(&mut self, number: usize, now: Instant) {
        let caller = &mut self.callers[number];
        let waited = match caller.place {
            Place::Waiting(since) => now.saturating_duration_since(since),
            Place::Answered => return,
            _ => {
                self.tally.waited += 1;
                Duration::ZERO
            }
        };
        caller.place = Place::Answered;
        caller.leave_at = self.part.stay.map(|stay| now + stay);
        self.tally.answered += 1;
        self.say(number, &format!("is answered after {} s", waited.as_secs()));
        if self.until.is_some() {
            self.leave(number);
        }
    }

    fn write(&mut self, number: usize, now: Instant) {
        let caller = &mut self.callers[number];
        let Some(line) = self.part.lines.get(caller.line) else { return };
        caller.line += 1;
        caller.write_at = (caller.line < self.part.lines.len()).then_some(now + NEXT_LINE);
        self.acts.push_back(Act::Write(number, line.clone()));
    }

    /// The next line is written then, unless it was to be sooner.
    fn write_after(&mut self, number: usize, at: Instant) {
        let caller = &mut self.callers[number];
        if caller.line < self.part.lines.len() {
            caller.write_at = Some(caller.write_at.map_or(at, |due| due.min(at)));
        }
    }

    fn leave(&mut self, number: usize) {
        let caller = &mut self.callers[number];
        caller.write_at = None;
        if !std::mem::replace(&mut caller.leaving, true) {
            self.acts.push_back(Act::Leave(number));
        }
    }

    fn fails(&mut self, number: usize, why: &'static str) {
        let (missing, first) = self.missing.unwrap_or((0, why));
        self.missing = Some((missing + 1, first));
        self.say(number, &format!("is not there: {why}"));
        self.gone(number);
    }

    /// Something made this one stop, and the others are to stop as well.
    fn stop(&mut self, now: Instant, cause: Cause, number: usize) {
        self.cause.get_or_insert(cause);
        self.gone(number);
        self.dismiss(now);
    }

    fn gone(&mut self, number: usize) {
        let place = std::mem::replace(&mut self.callers[number].place, Place::Gone);
        if !matches!(place, Place::Gone | Place::Expected(_)) {
            self.acts.push_back(Act::Gone(number));
        }
    }

    fn say(&mut self, number: usize, what: &str) {
        self.acts.push_back(Act::Say(format!("caller {} {what}", number + 1)));
    }
}

fn before(ahead: u32) -> String {
    match ahead {
        0 => "nobody before them".to_owned(),
        1 => "one before them".to_owned(),
        many => format!("{many} before them"),
    }
}

fn why(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Busy | ErrorCode::TooFast => {
            "the server takes no more callers from this address at present; let them come further apart (--every)"
        }
        ErrorCode::Closed => "the line takes no callers",
        _ => "the server refused the call",
    }
}

/// How long the server may take to say welcome.
const REACHED: Duration = Duration::from_secs(30);
/// How long a lost connection may stay away.
const LOST: Duration = Duration::from_secs(120);
/// How long those who are told to leave are waited for.
const GOODBYE: Duration = Duration::from_secs(5);
/// From the keys to the first line, from a message of the counsellor to the next one, and from one to the next without any.
const FIRST_LINE: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(3);
const NEXT_LINE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
