//! `quietline serve`: pages, signalling and relay in one process.

use std::{
    fs::File,
    io::{self, Write},
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use clap::Args;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{figures, staff, staff_authority::LineAuthority};
use crate::{
    config::{Config, LogFormat, LogLevel},
    core::rules::Rules,
    legtoken::{KEY_LEN, LegKeys},
    node::{
        Clock, Effect, Node, NodeConfig, NodeHandle, Random, SystemClock, SystemRandom, registry::Registry,
    },
    private_file,
    proto::{
        Heartbeat,
        media::{Candidate, Transport},
        rest::PublicConfig,
        staff::Role,
    },
    relay::{Relay, RelayConfig, RelayHandle, RelayTransport},
    signalling::{
        AdmissionLimits, Bound, Legs, Parts, Patience, Server, ServerError, Settings,
        certificates::{CertificateFiles, Certificates},
        dev_ca,
        internal::{self, Internal},
        web,
    },
    store::{Ledger, sqlite::Sqlite},
    telemetry::{log, metrics::Metrics},
};

const LEG_KEYS: &str = "legs.key";
const LOCK: &str = "lock";
/// How long the enrolment link that is printed at the start is good.
const LINK_HOURS: u32 = 48;

/// How to run the gateway.
#[derive(Debug, Args)]
pub struct ServeArgs {
    #[command(flatten)]
    pub(super) place: PlaceArgs,
    /// Where HTTPS listens, instead of what the configuration says (repeat for several).
    #[arg(long, value_name = "ADDR")]
    listen: Vec<SocketAddr>,
}

/// Where configuration and data are.
#[derive(Debug, Args)]
pub struct PlaceArgs {
    /// The configuration (TOML); quietline.example.toml has every key.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder, instead of what the configuration says.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl PlaceArgs {
    /// The configuration with what the command line says.
    pub(super) fn load(&self) -> anyhow::Result<Config> {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut config = Config::load(self.config.as_deref(), environment)?;
        if let Some(data) = &self.data {
            config.data.folder.clone_from(data);
        }
        Ok(config)
    }
}

/// Runs `quietline serve` until it is told to stop.
pub fn run(args: ServeArgs) -> anyhow::Result<()> {
    let mut config = args.place.load()?;
    if !args.listen.is_empty() {
        config.server.listen = args.listen;
    }
    log::init(
        match config.log.format {
            LogFormat::Text => log::Format::Text,
            LogFormat::Json => log::Format::Json,
        },
        match config.log.level {
            LogLevel::Error => tracing::Level::ERROR,
            LogLevel::Warn => tracing::Level::WARN,
            LogLevel::Info => tracing::Level::INFO,
            LogLevel::Debug => tracing::Level::DEBUG,
        },
    )?;
    let _lock = lock(&config.data.folder)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(config))
}

async fn serve(config: Config) -> anyhow::Result<()> {
    // Before anything is said, so that whoever reads it may stop the server.
    let mut signals = Signals::new()?;
    let gateway = Gateway::start(&config).await?;
    gateway.announce(&config).await?;
    tokio::select! {
        () = signals.next() => tracing::info!("stopping"),
        () = gateway.node.stopped() => {
            gateway.stop().await;
            bail!("the line's records were changed by somebody else, or cannot be written; see the log");
        }
    }
    tokio::select! {
        () = gateway.stop() => Ok(()),
        () = signals.next() => bail!("stopped at once, by a second signal"),
    }
}

/// Everything that runs.
struct Gateway {
    origin: String,
    authority: Arc<LineAuthority>,
    registry: Registry,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    node: NodeHandle,
    server: Server,
    relay: Arc<RelayHandle>,
    cutting: JoinHandle<()>,
    internal_stop: watch::Sender<bool>,
    ready: Arc<AtomicBool>,
}

impl Gateway {
    async fn start(config: &Config) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let folder = &config.data.folder;

        let bound = Bound::bind(&config.server.listen).await.map_err(taken)?;
        let certificates = certificates(config, clock.now().as_millis() / 1000)?;
        let authority = Arc::new(LineAuthority::load(config)?);
        let mut fresh = [0; KEY_LEN];
        random.fill(&mut fresh)?;
        let keys = Arc::new(LegKeys::load_or_create(&folder.join(LEG_KEYS), &fresh)?);
        let ledger = open_ledger(folder)?;
        let registry = Registry::new(ledger.clone());
        let heartbeat = heartbeat(config);
        let node_config = NodeConfig { rules: rules(config), heartbeat };
        let (node, effects) = Node::start(ledger, node_config, clock.clone(), random.clone()).await?;
        let relay = Arc::new(start_relay(config, keys.clone())?);
        let cutting = tokio::spawn(cut(effects, relay.clone()));

