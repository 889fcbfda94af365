//! The figures of a run: spreads of times, and one sample a second of what goes on.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::processes::Usage;
use crate::client::{Histogram, Stats, swarm::Snapshot};

/// Samples of one run at most; a longer run is sampled less often.
const MOST_SAMPLES: u32 = 900;

/// How values spread. Milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// How many values.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Half of them are under this.
    pub p50: f64,
    /// 90 % are under this.
    pub p90: f64,
    /// 99 % are under this.
    pub p99: f64,
    /// 99.9 % are under this.
    pub p999: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// Of a histogram of microseconds; none when it is empty.
    pub fn of(histogram: &Histogram) -> Option<Self> {
        let at = |quantile| histogram.quantile(quantile).map(|us| f64::from(us) / 1_000.0);
        Some(Self {
            count: histogram.count(),
            mean: histogram.mean() / 1_000.0,
            p50: at(0.5)?,
            p90: at(0.9)?,
            p99: at(0.99)?,
            p999: at(0.999)?,
            max: f64::from(histogram.max()) / 1_000.0,
        })
    }
}

/// A histogram's buckets: upper-middle of each in milliseconds, and its count.
pub fn buckets(histogram: &Histogram) -> Vec<(f64, u32)> {
    histogram.buckets().map(|(us, count)| (f64::from(us) / 1_000.0, count)).collect()
}

/// What went on in one interval, a second or more.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Sample {
    /// Its end, seconds from the start of the run.
    pub at_s: f64,
    /// Calls in which both sides are, at its end.
    pub calls: u32,
    /// Callers who wait, at its end.
    pub waiting: u32,
    /// Packets sent a second.
    pub sent_per_s: f64,
    /// Packets received a second.
    pub received_per_s: f64,
    /// Share of the packets that did not come, percent; none without packets.
    pub lost_percent: Option<f64>,
    /// One way through the relay, milliseconds.
    pub one_way_p50_ms: Option<f64>,
    /// The same.
    pub one_way_p99_ms: Option<f64>,
    /// The same.
    pub one_way_p999_ms: Option<f64>,
    /// From the microphone to the loudspeaker, milliseconds.
    pub mouth_to_ear_p50_ms: Option<f64>,
    /// The same.
    pub mouth_to_ear_p99_ms: Option<f64>,
    /// Share of the sound that was made up, percent.
    pub concealed_percent: Option<f64>,
    /// Processor time of the gateway, percent of one core.
    pub gateway_cpu_percent: Option<f64>,
    /// Of that, the relay's.
    pub relay_cpu_percent: Option<f64>,
    /// Memory of the gateway that is resident, MiB.
    pub gateway_mib: Option<f64>,
    /// Processor time of this process, percent of one core.
    pub generator_cpu_percent: f64,
    /// How late this process was with its own work, milliseconds, 99 % under it.
    pub generator_late_p99_ms: Option<f64>,
}

/// Makes samples from totals.
#[derive(Debug)]
pub struct Sampler {
    every: Duration,
    last_at: Duration,
    last: Totals,
    /// All samples so far.
    pub samples: Vec<Sample>,
}

/// Everything that is only ever added to, and what is so now.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Of the swarms.
    pub stats: Stats,
    /// Of the swarms.
    pub lateness_us: Histogram,
    /// Of the gateway, where it can be seen.
    pub gateway: Option<Usage>,
    /// Of this process.
    pub generator_cpu: Duration,
    /// Calls in which both sides are.
    pub calls: u32,
    /// Callers who wait.
    pub waiting: u32,
}

impl Totals {
    /// Adds a swarm's.
    pub fn add(&mut self, snapshot: &Snapshot) {
        self.stats.add(&snapshot.total);
        self.lateness_us.add(&snapshot.lateness_us);
    }
}

impl Sampler {
    /// For a run of at most `longest`.
    pub fn new(longest: Duration) -> Self {
        Self {
            every: (longest / MOST_SAMPLES).max(Duration::from_secs(1)),
            last_at: Duration::ZERO,
            last: Totals::default(),
            samples: Vec::new(),
        }
    }

    /// When the next sample is due, from the start of the run.
    pub fn due(&self) -> Duration {
        self.last_at + self.every
    }

