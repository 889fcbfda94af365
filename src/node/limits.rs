//! What the node refuses before the line hears of it: sizes, forms and rates.

use std::{collections::HashMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    core::{ids::CallId, time::Timestamp},
    proto::{ErrorCode, ProtocolError, e2ee::MlsMessage},
};

/// Bytes of a KeyPackage at most.
const KEY_PACKAGE: usize = 16 * 1024;
/// Bytes of an MLS message at most.
const MLS_MESSAGE: usize = 64 * 1024;
/// KeyPackages of one call that may follow each other at once.
const PACKAGE_BURST: u32 = 12;
/// After that, one in this time.
const PACKAGE_EVERY: Duration = Duration::from_secs(5);

/// Whether that is a KeyPackage by form and size.
pub(super) fn check_key_package(text: &str) -> Result<(), ProtocolError> {
    check(text, KEY_PACKAGE, "the key package")
}

/// Whether that is an MLS message by form and size.
pub(super) fn check_message(message: &MlsMessage) -> Result<(), ProtocolError> {
    match message {
        MlsMessage::Commit { commit, welcome, added, .. } => {
            check(commit, MLS_MESSAGE, "the commit")?;
            if welcome.is_some() == added.is_empty() {
                return Err(malformed("a commit carries a welcome exactly when it adds somebody"));
            }
            welcome.as_deref().map_or(Ok(()), |welcome| check(welcome, MLS_MESSAGE, "the welcome"))
        }
        MlsMessage::Application { message } => check(message, MLS_MESSAGE, "the message"),
    }
}

/// How many KeyPackages each call may still publish.
#[derive(Default)]
pub(super) struct PackageRates {
    calls: HashMap<CallId, Rate>,
}

struct Rate {
    left: u32,
    refilled: Timestamp,
}

impl PackageRates {
    /// Takes one KeyPackage of that call into account.
    pub(super) fn take(&mut self, call: CallId, now: Timestamp) -> Result<(), ProtocolError> {
        let rate = self.calls.entry(call).or_insert(Rate { left: PACKAGE_BURST, refilled: now });
        let refill = now.since(rate.refilled).as_millis() / PACKAGE_EVERY.as_millis();
        if refill > 0 {
            rate.left =
                u32::try_from(refill).unwrap_or(u32::MAX).saturating_add(rate.left).min(PACKAGE_BURST);
            rate.refilled = now;
        }
        rate.left = rate.left.checked_sub(1).ok_or_else(|| ProtocolError {
            code: ErrorCode::TooFast,
            text: "too many key packages at once".to_owned(),
        })?;
        Ok(())
    }

    /// Forgets a call that is over.
    pub(super) fn forget(&mut self, call: CallId) {
        self.calls.remove(&call);
    }
}

fn check(text: &str, limit: usize, what: &str) -> Result<(), ProtocolError> {
    if text.len() > limit.div_ceil(3) * 4 {
        return Err(ProtocolError {
            code: ErrorCode::TooLarge,
            text: format!("{what} is larger than {} KiB", limit / 1024),
        });
    }
    match STANDARD.decode(text) {
        Ok(bytes) if !bytes.is_empty() => Ok(()),
        _ => Err(malformed(&format!("{what} is not standard base64"))),
    }
}

fn malformed(text: &str) -> ProtocolError {
    ProtocolError { code: ErrorCode::Malformed, text: text.to_owned() }
}
