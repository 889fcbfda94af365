//! `quietline drill`: synthetic callers for a drill that a supervisor has opened.

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, bail};
use clap::Args;

use super::{https, stop};
use crate::{
    audio::wav,
    client::{DrillTicket, can_be_written, socket::Server},
    e2ee::AuthorityPublicKey,
    load::drill::{self, Drill, MOST_CALLERS, cast::Part, reading::Takes},
    proto::rest::PublicConfig,
};

/// Send synthetic callers into a drill.
///
/// The drill's ticket is read from standard input, or from --ticket-file; never from the command line, which others on this
/// machine can see. docs/drill-callers.md explains it.
#[derive(Debug, Args)]
pub struct DrillArgs {
    /// The gateway, https://HOST[:PORT].
    #[arg(long, value_name = "URL")]
    server: String,
    /// Whom to trust to be that gateway (PEM).
    #[arg(long, value_name = "FILE", default_value = Server::SYSTEM_ROOTS)]
    trust: PathBuf,
    /// The file with the drill's ticket, instead of standard input.
    #[arg(long, value_name = "FILE")]
    ticket_file: Option<PathBuf>,
    /// How many callers come.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=i64::from(MOST_CALLERS)))]
    callers: u16,
    /// How long after one the next comes, seconds.
    #[arg(long, value_name = "S", default_value_t = 5, value_parser = clap::value_parser!(u32).range(0..=3_600))]
    every: u32,
    /// How long each stays after the answer, seconds. Without it, until the counsellor ends the call.
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=28_800))]
    stay: Option<u32>,
    /// What callers say: recordings (WAV, 48 kHz, mono, 16 bits), one after the other with pauses, over and over. Without any they
    /// make a sound with the rhythm of a voice.
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "write")]
    speech: Vec<PathBuf>,
    /// Callers do not speak but write the lines of this file: the next one after each message of the counsellor, or 10 s.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// The same seed gives the same pauses.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Runs `quietline drill`.
///
/// # Errors
/// One line, for people.
pub fn run(args: DrillArgs) -> anyhow::Result<()> {
    let server = Server::new(&args.server, &args.trust)?;
    let part = part(&args)?;
    let takes = takes(&args.speech)?;
    let ticket = ticket(args.ticket_file.as_deref())?;
    let authority = authority(&server)?;
    let stop = stop::on_signal()?;
    let callers = part.callers;
    let drill = Drill { server, authority, ticket, part, takes, seed: args.seed, stop };
    tell(&format!("{} on the way; Ctrl-C has them leave", counted(callers.into())));
    let tally = drill::perform(&drill, &mut tell)?;
    tell(&format!("all calls have ended: {} waited, {} answered", counted(tally.waited), tally.answered));
    Ok(())
}

fn part(args: &DrillArgs) -> anyhow::Result<Part> {
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    Ok(Part {
        callers: args.callers,
        every: seconds(args.every),
        stay: args.stay.map(seconds),
        lines: args.write.as_deref().map_or_else(|| Ok(Vec::new()), lines)?,
    })
}

/// The lines of a file that can be written. Empty ones are left out.
fn lines(file: &Path) -> anyhow::Result<Vec<String>> {
    let text = bounded(file, MOST_TEXT)?;
    let text = String::from_utf8(text).with_context(|| format!("{} is no text", file.display()))?;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()).map(|(number, line)| (number, line.trim())) {
        match line {
            "" => {}
            line if can_be_written(line) => lines.push(line.to_owned()),
            _ => bail!(
                "{}: line {number} cannot be written in a call: it is longer than 1,000 characters, or something in it is hidden",
                file.display()
            ),
        }
    }
    if lines.is_empty() {
        bail!("{} has no line to write", file.display());
    }
    Ok(lines)
}

fn takes(files: &[PathBuf]) -> anyhow::Result<Option<Takes>> {
    let mut room = MOST_SOUND;
    let mut takes = Vec::new();
    for file in files {
        let bytes = bounded(file, room)?;
        room -= bytes.len() as u64;
        takes.push(wav::parse(&bytes).with_context(|| file.display().to_string())?.into());
    }
    Ok((!takes.is_empty()).then(|| takes.into()))
}

