//! `quietline load`: synthetic callers and counsellors against a gateway, and what that showed.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use super::{stop, synthetic};
use crate::{
    client::socket::Server,
    load::{
        conduct::{Host, Run, conduct},
        gateway::{Gateway, Needs, Place, is_private},
        metrics::Metrics,
        plan::Plan,
        progress::Progress,
        report::{page, table},
        scenario::{Media, Opus, Pattern, Scenario},
        staff::Roster,
    },
};

/// Put a gateway under load: synthetic callers and counsellors, modelled networks, a report.
///
/// Without --server it starts a gateway of its own, on this machine, with data that is thrown away. docs/load.md explains
/// the figures, the scenario file and how to size a server.
#[derive(Debug, Args)]
pub struct LoadArgs {
    /// The scenario (TOML); what stands on the command line goes over it.
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Calls in all.
    #[arg(long, value_name = "N")]
    calls: Option<u32>,
    /// Members of staff; 0: one for each call.
    #[arg(long, value_name = "N")]
    staff: Option<u32>,
    /// How callers come.
    #[arg(long, value_name = "PATTERN")]
    arrival: Option<PatternArg>,
    /// Over how long they come, seconds.
    #[arg(long, value_name = "S")]
    over_s: Option<f64>,
    /// How long they talk, seconds from the answer.
    #[arg(long, value_name = "S")]
    length_s: Option<f64>,
    /// How much of an endpoint is real: full (Opus, MLS, SFrame), heard (the same, encoded before), sealed (not decoded either),
    /// packets (SRTP only).
    #[arg(long, value_name = "LEVEL")]
    media: Option<MediaArg>,
    /// How what is said is encoded: low-delay (Opus' CELT mode, cheap), voice (SILK with LBRR, as browsers).
    #[arg(long, value_name = "MODE")]
    opus: Option<OpusArg>,
    /// The network of callers, each way: none, or a model of docs/networks.md.
    #[arg(long, value_name = "NETWORK")]
    caller_network: Option<String>,
    /// The network of staff, each way.
    #[arg(long, value_name = "NETWORK")]
    staff_network: Option<String>,
    /// Share of the calls, 0 to 1, in which the caller reloads the page.
    #[arg(long, value_name = "SHARE")]
    reload_share: Option<f64>,
    /// Share of the calls in which the caller gets another address.
    #[arg(long, value_name = "SHARE")]
    address_share: Option<f64>,
    /// Share of the calls in which the caller's device dies and comes back after churn.away_s.
    #[arg(long, value_name = "SHARE")]
    kill_share: Option<f64>,
    /// The run is ended after so long, seconds.
    #[arg(long, value_name = "S")]
    longest_s: Option<f64>,
    /// The same seed gives the same plan and the same networks.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads that make load; each drives its share of the endpoints.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    /// Relay workers of the gateway that is started; 0: one for each processor.
    #[arg(long, value_name = "N", default_value_t = 1, conflicts_with = "server")]
    relay_workers: u16,
    /// The gateway to put under load (https://HOST[:PORT]) instead of one of its own.
    #[arg(long, value_name = "URL", requires = "staff_credentials")]
    server: Option<String>,
    /// The folder with the synthetic staff of that gateway (`quietline staff synthetic` makes one).
    #[arg(long, value_name = "DIR", requires = "server")]
    staff_credentials: Option<PathBuf>,
    /// Where that gateway's metrics are (http://HOST:PORT/metrics, on this machine; its internal.listen), to know what it uses.
    #[arg(long, value_name = "URL", requires = "server")]
    metrics: Option<String>,
    /// Whom to trust to be that gateway (PEM).
    #[arg(long, value_name = "FILE", default_value = Server::SYSTEM_ROOTS, requires = "server")]
    trust: PathBuf,
    /// Allow a target that is neither this machine nor on a private network. Only for servers that are yours.
    #[arg(long, requires = "server")]
    i_own_this_server: bool,
    /// Write all figures here (JSON).
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page with plots here (HTML, needs nothing else).
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PatternArg {
    AtOnce,
    Steady,
    Poisson,
    Storm,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MediaArg {
    Full,
    Heard,
    Sealed,
    Packets,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OpusArg {
    LowDelay,
    Voice,
}

/// Runs `quietline load`.
///
/// # Errors
/// One line, for people.
pub fn run(args: LoadArgs) -> anyhow::Result<()> {
    let scenario = scenario(&args)?;
    // Before the run, so that its figures are not lost at its end.
    for file in [&args.json, &args.report].into_iter().flatten() {
        fs::write(file, "").with_context(|| format!("cannot write {}", file.display()))?;
    }
    let stop = stop::on_signal()?;
    let mut progress = Progress::stderr();
    let (host, server, roster, target) = match &args.server {
        Some(origin) => foreign(&args, origin, &scenario)?,
        None => own(&args, &scenario)?,
    };
    let plan = Plan::of(&scenario);
    let run = Run { scenario, plan, roster, server, target, threads: args.threads, stop };
    let done = conduct(&run, host, &mut progress);
    progress.done();
    let report = done?;
    write!(io::stdout(), "{}", table::text(&report))?;
    if let Some(file) = &args.json {
        write_file(file, &serde_json::to_vec_pretty(&report)?)?;
    }
    if let Some(file) = &args.report {
        write_file(file, page::html(&report).as_bytes())?;
    }
    Ok(())
}

/// The scenario file with the command line over it, checked.
fn scenario(args: &LoadArgs) -> anyhow::Result<Scenario> {
    let mut scenario = match &args.scenario {
        Some(path) => Scenario::read(path)?,
        None => Scenario::default(),
    };
    fn set<T: Clone>(place: &mut T, value: &Option<T>) {
        if let Some(value) = value {
            place.clone_from(value);
        }
    }
    set(&mut scenario.calls, &args.calls);
    set(&mut scenario.staff, &args.staff);
    set(&mut scenario.arrival.over_s, &args.over_s);
    set(&mut scenario.call.shortest_s, &args.length_s);
    set(&mut scenario.call.longest_s, &args.length_s);
    set(&mut scenario.network.caller, &args.caller_network);
    set(&mut scenario.network.staff, &args.staff_network);
    set(&mut scenario.churn.reload_share, &args.reload_share);
    set(&mut scenario.churn.address_share, &args.address_share);
    set(&mut scenario.churn.kill_share, &args.kill_share);
    set(&mut scenario.longest_s, &args.longest_s);
    set(&mut scenario.seed, &args.seed);
    set(&mut scenario.arrival.pattern, &args.arrival.map(Pattern::from));
    set(&mut scenario.media, &args.media.map(Media::from));
    set(&mut scenario.opus, &args.opus.map(Opus::from));
    scenario.check()?;
    if args.server.is_some() && scenario.outage.is_some() {
        bail!("outage: a gateway that this tool did not start cannot be killed by it");
    }
    Ok(scenario)
}

/// A gateway of our own, with staff.
fn own(args: &LoadArgs, scenario: &Scenario) -> anyhow::Result<(Host, Server, Roster, String)> {
    let flooding = scenario.flood.map_or(0, |flood| flood.clients);
    let endpoints = scenario.calls.saturating_add(scenario.staff_count()).saturating_add(flooding);
    let place = Place::new(Needs { endpoints, relay_workers: args.relay_workers })?;
    let roster = synthetic::enrol_development(&place.data(), scenario.staff_count())?;
    let gateway = Gateway::start(place)?;
    let server = Server::new(gateway.origin(), &gateway.trusted())?;
    let workers = match args.relay_workers {
        0 => "one relay worker for each processor".to_owned(),
        1 => "one relay worker".to_owned(),
        workers => format!("{workers} relay workers"),
    };
    let target = format!("a gateway started for this run ({workers})");
    Ok((Host::Running(gateway), server, roster, target))
}

/// Somebody's gateway.
fn foreign(
    args: &LoadArgs,
    origin: &str,
    scenario: &Scenario,
) -> anyhow::Result<(Host, Server, Roster, String)> {
    let folder = args.staff_credentials.as_deref().context("--staff-credentials is missing")?;
    let server = Server::new(origin, &args.trust)?;
    if !args.i_own_this_server && !is_private(server.address().ip()) {
        bail!(
            "{origin} is neither this machine nor on a private network; load on a server of somebody else is an attack. \
             If it is yours, say --i-own-this-server"
        );
    }
    let mut roster = Roster::read(folder)?;
    roster.devices.truncate(scenario.staff_count() as usize);
    let metrics = args.metrics.as_deref().map(Metrics::at).transpose()?;
    Ok((Host::Foreign(metrics), server, roster, origin.to_owned()))
}

fn write_file(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

impl From<PatternArg> for Pattern {
    fn from(pattern: PatternArg) -> Self {
        match pattern {
            PatternArg::AtOnce => Self::AtOnce,
            PatternArg::Steady => Self::Steady,
            PatternArg::Poisson => Self::Poisson,
            PatternArg::Storm => Self::Storm,
        }
    }
}

impl From<OpusArg> for Opus {
    fn from(opus: OpusArg) -> Self {
        match opus {
            OpusArg::LowDelay => Self::LowDelay,
            OpusArg::Voice => Self::Voice,
        }
    }
}

impl From<MediaArg> for Media {
    fn from(media: MediaArg) -> Self {
        match media {
            MediaArg::Full => Self::Full,
            MediaArg::Heard => Self::Heard,
            MediaArg::Sealed => Self::Sealed,
            MediaArg::Packets => Self::Packets,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::config::Config;

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: LoadArgs,
    }

    fn args(words: &[&str]) -> LoadArgs {
        Cli::try_parse_from([&["load"], words].concat()).unwrap().args
    }

    #[test]
    fn the_command_line_goes_over_the_scenario_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        fs::write(&path, "calls = 7\nmedia = \"full\"\n[call]\nshortest_s = 1\nlongest_s = 2\n").unwrap();
        let path = path.to_str().unwrap();
        let read = scenario(&args(&["--scenario", path, "--calls", "9", "--arrival", "poisson"])).unwrap();
        assert_eq!((read.calls, read.media, read.arrival.pattern), (9, Media::Full, Pattern::Poisson));
        assert_eq!(read.call.shortest_s, 1.0);
        let error = scenario(&args(&["--calls", "0"])).unwrap_err().to_string();
        assert!(error.starts_with("calls:"), "{error}");
    }

    #[test]
    fn every_scenario_of_the_repository_can_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/load");
        let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() >= 6);
        for file in files {
            Scenario::read(&file).and_then(|scenario| scenario.check()).unwrap();
        }
    }

    #[test]
    fn somebody_elses_server_is_not_put_under_load_unasked() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().to_str().unwrap();
        let trust = folder.to_owned() + "/ca.pem";
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(&trust, key.cert.pem()).unwrap();
        let words = ["--server", "https://198.51.100.7", "--staff-credentials", folder, "--trust", &trust];
        let refused = |words: &[&str]| {
            let args = args(words);
            foreign(&args, args.server.as_deref().unwrap(), &Scenario::default()).unwrap_err().to_string()
        };
        assert!(refused(&words).contains("--i-own-this-server"));
        assert!(refused(&[&words[..], &["--i-own-this-server"]].concat()).contains("no staff credentials"));
    }

    #[test]
    fn the_gateway_takes_the_configuration_that_it_is_given() {
        let place = Place::new(Needs { endpoints: 1_000, relay_workers: 1 }).unwrap();
        let config = Config::load(Some(&place.configuration()), []).unwrap();
        assert!(config.limits.connections_per_address >= 2_000 && config.limits.joins_per_minute >= 10_000);
    }
}
