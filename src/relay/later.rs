//! What media does not wait for: connectivity checks and handshakes, which cost up to a hundred times as much as a packet of
//! audio. They wait for the end of a round, are dealt with for a bounded time, and are sent again by whoever is not answered.

use std::collections::VecDeque;

use super::{path::Path, rtp::Kind};

/// Packets that wait.
pub struct Later {
    waiting: VecDeque<(Path, Box<[u8]>)>,
    dropped: u64,
}

impl Later {
    /// None.
    pub fn new() -> Self {
        Self { waiting: VecDeque::new(), dropped: 0 }
    }

    /// Keeps the packet, if it is of that kind and there is room. Gives whether it is of that kind.
    pub fn keep(&mut self, path: Path, packet: &[u8]) -> bool {
        let waits = matches!(Kind::of(packet), Kind::Stun | Kind::Dtls);
        if waits && self.waiting.len() < MAX_WAITING {
            self.waiting.push_back((path, packet.into()));
        } else {
            self.dropped += u64::from(waits);
        }
        waits
    }

    /// The one that has waited longest.
    pub fn next(&mut self) -> Option<(Path, Box<[u8]>)> {
        self.waiting.pop_front()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many there was no room for.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// 500 legs that reconnect at once have their first flights here together. At most 1.5 MiB.
const MAX_WAITING: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::path::Link;

    #[test]
    fn only_checks_and_handshakes_wait_in_their_order_and_no_more_than_there_is_room_for() {
        let path = Path { link: Link::Udp(0), remote: ([192, 0, 2, 1], 1).into() };
        let mut later = Later::new();
        assert!(
            !later.keep(path, &[128, 111]) && !later.keep(path, &[128, 200]) && !later.keep(path, &[255])
        );
        assert!(later.is_empty());
        for n in 0..=MAX_WAITING {
            assert!(later.keep(path, &[[0, 1], [22, 254]][n % 2]));
        }
        assert_eq!(later.dropped(), 1);
        assert_eq!(later.next().map(|(_, packet)| packet[0]), Some(0));
        assert_eq!(later.next().map(|(_, packet)| packet[0]), Some(22));
        assert_eq!(std::iter::from_fn(|| later.next()).count(), MAX_WAITING - 2);
    }
}
