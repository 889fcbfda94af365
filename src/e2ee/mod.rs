//!
//! Owns the formats of `docs/e2ee.md` on the Rust side; `web/src/e2ee` speaks the same. A leaf: it imports nothing else of
//! ours, and the relay never imports it. Time is an argument everywhere, with one exception that openmls makes: it compares

pub mod authority;
pub mod credential;
pub mod keys;
pub mod refusal;
pub mod sframe;
pub mod words;

pub use authority::{AuthorityKey, AuthorityPublicKey};
pub use credential::{Identity, Role, StaffGrant};
pub use keys::SigningKeys;
pub use refusal::{Refusal, RefusalCode};
