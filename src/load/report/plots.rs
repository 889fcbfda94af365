//! The plots of a report: which figures go on which axes.

use super::{
    Report,
    chart::{Axis, Chart, Series, Shape},
    scale::{Scale, number, time_unit},
};
use crate::load::figures::Sample;

/// All plots, in the order in which they are read.
pub fn all(report: &Report) -> Vec<Chart> {
    vec![
        calls(report),
        setup(report),
        loss(report),
        one_way(report),
        mouth_to_ear(report),
        concealed(report),
        processor(report),
        memory(report),
    ]
}

type Value = fn(&Sample) -> Option<f64>;

/// A plot over time.
fn over_time(
    report: &Report,
    title: &'static str,
    label: &str,
    description: String,
    series: &[(&'static str, Shape, Value)],
) -> Chart {
    let (factor, unit) = time_unit(report.lasted_s);
    let series: Vec<Series> = series
        .iter()
        .map(|&(name, shape, value)| Series {
            name,
            shape,
            points: report.samples.iter().map(|sample| (sample.at_s / factor, value(sample))).collect(),
        })
        .collect();
    let most =
        series.iter().flat_map(|series| &series.points).filter_map(|point| point.1).fold(0.0, f64::max);
    Chart {
        title,
        description,
        x: Axis { label: format!("time, {unit}"), scale: Scale::exactly(report.lasted_s / factor) },
        y: Axis { label: label.into(), scale: Scale::from_zero(most) },
        series,
        marks: report.shocks.iter().map(|(at, what)| (at / factor, what.clone())).collect(),
    }
}

fn calls(report: &Report) -> Chart {
    let description = format!(
        "{} of {} callers were connected, at most {} at once",
        number(report.calls.connected as f64),
        number(report.calls.offered as f64),
        number(report.calls.most_at_once as f64)
    );
    over_time(
        report,
        "Calls",
        "callers",
        description,
        &[
            ("in a call", Shape::Area, |sample| Some(f64::from(sample.calls))),
            ("waiting", Shape::Line, |sample| Some(f64::from(sample.waiting))),
        ],
    )
}

/// Share of the calls that had taken a step within a time.
fn setup(report: &Report) -> Chart {
    let names = [
        ("queue", "waiting"),
        ("answer", "answer"),
        ("first audio", "first_audio"),
        ("heard again", "heard_again"),
    ];
    let empty = Vec::new();
    let series: Vec<Series> = names
        .into_iter()
        .map(|(name, key)| {
            let buckets = report.setup.buckets.get(key).unwrap_or(&empty);
            Series { name, shape: Shape::Line, points: shares(buckets) }
        })
        .filter(|series| !series.points.is_empty())
        .collect();
    let values = || series.iter().flat_map(|series| series.points.iter().map(|(ms, _)| *ms));
    let scale = Scale::decades(values().fold(f64::INFINITY, f64::min).min(1e6), values().fold(1.0, f64::max));
    let description = report.setup.first_audio.map_or("no call was connected".into(), |spread| {
        format!("first audio {} ms after the answer in half of the calls", number(spread.p50))
    });
    // Each begins at the axis, with none, and stays at all.
    let series = series
        .into_iter()
        .map(|mut series| {
            series.points.insert(0, (scale.from, Some(0.0)));
            series.points.push((scale.to, Some(100.0)));
            series
        })
        .collect();
    Chart {
        title: "Time to each step",
        description,
        x: Axis { label: "milliseconds, logarithmic".into(), scale },
        y: Axis { label: "% of calls".into(), scale: Scale::exactly(100.0) },
        series,
        marks: Vec::new(),
    }
}

fn shares(buckets: &[(f64, u32)]) -> Vec<(f64, Option<f64>)> {
    let all: f64 = buckets.iter().map(|(_, count)| f64::from(*count)).sum();
    let mut seen = 0.0;
    let step = |&(ms, count): &(f64, u32)| {
        seen += f64::from(count);
        (ms.max(0.1), Some(100.0 * seen / all))
    };
    buckets.iter().map(step).collect()
}

fn loss(report: &Report) -> Chart {
    let description = format!("{} % of all packets, after repairs", number(report.packets.lost_percent));
    over_time(
        report,
        "Loss after repairs",
        "% of packets",
        description,
        &[("lost", Shape::Area, |sample| sample.lost_percent)],
    )
}

fn one_way(report: &Report) -> Chart {
    let description = report.one_way.map_or("not at media levels full and heard".into(), |spread| {
        format!("half under {} ms, 99 % under {} ms", number(spread.p50), number(spread.p99))
    });
    over_time(
        report,
        "One way through the relay",
        "milliseconds",
        description,
        &[
            ("p50", Shape::Line, |sample| sample.one_way_p50_ms),
            ("p99", Shape::Line, |sample| sample.one_way_p99_ms),
            ("p99.9", Shape::Line, |sample| sample.one_way_p999_ms),
        ],
    )
}

fn mouth_to_ear(report: &Report) -> Chart {
    let spread = report.sound.as_ref().and_then(|sound| sound.mouth_to_ear);
    let buckets = report.sound.as_ref().map_or(&[][..], |sound| &sound.mouth_to_ear_buckets);
    let all: f64 = buckets.iter().map(|(_, count)| f64::from(*count)).sum();
    // What is beyond the last of a thousand would squeeze the rest.
    let most = spread.map_or(400.0, |spread| spread.p999 * 1.15);
    let scale = Scale::from_zero(most);
    let width = scale.to / 50.0;
    let mut bars = [0.0; 50];
    for (at, &(middle, count)) in buckets.iter().enumerate() {
        // A bucket is spread over its width, which may be more than a bar's.
        let low = if at > 0 { (buckets[at - 1].0 + middle) / 2.0 } else { middle * 0.96 };
        let low = low.max(middle * 0.96);
        let high = 2.0 * middle - low;
        for part in 0..16 {
            let value = low + (high - low) * (f64::from(part) + 0.5) / 16.0;
            if let Some(bar) = bars.get_mut((value / width) as usize) {
                *bar += 100.0 * f64::from(count) / all / 16.0;
            }
        }
    }
    let mut points: Vec<_> = bars
        .iter()
        .enumerate()
        .map(|(at, share)| (width * at as f64, spread.is_some().then_some(*share)))
        .collect();
    points.push((scale.to, None));
    let marks = spread.map_or(Vec::new(), |spread| {
        vec![
            (spread.p50, format!("half under {} ms", number(spread.p50.round()))),
            (spread.p99, format!("99 % under {} ms", number(spread.p99.round()))),
        ]
    });
    let description = spread.map_or("at media levels full and heard only".into(), |spread| {
        format!("half under {} ms, 99 % under {} ms", number(spread.p50), number(spread.p99))
    });
    Chart {
        title: "Mouth to ear",
        description,
        x: Axis { label: "milliseconds".into(), scale },
        y: Axis {
            label: "% of marks in the sound".into(),
            scale: Scale::from_zero(bars.iter().copied().fold(0.0, f64::max)),
        },
        series: vec![Series { name: "marks", shape: Shape::Bars, points }],
        marks,
    }
}

fn concealed(report: &Report) -> Chart {
    let description = report.sound.as_ref().map_or("at media levels full and heard only".into(), |sound| {
        format!("{} % of all sound", number(sound.concealed_percent))
    });
    over_time(
        report,
        "Concealed sound",
        "% of what was played",
        description,
        &[("concealed", Shape::Area, |sample| sample.concealed_percent)],
    )
}

fn processor(report: &Report) -> Chart {
    let description = report.gateway.as_ref().map_or("not known".into(), |gateway| {
        format!(
            "the gateway took {} s, its relay {} s of them",
            number(gateway.cpu_s),
            number(gateway.relay_cpu_s)
        )
    });
    over_time(
        report,
        "Processor",
        "% of one core",
        description,
        &[
            ("gateway", Shape::Line, |sample| sample.gateway_cpu_percent),
            ("its relay", Shape::Line, |sample| sample.relay_cpu_percent),
            ("generator", Shape::Line, |sample| Some(sample.generator_cpu_percent)),
        ],
    )
}

fn memory(report: &Report) -> Chart {
    let description = report.gateway.as_ref().map_or("not known".into(), |gateway| {
        format!(
            "{} MiB before the first call, {} MiB at most",
            number(gateway.idle_mib),
            number(gateway.most_mib)
        )
    });
    over_time(
        report,
        "Memory of the gateway",
        "MiB resident",
        description,
        &[("gateway", Shape::Area, |sample| sample.gateway_mib)],
    )
}
