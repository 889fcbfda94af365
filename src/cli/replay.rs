//! `quietline replay`: a packet trace through the receiver in simulated time; `quietline replay --make`: traces of a WAV file
//! over modelled networks.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;

use crate::audio::{
    Frame, FrameLength, Plan, Receiver, ReceiverSettings, Sender, SenderSettings, Stats, TICK, network,
    trace::{self, TracePacket},
    wav,
};

/// Figures begin after this much, when the delay has settled, and end with the last packet: what is concealed after it says
/// nothing of the network. Milliseconds.
const SETTLED_MS: u64 = 2_000;
/// What is heard goes on for so much longer than packets come, milliseconds: the last of them are still in the buffer.
const AFTER_MS: u64 = 500;
/// The longest trace that is played, milliseconds: an hour.
const LONGEST_MS: f64 = 3_600_000.0;

/// Play a packet trace as a receiver would have heard it, or make one.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The trace to play. With --make: the speech to send, a WAV file (48 kHz, mono, 16 bits).
    input: PathBuf,
    /// Where to write what was heard (WAV). With --make: where to write the trace.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print the figures as one line of JSON.
    #[arg(long, conflicts_with = "make")]
    json: bool,
    /// The decoder's complexity: 5 and more conceals with the neural model.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u8).range(0..=10))]
    complexity: u8,
    /// Send the WAV file over this network model of docs/networks.md and write the trace.
    #[arg(long, value_name = "NETWORK", requires = "out")]
    make: Option<String>,
    /// The model's seed.
    #[arg(long, default_value_t = 1, requires = "make")]
    seed: u64,
    /// Frame length, milliseconds: 10, 20, 40 or 60.
    #[arg(long, default_value_t = 20, requires = "make")]
    frame_ms: u32,
    /// Bits a second.
    #[arg(long, default_value_t = 32_000, requires = "make", value_parser = clap::value_parser!(u32).range(16_000..=40_000))]
    bitrate: u32,
}

/// What a replay says of itself. Times in milliseconds, shares in percent of what was played, from second 2 to the last packet;
/// of a trace that is no longer than that, from its begin.
#[derive(Debug, Serialize)]
struct Figures {
    seconds: f64,
    mean_delay_ms: f64,
    mean_target_ms: f64,
    concealed_percent: f64,
    stretched_percent: f64,
    late_packets: u64,
    duplicate_packets: u64,
    unusable_packets: u64,
    stalls: u64,
    decoded_ms: u64,
    lbrr_ms: u64,
    dred_ms: u64,
    concealed_ms: u64,
    comfort_ms: u64,
    silence_ms: u64,
    shortened_ms: u64,
    lengthened_ms: u64,
    waited_ms: u64,
    skipped_ms: u64,
}

/// Runs `quietline replay`.
///
/// # Errors
/// A file that cannot be read, written or understood, said in plain words.
pub fn run(args: ReplayArgs) -> anyhow::Result<()> {
    if let Some(out) = &args.out
        && let (Ok(out_is), Ok(input_is)) = (out.canonicalize(), args.input.canonicalize())
        && out_is == input_is
    {
        bail!("{} is the input; --out names another file", out.display());
    }
    match &args.make {
        Some(model) => make(&args, model),
        None => play(&args),
    }
}

fn play(args: &ReplayArgs) -> anyhow::Result<()> {
    let packets = trace::parse(&read(&args.input)?).with_context(|| args.input.display().to_string())?;
    let (heard, stats) =
        replay(&packets, args.complexity).with_context(|| args.input.display().to_string())?;
    if let Some(out) = &args.out {
        write(out, &wav::write(&heard))?;
    }
    let figures = figures(&stats);
    if args.json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        println!(
            "{:.1} s: delay {:.1} ms (target {:.1}), concealed {:.2} %, stretched {:.2} %, late {}",
            figures.seconds,
            figures.mean_delay_ms,
            figures.mean_target_ms,
            figures.concealed_percent,
            figures.stretched_percent,
            figures.late_packets
        );
    }
    Ok(())
}

/// What is heard of a trace, and its figures.
fn replay(packets: &[TracePacket], complexity: u8) -> anyhow::Result<(Vec<i16>, Stats)> {
    let Some(last) = packets.last() else { bail!("the trace has no packet in it") };
    if last.arrival_ms > LONGEST_MS {
        bail!("the trace is longer than an hour");
    }
    let until_ms = last.arrival_ms as u64 + AFTER_MS;
    let mut receiver = Receiver::new(ReceiverSettings { complexity, dred: true })?;
    let mut heard = Vec::with_capacity(until_ms as usize * TICK / 10);
    let (mut settled, mut ended) = (Stats::default(), None);
    let mut packets = packets.iter().peekable();
    for now_ms in (0..until_ms).step_by(10) {
        let now = Duration::from_millis(now_ms);
        while let Some(packet) = packets.next_if(|packet| packet.arrival() <= now) {
            receiver.insert(Frame {
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                payload: &packet.payload,
                arrival: packet.arrival(),
            });
        }
        if now_ms == SETTLED_MS && ended.is_none() {
            settled = receiver.stats();
        }
        if packets.peek().is_none() {
            ended.get_or_insert_with(|| receiver.stats());
        }
        heard.extend(receiver.pull_10ms(now));
    }
    let ended = ended.unwrap_or_else(|| receiver.stats());
    Ok((heard, ended.since(&settled)))
}

