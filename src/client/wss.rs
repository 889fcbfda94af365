//! Signalling over WebSockets: one runtime thread carries thousands of connections, each with bounded queues both ways.

use std::{io, sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use mio::Waker;
use tokio::{
    net::TcpStream,
    runtime::{Builder, Handle, Runtime},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{
        Message,
        client::IntoClientRequest as _,
        protocol::{CloseFrame, WebSocketConfig, frame::coding::CloseCode},
    },
};

use super::socket::Server;
use crate::proto::SUBPROTOCOL;

/// Which connection of which endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SocketId {
    pub endpoint: u32,
    pub number: u32,
}

/// What happened to a connection.
#[derive(Debug)]
pub(super) enum What {
    Opened,
    Text(String),
    Closed,
}

/// All connections of a swarm, and the thread that carries them.
pub(super) struct Wss {
    runtime: Runtime,
    opener: Opener,
}

/// Opens connections on a runtime.
pub(super) struct Opener {
    runtime: Handle,
    server: Server,
    told: mpsc::Sender<(SocketId, What)>,
    /// Woken after each telling, for a listener that waits for other things than the receiver.
    waker: Option<Arc<Waker>>,
}

/// One connection. Dropping it closes it with a goodbye.
pub(super) struct Socket {
    pub id: SocketId,
    texts: mpsc::Sender<String>,
    task: JoinHandle<()>,
}

impl Wss {
    /// Starts the thread. What happens is told to the receiver, after which `waker` is woken.
    pub(super) fn start(
        name: &str,
        server: Server,
        waker: Arc<Waker>,
    ) -> io::Result<(Self, mpsc::Receiver<(SocketId, What)>)> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name(name).enable_all().build()?;
        let (opener, events) = Opener::new(runtime.handle().clone(), server, Some(waker));
        Ok((Self { runtime, opener }, events))
    }

    /// Opens `/ws/SIDE`.
    pub(super) fn open(&self, id: SocketId, side: &'static str) -> Socket {
        self.opener.open(id, side)
    }

    /// Ends the thread. Connections that are closing have a moment for their goodbyes.
    pub(super) fn stop(self) {
        self.runtime.shutdown_timeout(GOODBYE);
    }
}

impl Opener {
    /// What happens is told to the receiver, after which `waker` is woken.
    pub(super) fn new(
        runtime: Handle,
        server: Server,
        waker: Option<Arc<Waker>>,
    ) -> (Self, mpsc::Receiver<(SocketId, What)>) {
        let (told, events) = mpsc::channel(EVENTS);
        (Self { runtime, server, told, waker }, events)
    }

    /// Opens `/ws/SIDE`.
    pub(super) fn open(&self, id: SocketId, side: &'static str) -> Socket {
        let (texts, wanted) = mpsc::channel(TEXTS);
        let (server, told, waker) = (self.server.clone(), self.told.clone(), self.waker.clone());
        let task = self.runtime.spawn(async move {
            let teller = Teller { id, told, waker };
            carry(&server, side, wanted, &teller).await;
            teller.tell(What::Closed).await;
        });
        Socket { id, texts, task }
    }
}

impl Socket {
    /// Sends a text. False: the connection does not take it any more.
    pub(super) fn send(&self, text: &str) -> bool {
        self.texts.try_send(text.to_owned()).is_ok()
    }

    /// Ends it at once, without a goodbye.
    pub(super) fn abort(self) {
        self.task.abort();
    }
}

struct Teller {
    id: SocketId,
    told: mpsc::Sender<(SocketId, What)>,
    waker: Option<Arc<Waker>>,
}

impl Teller {
    async fn tell(&self, what: What) {
        // Only a swarm that has ended does not listen.
        let _ = self.told.send((self.id, what)).await;
        if let Some(waker) = &self.waker {
            let _ = waker.wake();
        }
    }
}

async fn carry(server: &Server, side: &str, mut wanted: mpsc::Receiver<String>, teller: &Teller) {
    let Ok(Some(mut stream)) = timeout(CONNECT, connect(server, side)).await else { return };
    teller.tell(What::Opened).await;
    loop {
        tokio::select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => teller.tell(What::Text(text.as_str().to_owned())).await,
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
            text = wanted.recv() => match text {
                Some(text) => {
                    if stream.send(Message::text(text)).await.is_err() {
                        return;
                    }
                }
                None => {
                    let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
                    // A server that is gone hears no goodbye.
                    let _ = timeout(GOODBYE, stream.close(Some(frame))).await;
                    return;
                }
            },
        }
    }
}

type Stream = tokio_tungstenite::WebSocketStream<tokio_rustls::client::TlsStream<TcpStream>>;

async fn connect(server: &Server, side: &str) -> Option<Stream> {
    let mut request = format!("wss://{}/ws/{side}", server.authority).into_client_request().ok()?;
    request.headers_mut().insert("origin", server.origin().parse().ok()?);
    request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().ok()?);
    let stream = TcpStream::connect(server.address).await.ok()?;
    // Small messages in both directions: waiting to fill packets only delays them.
    let _ = stream.set_nodelay(true);
    let stream = TlsConnector::from(server.tls.clone()).connect(server.name.clone(), stream).await.ok()?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    Some(client_async_with_config(request, stream, Some(config)).await.ok()?.0)
}

/// Events of all connections that the swarm has yet to fetch; beyond them connections wait.
const EVENTS: usize = 16_384;
/// Texts that one connection has yet to send.
const TEXTS: usize = 64;
const BUFFER: usize = 4 * 1_024;
/// What the server would refuse of us is refused of it.
const MAX_MESSAGE: usize = 256 * 1_024;
const CONNECT: Duration = Duration::from_secs(10);
const GOODBYE: Duration = Duration::from_secs(1);
