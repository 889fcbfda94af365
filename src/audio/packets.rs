//! The packet buffer: frames that have arrived and are not yet decoded, by media time, in a fixed amount of memory.
//!
//! Payloads live in chunks of one pool, so that neither a burst nor a hostile sender makes it grow. When the pool or the
//! table is full, the oldest frames go: they are the ones whose time has passed or is about to.

/// Frames held at most.
pub const CAPACITY: usize = 160;
/// Bytes in a chunk. A 20 ms frame at 32 kbit/s fills two.
const CHUNK: usize = 40;
/// Chunks in the pool: 11 KiB of payload, 2.8 s at 32 kbit/s.
const CHUNKS: usize = 284;
/// The longest payload kept; an Opus frame has at most 1,275 bytes (RFC 6716 section 3.2.1), a packet may have several.
pub const MAX_PAYLOAD: usize = 1_500;

const NONE: u16 = u16::MAX;

/// A frame in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Media time of its first sample, samples at 48 kHz, unwrapped.
    pub start: i64,
    /// Its samples.
    pub samples: u32,
    /// Its RTP sequence number.
    pub sequence: u16,
    /// Whether it carries an LBRR copy of the frame before it.
    pub lbrr: bool,
    length: u16,
    first: u16,
}

/// A frame to be kept.
#[derive(Debug, Clone, Copy)]
pub struct Arrived<'a> {
    /// As in [`Held`].
    pub start: i64,
    /// As in [`Held`].
    pub samples: u32,
    /// As in [`Held`].
    pub sequence: u16,
    /// As in [`Held`].
    pub lbrr: bool,
    /// The Opus packet; empty when muted.
    pub payload: &'a [u8],
}

impl Held {
    /// Whether it says only that nothing is said: no payload, or the table of contents alone (Opus DTX).
    pub fn is_silent(&self) -> bool {
        self.length <= 2
    }

    /// Media time just after its last sample.
    pub fn end(&self) -> i64 {
        self.start + i64::from(self.samples)
    }
}

/// What became of an inserted frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inserted {
    /// Kept.
    Kept,
    /// There was one for that time already.
    Duplicate,
    /// Larger than a packet can be.
    TooLarge,
}

/// See the module.
#[derive(Debug)]
pub struct PacketBuffer {
    /// Ascending by `start`.
    held: Vec<Held>,
    pool: Box<[[u8; CHUNK]]>,
    next: Box<[u16]>,
    free: u16,
    free_count: usize,
    /// Frames thrown away because the buffer was full.
    pub overflowed: u64,
}

impl Default for PacketBuffer {
    fn default() -> Self {
        let mut next: Box<[u16]> = (1..=CHUNKS as u16).collect();
        next[CHUNKS - 1] = NONE;
        Self {
            held: Vec::with_capacity(CAPACITY),
            pool: vec![[0; CHUNK]; CHUNKS].into_boxed_slice(),
            next,
            free: 0,
            free_count: CHUNKS,
            overflowed: 0,
        }
    }
}

impl PacketBuffer {
    /// Keeps a frame. Never allocates.
    pub fn insert(&mut self, frame: Arrived<'_>) -> Inserted {
        let Arrived { start, samples, sequence, lbrr, payload } = frame;
        if payload.len() > MAX_PAYLOAD {
            return Inserted::TooLarge;
        }
        if self.find(start).is_ok() {
            return Inserted::Duplicate;
        }
        let wanted = payload.len().div_ceil(CHUNK);
        while self.held.len() == CAPACITY || self.free_count < wanted {
            self.remove(0);
            self.overflowed += 1;
        }
        let first = self.store(payload);
        let at = self.find(start).unwrap_or_else(|at| at);
        self.held.insert(at, Held { start, samples, sequence, lbrr, length: payload.len() as u16, first });
        Inserted::Kept
    }

    /// The frames held, ascending by media time.
    pub fn frames(&self) -> &[Held] {
        &self.held
    }

    /// The first frame that ends after `time`.
    pub fn first_after(&self, time: i64) -> Option<&Held> {
        self.held.get(self.held.partition_point(|held| held.end() <= time))
    }

