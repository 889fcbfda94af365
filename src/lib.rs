//! quietline: a secure voice gateway for people in crisis.
//!
//! A caller's browser reaches a counsellor's browser through one binary: a signalling server (`signalling`, `node`,
//! `core`, `store`) and a media relay (`relay`) that carries only ciphertext. See `docs/architecture.md`.

// Only `audio::codec` may: it calls libopus, whose decoder has no safe interface with deep concealment.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod audio;
pub mod cli;
pub mod client;
pub mod config;
pub mod core;
pub mod e2ee;
pub mod first_name;
pub mod legtoken;
pub mod load;
pub mod node;
pub mod private_file;
pub mod proto;
pub mod relay;
pub mod signalling;
pub mod store;
pub mod telemetry;
pub mod toml_file;
