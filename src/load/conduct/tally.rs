//! Adds up what a run used and measured: samples while it goes on, the report at its end.

use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use super::{ConductError, Run, book::Book, crowd::Crowd, host::Host};
use crate::{
    client::swarm::Snapshot,
    load::{
        figures::{Sampler, Spread, Totals, buckets},
        processes::{self, Usage},
        report::{GatewayUse, GeneratorUse, Packets, Report, Sound, scale::number},
    },
};

/// The generator is believed to be the limit when its busiest thread takes more than this of a core, percent.
const BUSY_PERCENT: f64 = 90.0;
/// And when more of its media ticks than this are over 10 ms late, percent.
const LATE_PERCENT: f64 = 1.0;
/// And when its modelled networks let 1 % of the packets go later than this, milliseconds.
const LATE_MS: f64 = 10.0;

/// See the module.
#[derive(Debug)]
pub struct Tally {
    sampler: Sampler,
    cpu_before: Duration,
    /// What the gateway had used before the first call, in its present life.
    gateway_before: Usage,
    /// What its earlier lives used.
    gateway_past: Usage,
    gateway_last: Option<Usage>,
    gateway_most: u64,
    resident_before: u64,
    resident_most: u64,
    most_endpoints: usize,
    swarm_cpu: Vec<Duration>,
    busiest_percent: f64,
    last: Duration,
}

impl Tally {
    /// When the swarms are started, before there is anybody.
    pub fn begin(longest: Duration) -> Self {
        Self {
            sampler: Sampler::new(longest),
            cpu_before: cpu(),
            gateway_before: Usage::default(),
            gateway_past: Usage::default(),
            gateway_last: None,
            gateway_most: 0,
            resident_before: resident(),
            resident_most: 0,
            most_endpoints: 0,
            swarm_cpu: Vec::new(),
            busiest_percent: 0.0,
            last: Duration::ZERO,
        }
    }

    /// When staff are there and callers are about to come.
    pub fn first_call(&mut self, host: &Host, endpoints: usize) {
        self.gateway_before = host.usage().unwrap_or_default();
        self.gateway_last = Some(self.gateway_before);
        self.cpu_before = cpu();
        self.most_endpoints = endpoints;
    }

    /// Whether a sample is due.
    pub fn is_due(&self, passed: Duration) -> bool {
        passed >= self.sampler.due()
    }

    /// Takes a sample. Gives the progress line.
    pub fn take(
        &mut self,
        passed: Duration,
        crowd: &Crowd,
        book: &Book,
        host: &Host,
    ) -> Result<String, ConductError> {
        let snapshots = crowd.snapshots()?;
        let mut totals = Totals {
            gateway: host.usage(),
            generator_cpu: cpu().saturating_sub(self.cpu_before),
            calls: book.in_call(),
            waiting: book.queued(),
            ..Totals::default()
        };
        snapshots.iter().for_each(|snapshot| totals.add(snapshot));
        self.note_gateway(totals.gateway);
        self.resident_most = self.resident_most.max(resident());
        self.most_endpoints =
            self.most_endpoints.max(snapshots.iter().map(|snapshot| snapshot.endpoints).sum());
        let seconds = passed.saturating_sub(self.last).as_secs_f64();
        let swarm_cpu: Vec<Duration> = snapshots.iter().map(|snapshot| snapshot.cpu).collect();
        if self.last > Duration::ZERO && seconds > 0.5 {
            for (now, before) in swarm_cpu.iter().zip(&self.swarm_cpu) {
                let share = 100.0 * now.saturating_sub(*before).as_secs_f64() / seconds;
                // A sample that had to wait for a busy thread holds more of its time than its own.
                self.busiest_percent = self.busiest_percent.max(share.min(100.0));
            }
        }
        (self.swarm_cpu, self.last) = (swarm_cpu, passed);
        self.sampler.take(passed, totals);
        let sample = self.sampler.samples.last();
        Ok(format!(
            "{} s: {} calls up, {} waiting, {} packets/s, {} % lost, worst setup {} ms",
            number(passed.as_secs_f64().round()),
            book.in_call(),
            book.queued(),
            number(sample.map_or(0.0, |sample| sample.received_per_s)),
            number(sample.and_then(|sample| sample.lost_percent).unwrap_or(0.0)),
            number(book.worst_setup_ms())
        ))
    }

