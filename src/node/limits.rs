//! What the node refuses before the line hears of it: sizes, forms and rates.

use std::{collections::HashMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    core::{
        ids::{CallId, Slot},
        time::Timestamp,
    },
    proto::{ErrorCode, ProtocolError, e2ee::MlsMessage},
};

/// Bytes of a KeyPackage at most.
const KEY_PACKAGE: usize = 16 * 1024;
/// Bytes of an MLS message at most.
const MLS_MESSAGE: usize = 64 * 1024;
/// Bytes of what somebody says at most: longer than anything that a page of ours writes.
const SAID: usize = 8 * 1024;
/// Messages of one participant that may follow each other at once: what somebody types, and the answers to what others do.
const SAID_BURST: u32 = 60;
/// After that, one in this time.
const SAID_EVERY: Duration = Duration::from_millis(200);
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

/// Whether that is application data to be handed on, by form and size.
pub(super) fn check_said(message: &str) -> Result<(), ProtocolError> {
    check(message, SAID, "the message")
}

/// How many KeyPackages each call may still publish.
#[derive(Default)]
pub(super) struct PackageRates(HashMap<CallId, Rate>);

impl PackageRates {
    /// Takes one KeyPackage of that call into account.
    pub(super) fn take(&mut self, call: CallId, now: Timestamp) -> Result<(), ProtocolError> {
        let rate = self.0.entry(call).or_insert(Rate { left: PACKAGE_BURST, refilled: now });
        if rate.take(PACKAGE_BURST, PACKAGE_EVERY, now) {
            return Ok(());
        }
        Err(ErrorCode::TooFast.because("too many key packages at once"))
    }

    /// Forgets a call that is over.
    pub(super) fn forget(&mut self, call: CallId) {
        self.0.remove(&call);
    }
}

/// How much each participant of a room may still say.
#[derive(Default)]
pub(super) struct SaidRates(HashMap<CallId, [Option<Rate>; Slot::COUNT]>);

impl SaidRates {
    /// Takes one message of that participant into account.
    pub(super) fn take(&mut self, room: CallId, from: Slot, now: Timestamp) -> Result<(), ProtocolError> {
        let seats = self.0.entry(room).or_default();
        let rate = seats[from.index()].get_or_insert(Rate { left: SAID_BURST, refilled: now });
        if rate.take(SAID_BURST, SAID_EVERY, now) {
            return Ok(());
        }
        Err(ErrorCode::TooFast.because("too many messages at once; this one was not handed on"))
    }

    /// Forgets a room that is over.
    pub(super) fn forget(&mut self, room: CallId) {
        self.0.remove(&room);
    }
}

#[derive(Clone, Copy)]
struct Rate {
    left: u32,
    refilled: Timestamp,
}

impl Rate {
    /// Takes one of at most `burst`, of which one comes back after each `every`. Whether there was one.
    fn take(&mut self, burst: u32, every: Duration, now: Timestamp) -> bool {
        let refill = now.since(self.refilled).as_millis() / every.as_millis();
        if refill > 0 {
            self.left = u32::try_from(refill).unwrap_or(u32::MAX).saturating_add(self.left).min(burst);
            self.refilled = now;
        }
        let taken = self.left.checked_sub(1);
        self.left = taken.unwrap_or(0);
        taken.is_some()
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
