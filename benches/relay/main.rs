//! What forwarding costs: `cargo bench --bench relay`. The relay, and bare forwarders as the limit of the machine, each in a
//! process of its own, carry the same paced packets in turns within one run. Prints; asserts nothing on times. See
//! `docs/performance.md`.
//!
//! `-- --calls 100,500 --turns 10 --seconds 1 --size 172 --only gcm,relay`, `-- --attack all --calls 50`,
//! `-- --storm 500 --calls 100`, `-- --stall 200 --calls 1000`. `--before PROGRAM` adds another build, `--workers 2` gives the relay
//! two on one processor. What follows `--relay` are options of the relay: `-- --relay --gather-us=0`.
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod attack;
mod bare;
mod figures;
mod generator;
mod legs;
#[allow(dead_code, reason = "each user of the client uses its part")]
#[path = "../../tests/support/relay_client.rs"]
mod relay_client;
mod stall;
mod storm;
mod subject;

use std::{error::Error, time::Duration};

use attack::{Attack, Flood};
use figures::{Row, Slice};
use generator::{Beside, Generator};
use stall::Stall;
use storm::Storm;
use subject::{Kind, Subject};

/// What is asked of a run.
#[derive(Debug, Clone)]
pub struct Options {
    calls: Vec<usize>,
    turns: usize,
    seconds: u64,
    size: usize,
    only: Vec<Kind>,
    attack: Vec<Flood>,
    storm: usize,
    /// For how long the relay stands still, milliseconds.
    stall: u64,
    /// The relay's; the other build has one.
    workers: u16,
    /// Another build of the program.
    before: String,
    relay: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [mode, crypto] = &args[..]
        && mode == "--forward"
    {
        return Ok(bare::run(crypto == "gcm")?);
    }
    let options = options(&args)?;
    if !options.attack.is_empty() || options.storm > 0 || options.stall > 0 {
        return under_stress(&options);
    }
    println!(
        "{} byte packets, 50 a second and leg, two legs a call; medians of {} turns of {} s each",
        options.size, options.turns, options.seconds
    );
    figures::head();
    for calls in &options.calls {
        figures::print(*calls, &side_by_side(*calls, &options)?);
    }
    Ok(())
}

/// One subject and the legs that talk through it.
struct Contender {
    subject: Subject,
    generator: Generator,
    row: Row,
}

impl Contender {
    fn new(kind: Kind, calls: usize, options: &Options) -> Result<Self, Box<dyn Error>> {
        let subject = Subject::start(kind, options)?;
        let idle = subject.resident()?;
        let before = subject.cpu()?;
        let legs = legs::connect(&subject, calls, options.size)?;
        let handshakes = subject.cpu()? - before;
        let mut generator = Generator::new(legs, options.size)?;
        // The first second fills caches and the histories of streams.
        generator.run(Duration::from_secs(1), &mut Beside::default())?;
        let bytes_per_call = subject.resident()?.saturating_sub(idle) / calls as u64;
        subject.pause(true)?;
        let handshake = handshakes / (2 * calls) as u32;
        let row = Row {
            kind,
            slices: Vec::new(),
            wrong: 0,
            unsent: 0,
            handshake,
            bytes_per_call,
            memory: Vec::new(),
        };
        Ok(Self { subject, generator, row })
    }

    fn turn(&mut self, options: &Options) -> Result<(), Box<dyn Error>> {
        let Self { subject, generator, row } = self;
        subject.pause(false)?;
        generator.run(WARM, &mut Beside::default())?;
        generator.take();
        let (before, machine) = (subject.cpu()?, subject::machine()?);
        let mut each_second = |at| {
            if let Ok(bytes) = subject.resident() {
                row.memory.push((at, bytes));
            }
        };
        let elapsed = Duration::from_secs(options.seconds);
        generator.run(elapsed, &mut Beside { each_second: Some(&mut each_second), ..Beside::default() })?;
        let cpu = subject.cpu()? - before;
        let seen = generator.take();
        row.slices.push(Slice::new(&seen, cpu, elapsed, subject::stolen_since(machine)?));
        row.wrong += seen.wrong;
        row.unsent += seen.unsent;
        subject.pause(true)
    }
}

/// All subjects in turns, so that what else the machine does meets each of them alike.
fn side_by_side(calls: usize, options: &Options) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut contenders = options
        .only
        .iter()
        .map(|kind| Contender::new(*kind, calls, options))
        .collect::<Result<Vec<_>, _>>()?;
    for turn in 0..options.turns {
        // Nobody is always the one that follows the same other.
        let count = contenders.len();
        for nth in 0..count {
            contenders[if turn % 2 == 0 { nth } else { count - 1 - nth }].turn(options)?;
        }
    }
    Ok(contenders.into_iter().map(|contender| contender.row).collect())
}

