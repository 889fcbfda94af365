//! What a run showed: one set of figures, which is printed as a table, written as JSON, and drawn on a page.

pub mod chart;
pub mod page;
pub mod plots;
pub mod scale;
pub mod table;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    figures::{self, Sample, Spread},
    scenario::Scenario,
};
use crate::client::Histogram;

/// Everything.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The program's version.
    pub version: &'static str,
    /// What was asked for.
    pub scenario: Scenario,
    /// The machine that made the load: processor, cores, memory.
    pub machine: String,
    /// What was under load, in words.
    pub target: String,
    /// When the run began, seconds since 1970.
    pub began_unix_s: u64,
    /// How long it took, seconds.
    pub lasted_s: f64,
    /// What became of the calls.
    pub calls: Calls,
    /// How long people waited for each step.
    pub setup: Setup,
    /// What became of the packets.
    pub packets: Packets,
    /// One way through the relay, from seal to open; not measured at media level `full`. Milliseconds.
    pub one_way: Option<Spread>,
    /// What was heard; at media level `full`.
    pub sound: Option<Sound>,
    /// What flooding clients sent, where there were any.
    pub flooded: Option<Flooded>,
    /// What the gateway used, where this tool started it or could ask it.
    pub gateway: Option<GatewayUse>,
    /// What this tool used.
    pub generator: GeneratorUse,
    /// What a reader must know before believing the rest.
    pub warnings: Vec<String>,
    /// Interval by interval.
    pub samples: Vec<Sample>,
    /// What befell many at once: seconds from the start, and what.
    pub shocks: Vec<(f64, String)>,
}

/// See [`Report::calls`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Callers who came.
    pub offered: u64,
    /// Callers who were in a call with a counsellor.
    pub connected: u64,
    /// Of these, whose call ended because one of the two ended it.
    pub ended: u64,
    /// Callers who did not get through, or whose call did not end well, by reason.
    pub failed: BTreeMap<&'static str, u64>,
    /// Callers who were in the queue or in a call and were dropped from it without anybody having ended it.
    pub lost: u64,
    /// Counsellors who were given a second caller, and callers who were given a second counsellor.
    pub doubled: u64,
    /// Most calls at once.
    pub most_at_once: u64,
    /// Signalling connections and devices that were lost and came back.
    pub came_back: u64,
}

/// See [`Report::setup`]. Milliseconds, with buckets for the plots: middle and count.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Setup {
    /// From the tap to the place in the queue.
    pub waiting: Option<Spread>,
    /// From the offer at the console to the call.
    pub answer: Option<Spread>,
    /// From the answer to the first audio at the caller.
    pub first_audio: Option<Spread>,
    /// From losing the connection or the leg to hearing the other side again.
    pub heard_again: Option<Spread>,
    /// From the moment at which it was possible again (the gateway back, or all connections lost at once) to hearing the other
    /// side again; of those whom that had struck.
    pub back: Option<Spread>,
    /// Buckets of the first four, by name.
    pub buckets: BTreeMap<&'static str, Vec<(f64, u32)>>,
}

