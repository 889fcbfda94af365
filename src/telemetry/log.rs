//! Log lines on stderr: ours only. Libraries are silent, because they name addresses and paths.

use std::{io, panic};

use tracing::{Level, Subscriber};
use tracing_subscriber::{Layer, filter::Targets, fmt::MakeWriter, layer::SubscriberExt};

const OURS: &str = "quietline";

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Something else was installed before.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("logging was set up twice")]
pub struct AlreadySet;

/// Sets up logging to stderr for the whole process. A part of the program that fails says so in one line of it: where,
/// and not with which words, because they may hold anything.
pub fn init(format: Format, level: Level) -> Result<(), AlreadySet> {
    panic::set_hook(Box::new(|failure| {
        let place = failure.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a part of the program failed; please report it");
    }));
    tracing::subscriber::set_global_default(subscriber(format, level, io::stderr)).map_err(|_| AlreadySet)
}

/// The subscriber that [`init`] installs, writing elsewhere.
pub fn subscriber<W>(format: Format, level: Level, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer().with_writer(writer).with_ansi(false);
    let lines = match format {
        Format::Text => lines.with_target(false).boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(Targets::new().with_target(OURS, level)))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn written(format: Format) -> String {
        let buffer = Arc::new(Mutex::new(Vec::new()));
        let writer = {
            let buffer = buffer.clone();
            move || Into(buffer.clone())
        };
        tracing::subscriber::with_default(subscriber(format, Level::INFO, writer), || {
            tracing::info!(calls = 3, "ours");
            tracing::debug!("detail");
            tracing::error!(target: "hyper::server", "connection from 192.0.2.1");
        });
        String::from_utf8(buffer.lock().unwrap().clone()).unwrap()
    }

    struct Into(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Into {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_our_own_lines_are_written() {
        let text = written(Format::Text);
        assert!(text.contains("ours") && text.contains("calls=3"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }

    #[test]
    fn json_lines_are_objects() {
        let line: serde_json::Value = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!((&line["message"], &line["calls"]), (&"ours".into(), &3.into()));
    }
}
