//! Counters for Prometheus. Those of signalling live here; the node's and the relay's are read when asked for.

use std::{fmt, sync::Mutex, sync::PoisonError};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, NoLabelSet, text},
    metrics::{
        MetricType,
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
    },
    registry::Registry,
};

/// What signalling counts.
#[derive(Debug)]
pub struct Metrics {
    /// HTTPS connections open now.
    pub connections: Gauge,
    /// HTTPS connections refused because of a limit.
    pub connections_refused: Counter,
    /// TLS handshakes that failed or took too long.
    pub handshakes_failed: Counter,
    /// WebSockets open now.
    pub sockets: Family<SideLabel, Gauge>,
    /// Messages taken from clients.
    pub messages: Family<SideLabel, Counter>,
    /// Errors sent to clients.
    pub errors: Family<ErrorLabel, Counter>,
    /// Upgrades and requests refused because of their origin.
    pub origins_refused: Counter,
    /// Clients that fell silent.
    pub silent: Family<SideLabel, Counter>,
    /// Media leg tokens minted.
    pub legs: Counter,
    /// Devices enrolled.
    pub enrolled: Counter,
    /// Times that a new certificate was taken into use.
    pub certificates_renewed: Counter,
    registry: Registry,
}

/// Which endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct SideLabel {
    /// `caller` or `staff`.
    pub side: &'static str,
}

/// Which error.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ErrorLabel {
    /// The error's code as on the wire.
    pub code: &'static str,
}

/// A number of somebody else's, as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Name without the `quietline_` before it and without `_total`.
    pub name: &'static str,
    /// One sentence without its full stop.
    pub help: &'static str,
    /// The value.
    pub value: Value,
}

/// A figure's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Goes up and down.
    Gauge(u64),
    /// Only goes up.
    Counter(u64),
    /// Several that only go up, told apart by the label `event`.
    Events(Vec<(String, u64)>),
    /// Times in seconds: their sum, and upper bounds with how many fell in each; the last bound is infinite.
    Histogram {
        /// Sum, seconds.
        sum: f64,
        /// Bounds and counts.
        buckets: Vec<(f64, u64)>,
    },
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("quietline");
        macro_rules! register {
            ($kind:ty, $name:literal, $help:literal) => {{
                let metric = <$kind>::default();
                registry.register($name, $help, metric.clone());
                metric
            }};
        }
        Self {
            connections: register!(Gauge, "connections", "HTTPS connections open now"),
            connections_refused: register!(
                Counter,
                "connections_refused",
                "HTTPS connections refused because of a limit"
            ),
            handshakes_failed: register!(
                Counter,
                "tls_handshakes_failed",
                "TLS handshakes that failed or took too long"
            ),
            sockets: register!(Family<SideLabel, Gauge>, "sockets", "WebSockets open now"),
            messages: register!(Family<SideLabel, Counter>, "messages", "Messages taken from clients"),
            errors: register!(Family<ErrorLabel, Counter>, "errors", "Errors sent to clients"),
            origins_refused: register!(
                Counter,
                "origins_refused",
                "Requests refused because of their origin"
            ),
            silent: register!(Family<SideLabel, Counter>, "silent_clients", "Clients that fell silent"),
            legs: register!(Counter, "leg_tokens", "Media leg tokens minted"),
            enrolled: register!(Counter, "devices_enrolled", "Devices enrolled"),
            certificates_renewed: register!(
                Counter,
                "certificates_renewed",
                "Times that a new certificate was taken into use"
            ),
            registry,
        }
    }
}

impl Metrics {
    /// All of it as OpenMetrics text, with `figures` of others.
    pub fn encode(&self, figures: Vec<Figure>) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode_registry(&mut text, &self.registry)?;
        let mut others = Registry::with_prefix("quietline");
        others.register_collector(Box::new(Figures(Mutex::new(figures))));
        text::encode_registry(&mut text, &others)?;
        text::encode_eof(&mut text)?;
        Ok(text)
    }
}

#[derive(Debug)]
struct Figures(Mutex<Vec<Figure>>);

impl Collector for Figures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        for figure in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            match &figure.value {
                Value::Gauge(value) => {
                    let gauge = ConstGauge::new(i64::try_from(*value).unwrap_or(i64::MAX));
                    gauge.encode(encoder.encode_descriptor(
                        figure.name,
                        figure.help,
                        None,
                        gauge.metric_type(),
                    )?)?;
                }
                Value::Counter(value) => {
                    let counter = ConstCounter::new(*value);
                    counter.encode(encoder.encode_descriptor(
                        figure.name,
                        figure.help,
                        None,
                        counter.metric_type(),
                    )?)?;
                }
                Value::Events(events) => {
                    let mut family =
                        encoder.encode_descriptor(figure.name, figure.help, None, MetricType::Counter)?;
                    for (event, value) in events {
                        let counter = ConstCounter::new(*value);
                        counter.encode(family.encode_family(&[("event", event.as_str())])?)?;
                    }
                }
                Value::Histogram { sum, buckets } => {
                    let count = buckets.iter().map(|(_, count)| count).sum();
                    encoder
                        .encode_descriptor(figure.name, figure.help, None, MetricType::Histogram)?
                        .encode_histogram::<NoLabelSet>(*sum, count, buckets, None)?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_and_others_figures_are_one_text() {
        let metrics = Metrics::default();
        metrics.enrolled.inc();
        metrics.errors.get_or_create(&ErrorLabel { code: "malformed" }).inc();
        let text = metrics
            .encode(vec![
                Figure { name: "waiting", help: "Callers in the queue now", value: Value::Gauge(2) },
                Figure {
                    name: "relay_events",
                    help: "What the relay met",
                    value: Value::Events(vec![("forwarded".into(), 5), ("moved".into(), 1)]),
                },
                Figure { name: "joined", help: "Callers who joined", value: Value::Counter(7) },
                Figure {
                    name: "answer_seconds",
                    help: "Time to answer",
                    value: Value::Histogram { sum: 12.5, buckets: vec![(5.0, 1), (f64::INFINITY, 2)] },
                },
            ])
            .unwrap();
        for line in [
            "quietline_devices_enrolled_total 1",
            "quietline_errors_total{code=\"malformed\"} 1",
            "quietline_waiting 2",
            "quietline_joined_total 7",
            "quietline_relay_events_total{event=\"forwarded\"} 5",
            "quietline_relay_events_total{event=\"moved\"} 1",
            "quietline_answer_seconds_bucket{le=\"+Inf\"} 3",
            "quietline_answer_seconds_sum 12.5",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
