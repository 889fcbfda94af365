//! End-to-end encryption: one MLS member (RFC 9420), its frame keys (SFrame, RFC 9605), its safety words.
//!
//! Owns the formats of `docs/e2ee.md` on the Rust side; `web/src/e2ee` speaks the same. A leaf: it imports nothing else of
//! ours, and the relay never imports it. Time is an argument everywhere, with one exception that openmls makes: it compares
//! the lifetime of a KeyPackage that is added with the system's clock ([`member`]). openmls draws its own randomness.

pub mod authority;
pub mod credential;
pub mod keys;
pub mod member;
pub mod refusal;
pub mod sframe;
pub mod words;

pub use authority::{AuthorityKey, AuthorityPublicKey};
pub use credential::{Identity, Role, StaffGrant};
pub use keys::SigningKeys;
pub use member::{Applied, Epoch, Member, MemberOptions, PendingCommit, VerifiedMember, inspect_key_package};
pub use refusal::{Refusal, RefusalCode};