/// The ticket. What was read is said in no error.
fn ticket(file: Option<&Path>) -> anyhow::Result<DrillTicket> {
    let text = match file {
        Some(file) => bounded(file, MOST_TICKET)?,
        None => {
            if io::stdin().is_terminal() {
                tell("the ticket of the drill, please:");
                let mut line = String::new();
                io::stdin().read_line(&mut line).context("the ticket could not be read")?;
                line.into_bytes()
            } else {
                let mut text = Vec::new();
                io::stdin()
                    .take(MOST_TICKET)
                    .read_to_end(&mut text)
                    .context("the ticket could not be read")?;
                text
            }
        }
    };
    Ok(String::from_utf8_lossy(&text).parse()?)
}

/// Whom the line's callers trust, as its page is told.
fn authority(server: &Server) -> anyhow::Result<AuthorityPublicKey> {
    let PublicConfig { authority, .. } = https::get(server, "/api/config")?;
    authority.parse().with_context(|| format!("{} has no authority", server.origin()))
}

/// The whole of a file that is not larger than so many bytes.
fn bounded(file: &Path, most: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let named = || file.display().to_string();
    fs::File::open(file).and_then(|file| file.take(most + 1).read_to_end(&mut bytes)).with_context(named)?;
    if bytes.len() as u64 > most {
        bail!("{} is too large", named());
    }
    Ok(bytes)
}

fn counted(callers: usize) -> String {
    if callers == 1 { "1 caller".to_owned() } else { format!("{callers} callers") }
}

fn tell(line: &str) {
    // Whoever closed stderr does not want to know.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Bytes of all recordings together: some twenty minutes.
const MOST_SOUND: u64 = 128 << 20;
const MOST_TEXT: u64 = 1 << 20;
const MOST_TICKET: u64 = 4_096;

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::*;

    const TICKET: &str = "q83vEjRWeJq83vEjRWeJ_w";

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: DrillArgs,
    }

    fn parsed(words: &[&str]) -> Result<DrillArgs, clap::Error> {
        Cli::try_parse_from([&["drill", "--server", "https://localhost"], words].concat()).map(|cli| cli.args)
    }

    fn file(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    #[test]
    fn callers_are_bounded_and_either_speak_or_write() {
        let args = parsed(&["--speech", "a.wav", "b.wav", "--callers", "50"]).unwrap();
        assert_eq!((args.callers, args.every, args.stay, args.speech.len()), (50, 5, None, 2));
        for wrong in [
            &["--callers", "0"][..],
            &["--callers", "51"],
            &["--every", "3601"],
            &["--stay", "0"],
            &["--stay", "28801"],
            &["--speech"],
            &["--speech", "a.wav", "--write", "lines"],
        ] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_ticket_has_no_place_on_the_command_line_and_is_not_repeated() {
        assert!(parsed(&[TICKET]).is_err());
        assert!(Cli::command().get_arguments().all(|argument| argument.get_id() != "ticket"));
        let good = file(format!("{TICKET}\n").as_bytes());
        assert_eq!(ticket(Some(good.path())).unwrap(), TICKET.parse().unwrap());
        let wrong = file(b"q83v Ejrw");
        let error = format!("{:?}", ticket(Some(wrong.path())).unwrap_err());
        assert!(error.contains("not the ticket of a drill") && !error.contains("q83v"), "{error}");
        let large = file(&[b'a'; 5_000]);
        assert!(ticket(Some(large.path())).is_err());
    }

    #[test]
    fn lines_that_cannot_be_written_are_told_before_anybody_comes() {
        let good = file("\n Hello? \r\n\nI can't talk.\n".as_bytes());
        assert_eq!(lines(good.path()).unwrap(), ["Hello?", "I can't talk."]);
        for (content, wanted) in [("", "no line"), ("a\nb\tc", "line 2"), (&*"a".repeat(1_001), "line 1")] {
            let error = lines(file(content.as_bytes()).path()).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        assert!(lines(file(&[0xff]).path()).is_err());
    }

    #[test]
    fn recordings_of_another_kind_are_refused_by_name() {
        let (good, wrong) = (file(&wav::write(&[1, 2, 3])), file(b"RIFF"));
        let paths = |files: &[&tempfile::NamedTempFile]| -> Vec<PathBuf> {
            files.iter().map(|file| file.path().to_owned()).collect()
        };
        assert!(takes(&[]).unwrap().is_none());
        assert_eq!(takes(&paths(&[&good, &good])).unwrap().unwrap().len(), 2);
        let error = takes(&paths(&[&good, &wrong])).unwrap_err().to_string();
        assert!(error.contains(wrong.path().to_str().unwrap()), "{error}");
    }
}
