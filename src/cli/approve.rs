//! `quietline authority approve`: shows the devices that want a credential, and signs what somebody here agrees to. Over the
//! network, where the server can be reached from the machine that has the key; by two files, where it cannot.

use std::{
    fs,
    io::{self, BufRead as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use clap::Args;

use super::{authority::seconds_now, https};
use crate::{
    client::socket::Server,
    e2ee::{AuthorityKey, Role as LeafRole, StaffGrant, authority::parse_public_key},
    private_file,
    proto::{
        office::{CredentialRequest, CredentialRequests, SignedCredentials},
        rest::{AskAuthority, Taken},
        staff::Role,
    },
};

#[derive(Debug, Args)]
pub(super) struct ApproveArgs {
    /// The folder with authority.pem.
    #[arg(long)]
    dir: PathBuf,
    /// The server's origin, https://HOST[:PORT]. Or give --requests and --out.
    #[arg(long, value_name = "ORIGIN", required_unless_present = "requests", conflicts_with_all = ["requests", "out"])]
    server: Option<String>,
    /// Whom to trust to be that server (PEM).
    #[arg(long, value_name = "FILE", default_value = Server::SYSTEM_ROOTS)]
    trust: PathBuf,
    /// The file of requests, from an administrator's page or `quietline staff requests`.
    #[arg(long, value_name = "FILE", requires = "out")]
    requests: Option<PathBuf>,
    /// The file of credentials to write, for that page or `quietline staff credentials`.
    #[arg(long, value_name = "FILE", requires = "requests")]
    out: Option<PathBuf>,
    /// Sign every request without asking. Look at them first with --list.
    #[arg(long, conflicts_with = "list")]
    all: bool,
    /// Only list the requests.
    #[arg(long)]
    list: bool,
    /// For how many days credentials are in force.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=731))]
    days: u16,
}

/// Runs it.
pub(super) fn run(args: &ApproveArgs) -> anyhow::Result<()> {
    let key = AuthorityKey::load(&args.dir)
        .context("could not read the authority key (`quietline authority init` makes one)")?;
    let server = match &args.server {
        Some(origin) => Some(Server::new(origin, &args.trust)?),
        None => None,
    };
    let requests = match (&server, &args.requests) {
        (Some(server), _) => ask(server, &key)?,
        (None, Some(file)) => read(file)?,
        (None, None) => bail!("give --server, or --requests and --out"),
    };
    if requests.requests.is_empty() {
        return say("nobody waits for a credential");
    }
    if args.list {
        return requests.requests.iter().try_for_each(|request| say(&line(request)));
    }
    let now = seconds_now()?;
    let mut credentials = Vec::new();
    for request in &requests.requests {
        if args.all || agreed(request)? {
            credentials.push(sign(&key, request, now, args.days)?);
        }
    }
    if credentials.is_empty() {
        return say("nothing was signed");
    }
    let signed = SignedCredentials { quietline: SignedCredentials::FORM.to_owned(), credentials };
    match (server, &args.out) {
        (Some(server), _) => {
            let Taken { taken, refused } = https::post(&server, "/api/authority/credentials", &signed)?;
            if refused > 0 {
                bail!("the server took {taken} credentials in and refused {refused}");
            }
            say(&format!("{taken} signed; the server has them"))
        }
        (None, Some(out)) => {
            let text = serde_json::to_string_pretty(&signed)? + "\n";
            private_file::write(out, text.as_bytes()).with_context(|| out.display().to_string())?;
            say(&format!("{} signed, in {}", signed.credentials.len(), out.display()))
        }
        (None, None) => bail!("give --server, or --requests and --out"),
    }
}

fn sign(key: &AuthorityKey, request: &CredentialRequest, now: u64, days: u16) -> anyhow::Result<String> {
    let grant = StaffGrant {
        staff: *request.staff.as_bytes(),
        name: request.name.clone(),
        role: match request.role {
            Role::Counsellor => LeafRole::Counsellor,
            Role::Clinician => LeafRole::Clinician,
            Role::Supervisor => LeafRole::Supervisor,
            Role::Caller | Role::Coordinator | Role::Commissioner | Role::Administrator => {
                bail!("{} asks for a credential, and nobody of that role is in a call", line(request))
            }
        },
        device_key: parse_public_key(&request.device_key)?,
        issued_at: now,
        expires_at: now + u64::from(days) * 24 * 3600,
    };
    Ok(key.issue(&grant)?)
}

/// What the person who signs compares with what the person who asked read out to them.
fn line(request: &CredentialRequest) -> String {
    let CredentialRequest { staff, name, role, device_key } = request;
    // A name from the network goes to a terminal: only what can be seen.
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    format!("{name}, {}, staff {staff}, device key {device_key}", super::staff::word(*role))
}

fn agreed(request: &CredentialRequest) -> anyhow::Result<bool> {
    let mut out = io::stdout();
    write!(out, "{}\nSign? [y/N] ", line(request))?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn read(file: &Path) -> anyhow::Result<CredentialRequests> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let wrong = || format!("{} is no file of requests", file.display());
    let requests: CredentialRequests = serde_json::from_str(&text).with_context(wrong)?;
    if requests.quietline != CredentialRequests::FORM {
        bail!(wrong());
    }
    Ok(requests)
}

fn ask(server: &Server, key: &AuthorityKey) -> anyhow::Result<CredentialRequests> {
    let at = seconds_now()? * 1000;
    let said = format!("quietline authority v1\n{}\n{at}", server.origin());
    let signature = STANDARD.encode(key.sign(said.as_bytes()).context("the authority key cannot sign")?);
    https::post(server, "/api/authority/requests", &AskAuthority { at, signature })
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
