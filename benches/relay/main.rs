//! What forwarding costs: `cargo bench --bench relay`. The relay, and bare forwarders as the limit of the machine, each in a
//! process of its own, carry the same paced packets in one run. Prints; asserts nothing on times. See `docs/performance.md`.
//!
//! `-- --calls 100,500 --seconds 10 --size 172 --only relay,gcm,plain --rounds 1`
#![allow(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod bare;
mod figures;
mod generator;
mod legs;
#[allow(dead_code, reason = "each user of the client uses its part")]
#[path = "../../tests/support/relay_client.rs"]
mod relay_client;
mod subject;

use std::{error::Error, time::Duration};

use figures::{Row, Table};
use subject::{Kind, Subject};

/// What is asked of a run.
#[derive(Debug, Clone)]
pub struct Options {
    calls: Vec<usize>,
    seconds: u64,
    size: usize,
    rounds: usize,
    only: Vec<Kind>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [mode, crypto] = &args[..]
        && mode == "--forward"
    {
        return Ok(bare::run(crypto == "gcm")?);
    }
    let options = options(&args)?;
    println!(
        "{} byte packets, 50 a second and leg, two legs a call; {} s each, least of {} rounds by CPU",
        options.size, options.seconds, options.rounds
    );
    let mut table = Table::new();
    for calls in &options.calls {
        let mut best: Vec<Option<Row>> = vec![None; options.only.len()];
        for _ in 0..options.rounds {
            for (kind, best) in options.only.iter().zip(&mut best) {
                let row = measure(*kind, *calls, &options)?;
                if best
                    .as_ref()
                    .is_none_or(|best| row.packets_per_cpu_second() > best.packets_per_cpu_second())
                {
                    *best = Some(row);
                }
            }
        }
        table.print(*calls, &best.into_iter().flatten().collect::<Vec<_>>());
    }
    Ok(())
}

fn measure(kind: Kind, calls: usize, options: &Options) -> Result<Row, Box<dyn Error>> {
    let subject = Subject::start(kind)?;
    let idle = subject.resident()?;
    let before = subject.cpu()?;
    let legs = legs::connect(&subject, calls, options.size)?;
    let handshakes = subject.cpu()? - before;
    let mut generator = generator::Generator::new(legs, options.size)?;
    // The first second fills caches and the histories of streams.
    generator.run(Duration::from_secs(1), |_| {})?;
    generator.forget();
    let before = subject.cpu()?;
    let mut memory = Vec::new();
    generator.run(Duration::from_secs(options.seconds), |at| {
        if let Ok(bytes) = subject.resident() {
            memory.push((at, bytes));
        }
    })?;
    let cpu = subject.cpu()? - before;
    Ok(Row {
        kind,
        seen: generator.take(),
        cpu,
        elapsed: Duration::from_secs(options.seconds),
        handshake: handshakes / (2 * calls) as u32,
        bytes_per_call: (subject.resident()?.saturating_sub(idle)) / calls as u64,
        memory,
    })
}

fn options(args: &[String]) -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        calls: vec![100, 500, 1_000, 2_000],
        seconds: 10,
        size: 172,
        rounds: 1,
        only: vec![Kind::Plain, Kind::Gcm, Kind::Relay],
    };
    for pair in args.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} wants a value", pair[0]).into()) };
        match name.as_str() {
            "--calls" => options.calls = value.split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--seconds" => options.seconds = value.parse()?,
            "--size" => options.size = value.parse()?,
            "--rounds" => options.rounds = value.parse()?,
            "--only" => options.only = value.split(',').map(Kind::parse).collect::<Result<_, _>>()?,
            _ => return Err(format!("unknown option {name}").into()),
        }
    }
    if options.calls.iter().any(|calls| *calls == 0 || *calls > 5_000)
        || !(64..=1_200).contains(&options.size)
    {
        return Err("1 to 5,000 calls, packets of 64 to 1,200 bytes".into());
    }
    Ok(options)
}
