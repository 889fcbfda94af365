//! `quietline authority`: makes the key that says who is staff, and signs staff credentials with it. Meant for a machine that
//! stays offline; `docs/e2ee.md` has the formats.

use std::{
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{
    approve::{self, ApproveArgs},
    role::LeafRoleArg,
};
use crate::e2ee::{AuthorityKey, StaffGrant, authority::parse_public_key};

/// Days that a credential may be in force at most: two years.
const MAX_DAYS: u16 = 731;

/// Make the line's authority key, or sign a staff credential with it.
#[derive(Debug, Args)]
pub struct AuthorityArgs {
    #[command(subcommand)]
    command: AuthorityCommand,
}

#[derive(Debug, Subcommand)]
enum AuthorityCommand {
    /// Make a new authority key. Prints its public half, which goes into the configuration.
    Init {
        /// The folder for authority.pem (keep it secret and offline) and authority.pub.
        #[arg(long)]
        dir: PathBuf,
    },
    /// Sign the credential of one device of a member of staff. Prints it: a JWT, which is no secret.
    Issue(IssueArgs),
    /// List the devices that want a credential and sign those that you agree to: at a server, or by two files.
    Approve(ApproveArgs),
}

#[derive(Debug, Args)]
struct IssueArgs {
    /// The folder with authority.pem.
    #[arg(long)]
    dir: PathBuf,
    /// The device's Ed25519 public key: base64url, 43 characters. The console shows it on enrolment.
    #[arg(long, value_parser = parse_device_key)]
    device_key: [u8; 32],
    /// The name that callers see: 1 to 40 characters.
    #[arg(long)]
    name: String,
    /// What callers are told they are.
    #[arg(long)]
    role: LeafRoleArg,
    /// Their staff id, 32 hex digits. A new one by default.
    #[arg(long, value_parser = parse_staff_id)]
    staff_id: Option<[u8; 16]>,
    /// For how many days.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_DAYS)))]
    days: u16,
}

/// Runs `quietline authority`.
pub fn run(args: AuthorityArgs) -> anyhow::Result<()> {
    let line = match args.command {
        AuthorityCommand::Init { dir } => init(&dir)?,
        AuthorityCommand::Issue(args) => {
            let staff = args.staff_id.map_or_else(random_id, Ok)?;
            issue(&args, staff, seconds_now()?)?
        }
        AuthorityCommand::Approve(args) => return approve::run(&args),
    };
    writeln!(io::stdout(), "{line}").context("could not print the result")
}

fn init(dir: &Path) -> anyhow::Result<String> {
    let key = AuthorityKey::generate()?;
    key.save(dir)?;
    Ok(key.public().to_string())
}

fn issue(args: &IssueArgs, staff: [u8; 16], now: u64) -> anyhow::Result<String> {
    let key = AuthorityKey::load(&args.dir)
        .context("could not read the authority key (`quietline authority init` makes one)")?;
    let grant = StaffGrant {
        staff,
        name: args.name.clone(),
        role: args.role.into(),
        device_key: args.device_key,
        issued_at: now,
        expires_at: now + u64::from(args.days) * 24 * 3600,
    };
    Ok(key.issue(&grant)?)
}

fn parse_device_key(text: &str) -> Result<[u8; 32], String> {
    parse_public_key(text).map_err(|error| error.to_string())
}

fn parse_staff_id(text: &str) -> Result<[u8; 16], String> {
    text.parse::<crate::core::ids::StaffId>().map(|id| *id.as_bytes()).map_err(|error| error.to_string())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the edge of this command: the one place where it draws a random number"
)]
fn random_id() -> anyhow::Result<[u8; 16]> {
    let mut id = [0; 16];
    aws_lc_rs::rand::fill(&mut id).context("could not draw a staff id")?;
    Ok(id)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the edge of this command: the one place where it reads the clock"
)]
pub(super) fn seconds_now() -> anyhow::Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH).context("the clock stands before 1970")?.as_secs())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::e2ee::{Identity, Role, credential::identify};

    #[derive(Debug, clap::Parser)]
    struct Cli {
        #[command(flatten)]
        args: AuthorityArgs,
    }

    const DEVICE: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

    fn issue_args(dir: &Path, extra: &[&str]) -> Result<IssueArgs, clap::Error> {
        let dir = dir.to_str().unwrap();
        let words = ["authority", "issue", "--dir", dir, "--name", "Sam", "--role", "counsellor"];
        let cli = Cli::try_parse_from(words.iter().chain(extra))?;
        let AuthorityCommand::Issue(args) = cli.args.command else { panic!("not issue") };
        Ok(args)
    }

    #[test]
    fn what_init_makes_signs_what_its_public_key_verifies() {
        let dir = tempfile::tempdir().unwrap();
        let public = init(dir.path()).unwrap().parse().unwrap();
        let args = issue_args(dir.path(), &["--device-key", DEVICE, "--days", "2"]).unwrap();
        let now = 1_790_000_000;
        let jwt = issue(&args, [5; 16], now).unwrap();
        let at = |seconds: u64| identify(jwt.as_bytes(), &[7; 32], &public, Some(seconds * 1000));
        let sam = Identity::Staff { role: Role::Counsellor, name: "Sam".into(), staff: [5; 16] };
        assert_eq!(at(now + 2 * 24 * 3600 - 1), Ok(sam));
        assert!(at(now + 2 * 24 * 3600).is_err());
    }

    #[test]
    fn what_cannot_be_done_is_said_in_one_line() {
        let dir = tempfile::tempdir().unwrap();
        let args = issue_args(dir.path(), &["--device-key", DEVICE]).unwrap();
        let missing = format!("{:#}", issue(&args, [5; 16], 1).unwrap_err());
        assert!(missing.contains("authority init") && missing.contains("authority.pem"), "{missing}");

        init(dir.path()).unwrap();
        let again = format!("{:#}", init(dir.path()).unwrap_err());
        assert!(again.contains("never overwritten"), "{again}");

        let nameless = IssueArgs { name: String::new(), ..args };
        let error = format!("{:#}", issue(&nameless, [5; 16], 1).unwrap_err());
        assert!(error.contains("1 to 40 characters"), "{error}");
        for line in [missing, again, error] {
            assert!(!line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn keys_ids_roles_and_days_that_cannot_be_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        for extra in [
            &["--device-key", "short"][..],
            &["--device-key", DEVICE, "--staff-id", "xyz"],
            &["--device-key", DEVICE, "--days", "0"],
            &["--device-key", DEVICE, "--days", "10000"],
            &[],
        ] {
            assert!(issue_args(dir.path(), extra).is_err(), "{extra:?}");
        }
        let given =
            issue_args(dir.path(), &["--device-key", DEVICE, "--staff-id", &"ab".repeat(16)]).unwrap();
        assert_eq!(given.staff_id, Some([0xab; 16]));
    }
}
