//! What a connection may do before anything of a call: origin, version, sizes, rates, order, silence.

use serde_json::json;
use tokio_tungstenite::tungstenite::Error;

use crate::{
    gateway::Gateway,
    socket::{caller, code, open, staff, visitor, waiting},
};

fn status(error: &Error) -> u16 {
    match error {
        Error::Http(answer) => answer.status().as_u16(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_hello_is_welcomed_and_answered_in_order() {
    let gateway = Gateway::start();
    let mut socket = caller(&gateway).await;
    socket.say(json!({"type": "hello"})).await;
    let welcome = socket.next().await;
    assert_eq!(welcome["type"], "welcome");
    assert_eq!((&welcome["on_shift"], &welcome["heartbeat"]["interval_ms"]), (&json!(false), &json!(3000)));
    assert_eq!(socket.next().await["state"]["phase"], "idle");
    socket.say(json!({"type": "ping"})).await;
    assert_eq!(socket.next().await["type"], "pong");
}

#[tokio::test]
async fn another_origin_or_version_gets_no_socket() {
    let gateway = Gateway::start();
    for side in ["caller", "staff"] {
        for origin in [None, Some("https://elsewhere.example"), Some("null"), Some("https://localhost")] {
            let refused = open(&gateway, side, origin, Some("quietline.v1")).await.err().unwrap();
            assert_eq!(status(&refused), 403);
        }
        for version in [None, Some("quietline.v0")] {
            let refused = open(&gateway, side, Some(&gateway.origin()), version).await.err().unwrap();
            assert_eq!(status(&refused), 400);
        }
    }
}

#[tokio::test]
async fn what_is_no_message_is_malformed_and_the_connection_stays() {
    let gateway = Gateway::start();
    let mut socket = visitor(&gateway).await;
    let deep = format!("{{\"id\":9,\"request\":{}{}}}", "[".repeat(500), "]".repeat(500));
    for text in ["", "hello", "{}", "[1]", "{\"id\":9}", "{\"id\":9,\"request\":{\"type\":\"sing\"}}", &deep]
    {
        socket.text(text).await;
        let error = socket.next().await;
        assert_eq!(code(&error), "malformed");
        let numbered = text.starts_with("{\"id\":9") && text != deep;
        assert_eq!(error["re"], if numbered { json!(9) } else { json!(null) }, "{text}");
    }
    for request in [
        json!({"type": "join", "key_package": "not base64!"}),
        json!({"type": "join", "key_package": ""}),
        json!({"type": "join", "key_package": "A".repeat(16 * 1024 + 4)}),
        json!({"type": "mls", "message": {"kind": "application", "message": "*"}}),
        json!({"type": "leave", "how": "left", "more": 1}),
    ] {
        assert_eq!(socket.refused(request).await, "malformed");
    }
    socket.say(json!({"type": "ping"})).await;
    socket.until("pong").await;
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_the_connection() {
    let gateway = Gateway::start();
    let mut socket = visitor(&gateway).await;
    socket.text(&"x".repeat(131_073)).await;
    assert_eq!(code(&socket.next().await), "too_large");
    assert_eq!(socket.closed().await, Some(1009));
}

#[tokio::test]
async fn binary_messages_end_the_connection() {
    let gateway = Gateway::start();
    let mut socket = visitor(&gateway).await;
    socket.binary(b"{}").await;
    assert_eq!(code(&socket.next().await), "malformed");
    assert_eq!(socket.closed().await, Some(1003));
}

#[tokio::test]
async fn too_many_messages_are_not_read_and_then_end_the_connection() {
    let gateway = Gateway::start_with(&[("QUIETLINE_LIMITS_MESSAGES_PER_SECOND", "1")]);
    let mut socket = visitor(&gateway).await;
    for _ in 0..10 {
        socket.say(json!({"type": "ping"})).await;
    }
    let error = socket.until("error").await;
    assert_eq!(code(&error), "too_fast");
    assert!(error["re"].is_number());
    assert_eq!(socket.closed().await, Some(1008));
}

#[tokio::test]
async fn requests_out_of_order_are_refused() {
    let gateway = Gateway::start();
    let mut socket = caller(&gateway).await;
    assert_eq!(socket.refused(json!({"type": "join", "key_package": "AAAA"})).await, "out_of_order");
    assert_eq!(socket.refused(json!({"type": "resume", "token": "00", "seen": 0})).await, "unknown_session");
    socket.say(json!({"type": "hello"})).await;
    socket.until("welcome").await;
    assert_eq!(socket.refused(json!({"type": "hello"})).await, "out_of_order");
    assert_eq!(socket.refused(json!({"type": "resume", "token": "00", "seen": 0})).await, "out_of_order");
    let early = json!({"type": "mls", "message": {"kind": "application", "message": "AAAA"}});
    assert_eq!(socket.refused(early).await, "out_of_order");

    let mut socket = staff(&gateway).await;
    socket.until("challenge").await;
    assert_eq!(socket.refused(json!({"type": "available"})).await, "out_of_order");
}

#[tokio::test]
async fn a_client_that_falls_silent_is_gone_and_keeps_the_place() {
    let gateway =
        Gateway::start_with(&[("QUIETLINE_CALLS_HEARTBEAT_S", "1"), ("QUIETLINE_CALLS_TIMEOUT_S", "2")]);
    let (mut silent, session) = waiting(&gateway).await;
    assert_eq!(silent.closed().await, Some(1001));
    let mut again = caller(&gateway).await;
    again.say(json!({"type": "resume", "token": session["token"], "seen": 0})).await;
    assert_eq!(again.until("session").await["call"], session["call"]);
    again.phase("waiting").await;
}

#[tokio::test]
async fn what_cannot_be_written_down_is_internal_and_nothing_has_changed() {
    let gateway = Gateway::start();
    let mut socket = visitor(&gateway).await;
    // Another process holds the ledger for longer than the server waits for it.
    let ledger = gateway.folder.path().join("quietline-data/ledger.sqlite");
    let holder = rusqlite::Connection::open(ledger).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let join = json!({"type": "join", "key_package": "AAAA"});
    assert_eq!(socket.refused(join.clone()).await, "internal");
    holder.execute_batch("ROLLBACK").unwrap();
    assert_eq!(socket.ask(join).await["type"], "done");
    socket.phase("waiting").await;
}

#[tokio::test]
async fn one_address_has_so_many_connections() {
    let gateway = Gateway::start_with(&[("QUIETLINE_LIMITS_CONNECTIONS_PER_ADDRESS", "2")]);
    let first = visitor(&gateway).await;
    let _second = visitor(&gateway).await;
    let refused = tokio::net::TcpStream::connect(gateway.address()).await.unwrap();
    let mut byte = [0];
    refused.readable().await.unwrap();
    assert!(matches!(refused.try_read(&mut byte), Ok(0) | Err(_)), "the third is closed before TLS");
    first.close().await;
    // The server has let the first go when its close frame came back.
    let _third = visitor(&gateway).await;
}
