//! One WebSocket, whichever side it serves: limits, heartbeats, the outbox, and the errors that they bring.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use futures_util::future::BoxFuture;
use prometheus_client::metrics::gauge::Gauge;
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{mpsc, watch};

use super::{
    admission::Bucket,
    app::{App, Peer},
    frame,
    line::Which,
};
use crate::{
    core::time::Timestamp,
    node::Gone,
    proto::{ErrorCode, Frame, Goodbye, ProtocolError, caller, staff},
    telemetry::metrics::{ErrorLabel, Metrics, SideLabel},
};

/// Messages that may wait for a slow reader; one more and the connection is closed.
const OUTBOX: usize = 64;
/// How long a closed connection is read to its end.
const CLOSE_TIME: Duration = Duration::from_secs(2);
/// A burst is this many seconds' worth of messages.
const BURST_S: u32 = 3;

/// What a server message can be made of here.
pub(super) trait Outgoing: Serialize {
    const SIDE: &'static str;
    fn error(re: Option<u32>, error: ProtocolError) -> Self;
    fn bye(why: Goodbye) -> Self;
    fn is_bye(&self) -> bool;
    fn refusal(&self) -> Option<&ProtocolError>;
}

/// What happened on a link.
enum Event<R, M> {
    /// The client asks something.
    Request(Frame<R>),
    /// The node says something.
    Said(M),
    /// The node has ended this connection.
    Drained,
    /// The client is gone, or broke the rules and was told so.
    Closed,
    /// Nothing was heard from the client for the heartbeat's time-out.
    Silent,
    /// The client did not say who it is in time.
    Late,
    /// The server stops.
    Stopping,
}

/// The connection is lost; nothing more can be said on it.
pub(super) struct Lost;

/// See the module.
pub(super) struct Link<M> {
    socket: WebSocket,
    outbox: Option<mpsc::Receiver<M>>,
    app: Arc<App>,
    metrics: Arc<Metrics>,
    /// Keeps the connection counted and the server waiting for it.
    _peer: Peer,
    _counted: Counted,
    stopping: watch::Receiver<bool>,
    bucket: Bucket,
    refused_in_a_row: u32,
    heard: Timestamp,
    quiet: BoxFuture<'static, ()>,
    /// Until when the client must say who it is, if it has not.
    introduction: Option<BoxFuture<'static, ()>>,
}

impl<M: Outgoing> Link<M> {
    pub(super) fn new(socket: WebSocket, app: Arc<App>, peer: Peer, which: Which) -> Self {
        let now = app.now();
        let metrics = app.counted(which).metrics.clone();
        let rate = app.settings.messages_per_second;
        Self {
            socket,
            outbox: None,
            stopping: app.stopping.clone(),
            bucket: Bucket::new(rate * BURST_S, Duration::from_secs(1) / rate, now),
            refused_in_a_row: 0,
            heard: now,
            quiet: app.clock.until(now + app.silence()),
            introduction: Some(app.clock.until(now + app.settings.patience.hello)),
            _counted: Counted::new(metrics.sockets.get_or_create_owned(&SideLabel { side: M::SIDE })),
            app,
            metrics,
            _peer: peer,
        }
    }

    /// The client has said who it is.
    pub(super) fn introduced(&mut self) {
        self.introduction = None;
    }

    /// A fresh outbox, for the node to fill.
    pub(super) fn open_outbox(&mut self) -> mpsc::Sender<M> {
        let (sender, receiver) = mpsc::channel(OUTBOX);
        self.outbox = Some(receiver);
        sender
    }

    /// Drops the outbox: the node did not take this client.
    pub(super) fn close_outbox(&mut self) {
        self.outbox = None;
    }

