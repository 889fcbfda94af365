//! What an endpoint counts. All of it can be added up over many endpoints.

use std::time::{Duration, Instant};

/// When each step of an endpoint's present or last call was reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Moments {
    /// The command to join, or to connect.
    pub asked: Option<Instant>,
    /// The server said welcome.
    pub welcome: Option<Instant>,
    /// In the queue (`state` `waiting` or later).
    pub waiting: Option<Instant>,
    /// Staff: offered.
    pub offered: Option<Instant>,
    /// Staff: `accept` was sent.
    pub accepted: Option<Instant>,
    /// In a call.
    pub connected: Option<Instant>,
    /// The media leg is up.
    pub leg: Option<Instant>,
    /// The first frame key is in use.
    pub keyed: Option<Instant>,
    /// The first audio of the far side.
    pub first_audio: Option<Instant>,
    /// The call is over.
    pub ended: Option<Instant>,
    /// The connection, the leg or the whole device was lost last.
    pub lost: Option<Instant>,
    /// Audio of the far side came again after that.
    pub heard_again: Option<Instant>,
}

/// Counters since the endpoint was made; they survive a reload. Sample counts are at 48 kHz.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// RTP packets sent, without repeats.
    pub packets_sent: u64,
    /// RTP packets sent again because the relay asked.
    pub packets_repeated: u64,
    /// RTP packets received that were authentic and new.
    pub packets_received: u64,
    /// RTP packets that should have come by their numbers and did not, repairs counted as come.
    pub packets_lost: u64,
    /// RTP packets that came twice, or too late to tell.
    pub packets_duplicated: u64,
    /// RTP packets that this endpoint asked the relay for again.
    pub packets_asked: u64,
    /// Packets of any kind that did not authenticate.
    pub packets_forged: u64,
    /// Frames that came after their time to be played (`full`).
    pub frames_late: u64,
    /// Frames that SFrame dropped.
    pub frames_refused: u64,
    /// Payload and headers of RTP sent, bytes of UDP payload.
    pub bytes_sent: u64,
    /// The same received.
    pub bytes_received: u64,
    /// Samples played (`full`).
    pub samples_played: u64,
    /// Samples of those that concealment or comfort noise made up (`full`).
    pub samples_concealed: u64,
    /// Signalling messages sent and received.
    pub messages: u64,
    /// Times the signalling connection was lost.
    pub sockets_lost: u64,
    /// Legs opened after the first one.
    pub legs_replaced: u64,
    /// Media ticks (20 ms) that were run more than 10 ms late, and so the generator's fault.
    pub ticks_late: u64,
    /// One way through the relay, from seal to open (`sealed`, `packets`), microseconds.
    pub one_way_us: Histogram,
    /// From the microphone to the loudspeaker, by marks in the sound (`full`), microseconds.
    pub mouth_to_ear_us: Histogram,
}

impl Stats {
    /// Adds another endpoint's.
    pub fn add(&mut self, other: &Self) {
        self.packets_sent += other.packets_sent;
        self.packets_repeated += other.packets_repeated;
        self.packets_received += other.packets_received;
        self.packets_lost += other.packets_lost;
        self.packets_duplicated += other.packets_duplicated;
        self.packets_asked += other.packets_asked;
        self.packets_forged += other.packets_forged;
        self.frames_late += other.frames_late;
        self.frames_refused += other.frames_refused;
        self.bytes_sent += other.bytes_sent;
        self.bytes_received += other.bytes_received;
        self.samples_played += other.samples_played;
        self.samples_concealed += other.samples_concealed;
        self.messages += other.messages;
        self.sockets_lost += other.sockets_lost;
        self.legs_replaced += other.legs_replaced;
        self.ticks_late += other.ticks_late;
        self.one_way_us.add(&other.one_way_us);
        self.mouth_to_ear_us.add(&other.mouth_to_ear_us);
    }
}

