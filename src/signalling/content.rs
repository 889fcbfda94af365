//! What the server can check of the byte strings that it carries without understanding them: that they are base64, and
//! not larger than their kind can be.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::proto::{ErrorCode, ProtocolError, e2ee::MlsMessage};

/// A KeyPackage of suite 0x004F has about 4 KiB with the longest credential.
const KEY_PACKAGE_BYTES: usize = 16 * 1024;

/// Whether this can be a KeyPackage.
pub(super) fn check_key_package(text: &str) -> Result<(), ProtocolError> {
    check(text, KEY_PACKAGE_BYTES)
}

/// Whether these can be MLS messages.
pub(super) fn check_mls(message: &MlsMessage) -> Result<(), ProtocolError> {
    match message {
        MlsMessage::Commit { commit, welcome, .. } => {
            check(commit, usize::MAX)?;
            welcome.as_ref().map_or(Ok(()), |welcome| check(welcome, usize::MAX))
        }
        MlsMessage::Application { message } => check(message, usize::MAX),
    }
}

/// Whether this can be application data. How long it may be is the node's.
pub(super) fn check_said(message: &str) -> Result<(), ProtocolError> {
    check(message, usize::MAX)
}

fn check(text: &str, longest: usize) -> Result<(), ProtocolError> {
    let holds = !text.is_empty() && text.len() <= longest && STANDARD.decode(text).is_ok();
    if holds { Ok(()) } else { Err(ErrorCode::Malformed.because("A byte string is not base64 or too long.")) }
}
