//! The configuration: defaults, then a TOML file, then the environment; validated once. Only `cli` reads it.
//!
//! `quietline.example.toml` documents every key. `QUIETLINE_SECTION_KEY` overrides `key` of `[section]`; a list is
//! separated by commas.

use std::{
    fs,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

const ENVIRONMENT_PREFIX: &str = "QUIETLINE_";
/// No longer than a relay remembers a cut.
const MAX_LEG_TOKEN_S: u32 = 600;

/// Everything that an operator can set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// What pages show.
    pub service: Service,
    /// The HTTPS listener.
    pub server: Server,
    /// What is kept.
    pub data: Data,
    /// Certificates.
    pub tls: Tls,
    /// The authority that signs staff credentials.
    pub authority: Authority,
    /// The media relay.
    pub relay: Relay,
    /// Metrics and health.
    pub internal: Internal,
    /// Logs.
    pub log: Log,
    /// Timings of calls.
    pub calls: Calls,
    /// What one client or all of them may use.
    pub limits: Limits,
}

/// `[service]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Service {
    /// The service's name.
    pub name: String,
    /// The telephone number on every page.
    pub phone: String,
    /// Where *Exit this page* goes.
    pub exit_url: String,
}

/// `[server]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Where HTTPS listens.
    pub listen: Vec<SocketAddr>,
    /// The public origins (`https://host[:port]`); empty: the loopback names and `tls.dev_hosts` with the port.
    pub origins: Vec<String>,
}

/// `[data]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// The folder of the ledger and the keys.
    pub folder: PathBuf,
}

/// `[tls]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// PEM certificate chain; empty: development certificates.
    pub certificate_file: PathBuf,
    /// PEM private key of the certificate.
    pub key_file: PathBuf,
    /// How often the two files are looked at, seconds.
    pub reload_s: u32,
    /// Where the development authority and certificate are kept.
    pub dev_folder: PathBuf,
    /// Further host names for the development certificate.
    pub dev_hosts: Vec<String>,
}

/// `[authority]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
pub struct Authority {
    /// The file with the authority's public key; empty: a development authority in the data folder.
    pub public_key_file: PathBuf,
    /// The folder with the authority's signing key, for development only.
    pub signing_folder: PathBuf,
}

/// `[relay]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Relay {
    /// The addresses to bind.
    pub listen: Vec<IpAddr>,
    /// The first worker's port, for UDP and ICE-TCP; the others follow. 0: any free port.
    pub port: u16,
    /// Worker threads; 0: one for each processor.
    pub workers: u16,
    /// The addresses told to clients; empty: those of `listen`.
    pub advertise: Vec<IpAddr>,
}

/// `[internal]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Internal {
    /// Where `/metrics`, `/healthz` and `/readyz` answer; empty: nowhere.
    pub listen: String,
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// What is said.
    pub level: LogLevel,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// The least important level that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    /// Failures.
    Error,
    /// And what may become one.
    Warn,
    /// And what happens.
    Info,
    /// And details.
    Debug,
}

/// `[calls]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Calls {
    /// How long one console rings before the next, seconds.
    pub ring_s: u32,
    /// How long a lost caller's place is held, seconds.
    pub hold_s: u32,
    /// How often clients speak, seconds.
    pub heartbeat_s: u32,
    /// When a silent client counts as gone, seconds.
    pub timeout_s: u32,
    /// How long a new media leg may take to open, seconds.
    pub leg_token_s: u32,
}

/// `[limits]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// HTTPS connections in all.
    pub connections: u32,
    /// HTTPS connections from one address (IPv4) or /64 (IPv6).
    pub connections_per_address: u32,
    /// New callers a minute from one address.
    pub joins_per_minute: u32,
    /// Attempts to enrol a minute from one address.
    pub enrolments_per_minute: u32,
    /// Callers in the queue.
    pub waiting: u32,
    /// Messages a second on one WebSocket, sustained; three times as many at once.
    pub messages_per_second: u32,
    /// Largest message, bytes.
    pub message_bytes: u32,
    /// How long a TLS handshake, then the head of a request, then its body may take, seconds.
    pub handshake_s: u32,
    /// How long a new WebSocket has to say who it is, seconds.
    pub hello_s: u32,
    /// How long a client may take to take one message, seconds.
    pub write_s: u32,
}