    /// The whole run in figures; `possible`: when those who had been struck all at once could come back. The moment, the shocks
    /// and the flood are filled in by whoever has them.
    pub fn report(
        self,
        run: &Run,
        book: &Book,
        host: &Host,
        snapshots: Vec<Snapshot>,
        lasted: Duration,
        possible: Option<Instant>,
    ) -> Report {
        let mut totals = Totals::default();
        let mut network_lateness = crate::client::Histogram::default();
        let (mut refused, mut events_lost) = (0, 0);
        for snapshot in &snapshots {
            totals.add(snapshot);
            network_lateness.add(&snapshot.impairment_lateness_us);
            refused += snapshot.datagrams_refused;
            events_lost += snapshot.events_lost;
        }
        let stats = &totals.stats;
        let came = stats.packets_received + stats.packets_lost;
        let packets = Packets {
            sent: stats.packets_sent,
            received: stats.packets_received,
            lost: stats.packets_lost,
            lost_percent: 100.0 * stats.packets_lost as f64 / came.max(1) as f64,
            duplicated: stats.packets_duplicated,
            repeated: stats.packets_repeated,
            asked: stats.packets_asked,
            forged: stats.packets_forged,
            refused: stats.frames_refused,
        };
        let scores = book.scores();
        let score = |share: f64| {
            scores.get(((scores.len() as f64 * share) as usize).min(scores.len().saturating_sub(1)))
        };
        let sound = run.scenario.media.is_heard().then(|| Sound {
            mouth_to_ear: Spread::of(&stats.mouth_to_ear_us),
            mouth_to_ear_buckets: buckets(&stats.mouth_to_ear_us),
            concealed_percent: 100.0 * stats.samples_concealed as f64 / stats.samples_played.max(1) as f64,
            score_median: score(0.5).copied(),
            score_low: score(0.05).copied(),
        });
        let calls = book.calls();
        let swarm_cpu: Duration = snapshots.iter().map(|snapshot| snapshot.cpu).sum();
        let generator = GeneratorUse {
            cpu_s: cpu().saturating_sub(self.cpu_before).as_secs_f64(),
            busiest_percent: self.busiest_percent,
            kib_per_endpoint: (self.most_endpoints > 0).then(|| {
                self.resident_most.saturating_sub(self.resident_before) as f64
                    / 1_024.0
                    / self.most_endpoints as f64
            }),
            endpoints: self.most_endpoints,
            swarm_cpu_s: swarm_cpu.as_secs_f64(),
            us_per_packet_pair: (stats.packets_received > 0)
                .then(|| 1e6 * swarm_cpu.as_secs_f64() / stats.packets_received as f64),
            lateness: Spread::of(&totals.lateness_us),
            network_lateness: Spread::of(&network_lateness),
            late_ticks_percent: (100.0 * stats.ticks_late as f64 / stats.packets_sent.max(1) as f64)
                .min(100.0),
            datagrams_refused: refused,
        };
        let mut warnings = limits(&generator);
        if events_lost > 0 {
            warnings.push(format!("{events_lost} events were lost; calls may be counted wrongly."));
        }
        Report {
            version: env!("CARGO_PKG_VERSION"),
            scenario: run.scenario.clone(),
            machine: processes::machine(),
            target: run.target.clone(),
            began_unix_s: 0,
            lasted_s: lasted.as_secs_f64(),
            setup: book.setup(possible),
            one_way: Spread::of(&stats.one_way_us),
            gateway: host.is_seen().then(|| self.gateway(stats.packets_received, calls.most_at_once)),
            calls,
            packets,
            sound,
            flooded: None,
            generator,
            warnings,
            samples: self.sampler.samples,
            shocks: Vec::new(),
        }
    }

    fn note_gateway(&mut self, usage: Option<Usage>) {
        let Some(usage) = usage else { return };
        self.gateway_most = self.gateway_most.max(usage.resident);
        if let Some(last) = self.gateway_last.filter(|last| usage.cpu < last.cpu) {
            // Another life has begun.
            self.gateway_past.cpu += last.cpu;
            self.gateway_past.relay_cpu += last.relay_cpu;
        }
        self.gateway_last = Some(usage);
    }

