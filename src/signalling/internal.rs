//! Metrics and health on a listener of their own, without encryption, meant for loopback.

use std::{io, net::SocketAddr, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures_util::future::BoxFuture;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::telemetry::metrics::{Figure, Metrics};

/// Reads the figures of other parts, when asked.
pub type FigureSource = Arc<dyn Fn() -> BoxFuture<'static, Vec<Figure>> + Send + Sync>;
/// Whether the process can serve.
pub type Readiness = Arc<dyn Fn() -> bool + Send + Sync>;

/// What is served.
#[derive(Clone)]
pub struct Internal {
    /// Our own counters.
    pub metrics: Arc<Metrics>,
    /// Others' figures.
    pub figures: FigureSource,
    /// What `/readyz` says.
    pub ready: Readiness,
}

/// Binds and serves until `stopping` is true. Returns the address that was bound.
pub async fn serve(
    address: SocketAddr,
    internal: Internal,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<(SocketAddr, JoinHandle<()>)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let router = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(internal);
    let serving = tokio::spawn(async move {
        let stopped = async move {
            // The sender is dropped only with the process.
            let _ = stopping.wait_for(|stopping| *stopping).await;
        };
        tokio::select! {
            _ = async { axum::serve(listener, router).await } => {}
            () = stopped => {}
        }
    });
    Ok((address, serving))
}

async fn ready(State(internal): State<Internal>) -> Response {
    if (internal.ready)() {
        "ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not ready\n").into_response()
    }
}

async fn metrics(State(internal): State<Internal>) -> Response {
    let figures = (internal.figures)().await;
    match internal.metrics.encode(figures) {
        Ok(text) => {
            ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text)
                .into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
