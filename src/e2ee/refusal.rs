//! Why a message was refused. The codes are the same in `web/src/e2ee/api.ts`.

use std::fmt;

/// The rule of `docs/e2ee.md` that was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalCode {
    /// A commit without a path.
    NoPath,
    /// A leaf that is neither the anonymous caller nor staff whom the authority signed for this key.
    UnsignedCredential,
    /// A staff credential or a KeyPackage that is not in force now.
    ExpiredCredential,
    /// A call with another number of callers than one.
    SecondCaller,
    /// A message from somebody who is not a member, or a handshake message that is not a PrivateMessage.
    External,
    /// A change of the group itself: GroupContextExtensions, ReInit, PSK.
    ContextOnly,
    /// A leaf that took another identity or signature key.
    IdentityChanged,
    /// A leaf swapped for one with another signature key.
    SwapKeyChanged,
    /// The caller removed without a swap.
    RemovedCaller,
    /// A message of another epoch: a replay, or one that lost a race.
    WrongEpoch,
    /// A message of another call's group, or of another suite.
    WrongGroup,
    /// A consultation with a caller or a third person in it. Only pages take part in consultations.
    NotAlone,
    /// This member itself was removed, by a commit that keeps the rules: its group is over.
    Removed,
    /// Anything that cannot be read, opened or verified.
    Malformed,
    /// A reveal that does not fit its commitment.
    WordsMismatch,
}

impl RefusalCode {
    /// All of them, in the order of `web/src/e2ee/api.ts`.
    pub const ALL: [Self; 15] = [
        Self::NoPath,
        Self::UnsignedCredential,
        Self::ExpiredCredential,
        Self::SecondCaller,
        Self::External,
        Self::ContextOnly,
        Self::IdentityChanged,
        Self::SwapKeyChanged,
        Self::RemovedCaller,
        Self::WrongEpoch,
        Self::WrongGroup,
        Self::NotAlone,
        Self::Removed,
        Self::Malformed,
        Self::WordsMismatch,
    ];

    /// The code as `web/src/e2ee/api.ts` writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoPath => "no-path",
            Self::UnsignedCredential => "unsigned-credential",
            Self::ExpiredCredential => "expired-credential",
            Self::SecondCaller => "second-caller",
            Self::External => "external",
            Self::ContextOnly => "context-only",
            Self::IdentityChanged => "identity-changed",
            Self::SwapKeyChanged => "swap-key-changed",
            Self::RemovedCaller => "removed-caller",
            Self::WrongEpoch => "wrong-epoch",
            Self::WrongGroup => "wrong-group",
            Self::NotAlone => "not-alone",
            Self::Removed => "removed",
            Self::Malformed => "malformed",
            Self::WordsMismatch => "words-mismatch",
        }
    }

    /// This code, with what was seen.
    pub(crate) fn because(self, detail: impl Into<String>) -> Refusal {
        Refusal { code: self, detail: detail.into() }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message refused; the group is as it was. The detail is for a log: it never holds a name, a key or a credential.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused ({code}): {detail}")]
pub struct Refusal {
    /// Which rule was broken.
    pub code: RefusalCode,
    /// What was seen.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_code_has_the_same_codes() {
        let api = include_str!("../../web/src/e2ee/api.ts");
        let (_, after) = api.split_once("export type RefusalCode =").unwrap();
        let (list, _) = after.split_once(';').unwrap();
        let theirs: Vec<&str> =
            list.lines().filter_map(|line| line.trim().strip_prefix("| '")?.split('\'').next()).collect();
        assert_eq!(theirs, RefusalCode::ALL.map(RefusalCode::as_str));
    }
}