    /// Waits for a request of somebody who has not said yet who they are. None when the connection ends before; whoever
    /// takes too long is told `late`.
    pub(super) async fn next_of_stranger<R: DeserializeOwned>(&mut self, late: &str) -> Option<Frame<R>> {
        loop {
            match self.next().await {
                Event::Request(frame) => return Some(frame),
                // The node spoke before it refused: nobody of that name is served here any more.
                Event::Said(_) | Event::Drained => {}
                Event::Late => {
                    self.expel(ErrorCode::OutOfOrder.because(late), close_code::POLICY).await;
                    return None;
                }
                Event::Stopping => {
                    self.dismiss(Goodbye::ServerStopping).await;
                    return None;
                }
                Event::Closed | Event::Silent => return None,
            }
        }
    }

    /// Writes what the node says until the client asks something, or the connection ends.
    pub(super) async fn next_request<R: DeserializeOwned>(&mut self) -> Result<Frame<R>, Gone> {
        loop {
            match self.next().await {
                Event::Request(frame) => return Ok(frame),
                Event::Said(message) => self.say(&message).await.map_err(|Lost| Gone::Closed)?,
                Event::Drained => {
                    self.close(close_code::AWAY).await;
                    return Err(Gone::Closed);
                }
                Event::Closed | Event::Late | Event::Stopping => return Err(Gone::Closed),
                Event::Silent => return Err(Gone::Silent),
            }
        }
    }

    /// Waits for the next thing to happen.
    async fn next<R: DeserializeOwned>(&mut self) -> Event<R, M> {
        loop {
            let has_outbox = self.outbox.is_some();
            let heard = tokio::select! {
                () = wait(&mut self.introduction) => {
                    self.introduction = None;
                    return Event::Late;
                }
                said = receive(&mut self.outbox) => return said.map_or(Event::Drained, Event::Said),
                // The sender lives as long as the server.
                _ = self.stopping.wait_for(|stopping| *stopping), if !has_outbox => return Event::Stopping,
                () = &mut self.quiet => None,
                heard = self.socket.recv() => Some(heard),
            };
            match heard {
                Some(heard) => {
                    if let Some(event) = self.hear(heard).await {
                        return event;
                    }
                }
                None => {
                    let due = self.heard + self.app.silence();
                    if due <= self.app.now() {
                        self.metrics.silent.get_or_create(&SideLabel { side: M::SIDE }).inc();
                        return Event::Silent;
                    }
                    self.quiet = self.app.clock.until(due);
                }
            }
        }
    }

