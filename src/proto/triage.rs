//! Triage, over the staff WebSocket: a coordinator's own cards, whom the desks expect, and a supervisor's totals. No message
//! has a field for words: nobody can name a caller in it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::core::{
    calendar::Date,
    ids::{ServiceId, TriageId},
    triage::{Card, Code, Codes, Named, Outcome, Reply, Try},
};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "ask", rename_all = "snake_case", deny_unknown_fields)]
#[ts(rename = "TriageRequest")]
pub enum Request {
    /// The coordinator's own cards.
    Cards,
    /// A new card.
    Open {
        /// What is needed.
        #[ts(type = "string")]
        need: Code,
    },
    /// Asks an agency.
    Try {
        /// The card.
        #[ts(type = "string")]
        card: TriageId,
        /// The service of the directory; none for this line.
        #[ts(type = "string | null")]
        service: Option<ServiceId>,
        /// Why it is the right one.
        #[ts(type = "string")]
        reason: Code,
    },
    /// What the agency said.
    Heard {
        /// The card.
        #[ts(type = "string")]
        card: TriageId,
        /// Its reply. Of this line only that nobody answered.
        reply: HeardReply,
        /// Why it refuses; exactly then.
        #[ts(type = "string | null")]
        why: Option<Code>,
    },
    /// The person is with the agency.
    HandOver {
        /// The card.
        #[ts(type = "string")]
        card: TriageId,
    },
    /// It is over.
    Close {
        /// The card.
        #[ts(type = "string")]
        card: TriageId,
        /// How it came out.
        #[ts(type = "string")]
        outcome: Code,
    },
    /// At a desk: whom this line expects.
    Expected,
    /// At a desk: takes the person.
    Take {
        /// The card.
        #[ts(type = "string")]
        card: TriageId,
    },
    /// At the desk that took the person: whether they came.
    Came {
        /// The card.
        #[ts(type = "string")]
        card: TriageId,
        /// Whether they did.
        came: bool,
    },
    /// What the cards of those days came to.
    Totals {
        /// The first day.
        #[ts(type = "string")]
        from: Date,
        /// The last day.
        #[ts(type = "string")]
        until: Date,
    },
}

/// What an agency said, as a coordinator hears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "TriageReply")]
pub enum HeardReply {
    /// It takes the person.
    Accepted,
    /// It does not.
    Refused,
    /// Nobody answered, or nobody took the person in time.
    NoAnswer,
    /// It took the person, who did not come. Only a desk says so.
    NotCome,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[ts(rename = "TriageAnswer")]
pub enum Answer {
    /// The coordinator's own cards, the newest first.
    Cards {
        /// The cards.
        cards: Vec<CardView>,
        /// What can be chosen.
        codes: CodesView,
    },
    /// The card as it is now.
    Card {
        /// The card.
        card: CardView,
    },
    /// Whom this line expects, the longest first.
    Expected {
        /// One for each person.
        people: Vec<ExpectedView>,
    },
    /// What the cards of those days came to.
    Totals {
        /// The sums.
        totals: TotalsView,
    },
}

/// A card as its coordinator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "TriageCard")]
pub struct CardView {
    /// What requests name.
    #[ts(type = "string")]
    pub card: TriageId,
    /// What is needed: a code.
    pub need: String,
    /// Since when, milliseconds since 1970, like all times here.
    #[ts(type = "number")]
    pub opened: u64,
    /// The agencies that were tried; the last one is the present one.
    pub tries: Vec<TryView>,
    /// When the person was with the agency.
    #[ts(type = "number | null")]
    pub handed_over: Option<u64>,
    /// How it ended: a code; none while it is open.
    pub outcome: Option<String>,
    /// Until when the card is kept.
    #[ts(type = "number")]
    pub kept_until: u64,
}

/// An agency that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "TriageTry")]
pub struct TryView {
    /// Its name; none for this line.
    pub agency: Option<String>,
    /// Why it is the right one: a code.
    pub reason: String,
    /// When it was asked.
    #[ts(type = "number")]
    pub at: u64,
    /// What it said.
    pub reply: Option<HeardReply>,
    /// Why it refused: a code.
    pub why: Option<String>,
    /// On this line: the first name of who takes the person.
    pub taken_by: Option<String>,
}

/// Somebody whom this line expects, as a desk sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "TriageExpected")]
pub struct ExpectedView {
    /// What requests name.
    #[ts(type = "string")]
    pub card: TriageId,
    /// What is needed, in the operator's words.
    pub need: String,
    /// How long a coordinator has asked, seconds.
    pub since_s: u32,
    /// The first name of who takes the person.
    pub taken_by: Option<String>,
    /// Whether that is the one who asks.
    pub mine: bool,
}

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "TriageCodes")]
pub struct CodesView {
    /// For how many days a card is kept.
    pub keep_days: u32,
    /// What can be needed.
    pub needs: Vec<NamedView>,
    /// Why an agency is the right one.
    pub reasons: Vec<NamedView>,
    /// Why an agency refuses.
    pub refusals: Vec<NamedView>,
    /// How it can come out.
    pub outcomes: Vec<NamedView>,
}