    /// Takes the totals of a moment.
    pub fn take(&mut self, at: Duration, totals: Totals) {
        let seconds = at.saturating_sub(self.last_at).as_secs_f64();
        if seconds <= 0.0 {
            return;
        }
        let (now, before) = (&totals.stats, &self.last.stats);
        let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        let percent =
            |now: Duration, before: Duration| 100.0 * now.saturating_sub(before).as_secs_f64() / seconds;
        let lost = now.packets_lost as f64 - before.packets_lost as f64;
        let came = now.packets_received as f64 - before.packets_received as f64;
        let played = now.samples_played.saturating_sub(before.samples_played) as f64;
        let concealed = now.samples_concealed.saturating_sub(before.samples_concealed) as f64;
        let one_way = Interval::between(&before.one_way_us, &now.one_way_us);
        let ears = Interval::between(&before.mouth_to_ear_us, &now.mouth_to_ear_us);
        let late = Interval::between(&self.last.lateness_us, &totals.lateness_us);
        // A gateway that was started again begins to count anew.
        let gateway = totals.gateway.zip(self.last.gateway).filter(|(now, before)| now.cpu >= before.cpu);
        self.samples.push(Sample {
            at_s: at.as_secs_f64(),
            calls: totals.calls,
            waiting: totals.waiting,
            sent_per_s: rate(now.packets_sent, before.packets_sent),
            received_per_s: rate(now.packets_received, before.packets_received),
            lost_percent: (came + lost > 0.0).then(|| 100.0 * lost.max(0.0) / (came + lost)),
            one_way_p50_ms: one_way.quantile(0.5),
            one_way_p99_ms: one_way.quantile(0.99),
            one_way_p999_ms: one_way.quantile(0.999),
            mouth_to_ear_p50_ms: ears.quantile(0.5),
            mouth_to_ear_p99_ms: ears.quantile(0.99),
            concealed_percent: (played > 0.0).then(|| 100.0 * concealed / played),
            gateway_cpu_percent: gateway.map(|(now, before)| percent(now.cpu, before.cpu)),
            relay_cpu_percent: gateway.map(|(now, before)| percent(now.relay_cpu, before.relay_cpu)),
            gateway_mib: totals.gateway.map(|usage| usage.resident as f64 / 1_048_576.0),
            generator_cpu_percent: percent(totals.generator_cpu, self.last.generator_cpu),
            generator_late_p99_ms: late.quantile(0.99),
        });
        self.last_at = at;
        self.last = totals;
    }
}

/// The values that were added to a histogram between two looks at it.
struct Interval(BTreeMap<u32, u32>);

impl Interval {
    fn between(before: &Histogram, now: &Histogram) -> Self {
        let mut counts: BTreeMap<u32, u32> = now.buckets().collect();
        for (value, count) in before.buckets() {
            if let Some(now) = counts.get_mut(&value) {
                *now = now.saturating_sub(count);
            }
        }
        Self(counts)
    }

    /// Milliseconds.
    fn quantile(&self, quantile: f64) -> Option<f64> {
        let all: u64 = self.0.values().map(|count| u64::from(*count)).sum();
        let rank = ((quantile * all as f64).ceil() as u64).max(1);
        let mut seen = 0;
        self.0.iter().find_map(|(value, count)| {
            seen += u64::from(*count);
            (seen >= rank).then(|| f64::from(*value) / 1_000.0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(received: u64, lost: u64, delays_us: &[u32]) -> Totals {
        let mut one_way_us = Histogram::default();
        delays_us.iter().for_each(|us| one_way_us.record(*us));
        let stats = Stats { packets_received: received, packets_lost: lost, one_way_us, ..Stats::default() };
        Totals { stats, ..Totals::default() }
    }

    #[test]
    fn a_sample_holds_only_what_happened_since_the_one_before() {
        let mut sampler = Sampler::new(Duration::from_secs(60));
        assert_eq!(sampler.due(), Duration::from_secs(1));
        sampler.take(Duration::from_secs(1), totals(100, 0, &[1_000; 10]));
        sampler.take(Duration::from_secs(3), totals(290, 10, &[&[1_000; 10][..], &[50_000; 5]].concat()));
        let [first, second] = &sampler.samples[..] else { panic!() };
        assert_eq!((first.received_per_s, first.lost_percent), (100.0, Some(0.0)));
        assert_eq!((second.received_per_s, second.lost_percent), (95.0, Some(5.0)));
        assert!((first.one_way_p99_ms.unwrap() - 1.0).abs() < 0.1);
        assert!((second.one_way_p50_ms.unwrap() - 50.0).abs() < 4.0);
        assert_eq!(second.concealed_percent, None);
    }

    #[test]
    fn a_gateway_that_was_started_again_leaves_a_gap() {
        let mut sampler = Sampler::new(Duration::from_secs(60));
        for (at, cpu) in [(1, 1.0), (2, 1.5), (3, 0.1), (4, 0.4)] {
            let cpu = Duration::from_secs_f64(cpu);
            let gateway = Some(Usage { cpu, relay_cpu: cpu, resident: 1 << 20 });
            sampler.take(Duration::from_secs(at), Totals { gateway, ..Totals::default() });
        }
        let seen: Vec<_> =
            sampler.samples.iter().map(|sample| sample.gateway_cpu_percent.map(f64::round)).collect();
        assert_eq!(seen, [None, Some(50.0), None, Some(30.0)]);
    }

    #[test]
    fn a_long_run_is_sampled_less_often() {
        assert_eq!(Sampler::new(Duration::from_secs(9_000)).due(), Duration::from_secs(10));
    }

    #[test]
    fn a_spread_is_in_milliseconds() {
        let mut histogram = Histogram::default();
        assert_eq!(Spread::of(&histogram), None);
        (0..1_000).for_each(|_| histogram.record(20_000));
        let spread = Spread::of(&histogram).unwrap();
        assert!((spread.p50 - 20.0).abs() < 1.3 && spread.max == 20.0 && spread.count == 1_000);
    }
}