/// Why there is no configuration. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not TOML, or holds an unknown key or a value of the wrong kind.
    #[error("{}, line {line}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the parser says.
        problem: String,
    },
    /// A variable of the environment names no key, or its value is of the wrong kind.
    #[error("environment variable {name}: {problem}")]
    Environment {
        /// The variable.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// Values that do not go together.
    #[error("configuration key {key}: {problem}")]
    Invalid {
        /// `section.key`.
        key: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl Config {
    /// Reads the file, if one is named, and lays the environment over it.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let from_file = match file {
            Some(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
                Self::parse(path, &text)?
            }
            None => Self::default(),
        };
        let config = from_file.with_environment(environment)?;
        config.validate()?;
        Ok(config)
    }

    /// Whether the development authority of the data folder is used.
    pub fn uses_dev_authority(&self) -> bool {
        self.authority.public_key_file.as_os_str().is_empty()
    }

    /// Whether development certificates are used.
    pub fn uses_dev_certificate(&self) -> bool {
        self.tls.certificate_file.as_os_str().is_empty()
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::File {
            path: path.to_owned(),
            line: 1 + text[..error.span().map_or(0, |span| span.start.min(text.len()))].matches('\n').count(),
            problem: one_line(error.message()),
        })
    }

    fn with_environment(
        self,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut config = self;
        for (name, text) in environment {
            if let Some(changed) = config.with_variable(&name, &text)? {
                config = changed;
            }
        }
        Ok(config)
    }

    /// The configuration with one variable applied; none when the variable is not of ours.
    fn with_variable(&self, name: &str, text: &str) -> Result<Option<Self>, ConfigError> {
        let Some(path) = name.strip_prefix(ENVIRONMENT_PREFIX) else { return Ok(None) };
        let problem = |problem: String| ConfigError::Environment { name: name.to_owned(), problem };
        let mut table = Table::try_from(self).map_err(|error| problem(one_line(&error.to_string())))?;
        let path = path.to_ascii_lowercase();
        let Some((section, key)) = path.split_once('_').filter(|(section, _)| table.contains_key(*section))
        else {
            return Ok(None);
        };
        let value = table
            .get_mut(section)
            .and_then(|section| section.get_mut(key))
            .ok_or_else(|| problem(format!("there is no key {section}.{key}")))?;
        *value = match value {
            Value::Integer(_) => {
                Value::Integer(text.parse().map_err(|_| problem("not a whole number".into()))?)
            }
            Value::Boolean(_) => {
                Value::Boolean(text.parse().map_err(|_| problem("not true or false".into()))?)
            }
            Value::Array(_) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::Array(items.map(|item| Value::String(item.to_owned())).collect())
            }
            _ => Value::String(text.to_owned()),
        };
        table.try_into().map(Some).map_err(|error: toml::de::Error| problem(one_line(error.message())))
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let require = |holds: bool, key: &'static str, problem: &str| {
            if holds { Ok(()) } else { Err(ConfigError::Invalid { key, problem: problem.to_owned() }) }
        };
        require(!self.server.listen.is_empty(), "server.listen", "at least one address is needed")?;
        for origin in &self.server.origins {
            require(
                is_origin(origin),
                "server.origins",
                "an origin is written https://host or https://host:port, in lower case and without a path",
            )?;
        }
        require(
            self.uses_dev_certificate() == self.tls.key_file.as_os_str().is_empty(),
            "tls.key_file",
            "tls.certificate_file and tls.key_file are set together",
        )?;
        require(self.tls.reload_s > 0, "tls.reload_s", "must be at least 1")?;
        require(
            !self.uses_dev_authority() || self.authority.signing_folder.as_os_str().is_empty(),
            "authority.signing_folder",
            "needs authority.public_key_file",
        )?;
        require(!self.relay.listen.is_empty(), "relay.listen", "at least one address is needed")?;
        let told = if self.relay.advertise.is_empty() { &self.relay.listen } else { &self.relay.advertise };
        require(
            told.iter().all(|address| !address.is_unspecified()),
            "relay.advertise",
            "name the addresses that clients reach, because relay.listen is 0.0.0.0 or ::",
        )?;
        require(
            self.internal.listen.is_empty() || self.internal.listen.parse::<SocketAddr>().is_ok(),
            "internal.listen",
            "not an address with a port",
        )?;
        let calls = &self.calls;
        require(calls.ring_s > 0, "calls.ring_s", "must be at least 1")?;
        require(calls.hold_s > 0, "calls.hold_s", "must be at least 1")?;
        require(
            (5..=MAX_LEG_TOKEN_S).contains(&calls.leg_token_s),
            "calls.leg_token_s",
            "must be 5 to 600: for so long the relay remembers who was cut",
        )?;
        require(
            calls.heartbeat_s > 0 && calls.timeout_s > calls.heartbeat_s,
            "calls.timeout_s",
            "must be longer than calls.heartbeat_s, which is at least 1",
        )?;
        let limits = &self.limits;
        require(limits.connections > 0, "limits.connections", "must be at least 1")?;
        require(limits.connections_per_address > 0, "limits.connections_per_address", "must be at least 1")?;
        require(limits.joins_per_minute > 0, "limits.joins_per_minute", "must be at least 1")?;
        require(limits.enrolments_per_minute > 0, "limits.enrolments_per_minute", "must be at least 1")?;
        require(limits.waiting > 0, "limits.waiting", "must be at least 1")?;
        require(limits.messages_per_second > 0, "limits.messages_per_second", "must be at least 1")?;
        require(limits.message_bytes >= 16_384, "limits.message_bytes", "must be at least 16384")?;
        require(limits.handshake_s > 0, "limits.handshake_s", "must be at least 1")?;
        require(limits.hello_s > 0, "limits.hello_s", "must be at least 1")?;
        require(limits.write_s > 0, "limits.write_s", "must be at least 1")?;
        require(
            self.service.exit_url.starts_with("https://"),
            "service.exit_url",
            "the page to exit to must be an https:// address",
        )?;
        require(
            !self.service.phone.trim().is_empty(),
            "service.phone",
            "a number must be shown on every page",
        )
    }
}

