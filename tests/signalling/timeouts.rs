//! Clients that take too long: for a handshake, a request, a first message, or to read.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::{
    gateway::{Gateway, PATIENCE},
    socket::{Socket, caller, code, over, staff, waiting},
};

/// A gateway that waits long enough for a busy machine, and not longer.
fn hasty() -> Gateway {
    Gateway::start_with(&[("QUIETLINE_LIMITS_HANDSHAKE_S", "2"), ("QUIETLINE_LIMITS_HELLO_S", "2")])
}

/// Waits until the server has closed the connection; what it said before is given.
async fn closed(stream: &mut (impl AsyncReadExt + Unpin)) -> Vec<u8> {
    let mut said = Vec::new();
    // A reset and an end without TLS's own goodbye are ends as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the connection stayed open");
    said
}

#[tokio::test]
async fn a_connection_without_a_tls_handshake_is_closed() {
    let gateway = hasty();
    let mut silent = TcpStream::connect(gateway.address()).await.unwrap();
    assert_eq!(closed(&mut silent).await, b"");
    // The first bytes of a record, and no more.
    let mut halting = TcpStream::connect(gateway.address()).await.unwrap();
    halting.write_all(&[22, 3, 1]).await.unwrap();
    assert_eq!(closed(&mut halting).await, b"");
    assert!(gateway.internal("/metrics").await.contains("quietline_tls_handshakes_failed_total 2"));
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed() {
    let gateway = hasty();
    let mut silent = gateway.connect().await;
    assert_eq!(closed(&mut silent).await, b"");
    let mut preface_only = gateway.connect_as(&[b"h2"]).await;
    preface_only.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    closed(&mut preface_only).await;
    let mut silent = gateway.connect_as(&[b"h2"]).await;
    closed(&mut silent).await;
}

#[tokio::test]
async fn a_request_whose_head_or_body_does_not_come_is_given_up() {
    let gateway = hasty();
    let mut head = gateway.connect().await;
    head.write_all(b"GET /ws/caller HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\n").await.unwrap();
    let said = closed(&mut head).await;
    assert!(!said.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&said));

    let mut body = gateway.connect().await;
    let request = format!(
        "POST /api/caller/leave HTTP/1.1\r\nhost: localhost\r\norigin: {}\r\ncontent-length: 9\r\nconnection: close\r\n\r\n{{",
        gateway.origin()
    );
    body.write_all(request.as_bytes()).await.unwrap();
    assert!(closed(&mut body).await.starts_with(b"HTTP/1.1 408"));
}

#[tokio::test]
async fn a_socket_that_does_not_say_who_it_is_is_let_go() {
    let gateway = hasty();
    for mut socket in [caller(&gateway).await, staff(&gateway).await] {
        // A sign of life is not a name.
        socket.say(json!({"type": "ping"})).await;
        assert_eq!(code(&socket.until("error").await), "out_of_order");
        assert_eq!(socket.closed().await, Some(1008));
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go_and_keeps_the_place() {
    let gateway = Gateway::start_with(&[
        ("QUIETLINE_LIMITS_WRITE_S", "1"),
        ("QUIETLINE_LIMITS_MESSAGES_PER_SECOND", "1000000"),
    ]);
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(gateway.address()).await.unwrap();
    let mut slow = over(stream, &gateway, "caller").await;
    slow.say(json!({"type": "hello"})).await;
    slow.until("state").await;
    slow.say(json!({"type": "join", "key_package": "AAAA"})).await;
    let session = slow.until("session").await;
    // Each is answered with an error that nobody reads; when the server cannot write any more it stops to read as well.
    while slow.try_text("x").await {}

    let (_other, _) = waiting(&gateway).await;
    let mut again = caller(&gateway).await;
    again.say(json!({"type": "resume", "token": session["token"], "seen": 0})).await;
    let state = again.phase("waiting").await;
    assert_eq!(state["state"]["ahead"], 0, "the place was kept");
}

/// A socket that may be closed at any moment.
impl Socket {
    /// Sends a text; false when the connection has ended.
    async fn try_text(&mut self, text: &str) -> bool {
        timeout(PATIENCE, self.send_text(text)).await.expect("the connection stayed open and unread").is_ok()
    }
}