        let origins = origins(config, &bound.addresses());
        let origin = origins.first().context("no origin")?.clone();
        private_file::write(&folder.join(staff::ORIGIN), origin.as_bytes()).context("data.folder")?;
        let metrics = Arc::new(Metrics::default());
        let parts = Parts {
            node: node.clone(),
            registry: registry.clone(),
            legs: legs(config, keys, &relay),
            authority: authority.clone(),
            clock: clock.clone(),
            random: random.clone(),
            metrics: metrics.clone(),
        };
        let (internal_stop, internal_stopping) = watch::channel(false);
        let ready = Arc::new(AtomicBool::new(false));
        if let Ok(address) = config.internal.listen.parse() {
            let internal = watched(metrics, node.clone(), relay.clone(), ready.clone());
            let served = internal::serve(address, internal, internal_stopping).await;
            let (address, _) =
                served.with_context(|| format!("cannot listen on {address} (internal.listen)"))?;
            tracing::info!("metrics and health on http://{address}");
        }
        let server = Server::start(bound, settings(config, origins, heartbeat), parts, certificates)?;
        ready.store(true, Ordering::Relaxed);
        Ok(Self {
            origin,
            authority,
            registry,
            clock,
            random,
            node,
            server,
            relay,
            cutting,
            internal_stop,
            ready,
        })
    }

    /// The three lines on stdout.
    async fn announce(&self, config: &Config) -> anyhow::Result<()> {
        if !web::is_complete() {
            tracing::error!("this binary was built without its pages; build web/ first (make does)");
        }
        if config.uses_dev_certificate() {
            tracing::warn!(
                "development certificate: browsers warn until they trust {}",
                config.tls.dev_folder.join("ca.pem").display()
            );
        }
        if config.uses_dev_authority() {
            tracing::warn!(
                "development authority: its signing key is in the data folder; not for production"
            );
        }
        let Self { origin, .. } = self;
        let counsellor = if self.authority.can_issue() || !self.registry.any_staff().await? {
            let link = staff::invite(
                &self.registry,
                &*self.clock,
                &*self.random,
                origin,
                Role::Counsellor,
                LINK_HOURS,
            )
            .await?;
            format!("{link} (enrols one device, within {LINK_HOURS} hours)")
        } else {
            format!("{origin}/console/ (new staff: quietline staff add)")
        };
        let mut out = io::stdout().lock();
        writeln!(out, "Caller:     {origin}/")?;
        writeln!(out, "Counsellor: {counsellor}")?;
        writeln!(out, "Stop:       Ctrl-C, or kill {}", std::process::id())?;
        Ok(out.flush()?)
    }

    /// Tells everybody, then stops, the relay last.
    async fn stop(self) {
        self.ready.store(false, Ordering::Relaxed);
        self.server.stop().await;
        self.cutting.abort();
        // Aborted or done, it no longer holds the relay.
        let _ = self.cutting.await;
        self.internal_stop.send_replace(true);
        if let Some(relay) = Arc::into_inner(self.relay) {
            relay.stop();
        }
        tracing::info!("stopped");
    }
}

/// The signals that stop the server.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Makes the data folder and takes it for this process. The lock ends with the process, however that ends.
fn lock(folder: &Path) -> anyhow::Result<File> {
    let cannot = || format!("the data folder {} cannot be used", folder.display());
    private_file::make_folder(folder).with_context(cannot)?;
    let file = private_file::open(&folder.join(LOCK)).with_context(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => {
            bail!("the data folder {} is in use by another quietline", folder.display())
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error).with_context(cannot),
    }
}

/// Opens the ledger of a data folder. Other processes may have it open.
pub(super) fn open_ledger(folder: &Path) -> anyhow::Result<Arc<dyn Ledger>> {
    let path = folder.join("ledger.sqlite");
    Ok(Arc::new(Sqlite::open(&path).with_context(|| path.display().to_string())?))
}

fn taken(error: ServerError) -> anyhow::Error {
    match &error {
        ServerError::Bind { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
            anyhow::anyhow!(
                "{error}: stop what uses the port, or choose another with --listen or server.listen"
            )
        }
        _ => error.into(),
    }
}

fn certificates(config: &Config, now_s: u64) -> anyhow::Result<Arc<Certificates>> {
    let tls = &config.tls;
    let files = if config.uses_dev_certificate() {
        dev_ca::ensure(&tls.dev_folder, &tls.dev_hosts, now_s)?
    } else {
        CertificateFiles { certificate: tls.certificate_file.clone(), key: tls.key_file.clone() }
    };
    Ok(Certificates::load(files, now_s)?)
}

fn heartbeat(config: &Config) -> Heartbeat {
    Heartbeat {
        interval_ms: config.calls.heartbeat_s.saturating_mul(1000),
        timeout_ms: config.calls.timeout_s.saturating_mul(1000),
    }
}

