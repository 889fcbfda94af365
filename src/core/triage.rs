//! Triage: a coordinator in a control room finds the right agency for somebody in need, and hands them over warmly.
//!
//! A card holds codes and times, and no word that anybody wrote: there is no field in which a caller could be named. What a
//! card comes to is added up by day, and the card itself is forgotten when its time has passed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ids::{ServiceId, StaffId, TriageId},
    time::Timestamp,
};

mod codes;

pub use codes::{BadCodes, Code, Codes, InvalidCode, Named, Outcome};

/// Agencies that can be tried for one card.
const TRIES: usize = 8;

/// One person's need, and what was done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its name.
    pub id: TriageId,
    /// The coordinator whose card it is.
    pub by: StaffId,
    /// What is needed.
    pub need: Code,
    /// Since when.
    pub opened: Timestamp,
    /// The agencies that were tried, the last one being the present one.
    pub tries: Vec<Try>,
    /// When the person was with the agency.
    pub handed_over: Option<Timestamp>,
    /// How it ended.
    pub closed: Option<Closed>,
}

/// An agency that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// Which.
    pub agency: Agency,
    /// Why it is the right one.
    pub reason: Code,
    /// When it was asked.
    pub at: Timestamp,
    /// What it said, and when.
    pub reply: Option<(Reply, Timestamp)>,
    /// On this line: who takes the person.
    pub taken_by: Option<Taker>,
}

/// Who is asked to take somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Agency {
    /// This line: the counsellors' desks are told, and one of them takes the person.
    Line,
    /// A service of the directory.
    Service {
        /// Which.
        service: ServiceId,
        /// Its name when it was asked.
        name: String,
    },
}

/// What an agency said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Reply {
    /// It takes the person.
    Accepted,
    /// It does not.
    Refused {
        /// Why.
        why: Code,
    },
    /// Nobody answered, or nobody took the person in time.
    NoAnswer,
    /// It took the person, who did not come.
    NotCome,
}

/// Somebody at a desk who takes a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taker {
    /// Who.
    pub staff: StaffId,
    /// Their first name.
    pub name: String,
}

/// The end of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// How it came out.
    pub outcome: Code,
    /// When.
    pub at: Timestamp,
}

/// What is done with a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The coordinator asks an agency.
    Try {
        /// Which.
        agency: Agency,
        /// Why it is the right one.
        reason: Code,
    },
    /// The coordinator heard from it. Of this line they can only say that nobody took the person.
    Heard(Reply),
    /// The coordinator has handed the person over.
    HandOver,
    /// The coordinator ends the card.
    Close {
        /// How it came out.
        outcome: Code,
    },
    /// At a desk of this line somebody takes the person.
    Take(Taker),
    /// The person is with whoever took them.
    Arrived(StaffId),
    /// The person did not come to whoever took them.
    NotCome(StaffId),
}

/// Why a step was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not as the card is now.
    #[error("this is not possible as the card is now")]
    NotNow,
    /// The operator has not set such a code.
    #[error("there is no such code")]
    NoSuchCode,
    /// Somebody else takes the person.
    #[error("a colleague has taken this already")]
    Taken,
    /// Too many agencies were tried.
    #[error("no more agencies can be tried for this card")]
    TooManyTries,
}

impl Card {
    /// A new card, if there is such a need.
    pub fn open(
        id: TriageId,
        by: StaffId,
        need: Code,
        codes: &Codes,
        now: Timestamp,
    ) -> Result<Self, Refused> {
        codes.need(&need).ok_or(Refused::NoSuchCode)?;
        Ok(Self { id, by, need, opened: now, tries: Vec::new(), handed_over: None, closed: None })
    }