    /// Copies the payload of `held` to `out` and returns it. `out` has room for `MAX_PAYLOAD` bytes.
    pub fn payload<'a>(&self, held: &Held, out: &'a mut [u8; MAX_PAYLOAD]) -> &'a [u8] {
        let length = usize::from(held.length);
        let mut chunk = held.first;
        for part in out[..length].chunks_mut(CHUNK) {
            part.copy_from_slice(&self.pool[usize::from(chunk)][..part.len()]);
            chunk = self.next[usize::from(chunk)];
        }
        &out[..length]
    }

    /// Forgets the frames that end at or before `time`; returns how many.
    pub fn forget_before(&mut self, time: i64) -> usize {
        let gone = self.held.partition_point(|held| held.end() <= time);
        for _ in 0..gone {
            self.remove(0);
        }
        gone
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        while !self.held.is_empty() {
            self.remove(self.held.len() - 1);
        }
    }

    fn find(&self, start: i64) -> Result<usize, usize> {
        // Frames come nearly in order: look from the back.
        let at = self.held.iter().rposition(|held| held.start <= start);
        match at {
            Some(at) if self.held[at].start == start => Ok(at),
            Some(at) => Err(at + 1),
            None => Err(0),
        }
    }

    fn store(&mut self, payload: &[u8]) -> u16 {
        if payload.is_empty() {
            return NONE;
        }
        let first = self.free;
        let mut last = NONE;
        for part in payload.chunks(CHUNK) {
            let chunk = self.free;
            self.pool[usize::from(chunk)][..part.len()].copy_from_slice(part);
            self.free = self.next[usize::from(chunk)];
            self.free_count -= 1;
            last = chunk;
        }
        self.next[usize::from(last)] = NONE;
        first
    }

    fn remove(&mut self, at: usize) {
        let held = self.held.remove(at);
        let mut chunk = held.first;
        while chunk != NONE {
            let next = self.next[usize::from(chunk)];
            self.next[usize::from(chunk)] = self.free;
            self.free = chunk;
            self.free_count += 1;
            chunk = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(buffer: &mut PacketBuffer, start: i64, samples: u32, payload: &[u8]) -> Inserted {
        buffer.insert(Arrived { start, samples, sequence: 0, lbrr: false, payload })
    }

    fn payloads(buffer: &PacketBuffer) -> Vec<Vec<u8>> {
        let mut scratch = [0; MAX_PAYLOAD];
        buffer.frames().iter().map(|held| buffer.payload(held, &mut scratch).to_vec()).collect()
    }

    #[test]
    fn frames_come_out_in_media_order_with_their_payloads() {
        let mut buffer = PacketBuffer::default();
        for (start, length) in [(960, 80), (0, 47), (1920, 48), (2880, 1275), (480, 1)] {
            assert_eq!(insert(&mut buffer, start, 480, &vec![start as u8; length]), Inserted::Kept);
        }
        assert_eq!(insert(&mut buffer, 960, 480, &[1]), Inserted::Duplicate);
        let starts: Vec<_> = buffer.frames().iter().map(|held| held.start).collect();
        assert_eq!(starts, [0, 480, 960, 1920, 2880]);
        assert_eq!(payloads(&buffer)[4], vec![2880_i64 as u8; 1275]);
        assert_eq!(buffer.first_after(961).map(|held| held.start), Some(960));
        assert_eq!(buffer.forget_before(960), 2);
        assert_eq!(buffer.frames().len(), 3);
    }

    #[test]
    fn a_full_buffer_loses_its_oldest_frames_and_no_memory() {
        let mut buffer = PacketBuffer::default();
        for start in 0..5_000 {
            insert(&mut buffer, start * 960, 960, &[start as u8; 100]);
            assert!(buffer.frames().len() <= CAPACITY);
        }
        assert_eq!(buffer.frames().last().map(|held| held.start), Some(4_999 * 960));
        buffer.clear();
        assert_eq!(buffer.free_count, CHUNKS);
    }

    #[test]
    fn an_empty_payload_is_kept_and_an_oversized_one_not() {
        let mut buffer = PacketBuffer::default();
        assert_eq!(insert(&mut buffer, 0, 960, &[]), Inserted::Kept);
        assert_eq!(payloads(&buffer), [Vec::<u8>::new()]);
        assert_eq!(insert(&mut buffer, 960, 960, &[0; MAX_PAYLOAD + 1]), Inserted::TooLarge);
        assert_eq!(buffer.forget_before(960), 1);
        assert_eq!(buffer.free_count, CHUNKS);
    }
}
