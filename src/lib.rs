//! quietline: a secure voice gateway for people in crisis.
//!
//! A caller's browser reaches a counsellor's browser through one binary: a signalling server (`signalling`, `node`,
//! `core`, `store`) and a media relay (`relay`) that carries only ciphertext. See `docs/architecture.md`.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod config;
pub mod cli;
pub mod core;
pub mod node;
pub mod e2ee;
pub mod legtoken;
pub mod proto;
pub mod store;
pub mod relay;
