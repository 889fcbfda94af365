//! `quietline staff`: people, devices and invitations, in the ledger of a server that runs or does not.

use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use super::{
    role::RoleArg,
    serve::{PlaceArgs, open_ledger},
    staff_authority::LineAuthority,
    synthetic,
};
use crate::{
    core::ids::{DeviceId, StaffId},
    node::{
        Clock, Random, SystemClock, SystemRandom,
        audit::Who,
        registry::{Invite, InviteToken, Registry, RegistryError, Whom},
    },
    private_file,
    proto::{office::SignedCredentials, staff::Role},
    signalling::{credential_requests, take_credentials},
};

/// The file of the data folder in which a server says under which origin it is reached.
pub(super) const ORIGIN: &str = "origin";

/// Invite members of staff, list them and their devices, shut one out.
#[derive(Debug, Args)]
pub struct StaffArgs {
    #[command(subcommand)]
    command: StaffCommand,
}

#[derive(Debug, Subcommand)]
enum StaffCommand {
    /// Print a link that enrols one new person's device, once. The first administrator comes in this way.
    Add(AddArgs),
    /// List the enrolled devices: device, staff, role, whether shut out, first name.
    List(PlaceArgs),
    /// Enrol synthetic counsellors for `quietline load`, their keys in a folder here. Only where this machine can sign.
    Synthetic(SyntheticArgs),
    /// Shut out a person with all their devices, or one device. A server that runs ends their connections at once.
    Revoke(RevokeArgs),
    /// Write the requests for credentials, for `quietline authority approve` on another machine.
    Requests(RequestsArgs),
    /// Take in what `quietline authority approve` signed there.
    Credentials(CredentialsArgs),
}

#[derive(Debug, Args)]
struct AddArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The role of whoever enrols with it.
    #[arg(long, default_value = "counsellor")]
    role: RoleArg,
    /// For a program that holds a device key (a softphone), not for a browser with a passkey.
    #[arg(long)]
    native: bool,
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
    /// The person or the device, as `quietline staff list` prints them.
    id: StaffId,
}

#[derive(Debug, Args)]
struct RequestsArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The file to write. On standard output by default.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct CredentialsArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The file.
    file: PathBuf,
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
            StaffCommand::Revoke(args) => revoke(&registry(&args.place)?, args.id).await,
            StaffCommand::Requests(args) => requests(&args).await,
            StaffCommand::Credentials(args) => credentials(&args).await,
        }
    })
}

/// Whom a link is to be for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Invitation {
    /// The role of whoever enrols with it.
    pub role: Role,
    /// Whether it is for a program.
    pub native: bool,
    /// For how many hours it is good.
    pub valid_h: u32,
}

/// Makes an invitation of somebody new, and its link.
pub(super) async fn invite(
    registry: &Registry,
    clock: &dyn Clock,
    random: &dyn Random,
    origin: &str,
    Invitation { role, native, valid_h }: Invitation,
) -> anyhow::Result<String> {
    let mut token = [0; 16];
    random.fill(&mut token)?;
    let token = InviteToken::from_random(token);
    let now = clock.now();
    let expires = now + Duration::from_secs(u64::from(valid_h) * 3600);
    let invite = Invite { role, expires, whom: Whom::NewPerson, native };
    registry.create_invite(&invite, &token, Who::Operator, now).await?;
    Ok(format!("{origin}/console/#enrol={token}"))
}

/// A role as people write it.
pub(super) fn word(role: Role) -> String {
    format!("{role:?}").to_lowercase()
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
    let invitation = Invitation { role: args.role.into(), native: args.native, valid_h: args.valid_h };
    let link = invite(&registry, &SystemClock::new(), &SystemRandom, &origin, invitation).await?;
    Ok(writeln!(io::stdout(), "{link}")?)
}

async fn list(place: &PlaceArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for device in registry(place)?.devices().await? {
        let state = if device.revoked { "shut-out" } else { "enrolled" };
        writeln!(out, "{} {} {} {state} {}", device.device, device.staff, word(device.role), device.name)?;
    }
    Ok(())
}

/// Ids are random: one that is a device's is no person's.
async fn revoke(registry: &Registry, id: StaffId) -> anyhow::Result<()> {
    let now = SystemClock::new().now();
    let device = DeviceId::from_random(*id.as_bytes());
    match registry.revoke_device(device, Who::Operator, now).await {
        Err(RegistryError::UnknownDevice) => match registry.revoke_person(id, Who::Operator, now).await {
            Err(RegistryError::UnknownPerson) => bail!("no person and no device has this id"),
            done => Ok(done?),
        },
        done => Ok(done?),
    }
}

async fn requests(args: &RequestsArgs) -> anyhow::Result<()> {
    let authority = LineAuthority::load(&args.place.load()?)?;
    let now = SystemClock::new().now();
    let file = credential_requests(&registry(&args.place)?, &authority, now).await?;
    let text = serde_json::to_string_pretty(&file)? + "\n";
    match &args.out {
        Some(path) => private_file::write(path, text.as_bytes()).with_context(|| path.display().to_string()),
        None => Ok(write!(io::stdout(), "{text}")?),
    }
}

async fn credentials(args: &CredentialsArgs) -> anyhow::Result<()> {
    let text = fs::read_to_string(&args.file).with_context(|| args.file.display().to_string())?;
    let file: SignedCredentials = serde_json::from_str(&text)
        .with_context(|| format!("{} is no file of credentials", args.file.display()))?;
    let authority = LineAuthority::load(&args.place.load()?)?;
    let (registry, now) = (registry(&args.place)?, SystemClock::new().now());
    let (taken, refused) = take_credentials(
        &registry,
        &authority,
        file.credentials.iter().map(String::as_str),
        Who::Operator,
        now,
    )
    .await?;
    if refused > 0 {
        bail!("{taken} credentials were taken in, {refused} were not: not this line's, or of no device here");
    }
    Ok(writeln!(io::stdout(), "{taken} credentials were taken in")?)
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
