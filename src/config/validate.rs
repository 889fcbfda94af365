//! Values that do not go together, or that nobody can mean.

use std::net::SocketAddr;

use super::{Config, ConfigError};

/// No longer than a relay remembers a cut.
const MAX_LEG_TOKEN_S: u32 = 600;
/// A quarter of a frame of sound.
const MAX_GATHER_US: u32 = 5_000;

impl Config {
    /// Names the first key whose value cannot be.
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
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
            self.relay.gather_us <= MAX_GATHER_US,
            "relay.gather_us",
            "must be at most 5000: a frame of sound is 20 ms",
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
        let followups = &self.followups;
        require((1..=90).contains(&followups.keep_days), "followups.keep_days", "must be 1 to 90")?;
        require(
            (1..=1440).contains(&followups.overdue_after_min),
            "followups.overdue_after_min",
            "must be 1 to 1440",
        )?;
        require((1..=366).contains(&followups.furthest_days), "followups.furthest_days", "must be 1 to 366")?;
        let limits = &self.limits;
        require(limits.connections > 0, "limits.connections", "must be at least 1")?;
        require(limits.connections_per_address > 0, "limits.connections_per_address", "must be at least 1")?;
        require(limits.joins_per_minute > 0, "limits.joins_per_minute", "must be at least 1")?;
        require(limits.enrolments_per_minute > 0, "limits.enrolments_per_minute", "must be at least 1")?;
        require(limits.sign_ins_per_minute > 0, "limits.sign_ins_per_minute", "must be at least 1")?;
        require((1..=168).contains(&limits.session_h), "limits.session_h", "must be 1 to 168")?;
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
