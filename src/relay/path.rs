//! A 5-tuple as one worker sees it.

use std::{
    fmt,
    hash::{Hash, Hasher},
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use super::exchange::MAX_PACKET;

/// Where packets come from and go to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Path {
    /// Over what.
    pub link: Link,
    /// The other end.
    pub remote: SocketAddr,
}

/// As few words as there are: this is hashed for each packet.
impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let link = match self.link {
            Link::Udp(at) => u64::from(at),
            Link::Tcp(connection) => connection.wrapping_add(1 << 8),
        };
        let ports = link << 16 | u64::from(self.remote.port());
        match self.remote.ip() {
            IpAddr::V4(ip) => state.write_u64(u64::from(u32::from(ip)) << 32 ^ ports),
            IpAddr::V6(ip) => {
                state.write_u128(u128::from(ip));
                state.write_u64(ports);
            }
        }
    }
}

/// The worker's end.
#[derive(Clone, Copy, PartialEq, Eq)]
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

    /// Sends the packet that `write` makes in the buffer from which it leaves, so that it is not copied again. The buffer
    /// holds [`super::exchange::MAX_PACKET`] bytes of whatever was there before; `write` gives the packet's length, or None
    /// for nothing to send.
    fn compose(&mut self, path: Path, write: impl FnOnce(&mut [u8; MAX_PACKET]) -> Option<usize>) {
        compose_apart(self, path, write);
    }

    /// The path is of no more use. A TCP connection is closed once what was sent is out.
    fn close(&mut self, path: Path);
}

/// [`Outbox::compose`] for where a packet cannot be written in the place from which it leaves.
pub fn compose_apart(
    out: &mut (impl Outbox + ?Sized),
    path: Path,
    write: impl FnOnce(&mut [u8; MAX_PACKET]) -> Option<usize>,
) {
    let mut packet = [0; MAX_PACKET];
    if let Some(packet) = write(&mut packet).and_then(|len| packet.get(..len)) {
        out.send(path, packet);
    }
}
