//! Clients that send far too much: messages on a connection of their own, as fast as they are told to, and another
//! connection whenever the gateway closes one.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio::{
    net::TcpStream,
    time::{MissedTickBehavior, interval, sleep, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, client::IntoClientRequest as _, http::HeaderValue},
};

use super::Run;
use crate::{client::socket::Server, load::scenario::Flood as Asked};

/// How often a flood sends its share.
const TICK: Duration = Duration::from_millis(20);
/// How long it waits after a connection was closed or refused.
const PAUSE: Duration = Duration::from_millis(50);

/// A flood that goes on.
#[derive(Debug)]
pub struct Flood {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Flood {
    /// Begins one, on a thread of its own so that the load of the others does not suffer from its making.
    pub fn begin(run: &Run, asked: Asked, zero: Instant) -> Self {
        let (server, stop) = (run.server.clone(), Arc::new(AtomicBool::new(false)));
        let stopped = stop.clone();
        let thread = thread::Builder::new().name("flood".into()).spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            runtime.block_on(async {
                let clients = (0..asked.clients).map(|_| client(&server, asked, zero, &stopped));
                futures_util::future::join_all(clients).await;
            });
        });
        Self { stop, thread: thread.ok() }
    }

    /// Ends it.
    pub fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread {
            // One that panicked has ended as well.
            let _ = thread.join();
        }
    }
}

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn client(server: &Server, asked: Asked, zero: Instant, stop: &AtomicBool) {
    let begin = zero + Duration::from_secs_f64(asked.at_s);
    let end = begin + Duration::from_secs_f64(asked.lasting_s);
    let stopped = || stop.load(Ordering::Relaxed) || super::now() >= end;
    while super::now() < begin && !stop.load(Ordering::Relaxed) {
        sleep(PAUSE).await;
    }
    while !stopped() {
        if let Ok(Ok(mut socket)) = timeout_at(end.into(), open(server)).await {
            let mut ticks = interval(TICK);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let share = (asked.messages_per_s as f64 * TICK.as_secs_f64()).ceil() as u32;
            let mut id = 0_u32;
            'connected: while !stopped() {
                ticks.tick().await;
                for _ in 0..share {
                    id = id.wrapping_add(1);
                    let kind = if id == 1 { "hello" } else { "ping" };
                    let text = format!(r#"{{"id":{id},"request":{{"type":"{kind}"}}}}"#);
                    if timeout_at(end.into(), socket.send(tungstenite::Message::text(text)))
                        .await
                        .is_ok_and(|sent| sent.is_err())
                    {
                        break 'connected;
                    }
                }
                // What it is told is read, so that it is not shut out for not listening.
                while let Some(came) = socket.next().now_or_never() {
                    if came.is_none_or(|came| came.is_err()) {
                        break 'connected;
                    }
                }
            }
        }
        sleep(PAUSE).await;
    }
}

/// A caller's signalling connection.
async fn open(server: &Server) -> Result<Socket, tungstenite::Error> {
    let tcp = TcpStream::connect(server.address()).await?;
    let tls = TlsConnector::from(server.tls()).connect(server.name(), tcp).await?;
    let address = server.origin().replacen("https://", "wss://", 1) + "/ws/caller";
    let mut request = address.into_client_request()?;
    let headers = request.headers_mut();
    headers.insert("origin", HeaderValue::from_str(server.origin())?);
    headers.insert("sec-websocket-protocol", HeaderValue::from_static("quietline.v1"));
    Ok(client_async(request, tls).await?.0)
}
