//! `quietline drill`, driven as a command against servers that say what they are told to.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use futures_util::{SinkExt as _, StreamExt as _};
use quietline::{
    e2ee::AuthorityKey,
    proto::{
        ErrorCode, Frame, Goodbye, Heartbeat, SUBPROTOCOL,
        caller::{CallerState, EndedBy, Message, Request},
    },
};
use rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivatePkcs8KeyDer};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{block_in_place, spawn_blocking},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{self, handshake::derive_accept_key, protocol::Role},
};

const TICKET: &str = "q83vEjRWeJq83vEjRWeJ_w";
const PATIENCE: Duration = Duration::from_secs(60);

/// What a server says to `hello`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// Welcome, to a line that is none of a drill.
    Welcome,
    NoDrill,
    /// Welcome to a drill, and a place in the queue; then that it is over.
    Over,
    /// The same without the end.
    Waiting,
}

/// A server, and what callers asked of it.
struct Line {
    address: SocketAddr,
    folder: TempDir,
    asked: mpsc::UnboundedReceiver<Asked>,
}

#[derive(Debug, PartialEq)]
enum Asked {
    /// A request for that path.
    Path(String),
    Request(Request),
}

impl Line {
    async fn that(says: Says) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.path().join("ca.pem"), made.cert.pem()).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let authority = AuthorityKey::generate().unwrap().public().to_string();
        let (told, asked) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, authority, told) = (acceptor.clone(), authority.clone(), told.clone());
                tokio::spawn(async move { serve(stream, acceptor, says, &authority, &told).await });
            }
        });
        Self { address, folder, asked }
    }

    /// The command, with its ticket in a file.
    fn drill(&self, more: &[&str]) -> Child {
        let (ticket, trust) = (self.folder.path().join("ticket"), self.folder.path().join("ca.pem"));
        fs::write(&ticket, format!("https://localhost/#drill={TICKET}\n")).unwrap();
        Command::new(env!("CARGO_BIN_EXE_quietline"))
            .args(["drill", "--server", &format!("https://localhost:{}", self.address.port())])
            .arg("--trust")
            .arg(trust)
            .arg("--ticket-file")
            .arg(ticket)
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What was asked so far.
    fn asked(&mut self) -> Vec<Asked> {
        std::iter::from_fn(|| self.asked.try_recv().ok()).collect()
    }
}

async fn serve(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    says: Says,
    authority: &str,
    told: &mpsc::UnboundedSender<Asked>,
) -> Option<()> {
    let mut stream = acceptor.accept(stream).await.ok()?;
    let head = head_of(&mut stream).await?;
    let path = head.split(' ').nth(1)?.to_owned();
    told.send(Asked::Path(path.clone())).ok()?;
    if path == "/api/config" {
        let body = format!(r#"{{"service":"Line","phone":"1","authority":"{authority}"}}"#);
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.ok()?;
        return stream.shutdown().await.ok();
    }
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("sec-websocket-key").then_some(value)
    })?;
    let accepted = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-accept: {accepted}\r\nsec-websocket-protocol: {SUBPROTOCOL}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.ok()?;
    let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    while let Some(Ok(message)) = socket.next().await {
        let tungstenite::Message::Text(text) = message else { continue };
        let Frame { id, request } = serde_json::from_str::<Frame<Request>>(&text).unwrap();
        told.send(Asked::Request(request.clone())).ok()?;
        for answer in answers(says, id, &request) {
            let text = serde_json::to_string(&answer).unwrap();
            socket.send(tungstenite::Message::text(text)).await.ok()?;
        }
    }
    Some(())
}

async fn head_of(stream: &mut TlsStream<TcpStream>) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

