//! The gateway as a client meets it: the built binary on free ports, spoken to over real TLS and WebSockets.
mod calls;
mod connection;
mod gateway;
mod pages;
mod privacy;
mod process;
mod sign_in;
mod socket;