fn rules(config: &Config) -> Rules {
    let hold = Duration::from_secs(config.calls.hold_s.into());
    Rules {
        ring: Duration::from_secs(config.calls.ring_s.into()),
        hold_call: hold,
        hold_place: hold,
        presence: Duration::from_secs(config.calls.timeout_s.into()),
        max_waiting: config.limits.waiting as usize,
        ..Rules::default()
    }
}

fn settings(config: &Config, origins: Vec<String>, heartbeat: Heartbeat) -> Settings {
    let Config { service, limits, tls, .. } = config;
    Settings {
        origins,
        page: PublicConfig {
            service: service.name.clone(),
            phone: service.phone.clone(),
            exit_url: Some(service.exit_url.clone()),
            authority: String::new(),
        },
        heartbeat,
        message_bytes: limits.message_bytes as usize,
        messages_per_second: limits.messages_per_second,
        patience: Patience {
            handshake: Duration::from_secs(limits.handshake_s.into()),
            hello: Duration::from_secs(limits.hello_s.into()),
            write: Duration::from_secs(limits.write_s.into()),
        },
        admission: AdmissionLimits {
            connections: limits.connections,
            connections_per_address: limits.connections_per_address,
            joins_per_minute: limits.joins_per_minute,
            enrolments_per_minute: limits.enrolments_per_minute,
        },
        strict_transport: !config.uses_dev_certificate(),
        reload: Duration::from_secs(tls.reload_s.into()),
    }
}

/// The origins as configured; else those under which this machine is reached, the host name first.
fn origins(config: &Config, bound: &[SocketAddr]) -> Vec<String> {
    if !config.server.origins.is_empty() {
        return config.server.origins.clone();
    }
    let mut ports: Vec<_> = bound.iter().map(SocketAddr::port).collect();
    ports.dedup();
    let hosts = ["localhost", "127.0.0.1", "[::1]"].into_iter().map(str::to_owned);
    let hosts = hosts.chain(config.tls.dev_hosts.iter().map(|host| match host.parse() {
        Ok(IpAddr::V6(address)) => format!("[{address}]"),
        _ => host.to_ascii_lowercase(),
    }));
    let of = |host: &str, port| {
        if port == 443 { format!("https://{host}") } else { format!("https://{host}:{port}") }
    };
    hosts.flat_map(|host| ports.iter().map(move |port| of(&host, *port)).collect::<Vec<_>>()).collect()
}

fn start_relay(config: &Config, keys: Arc<LegKeys>) -> anyhow::Result<RelayHandle> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = match config.relay.workers {
        0 => u16::try_from(processors).unwrap_or(u16::MAX),
        workers => workers,
    };
    Ok(Relay::start(RelayConfig {
        listen: config.relay.listen.clone(),
        base_port: config.relay.port,
        workers,
        advertise: config.relay.advertise.clone(),
        keys,
        observer: None,
    })?)
}

fn legs(config: &Config, keys: Arc<LegKeys>, relay: &RelayHandle) -> Legs {
    let info = relay.info().clone();
    Legs {
        keys,
        fingerprint: info.fingerprint(),
        candidates: Arc::new(move |call| {
            let candidates = info.candidates(call).into_iter();
            let candidate = |candidate: crate::relay::RelayCandidate| Candidate {
                transport: match candidate.transport {
                    RelayTransport::Udp => Transport::Udp,
                    RelayTransport::Tcp => Transport::Tcp,
                },
                address: candidate.address.to_string(),
                port: candidate.port,
            };
            candidates.map(candidate).collect()
        }),
        validity: Duration::from_secs(config.calls.leg_token_s.into()),
    }
}

/// Carries out what the node asks of the relay.
async fn cut(mut effects: mpsc::Receiver<Effect>, relay: Arc<RelayHandle>) {
    while let Some(effect) = effects.recv().await {
        match effect {
            Effect::Cut { call, slot, at } => {
                if !relay.cut(call, slot, at.as_millis()) {
                    tracing::warn!("the relay is behind; a leg was not cut");
                }
            }
        }
    }
}

fn watched(
    metrics: Arc<Metrics>,
    node: NodeHandle,
    relay: Arc<RelayHandle>,
    ready: Arc<AtomicBool>,
) -> Internal {
    let running = Arc::downgrade(&relay);
    let relay = Arc::downgrade(&relay);
    Internal {
        metrics,
        figures: Arc::new(move || {
            let (node, counters) = (node.clone(), relay.upgrade().map(|relay| relay.counters()));
            Box::pin(async move {
                let mut figures = node.snapshot().await.as_ref().map(figures::of_node).unwrap_or_default();
                figures.extend(counters.iter().flat_map(figures::of_relay));
                figures
            })
        }),
        ready: Arc::new(move || {
            ready.load(Ordering::Relaxed) && running.upgrade().is_some_and(|relay| relay.is_running())
        }),
    }
}
