//! The commands, one file each. May import everything; the only place that reads the configuration.
mod approve;
pub mod audit;
pub mod authority;
pub mod backup;
pub mod drill;
mod figures;
mod https;
pub mod line;
pub mod load;
pub mod relay;
mod relay_elsewhere;
pub mod replay;
mod role;
pub mod serve;
pub mod staff;
mod staff_authority;
mod stop;
mod synthetic;
pub mod triage;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap::{Parser, Subcommand};

use crate::config::ConfigError;

/// A secure voice gateway for people in crisis: browser to counsellor, end-to-end encrypted.
#[derive(Debug, Parser)]
#[command(name = "quietline", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the gateway: pages, signalling and relay in one process.
    Serve(serve::ServeArgs),
    /// Invite members of staff, list their devices, shut one out.
    Staff(staff::StaffArgs),
    Line(line::LineArgs),
    Triage(triage::TriageArgs),
    Audit(audit::AuditArgs),
    Backup(backup::BackupArgs),
    Relay(relay::RelayArgs),
    Replay(replay::ReplayArgs),
    Authority(authority::AuthorityArgs),
    Load(load::LoadArgs),
    Drill(drill::DrillArgs),
}

/// Runs the command line of this process. A failure is one line on stderr: exit code 2 for a broken configuration or a
/// wrong command line, 1 for anything else.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Staff(args) => staff::run(args),
        Command::Line(args) => line::run(args),
        Command::Triage(args) => triage::run(args),
        Command::Audit(args) => audit::run(args),
        Command::Backup(args) => backup::run(args),
        Command::Relay(args) => relay::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Authority(args) => authority::run(args),
        Command::Load(args) => load::run(args),
        Command::Drill(args) => drill::run(args),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    // Without stderr the exit code is all that can be said.
    let _ = writeln!(io::stderr(), "quietline: {}", one_line(&error));
    if error.is::<ConfigError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// An error and its causes in one line. What an error says of its cause itself is not said twice.
fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        if text.contains(&line) {
            line = text;
        } else if !line.contains(&text) {
            line = format!("{line}: {text}");
        }
    }
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::*;

    #[test]
    fn an_error_is_one_line_that_says_nothing_twice() {
        let said = |error: anyhow::Error| one_line(&error);
        assert_eq!(said(anyhow!("no such file").context("a.toml: no such file")), "a.toml: no such file");
        assert_eq!(said(anyhow!("no such file").context("a.toml")), "a.toml: no such file");
        assert_eq!(said(anyhow!("a.db is no ledger").context("a.db")), "a.db is no ledger");
        let lines = Err::<(), _>(anyhow!("two\nlines")).context("here").unwrap_err();
        assert_eq!(said(lines), "here: two lines");
    }
}