impl Setup {
    /// Of histograms of microseconds, by name.
    pub fn of(histograms: [(&'static str, &Histogram); 4]) -> Self {
        let [waiting, answer, first_audio, heard_again] = histograms.map(|(_, times)| Spread::of(times));
        let buckets = histograms.map(|(name, times)| (name, figures::buckets(times))).into();
        Self { waiting, answer, first_audio, heard_again, back: None, buckets }
    }
}

/// See [`Report::packets`].
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Packets {
    /// Sent by endpoints, without repeats.
    pub sent: u64,
    /// Received by endpoints, authentic and new.
    pub received: u64,
    /// Missing by their numbers, after repairs.
    pub lost: u64,
    /// The same, as a share of what should have come, percent.
    pub lost_percent: f64,
    /// Received twice.
    pub duplicated: u64,
    /// Sent again because the relay asked.
    pub repeated: u64,
    /// Asked for again by endpoints.
    pub asked: u64,
    /// Not authentic.
    pub forged: u64,
    /// Frames that end-to-end encryption refused.
    pub refused: u64,
}

/// See [`Report::sound`].
#[derive(Debug, Clone, Serialize)]
pub struct Sound {
    /// From the microphone to the loudspeaker, milliseconds.
    pub mouth_to_ear: Option<Spread>,
    /// Buckets of that: middle in milliseconds, and count.
    pub mouth_to_ear_buckets: Vec<(f64, u32)>,
    /// Share of the sound that was made up, percent.
    pub concealed_percent: f64,
    /// E-model score of a call, 1 to 4.5: half of the calls have less.
    pub score_median: Option<f64>,
    /// E-model score: 5 % of the calls have less.
    pub score_low: Option<f64>,
}

/// See [`Report::flooded`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Flooded {
    /// Messages that a connection took.
    pub messages: u64,
    /// Connections that were opened and dropped.
    pub connections: u64,
    /// Datagrams that went to the relay.
    pub datagrams: u64,
}

/// See [`Report::gateway`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GatewayUse {
    /// Processor time, seconds.
    pub cpu_s: f64,
    /// Of that, the relay's, seconds.
    pub relay_cpu_s: f64,
    /// Packets that endpoints received for each second of the relay's processor time.
    pub packets_per_relay_cpu_s: f64,
    /// Resident memory before the first call, MiB.
    pub idle_mib: f64,
    /// The most of it, MiB.
    pub most_mib: f64,
    /// What one call adds, KiB.
    pub kib_per_call: Option<f64>,
}

/// See [`Report::generator`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GeneratorUse {
    /// Processor time, seconds.
    pub cpu_s: f64,
    /// Share of one core that its busiest thread took, percent, where it was most.
    pub busiest_percent: f64,
    /// What one endpoint adds to its memory, KiB.
    pub kib_per_endpoint: Option<f64>,
    /// How late it was with its own work, milliseconds.
    pub lateness: Option<Spread>,
    /// How late its modelled networks let packets go, milliseconds.
    pub network_lateness: Option<Spread>,
    /// Most endpoints at once.
    pub endpoints: usize,
    /// Processor time of the threads that drive endpoints, seconds; the rest is TLS and signalling, and the conductor's.
    pub swarm_cpu_s: f64,
    /// Processor time of those threads for a packet sent and a packet received, microseconds: all of the work, setup as well.
    pub us_per_packet_pair: Option<f64>,
    /// Share of the media ticks that were over 10 ms late, percent.
    pub late_ticks_percent: f64,
    /// Datagrams that its own sockets did not take, or dropped because it was too late in fetching them.
    pub datagrams_refused: u64,
}

