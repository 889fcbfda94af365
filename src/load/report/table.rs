//! A report as text for a terminal.

use std::fmt::Write as _;

use super::{Report, scale::number};
use crate::load::figures::Spread;

/// The table. Each line is a figure, or a group's heading.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    for (group, rows) in groups(report) {
        // Writing to a string does not fail.
        let _ = writeln!(out, "\n{group}");
        for (name, value) in rows {
            let _ = writeln!(out, "  {name:<34} {value}");
        }
    }
    for warning in &report.warnings {
        let _ = writeln!(out, "\nWARNING: {warning}");
    }
    out
}

/// The figures in words: groups with a heading, and for each figure its name and its value.
pub fn groups(report: &Report) -> Vec<(&'static str, Vec<(String, String)>)> {
    let row = |name: &str, value: String| (name.to_owned(), value);
    let count = |value: u64| number(value as f64);
    let calls = &report.calls;
    let mut of_calls = vec![
        row("offered", count(calls.offered)),
        row("connected", count(calls.connected)),
        row("ended by one of the two", count(calls.ended)),
        row("failed", count(calls.failed.values().sum())),
    ];
    of_calls.extend(calls.failed.iter().map(|(reason, calls)| row(&format!("  {reason}"), count(*calls))));
    of_calls.extend([
        row("lost, doubled", format!("{}, {}", count(calls.lost), count(calls.doubled))),
        row("most at once", count(calls.most_at_once)),
        row("came back after a loss", count(calls.came_back)),
    ]);

    let setup = &report.setup;
    let mut of_setup = vec![
        row("tap to queue", spread(setup.waiting)),
        row("offer to answer", spread(setup.answer)),
        row("answer to first audio", spread(setup.first_audio)),
        row("loss to heard again", spread(setup.heard_again)),
    ];
    if setup.back.is_some() {
        of_setup.push(row("possible again to heard again", spread(setup.back)));
    }

    let packets = &report.packets;
    let of_packets = vec![
        row("sent", count(packets.sent)),
        row("received", count(packets.received)),
        row("lost after repair", format!("{} ({} %)", count(packets.lost), number(packets.lost_percent))),
        row("duplicated", count(packets.duplicated)),
        row("sent again, asked for again", format!("{}, {}", count(packets.repeated), count(packets.asked))),
        row(
            "not authentic, refused by SFrame",
            format!("{}, {}", count(packets.forged), count(packets.refused)),
        ),
        row("one way through the relay", spread(report.one_way)),
    ];

    let of_sound = report.sound.as_ref().map(|sound| {
        vec![
            row("mouth to ear", spread(sound.mouth_to_ear)),
            row("concealed", format!("{} %", number(sound.concealed_percent))),
            row(
                "E-model score (1 to 4.5)",
                sound.score_median.zip(sound.score_low).map_or("not measured".into(), |(median, low)| {
                    format!("median {median:.2}, 5 % of calls under {low:.2}")
                }),
            ),
        ]
    });

    let of_gateway = match &report.gateway {
        Some(gateway) => vec![
            row("processor", format!("{} s", number(gateway.cpu_s))),
            row("of that, the relay", format!("{} s", number(gateway.relay_cpu_s))),
            row("packets a second of the relay", count(gateway.packets_per_relay_cpu_s as u64)),
            row(
                "memory",
                format!("{} MiB idle, {} MiB at most", number(gateway.idle_mib), number(gateway.most_mib)),
            ),
            row("memory of one call", kib(gateway.kib_per_call)),
        ],
        None => {
            vec![row(
                "processor and memory",
                "not known: it was not started by this tool, nor asked (--metrics)".into(),
            )]
        }
    };

    let generator = &report.generator;
    let of_generator = vec![
        row(
            "processor",
            format!(
                "{} s, busiest thread {} % of a core",
                number(generator.cpu_s),
                number(generator.busiest_percent)
            ),
        ),
        row(
            "threads that drive endpoints",
            generator.us_per_packet_pair.map_or("no packets".into(), |us| {
                format!("{} s, {} us for a packet out and one in", number(generator.swarm_cpu_s), number(us))
            }),
        ),
        row("memory of one endpoint", kib(generator.kib_per_endpoint)),
        row("late with its own work", spread(generator.lateness)),
        row("late with modelled networks", spread(generator.network_lateness)),
        row("media ticks over 10 ms late", format!("{} %", number(generator.late_ticks_percent))),
        row("datagrams its sockets lost", count(generator.datagrams_refused)),
    ];

    let mut groups = vec![("Calls", of_calls), ("Time to each step", of_setup), ("Packets", of_packets)];
    groups.extend(of_sound.map(|rows| ("Sound", rows)));
    groups.extend(report.flooded.map(|sent| {
        let rows = vec![
            row("messages", count(sent.messages)),
            row("connections opened and dropped", count(sent.connections)),
            row("datagrams to the relay", count(sent.datagrams)),
        ];
        ("Flooding clients", rows)
    }));
    groups.extend([("Gateway", of_gateway), ("Load generator", of_generator)]);
    groups
}

fn spread(spread: Option<Spread>) -> String {
    let Some(spread) = spread else { return "none".into() };
    format!(
        "p50 {} ms, p99 {} ms, p99.9 {} ms, most {} ms",
        number(spread.p50),
        number(spread.p99),
        number(spread.p999),
        number(spread.max)
    )
}

fn kib(value: Option<f64>) -> String {
    value.map_or("not measured".into(), |kib| format!("{} KiB", number(kib)))
}
