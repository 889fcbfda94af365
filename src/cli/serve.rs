//! `quietline serve`: pages, signalling and relay in one process.

mod parts;

use std::{
    fs::File,
    io::{self, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use anyhow::{Context, bail};
use clap::Args;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use self::parts::{Media, cut, follow_ups, heartbeat, legs, origins, relay_health, rules, settings, watched};
use super::{staff, staff_authority::LineAuthority};
use crate::{
    config::{Config, LogFormat, LogLevel},
    legtoken::{KEY_LEN, LegKeys},
    node::{
        Clock, Node, NodeConfig, NodeHandle, Random, SystemClock, SystemRandom,
        drill::{DrillParts, Drills},
        registry::Registry,
        services::Services,
        triage::Triage,
    },
    private_file,
    proto::staff::Role,
    signalling::{
        Bound, Parts, Server, ServerError,
        certificates::{CertificateFiles, Certificates},
        dev_ca, internal, web,
    },
    store::{Ledger, sqlite::Sqlite},
    telemetry::{log, metrics::Metrics},
};

const LEG_KEYS: &str = "legs.key";
const LOCK: &str = "lock";
/// Where a drill's records are while it lasts.
const DRILL: &str = "drill";
/// What a drill asks of the relay and waits to be carried out, at most.
const EFFECTS_OF_DRILLS: usize = 1024;
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
    /// Stop when standard input ends: whoever started this and held its other end is gone.
    #[arg(long, hide = true)]
    until_stdin_ends: bool,
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
    let left = args.until_stdin_ends.then(stdin_ends).transpose()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(serve(config, left))
}

async fn serve(config: Config, left: Option<oneshot::Receiver<()>>) -> anyhow::Result<()> {
    // Before anything is said, so that whoever reads it may stop the server.
    let mut signals = Signals::new()?;
    // A file that may not grow any more (`ulimit -f`) is a full disk, not the end of every call.
    let _file_size = signal(SignalKind::from_raw(nix::sys::signal::Signal::SIGXFSZ as i32))?;
    let left = async {
        match left {
            // The sender is dropped only by its message.
            Some(left) => drop(left.await),
            None => std::future::pending().await,
        }
    };
    let gateway = Gateway::start(&config).await?;
    gateway.announce(&config).await?;
    tokio::select! {
        () = signals.next() => tracing::info!("stopping"),
        () = left => tracing::info!("stopping: whoever started this is gone"),
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
    media: Media,
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
        let (services, triage) = (Services::new(ledger.clone()), Triage::new(ledger.clone()));
        let heartbeat = heartbeat(config);
        let node_config = NodeConfig {
            rules: rules(config)?,
            heartbeat,
            follow_ups: follow_ups(config),
            ..NodeConfig::default()
        };
        let (node, effects) =
            Node::start(ledger.clone(), node_config.clone(), clock.clone(), random.clone()).await?;
        let (effects_of_drills, of_drills) = mpsc::channel(EFFECTS_OF_DRILLS);
        let drills = Drills::new(DrillParts {
            ledger,
            folder: folder.join(DRILL),
            config: node_config,
            clock: clock.clone(),
            random: random.clone(),
            effects: effects_of_drills,
        })
        .context("what is left of a drill in the data folder cannot be removed")?;
        let media = Media::start(config, keys.clone())?;
        let cutting = tokio::spawn(cut(effects, of_drills, media.clone()));
        node.watch_relay(relay_health(&media)).await;

        let origins = origins(config, &bound.addresses());
        let origin = origins.first().context("no origin")?.clone();
        private_file::write(&folder.join(staff::ORIGIN), origin.as_bytes()).context("data.folder")?;
        let metrics = Arc::new(Metrics::default());
        let parts = Parts {
            node: node.clone(),
            registry: registry.clone(),
            services,
            triage,
            drills,
            legs: legs(config, keys, &media),
            authority: authority.clone(),
            clock: clock.clone(),
            random: random.clone(),
            metrics: metrics.clone(),
        };
        let (internal_stop, internal_stopping) = watch::channel(false);
        let ready = Arc::new(AtomicBool::new(false));
        if let Ok(address) = config.internal.listen.parse() {
            let internal = watched(metrics, node.clone(), &media, ready.clone());
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
            media,
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
        // A development server is for trying a call out; a line begins with its administrator.
        let role = if self.authority.can_issue() {
            Some(Role::Counsellor)
        } else if !self.registry.any_staff().await? {
            Some(Role::Administrator)
        } else {
            None
        };
        let console = match role {
            Some(role) => {
                let registry = &self.registry;
                let invitation = staff::Invitation { role, native: false, valid_h: LINK_HOURS };
                let link = staff::invite(registry, &*self.clock, &*self.random, origin, invitation).await?;
                format!("{link} (enrols one {}, within {LINK_HOURS} hours)", staff::word(role))
            }
            None => format!("{origin}/console/ (new staff: an administrator, or quietline staff add)"),
        };
        let label = if role == Some(Role::Counsellor) { "Counsellor:" } else { "Staff:     " };
        let stop = std::process::id();
        let text = format!("Caller:     {origin}/\n{label} {console}\nStop:       Ctrl-C, or kill {stop}\n");
        let mut out = io::stdout().lock();
        // A gateway that nobody watches any more serves all the same.
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            tracing::warn!(%error, "where it can be reached could not be printed");
        }
        Ok(())
    }

    /// Tells everybody, then stops, the relay last.
    async fn stop(self) {
        self.ready.store(false, Ordering::Relaxed);
        self.server.stop().await;
        self.cutting.abort();
        // Aborted or done, it no longer holds the relay.
        let _ = self.cutting.await;
        self.internal_stop.send_replace(true);
        self.media.stop();
        tracing::info!("stopped");
    }
}

/// Resolves when standard input has ended. On a thread of its own, because nothing else can wait for it.
fn stdin_ends() -> io::Result<oneshot::Receiver<()>> {
    let (ended, end) = oneshot::channel();
    thread::Builder::new().name("stdin".into()).spawn(move || {
        // An input that cannot be read has ended as well; and a server that has stopped does not care.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ended.send(());
    })?;
    Ok(end)
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
    let path = ledger_file(folder);
    Ok(Arc::new(Sqlite::open(&path).with_context(|| path.display().to_string())?))
}

/// The ledger's file in a data folder.
pub(super) fn ledger_file(folder: &Path) -> PathBuf {
    folder.join("ledger.sqlite")
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
