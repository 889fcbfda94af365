//! `quietline backup`: a copy of the ledger as it is at one moment, while a server runs on it or not.

use std::path::PathBuf;

use clap::Args;

use super::serve::{PlaceArgs, ledger_file};
use crate::store::sqlite::Sqlite;

/// Copy the ledger to a file, also while the server runs.
#[derive(Debug, Args)]
pub struct BackupArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The copy. It must not be there yet. To restore it, stop the server and put it in the ledger's place.
    file: PathBuf,
}

/// Runs `quietline backup`.
pub fn run(args: BackupArgs) -> anyhow::Result<()> {
    let ledger = ledger_file(&args.place.load()?.data.folder);
    anyhow::ensure!(ledger.is_file(), "there is no ledger at {}", ledger.display());
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async { Ok(Sqlite::open(&ledger)?.backup(&args.file).await?) })
}