fn figures(stats: &Stats) -> Figures {
    let ms = |samples: u64| samples / 48;
    let rounded = |figure: f64| (figure * 1_000.0).round() / 1_000.0;
    Figures {
        seconds: stats.ticks as f64 / 100.0,
        mean_delay_ms: rounded(stats.mean_delay_ms()),
        mean_target_ms: rounded(stats.mean_target_ms()),
        concealed_percent: rounded(stats.concealed_percent()),
        stretched_percent: rounded(stats.stretched_percent()),
        late_packets: stats.late,
        duplicate_packets: stats.duplicates,
        unusable_packets: stats.unusable,
        stalls: stats.stalls,
        decoded_ms: ms(stats.decoded),
        lbrr_ms: ms(stats.lbrr),
        dred_ms: ms(stats.dred),
        concealed_ms: ms(stats.concealed),
        comfort_ms: ms(stats.comfort),
        silence_ms: ms(stats.silence),
        shortened_ms: ms(stats.shortened),
        lengthened_ms: ms(stats.lengthened),
        waited_ms: ms(stats.waited),
        skipped_ms: ms(stats.skipped),
    }
}

fn make(args: &ReplayArgs, name: &str) -> anyhow::Result<()> {
    let Some(model) = network::model(name) else {
        let known: Vec<_> = network::MODELS.iter().map(|model| model.name).collect();
        bail!("there is no network model {name:?}; there are {}", known.join(", "));
    };
    let frame = match args.frame_ms {
        10 => FrameLength::Ms10,
        20 => FrameLength::Ms20,
        40 => FrameLength::Ms40,
        60 => FrameLength::Ms60,
        other => bail!("frames of {other} ms cannot be sent; 10, 20, 40 and 60 ms can"),
    };
    let speech = wav::parse(&read(&args.input)?).with_context(|| args.input.display().to_string())?;
    let plan = Plan { bitrate: args.bitrate, frame, ..Plan::USUAL };
    let mut sender = Sender::new(SenderSettings { plan, ..SenderSettings::default() })?;
    let mut sent = Vec::new();
    for tick in speech.chunks_exact(TICK) {
        let Ok(tick) = tick.try_into() else { continue };
        if let Some(encoded) = sender.push_10ms(tick)? {
            sent.push((encoded.sequence, encoded.timestamp, encoded.payload.to_vec()));
        }
    }
    if sent.is_empty() {
        bail!("{}: there is not a whole frame of sound in it", args.input.display());
    }
    let arrivals = network::arrivals(model, sent.len(), f64::from(args.frame_ms), args.seed);
    let mut packets: Vec<_> = sent
        .into_iter()
        .zip(arrivals)
        .filter_map(|((sequence, timestamp, payload), arrival)| {
            Some(TracePacket { arrival_ms: arrival?, sequence, timestamp, payload })
        })
        .collect();
    packets.sort_by(|a, b| a.arrival_ms.total_cmp(&b.arrival_ms));
    let Some(out) = &args.out else { bail!("--out says where to write the trace") };
    write(out, &trace::write(&packets))?;
    println!("{} packets over {name} (seed {})", packets.len(), args.seed);
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(input: PathBuf, out: PathBuf, make: Option<&str>) -> ReplayArgs {
        ReplayArgs {
            input,
            out: Some(out),
            json: false,
            complexity: 0,
            make: make.map(str::to_owned),
            seed: 3,
            frame_ms: 20,
            bitrate: 32_000,
        }
    }

    #[test]
    fn what_is_made_can_be_played() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let speech: Vec<i16> = (0..48_000 * 3).map(|i| (i % 300 * 40) as i16).collect();
        fs::write(path("speech.wav"), wav::write(&speech)).unwrap();
        run(args(path("speech.wav"), path("a.trc"), Some("loss15"))).unwrap();
        run(args(path("a.trc"), path("heard.wav"), None)).unwrap();
        let heard = wav::parse(&fs::read(path("heard.wav")).unwrap()).unwrap();
        assert!(heard.len() > 48_000 * 3);
        assert!(heard[48_000..96_000].iter().any(|sample| sample.unsigned_abs() > 3_000));
    }

    #[test]
    fn bad_files_and_names_are_refused_in_plain_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("text"), "hello").unwrap();
        fs::write(path("empty.trc"), "TRC1").unwrap();
        let said = |result: anyhow::Result<()>| format!("{:#}", result.unwrap_err());
        assert!(said(run(args(path("none"), path("x"), None))).contains("cannot read"));
        assert!(said(run(args(path("text"), path("x"), None))).contains("does not begin with TRC1"));
        assert!(said(run(args(path("empty.trc"), path("x"), None))).contains("no packet"));
        assert!(said(run(args(path("text"), path("x"), Some("mars")))).contains("there are clean"));
        assert!(said(run(args(path("text"), path("x"), Some("lte")))).contains("not a WAV file"));
    }
}
