//! What processes use, as Linux tells it in `/proc`: of the gateway (its relay's threads apart) and of this one.

use std::{fs, path::PathBuf, time::Duration};

/// What a process has used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time of all threads that live.
    pub cpu: Duration,
    /// Of these, of the relay's workers.
    pub relay_cpu: Duration,
    /// Memory that is resident, bytes.
    pub resident: u64,
}

/// Reads what a process uses; none when there is no such process (any more).
pub fn usage(pid: u32) -> Option<Usage> {
    let process = PathBuf::from(format!("/proc/{pid}"));
    let mut usage = Usage { resident: resident(&process)?, ..Usage::default() };
    for task in fs::read_dir(process.join("task")).ok()?.flatten() {
        // A thread may end while it is looked at.
        let Ok(text) = fs::read_to_string(task.path().join("schedstat")) else { continue };
        let Some(cpu) = text.split_whitespace().next().and_then(|ns| ns.parse().ok()) else { continue };
        let cpu = Duration::from_nanos(cpu);
        usage.cpu += cpu;
        let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if name.starts_with("relay-") {
            usage.relay_cpu += cpu;
        }
    }
    Some(usage)
}

/// This machine in one line: processor, cores, memory.
pub fn machine() -> String {
    let field = |file: &str, name: &str| {
        let text = fs::read_to_string(file).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name))?.to_owned();
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .map_or(String::new(), |kib| format!(", {:.0} GiB", kib / 1_048_576.0));
    format!("{processor}, {cores} {}{memory}", if cores == 1 { "core" } else { "cores" })
}

fn resident(process: &std::path::Path) -> Option<u64> {
    let text = fs::read_to_string(process.join("status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(1024 * line.split_whitespace().next()?.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_something_and_its_relay_threads_are_told_apart() {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let worker = std::thread::Builder::new().name("relay-0".into()).spawn(move || {
            let busy = (0..20_000_000_u64).fold(0, |sum, number| std::hint::black_box(sum ^ number));
            (stopped.recv().is_err(), busy)
        });
        let worker = worker.unwrap();
        let id = std::process::id();
        let seen = || usage(id).unwrap().relay_cpu > Duration::ZERO;
        while !seen() {
            std::thread::yield_now();
        }
        let usage = usage(id).unwrap();
        drop(stop);
        assert!(worker.join().unwrap().0);
        assert!(usage.cpu >= usage.relay_cpu && usage.resident > 1_000_000);
        assert!(machine().contains("core"));
    }

    #[test]
    fn a_process_that_is_gone_uses_nothing() {
        assert_eq!(usage(u32::MAX), None);
    }
}
