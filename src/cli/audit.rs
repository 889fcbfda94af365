//! `quietline audit`: what members of staff and operators did, and whether anybody has tampered with the account of it.

use std::{
    io::{self, Write},
    sync::Arc,
};

use anyhow::bail;
use clap::{Args, Subcommand};

use super::{
    serve::{PlaceArgs, open_ledger},
    staff::data_folder,
};
use crate::node::audit::{self, Head};

/// Show what members of staff and operators did, and find out whether the account of it was altered.
#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Find out whether an entry was altered, removed or put elsewhere. Prints the head, to be kept in another place.
    Verify(VerifyArgs),
    /// Print every entry, one a line, as JSON.
    List(PlaceArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// A head that was printed before and kept: only that finds entries cut off together with the head.
    #[arg(long)]
    head: Option<Head>,
}

/// Runs `quietline audit`.
pub fn run(args: AuditArgs) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        match args.command {
            AuditCommand::Verify(args) => verify(&args).await,
            AuditCommand::List(place) => list(&place).await,
        }
    })
}

async fn verify(args: &VerifyArgs) -> anyhow::Result<()> {
    let ledger = open_ledger(&data_folder(&args.place)?)?;
    let (entries, head, flaw) = audit::verify(Arc::clone(&ledger), args.head).await?;
    if let Some(flaw) = flaw {
        bail!("the audit was tampered with: {flaw}; the {} entries before are sound", entries.len());
    }
    Ok(writeln!(io::stdout(), "{} entries, all sound; head {head}", entries.len())?)
}

async fn list(place: &PlaceArgs) -> anyhow::Result<()> {
    let ledger = open_ledger(&data_folder(place)?)?;
    let mut out = io::stdout().lock();
    for entry in audit::verify(ledger, None).await?.0 {
        writeln!(out, "{}", serde_json::to_string(&entry)?)?;
    }
    Ok(())
}