/// A code and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "TriageCode")]
pub struct NamedView {
    /// The code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// Sums of many cards. Nothing in them says whose they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "TriageTotals")]
pub struct TotalsView {
    /// Cards by their need.
    pub needs: Vec<SumView>,
    /// Cards by their outcome, with what they are taken to have freed.
    pub outcomes: Vec<FreedView>,
    /// Agencies that accepted.
    pub accepted: u32,
    /// Agencies that refused.
    pub refused: u32,
    /// Agencies that did not answer.
    pub no_answer: u32,
    /// Desks of this line to which the person did not come.
    pub not_come: u32,
    /// Cards whose person was handed over.
    pub handed_over: u32,
    /// From opening the card to being there, on average, seconds; none when nobody was handed over.
    pub handover_s: Option<u32>,
    /// Cards that nobody closed before they were forgotten.
    pub unclosed: u32,
}

/// How many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "TriageSum")]
pub struct SumView {
    /// Of what.
    pub name: String,
    /// Cards.
    pub cards: u32,
}

/// What cards with one outcome are taken to have freed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "TriageFreed")]
pub struct FreedView {
    /// The outcome.
    pub name: String,
    /// Cards.
    pub cards: u32,
    /// Minutes freed by all of them, each counted with what was assumed when it was closed.
    #[ts(type = "number")]
    pub minutes: u64,
    /// What is assumed for one now.
    pub minutes_each: u32,
    /// Why so many.
    pub why: String,
}

impl CardView {
    /// The card, as its coordinator sees it.
    pub fn of(card: &Card, codes: &Codes) -> Self {
        Self {
            card: card.id,
            need: card.need.to_string(),
            opened: card.opened.as_millis(),
            tries: card.tries.iter().map(TryView::from).collect(),
            handed_over: card.handed_over.map(|at| at.as_millis()),
            outcome: card.closed.as_ref().map(|closed| closed.outcome.to_string()),
            kept_until: (card.opened + codes.keep()).as_millis(),
        }
    }
}

impl From<&Try> for TryView {
    fn from(tried: &Try) -> Self {
        use crate::core::triage::Agency;
        let reply = tried.reply.as_ref().map(|(reply, _)| reply);
        Self {
            agency: match &tried.agency {
                Agency::Line => None,
                Agency::Service { name, .. } => Some(name.clone()),
            },
            reason: tried.reason.to_string(),
            at: tried.at.as_millis(),
            reply: reply.map(|reply| match reply {
                Reply::Accepted => HeardReply::Accepted,
                Reply::Refused { .. } => HeardReply::Refused,
                Reply::NoAnswer => HeardReply::NoAnswer,
                Reply::NotCome => HeardReply::NotCome,
            }),
            why: reply.and_then(|reply| match reply {
                Reply::Refused { why } => Some(why.to_string()),
                _ => None,
            }),
            taken_by: tried.taken_by.as_ref().map(|taker| taker.name.clone()),
        }
    }
}

impl From<&Codes> for CodesView {
    fn from(codes: &Codes) -> Self {
        let named = |named: &Named| NamedView { code: named.code.to_string(), name: named.name.clone() };
        let outcome =
            |outcome: &Outcome| NamedView { code: outcome.code.to_string(), name: outcome.name.clone() };
        Self {
            keep_days: codes.keep_days,
            needs: codes.needs.iter().map(named).collect(),
            reasons: codes.reasons.iter().map(named).collect(),
            refusals: codes.refusals.iter().map(named).collect(),
            outcomes: codes.outcomes.iter().map(outcome).collect(),
        }
    }
}