/// What is asked for beside running calls.
enum Stress {
    Flood(Flood),
    /// So many legs at once.
    Storm(usize),
    /// For so long.
    Stall(Duration),
}

/// What goes on beside running calls.
enum Company {
    Flood(Box<Attack>),
    Storm(Storm),
    Stall(Stall),
}

impl Company {
    fn begin_turn(&mut self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Flood(attack) => {
                attack.begin_turn();
                Ok(())
            }
            Self::Storm(storm) => storm.begin_turn(),
            Self::Stall(stall) => {
                stall.begin_turn();
                Ok(())
            }
        }
    }

    fn beside(&mut self) -> Beside<'_> {
        match self {
            Self::Flood(attack) => Beside { attack: Some(&mut **attack), ..Beside::default() },
            Self::Storm(storm) => Beside { storm: Some(storm), ..Beside::default() },
            Self::Stall(stall) => Beside { stall: Some(stall), ..Beside::default() },
        }
    }

    fn summary(&self) -> String {
        match self {
            Self::Flood(attack) => format!("{} ({} packets)", attack.flood.name(), attack.sent),
            Self::Storm(storm) => storm.summary(),
            Self::Stall(stall) => stall.summary(),
        }
    }
}

/// The relay alone, with running calls, while something else goes on in every other turn.
fn under_stress(options: &Options) -> Result<(), Box<dyn Error>> {
    figures::stress_head();
    for calls in &options.calls {
        let floods = options.attack.iter().copied().map(Stress::Flood);
        let storm = (options.storm > 0).then_some(Stress::Storm(options.storm));
        let stall = (options.stall > 0).then_some(Stress::Stall(Duration::from_millis(options.stall)));
        for stress in floods.chain(storm).chain(stall) {
            let subject = Subject::start(Kind::Relay, options)?;
            let mut legs = legs::connect(&subject, *calls, options.size)?;
            let mut company = match stress {
                Stress::Flood(flood) => {
                    Company::Flood(Box::new(Attack::new(flood, &subject, &mut legs, calls * 1_000)?))
                }
                Stress::Storm(legs) => Company::Storm(Storm::new(&subject, *calls, legs)?),
                Stress::Stall(length) => Company::Stall(Stall::new(&subject, length)),
            };
            let mut generator = Generator::new(legs, options.size)?;
            generator.run(Duration::from_secs(1), &mut Beside::default())?;
            let memory = subject.resident()?;
            let elapsed = Duration::from_secs(options.seconds);
            let (mut alone, mut together) = (Vec::new(), Vec::new());
            for turn in 0..2 * options.turns {
                let with = turn % 2 == 1;
                company.begin_turn()?;
                let mut beside = if with { company.beside() } else { Beside::default() };
                generator.take();
                let (before, machine) = (subject.cpu()?, subject::machine()?);
                generator.run(elapsed, &mut beside)?;
                let slice = Slice::new(
                    &generator.take(),
                    subject.cpu()? - before,
                    elapsed,
                    subject::stolen_since(machine)?,
                );
                if with { together.push(slice) } else { alone.push(slice) }
            }
            figures::stress(*calls, &company.summary(), &alone, &together, [memory, subject.resident()?]);
        }
    }
    Ok(())
}

fn options(args: &[String]) -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        calls: vec![100, 500, 1_000, 2_000],
        turns: 10,
        seconds: 1,
        size: 172,
        only: vec![Kind::Plain, Kind::Gcm, Kind::Relay],
        attack: Vec::new(),
        storm: 0,
        stall: 0,
        workers: 1,
        before: String::new(),
        relay: Vec::new(),
    };
    let mut own = args;
    if let Some(at) = args.iter().position(|arg| arg == "--relay") {
        (own, options.relay) = (&args[..at], args[at + 1..].to_vec());
    }
    for pair in own.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} wants a value", pair[0]).into()) };
        match name.as_str() {
            "--calls" => options.calls = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--turns" => options.turns = value.parse()?,
            "--seconds" => options.seconds = value.parse()?,
            "--size" => options.size = value.parse()?,
            "--only" => options.only = value.split(',').map(Kind::parse).collect::<Result<_, _>>()?,
            "--before" => {
                value.clone_into(&mut options.before);
                options.only.push(Kind::Before);
            }
            "--attack" => options.attack = Flood::parse(value)?,
            "--storm" => options.storm = value.parse()?,
            "--stall" => options.stall = value.parse()?,
            "--workers" => options.workers = value.parse()?,
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    if options.calls.iter().any(|calls| *calls == 0 || *calls > 5_000)
        || !(64..=1_200).contains(&options.size)
        || options.stall > 500
    {
        return Err("1 to 5,000 calls, packets of 64 to 1,200 bytes, at most 500 ms of standing still".into());
    }
    Ok(options)
}

/// How long a subject talks before its turn counts: what it had to do meanwhile is done then.
const WARM: Duration = Duration::from_millis(300);
