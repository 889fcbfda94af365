//! What the parts of the gateway are made with, of the configuration, and how they are joined.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use tokio::sync::mpsc;

use crate::{
    cli::{figures, relay_elsewhere::Elsewhere},
    config::Config,
    core::{figures::codes::Fields, follow_up::FollowUpRules, rules::Rules},
    legtoken::LegKeys,
    load::processes,
    node::{Effect, NodeHandle, RelayHealth, RelaySource, follow_ups::FollowUpConfig},
    proto::{
        Heartbeat,
        media::{Candidate, Transport},
        rest::PublicConfig,
    },
    relay::{Relay, RelayCandidate, RelayConfig, RelayHandle, RelayTransport, counters::Count},
    signalling::{AdmissionLimits, Legs, Patience, RelayAt, RelayOf, Settings, internal::Internal},
    telemetry::metrics::Metrics,
};

/// How often clients speak, and when one counts as gone.
pub(super) fn heartbeat(config: &Config) -> Heartbeat {
    Heartbeat {
        interval_ms: config.calls.heartbeat_s.saturating_mul(1000),
        timeout_ms: config.calls.timeout_s.saturating_mul(1000),
    }
}

/// The line's rules.
pub(super) fn rules(config: &Config) -> anyhow::Result<Rules> {
    let hold = Duration::from_secs(config.calls.hold_s.into());
    let fields = Fields::parse(config.calls.wrap_up_fields.iter().map(String::as_str));
    Ok(Rules {
        ring: Duration::from_secs(config.calls.ring_s.into()),
        hold_call: hold,
        hold_place: hold,
        presence: Duration::from_secs(config.calls.timeout_s.into()),
        max_waiting: config.limits.waiting as usize,
        fields: fields.context("configuration key calls.wrap_up_fields")?,
        ..Rules::default()
    })
}

/// Times of follow-ups.
pub(super) fn follow_ups(config: &Config) -> FollowUpConfig {
    let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 3600);
    let rules = FollowUpRules {
        keep: days(config.followups.keep_days),
        grace: Duration::from_secs(u64::from(config.followups.overdue_after_min) * 60),
        furthest: days(config.followups.furthest_days),
        ..FollowUpRules::default()
    };
    FollowUpConfig { rules, ..FollowUpConfig::default() }
}

/// The server's face.
pub(super) fn settings(config: &Config, origins: Vec<String>, heartbeat: Heartbeat) -> Settings {
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
            sign_ins_per_minute: limits.sign_ins_per_minute,
        },
        session: Duration::from_secs(u64::from(limits.session_h) * 3600),
        strict_transport: !config.uses_dev_certificate(),
        reload: Duration::from_secs(tls.reload_s.into()),
    }
}

/// The origins as configured; else those under which this machine is reached, the host name first.
pub(super) fn origins(config: &Config, bound: &[SocketAddr]) -> Vec<String> {
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

/// The relay, running.
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
        gather: Duration::from_micros(config.relay.gather_us.into()),
        pin: config.relay.pin,
        keys,
        observer: None,
    })?)
}

/// The relay that clients are sent to.
#[derive(Clone)]
pub(super) enum Media {
    /// It runs in this process.
    Here(Arc<RelayHandle>),
    /// It is a process of its own.
    Elsewhere(Arc<Elsewhere>),
}

impl Media {
    pub(super) fn start(config: &Config, keys: Arc<LegKeys>) -> anyhow::Result<Self> {
        let file = &config.relay.elsewhere;
        Ok(if file.as_os_str().is_empty() {
            Self::Here(Arc::new(start_relay(config, keys)?))
        } else {
            Self::Elsewhere(Arc::new(Elsewhere::find(file)?))
        })
    }

    fn here(&self) -> Option<&Arc<RelayHandle>> {
        match self {
            Self::Here(relay) => Some(relay),
            Self::Elsewhere(_) => None,
        }
    }

    /// Stops the relay, if it is this process's.
    pub(super) fn stop(self) {
        if let Self::Here(relay) = self
            && let Some(relay) = Arc::into_inner(relay)
        {
            relay.stop();
        }
    }
}

/// What mints legs towards the relay.
pub(super) fn legs(config: &Config, keys: Arc<LegKeys>, media: &Media) -> Legs {
    let relay: RelayOf = match media {
        Media::Here(relay) => {
            let info = relay.info().clone();
            Arc::new(move |call| {
                let candidates = info.candidates(call).into_iter();
                let candidate = |candidate: RelayCandidate| Candidate {
                    transport: match candidate.transport {
                        RelayTransport::Udp => Transport::Udp,
                        RelayTransport::Tcp => Transport::Tcp,
                    },
                    address: candidate.address.to_string(),
                    port: candidate.port,
                };
                RelayAt { fingerprint: info.fingerprint(), candidates: candidates.map(candidate).collect() }
            })
        }
        Media::Elsewhere(relay) => {
            let relay = relay.clone();
            Arc::new(move |call| relay.at(call))
        }
    };
    Legs { keys, relay, validity: Duration::from_secs(config.calls.leg_token_s.into()) }
}

/// Carries out what the node asks of the relay. One elsewhere is asked nothing: there the keys alone decide who hears whom.
pub(super) async fn cut(
    mut effects: mpsc::Receiver<Effect>,
    mut of_drills: mpsc::Receiver<Effect>,
    media: Media,
) {
    loop {
        let Effect::Cut { call, slot, at } = tokio::select! {
            Some(effect) = effects.recv() => effect,
            Some(effect) = of_drills.recv() => effect,
            else => return,
        };
        if media.here().is_some_and(|relay| !relay.cut(call, slot, at.as_millis())) {
            tracing::warn!("the relay is behind; a leg was not cut");
        }
    }
}

/// How the relay of this process does, for the wallboard.
pub(super) fn relay_health(media: &Media) -> RelaySource {
    let relay = media.here().map(Arc::downgrade);
    Arc::new(move || {
        let relay = relay.as_ref()?;
        // One that is being stopped does not run any more.
        let Some(relay) = relay.upgrade() else { return Some(RelayHealth::default()) };
        let counters = relay.counters();
        let now = |count| u32::try_from(counters.get(count)).unwrap_or(u32::MAX);
        let late = [Count::DropSendFull, Count::DropReceiveFull, Count::DropBusy, Count::DropFull];
        Some(RelayHealth {
            running: relay.is_running(),
            legs: now(Count::LegsConnected),
            calls: now(Count::Calls),
            dropped: late.into_iter().map(|count| counters.get(count)).sum(),
        })
    })
}

/// What metrics and health are read from.
pub(super) fn watched(
    metrics: Arc<Metrics>,
    node: NodeHandle,
    media: &Media,
    ready: Arc<AtomicBool>,
) -> Internal {
    let relay = media.here().map(Arc::downgrade);
    let running = relay.clone();
    Internal {
        metrics,
        figures: Arc::new(move || {
            let counters = relay.as_ref().and_then(Weak::upgrade).map(|relay| relay.counters());
            let node = node.clone();
            Box::pin(async move {
                let mut figures = node.snapshot().await.as_ref().map(figures::of_node).unwrap_or_default();
                figures.extend(counters.iter().flat_map(figures::of_relay));
                figures.extend(processes::usage(std::process::id()).iter().flat_map(figures::of_process));
                figures
            })
        }),
        ready: Arc::new(move || {
            let runs = |relay: &Weak<RelayHandle>| relay.upgrade().is_some_and(|relay| relay.is_running());
            ready.load(Ordering::Relaxed) && running.as_ref().is_none_or(runs)
        }),
    }
}