fn answers(says: Says, id: u32, request: &Request) -> Vec<Message> {
    let waiting = CallerState::Waiting { ahead: 0, ringing: false, on_shift: true };
    match request {
        Request::Hello { .. } if says == Says::NoDrill => {
            vec![Message::Error { re: Some(id), error: ErrorCode::NoDrill.because("No drill is open.") }]
        }
        Request::Hello { .. } => {
            let heartbeat = Heartbeat { interval_ms: 3_000, timeout_ms: 10_000 };
            let drill = says != Says::Welcome;
            vec![
                Message::Welcome { heartbeat, on_shift: true, lines: Vec::new(), drill },
                Message::State { state: CallerState::Idle },
            ]
        }
        Request::Join { .. } => {
            let mut said = vec![
                Message::Session { token: "token".to_owned(), call: "09".repeat(16) },
                Message::Done { re: id },
                Message::State { state: waiting },
            ];
            said.extend((says == Says::Over).then_some(Message::Bye { why: Goodbye::DrillOver }));
            said
        }
        Request::Leave { .. } => vec![
            Message::Done { re: id },
            Message::State { state: CallerState::Ended { by: EndedBy::Caller } },
        ],
        Request::Ping => vec![Message::Pong],
        // Nothing else is needed to wait.
        _ => vec![Message::Error { re: Some(id), error: ErrorCode::Internal.because("Not here.") }],
    }
}

/// Its exit code, and what it said.
async fn ends(child: Child) -> (Option<i32>, String) {
    let output =
        timeout(PATIENCE, spawn_blocking(|| child.wait_with_output())).await.unwrap().unwrap().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains(TICKET) && !said.contains("token"), "{said}");
    (output.status.code(), said)
}

fn is_join(asked: &Asked) -> bool {
    matches!(asked, Asked::Request(Request::Join { .. }))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_caller_goes_into_a_line_that_does_not_say_it_is_a_drill() {
    let mut line = Line::that(Says::Welcome).await;
    let (code, said) = ends(line.drill(&["--callers", "2", "--every", "0"])).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.ends_with("does not say that this line is a drill, so no caller went in\n"), "{said}");
    let asked = line.asked();
    assert!(!asked.iter().any(is_join), "{asked:?}");
    let tickets = asked.iter().filter_map(|asked| match asked {
        Asked::Request(Request::Hello { drill }) => drill.as_ref().map(|ticket| ticket.0.as_str()),
        _ => None,
    });
    assert!(tickets.clone().count() > 0 && tickets.clone().all(|ticket| ticket == TICKET));
    let paths =
        asked.iter().filter_map(|asked| if let Asked::Path(path) = asked { Some(&**path) } else { None });
    assert!(paths.clone().skip(1).all(|path| path == "/ws/drill/caller") && paths.clone().count() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_drill_it_ends_with_one_sentence() {
    for (says, sentence) in [(Says::NoDrill, "no drill is open there"), (Says::Over, "the drill is over")] {
        let line = Line::that(says).await;
        let (code, said) = ends(line.drill(&[])).await;
        assert_eq!(code, Some(1), "{said}");
        assert!(said.lines().last().unwrap().starts_with(&format!("quietline: {sentence}")), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_has_everybody_leave() {
    let mut line = Line::that(Says::Waiting).await;
    let mut child = line.drill(&["--callers", "2", "--every", "0"]);
    let said = BufReader::new(child.stderr.take().unwrap()).lines();
    let waits = said.map_while(Result::ok).filter(|line| line.ends_with("waits, nobody before them"));
    assert_eq!(block_in_place(|| waits.take(2).count()), 2);
    let pid = nix::unistd::Pid::from_raw(child.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let (code, _) = ends(child).await;
    assert_eq!(code, Some(0));
    let leave = |asked: &&Asked| matches!(asked, Asked::Request(Request::Leave { .. }));
    assert_eq!(line.asked().iter().filter(leave).count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_said_at_once() {
    let mut line = Line::that(Says::Waiting).await;
    // Taken and given back: nobody listens there.
    line.address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let (code, said) = ends(line.drill(&[])).await;
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("cannot be asked"), "{said}");
}
