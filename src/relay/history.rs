//! The last 500 ms of what one slot said, so that the relay answers NACKs itself.

use std::time::{Duration, Instant};

/// A ring of payloads in a fixed amount of memory.
pub struct History {
    bytes: Box<[u8]>,
    entries: Box<[Entry]>,
    /// Bytes ever written; `written % bytes.len()` is where the next payload goes.
    written: u64,
}

#[derive(Clone, Copy)]
struct Entry {
    index: u64,
    timestamp: u32,
    start: u64,
    len: usize,
    at: Option<Instant>,
}

impl History {
    /// An empty ring. This allocates; nothing later does.
    pub fn new() -> Self {
        let nothing = Entry { index: 0, timestamp: 0, start: 0, len: 0, at: None };
        Self { bytes: vec![0; BYTES].into(), entries: vec![nothing; ENTRIES].into(), written: 0 }
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
        self.entries[(index % ENTRIES as u64) as usize] =
            Entry { index, timestamp, start, len: payload.len(), at: Some(now) };
    }

    /// The timestamp and payload that were kept under `index`, unless they are too old or overwritten.
    pub fn get(&self, index: u64, now: Instant) -> Option<(u32, &[u8])> {
        let entry = &self.entries[(index % ENTRIES as u64) as usize];
        if entry.index != index
            || now.saturating_duration_since(entry.at?) > KEPT
            || self.written - entry.start > BYTES as u64
        {
            return None;
        }
        let at = (entry.start % BYTES as u64) as usize;
        Some((entry.timestamp, &self.bytes[at..at + entry.len]))
    }
}

/// How long a payload can be asked for again.
pub const KEPT: Duration = Duration::from_millis(500);
/// 500 ms of Opus at its highest bit rate.
const BYTES: usize = 32 * 1024;
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
            history.put(index, 0, &[index as u8; 1_200], epoch());
        }
        let kept: Vec<_> = (0..60).filter(|index| history.get(*index, epoch()).is_some()).collect();
        assert!(kept.len() >= 20 && kept.last() == Some(&59), "{kept:?}");
        for index in kept {
            assert_eq!(history.get(index, epoch()), Some((0, &[index as u8; 1_200][..])));
        }
    }

    #[test]
    fn a_payload_that_would_crowd_out_all_others_is_not_kept() {
        let mut history = History::new();
        history.put(1, 0, &[0; BYTES], epoch());
        assert_eq!(history.get(1, epoch()), None);
    }
}
