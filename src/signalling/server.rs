//! Starting and stopping the HTTPS server, and its routes.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Extension, Router,
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinHandle,
};

use super::{
    app::{App, Parts, Peer, Settings},
    caller,
    certificates::{Certificates, server_config},
    headers::{self, Headers},
    line::Which,
    listener::{self, Serving},
    rest, staff, web,
};
use crate::{
    node::{NodeHandle, drill::Drills},
    proto::SUBPROTOCOL,
};

/// How long connections have to end when the server stops.
const STOP_TIME: Duration = Duration::from_secs(5);
/// How often expired invitations and sessions are removed.
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
/// A socket's reading buffer. The default (128 KiB) would be most of what a waiting caller costs.
const READ_BUFFER: usize = 4 * 1024;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// An address or port cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// Listeners that are bound but do not accept yet: the ports are known before anything is told to anybody.
#[derive(Debug)]
pub struct Bound(Vec<TcpListener>);

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    addresses: Vec<SocketAddr>,
    node: NodeHandle,
    drills: Drills,
    stopping: watch::Sender<bool>,
    alive: mpsc::Receiver<std::convert::Infallible>,
    tasks: Vec<JoinHandle<()>>,
}

impl Bound {
    /// Binds every address that exists on this machine. Needs a tokio runtime.
    pub async fn bind(addresses: &[SocketAddr]) -> Result<Self, ServerError> {
        let bound = listener::bind(addresses).await;
        bound.map(Self).map_err(|(address, source)| ServerError::Bind { address, source })
    }

    /// What was bound.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().filter_map(|listener| listener.local_addr().ok()).collect()
    }
}

impl Server {
    /// Starts to accept.
    pub fn start(
        bound: Bound,
        settings: Settings,
        parts: Parts,
        certificates: Arc<Certificates>,
    ) -> Result<Self, ServerError> {
        let addresses = bound.addresses();
        let (stop, stopping) = watch::channel(false);
        let (alive_sender, alive) = mpsc::channel(1);
        let app = App::new(settings, parts, stopping.clone());
        let serving = Serving {
            router: routes(&app),
            tls: Arc::new(server_config(certificates.clone())?),
            app: app.clone(),
            alive: alive_sender,
        };
        let mut tasks: Vec<_> = bound
            .0
            .into_iter()
            .map(|listener| tokio::spawn(listener::accept(listener, serving.clone(), stopping.clone())))
            .collect();
        tasks.push(tokio::spawn(keep(app.clone(), certificates, stopping)));
        let (node, drills) = (app.line.node.clone(), app.drills.clone());
        Ok(Self { addresses, node, drills, stopping: stop, alive, tasks })
    }

    /// Where it listens.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Takes no more connections, says goodbye to everybody, and waits a moment for them to go.
    pub async fn stop(mut self) {
        self.stopping.send_replace(true);
        self.node.stop().await;
        self.drills.stop().await;
        for task in &mut self.tasks {
            // A task that panicked has said so already.
            let _ = task.await;
        }
        // Whoever is still there after that is cut off by the end of the process.
        let _ = tokio::time::timeout(STOP_TIME, self.alive.recv()).await;
    }
}

fn routes(app: &Arc<App>) -> Router {
    let settings = &app.settings;
    let headers = Arc::new(Headers::new(&settings.origins, settings.strict_transport));
    let sockets = Router::new()
        .route("/ws/caller", get(caller_socket))
        .route("/ws/staff", get(staff_socket))
        .route("/ws/drill/caller", get(drill_caller_socket))
        .route("/ws/drill/staff", get(drill_staff_socket))
        .layer(middleware::from_fn_with_state(app.clone(), headers::require_origin));
    Router::new()
        .merge(sockets)
        .merge(rest::routes(app))
        .fallback(get(web::page))
        .layer(middleware::from_fn_with_state(headers, headers::add))
        .with_state(app.clone())
}

async fn caller_socket(app: State<Arc<App>>, peer: Extension<Peer>, upgrade: WebSocketUpgrade) -> Response {
    open_caller(app, peer, upgrade, Which::Real)
}

async fn drill_caller_socket(
    app: State<Arc<App>>,
    peer: Extension<Peer>,
    upgrade: WebSocketUpgrade,
) -> Response {
    open_caller(app, peer, upgrade, Which::Drill)
}

async fn staff_socket(
    app: State<Arc<App>>,
    peer: Extension<Peer>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    open_staff(app, peer, &headers, upgrade, Which::Real)
}

async fn drill_staff_socket(
    app: State<Arc<App>>,
    peer: Extension<Peer>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    open_staff(app, peer, &headers, upgrade, Which::Drill)
}

fn open_caller(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    upgrade: WebSocketUpgrade,
    which: Which,
) -> Response {
    match negotiate(&app, upgrade) {
        Some(upgrade) => upgrade.on_upgrade(move |socket| caller::serve(socket, app, peer, which)),
        None => other_version(),
    }
}

fn open_staff(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    headers: &HeaderMap,
    upgrade: WebSocketUpgrade,
    which: Which,
) -> Response {
    let origin =
        headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default().to_owned();
    match negotiate(&app, upgrade) {
        Some(upgrade) => upgrade.on_upgrade(move |socket| staff::serve(socket, app, peer, origin, which)),
        None => other_version(),
    }
}

/// Settles the version and the sizes of a socket; none when the client does not speak ours.
fn negotiate(app: &App, upgrade: WebSocketUpgrade) -> Option<WebSocketUpgrade> {
    let upgrade = upgrade.protocols([SUBPROTOCOL]);
    upgrade.selected_protocol()?;
    // What is a little too large is read and then refused by name; what is much larger is not read at all.
    let readable = app.settings.message_bytes * 2;
    Some(upgrade.read_buffer_size(READ_BUFFER).max_frame_size(readable).max_message_size(readable))
}

fn other_version() -> Response {
    (StatusCode::BAD_REQUEST, format!("The WebSocket subprotocol must be {SUBPROTOCOL}.\n")).into_response()
}

/// Looks at the certificate files, forgets old addresses and removes what has expired, from time to time.
async fn keep(app: Arc<App>, certificates: Arc<Certificates>, mut stopping: watch::Receiver<bool>) {
    let mut sweep_at = app.now();
    loop {
        let now = app.now();
        if sweep_at <= now {
            sweep_at = now + SWEEP_EVERY;
            match app.registry.remove_expired(now).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "expired invitations and sessions were removed"),
                Err(error) => tracing::error!("expired invitations and sessions stay: {error}"),
            }
            match app.line.triage.purge(now).await {
                Ok(0) => {}
                Ok(forgotten) => tracing::info!(forgotten, "cards of triage were kept long enough"),
                Err(error) => tracing::error!("cards of triage stay: {error}"),
            }
        }
        tokio::select! {
            () = app.clock.until(now + app.settings.reload) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        let now = app.now();
        app.admission.forget(now);
        match certificates.reload(now.as_millis() / 1000) {
            Ok(true) => {
                app.metrics.certificates_renewed.inc();
                tracing::info!("a new certificate is in use");
            }
            Ok(false) => {}
            Err(error) => tracing::error!("the old certificate stays in use: {error}"),
        }
    }
}
