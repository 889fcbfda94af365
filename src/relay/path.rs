//! A 5-tuple as one worker sees it.

use std::{
    fmt,
    net::SocketAddr,
    time::{Duration, Instant},
};

/// Where packets come from and go to.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Path {
    /// Over what.
    pub link: Link,
    /// The other end.
    pub remote: SocketAddr,
}

/// The worker's end.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Link {
    /// The worker's UDP socket of that number.
    Udp(u8),
    /// A TCP connection. Numbers are not used again.
    Tcp(u64),
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.link {
            Link::Udp(_) => "Path(udp, redacted)",
            Link::Tcp(_) => "Path(tcp, redacted)",
        })
    }
}

/// The present moment. Read by the socket loop, or made up by a test.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Never goes back.
    pub at: Instant,
    /// Since 1970, for token expiry and sender reports.
    pub unix: Duration,
}

/// Where packets leave. A full buffer drops them: the relay never waits.
pub trait Outbox {
    /// Sends a packet.
    fn send(&mut self, path: Path, packet: &[u8]);

    /// The path is of no more use. A TCP connection is closed once what was sent is out.
    fn close(&mut self, path: Path);
}
