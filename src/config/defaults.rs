//! What holds where nothing is said. `quietline.example.toml` states the same, and a test compares the two.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    path::PathBuf,
};

use super::{
    Calls, Data, FollowUps, Internal, Limits, Log, LogFormat, LogLevel, Relay, Server, Service, Tls,
};

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
            listen: vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()],
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
            listen: vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
            port: 40_000,
            workers: 0,
            advertise: Vec::new(),
            gather_us: 250,
            pin: false,
            elsewhere: PathBuf::new(),
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
        let fields = [
            "Main concern: Suicidal thoughts | Self-harm | Trauma | Grief | Relationships | Work | Something else",
            "Risk at the start: None seen | Low | Medium | High",
            "Risk at the end: None seen | Low | Medium | High",
            "Outcome: Supported | Signposted | Follow-up agreed | Emergency services | Ended early",
            "Signposted to: GP | Counselling | Therapy | Bereavement counselling | Treatment centre | Family programme | Other",
        ];
        Self {
            ring_s: 20,
            hold_s: 300,
            heartbeat_s: 3,
            timeout_s: 10,
            leg_token_s: 60,
            wrap_up_fields: fields.map(str::to_owned).to_vec(),
        }
    }
}

impl Default for FollowUps {
    fn default() -> Self {
        Self { keep_days: 14, overdue_after_min: 60, furthest_days: 60 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            connections_per_address: 128,
            joins_per_minute: 30,
            enrolments_per_minute: 20,
            sign_ins_per_minute: 120,
            session_h: 12,
            waiting: 1000,
            messages_per_second: 20,
            message_bytes: 131_072,
            handshake_s: 10,
            hello_s: 5,
            write_s: 10,
        }
    }
}
