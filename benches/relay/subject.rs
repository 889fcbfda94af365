//! What is measured: a process of its own on a processor of its own.

use std::{
    error::Error,
    fs, io,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, SocketAddr},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use nix::{
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use quietline::{legtoken::LegKeys, proto::media::fingerprint_of_hex};

use crate::Options;

/// Which one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The product.
    Relay,
    /// The product as another build has it.
    Before,
    /// Receives and sends in batches, opens and seals.
    Gcm,
    /// Receives and sends in batches.
    Plain,
}

impl Kind {
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "relay" => Ok(Self::Relay),
            "before" => Ok(Self::Before),
            "gcm" => Ok(Self::Gcm),
            "plain" => Ok(Self::Plain),
            _ => Err(format!("{text} is none of relay, before, gcm, plain")),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Relay => "quietline relay",
            Self::Before => "the build before",
            Self::Gcm => "bare, AES-128-GCM",
            Self::Plain => "bare, no crypto",
        }
    }
}

/// A running one. It is killed when dropped.
pub struct Subject {
    pub kind: Kind,
    /// Of each worker.
    pub addresses: Vec<SocketAddr>,
    /// The relay's certificate and what mints tokens for it.
    pub relay: Option<([u8; 32], Arc<LegKeys>)>,
    child: Child,
    _folder: tempfile::TempDir,
}

impl Subject {
    /// Starts it on the first processor that this process may use, and moves this process to the others.
    pub fn start(kind: Kind, options: &Options) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        let key_file = folder.path().join("leg.keys");
        let mut command = match kind {
            Kind::Relay | Kind::Before => {
                let (program, workers, more) = match kind {
                    Kind::Before => (&options.before[..], 1, &[][..]),
                    _ => (env!("CARGO_BIN_EXE_quietline"), options.workers, &options.relay[..]),
                };
                let mut command = Command::new(program);
                command.args(["relay", "--listen", "127.0.0.1", "--port", "0", "--json"]);
                command.args(["--workers", &workers.to_string()]);
                command.arg("--key-file").arg(&key_file).args(more);
                command
            }
            Kind::Gcm | Kind::Plain => {
                let mut command = Command::new(std::env::current_exe()?);
                command.args(["--forward", if kind == Kind::Gcm { "gcm" } else { "plain" }]);
                command
            }
        };
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        pin(&child)?;
        let mut said = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut said)?;
        let (ports, relay) = match kind {
            Kind::Relay | Kind::Before => {
                let said: serde_json::Value = serde_json::from_str(&said)?;
                let hex = said["fingerprint"].as_str().ok_or("no fingerprint")?;
                let fingerprint = fingerprint_of_hex(hex).ok_or("no fingerprint")?;
                let ports: Vec<u16> = serde_json::from_value(said["ports"].clone())?;
                (ports, Some((fingerprint, Arc::new(LegKeys::load(&key_file)?))))
            }
            Kind::Gcm | Kind::Plain => (vec![said.trim().parse()?], None),
        };
        let addresses = ports.into_iter().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port))).collect();
        Ok(Self { kind, addresses, relay, child, _folder: folder })
    }

    /// Where the legs of a call connect: calls take turns at the workers.
    pub fn address(&self, call: u32) -> SocketAddr {
        self.addresses[call as usize % self.addresses.len()]
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    /// Stops it while another one has its turn, or lets it go on.
    pub fn pause(&self, paused: bool) -> Result<(), Box<dyn Error>> {
        let signal = if paused { Signal::SIGSTOP } else { Signal::SIGCONT };
        Ok(kill(self.pid(), signal)?)
    }

    /// The time that all its threads have run.
    pub fn cpu(&self) -> io::Result<Duration> {
        let mut total = 0;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            total += text.split(' ').next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or_default();
        }
        Ok(Duration::from_nanos(total))
    }

    /// Its resident memory without the program's file, bytes: code that is read for the first time is no call's memory.
    pub fn resident(&self) -> io::Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/statm", self.child.id()))?;
        let mut pages = text.split(' ').skip(1).map(|pages| pages.parse::<u64>().unwrap_or_default());
        let (resident, of_files) = (pages.next().unwrap_or_default(), pages.next().unwrap_or_default());
        Ok(resident.saturating_sub(of_files) * 4_096)
    }
}

/// The time of all processors since the machine started, and what of it the host gave to others, in the kernel's ticks.
pub fn machine() -> io::Result<(u64, u64)> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().unwrap_or_default();
    // user, nice, system, idle, iowait, irq, softirq, steal; what follows is counted in user and nice, too.
    let ticks: Vec<u64> =
        line.split_whitespace().skip(1).take(8).filter_map(|ticks| ticks.parse().ok()).collect();
    Ok((ticks.iter().sum(), ticks.get(7).copied().unwrap_or_default()))
}

/// The share of all processors that the host gave to others since then.
pub fn stolen_since((all, stolen): (u64, u64)) -> io::Result<f64> {
    let (all_now, stolen_now) = machine()?;
    Ok((stolen_now - stolen) as f64 / (all_now - all).max(1) as f64)
}

impl Drop for Subject {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where there is more than one processor, the generator does not run where the subject does.
fn pin(child: &Child) -> Result<(), Box<dyn Error>> {
    let all = sched_getaffinity(Pid::from_raw(std::process::id() as i32))?;
    let processors: Vec<usize> = (0..CpuSet::count()).filter(|n| all.is_set(*n).unwrap_or(false)).collect();
    let (Some(first), true) = (processors.first(), processors.len() > 1 || PINNED.get().is_some()) else {
        return Ok(());
    };
    let first = *PINNED.get_or_init(|| *first);
    let mut one = CpuSet::new();
    one.set(first)?;
    sched_setaffinity(Pid::from_raw(child.id() as i32), &one)?;
    let mut others = CpuSet::new();
    for processor in processors.iter().filter(|processor| **processor != first) {
        others.set(*processor)?;
    }
    sched_setaffinity(Pid::from_raw(0), &others)?;
    Ok(())
}

/// The subjects' processor, once this process has left it.
static PINNED: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
