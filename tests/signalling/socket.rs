//! A client's WebSocket, as JSON.

use std::path::Path;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{
        Error, Message, client::IntoClientRequest, handshake::client::Request,
        protocol::frame::coding::CloseCode,
    },
};

use crate::gateway::{Answer, Gateway, PATIENCE, command, run};

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_id: u32,
}

/// Opens `/ws/SIDE` with that origin and subprotocol.
pub async fn open(
    gateway: &Gateway,
    side: &str,
    origin: Option<&str>,
    subprotocol: Option<&str>,
) -> Result<Socket, Error> {
    let mut request =
        format!("{}/ws/{side}", gateway.origin().replace("https", "wss")).into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    if let Some(subprotocol) = subprotocol {
        request.headers_mut().insert("sec-websocket-protocol", subprotocol.parse().unwrap());
    }
    let stream = TcpStream::connect(gateway.address()).await.unwrap();
    upgrade(request, stream, gateway).await
}

/// Opens `/ws/SIDE` as a page does, unless the gateway is gone.
pub async fn try_open(gateway: &Gateway, side: &str) -> Option<Socket> {
    let address = format!("{}/ws/{side}", gateway.origin().replace("https", "wss"));
    let mut request = address.into_client_request().unwrap();
    request.headers_mut().insert("origin", gateway.origin().parse().unwrap());
    request.headers_mut().insert("sec-websocket-protocol", "quietline.v1".parse().unwrap());
    let stream = TcpStream::connect(gateway.address()).await.ok()?;
    upgrade(request, stream, gateway).await.ok()
}

/// Opens `/ws/SIDE` over that connection.
pub async fn over(stream: TcpStream, gateway: &Gateway, side: &str) -> Socket {
    let address = format!("{}/ws/{side}", gateway.origin().replace("https", "wss"));
    let mut request = address.into_client_request().unwrap();
    request.headers_mut().insert("origin", gateway.origin().parse().unwrap());
    request.headers_mut().insert("sec-websocket-protocol", "quietline.v1".parse().unwrap());
    upgrade(request, stream, gateway).await.unwrap()
}

async fn upgrade(request: Request, stream: TcpStream, gateway: &Gateway) -> Result<Socket, Error> {
    let connector = Connector::Rustls(gateway.tls());
    // As browsers do: a small message does not wait for the acknowledgement of the one before.
    stream.set_nodelay(true)?;
    let (stream, _) = client_async_tls_with_config(request, stream, None, Some(connector)).await?;
    Ok(Socket { stream, next_id: 1 })
}

pub async fn caller(gateway: &Gateway) -> Socket {
    open(gateway, "caller", Some(&gateway.origin()), Some("quietline.v1")).await.unwrap()
}

pub async fn staff(gateway: &Gateway) -> Socket {
    open(gateway, "staff", Some(&gateway.origin()), Some("quietline.v1")).await.unwrap()
}

/// A caller who has said hello.
pub async fn visitor(gateway: &Gateway) -> Socket {
    let mut socket = caller(gateway).await;
    socket.say(json!({"type": "hello"})).await;
    socket.until("state").await;
    socket
}

/// A caller in the queue, and the `session` message.
pub async fn waiting(gateway: &Gateway) -> (Socket, Value) {
    let mut socket = visitor(gateway).await;
    socket.say(json!({"type": "join", "key_package": "AAAA"})).await;
    let session = socket.until("session").await;
    socket.until("done").await;
    (socket, session)
}

impl Socket {
    /// Sends a request and returns its number.
    pub async fn say(&mut self, request: Value) -> u32 {
        let id = self.next_id;
        self.next_id += 1;
        self.text(&json!({"id": id, "request": request}).to_string()).await;
        id
    }

    /// Sends a request and returns its number, unless the connection is gone: then that is heard on reading.
    pub async fn try_say(&mut self, request: Value) -> Option<u32> {
        let id = self.next_id;
        self.next_id += 1;
        self.send_text(&json!({"id": id, "request": request}).to_string()).await.ok()?;
        Some(id)
    }

    /// Sends a request and waits for its answer: `done`, `leg` or `error`.
    pub async fn ask(&mut self, request: Value) -> Value {
        let id = self.say(request).await;
        loop {
            let message = self.next().await;
            if message["re"] == id {
                return message;
            }
        }
    }

    /// Sends a request that must be refused, and returns the code.
    pub async fn refused(&mut self, request: Value) -> String {
        code(&self.ask(request).await)
    }

