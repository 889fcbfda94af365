//! A gateway of our own: `serve` of the same program as a child process, on free ports, with data that is thrown away.
//!
//! The child is ended by its own id when this is dropped, also when the run fails or is interrupted; then its folder
//! goes. Where this process is killed without a word, the child stops by itself (its folder stays). It has a process group of
//! its own, so that Ctrl-C reaches it through us only.

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{IpAddr, SocketAddr, TcpStream},
    os::unix::process::CommandExt as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use tempfile::TempDir;

/// How long a gateway may take to start.
const START_TIME: Duration = Duration::from_secs(30);
/// How long it may take to answer whether it is ready.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// What a run needs of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Endpoints, of both sides, that may be connected at once.
    pub endpoints: u32,
    /// Relay workers; 0: one for each processor.
    pub relay_workers: u16,
}

/// The folder of a gateway that is thrown away.
#[derive(Debug)]
pub struct Place(TempDir);

/// A gateway that runs, or was killed and will run again.
#[derive(Debug)]
pub struct Gateway {
    child: Child,
    origin: String,
    place: Place,
}

/// Why there is no gateway. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// No folder, no process.
    #[error("a gateway could not be started: {0}")]
    Start(#[from] io::Error),
    /// It ended, or said something else than where it is.
    #[error("the gateway did not start: {0}")]
    Refused(String),
    /// It did not say in time that it is ready.
    #[error("the gateway was not ready within {} s", START_TIME.as_secs())]
    Late,
}

impl Place {
    /// A new folder with a configuration for such a run.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(needs: Needs) -> Result<Self, GatewayError> {
        let folder = tempfile::Builder::new().prefix("quietline-load-").tempdir()?;
        fs::write(folder.path().join(CONFIGURATION), configuration(needs))?;
        Ok(Self(folder))
    }

    /// Its configuration.
    pub fn configuration(&self) -> PathBuf {
        self.0.path().join(CONFIGURATION)
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.0.path().join(DATA)
    }

    /// The authority of its development certificate.
    pub fn trusted(&self) -> PathBuf {
        self.0.path().join(CERTIFICATES).join("ca.pem")
    }

    /// A folder in it for staff credentials.
    pub fn staff(&self) -> PathBuf {
        self.0.path().join("staff")
    }
}

impl Gateway {
    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn start(place: Place) -> Result<Self, GatewayError> {
        let (child, origin) = launch(&place, None)?;
        Ok(Self { child, origin, place })
    }

    /// `https://localhost:PORT`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The authority of its certificate.
    pub fn trusted(&self) -> PathBuf {
        self.place.trusted()
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Kills it without a word.
    pub fn kill(&mut self) {
        // Both fail only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again after [`Gateway::kill`], in the same place and on the same port.
    ///
    /// # Errors
    /// See [`GatewayError`].
    pub fn restart(&mut self) -> Result<(), GatewayError> {
        self.kill();
        let port = self.origin.rsplit_once(':').map_or("", |(_, port)| port);
        (self.child, _) = launch(&self.place, Some(port))?;
        Ok(())
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A child that is killed unless it is taken out: for the time before there is a [`Gateway`].
struct Guard(Option<Child>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            // Both fail only where it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn launch(place: &Place, port: Option<&str>) -> Result<(Child, String), GatewayError> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("serve").arg("--until-stdin-ends").arg("--config").arg(place.configuration());
    if let Some(port) = port {
        command.args(["--listen", &format!("127.0.0.1:{port}")]);
    }
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("QUIETLINE_") {
            command.env_remove(name);
        }
    }
    command.current_dir(place.0.path()).process_group(0);
    // Nothing is ever written to its input. It ends with this process, however that ends, and with it the gateway.
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut guard = Guard(Some(command.spawn()?));
    let Some(child) = &mut guard.0 else { return Err(GatewayError::Late) };
    let (Some(out), Some(log)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(GatewayError::Late);
    };
    let (said, logged) = (lines(out), lines(log));
    let origin = match first(&said, "Caller:") {
        Ok(line) => line.trim_start_matches("Caller:").trim().trim_end_matches('/').to_owned(),
        Err(Silence::Late) => return Err(GatewayError::Late),
        Err(Silence::Ended) => {
            let last = logged.iter().last().unwrap_or_default();
            return Err(GatewayError::Refused(last.trim_start_matches("quietline: ").to_owned()));
        }
    };
    let health = first(&logged, HEALTH).map_err(|_| GatewayError::Late)?;
    let address = health
        .rsplit_once("http://")
        .and_then(|(_, address)| address.trim().parse().ok())
        .ok_or(GatewayError::Late)?;
    if !is_ready(address) {
        return Err(GatewayError::Late);
    }
    // Read to the end, so that it never waits for a reader.
    thread::Builder::new().name("gateway-log".into()).spawn(move || {
        logged.iter().for_each(drop);
        said.iter().for_each(drop);
    })?;
    let child = guard.0.take().ok_or(GatewayError::Late)?;
    Ok((child, origin))
}

/// The lines of a stream, as they come.
fn lines(stream: impl io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = sync_channel(64);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

enum Silence {
    Late,
    Ended,
}

/// The first line with that text in it.
fn first(lines: &Receiver<String>, text: &str) -> Result<String, Silence> {
    loop {
        match lines.recv_timeout(START_TIME) {
            Ok(line) if line.contains(text) => return Ok(line),
            Ok(_) => {}
            Err(RecvTimeoutError::Timeout) => return Err(Silence::Late),
            Err(RecvTimeoutError::Disconnected) => return Err(Silence::Ended),
        }
    }
}

/// Whether `/readyz` says so.
fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, ANSWER_TIME)?;
        stream.set_read_timeout(Some(ANSWER_TIME))?;
        stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.take(4_096).read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    (0..3).any(|_| ask().unwrap_or(false))
}

fn configuration(needs: Needs) -> String {
    let Needs { endpoints, relay_workers } = needs;
    // Endpoints come back before the connections that they lost are gone.
    let connections = endpoints.saturating_mul(3).saturating_add(100);
    format!(
        r#"# For one run of `quietline load`.
[server]
listen = ["127.0.0.1:0"]
[data]
folder = "{DATA}"
[tls]
dev_folder = "{CERTIFICATES}"
[relay]
listen = ["127.0.0.1"]
port = 0
workers = {relay_workers}
[internal]
listen = "127.0.0.1:0"
[limits]
connections = {connections}
connections_per_address = {connections}
joins_per_minute = {}
waiting = {}
"#,
        connections.saturating_mul(10),
        endpoints.saturating_add(100),
    )
}

const CONFIGURATION: &str = "quietline.toml";
const DATA: &str = "data";
const CERTIFICATES: &str = "certificates";
const HEALTH: &str = "metrics and health on";

/// Whether a server may be put under load without being asked: loopback, private (RFC 1918), unique local (RFC 4193) and
/// link-local addresses.
pub fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_this_machine_and_its_network_are_private() {
        for near in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.3.4",
            "169.254.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_private(near.parse().unwrap()), "{near}");
        }
        for far in ["198.51.100.7", "172.32.0.1", "2001:db8::1", "::ffff:198.51.100.7", "0.0.0.0"] {
            assert!(!is_private(far.parse().unwrap()), "{far}");
        }
    }

    #[test]
    fn a_folder_goes_with_its_gateway() {
        let place = Place::new(Needs { endpoints: 2, relay_workers: 1 }).unwrap();
        let path = place.0.path().to_owned();
        assert!(path.exists());
        drop(place);
        assert!(!path.exists());
    }
}
