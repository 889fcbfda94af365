//! The last half second of what a leg has sent, sealed, for when the relay asks for a packet again (RFC 4585).

use std::time::{Duration, Instant};

/// A ring of packets. Each place keeps its buffer.
#[derive(Default)]
pub(super) struct History {
    packets: Vec<Entry>,
    next: usize,
}

struct Entry {
    sequence: u16,
    sent: Instant,
    /// When it was last sent again.
    again: Option<Instant>,
    packet: Vec<u8>,
}

impl History {
    /// Lets `write` write the next packet into an empty buffer, and keeps it if that succeeded.
    pub(super) fn put(
        &mut self,
        sequence: u16,
        now: Instant,
        write: impl FnOnce(&mut Vec<u8>) -> bool,
    ) -> Option<&[u8]> {
        if self.packets.len() < KEPT {
            self.packets.push(Entry { sequence, sent: now, again: None, packet: Vec::new() });
            self.next = self.packets.len() - 1;
        } else {
            self.next = (self.next + 1) % KEPT;
        }
        let entry = &mut self.packets[self.next];
        entry.packet.clear();
        if !write(&mut entry.packet) {
            entry.packet.clear();
            return None;
        }
        (entry.sequence, entry.sent, entry.again) = (sequence, now, None);
        Some(&entry.packet)
    }

    /// The packet of that number, unless it is too old to be of use or was repeated a moment ago.
    pub(super) fn again(&mut self, sequence: u16, now: Instant) -> Option<&[u8]> {
        let entry =
            self.packets.iter_mut().find(|entry| entry.sequence == sequence && !entry.packet.is_empty())?;
        let since = |at: Instant| now.saturating_duration_since(at);
        if since(entry.sent) > USEFUL || entry.again.is_some_and(|at| since(at) < PAUSE) {
            return None;
        }
        entry.again = Some(now);
        Some(&entry.packet)
    }
}

/// 500 ms of 20 ms frames.
const KEPT: usize = 25;
const USEFUL: Duration = Duration::from_millis(600);
/// A second question for the same packet before this is the same question.
const PAUSE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::epoch;

    fn put(history: &mut History, sequence: u16, at: Instant) {
        history.put(sequence, at, |packet| {
            packet.extend_from_slice(&sequence.to_be_bytes());
            true
        });
    }

    #[test]
    fn the_last_half_second_can_be_had_again() {
        let mut history = History::default();
        (0..40).for_each(|n| put(&mut history, n, epoch() + Duration::from_millis(20) * u32::from(n)));
        let now = epoch() + Duration::from_millis(800);
        assert_eq!(history.again(39, now), Some(&39_u16.to_be_bytes()[..]));
        assert_eq!(history.again(15, now), Some(&15_u16.to_be_bytes()[..]));
        assert_eq!(history.again(14, now), None, "no longer kept");
        assert_eq!(history.again(39, now), None, "the same question twice");
        assert!(history.again(39, now + Duration::from_millis(100)).is_some());
        assert_eq!(history.again(39, now + Duration::from_secs(1)), None, "too old to be of use");
    }

    #[test]
    fn a_packet_that_could_not_be_written_is_not_kept() {
        let mut history = History::default();
        assert_eq!(history.put(7, epoch(), |_| false), None);
        assert_eq!(history.again(7, epoch()), None);
    }
}
