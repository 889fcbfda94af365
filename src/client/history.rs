//! The last half second of what a leg has sent, sealed, for when the relay asks for a packet again (RFC 4585).

use std::time::{Duration, Instant};

/// A ring of packets, in one piece of memory.
#[derive(Default)]
pub(super) struct History {
    /// `KEPT` places of `place` bytes.
    bytes: Vec<u8>,
    /// As long as the longest packet so far, rounded up.
    place: usize,
    entries: Vec<Entry>,
    /// Where the next packet goes.
    next: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    sequence: u16,
    len: u16,
    sent: Instant,
    /// When it was last sent again.
    again: Option<Instant>,
}

impl History {
    /// Keeps a packet.
    pub(super) fn put(&mut self, sequence: u16, now: Instant, packet: &[u8]) {
        let Ok(len) = u16::try_from(packet.len()) else { return };
        if packet.len() > self.place {
            // Packets are of one length, but for a change of the encoder's: what was kept before that is given up.
            self.place = packet.len().next_multiple_of(ROUND);
            self.bytes = vec![0; KEPT * self.place];
            self.entries = Vec::with_capacity(KEPT);
            self.next = 0;
        }
        let entry = Entry { sequence, len, sent: now, again: None };
        match self.entries.get_mut(self.next) {
            Some(kept) => *kept = entry,
            None => self.entries.push(entry),
        }
        let at = self.next * self.place;
        self.bytes[at..at + packet.len()].copy_from_slice(packet);
        self.next = (self.next + 1) % KEPT;
    }

    /// See [`Endpoint::warm`](super::endpoint::Endpoint::warm): the place of the next packet.
    pub(super) fn warm(&self) -> u64 {
        let at = self.next * self.place;
        let place = self.bytes.get(at..at + self.place).unwrap_or_default();
        let entry = self.entries.get(self.next).map_or(0, |entry| entry.sequence);
        u64::from(entry) ^ place.iter().step_by(64).fold(0, |sum, byte| sum ^ u64::from(*byte))
    }

    /// The packet with this number, if it is worth sending again.
    pub(super) fn again(&mut self, sequence: u16, now: Instant) -> Option<&[u8]> {
        let at = self.entries.iter().position(|entry| entry.sequence == sequence)?;
        let entry = &mut self.entries[at];
        let since = |at: Instant| now.saturating_duration_since(at);
        if since(entry.sent) > USEFUL || entry.again.is_some_and(|at| since(at) < PAUSE) {
            return None;
        }
        entry.again = Some(now);
        self.bytes[at * self.place..].get(..usize::from(entry.len))
    }
}

/// Half a second of packets of 20 ms.
const KEPT: usize = 25;
/// Places are multiples of so many bytes.
const ROUND: usize = 32;
/// An older packet comes too late to be played.
const USEFUL: Duration = Duration::from_millis(600);
/// A question that was on its way with the answer is not answered twice.
const PAUSE: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::testing::epoch;

    fn put(history: &mut History, sequence: u16, at: Instant) {
        history.put(sequence, at, &sequence.to_be_bytes());
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
    fn packets_may_grow_longer_and_shorter() {
        let mut history = History::default();
        put(&mut history, 1, epoch());
        history.put(2, epoch(), &[7; 200]);
        put(&mut history, 3, epoch());
        assert_eq!(history.again(2, epoch()), Some(&[7; 200][..]));
        assert_eq!(history.again(3, epoch()), Some(&3_u16.to_be_bytes()[..]));
    }
}
