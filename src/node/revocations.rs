//! Which devices were shut out, as the ledger says: also when another process (`quietline staff revoke`) wrote it.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{
    Clock,
    actor::RETRY,
    registry::{self, DEVICES, Device, RegistryError},
};
use crate::{
    core::ids::DeviceId,
    store::{Change, Ledger, Write},
};

/// Tells of every device that is shut out: of those that are when it begins, then of each as it happens.
pub(super) struct Revocations {
    ledger: Arc<dyn Ledger>,
    clock: Arc<dyn Clock>,
    changes: Option<mpsc::Receiver<Change>>,
}

impl Revocations {
    pub(super) fn new(ledger: Arc<dyn Ledger>, clock: Arc<dyn Clock>) -> Self {
        Self { ledger, clock, changes: None }
    }

    /// Waits for the next devices that were shut out; some may be told again. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Vec<DeviceId> {
        loop {
            match &mut self.changes {
                Some(changes) => match changes.recv().await {
                    Some(change) => {
                        if let Some(device) = shut_out_by(&change) {
                            return vec![device];
                        }
                    }
                    // Too far behind, or the ledger is closed.
                    None => self.changes = None,
                },
                None => match self.begin().await {
                    Ok((devices, changes)) => {
                        self.changes = Some(changes);
                        return devices;
                    }
                    Err(error) => {
                        tracing::error!(%error, "cannot watch who is shut out");
                        self.clock.until(self.clock.now() + RETRY).await;
                    }
                },
            }
        }
    }

    async fn begin(&self) -> Result<(Vec<DeviceId>, mpsc::Receiver<Change>), RegistryError> {
        let (entries, revision) = self.ledger.range(DEVICES).await?;
        let changes = self.ledger.watch(DEVICES, revision).await?;
        let devices = entries.iter().map(registry::decode).collect::<Result<Vec<Device>, _>>()?;
        let shut_out = devices.into_iter().filter(|device| device.revoked).map(|device| device.device);
        Ok((shut_out.collect(), changes))
    }
}

fn shut_out_by(change: &Change) -> Option<DeviceId> {
    let Write::Put { value, .. } = &change.write else { return None };
    serde_json::from_slice::<Device>(value).ok().filter(|device| device.revoked).map(|device| device.device)
}