/// The reasons that [`Calls::failed`] may hold.
pub mod reason {
    /// Never in the queue.
    pub const NOT_IN_QUEUE: &str = "never in the queue";
    /// Waiting when the run ended.
    pub const NOT_ANSWERED: &str = "not answered in time";
    /// In a call but never heard anybody.
    pub const NOTHING_HEARD: &str = "nothing heard";
    /// Still in a call when the run ended.
    pub const NOT_OVER: &str = "not over in time";
    /// The server refused a request.
    pub const REFUSED: &str = "refused by the server";
    /// The server dropped the call.
    pub const LOST: &str = "lost by the server";
    /// The session was taken over.
    pub const TAKEN_OVER: &str = "taken over";
    /// A rule of end-to-end encryption was broken.
    pub const ALARM: &str = "encryption rule broken";
    /// The endpoint itself had no codec.
    pub const BROKEN: &str = "its endpoint failed";
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A report of a run that never was, with every kind of figure.
    pub(crate) fn sample_report() -> Report {
        let spread = |p50: f64| {
            Some(Spread {
                count: 1_000,
                mean: p50 * 1.1,
                p50,
                p90: p50 * 1.6,
                p99: p50 * 2.2,
                p999: p50 * 3.0,
                max: p50 * 5.0,
            })
        };
        let buckets = |centre: f64| -> Vec<(f64, u32)> {
            (0..40)
                .map(|step| {
                    let at = f64::from(step) / 20.0;
                    (centre * at.exp2() * 0.5, (1_000.0 * (-8.0 * (at - 1.0).powi(2)).exp()) as u32 + 1)
                })
                .collect()
        };
        let sample = |second: u32| {
            let at_s = f64::from(second);
            let wave = 1.0 + 0.3 * (at_s / 7.0).sin();
            let down = (60..64).contains(&second);
            Sample {
                at_s,
                calls: if down { 0 } else { (second * 20).min(500) },
                waiting: if second < 30 { 60 - 2 * second } else { 0 },
                sent_per_s: 50_000.0,
                received_per_s: 49_900.0,
                lost_percent: (!down).then_some(0.4 * wave + if second == 66 { 3.0 } else { 0.0 }),
                one_way_p50_ms: (!down).then_some(0.4 * wave),
                one_way_p99_ms: (!down).then_some(1.9 * wave),
                one_way_p999_ms: (!down).then_some(4.2 * wave),
                mouth_to_ear_p50_ms: Some(90.0 * wave),
                mouth_to_ear_p99_ms: Some(170.0 * wave),
                concealed_percent: Some(0.8 * wave),
                gateway_cpu_percent: (!down).then_some(64.0 * wave),
                relay_cpu_percent: (!down).then_some(49.0 * wave),
                gateway_mib: (!down).then_some(14.0 + at_s / 4.0),
                generator_cpu_percent: 88.0 * wave,
                generator_late_p99_ms: Some(1.4),
            }
        };
        Report {
            version: "0.1.0",
            scenario: Scenario { title: "A run that never was".into(), calls: 500, ..Scenario::default() },
            machine: "a processor, 2 cores, 8 GiB".into(),
            target: "a gateway started for this run".into(),
            began_unix_s: 1_795_327_199,
            lasted_s: 120.0,
            calls: Calls {
                offered: 500,
                connected: 498,
                ended: 498,
                failed: [(reason::NOT_IN_QUEUE, 2)].into(),
                most_at_once: 500,
                came_back: 500,
                ..Calls::default()
            },
            setup: Setup {
                waiting: spread(12.0),
                answer: spread(30.0),
                first_audio: spread(160.0),
                heard_again: spread(900.0),
                back: spread(700.0),
                buckets: [
                    ("waiting", buckets(12.0)),
                    ("answer", buckets(30.0)),
                    ("first_audio", buckets(160.0)),
                    ("heard_again", buckets(900.0)),
                ]
                .into(),
            },
            packets: Packets {
                sent: 3_000_000,
                received: 2_990_000,
                lost: 10_000,
                lost_percent: 0.33,
                ..Packets::default()
            },
            one_way: spread(0.4),
            sound: Some(Sound {
                mouth_to_ear: spread(95.0),
                mouth_to_ear_buckets: buckets(95.0),
                concealed_percent: 0.8,
                score_median: Some(4.21),
                score_low: Some(3.9),
            }),
            flooded: Some(Flooded { messages: 90_000, connections: 40, datagrams: 225_000 }),
            gateway: Some(GatewayUse {
                cpu_s: 77.0,
                relay_cpu_s: 59.0,
                packets_per_relay_cpu_s: 50_600.0,
                idle_mib: 14.0,
                most_mib: 44.0,
                kib_per_call: Some(61.0),
            }),
            generator: GeneratorUse {
                cpu_s: 105.0,
                busiest_percent: 91.0,
                kib_per_endpoint: Some(55.0),
                lateness: spread(0.3),
                network_lateness: spread(0.2),
                endpoints: 1_000,
                swarm_cpu_s: 81.0,
                us_per_packet_pair: Some(9.0),
                late_ticks_percent: 0.01,
                datagrams_refused: 0,
            },
            warnings: Vec::new(),
            samples: (1..=120).map(sample).collect(),
            shocks: vec![(60.0, "gateway killed".into()), (64.0, "gateway back".into())],
        }
    }

    #[test]
    fn every_failure_has_its_line_in_the_table() {
        let text = table::text(&sample_report());
        assert!(text.contains("never in the queue"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() < 110), "{text}");
    }

    #[test]
    fn a_run_without_a_single_call_can_be_shown() {
        let mut report = sample_report();
        report.samples.clear();
        report.setup = Setup::default();
        (report.sound, report.gateway, report.one_way) = (None, None, None);
        let page = page::html(&report);
        assert!(page.contains("Not measured in this run: ") && !page.contains("<svg"));
        assert!(!page.contains("NaN") && !page.contains("inf"));
    }
}
