//! Native endpoints against the built gateway.

#[path = "../signalling/browser.rs"]
#[allow(dead_code, reason = "the signalling tests need the rest of it")]
mod browser;
mod calls;
mod carriers;
mod drills;
#[path = "../signalling/gateway.rs"]
#[allow(dead_code, reason = "the signalling tests need the rest of it")]
mod gateway;
mod signalling_dies;
#[path = "../signalling/socket.rs"]
#[allow(dead_code, reason = "the signalling tests need the rest of it")]
mod socket;
mod stage;
