//! What somebody else's gateway uses, asked of its metrics listener (`internal.listen`). That listener speaks plain HTTP and is
//! meant for the machine that it is on, so nothing but loopback is asked.

use std::{
    io::{self, Read as _, Write as _},
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    time::Duration,
};

use super::processes::Usage;

/// How long the listener may take.
const ANSWER_TIME: Duration = Duration::from_secs(2);
/// More than its text is long.
const LONGEST: u64 = 1 << 20;

/// A gateway's metrics listener.
#[derive(Debug, Clone)]
pub struct Metrics {
    url: String,
    address: SocketAddr,
}

/// Why a gateway's figures cannot be had. Each reads as one line.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// Not `http://HOST:PORT`, or with another path than `/metrics`.
    #[error("{0} is not of the form http://HOST:PORT/metrics")]
    Url(String),
    /// Not this machine.
    #[error("{0} is not on this machine; metrics are not encrypted, and are asked for on loopback only")]
    Elsewhere(String),
    /// Nobody answers.
    #[error("the metrics at {url} cannot be read: {source}")]
    Silent {
        /// Where.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// Somebody answers, but not with the figures of a gateway.
    #[error("what {0} says is not what a quietline gateway uses; is it its internal.listen?")]
    Other(String),
}

impl Metrics {
    /// The listener at a URL. It has to answer.
    ///
    /// # Errors
    /// See [`MetricsError`].
    pub fn at(url: &str) -> Result<Self, MetricsError> {
        let wrong = || MetricsError::Url(url.to_owned());
        let rest = url.strip_prefix("http://").ok_or_else(wrong)?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !matches!(path, "" | "metrics") {
            return Err(wrong());
        }
        let found = authority.to_socket_addrs().map_err(|_| wrong())?;
        let elsewhere = || MetricsError::Elsewhere(url.to_owned());
        let address = found.into_iter().find(|address| address.ip().is_loopback()).ok_or_else(elsewhere)?;
        let metrics = Self { url: url.to_owned(), address };
        metrics.usage()?;
        Ok(metrics)
    }

    /// What the gateway uses now.
    ///
    /// # Errors
    /// When it does not say.
    pub fn usage(&self) -> Result<Usage, MetricsError> {
        let text = self.ask().map_err(|source| MetricsError::Silent { url: self.url.clone(), source })?;
        usage_in(&text).ok_or_else(|| MetricsError::Other(self.url.clone()))
    }

    fn ask(&self) -> io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&self.address, ANSWER_TIME)?;
        stream.set_read_timeout(Some(ANSWER_TIME))?;
        stream.set_write_timeout(Some(ANSWER_TIME))?;
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut text = String::new();
        stream.take(LONGEST).read_to_string(&mut text)?;
        Ok(text)
    }
}

/// The three figures in an OpenMetrics text; none when one is missing.
fn usage_in(text: &str) -> Option<Usage> {
    let figure = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse::<u64>().ok()
    };
    Some(Usage {
        cpu: Duration::from_millis(figure("quietline_processor_milliseconds_total")?),
        relay_cpu: Duration::from_millis(figure("quietline_relay_processor_milliseconds_total")?),
        resident: figure("quietline_resident_bytes")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_metrics_are_asked_for() {
        let refusal = |url| Metrics::at(url).unwrap_err().to_string();
        assert!(refusal("http://198.51.100.7:9090/metrics").contains("not on this machine"));
        for wrong in
            ["https://127.0.0.1:1/metrics", "127.0.0.1:1", "http://127.0.0.1:1/else", "http://nowhere"]
        {
            assert!(refusal(wrong).contains("not of the form"), "{wrong}");
        }
    }

    #[test]
    fn the_three_figures_are_found_or_none_is() {
        let text = "HTTP/1.1 200 OK\r\n\r\n# TYPE quietline_processor_milliseconds counter\n\
                    quietline_processor_milliseconds_total 1500\n\
                    quietline_relay_processor_milliseconds_total 700\nquietline_resident_bytes 4096\n# EOF\n";
        let usage = usage_in(text).unwrap();
        assert_eq!((usage.cpu.as_millis(), usage.relay_cpu.as_millis(), usage.resident), (1_500, 700, 4_096));
        assert_eq!(usage_in("quietline_resident_bytes 1\n"), None);
    }
}
