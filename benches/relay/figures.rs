//! What was seen, and how it is printed.

use std::time::Duration;

use crate::subject::Kind;

/// What the generator saw.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    pub sent: u64,
    /// What this machine's own socket did not take.
    pub unsent: u64,
    pub received: u64,
    /// What did not open, or was not the peer's.
    pub wrong: u64,
    /// STUN, DTLS and RTCP.
    pub control: u64,
    /// Nanoseconds from the send call to the arrival at the other leg's socket.
    pub delays: Vec<u32>,
    /// By how much the generator was ever behind its own plan.
    pub late: Duration,
}

impl Seen {
    /// So many of a thousand packets took no longer, microseconds.
    pub fn delay(&self, of_thousand: usize) -> f64 {
        let mut delays = self.delays.clone();
        delays.sort_unstable();
        let at = (delays.len() * of_thousand / 1_000).min(delays.len().saturating_sub(1));
        delays.get(at).map_or(f64::NAN, |ns| f64::from(*ns) / 1_000.0)
    }
}

/// One subject's turn.
#[derive(Debug, Clone)]
pub struct Slice {
    pub sent: u64,
    pub received: u64,
    pub packets_per_cpu_second: f64,
    /// Of one processor.
    pub busy: f64,
    /// Of 500, 990 and 999 of a thousand packets, microseconds.
    pub delays: [f64; 3],
    pub late: Duration,
    /// Of all processors, what the host did not give this machine.
    pub stolen: f64,
}

impl Slice {
    pub fn new(seen: &Seen, cpu: Duration, elapsed: Duration, stolen: f64) -> Self {
        Self {
            sent: seen.sent,
            received: seen.received,
            packets_per_cpu_second: seen.received as f64 / cpu.as_secs_f64(),
            busy: cpu.as_secs_f64() / elapsed.as_secs_f64(),
            delays: [500, 990, 999].map(|of_thousand| seen.delay(of_thousand)),
            late: seen.late,
            stolen,
        }
    }
}

/// One subject under one load.
#[derive(Debug)]
pub struct Row {
    pub kind: Kind,
    pub slices: Vec<Slice>,
    pub wrong: u64,
    pub unsent: u64,
    /// CPU time for one leg to connect.
    pub handshake: Duration,
    pub bytes_per_call: u64,
    /// Resident bytes, each second.
    pub memory: Vec<(u64, u64)>,
}

impl Row {
    fn median(&self, of: impl Fn(&Slice) -> f64) -> f64 {
        median(self.slices.iter().map(of).collect())
    }

    /// The median of this subject's figure as a share of the other's, turn by turn.
    fn ratio(&self, to: Option<&Self>, of: impl Fn(&Slice) -> f64) -> f64 {
        let Some(to) = to else { return f64::NAN };
        median(self.slices.iter().zip(&to.slices).map(|(own, other)| of(own) / of(other)).collect())
    }
}

/// The middle one of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The share of what was sent in all turns that did not arrive, in percent.
fn loss(slices: &[Slice]) -> f64 {
    let (sent, received) =
        slices.iter().fold((0, 0), |(sent, received), slice| (sent + slice.sent, received + slice.received));
    100.0 * sent.saturating_sub(received) as f64 / sent.max(1) as f64
}

/// Prints the head of the table.
pub fn head() {
    println!(
        "\n{:>5} {:<18} {:>9} {:>6} {:>6} {:>9} {:>8} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}",
        "calls",
        "subject",
        "pkt/CPU s",
        "ratio",
        "CPU %",
        "loss",
        "p50 us",
        "p99 us",
        "p99 ratio",
        "p99.9 us",
        "KiB/call",
        "legs/CPUs",
        "gen late",
        "stolen"
    );
}

/// Prints the rows of one load: medians over the turns. Ratios are to the bare forwarder with the same cryptography: of
/// throughput the median of each turn's, of delay that of the medians, because one pause of the machine makes a turn's 99th
/// hundredth a hundred times as long, in whichever turn it falls.
pub fn print(calls: usize, rows: &[Row]) {
    let limit = rows.iter().find(|row| row.kind == Kind::Gcm);
    for row in rows {
        println!(
            "{calls:>5} {:<18} {:>9.0} {:>6.2} {:>6.1} {:>8.4}% {:>8.0} {:>8.0} {:>9.2} {:>9.0} {:>9.1} {:>9} {:>6.1} ms {:>6.1}%{}",
            row.kind.name(),
            row.median(|slice| slice.packets_per_cpu_second),
            row.ratio(limit, |slice| slice.packets_per_cpu_second),
            100.0 * row.median(|slice| slice.busy),
            loss(&row.slices),
            row.median(|slice| slice.delays[0]),
            row.median(|slice| slice.delays[1]),
            row.median(|slice| slice.delays[1])
                / limit.map_or(f64::NAN, |l| l.median(|slice| slice.delays[1])),
            row.median(|slice| slice.delays[2]),
            row.bytes_per_call as f64 / 1_024.0,
            if matches!(row.kind, Kind::Relay | Kind::Before) {
                format!("{:.0}", 1.0 / row.handshake.as_secs_f64())
            } else {
                "-".into()
            },
            1_000.0 * row.median(|slice| slice.late.as_secs_f64()),
            100.0 * row.slices.iter().map(|slice| slice.stolen).sum::<f64>() / row.slices.len().max(1) as f64,
            if row.wrong + row.unsent > 0 {
                format!("  {} wrong, {} unsent", row.wrong, row.unsent)
            } else {
                String::new()
            },
        );
        if row.memory.len() >= 60 {
            let line: Vec<String> = row
                .memory
                .iter()
                .filter(|(second, _)| second % 30 == 0)
                .map(|(second, bytes)| format!("{second} s {:.1} MiB", *bytes as f64 / 1_048_576.0))
                .collect();
            println!("      memory: {}", line.join(", "));
        }
    }
}

/// Prints the head of the table of what goes on beside running calls.
pub fn stress_head() {
    println!(
        "{:>5} {:<44} {:>17} {:>15} {:>17} {:>9} {:>13} {:>15} {:>7}",
        "calls",
        "beside",
        "loss without,with",
        "p50 us",
        "p99 us",
        "p99 more",
        "CPU %",
        "MiB before,after",
        "stolen"
    );
}

/// Prints what the running calls met without and with the company: medians over the turns, `more` that of each turn's difference.
pub fn stress(calls: usize, name: &str, alone: &[Slice], together: &[Slice], memory: [u64; 2]) {
    let of = |slices: &[Slice], of: fn(&Slice) -> f64| median(slices.iter().map(of).collect());
    let more = median(alone.iter().zip(together).map(|(a, t)| t.delays[1] - a.delays[1]).collect());
    let stolen = alone.iter().chain(together).map(|slice| slice.stolen).sum::<f64>()
        / (alone.len() + together.len()).max(1) as f64;
    println!(
        "{calls:>5} {name:<44} {:>7.4}%,{:>7.4}% {:>7.0},{:>7.0} {:>8.0},{:>8.0} {more:>9.0} {:>6.1},{:>6.1} {:>7.1},{:>7.1} {:>6.1}%",
        loss(alone),
        loss(together),
        of(alone, |s| s.delays[0]),
        of(together, |s| s.delays[0]),
        of(alone, |s| s.delays[1]),
        of(together, |s| s.delays[1]),
        100.0 * of(alone, |s| s.busy),
        100.0 * of(together, |s| s.busy),
        memory[0] as f64 / 1_048_576.0,
        memory[1] as f64 / 1_048_576.0,
        100.0 * stolen,
    );
}
