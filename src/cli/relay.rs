//! `quietline relay`: the media relay by itself, and `quietline relay token`: a leg token for any ICE/DTLS client.

use std::{
    io::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::relay_elsewhere::Description;
use crate::{
    core::ids::{CallId, Slot},
    legtoken::{KEY_LEN, LegGrant, LegKeys, MINT_NONCE_LEN, slot_ssrc},
    proto::media::fingerprint_of_hex,
    relay::{GATHER, Relay, RelayConfig, RelayHandle, observer::Observer},
    telemetry::log,
};

/// Run the media relay alone, or mint a leg token for it.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct RelayArgs {
    #[command(subcommand)]
    command: Option<RelayCommand>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Subcommand)]
enum RelayCommand {
    /// Mint a leg token: ICE user name and password with which a client joins a call.
    Token(TokenArgs),
}

/// How to run a relay alone.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The leg key file that signalling and relays share. Made on first use.
    #[arg(long, required = true)]
    key_file: Option<PathBuf>,
    /// An address to listen on (repeat for several). Default: all, IPv4 and IPv6.
    #[arg(long, value_name = "ADDR", default_values_t = [IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)])]
    listen: Vec<IpAddr>,
    /// The first worker's UDP and TCP port; 0 takes a free one.
    #[arg(long, default_value_t = 3479)]
    port: u16,
    /// Workers, one port and one thread each.
    #[arg(long, default_value_t = 1)]
    workers: u16,
    /// An address that clients are told (repeat for several). Default: those it listens on.
    #[arg(long, value_name = "IP")]
    advertise: Vec<IpAddr>,
    /// For how long packets may gather near saturation, microseconds. 0: never.
    #[arg(long, default_value_t = GATHER.as_micros() as u32, value_parser = clap::value_parser!(u32).range(..=5_000))]
    gather_us: u32,
    /// Keep each worker to a processor of its own.
    #[arg(long)]
    pin: bool,
    /// Say what it listens on as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Write that line to a file as well: `relay.elsewhere` of the gateway that sends its clients here.
    #[arg(long, value_name = "FILE")]
    say_in: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct TokenArgs {
    /// The leg key file of the relay.
    #[arg(long)]
    key_file: PathBuf,
    /// The call: 32 hex digits.
    #[arg(long)]
    call: CallId,
    /// The seat, 0 (the caller) to 3.
    #[arg(long)]
    slot: u8,
    /// SHA-256 of the client's DTLS certificate, 64 hex digits, with or without colons.
    #[arg(long)]
    fingerprint: String,
    /// The RTP payload type of Opus on this leg, 96 to 127.
    #[arg(long, default_value_t = 111)]
    payload_type: u8,
    /// For how long the token admits a leg, seconds.
    #[arg(long, default_value_t = 60)]
    valid_s: u32,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// Runs `quietline relay`.
pub fn run(args: RelayArgs) -> anyhow::Result<()> {
    match args.command {
        Some(RelayCommand::Token(args)) => token(&args),
        None => run_until_stopped(&args.run, None),
    }
}

/// Runs a relay until it is told to stop. `observer` is for tests; see [`crate::relay::observer`].
pub fn run_until_stopped(args: &RunArgs, observer: Option<Arc<dyn Observer>>) -> anyhow::Result<()> {
    log::init(log::Format::Text, tracing::Level::INFO)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        // Before the relay says that it listens, so that whoever reads that may stop it.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let relay = start(args, observer)?;
        announce(args, &relay)?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        relay.stop();
        Ok(())
    })
}

fn start(args: &RunArgs, observer: Option<Arc<dyn Observer>>) -> anyhow::Result<RelayHandle> {
    let key_file = args.key_file.as_ref().context("--key-file is missing")?;
    let keys = LegKeys::load_or_create(key_file, &random::<KEY_LEN>()?)?;
    Ok(Relay::start(RelayConfig {
        listen: args.listen.clone(),
        base_port: args.port,
        workers: args.workers,
        advertise: args.advertise.clone(),
        gather: Duration::from_micros(args.gather_us.into()),
        pin: args.pin,
        keys: Arc::new(keys),
        observer,
    })?)
}

fn announce(args: &RunArgs, relay: &RelayHandle) -> anyhow::Result<()> {
    let said = Description::of(relay.info());
    if let Some(file) = &args.say_in {
        said.write(file)?;
    }
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&said)?)?;
    } else {
        writeln!(out, "fingerprint sha-256 {}", said.fingerprint)?;
        for port in &said.ports {
            for address in &said.addresses {
                writeln!(out, "candidate udp and tcp {address} port {port}")?;
            }
        }
        writeln!(out, "stop with Ctrl-C")?;
    }
    Ok(out.flush()?)
}

#[derive(Serialize)]
struct Minted {
    ufrag: String,
    pwd: String,
    slot: Slot,
    streams: Vec<MintedStream>,
}

#[derive(Serialize)]
struct MintedStream {
    slot: Slot,
    ssrc: u32,
}

fn token(args: &TokenArgs) -> anyhow::Result<()> {
    let slot = Slot::new(args.slot).context("a slot is 0 to 3")?;
    let fingerprint =
        fingerprint(&args.fingerprint).context("a fingerprint is 64 hex digits, with or without colons")?;
    let now = unix_now();
    let expires = u32::try_from(now.as_secs())
        .ok()
        .and_then(|now| now.checked_add(args.valid_s))
        .context("the token would expire after 2106")?;
    let grant = LegGrant {
        call: args.call,
        slot,
        payload_type: args.payload_type,
        minted_ms: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
        expires,
        fingerprint,
    };
    let token = LegKeys::load(&args.key_file)?.mint(&grant, random::<MINT_NONCE_LEN>()?)?;
    let minted = Minted {
        ufrag: token.ufrag,
        pwd: token.pwd,
        slot,
        streams: Slot::all()
            .filter(|other| *other != slot)
            .map(|other| MintedStream { slot: other, ssrc: slot_ssrc(args.call, other) })
            .collect(),
    };
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&minted)?)?;
    } else {
        writeln!(out, "ufrag {}\npwd   {}", minted.ufrag, minted.pwd)?;
        for stream in &minted.streams {
            writeln!(out, "slot {} is heard under SSRC {}", stream.slot.number(), stream.ssrc)?;
        }
    }
    Ok(out.flush()?)
}

#[allow(
    clippy::disallowed_methods,
    reason = "the command line is the edge at which this process draws randomness"
)]
fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).ok().context("the system gave no random bytes")?;
    Ok(bytes)
}

#[allow(clippy::disallowed_methods, reason = "the command line is the edge at which a token's expiry is set")]
fn unix_now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// A fingerprint as browsers and tools print it.
fn fingerprint(text: &str) -> Option<[u8; 32]> {
    fingerprint_of_hex(&text.replace(':', "").to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_with_and_without_colons() {
        let plain = "0Af0".repeat(16);
        let colons =
            plain.as_bytes().chunks(2).map(|c| str::from_utf8(c).unwrap()).collect::<Vec<_>>().join(":");
        assert_eq!(fingerprint(&plain), fingerprint(&colons));
        assert_eq!(fingerprint(&plain).unwrap()[..2], [0x0a, 0xf0]);
        for wrong in ["", "0", &"0".repeat(63), &"0".repeat(66), &"g".repeat(64), &"é".repeat(64)] {
            assert_eq!(fingerprint(wrong), None, "{wrong}");
        }
    }
}
