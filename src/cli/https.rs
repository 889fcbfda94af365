//! One question to a gateway over HTTPS, and its answer, for commands that ask little.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::timeout,
};

use crate::client::socket::Server;

/// Asks with a body.
pub(super) fn post<T: DeserializeOwned>(
    server: &Server,
    path: &str,
    body: &impl Serialize,
) -> anyhow::Result<T> {
    let body = serde_json::to_string(body)?;
    let head = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    ask(server, &format!("POST {path}"), &head, &body)
}

/// Asks without one.
pub(super) fn get<T: DeserializeOwned>(server: &Server, path: &str) -> anyhow::Result<T> {
    ask(server, &format!("GET {path}"), "", "")
}

fn ask<T: DeserializeOwned>(server: &Server, what: &str, head: &str, body: &str) -> anyhow::Result<T> {
    let origin = server.origin();
    let host = origin.trim_start_matches("https://");
    let request = format!(
        "{what} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\n{head}connection: close\r\n\r\n{body}"
    );
    let exchange = async {
        let stream = tokio::net::TcpStream::connect(server.address()).await?;
        let mut stream =
            tokio_rustls::TlsConnector::from(server.tls()).connect(server.name(), stream).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        match stream.take(MOST).read_to_end(&mut answer).await {
            // A server that closes without TLS's own goodbye has still answered.
            Err(error) if answer.is_empty() => Err(error),
            _ => Ok(answer),
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime
        .block_on(async { timeout(PATIENCE, exchange).await })
        .map_err(anyhow::Error::from)
        .and_then(|answered| Ok(answered?))
        .with_context(|| format!("{origin} cannot be asked"))?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").with_context(|| format!("{origin} did not answer"))?;
    if head.split_whitespace().nth(1) != Some("200") {
        #[derive(Deserialize)]
        struct Refusal {
            text: String,
        }
        let refusal: Option<Refusal> = serde_json::from_str(body).ok();
        bail!(
            "{origin} refused: {}",
            refusal.map_or_else(|| "no reason was given".to_owned(), |refusal| refusal.text)
        );
    }
    serde_json::from_str(body).with_context(|| format!("{origin} gave an answer that is not of the protocol"))
}

/// How long the whole of it may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of an answer that are read.
const MOST: u64 = 8 << 20;