    fn gateway(&self, received: u64, most_at_once: u64) -> GatewayUse {
        let last = self.gateway_last.unwrap_or_default();
        let before = self.gateway_before;
        let seconds = |past: Duration, last: Duration, before: Duration| {
            (past + last).saturating_sub(before).as_secs_f64()
        };
        let relay_cpu_s = seconds(self.gateway_past.relay_cpu, last.relay_cpu, before.relay_cpu);
        let mib = |bytes: u64| bytes as f64 / 1_048_576.0;
        GatewayUse {
            cpu_s: seconds(self.gateway_past.cpu, last.cpu, before.cpu),
            relay_cpu_s,
            packets_per_relay_cpu_s: if relay_cpu_s > 0.0 { received as f64 / relay_cpu_s } else { 0.0 },
            idle_mib: mib(before.resident),
            most_mib: mib(self.gateway_most),
            kib_per_call: (most_at_once > 0).then(|| {
                self.gateway_most.saturating_sub(before.resident) as f64 / 1_024.0 / most_at_once as f64
            }),
        }
    }
}

/// Says so where the load generator, and not the gateway, was the limit.
fn limits(generator: &GeneratorUse) -> Vec<String> {
    let mut signs = Vec::new();
    if generator.busiest_percent > BUSY_PERCENT {
        signs.push(format!("a thread of it took {} % of a core", number(generator.busiest_percent)));
    }
    if generator.late_ticks_percent > LATE_PERCENT {
        signs.push(format!(
            "{} % of its media ticks were over 10 ms late",
            number(generator.late_ticks_percent)
        ));
    }
    if let Some(late) = generator.network_lateness.filter(|late| late.p99 > LATE_MS) {
        signs.push(format!("its modelled networks were {} ms late (99 %)", number(late.p99)));
    }
    if generator.datagrams_refused > 0 {
        signs.push(format!("its sockets lost {} datagrams", number(generator.datagrams_refused as f64)));
    }
    if signs.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "The load generator, not the gateway, may have been the limit: {}. Times, delays and losses hold its share too. \
         Use fewer endpoints, more --threads, or another machine for it.",
        signs.join("; ")
    )]
}

/// Processor time of this process.
fn cpu() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else { return Duration::ZERO };
    let us = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Duration::from_micros(us.unsigned_abs())
}

fn resident() -> u64 {
    processes::usage(std::process::id()).map_or(0, |usage| usage.resident)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generator() -> GeneratorUse {
        GeneratorUse {
            cpu_s: 1.0,
            busiest_percent: 40.0,
            kib_per_endpoint: None,
            lateness: None,
            network_lateness: None,
            endpoints: 0,
            swarm_cpu_s: 0.0,
            us_per_packet_pair: None,
            late_ticks_percent: 0.0,
            datagrams_refused: 0,
        }
    }

    #[test]
    fn a_generator_that_was_the_limit_says_so() {
        assert!(limits(&generator()).is_empty());
        for generator in [
            GeneratorUse { busiest_percent: 97.0, ..generator() },
            GeneratorUse { late_ticks_percent: 3.0, ..generator() },
            GeneratorUse { datagrams_refused: 1, ..generator() },
        ] {
            let warnings = limits(&generator);
            assert!(warnings.len() == 1 && warnings[0].contains("not the gateway"), "{warnings:?}");
        }
    }

    #[test]
    fn what_a_gateway_used_before_it_was_killed_is_not_forgotten() {
        let mut tally = Tally::begin(Duration::from_secs(10));
        let usage = |cpu| Usage {
            cpu: Duration::from_secs(cpu),
            relay_cpu: Duration::from_secs(cpu),
            resident: 1 << 20,
        };
        tally.gateway_before = usage(1);
        [usage(1), usage(5), usage(2), usage(3)]
            .into_iter()
            .for_each(|usage| tally.note_gateway(Some(usage)));
        let used = tally.gateway(7_000, 1);
        assert_eq!((used.cpu_s, used.packets_per_relay_cpu_s), (7.0, 1_000.0));
    }
}