/// Counts of microseconds in buckets that are 1/8 of an octave wide: a percentile is right within 6 %.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Histogram {
    /// Empty until the first value, so that endpoints without one cost nothing.
    buckets: Vec<u32>,
    count: u64,
    sum: u64,
    max: u32,
}

impl Histogram {
    /// Counts a value.
    pub fn record(&mut self, value: u32) {
        if self.buckets.is_empty() {
            self.buckets.resize(BUCKETS, 0);
        }
        let bucket = &mut self.buckets[bucket_of(value)];
        *bucket = bucket.saturating_add(1);
        self.count += 1;
        self.sum += u64::from(value);
        self.max = self.max.max(value);
    }

    /// Counts a duration in microseconds.
    pub fn record_duration(&mut self, value: Duration) {
        self.record(value.as_micros().min(u128::from(u32::MAX)) as u32);
    }

    /// See [`Endpoint::warm`](super::endpoint::Endpoint::warm): what lies around the mean is counted most.
    pub(super) fn warm(&self) -> u64 {
        self.buckets.get(bucket_of(self.mean() as u32)).map_or(0, |count| u64::from(*count))
    }

    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean; 0 without any.
    pub fn mean(&self) -> f64 {
        self.sum as f64 / self.count.max(1) as f64
    }

    /// The largest.
    pub fn max(&self) -> u32 {
        self.max
    }

    /// The value under which the share `quantile` (0 to 1) of all values lies. None without any.
    pub fn quantile(&self, quantile: f64) -> Option<u32> {
        let rank = (quantile.clamp(0.0, 1.0) * self.count as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        let at = self.buckets.iter().position(|&count| {
            seen += u64::from(count);
            seen >= rank
        })?;
        Some(middle_of(at).min(self.max))
    }

    /// The filled buckets: middle and count, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = (u32, u32)> {
        self.buckets
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .map(|(at, &count)| (middle_of(at), count))
    }

    /// Adds another's counts.
    pub fn add(&mut self, other: &Self) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(BUCKETS, 0);
        }
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(to, from)| *to = to.saturating_add(*from));
        self.count += other.count;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }
}

/// Values below 8 have buckets of their own; above, each octave has 8.
fn bucket_of(value: u32) -> usize {
    match value.checked_ilog2() {
        None | Some(0..=2) => value as usize,
        Some(octave) => (8 * (octave as usize - 2)) + (value >> (octave - 3) & 7) as usize,
    }
}

fn middle_of(bucket: usize) -> u32 {
    if bucket < 8 {
        return bucket as u32;
    }
    let shift = bucket / 8 - 1;
    let low = (8 + bucket as u64 % 8) << shift;
    (low + (1 << shift) / 2).min(u64::from(u32::MAX)) as u32
}

const BUCKETS: usize = 8 * 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_right_within_its_bucket() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), None);
        (1..=10_000).for_each(|value| histogram.record(value));
        for (quantile, wanted) in [(0.5, 5_000.0), (0.99, 9_900.0), (0.999, 9_990.0), (1.0, 10_000.0)] {
            let found = f64::from(histogram.quantile(quantile).unwrap());
            assert!((found - wanted).abs() / wanted < 0.07, "{quantile}: {found}");
        }
        assert_eq!((histogram.count(), histogram.max()), (10_000, 10_000));
    }

    #[test]
    fn every_value_lies_in_the_bucket_that_names_it() {
        for value in (0..32).map(|bit| 1u32 << bit).flat_map(|value| [value - 1, value, value + value / 3]) {
            let middle = f64::from(middle_of(bucket_of(value)));
            assert!((middle - f64::from(value)).abs() <= f64::from(value) * 0.07, "{value} {middle}");
            assert!(bucket_of(value) < BUCKETS);
        }
        assert!(bucket_of(u32::MAX) < BUCKETS);
    }

    #[test]
    fn histograms_add_up() {
        let (mut a, mut b) = (Histogram::default(), Histogram::default());
        a.record(10);
        b.record(1_000);
        a.add(&b);
        assert_eq!((a.count(), a.max(), a.mean()), (2, 1_000, 505.0));
    }
}
