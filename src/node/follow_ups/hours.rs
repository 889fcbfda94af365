//! Follow-ups in the hours' figures, by the hour for which they were promised. Each hour has a record of its own, which whoever
//! changes a follow-up changes in the same transaction: the node's task and everybody else, each by the revision that they read.

use std::collections::{BTreeMap, BTreeSet, btree_map};

use super::{Record, contacts::contact_key, record_key, used_key};
use crate::{
    core::{
        figures::{Hour, PromisedHour},
        follow_up::{FollowUpRules, Outcome},
        ids::FollowUpId,
        time::Timestamp,
    },
    node::{NodeError, figures, records},
    store::{Compare, Ledger, StoreError, Txn, Write},
};

/// Hours that a transaction is about to change, as they were read.
#[derive(Default)]
struct Hours(BTreeMap<Hour, (PromisedHour, u64)>);

impl Hours {
    /// The hour of that time, to be changed.
    async fn of(&mut self, ledger: &dyn Ledger, at: Timestamp) -> Result<&mut PromisedHour, NodeError> {
        let hour = Hour::of(at);
        let read = match self.0.entry(hour) {
            btree_map::Entry::Occupied(read) => read.into_mut(),
            btree_map::Entry::Vacant(place) => {
                let entry = ledger.get(&figures::promised_key(hour)).await?;
                let revision = entry.as_ref().map_or(0, |entry| entry.revision);
                let counts = entry.as_ref().map(records::decode).transpose()?.unwrap_or_default();
                place.insert((counts, revision))
            }
        };
        Ok(&mut read.0)
    }

    /// Adds them to a transaction, which fails when another one was first.
    fn extend(self, txn: &mut Txn) -> Result<(), NodeError> {
        for (hour, (counts, revision)) in self.0 {
            let key = figures::promised_key(hour);
            let value = records::encode(&key, &counts)?;
            txn.compares.push(Compare { key: key.clone(), revision });
            txn.writes.push(Write::Put { key, value });
        }
        Ok(())
    }
}

/// Adds to a transaction of somebody who settles a follow-up what it changes in its hour.
pub(super) async fn settled(
    ledger: &dyn Ledger,
    at: Timestamp,
    (before, after): (Option<Outcome>, Option<Outcome>),
    txn: &mut Txn,
) -> Result<(), NodeError> {
    let mut hours = Hours::default();
    if before != after {
        hours.of(ledger, at).await?.settle(before, after);
    }
    hours.extend(txn)
}

/// Adds to a transaction of somebody who deletes a follow-up what it changes in its hour: something came of it, or it was never
/// promised.
pub(super) async fn deleted(
    ledger: &dyn Ledger,
    at: Timestamp,
    outcome: Option<Outcome>,
    txn: &mut Txn,
) -> Result<(), NodeError> {
    let mut hours = Hours::default();
    if outcome.is_none() {
        hours.of(ledger, at).await?.take_back();
    }
    hours.extend(txn)
}

/// What the node's task writes and counts for follow-ups that are promised for those times, and for those whose callers came back by
/// the code and are answered. Of one that was deleted meanwhile nothing is written.
pub(in crate::node) async fn of_the_line(
    ledger: &dyn Ledger,
    rules: &FollowUpRules,
    (promised, answered): (&[Timestamp], &BTreeSet<FollowUpId>),
    now: Timestamp,
) -> Result<Txn, NodeError> {
    let (mut txn, mut hours) = (Txn::default(), Hours::default());
    for at in promised {
        hours.of(ledger, *at).await?.promise();
    }
    for id in answered {
        let (Some(entry), used) = (ledger.get(&record_key(*id)).await?, ledger.get(&used_key(*id)).await?)
        else {
            continue;
        };
        if used.is_some() {
            continue;
        }
        let Record { at, outcome, .. } = records::decode(&entry)?;
        if outcome != Some(Outcome::Done) && now < rules.gone_at(at) {
            hours.of(ledger, at).await?.settle(outcome, Some(Outcome::Done));
        }
        txn.compares.push(Compare { key: entry.key, revision: entry.revision });
        txn.compares.push(Compare { key: used_key(*id), revision: 0 });
        txn.writes.push(Write::Put { key: used_key(*id), value: b"true".to_vec() });
        // The two have talked: nobody need be reached any more.
        txn.writes.push(Write::Delete { key: contact_key(*id) });
    }
    hours.extend(&mut txn)?;
    Ok(txn)
}

/// Whether somebody has changed one of these records.
pub(in crate::node) async fn have_moved(
    ledger: &dyn Ledger,
    compares: &[Compare],
) -> Result<bool, StoreError> {
    for Compare { key, revision } in compares {
        if ledger.get(key).await?.map_or(0, |entry| entry.revision) != *revision {
            return Ok(true);
        }
    }
    Ok(false)
}
