//! The last 500 ms of what one slot said, so that the relay answers NACKs itself.

use std::time::{Duration, Instant};

/// A ring of payloads in a fixed amount of memory: there are two for each call, so that their size is most of what a call costs.
pub struct History {
    bytes: Box<[u8]>,
    entries: Box<[Entry]>,
    /// Bytes ever written; `written % bytes.len()` is where the next payload goes.
    written: u64,
    /// What the entries' moments count from: when the first payload was kept.
    origin: Option<Instant>,
}

/// Small, because there are many: what comes round does so only after entries are long overwritten.
#[derive(Clone, Copy)]
struct Entry {
    /// The low bits of the extended sequence number.
    index: u32,
    /// The low bits of how many bytes had been written before.
    start: u32,
    timestamp: u32,
    /// Milliseconds since the origin.
    at: u32,
    /// No payload is empty, so that 0 says that nothing is kept.
    len: u16,
}

impl History {
    /// An empty ring. This allocates; nothing later does.
    pub fn new() -> Self {
        let nothing = Entry { index: 0, start: 0, timestamp: 0, at: 0, len: 0 };
        Self {
            bytes: vec![0; BYTES].into(),
            entries: vec![nothing; ENTRIES].into(),
            written: 0,
            origin: None,
        }
    }

    /// Something of where the payload with this index will go.
    pub fn look(&self, index: u64) -> u64 {
        let at = (self.written % BYTES as u64) as usize;
        let place = self.bytes[at..].iter().step_by(64).take(3).fold(0, |sum, byte| sum ^ byte);
        u64::from(self.entries[(index % ENTRIES as u64) as usize].len) ^ u64::from(place)
    }

    /// Keeps a payload under its extended sequence number.
    pub fn put(&mut self, index: u64, timestamp: u32, payload: &[u8], now: Instant) {
        if payload.len() > BYTES / 4 {
            return;
        }
        let room = BYTES - (self.written % BYTES as u64) as usize;
        let start = if payload.len() <= room { self.written } else { self.written + room as u64 };
        let at = (start % BYTES as u64) as usize;
        self.bytes[at..at + payload.len()].copy_from_slice(payload);
        self.written = start + payload.len() as u64;
        let at = millis(*self.origin.get_or_insert(now), now);
        self.entries[(index % ENTRIES as u64) as usize] =
            Entry { index: index as u32, start: start as u32, timestamp, at, len: payload.len() as u16 };
    }

    /// The timestamp and payload that were kept under `index`, unless they are too old or overwritten.
    pub fn get(&self, index: u64, now: Instant) -> Option<(u32, &[u8])> {
        let entry = &self.entries[(index % ENTRIES as u64) as usize];
        // Both were written while the entry was, so that their distance is small and its low bits tell all of it.
        let since = (self.written as u32).wrapping_sub(entry.start);
        if entry.index != index as u32
            || entry.len == 0
            || millis(self.origin?, now).wrapping_sub(entry.at) > KEPT.as_millis() as u32
            || since as usize > BYTES
        {
            return None;
        }
        let at = ((self.written - u64::from(since)) % BYTES as u64) as usize;
        Some((entry.timestamp, &self.bytes[at..at + usize::from(entry.len)]))
    }
}

fn millis(from: Instant, to: Instant) -> u32 {
    to.saturating_duration_since(from).as_millis() as u32
}

/// How long a payload can be asked for again.
pub const KEPT: Duration = Duration::from_millis(500);
/// 500 ms of sealed Opus at 64 kbit/s, half as much again as clients send; of fatter streams less than 500 ms is kept.
const BYTES: usize = 4 * 1024;
/// 500 ms of frames of 10 ms, rounded up.
const ENTRIES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::testing::epoch;

    #[test]
    fn a_payload_can_be_had_again_for_half_a_second() {
        let mut history = History::new();
        history.put(7, 960, b"sealed", epoch());
        assert_eq!(history.get(7, epoch() + KEPT), Some((960, &b"sealed"[..])));
        assert_eq!(history.get(7, epoch() + KEPT + Duration::from_millis(1)), None);
        assert_eq!(history.get(8, epoch()), None);
        assert_eq!(history.get(0, epoch()), None);
    }

    #[test]
    fn what_was_overwritten_is_not_given() {
        let mut history = History::new();
        for index in 0..60u64 {
            history.put(index, 0, &[index as u8; 300], epoch());
        }
        let kept: Vec<_> = (0..60).filter(|index| history.get(*index, epoch()).is_some()).collect();
        assert!(kept.len() >= 12 && kept.last() == Some(&59), "{kept:?}");
        for index in kept {
            assert_eq!(history.get(index, epoch()), Some((0, &[index as u8; 300][..])));
        }
    }

    #[test]
    fn a_payload_that_would_crowd_out_all_others_is_not_kept() {
        let mut history = History::new();
        history.put(1, 0, &[0; BYTES], epoch());
        assert_eq!(history.get(1, epoch()), None);
    }
}
