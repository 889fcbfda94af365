//! What one slot of a call sounds like to the others: one SSRC with unbroken sequence numbers and timestamps, whichever
//! connection feeds it.

use std::time::{Duration, Instant};

use super::{history::History, replay::extend};

/// One connection's one source. The greater one is the newer and wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// In which order the leg completed its handshake.
    pub leg: u64,
    /// In which order the source appeared on the leg.
    pub nth: usize,
}

/// The stream of one slot. It lives as long as its call, so that an index never comes twice with different contents: the
/// index makes the nonce under which it is sealed for each listener.
pub struct Stream {
    /// The SSRC under which all listeners hear it.
    pub ssrc: u32,
    feed: Option<Feed>,
    /// The index that follows the highest one given out.
    next: u64,
    last_timestamp: u32,
    last_at: Option<Instant>,
    history: History,
}

struct Feed {
    source: Source,
    incoming: u64,
    outgoing: u64,
    timestamp_offset: u32,
}

/// Where a packet goes in the outgoing stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Extended sequence number.
    pub index: u64,
    /// Timestamp, samples at 48 kHz.
    pub timestamp: u32,
}

impl Stream {
    /// Something of what the next packet will need: see `Exchange::look_ahead`.
    pub fn look(&self) -> u64 {
        self.history.look(self.next)
    }

    /// A stream that nobody has fed.
    pub fn new(ssrc: u32) -> Self {
        Self { ssrc, feed: None, next: 0, last_timestamp: 0, last_at: None, history: History::new() }
    }

    /// Finds the place of a packet and keeps its payload. None where the packet comes from a source that a newer one has
    /// replaced, or from before the source began to feed.
    pub fn accept(
        &mut self,
        source: Source,
        index: u64,
        timestamp: u32,
        payload: &[u8],
        now: Instant,
    ) -> Option<Place> {
        let feed = match &mut self.feed {
            Some(feed) if feed.source > source => return None,
            Some(feed)
                if feed.source == source
                    && index < feed.incoming + (self.next - feed.outgoing) + MAX_JUMP =>
            {
                feed
            }
            _ => {
                let (outgoing, start) = match self.last_at {
                    None => (index & 0x3fff, timestamp),
                    Some(at) => {
                        let silent =
                            now.saturating_duration_since(at).max(FRAME).min(Duration::from_secs(3_600));
                        let samples = (silent.as_micros() * 48 / 1_000) as u32;
                        (self.next, self.last_timestamp.wrapping_add(samples))
                    }
                };
                self.next = outgoing;
                self.feed.insert(Feed {
                    source,
                    incoming: index,
                    outgoing,
                    timestamp_offset: start.wrapping_sub(timestamp),
                })
            }
        };
        let place = Place {
            index: feed.outgoing + index.checked_sub(feed.incoming)?,
            timestamp: timestamp.wrapping_add(feed.timestamp_offset),
        };
        if place.index >= self.next {
            self.next = place.index + 1;
            self.last_timestamp = place.timestamp;
            self.last_at = Some(now);
        }
        self.history.put(place.index, place.timestamp, payload, now);
        Some(place)
    }

    /// A payload of the last 500 ms, by the sequence number under which listeners know it.
    pub fn recall(&self, sequence: u16, now: Instant) -> Option<(Place, &[u8])> {
        let index = extend(self.next.checked_sub(1)?, sequence)?;
        let (timestamp, payload) = self.history.get(index, now)?;
        Some((Place { index, timestamp }, payload))
    }

    /// The timestamp that a packet sent now would have, for sender reports. None before the first packet.
    pub fn timestamp_at(&self, now: Instant) -> Option<u32> {
        let silent = now.saturating_duration_since(self.last_at?).min(Duration::from_secs(3_600));
        Some(self.last_timestamp.wrapping_add((silent.as_micros() * 48 / 1_000) as u32))
    }
}

/// A source that leaps this many packets ahead begins anew, so that nobody can wind the index on at will.
const MAX_JUMP: u64 = 1_000;
const FRAME: Duration = Duration::from_millis(20);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::testing::epoch;

    const OLD: Source = Source { leg: 1, nth: 0 };
    const NEW: Source = Source { leg: 2, nth: 0 };

    fn ms(ms: u64) -> Instant {
        epoch() + Duration::from_millis(ms)
    }

    #[test]
    fn a_reconnected_sender_goes_on_where_the_old_connection_stopped() {
        let mut stream = Stream::new(1);
        let first = stream.accept(OLD, 100, 5_000, b"a", ms(0)).unwrap();
        let second = stream.accept(OLD, 101, 5_960, b"b", ms(20)).unwrap();
        let third = stream.accept(NEW, 40_000, 77, b"c", ms(120)).unwrap();
        assert_eq!(second, Place { index: first.index + 1, timestamp: first.timestamp + 960 });
        assert_eq!(third, Place { index: first.index + 2, timestamp: second.timestamp + 4_800 });
        assert_eq!(stream.accept(OLD, 102, 6_920, b"late", ms(130)), None);
    }

    #[test]
    fn a_lost_packet_leaves_a_gap_and_fits_into_it_when_it_comes_late() {
        let mut stream = Stream::new(1);
        let first = stream.accept(OLD, 10, 0, b"a", ms(0)).unwrap();
        let third = stream.accept(OLD, 12, 1_920, b"c", ms(40)).unwrap();
        let second = stream.accept(OLD, 11, 960, b"b", ms(60)).unwrap();
        assert_eq!((second.index, third.index), (first.index + 1, first.index + 2));
        assert_eq!(stream.recall(second.index as u16, ms(70)), Some((second, &b"b"[..])));
    }

    #[test]
    fn packets_from_before_a_feed_began_never_take_an_index_that_was_used() {
        let mut stream = Stream::new(1);
        stream.accept(OLD, 10, 0, b"a", ms(0)).unwrap();
        stream.accept(NEW, 500, 0, b"b", ms(20)).unwrap();
        assert_eq!(stream.accept(NEW, 499, 0, b"c", ms(21)), None);
    }

    #[test]
    fn a_leap_does_not_wind_the_index_on() {
        let mut stream = Stream::new(1);
        let first = stream.accept(OLD, 10, 0, b"a", ms(0)).unwrap();
        let leapt = stream.accept(OLD, 60_000, 0, b"b", ms(20)).unwrap();
        assert_eq!(leapt.index, first.index + 1);
    }
}
