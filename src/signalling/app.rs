//! What every request and every socket shares.

use std::{convert::Infallible, sync::Arc, time::Duration};

use tokio::sync::{mpsc, watch};

use super::{
    admission::{Admission, AdmissionLimits, Admitted},
    authority::StaffAuthority,
    follow_ups::CodeTries,
    legs::Legs,
    line::{Counted, Line, Which},
    passkeys::Passkeys,
};
use crate::{
    core::time::Timestamp,
    node::{
        Clock, NodeHandle, Random, Seat, drill::Drills, registry::Registry, services::Services,
        triage::Triage,
    },
    proto::{
        Heartbeat, ProtocolError,
        media::{Leg, LegRequest},
        rest::PublicConfig,
    },
    telemetry::metrics::Metrics,
};

/// What can be set about the server's face.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The origins that browsers may come from, the first being the one that links name.
    pub origins: Vec<String>,
    /// What pages are told. The authority is filled in.
    pub page: PublicConfig,
    /// When a silent client is gone. The node tells clients of it.
    pub heartbeat: Heartbeat,
    /// Largest message, bytes.
    pub message_bytes: usize,
    /// Messages a second on one socket.
    pub messages_per_second: u32,
    /// How long a client may take.
    pub patience: Patience,
    /// What one address may use.
    pub admission: AdmissionLimits,
    /// How long a session of a staff browser lasts before the passkey is asked for again.
    pub session: Duration,
    /// Whether browsers are told to come by HTTPS only from now on (not with development certificates).
    pub strict_transport: bool,
    /// How often the certificate files are looked at.
    pub reload: Duration,
}

/// How long a client may take before its connection is closed.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the TLS handshake, then for the head of a request, then for its body.
    pub handshake: Duration,
    /// For a new socket to say who it is.
    pub hello: Duration,
    /// For one message to be taken.
    pub write: Duration,
}

/// What the server's face stands on.
pub struct Parts {
    /// The line.
    pub node: NodeHandle,
    /// Who works here.
    pub registry: Registry,
    /// The directory of services.
    pub services: Services,
    /// Triage.
    pub triage: Triage,
    /// Drills.
    pub drills: Drills,
    /// Media legs.
    pub legs: Legs,
    /// Staff credentials.
    pub authority: Arc<dyn StaffAuthority>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The random source.
    pub random: Arc<dyn Random>,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

pub(super) struct App {
    pub(super) settings: Settings,
    /// The real line.
    pub(super) line: Arc<Line>,
    pub(super) drills: Drills,
    /// What is counted of all drills.
    pub(super) of_drills: Counted,
    pub(super) registry: Registry,
    pub(super) services: Services,
    pub(super) legs: Legs,
    pub(super) authority: Arc<dyn StaffAuthority>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) admission: Arc<Admission>,
    pub(super) passkeys: Passkeys,
    /// True from the moment that the server stops.
    pub(super) stopping: watch::Receiver<bool>,
}

/// Whoever is at the other end of a connection: counted, and waited for when the server stops.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) admitted: Arc<Admitted>,
    pub(super) _alive: mpsc::Sender<Infallible>,
}

impl App {
    pub(super) fn new(settings: Settings, parts: Parts, stopping: watch::Receiver<bool>) -> Arc<Self> {
        let admission = Admission::new(settings.admission);
        let passkeys = Passkeys::new(&settings.origins);
        let Parts { node, registry, services, triage, drills, legs, authority, clock, random, metrics } =
            parts;
        let counted = |metrics| Counted { codes: Arc::new(CodeTries::new(clock.now())), metrics };
        let of_drills = counted(Arc::default());
        let counted = counted(Arc::clone(&metrics));
        Arc::new(Self {
            settings,
            line: Arc::new(Line { which: Which::Real, node, triage, counted }),
            drills,
            of_drills,
            registry,
            services,
            legs,
            authority,
            clock,
            random,
            metrics,
            admission,
            passkeys,
            stopping,
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn silence(&self) -> Duration {
        Duration::from_millis(self.settings.heartbeat.timeout_ms.into())
    }

    /// Mints a leg for a seat, if the node gave one.
    pub(super) fn mint(
        &self,
        line: &Line,
        seat: Result<Seat, ProtocolError>,
        request: &LegRequest,
    ) -> Result<Leg, ProtocolError> {
        let leg = self.legs.mint(seat?, request, self.now(), &*self.random)?;
        line.counted.metrics.legs.inc();
        Ok(leg)
    }

    pub(super) fn allows_origin(&self, origin: &str) -> bool {
        self.settings.origins.iter().any(|allowed| allowed == origin)
    }
}
