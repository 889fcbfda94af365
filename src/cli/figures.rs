//! The node's, the relay's and the process's counters as Prometheus shows them.

use crate::{
    load::processes::Usage,
    node::{ANSWER_BOUNDS_S, Snapshot},
    relay::counters::{Count, Counters},
    telemetry::metrics::{Figure, Value},
};

/// The node's.
pub(super) fn of_node(snapshot: &Snapshot) -> Vec<Figure> {
    let counters = &snapshot.counters;
    let gauge = |name, help, value| Figure { name, help, value: Value::Gauge(value) };
    let counter = |name, help, value| Figure { name, help, value: Value::Counter(value) };
    let bounds = ANSWER_BOUNDS_S.iter().map(|bound| f64::from(*bound)).chain([f64::INFINITY]);
    #[allow(clippy::cast_precision_loss, reason = "a sum of waiting times stays far below 2^52 ms")]
    let sum = counters.answer_sum_ms as f64 / 1000.0;
    vec![
        gauge("callers_waiting", "Callers in the queue now", snapshot.waiting),
        gauge("callers_ringing", "Callers for whom a console rings now", snapshot.ringing),
        gauge("calls_connected", "Calls with a counsellor now", snapshot.connected),
        gauge("calls_reconnecting", "Calls whose caller's connection is lost now", snapshot.reconnecting),
        gauge("staff_available", "Consoles ready for a caller now", snapshot.staff_available),
        gauge("staff_signed_in", "Consoles signed in now", snapshot.staff_signed_in),
        counter("calls_joined", "Callers who joined the queue", counters.joined),
        counter("calls_answered", "Callers who were answered", counters.answered),
        counter("calls_abandoned", "Callers who left, or were lost, before an answer", counters.abandoned),
        counter("calls_unserved", "Callers who joined while nobody was on shift", counters.unserved),
        counter("calls_ended", "Calls that were connected and have ended", counters.ended),
        counter("calls_resumed", "Callers who came back after a lost connection", counters.resumed),
        counter("offers_passed", "Offers that a console passed on", counters.offers_passed),
        counter("offers_expired", "Offers that expired", counters.offers_expired),
        counter("slow_peers", "Connections closed because they did not read", counters.slow_peers),
        Figure {
            name: "answer_seconds",
            help: "Seconds from joining to the answer",
            value: Value::Histogram { sum, buckets: bounds.zip(counters.answer_buckets).collect() },
        },
    ]
}

/// The relay's.
pub(super) fn of_relay(counters: &Counters) -> Vec<Figure> {
    let gauge = |name, help, count| Figure { name, help, value: Value::Gauge(counters.get(count)) };
    let now = [Count::Legs, Count::LegsConnected, Count::Calls, Count::TcpConnections];
    let events = counters.iter().filter(|(count, _)| !now.contains(count));
    vec![
        gauge("relay_legs", "Media legs in memory now", Count::Legs),
        gauge("relay_legs_connected", "Media legs that are alive now", Count::LegsConnected),
        gauge("relay_calls", "Calls that have a media leg now", Count::Calls),
        gauge("relay_tcp_connections", "ICE-TCP connections now", Count::TcpConnections),
        Figure {
            name: "relay_events",
            help: "What the relay did and dropped",
            value: Value::Events(events.map(|(count, total)| (snake_case(count.name()), total)).collect()),
        },
    ]
}

/// The process's. `quietline load --metrics` reads these three.
pub(super) fn of_process(usage: &Usage) -> Vec<Figure> {
    let ms = |time: std::time::Duration| Value::Counter(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
    vec![
        Figure {
            name: "processor_milliseconds",
            help: "Processor time of all threads",
            value: ms(usage.cpu),
        },
        Figure {
            name: "relay_processor_milliseconds",
            help: "Processor time of the relay's workers",
            value: ms(usage.relay_cpu),
        },
        Figure {
            name: "resident_bytes",
            help: "Memory that is resident now",
            value: Value::Gauge(usage.resident),
        },
    ]
}

fn snake_case(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::metrics::Metrics;

    #[test]
    fn every_figure_can_be_encoded() {
        let mut figures = of_node(&Snapshot::default());
        figures.extend(of_relay(&Counters::new()));
        figures.extend(of_process(&Usage { resident: 4_096, ..Usage::default() }));
        let text = Metrics::default().encode(figures).unwrap();
        for name in [
            "quietline_answer_seconds_count 0",
            "quietline_relay_events_total{event=\"drop_forged\"} 0",
            "quietline_relay_processor_milliseconds_total 0",
            "quietline_resident_bytes 4096",
        ] {
            assert!(text.contains(name), "{name} is not in\n{text}");
        }
    }
}