impl Default for Service {
    fn default() -> Self {
        Self {
            name: "Quietline".into(),
            phone: "0300 131 2789".into(),
            exit_url: "https://www.bbc.co.uk/weather".into(),
        }
    }
}

impl Default for Server {
    /// Loopback only: nobody else can reach a server that nobody configured, and development certificates are not
    /// shown to a network.
    fn default() -> Self {
        let port = 8443;
        Self {
            listen: vec![
                (std::net::Ipv4Addr::LOCALHOST, port).into(),
                (std::net::Ipv6Addr::LOCALHOST, port).into(),
            ],
            origins: Vec::new(),
        }
    }
}

impl Default for Data {
    fn default() -> Self {
        Self { folder: "quietline-data".into() }
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            certificate_file: PathBuf::new(),
            key_file: PathBuf::new(),
            reload_s: 10,
            dev_folder: "certs-dev".into(),
            dev_hosts: Vec::new(),
        }
    }
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            listen: vec![std::net::Ipv4Addr::LOCALHOST.into(), std::net::Ipv6Addr::LOCALHOST.into()],
            port: 40_000,
            workers: 0,
            advertise: Vec::new(),
        }
    }
}

impl Default for Internal {
    fn default() -> Self {
        Self { listen: "127.0.0.1:8480".into() }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: LogLevel::Info }
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self { ring_s: 20, hold_s: 300, heartbeat_s: 3, timeout_s: 10, leg_token_s: 60 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_address: 128,
            joins_per_minute: 30,
            enrolments_per_minute: 20,
            waiting: 1000,
            messages_per_second: 20,
            message_bytes: 131_072,
            handshake_s: 10,
            hello_s: 5,
            write_s: 10,
        }
    }
}

