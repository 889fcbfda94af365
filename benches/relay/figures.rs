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

/// One subject under one load.
#[derive(Debug, Clone)]
pub struct Row {
    pub kind: Kind,
    pub seen: Seen,
    pub cpu: Duration,
    pub elapsed: Duration,
    /// CPU time for one leg to connect.
    pub handshake: Duration,
    pub bytes_per_call: u64,
    /// Resident bytes, each second.
    pub memory: Vec<(u64, u64)>,
}

impl Row {
    /// Packets forwarded for each second that the subject ran.
    pub fn packets_per_cpu_second(&self) -> f64 {
        self.seen.received as f64 / self.cpu.as_secs_f64()
    }
}

/// The table.
pub struct Table;

impl Table {
    /// Prints the head.
    pub fn new() -> Self {
        println!(
            "\n{:>5} {:<18} {:>9} {:>6} {:>6} {:>9} {:>8} {:>8} {:>8} {:>9} {:>9} {:>8}",
            "calls",
            "subject",
            "pkt/CPU s",
            "ratio",
            "CPU %",
            "loss",
            "p50 us",
            "p99 us",
            "p99.9 us",
            "KiB/call",
            "legs/CPUs",
            "gen late"
        );
        Self
    }

    /// Prints the rows of one load. Ratios are to the bare forwarder with the same cryptography.
    pub fn print(&mut self, calls: usize, rows: &[Row]) {
        let limit = rows.iter().find(|row| row.kind == Kind::Gcm).map(Row::packets_per_cpu_second);
        for row in rows {
            let mut delays = row.seen.delays.clone();
            delays.sort_unstable();
            let at = |share: f64| {
                let at = ((delays.len() as f64 * share) as usize).min(delays.len().saturating_sub(1));
                delays.get(at).map_or(f64::NAN, |ns| f64::from(*ns) / 1_000.0)
            };
            let lost = row.seen.sent.saturating_sub(row.seen.received);
            println!(
                "{calls:>5} {:<18} {:>9.0} {:>6.2} {:>6.1} {:>8.4}% {:>8.0} {:>8.0} {:>8.0} {:>9.1} {:>9} {:>5.1} ms{}",
                row.kind.name(),
                row.packets_per_cpu_second(),
                limit.map_or(f64::NAN, |limit| row.packets_per_cpu_second() / limit),
                100.0 * row.cpu.as_secs_f64() / row.elapsed.as_secs_f64(),
                100.0 * lost as f64 / row.seen.sent.max(1) as f64,
                at(0.5),
                at(0.99),
                at(0.999),
                row.bytes_per_call as f64 / 1_024.0,
                if row.kind == Kind::Relay {
                    format!("{:.0}", 1.0 / row.handshake.as_secs_f64())
                } else {
                    "-".into()
                },
                row.seen.late.as_secs_f64() * 1_000.0,
                if row.seen.wrong + row.seen.unsent > 0 {
                    format!("  {} wrong, {} unsent", row.seen.wrong, row.seen.unsent)
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
}
