//! Every change of the registry goes through `Registry::commit` with the act that it is, into the audit: so that no change is
//! without its entry and no entry without its change.

use super::{Registry, RegistryError};
use crate::{
    node::{
        NodeError,
        audit::{self, Act, Did},
    },
    store::{Outcome, Txn},
};

impl Registry {
    /// Carries the change out together with its entry in the audit.
    pub(super) async fn commit(&self, txn: Txn, act: Act) -> Result<Outcome, RegistryError> {
        Ok(audit::commit(self.ledger.as_ref(), txn, act).await?)
    }

    /// The last acts upon accounts, newest first: at most so many, and none that is further back than some thousand entries
    /// of the audit, which has them all.
    pub async fn acts(&self, most: usize) -> Result<Vec<Act>, RegistryError> {
        let on_accounts = |act: &Act| matches!(act.did, Did::Account { .. });
        Ok(audit::last(self.ledger.as_ref(), most, on_accounts).await?)
    }
}

impl From<NodeError> for RegistryError {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Store(error) => Self::Store(error),
            NodeError::BadRecord { key, .. } => Self::BadRecord(key),
        }
    }
}