/// Whether the text is an origin as browsers write it.
fn is_origin(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| {
        !rest.is_empty()
            && !rest.ends_with(":443")
            && rest.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || matches!(byte, b'.' | b'-' | b':' | b'[' | b']')
            })
    })
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../quietline.example.toml");

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quietline.toml");
        fs::write(&path, text).unwrap();
        Config::load(Some(&path), environment.iter().map(|(name, text)| (name.to_string(), text.to_string())))
    }

    #[test]
    fn the_example_states_every_key_with_its_default() {
        let example: Table = EXAMPLE.parse().unwrap();
        assert_eq!(example, Table::try_from(Config::default()).unwrap());
    }

    #[test]
    fn every_key_of_the_example_is_explained() {
        let mut explained = false;
        for line in EXAMPLE.lines() {
            if line.contains('=') && !line.starts_with('#') {
                assert!(explained, "no comment before {line:?}");
            }
            explained = line.starts_with('#');
        }
    }

    #[test]
    fn the_defaults_are_valid() {
        assert_eq!(Config::load(None, []).unwrap(), Config::default());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_file_line_and_name() {
        let error = load("[server]\nlisten = []\nlissen = 1\n", &[]).unwrap_err().to_string();
        assert!(error.contains("quietline.toml, line 3") && error.contains("`lissen`"), "{error}");
        assert!(load("[sever]\n", &[]).unwrap_err().to_string().contains("`sever`"));
    }

    #[test]
    fn a_broken_file_is_one_line() {
        for text in ["[server", "a = ", "[log]\nlevel = \"loud\"", "[server]\nlisten = [\"nowhere\"]"] {
            let error = load(text, &[]).unwrap_err().to_string();
            assert!(!error.contains('\n') && error.contains("line "), "{error}");
        }
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let environment = [
            ("QUIETLINE_SERVER_LISTEN", "127.0.0.1:1, [::1]:2"),
            ("QUIETLINE_CALLS_RING_S", "7"),
            ("QUIETLINE_LOG_FORMAT", "json"),
            ("QUIETLINE_TLS_DEV_FOLDER", "/elsewhere"),
            ("OTHER", "x"),
            ("QUIETLINE_UNRELATED", "x"),
        ];
        let config = load("[calls]\nring_s = 9\nhold_s = 8\n", &environment).unwrap();
        let listen: [SocketAddr; 2] = ["127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap()];
        assert_eq!(config.server.listen, listen);
        assert_eq!((config.calls.ring_s, config.calls.hold_s), (7, 8));
        assert_eq!(config.log.format, LogFormat::Json);
        assert_eq!(config.tls.dev_folder, Path::new("/elsewhere"));
    }

    #[test]
    fn a_variable_that_names_no_key_is_refused() {
        for (name, text) in [("QUIETLINE_SERVER_LISSEN", "1"), ("QUIETLINE_CALLS_RING_S", "soon")] {
            let error = load("", &[(name, text)]).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn values_that_do_not_go_together_are_refused_by_key() {
        for (text, key) in [
            ("[server]\norigins = [\"http://example.org\"]", "server.origins"),
            ("[server]\norigins = [\"https://example.org/\"]", "server.origins"),
            ("[server]\nlisten = []", "server.listen"),
            ("[tls]\nkey_file = \"x\"", "tls.key_file"),
            ("[relay]\nlisten = [\"0.0.0.0\"]", "relay.advertise"),
            ("[calls]\nheartbeat_s = 10", "calls.timeout_s"),
            ("[service]\nexit_url = \"http://example.org\"", "service.exit_url"),
            ("[internal]\nlisten = \"8480\"", "internal.listen"),
            ("[authority]\nsigning_folder = \"x\"", "authority.signing_folder"),
        ] {
            let error = load(text, &[]).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
