//! The `quietline` binary.

use clap::{Parser, Subcommand};
use quietline::cli;

#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the media relay alone, or mint a leg token for it.
    Relay(cli::relay::RelayArgs),
}

fn main() -> std::process::ExitCode {
    let done = match Arguments::parse().command {
        Command::Relay(args) => cli::relay::run(args),
    };
    match done {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quietline: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
