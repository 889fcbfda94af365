//! Triage in the ledger: cards by their coordinator, whom the line expects, sums by day, and what the operator has set.
//!
//! Each step is one transaction: the card, whether the desks expect somebody, the day's sums when it is closed, and the entry in the
//! audit. A card is forgotten some days after it was opened, closed or not; the sums stay.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    NodeError,
    audit::{self, Act, Did, TriageStep, Who},
    records,
};
use crate::{
    core::{
        calendar::{Date, uk_time},
        ids::{StaffId, TriageId},
        time::Timestamp,
        triage::{Card, Code, Codes, Refused, Step, Taker, Totals},
    },
    store::{Compare, Entry, Ledger, Outcome, Txn, Write},
};

const CARDS: &str = "triage/card/";
const EXPECTED: &str = "triage/expected/";
const TOTALS: &str = "triage/total/";
const CODES: &str = "triage/codes";
/// How often another writer may be first before that counts as an error.
const TRIES: usize = 20;

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub enum TriageError {
    /// The rules refuse it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// No such card, or not this person's.
    #[error("there is no such card")]
    Unknown,
    /// The ledger failed, or holds what cannot be read.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// Triage over a ledger.
#[derive(Clone)]
pub struct Triage {
    ledger: Arc<dyn Ledger>,
    /// Where the operator's choices are.
    settings: Arc<dyn Ledger>,
}

impl Triage {
    /// What is in that ledger.
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self { settings: Arc::clone(&ledger), ledger }
    }

    /// What is in one ledger, by what the operator has set in another.
    pub(super) fn by_settings_of(ledger: Arc<dyn Ledger>, settings: Arc<dyn Ledger>) -> Self {
        Self { ledger, settings }
    }

    /// What the operator has set.
    pub async fn codes(&self) -> Result<Codes, NodeError> {
        Ok(match self.settings.get(CODES).await? {
            Some(entry) => records::decode(&entry)?,
            None => Codes::default(),
        })
    }

    /// Sets it.
    pub async fn set_codes(&self, codes: &Codes, at: Timestamp) -> Result<(), NodeError> {
        let txn = Txn { compares: Vec::new(), writes: vec![put(CODES.to_owned(), codes)?] };
        let act = Act { at, who: Who::Operator, did: Did::SetTriage, call: None };
        audit::commit(self.settings.as_ref(), txn, act).await.map(drop)
    }

    /// A coordinator's own cards, the newest first.
    pub async fn cards(&self, by: StaffId) -> Result<Vec<Card>, NodeError> {
        let (rows, _) = self.ledger.range(&format!("{CARDS}{by}/")).await?;
        let mut cards = rows.iter().map(records::decode::<Card>).collect::<Result<Vec<_>, _>>()?;
        cards.sort_by_key(|card| std::cmp::Reverse((card.opened, card.id)));
        Ok(cards)
    }

    /// Opens a card.
    pub async fn open(
        &self,
        id: TriageId,
        by: StaffId,
        need: Code,
        now: Timestamp,
    ) -> Result<Card, TriageError> {
        let card = Card::open(id, by, need, &self.codes().await?, now)?;
        let key = card_key(by, id);
        let compares = vec![Compare { key: key.clone(), revision: 0 }];
        let txn = Txn { compares, writes: vec![put(key, &card)?] };
        let did = Did::Triage { card: id, step: TriageStep::Opened };
        let act = Act { at: now, who: Who::person(by), did, call: None };
        audit::commit(self.ledger.as_ref(), txn, act).await?;
        Ok(card)
    }

    /// Takes a step with a card of that coordinator.
    pub async fn step(
        &self,
        by: StaffId,
        card: TriageId,
        step: Step,
        now: Timestamp,
    ) -> Result<Card, TriageError> {
        self.carry_out(by, by, card, step, now).await
    }

    /// Whom the line expects, the longest first.
    pub async fn expected(&self) -> Result<Vec<Card>, NodeError> {
        let (rows, _) = self.ledger.range(EXPECTED).await?;
        let mut cards = Vec::new();
        for row in &rows {
            let (by, id): (StaffId, TriageId) = records::decode(row)?;
            let card = self.record::<Card>(&card_key(by, id)).await?;
            cards.extend(card.map(|(card, _)| card).filter(Card::is_expected));
        }
        cards.sort_by_key(|card| (card.opened, card.id));
        Ok(cards)
    }

    /// At a desk: takes a person whom the line expects.
    pub async fn take(&self, taker: Taker, card: TriageId, now: Timestamp) -> Result<Card, TriageError> {
        let (owner, staff) = (self.owner(card).await?, taker.staff);
        self.carry_out(owner, staff, card, Step::Take(taker), now).await
    }

    /// At the desk that took the person: whether they came.
    pub async fn came(
        &self,
        staff: StaffId,
        card: TriageId,
        came: bool,
        now: Timestamp,
    ) -> Result<Card, TriageError> {
        let step = if came { Step::Arrived(staff) } else { Step::NotCome(staff) };
        self.carry_out(self.owner(card).await?, staff, card, step, now).await
    }

    /// What the cards came to that were closed, or forgotten unclosed, from that day to that day.
    pub async fn totals(&self, from: Date, until: Date) -> Result<Totals, NodeError> {
        let (rows, _) = self.ledger.range(TOTALS).await?;
        let mut sum = Totals::default();
        for row in &rows {
            let day = row.key.strip_prefix(TOTALS).and_then(|day| day.parse::<Date>().ok());
            if day.is_some_and(|day| (from..=until).contains(&day)) {
                sum.merge(&records::decode(row)?);
            }
        }
        Ok(sum)
    }

    /// Forgets the cards that have been kept long enough. How many.
    pub async fn purge(&self, now: Timestamp) -> Result<usize, NodeError> {
        let codes = self.codes().await?;
        let (rows, _) = self.ledger.range(CARDS).await?;
        let mut forgotten = 0;
        for row in &rows {
            let card: Card = records::decode(row)?;
            if card.is_over_age(&codes, now) {
                forgotten += usize::from(self.forget(row, &card, &codes, now).await?);
            }
        }
        Ok(forgotten)
    }

    /// Forgets one card; one that nobody closed is counted as such. Not when somebody has just changed it.
    async fn forget(
        &self,
        row: &Entry,
        card: &Card,
        codes: &Codes,
        now: Timestamp,
    ) -> Result<bool, NodeError> {
        let mut compares = vec![Compare { key: row.key.clone(), revision: row.revision }];
        let mut writes =
            vec![Write::Delete { key: row.key.clone() }, Write::Delete { key: expected_key(card.id) }];
        if card.closed.is_none() {
            self.count(card, codes, now, &mut compares, &mut writes).await?;
        }
        let outcome = self.ledger.txn(Txn { compares, writes }).await?;
        Ok(matches!(outcome, Outcome::Committed { .. }))
    }

    async fn carry_out(
        &self,
        owner: StaffId,
        by: StaffId,
        id: TriageId,
        step: Step,
        now: Timestamp,
    ) -> Result<Card, TriageError> {
        let codes = self.codes().await?;
        let key = card_key(owner, id);
        let did = Did::Triage { card: id, step: TriageStep::of(&step) };
        let act = Act { at: now, who: Who::person(by), did, call: None };
        for _ in 0..TRIES {
            let (before, revision) = self.record::<Card>(&key).await?.ok_or(TriageError::Unknown)?;
            let mut card = before.clone();
            card.take(step.clone(), &codes, now)?;
            if card == before {
                return Ok(card);
            }
            let mut compares = vec![Compare { key: key.clone(), revision }];
            let mut writes = vec![put(key.clone(), &card)?];
            let expected = expected_key(id);
            writes.push(match card.is_expected() {
                true => put(expected, &(owner, id))?,
                false => Write::Delete { key: expected },
            });
            if card.closed.is_some() {
                self.count(&card, &codes, now, &mut compares, &mut writes).await?;
            }
            let outcome = audit::commit(self.ledger.as_ref(), Txn { compares, writes }, act.clone()).await?;
            if let Outcome::Committed { .. } = outcome {
                return Ok(card);
            }
        }
        let reason = "others are always first to write it".to_owned();
        Err(NodeError::BadRecord { key, reason }.into())
    }

    /// Adds the card to the sums of the day.
    async fn count(
        &self,
        card: &Card,
        codes: &Codes,
        now: Timestamp,
        compares: &mut Vec<Compare>,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let key = format!("{TOTALS}{}", uk_time(now).date);
        let (mut totals, revision) = self.record::<Totals>(&key).await?.unwrap_or_default();
        totals.add(card, codes);
        compares.push(Compare { key: key.clone(), revision });
        writes.push(put(key, &totals)?);
        Ok(())
    }

    /// Whose card it is that the line expects.
    async fn owner(&self, card: TriageId) -> Result<StaffId, TriageError> {
        let found = self.record::<(StaffId, TriageId)>(&expected_key(card)).await?;
        found.map(|((owner, _), _)| owner).ok_or(TriageError::Unknown)
    }

    async fn record<T: DeserializeOwned>(&self, key: &str) -> Result<Option<(T, u64)>, NodeError> {
        let Some(entry) = self.ledger.get(key).await? else { return Ok(None) };
        Ok(Some((records::decode(&entry)?, entry.revision)))
    }
}

fn card_key(by: StaffId, card: TriageId) -> String {
    format!("{CARDS}{by}/{card}")
}

fn expected_key(card: TriageId) -> String {
    format!("{EXPECTED}{card}")
}

fn put<T: Serialize>(key: String, record: &T) -> Result<Write, NodeError> {
    Ok(Write::Put { value: records::encode(&key, record)?, key })
}

#[cfg(test)]
mod tests;
