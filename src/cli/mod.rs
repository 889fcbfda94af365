//! The commands, one file each. May import everything; the only place that reads the configuration.
pub mod authority;
mod figures;
pub mod relay;
pub mod replay;
mod role;
pub mod serve;
pub mod staff;
mod staff_authority;

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
    Relay(relay::RelayArgs),
    Replay(replay::ReplayArgs),
    Authority(authority::AuthorityArgs),
}

/// Runs the command line of this process. A failure is one line on stderr: exit code 2 for a broken configuration or a
/// wrong command line, 1 for anything else.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(args),
        Command::Staff(args) => staff::run(args),
        Command::Relay(args) => relay::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Authority(args) => authority::run(args),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    let line = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    // Without stderr the exit code is all that can be said.
    let _ = writeln!(io::stderr(), "quietline: {line}");
    if error.is::<ConfigError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
