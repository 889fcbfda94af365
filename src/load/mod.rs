//! Load: many synthetic clients against a gateway, over modelled networks, and what that showed.
//!
//! A [`scenario`] becomes a [`plan`] (pure, by seed); [`conduct`] carries it out with swarms of clients
//! ([`crate::client::swarm`]), which are reached over the models of [`network`]; [`figures`] and [`processes`] measure; [`report`] shows.
//! [`gateway`] starts a gateway to be put under load, [`metrics`] asks another what it uses, [`staff`] keeps synthetic counsellors.
//! [`drill`] is not load, but made of the same clients: callers whom people practise with.
//!
//! May import `client`, `audio`, `e2ee`, `proto`, `core::ids`, `private_file` and `toml_file`. Reads the clock in `conduct` and `drill` only.

pub mod conduct;
pub mod drill;
pub mod figures;
pub mod gateway;
pub mod metrics;
pub mod network;
pub mod plan;
pub mod processes;
pub mod progress;
pub mod report;
pub mod scenario;
pub mod staff;
