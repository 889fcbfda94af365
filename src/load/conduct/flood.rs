//! Clients that send far too much, each in four ways at once: messages on a connection of its own, of which some are none of
//! the protocol; connections that are opened and dropped; datagrams at the relay that are nobody's media. Shut out, they come again.

mod datagrams;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _, future::join_all};
use tokio::{
    net::TcpStream,
    time::{MissedTickBehavior, interval, sleep, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::Run;
use crate::{
    client::socket::Server,
    load::{report::Flooded, scenario::Flood as Asked},
};

/// How often a flood sends its share.
const TICK: Duration = Duration::from_millis(20);
/// How long it waits after a connection was closed or refused.
const PAUSE: Duration = Duration::from_millis(50);
/// Every so many messages one is garbage.
const GARBAGE: u32 = 4;

/// A flood that goes on.
#[derive(Debug)]
pub struct Flood {
    stop: Arc<AtomicBool>,
    sent: Arc<Sent>,
    thread: Option<JoinHandle<()>>,
}

/// What it has sent so far.
#[derive(Debug, Default)]
struct Sent {
    messages: AtomicU64,
    connections: AtomicU64,
    datagrams: AtomicU64,
}

/// How one flooding client is bounded.
struct Bounds<'a> {
    server: &'a Server,
    asked: Asked,
    begin: Instant,
    end: Instant,
    stop: &'a AtomicBool,
    sent: &'a Sent,
}

impl Flood {
    /// Begins one, on a thread of its own so that the load of the others does not suffer from its making.
    pub fn begin(run: &Run, asked: Asked, zero: Instant) -> Self {
        let server = run.server.clone();
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(Sent::default()));
        let (stopped, counted) = (stop.clone(), sent.clone());
        let thread = thread::Builder::new().name("flood".into()).spawn(move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
                return;
            };
            let begin = zero + Duration::from_secs_f64(asked.at_s);
            let end = begin + Duration::from_secs_f64(asked.lasting_s);
            let bounds = || Bounds { server: &server, asked, begin, end, stop: &stopped, sent: &counted };
            runtime.block_on(join_all((0..asked.clients).map(|_| client(bounds()))));
        });
        Self { stop, sent, thread: thread.ok() }
    }

    /// Ends it. Gives what it has sent.
    pub fn end(self) -> Flooded {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread {
            // One that panicked has ended as well.
            let _ = thread.join();
        }
        let count = |sent: &AtomicU64| sent.load(Ordering::Relaxed);
        Flooded {
            messages: count(&self.sent.messages),
            connections: count(&self.sent.connections),
            datagrams: count(&self.sent.datagrams),
        }
    }
}

impl Bounds<'_> {
    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || super::now() >= self.end
    }

    /// Calls `act` for each tick until the end, with how many of `per_s` are due in it.
    async fn each_tick(&self, per_s: u32, mut act: impl AsyncFnMut(u32) -> bool) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut owed = 0.0;
        while !self.is_over() {
            ticks.tick().await;
            owed += f64::from(per_s) * TICK.as_secs_f64();
            let due = owed as u32;
            owed -= f64::from(due);
            if due > 0 && !act(due).await {
                return;
            }
        }
    }
}

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn client(bounds: Bounds<'_>) {
    while super::now() < bounds.begin && !bounds.stop.load(Ordering::Relaxed) {
        sleep(PAUSE).await;
    }
    tokio::join!(messages(&bounds), connections(&bounds), datagrams::flood(&bounds));
}

/// Messages on a connection, and another connection whenever the gateway closes one.
async fn messages(bounds: &Bounds<'_>) {
    while !bounds.is_over() {
        if let Ok(Ok(mut socket)) = timeout_at(bounds.end.into(), open(bounds.server)).await {
            let mut id = 0_u32;
            let socket = &mut socket;
            bounds
                .each_tick(bounds.asked.messages_per_s, async |due| {
                    for _ in 0..due {
                        id = id.wrapping_add(1);
                        let text = match id {
                            1 => r#"{"id":1,"request":{"type":"hello"}}"#.to_owned(),
                            _ if id.is_multiple_of(GARBAGE) => "{\"id\":[[[[\u{0}".to_owned(),
                            _ => format!(r#"{{"id":{id},"request":{{"type":"ping"}}}}"#),
                        };
                        let sent = timeout_at(bounds.end.into(), socket.send(Message::text(text))).await;
                        if !matches!(sent, Ok(Ok(()))) {
                            return false;
                        }
                        bounds.sent.messages.fetch_add(1, Ordering::Relaxed);
                    }
                    // What it is told is read, so that it is not shut out for not listening.
                    while let Some(came) = socket.next().now_or_never() {
                        if came.is_none_or(|came| came.is_err()) {
                            return false;
                        }
                    }
                    true
                })
                .await;
        }
        sleep(PAUSE).await;
    }
}

/// Connections that say nothing and are dropped.
async fn connections(bounds: &Bounds<'_>) {
    bounds
        .each_tick(bounds.asked.connections_per_s, async |due| {
            for _ in 0..due {
                if let Ok(Ok(socket)) = timeout_at(bounds.end.into(), open(bounds.server)).await {
                    bounds.sent.connections.fetch_add(1, Ordering::Relaxed);
                    drop(socket);
                }
            }
            true
        })
        .await;
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
