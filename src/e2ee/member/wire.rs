//! Reads and writes MLSMessages (RFC 9420, section 6), and says what is wrong with those that openmls refuses.

use openmls::prelude::{
    ContentType, MlsGroup, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, PrivateMessageIn,
    ProcessMessageError, ProtocolMessage, StageCommitError, ValidationError, Welcome,
    tls_codec::{DeserializeBytes as _, Serialize as _},
};

use crate::e2ee::refusal::{Refusal, RefusalCode};

/// Longest message that is read, in bytes. A Welcome into a full call, with ML-KEM keys and four credentials, has a quarter.
const MAX_MESSAGE: usize = 64 * 1024;

/// What a PrivateMessage is expected to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Commit,
    Application,
}

pub(super) fn write(message: MlsMessageOut) -> Result<Vec<u8>, Refusal> {
    message.tls_serialize_detached().map_err(|error| super::failed("a message", error))
}

pub(super) fn read(bytes: &[u8]) -> Result<MlsMessageBodyIn, Refusal> {
    if bytes.len() > MAX_MESSAGE {
        return Err(RefusalCode::Malformed.because("a message that is too long"));
    }
    MlsMessageIn::tls_deserialize_exact_bytes(bytes)
        .map(MlsMessageIn::extract)
        .map_err(|_| RefusalCode::Malformed.because("bytes that are no MLS message"))
}

pub(super) fn read_welcome(bytes: &[u8]) -> Result<Welcome, Refusal> {
    match read(bytes)? {
        MlsMessageBodyIn::Welcome(welcome) => Ok(welcome),
        _ => Err(RefusalCode::Malformed.because("a message that is no Welcome")),
    }
}

/// Reads a PrivateMessage of the group's present epoch. What its outside says is not authentic, but a message that is of
/// another group, epoch or kind even by its own account need not be opened to be refused.
pub(super) fn read_private(
    bytes: &[u8],
    group: &MlsGroup,
    content: Content,
) -> Result<PrivateMessageIn, Refusal> {
    let message = match read(bytes)? {
        MlsMessageBodyIn::PrivateMessage(message) => message,
        MlsMessageBodyIn::PublicMessage(_) => {
            return Err(RefusalCode::External.because("a PublicMessage: members send PrivateMessages"));
        }
        _ => return Err(RefusalCode::Malformed.because("a message of another kind")),
    };
    let outside = ProtocolMessage::from(message.clone());
    if outside.group_id() != group.group_id() {
        return Err(RefusalCode::WrongGroup.because("a message of another group"));
    }
    if outside.epoch() != group.epoch() {
        return Err(RefusalCode::WrongEpoch.because(format!(
            "a message of epoch {} in epoch {}",
            outside.epoch().as_u64(),
            group.epoch().as_u64()
        )));
    }
    match (outside.content_type(), content) {
        (ContentType::Commit, Content::Commit) | (ContentType::Application, Content::Application) => {
            Ok(message)
        }
        (ContentType::Proposal, _) => Err(RefusalCode::Malformed.because("a proposal on its own")),
        _ => Err(RefusalCode::Malformed.because("a message of another content type")),
    }
}

/// The rule that a message broke which openmls refused.
pub(super) fn refusal_of<E: std::fmt::Display>(error: &ProcessMessageError<E>) -> Refusal {
    use openmls::{prelude::KeyPackageVerifyError, treesync::errors::LeafNodeValidationError};

    let code = match error {
        ProcessMessageError::InvalidCommit(StageCommitError::RequiredPathNotFound)
        | ProcessMessageError::ValidationError(ValidationError::NoPath) => RefusalCode::NoPath,
        ProcessMessageError::InvalidCommit(
            StageCommitError::GroupContextExtensionsProposalValidationError(_),
        ) => RefusalCode::ContextOnly,
        ProcessMessageError::InvalidCommit(StageCommitError::PskError(_)) => RefusalCode::ContextOnly,
        ProcessMessageError::InvalidCommit(StageCommitError::EpochMismatch)
        | ProcessMessageError::ValidationError(ValidationError::WrongEpoch) => RefusalCode::WrongEpoch,
        ProcessMessageError::ValidationError(
            ValidationError::WrongGroupId | ValidationError::InvalidAddProposalCiphersuite,
        ) => RefusalCode::WrongGroup,
        ProcessMessageError::ValidationError(ValidationError::KeyPackageVerifyError(
            KeyPackageVerifyError::LifetimeError(_),
        ))
        | ProcessMessageError::InvalidCommit(StageCommitError::LeafNodeValidation(
            LeafNodeValidationError::Lifetime(_),
        )) => RefusalCode::ExpiredCredential,
        ProcessMessageError::UnauthorizedExternalCommitMessage
        | ProcessMessageError::ValidationError(ValidationError::UnauthorizedExternalSender) => {
            RefusalCode::External
        }
        _ => RefusalCode::Malformed,
    };
    code.because(error.to_string())
}
