//! TCP, TLS and HTTP: accepting connections within limits, and giving each to the routes.
//!
//! `hyper-util` directly and not `axum-server`: the acceptor has to be ours, because it counts connections by address
//! before it spends a handshake on them, and because TURN over TLS will share the port (the first decrypted byte tells
//! STUN from HTTP).

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::Request};
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use rustls::ServerConfig;
use socket2::SockRef;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
};
use tokio_rustls::TlsAcceptor;
use tower_service::Service;

use super::app::{App, Peer};

/// HTTP/2 connections are asked for a sign of life this often.
const PING_EVERY: Duration = Duration::from_secs(30);
/// How long written bytes may stay unacknowledged by the other side's TCP.
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);
/// How long to wait when the system gives no more sockets.
const EXHAUSTED: Duration = Duration::from_millis(200);
const HTTP2: &[u8] = b"h2";
const MAX_STREAMS: u32 = 64;
const MAX_HEAD: u32 = 16 * 1024;

/// Binds every address. One that does not exist on this machine is left out, if another does (no IPv6, say).
pub(super) async fn bind(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, (SocketAddr, io::Error)> {
    let mut listeners = Vec::new();
    let mut absent = None;
    for address in addresses {
        match listen(*address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => absent = Some((*address, error)),
            Err(error) => return Err((*address, error)),
        }
    }
    match absent {
        Some(absent) if listeners.is_empty() => Err(absent),
        _ => Ok(listeners),
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = socket2::Socket::new(socket2::Domain::for_address(address), socket2::Type::STREAM, None)?;
    if address.is_ipv6() {
        // [::] and 0.0.0.0 can then be named side by side.
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    TcpListener::from_std(socket.into())
}

/// What a listener needs to serve.
#[derive(Clone)]
pub(super) struct Serving {
    pub(super) app: Arc<App>,
    pub(super) router: Router,
    pub(super) tls: Arc<ServerConfig>,
    /// Cloned into each connection; all are gone when the last connection has ended.
    pub(super) alive: mpsc::Sender<Infallible>,
}

/// Accepts until the server stops.
pub(super) async fn accept(listener: TcpListener, serving: Serving, mut stopping: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(|stopping| *stopping) => return,
        };
        match accepted {
            Ok((stream, address)) => admit(stream, address, &serving),
            Err(_) => tokio::time::sleep(EXHAUSTED).await,
        }
    }
}

fn admit(stream: TcpStream, address: SocketAddr, serving: &Serving) {
    let app = &serving.app;
    let Some(admitted) = app.admission.connect(address.ip(), app.now()) else {
        app.metrics.connections_refused.inc();
        return;
    };
    let peer = Peer { admitted, _alive: serving.alive.clone() };
    let (router, tls, app) = (serving.router.clone(), TlsAcceptor::from(serving.tls.clone()), app.clone());
    tokio::spawn(async move {
        app.metrics.connections.inc();
        serve(stream, peer, router, tls, &app).await;
        app.metrics.connections.dec();
    });
}

async fn serve(stream: TcpStream, peer: Peer, router: Router, tls: TlsAcceptor, app: &App) {
    // Without these the connection is slower, not wrong.
    let _ = stream.set_nodelay(true);
    let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    let Ok(Ok(stream)) = tokio::time::timeout(app.settings.patience.handshake, tls.accept(stream)).await
    else {
        app.metrics.handshakes_failed.inc();
        return;
    };

    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP2);
    let asked = Arc::new(AtomicBool::new(false));
    let has_asked = asked.clone();
    let service = service_fn(move |mut request: Request<hyper::body::Incoming>| {
        asked.store(true, Ordering::Relaxed);
        request.extensions_mut().insert(peer.clone());
        router.clone().call(request)
    });
    // What ALPN settled is not guessed from the first bytes, for which there would be no time-out.
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut builder = if is_http2 { builder.http2_only() } else { builder.http1_only() };
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(app.settings.patience.handshake)
        .max_buf_size(MAX_HEAD as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(MAX_HEAD);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut stopping = app.stopping.clone();
    let mut first_request = app.clock.until(app.now() + app.settings.patience.handshake);
    let mut is_waited_for = true;
    // How a connection ends is the client's affair and would name it in a log.
    loop {
        tokio::select! {
            _ = connection.as_mut() => return,
            () = &mut first_request, if is_waited_for => {
                is_waited_for = false;
                if !has_asked.load(Ordering::Relaxed) {
                    app.metrics.handshakes_failed.inc();
                    return;
                }
            }
            _ = stopping.wait_for(|stopping| *stopping) => break,
        }
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
