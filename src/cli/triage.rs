//! `quietline triage`: what coordinators can choose, and what an outcome is taken to free, in the ledger of a server that runs or
//! does not. A server that runs goes by a change at once.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{
    serve::{PlaceArgs, open_ledger},
    staff::data_folder,
};
use crate::{
    core::triage::Codes,
    node::{Clock, SystemClock, triage::Triage},
};

/// Show or set what coordinators can choose, and the minutes that an outcome is taken to free.
#[derive(Debug, Args)]
pub struct TriageArgs {
    #[command(subcommand)]
    command: TriageCommand,
}

#[derive(Debug, Subcommand)]
enum TriageCommand {
    /// Print what is set, as the file that `set` reads.
    Show(PlaceArgs),
    /// Set all of it from a file. Cards that name a code that is no longer there keep it.
    Set(SetArgs),
}

#[derive(Debug, Args)]
struct SetArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The file (TOML), as `show` prints it.
    file: PathBuf,
}

/// Runs `quietline triage`.
pub fn run(args: TriageArgs) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        match args.command {
            TriageCommand::Show(place) => {
                let text = toml::to_string(&triage(&place)?.codes().await?)?;
                Ok(io::stdout().lock().write_all(text.as_bytes())?)
            }
            TriageCommand::Set(SetArgs { place, file }) => {
                let named = || file.display().to_string();
                let text = fs::read_to_string(&file).with_context(named)?;
                let codes: Codes = toml::from_str(&text).with_context(named)?;
                let codes = codes.checked().with_context(named)?;
                Ok(triage(&place)?.set_codes(&codes, SystemClock::new().now()).await?)
            }
        }
    })
}

fn triage(place: &PlaceArgs) -> anyhow::Result<Triage> {
    Ok(Triage::new(open_ledger(&data_folder(place)?)?))
}
