//! The gateway under load, as the conductor sees it: ours to kill and to start again, or somebody else's.

use std::thread::{self, JoinHandle};

use crate::load::{
    gateway::{Gateway, GatewayError},
    metrics::Metrics,
    processes::{self, Usage},
};

/// See the module.
#[derive(Debug)]
pub enum Host {
    /// Somebody else's; what it uses is seen where its metrics may be asked for.
    Foreign(Option<Metrics>),
    /// Ours, and it runs.
    Running(Gateway),
    /// Ours, and it was killed.
    Down(Gateway),
    /// Ours, and it starts again, on a thread of its own so that clients go on meanwhile.
    Starting(JoinHandle<Result<Gateway, GatewayError>>),
    /// Ours, and it is gone.
    Gone,
}

impl Host {
    /// Kills it.
    pub fn kill(&mut self) {
        *self = match std::mem::replace(self, Self::Gone) {
            Self::Running(mut gateway) => {
                gateway.kill();
                Self::Down(gateway)
            }
            other => other,
        };
    }

    /// Starts it again.
    pub fn start_again(&mut self) {
        *self = match std::mem::replace(self, Self::Gone) {
            Self::Down(mut gateway) => {
                Self::Starting(thread::spawn(move || gateway.restart().map(|()| gateway)))
            }
            other => other,
        };
    }

    /// Gives whether it has just started again.
    ///
    /// # Errors
    /// When it has not and will not.
    pub fn look(&mut self) -> Result<bool, GatewayError> {
        if !matches!(self, Self::Starting(starting) if starting.is_finished()) {
            return Ok(false);
        }
        let Self::Starting(starting) = std::mem::replace(self, Self::Gone) else { return Ok(false) };
        let gateway =
            starting.join().unwrap_or_else(|_| Err(GatewayError::Refused("its thread panicked".into())))?;
        *self = Self::Running(gateway);
        Ok(true)
    }

    /// What it uses, where that can be seen.
    pub fn usage(&self) -> Option<Usage> {
        match self {
            Self::Running(gateway) => processes::usage(gateway.pid()),
            // One that does not answer for once leaves a gap.
            Self::Foreign(Some(metrics)) => metrics.usage().ok(),
            _ => None,
        }
    }

    /// Whether what it uses can be seen.
    pub fn is_seen(&self) -> bool {
        !matches!(self, Self::Foreign(None))
    }
}
