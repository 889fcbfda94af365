//! `quietline line`: the lines, their opening hours and forces, and who answers them, in the ledger of a server that runs or
//! does not. A server that runs hears of a change at once.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{
    serve::{PlaceArgs, open_ledger},
    staff::data_folder,
};
use crate::{
    core::{
        calendar::Date,
        directory::{Assignment, Force, Helpline, LineName, Skill},
        hours::Hours,
        ids::StaffId,
        time::Timestamp,
    },
    node::{Clock, SystemClock, settings::Settings},
};

/// Set lines up, their opening hours, the forces in scope, and who answers them.
#[derive(Debug, Args)]
pub struct LineArgs {
    #[command(subcommand)]
    command: LineCommand,
}

#[derive(Debug, Subcommand)]
enum LineCommand {
    /// List the lines: name, title, hours, and the forces with their days.
    List(PlaceArgs),
    /// Set up a line, or change what is given of it.
    Set(SetArgs),
    /// Bring a force into scope, or say until when it is.
    Force(ForceArgs),
    /// Take a line away. Those who wait on it are still answered.
    Remove(RemoveArgs),
    /// Say which lines a member of staff answers, and what they can do besides.
    Assign(AssignArgs),
}

#[derive(Debug, Args)]
struct SetArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// Its name: a-z, 0-9 and -.
    line: LineName,
    /// What callers see.
    #[arg(long)]
    title: Option<String>,
    /// When it is open, by the clock of the United Kingdom: `always`, or like `mon-fri 09:00-17:00; sat 22:00-06:00`.
    #[arg(long)]
    hours: Option<Hours>,
    /// A day on which it stays closed. May be given more than once; replaces the days that were set.
    #[arg(long, value_name = "DAY")]
    closed_on: Vec<Date>,
}

#[derive(Debug, Args)]
struct ForceArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The line.
    line: LineName,
    /// The force's name, as callers see it.
    force: String,
    /// The first day.
    #[arg(long, value_name = "DAY")]
    from: Date,
    /// The first day on which it is in scope no longer.
    #[arg(long, value_name = "DAY")]
    until: Option<Date>,
}

#[derive(Debug, Args)]
struct RemoveArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The line.
    line: LineName,
}

#[derive(Debug, Args)]
struct AssignArgs {
    #[command(flatten)]
    place: PlaceArgs,
    /// The member of staff, as `quietline staff list` prints it.
    staff: StaffId,
    /// The lines, with commas between them; all of them when none is given.
    #[arg(long, value_delimiter = ',')]
    lines: Vec<LineName>,
    /// Skills, with commas between them.
    #[arg(long, value_delimiter = ',')]
    skills: Vec<Skill>,
}

/// Runs `quietline line`.
pub fn run(args: LineArgs) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        match args.command {
            LineCommand::List(place) => list(&place).await,
            LineCommand::Set(args) => set(args).await,
            LineCommand::Force(args) => force(args).await,
            LineCommand::Remove(args) => Ok(settings(&args.place)?.remove_line(&args.line, now()).await?),
            LineCommand::Assign(args) => {
                let lines = args.lines.into_iter().collect();
                let skills = args.skills.into_iter().collect();
                Ok(settings(&args.place)?.assign(args.staff, &Assignment { lines, skills }, now()).await?)
            }
        }
    })
}

async fn list(place: &PlaceArgs) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    for (name, line) in settings(place)?.directory().await?.lines() {
        writeln!(out, "{name}\t{}\t{}", line.title, line.hours)?;
        for force in &line.forces {
            let until = force.until.map(|until| format!(" until {until}")).unwrap_or_default();
            writeln!(out, "\t{} from {}{until}", force.name, force.from)?;
        }
    }
    Ok(())
}

async fn set(args: SetArgs) -> anyhow::Result<()> {
    let settings = settings(&args.place)?;
    let mut line = settings.directory().await?.line(&args.line).cloned().unwrap_or_default();
    line.title = args.title.unwrap_or(line.title);
    let mut closed_on = match &line.hours {
        Hours::Weekly { closed_on, .. } => closed_on.clone(),
        Hours::Always => BTreeSet::new(),
    };
    let named = !args.closed_on.is_empty();
    if named {
        closed_on = args.closed_on.into_iter().collect();
    }
    line.hours = match args.hours.unwrap_or(line.hours) {
        Hours::Weekly { windows, .. } => Hours::Weekly { windows, closed_on },
        Hours::Always if !named => Hours::Always,
        Hours::Always => anyhow::bail!("a line that is always open has no days on which it is closed"),
    };
    Ok(settings.set_line(&args.line, &line, now()).await?)
}

async fn force(args: ForceArgs) -> anyhow::Result<()> {
    let settings = settings(&args.place)?;
    let directory = settings.directory().await?;
    let line = directory.line(&args.line).with_context(|| format!("there is no line {}", args.line))?;
    let others = line.forces.iter().filter(|force| force.name != args.force).cloned();
    let mut forces: Vec<Force> = others.collect();
    forces.push(Force { name: args.force, from: args.from, until: args.until });
    forces.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(settings.set_line(&args.line, &Helpline { forces, ..line.clone() }, now()).await?)
}

fn now() -> Timestamp {
    SystemClock::new().now()
}

fn settings(place: &PlaceArgs) -> anyhow::Result<Settings> {
    Ok(Settings::new(open_ledger(&data_folder(place)?)?))
}
