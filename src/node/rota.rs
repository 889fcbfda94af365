//! The rota as the ledger keeps it: a record for each line and week. Whoever saves names the revision that they changed, so that
//! of two who edit one week the second is told what the first has done and nothing is lost unseen.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    NodeError,
    audit::{self, Act, Did, Who},
    records,
};
use crate::{
    core::{
        directory::LineName,
        ids::StaffId,
        rota::{Plan, Week},
        time::Timestamp,
    },
    store::{Compare, Ledger, Outcome, Txn, Write},
};

const ROTA: &str = "rota/";

/// The rota in a ledger.
#[derive(Clone)]
pub struct Rota {
    ledger: Arc<dyn Ledger>,
}

/// A week's plan as it was saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The plan.
    pub plan: Plan,
    /// Who saved it.
    pub by: StaffId,
    /// When.
    pub at: Timestamp,
}

/// How saving came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saving {
    /// It is kept, at that revision.
    Saved(u64),
    /// Somebody else has saved this week meanwhile; nothing changed.
    Overtaken,
}

impl Rota {
    /// The rota in that ledger.
    pub fn new(ledger: Arc<dyn Ledger>) -> Self {
        Self { ledger }
    }

    /// The plan of that week and its revision; 0 when nobody has saved one.
    pub async fn week(&self, line: &LineName, week: Week) -> Result<(Option<Saved>, u64), NodeError> {
        match self.ledger.get(&key(line, week)).await? {
            Some(entry) => Ok((Some(records::decode(&entry)?), entry.revision)),
            None => Ok((None, 0)),
        }
    }

    /// Saves the plan of a week that was at `revision` when it was read.
    pub async fn save(
        &self,
        line: &LineName,
        week: Week,
        saved: &Saved,
        revision: u64,
    ) -> Result<Saving, NodeError> {
        let key = key(line, week);
        let value = records::encode(&key, saved)?;
        let compares = vec![Compare { key: key.clone(), revision }];
        let txn = Txn { compares, writes: vec![Write::Put { key, value }] };
        let did = Did::SetRota { line: line.to_string(), week: week.monday().to_string() };
        let act = Act { at: saved.at, who: Who::person(saved.by), did, call: None };
        Ok(match audit::commit(self.ledger.as_ref(), txn, act).await? {
            Outcome::Committed { revision } => Saving::Saved(revision),
            Outcome::Conflict => Saving::Overtaken,
        })
    }
}

fn key(line: &LineName, week: Week) -> String {
    format!("{ROTA}{line}/{}", week.monday())
}
