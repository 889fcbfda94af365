//! The configuration: defaults, then a TOML file, then the environment; validated once. Only `cli` reads it.
//!
//! `quietline.example.toml` documents every key. `QUIETLINE_SECTION_KEY` overrides `key` of `[section]`; a list is
//! separated by commas.

mod defaults;
mod read;
#[cfg(test)]
mod tests;
mod validate;

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

pub use read::ConfigError;
use serde::{Deserialize, Serialize};

use crate::toml_file;

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
    /// Promised talks.
    pub followups: FollowUps,
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
    /// For how long packets may gather near saturation, microseconds; 0: never.
    pub gather_us: u32,
    /// Whether each worker keeps to a processor of its own.
    pub pin: bool,
    /// The file in which a relay that is a process of its own says where it is; empty: the relay runs in this process.
    pub elsewhere: PathBuf,
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
    /// What a counsellor may say of a call: `Question: answer | answer`, five at most.
    pub wrap_up_fields: Vec<String>,
}

/// `[followups]`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FollowUps {
    /// For how long after its time anything of a follow-up is kept, days.
    pub keep_days: u32,
    /// How long after its time it is overdue, minutes.
    pub overdue_after_min: u32,
    /// How far ahead one may be booked, days.
    pub furthest_days: u32,
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
    /// Proofs of a passkey a minute from one address.
    pub sign_ins_per_minute: u32,
    /// How long a staff browser's session lasts before the passkey is asked for again, hours.
    pub session_h: u32,
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

impl Config {
    /// Reads the file, if one is named, and lays the environment over it.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let from_file = match file {
            Some(path) => toml_file::read(path)?,
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
}
