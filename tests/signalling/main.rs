//! The gateway as a client meets it: the built binary on free ports, spoken to over real TLS and WebSockets.
mod browser;
mod calls;
mod connection;
mod drill;
mod gateway;
mod killed;
mod media;
mod numbers;
mod pages;
mod passkeys;
mod permissions;
mod privacy;
mod process;
#[allow(dead_code, reason = "each test binary uses its part of the client")]
#[path = "../support/relay_client.rs"]
mod relay_client;
mod shift;
mod sign_in;
mod socket;
mod timeouts;