    /// Carries a step out, or refuses it and stays as it was.
    pub fn take(&mut self, step: Step, codes: &Codes, now: Timestamp) -> Result<(), Refused> {
        if self.closed.is_some() {
            return Err(Refused::NotNow);
        }
        let handed_over = self.handed_over.is_some();
        match step {
            Step::Close { outcome } => {
                codes.outcome(&outcome).ok_or(Refused::NoSuchCode)?;
                self.closed = Some(Closed { outcome, at: now });
                return Ok(());
            }
            Step::Try { agency, reason } => {
                codes.reason(&reason).ok_or(Refused::NoSuchCode)?;
                let open = |last: &Try| !matches!(&last.reply, Some((reply, _)) if *reply != Reply::Accepted);
                if handed_over || self.tries.last().is_some_and(open) {
                    return Err(Refused::NotNow);
                }
                if self.tries.len() >= TRIES {
                    return Err(Refused::TooManyTries);
                }
                self.tries.push(Try { agency, reason, at: now, reply: None, taken_by: None });
                return Ok(());
            }
            _ if handed_over => return Err(Refused::NotNow),
            _ => {}
        }
        let last = self.tries.last_mut().ok_or(Refused::NotNow)?;
        let line = last.agency == Agency::Line;
        let accepted = matches!(last.reply, Some((Reply::Accepted, _)));
        match step {
            Step::Heard(reply) => {
                if let Reply::Refused { why } = &reply {
                    codes.refusal(why).ok_or(Refused::NoSuchCode)?;
                }
                if last.reply.is_some() || reply == Reply::NotCome || line && reply != Reply::NoAnswer {
                    return Err(Refused::NotNow);
                }
                last.reply = Some((reply, now));
            }
            Step::HandOver if accepted && !line => self.handed_over = Some(now),
            Step::Take(taker) if line => match &last.taken_by {
                None if last.reply.is_none() => {
                    last.taken_by = Some(taker);
                    last.reply = Some((Reply::Accepted, now));
                }
                Some(other) if *other == taker => {}
                Some(_) => return Err(Refused::Taken),
                None => return Err(Refused::NotNow),
            },
            Step::Arrived(staff) if accepted && last.is_with(staff) => self.handed_over = Some(now),
            Step::NotCome(staff) if accepted && last.is_with(staff) => {
                last.reply = Some((Reply::NotCome, now));
            }
            _ => return Err(Refused::NotNow),
        }
        Ok(())
    }

    /// Whether desks of this line are to be told that somebody is coming: until they are there, or it is over.
    pub fn is_expected(&self) -> bool {
        let open = |last: &Try| matches!(last.reply, None | Some((Reply::Accepted, _)));
        self.closed.is_none()
            && self.handed_over.is_none()
            && self.tries.last().is_some_and(|last| last.agency == Agency::Line && open(last))
    }

    /// Who has taken the person whom this line expects.
    pub fn taker(&self) -> Option<&Taker> {
        self.tries.last().filter(|_| self.is_expected())?.taken_by.as_ref()
    }

    /// Whether it is to be forgotten.
    pub fn is_over_age(&self, codes: &Codes, now: Timestamp) -> bool {
        now.since(self.opened) >= codes.keep()
    }
}

impl Try {
    fn is_with(&self, staff: StaffId) -> bool {
        self.taken_by.as_ref().is_some_and(|taker| taker.staff == staff)
    }
}

/// What the cards of a day came to. Nothing in it says whose they were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Cards by their need.
    pub needs: BTreeMap<Code, u32>,
    /// Cards by their outcome.
    pub outcomes: BTreeMap<Code, Tally>,
    /// Agencies that accepted, that refused, that did not answer, and those to whom the person did not come.
    pub replies: [u32; 4],
    /// Cards whose person was handed over.
    pub handed_over: u32,
    /// From opening the card to being there, of all of them, seconds.
    pub handover_s: u64,
    /// Cards that nobody had closed when they were forgotten.
    pub unclosed: u32,
}

/// Cards with one outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub cards: u32,
    /// The minutes of police time that they freed, as was assumed when each was closed.
    pub minutes: u64,
}

impl Totals {
    /// Adds a card that was closed, or is forgotten unclosed.
    pub fn add(&mut self, card: &Card, codes: &Codes) {
        *self.needs.entry(card.need.clone()).or_default() += 1;
        for tried in &card.tries {
            if let Some((reply, _)) = &tried.reply {
                self.replies[match reply {
                    Reply::Accepted => 0,
                    Reply::Refused { .. } => 1,
                    Reply::NoAnswer => 2,
                    Reply::NotCome => 3,
                }] += 1;
            }
        }
        if let Some(at) = card.handed_over {
            self.handed_over += 1;
            self.handover_s += at.since(card.opened).as_secs();
        }
        match &card.closed {
            Some(closed) => {
                let tally = self.outcomes.entry(closed.outcome.clone()).or_default();
                tally.cards += 1;
                tally.minutes +=
                    codes.outcome(&closed.outcome).map_or(0, |outcome| u64::from(outcome.minutes));
            }
            None => self.unclosed += 1,
        }
    }

    /// Adds those of another day.
    pub fn merge(&mut self, other: &Self) {
        for (need, cards) in &other.needs {
            *self.needs.entry(need.clone()).or_default() += cards;
        }
        for (outcome, more) in &other.outcomes {
            let tally = self.outcomes.entry(outcome.clone()).or_default();
            tally.cards += more.cards;
            tally.minutes += more.minutes;
        }
        for (sum, more) in self.replies.iter_mut().zip(other.replies) {
            *sum += more;
        }
        self.handed_over += other.handed_over;
        self.handover_s += other.handover_s;
        self.unclosed += other.unclosed;
    }
}

#[cfg(test)]
mod tests;