    pub async fn text(&mut self, text: &str) {
        self.send_text(text).await.unwrap();
    }

    pub async fn send_text(&mut self, text: &str) -> Result<(), Error> {
        self.stream.send(Message::text(text)).await
    }

    pub async fn binary(&mut self, bytes: &[u8]) {
        self.stream.send(Message::binary(bytes.to_vec())).await.unwrap();
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        match self.next_or_close().await {
            Ok(message) => message,
            Err(code) => panic!("closed with {code:?}"),
        }
    }

    /// The next message of that type.
    pub async fn until(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// The next state in that phase.
    pub async fn phase(&mut self, phase: &str) -> Value {
        loop {
            let message = self.until("state").await;
            if message["state"]["phase"] == phase {
                return message;
            }
        }
    }

    /// Waits for the connection to end.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next_or_close().await {
                return code;
            }
        }
    }

    pub async fn close(mut self) {
        self.stream.close(None).await.unwrap();
        self.closed().await;
    }

    /// The next message, or why there is none any more.
    pub async fn next_or_close(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match timeout(PATIENCE, self.stream.next()).await.expect("nothing came") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| CloseCode::into(frame.code))),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }
}

/// An error's code.
pub fn code(message: &Value) -> String {
    assert_eq!(message["type"], "error", "{message}");
    message["error"]["code"].as_str().unwrap().to_owned()
}

/// A device of a member of staff.
pub struct Device {
    pub pair: Ed25519KeyPair,
    pub credential: Option<String>,
    pub staff: String,
    pub id: String,
}

impl Device {
    pub async fn enrol(gateway: &Gateway) -> Self {
        Self::enrol_by(gateway, &gateway.link_token()).await
    }

    /// A device of somebody new, where the gateway's data is in that folder.
    pub async fn of_somebody_new(gateway: &Gateway, data: &Path) -> Self {
        let mut add = command(gateway.folder.path());
        add.args(["staff", "add", "--native", "--data"]).arg(data);
        let (status, link, error) = run(add);
        assert_eq!(status, Some(0), "{error}");
        Self::enrol_by(gateway, link.trim().rsplit_once("#enrol=").unwrap().1).await
    }

    async fn enrol_by(gateway: &Gateway, token: &str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let answer = enrol_with(gateway, &pair, token, "Sam").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let enrolled: Value = serde_json::from_str(&answer.body).unwrap();
        let text = |name: &str| enrolled[name].as_str().map(str::to_owned);
        Self {
            pair,
            credential: text("credential"),
            staff: text("staff").unwrap(),
            id: text("device").unwrap(),
        }
    }

    /// What a thief may know of it: everything but its key.
    pub fn stolen(&self) -> Self {
        Self {
            pair: Ed25519KeyPair::generate().unwrap(),
            credential: self.credential.clone(),
            staff: self.staff.clone(),
            id: self.id.clone(),
        }
    }

    /// Answers the challenge with that credential.
    pub fn sign_in(&self, challenge: &Value, origin: &str, credential: &str) -> Value {
        let said = format!("quietline staff sign-in v1\n{origin}\n{}", challenge["nonce"].as_str().unwrap());
        let signature = STANDARD.encode(self.pair.sign(said.as_bytes()));
        json!({"type": "sign_in", "credential": credential, "signature": signature, "seen": 0})
    }

    /// A console that is signed in.
    pub async fn console(&self, gateway: &Gateway) -> Socket {
        self.console_in(gateway, "unavailable").await
    }

    /// A console that is signed in, and in that phase.
    pub async fn console_in(&self, gateway: &Gateway, phase: &str) -> Socket {
        let mut socket = staff(gateway).await;
        let challenge = socket.until("challenge").await;
        let sign_in = self.sign_in(&challenge, &gateway.origin(), self.credential.as_ref().unwrap());
        socket.say(sign_in).await;
        socket.until("welcome").await;
        socket.phase(phase).await;
        socket
    }
}

pub async fn enrol_with(gateway: &Gateway, pair: &Ed25519KeyPair, token: &str, name: &str) -> Answer {
    let said = format!("quietline enrol v1\n{}\n{token}", gateway.origin());
    let body = json!({
        "token": token,
        "name": name,
        "device_key": URL_SAFE_NO_PAD.encode(pair.public_key()),
        "signature": STANDARD.encode(pair.sign(said.as_bytes())),
    });
    gateway.post("/api/staff/enrol", &body.to_string()).await
}