    /// Writes one message.
    pub(super) async fn send(&mut self, message: &M) -> Result<(), Lost> {
        if let Some(error) = message.refusal() {
            self.metrics.errors.get_or_create(&ErrorLabel { code: error.code.as_str() }).inc();
        }
        let text = serde_json::to_string(message).map_err(|_| Lost)?;
        let time = self.app.settings.patience.write;
        match tokio::time::timeout(time, self.socket.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Lost),
        }
    }

    /// Writes what the node says. Its `bye` is the last word.
    async fn say(&mut self, message: &M) -> Result<(), Lost> {
        self.send(message).await?;
        if message.is_bye() {
            self.close(close_code::AWAY).await;
            return Err(Lost);
        }
        Ok(())
    }

    /// Refuses one request.
    pub(super) async fn refuse(
        &mut self,
        re: impl Into<Option<u32>>,
        error: ProtocolError,
    ) -> Result<(), Lost> {
        self.send(&M::error(re.into(), error)).await
    }

    /// Says why the connection ends, and ends it.
    async fn dismiss(&mut self, why: Goodbye) {
        if self.send(&M::bye(why)).await.is_ok() {
            self.close(close_code::AWAY).await;
        }
    }

    /// Closes in good order: the close frame, then what the client still sends is read for a moment, so that what was
    /// written is not lost with a reset.
    pub(super) async fn close(&mut self, code: u16) {
        let frame = CloseFrame { code, reason: "".into() };
        let closing = async {
            if self.socket.send(Message::Close(Some(frame))).await.is_ok() {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        // Whoever does not close in time is dropped.
        let _ = tokio::time::timeout(CLOSE_TIME, closing).await;
    }

    async fn hear<R: DeserializeOwned>(
        &mut self,
        heard: Option<Result<Message, axum::Error>>,
    ) -> Option<Event<R, M>> {
        let text = match heard {
            None | Some(Ok(Message::Close(_))) => return Some(Event::Closed),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) if self.in_time() => {
                self.heard = self.app.now();
                return None;
            }
            Some(Ok(Message::Text(text))) if text.len() <= self.app.settings.message_bytes => text,
            Some(Ok(Message::Text(_))) => return Some(self.too_large().await),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return self.too_fast(None).await,
            Some(Ok(Message::Binary(_))) => {
                let error = ErrorCode::Malformed.because("Messages are text, not binary.");
                self.expel(error, close_code::UNSUPPORTED).await;
                return Some(Event::Closed);
            }
            Some(Err(error)) if error.to_string().starts_with("Space limit exceeded") => {
                return Some(self.too_large().await);
            }
            Some(Err(_)) => return Some(Event::Closed),
        };
        if !self.in_time() {
            return self.too_fast(frame::number(&text)).await;
        }
        self.heard = self.app.now();
        self.metrics.messages.get_or_create(&SideLabel { side: M::SIDE }).inc();
        match frame::read(&text) {
            Ok(request) => Some(Event::Request(request)),
            Err(frame::Malformed(re)) => {
                let error = ErrorCode::Malformed.because("This message is not of the protocol.");
                self.refuse(re, error).await.err().map(|Lost| Event::Closed)
            }
        }
    }

    /// Whether the client is within its rate.
    fn in_time(&mut self) -> bool {
        let in_time = self.bucket.take(self.app.now());
        self.refused_in_a_row = if in_time { 0 } else { self.refused_in_a_row + 1 };
        in_time
    }

    async fn too_fast<R>(&mut self, re: Option<u32>) -> Option<Event<R, M>> {
        let error = ErrorCode::TooFast.because("Too many messages at once; this one was not read.");
        if self.refused_in_a_row > self.app.settings.messages_per_second * BURST_S {
            self.expel(error, close_code::POLICY).await;
            return Some(Event::Closed);
        }
        self.refuse(re, error).await.err().map(|Lost| Event::Closed)
    }

    async fn too_large<R>(&mut self) -> Event<R, M> {
        let error = ErrorCode::TooLarge.because("This message is larger than the server reads.");
        self.expel(error, close_code::SIZE).await;
        Event::Closed
    }

    /// Refuses without a request, and closes.
    async fn expel(&mut self, error: ProtocolError, code: u16) {
        if self.refuse(None, error).await.is_ok() {
            self.close(code).await;
        }
    }
}

/// Resolves when the timer does; never without one.
async fn wait(timer: &mut Option<BoxFuture<'static, ()>>) {
    match timer {
        Some(timer) => timer.await,
        None => std::future::pending().await,
    }
}

/// The next message of the outbox; never without one.
async fn receive<M>(outbox: &mut Option<mpsc::Receiver<M>>) -> Option<M> {
    match outbox {
        Some(outbox) => outbox.recv().await,
        None => std::future::pending().await,
    }
}

/// One open socket in the metrics.
struct Counted(Gauge);

impl Counted {
    fn new(gauge: Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Both sides' messages have the same four in common, each as its own type.
macro_rules! outgoing {
    ($side:literal, $message:ty) => {
        impl Outgoing for $message {
            const SIDE: &'static str = $side;

            fn error(re: Option<u32>, error: ProtocolError) -> Self {
                Self::Error { re, error }
            }

            fn bye(why: Goodbye) -> Self {
                Self::Bye { why }
            }

            fn is_bye(&self) -> bool {
                matches!(self, Self::Bye { .. })
            }

            fn refusal(&self) -> Option<&ProtocolError> {
                if let Self::Error { error, .. } = self { Some(error) } else { None }
            }
        }
    };
}

outgoing!("caller", caller::Message);
outgoing!("staff", staff::Message);
