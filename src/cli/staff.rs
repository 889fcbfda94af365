//! `quietline staff`: invitations and devices, in the ledger of a server that runs or does not.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{
    role::RoleArg,
    serve::{PlaceArgs, open_ledger},
    synthetic,
};
use crate::{
    core::ids::DeviceId,
    node::{
        Clock, Random, SystemClock, SystemRandom,
        registry::{Invite, InviteToken, Registry},
    },
    private_file,
    proto::staff::Role,
};

/// The file of the data folder in which a server says under which origin it is reached.
pub(super) const ORIGIN: &str = "origin";

/// Invite members of staff, list their devices, shut one out.
#[derive(Debug, Args)]
pub struct StaffArgs {
    #[command(subcommand)]
    command: StaffCommand,
}

#[derive(Debug, Subcommand)]
enum StaffCommand {
    /// Print a link that enrols one device, once.
    Add(AddArgs),
    /// List the enrolled devices: device, staff, role, whether shut out, first name.
    List(PlaceArgs),
    /// Enrol synthetic counsellors for `quietline load`, their keys in a folder here. Only where this machine can sign.
    Synthetic(SyntheticArgs),
    /// Shut a device out. A server that runs refuses its next sign-in.
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
struct AddArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The role of whoever enrols with it.
    #[arg(long, default_value = "counsellor")]
    role: RoleArg,
    /// For how many hours it is good.
    #[arg(long, default_value_t = 48, value_parser = clap::value_parser!(u32).range(1..=24 * 31))]
    valid_h: u32,
}

#[derive(Debug, Args)]
struct SyntheticArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// How many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    count: u32,
    /// The folder for their credentials and keys; docs/load.md has its form.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct RevokeArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The device, as `quietline staff list` prints it.
    device: DeviceId,
}

/// Runs `quietline staff`.
pub fn run(args: StaffArgs) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        match args.command {
            StaffCommand::Add(args) => add(args).await,
            StaffCommand::List(place) => list(&place).await,
            StaffCommand::Synthetic(args) => {
                Ok(synthetic::enrol(&args.place.load()?, args.count).await?.write(&args.out)?)
            }
            StaffCommand::Revoke(args) => Ok(registry(&args.place)?.revoke(args.device).await?),
        }
    })
}

/// Makes an invitation and its link.
pub(super) async fn invite(
    registry: &Registry,
    clock: &dyn Clock,
    random: &dyn Random,
    origin: &str,
    role: Role,
    valid_h: u32,
) -> anyhow::Result<String> {
    let mut token = [0; 16];
    random.fill(&mut token)?;
    let token = InviteToken::from_random(token);
    let expires = clock.now() + Duration::from_secs(u64::from(valid_h) * 3600);
    registry.create_invite(&Invite { role, expires }, &token).await?;
    Ok(format!("{origin}/console/#enrol={token}"))
}

async fn add(args: AddArgs) -> anyhow::Result<()> {
    let config = args.place.load()?;
    let registry = registry(&args.place)?;
    let written = fs::read_to_string(config.data.folder.join(ORIGIN)).ok();
    let origin = config
        .server
        .origins
        .first()
        .cloned()
        .or(written)
        .context("server.origins is empty and no server has run in this data folder yet, so there is no address for a link")?;
    let link = invite(&registry, &SystemClock::new(), &SystemRandom, &origin, args.role.into(), args.valid_h)
        .await?;
    Ok(writeln!(io::stdout(), "{link}")?)
}

async fn list(place: &PlaceArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for device in registry(place)?.devices().await? {
        let state = if device.revoked { "shut-out" } else { "enrolled" };
        let role = format!("{:?}", device.role).to_lowercase();
        writeln!(out, "{} {} {role} {state} {}", device.device, device.staff, device.name)?;
    }
    Ok(())
}

fn registry(place: &PlaceArgs) -> anyhow::Result<Registry> {
    Ok(Registry::new(open_ledger(&data_folder(place)?)?))
}

/// The data folder that the configuration names, made where it is not there.
pub(super) fn data_folder(place: &PlaceArgs) -> anyhow::Result<PathBuf> {
    let folder = place.load()?.data.folder;
    private_file::make_folder(&folder)
        .with_context(|| format!("the data folder {} cannot be used", folder.display()))?;
    Ok(folder)
}
