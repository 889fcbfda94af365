//! One line about what goes on, on stderr: rewritten in place on a terminal, a new line now and then without one.

use std::{
    io::{self, IsTerminal as _, Write},
    time::{Duration, Instant},
};

/// How often a line is written where there is no terminal.
const SELDOM: Duration = Duration::from_secs(5);
/// How often it is rewritten on a terminal.
const OFTEN: Duration = Duration::from_millis(500);

/// See the module.
pub struct Progress {
    out: Box<dyn Write>,
    terminal: bool,
    last: Option<Instant>,
    /// Characters of the line that stands there.
    width: usize,
}

impl Progress {
    /// On stderr.
    pub fn stderr() -> Self {
        let stderr = io::stderr();
        let terminal = stderr.is_terminal();
        Self::new(Box::new(stderr), terminal)
    }

    /// On anything.
    pub fn new(out: Box<dyn Write>, terminal: bool) -> Self {
        Self { out, terminal, last: None, width: 0 }
    }

    /// Says how it is, unless that was said a moment ago.
    pub fn note(&mut self, now: Instant, line: &str) {
        let pause = if self.terminal { OFTEN } else { SELDOM };
        if self.last.is_some_and(|last| now.saturating_duration_since(last) < pause) {
            return;
        }
        self.last = Some(now);
        // Whoever closed stderr does not want to know.
        let _ = if self.terminal {
            write!(self.out, "\r{line:<width$}", width = self.width)
        } else {
            writeln!(self.out, "{line}")
        };
        let _ = self.out.flush();
        self.width = line.chars().count();
    }

    /// Leaves the line, so that what follows begins on its own.
    pub fn done(&mut self) {
        if self.terminal && self.width > 0 {
            // As above.
            let _ = writeln!(self.out);
        }
        self.width = 0;
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Progress(terminal: {})", self.terminal)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[allow(clippy::disallowed_methods)]
    fn written(terminal: bool, lines: &[(u64, &str)]) -> String {
        let (page, start) = (Page::default(), Instant::now());
        let mut progress = Progress::new(Box::new(page.clone()), terminal);
        for (at_ms, line) in lines {
            progress.note(start + Duration::from_millis(*at_ms), line);
        }
        progress.done();
        String::from_utf8(page.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_terminal_has_one_line_that_leaves_no_rest_of_the_one_before() {
        let text = written(true, &[(0, "a long line"), (100, "too soon"), (600, "short")]);
        assert_eq!(text, "\ra long line\rshort      \n");
    }

    #[test]
    fn without_a_terminal_there_is_a_line_now_and_then() {
        assert_eq!(written(false, &[(0, "one"), (4_000, "two"), (5_000, "three")]), "one\nthree\n");
    }
}
