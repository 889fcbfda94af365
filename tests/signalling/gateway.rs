//! One `quietline serve` process for a test, ended with it.

use std::{
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex, OnceLock},
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Gateway {
    child: Child,
    /// What it printed on stdout.
    pub said: Vec<String>,
    log: Arc<Log>,
    link: OnceLock<String>,
    pub folder: TempDir,
}

#[derive(Default)]
struct Log {
    text: Mutex<String>,
    grew: Condvar,
}

/// An HTTP answer.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

/// The command with everything in `folder` and on free ports. `QUIETLINE_BINARY` names another build of it, to be measured.
pub fn command(folder: &Path) -> Command {
    let built =
        std::env::var_os("QUIETLINE_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_quietline").into());
    let mut command = Command::new(built);
    command
        .current_dir(folder)
        .env("QUIETLINE_SERVER_LISTEN", "127.0.0.1:0")
        .env("QUIETLINE_RELAY_LISTEN", "127.0.0.1")
        .env("QUIETLINE_RELAY_PORT", "0")
        .env("QUIETLINE_RELAY_WORKERS", "1")
        .env("QUIETLINE_INTERNAL_LISTEN", "127.0.0.1:0")
        .env("QUIETLINE_LOG_LEVEL", "debug");
    command
}

impl Gateway {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    pub fn start_with(environment: &[(&str, &str)]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), environment)
    }

    pub fn start_in(folder: TempDir, environment: &[(&str, &str)]) -> Self {
        let mut child = command(folder.path())
            .arg("serve")
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Log::default());
        let stderr = BufReader::new(child.stderr.take().unwrap());
        thread::spawn({
            let log = log.clone();
            move || {
                for line in stderr.lines().map_while(Result::ok) {
                    log.text.lock().unwrap().push_str(&(line + "\n"));
                    log.grew.notify_all();
                }
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut said = Vec::new();
        for _ in 0..3 {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            said.push(line.trim_end().to_owned());
        }
        let gateway = Self { child, said, log, link: OnceLock::new(), folder };
        assert!(
            gateway.said[2].starts_with("Stop:"),
            "it did not start: {:?} {}",
            gateway.said,
            gateway.log()
        );
        gateway
    }

    /// The origin that it printed.
    pub fn origin(&self) -> String {
        let address = self.said[0].split_whitespace().last().unwrap();
        address.trim_end_matches('/').to_owned()
    }

    /// The token of a link that enrols one program, once: the same each time that it is asked for.
    pub fn link_token(&self) -> String {
        self.link
            .get_or_init(|| {
                let mut add = command(self.folder.path());
                add.args(["staff", "add", "--native"]);
                let (status, link, error) = run(add);
                assert_eq!(status, Some(0), "{error}");
                link.trim().split_once("#enrol=").expect("no link was printed").1.to_owned()
            })
            .clone()
    }

    pub fn address(&self) -> SocketAddr {
        let (_, port) =
            self.origin().rsplit_once(':').map(|(host, port)| (host.to_owned(), port.to_owned())).unwrap();
        SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()))
    }

    pub fn log(&self) -> String {
        self.log.text.lock().unwrap().clone()
    }

    /// Waits until the log has a line with that text, and returns the line.
    pub fn logged(&self, text: &str) -> String {
        let found = |log: &String| log.lines().find(|line| line.contains(text)).map(str::to_owned);
        let log = self.log.text.lock().unwrap();
        let (log, waited) =
            self.log.grew.wait_timeout_while(log, PATIENCE, |log| found(log).is_none()).unwrap();
        assert!(!waited.timed_out(), "{text:?} was not logged:\n{log}");
        found(&log).unwrap()
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.child.id()).unwrap()), signal).unwrap();
    }

    /// Lets no file of the process grow over so many bytes; any size when none.
    pub fn limit_files(&self, bytes: Option<u64>) {
        let size = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let limited = Command::new("prlimit")
            .args([format!("--pid={}", self.child.id()), format!("--fsize={size}:unlimited")])
            .status();
        assert!(limited.unwrap().success());
    }

    /// How much memory the process holds, KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Waits until a process that was killed is no more.
    pub async fn gone(&self) {
        let pid = self.child.id();
        let over = move || {
            let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // A thread that the disk keeps holds on to files and locks for a moment longer than the others.
            let threads = std::fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
            // Ended, and kept by the system until its exit code is asked for.
            threads <= 1
                && state.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
        };
        while !over() {
            tokio::task::yield_now().await;
        }
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Kills it and gives the folder back, for the one that comes after it.
    pub fn kill(&mut self) -> TempDir {
        self.signal(Signal::SIGKILL);
        self.wait();
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// Stops it in good order and gives the folder back.
    pub fn stop(self) -> TempDir {
        self.signal(Signal::SIGTERM);
        self.stop_after_signal()
    }

    /// Waits for it to end in good order and gives the folder back.
    pub fn stop_after_signal(mut self) -> TempDir {
        assert!(self.wait().success(), "{}", self.log());
        std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap())
    }

    /// What a client trusts: the development authority of this gateway and nothing else.
    pub fn tls(&self) -> Arc<ClientConfig> {
        let authority = CertificateDer::from_pem_file(self.folder.path().join("certs-dev/ca.pem")).unwrap();
        client_config(authority)
    }

    pub async fn connect(&self) -> TlsStream<TcpStream> {
        self.connect_as(&[]).await
    }

    /// A TLS connection that offers those protocols.
    pub async fn connect_as(&self, protocols: &[&[u8]]) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.address()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut config = (*self.tls()).clone();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: &str) -> Answer {
        self.request("POST", path, &[("origin", &self.origin())], body).await
    }

    pub async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = self.connect().await;
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n{lines}\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A server that closes without TLS's own goodbye has still answered.
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {answer:?}"));
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// A GET on the listener for metrics and health.
    pub async fn internal(&self, path: &str) -> String {
        let line = self.logged("metrics and health on");
        let address = line.rsplit_once("http://").unwrap().1.trim();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

pub fn client_config(authority: CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(authority).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// Runs the command to its end: exit code, stdout, stderr.
pub fn run(mut command: Command) -> (Option<i32>, String, String) {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut out, mut err) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    (child.wait().unwrap().code(), out, err)
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
