//! The `quietline` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    quietline::cli::main()
}
