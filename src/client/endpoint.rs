//! One person's side of the service, without sockets or clock.

use std::{fmt, time::Instant};

use super::{
    event::{Command, Output, PathId},
    options::EndpointOptions,
    stats::{Moments, Stats},
};

/// See the module. Call [`Endpoint::poll`] until it gives nothing after each input.
pub struct Endpoint {
    options: EndpointOptions,
    started: Instant,
    wall_ms: u64,
    stats: Stats,
    moments: Moments,
}

impl Endpoint {
    /// An endpoint that does nothing until its first command. `wall_ms` is the time since 1970 at `now`.
    pub fn new(options: EndpointOptions, now: Instant, wall_ms: u64) -> Self {
        Self { options, started: now, wall_ms, stats: Stats::default(), moments: Moments::default() }
    }

    /// Takes a command.
    pub fn command(&mut self, _now: Instant, _command: Command) {}

    /// The signalling socket is open.
    pub fn socket_opened(&mut self, _now: Instant) {}

    /// A text message came on it.
    pub fn socket_text(&mut self, _now: Instant, _text: &str) {}

    /// It is closed, or could not be opened.
    pub fn socket_closed(&mut self, _now: Instant) {}

    /// A datagram came to a local address. It is opened in place.
    pub fn datagram(&mut self, _now: Instant, _path: PathId, _packet: &mut [u8]) {}

    /// Does what is due.
    pub fn tick(&mut self, _now: Instant) {}

    /// When [`Endpoint::tick`] is next due.
    pub fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Output<'_>> {
        None
    }

    /// What was counted so far.
    pub fn stats(&mut self) -> &Stats {
        &self.stats
    }

    /// When the steps of the present or last call were reached.
    pub fn moments(&self) -> &Moments {
        &self.moments
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({:?}, {:?}, {})", self.options, self.started, self.wall_ms)
    }
}
