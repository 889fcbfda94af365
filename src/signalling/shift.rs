//! The rota and training, as supervisors and administrators ask; everybody sees their own. Whether the role allows it was checked
//! before (`permissions`).

use std::{collections::BTreeMap, time::Duration};

use super::{accounts::refused, app::App};
use crate::{
    core::{
        calendar::{Date, uk_time},
        directory::{Directory, LineName, Training},
        ids::StaffId,
        permissions::{Act, may},
        rota::{Plan, Week},
        time::Timestamp,
    },
    node::{
        NodeError, StaffIdentity,
        registry::Person,
        rota::{Saved, Saving},
    },
    proto::{
        ErrorCode, ProtocolError,
        shift::{Answer, GapView, HourView, LineView, Planned, Request, RotaView, TrainingView},
    },
};

/// For how long ahead the wallboard is told of hours in which too few are on.
const AHEAD: Duration = Duration::from_secs(24 * 3600);

/// Answers one request.
pub(super) async fn answer(app: &App, who: &StaffIdentity, ask: Request) -> Result<Answer, ProtocolError> {
    let now = app.now();
    match ask {
        Request::Rota { line, week } => {
            let place = Place::find(app, line, week).await?;
            Ok(Answer::Rota { rota: place.view(app, who, now).await? })
        }
        Request::SetRota { line, week, at, needed, people } => {
            let place = Place::find(app, Some(line), Some(week)).await?;
            let on = people.into_iter().map(|one| (one.staff, one.on.into_iter().map(Into::into).collect()));
            place.save(app, who, Plan { needed, on: on.collect() }, at, now).await
        }
        Request::CopyRota { line, from, to, at } => {
            let here = Place::find(app, Some(line.clone()), Some(from)).await?;
            let there = Place::find(app, Some(line), Some(to)).await?;
            let (plan, ..) = here.plan(app).await?;
            let plan = plan.copied(here.week, there.week);
            // Whoever has been shut out since is not planned any longer.
            let people = people(app).await?;
            let on = plan.on.into_iter().filter(|(staff, _)| people.contains_key(staff)).collect();
            there.save(app, who, Plan { on, ..plan }, at, now).await
        }
        Request::Gaps => gaps(app, now).await,
        Request::Training => {
            let directory = directory(app).await?;
            let mut people: Vec<TrainingView> = people(app)
                .await?
                .into_values()
                .map(|person| training_view(&directory, person, now))
                .collect();
            people.sort_by(|one, other| (&one.name, one.staff).cmp(&(&other.name, other.staff)));
            Ok(Answer::Training { people })
        }
        Request::SetTraining { staff, until } => {
            if !people(app).await?.contains_key(&staff) {
                return Err(ErrorCode::OutOfOrder.because("Nobody who takes part in calls has this id."));
            }
            let training = until.map(|until| Training { until });
            app.line.node.settings().set_training(staff, training, who.staff, now).await.map_err(failed)?;
            Ok(Answer::Done)
        }
        // The node's own.
        Request::Watch { .. } | Request::Mine => {
            Err(ErrorCode::OutOfOrder.because("not possible in the present state"))
        }
    }
}

/// A week of a line.
struct Place {
    directory: Directory,
    line: LineName,
    week: Week,
}

impl Place {
    /// That week of that line; the present one and the operator's default where none is named.
    async fn find(app: &App, line: Option<LineName>, week: Option<Date>) -> Result<Self, ProtocolError> {
        let directory = directory(app).await?;
        let line = line.unwrap_or_else(|| directory.default_line());
        if directory.line(&line).is_none() {
            return Err(ErrorCode::Closed.because("No line has this name."));
        }
        let week = match week {
            Some(monday) => Week::beginning(monday)
                .ok_or_else(|| ErrorCode::Malformed.because("A week is named by its Monday."))?,
            None => Week::at(app.now()),
        };
        Ok(Self { directory, line, week })
    }

    /// Its plan, its revision, and by whom it was saved last.
    async fn plan(&self, app: &App) -> Result<(Plan, u64, Option<StaffId>), ProtocolError> {
        let (saved, revision) = app.line.node.rota().week(&self.line, self.week).await.map_err(failed)?;
        let fresh = || {
            Plan::empty(self.week, |at| self.directory.line(&self.line).is_some_and(|line| line.is_open(at)))
        };
        Ok(match saved {
            // A change of the clock's rules would leave plans of another length.
            Some(saved) if saved.plan.is_of(self.week) => (saved.plan, revision, Some(saved.by)),
            Some(saved) => (fresh(), revision, Some(saved.by)),
            None => (fresh(), revision, None),
        })
    }

    async fn save(
        &self,
        app: &App,
        who: &StaffIdentity,
        plan: Plan,
        revision: u64,
        now: Timestamp,
    ) -> Result<Answer, ProtocolError> {
        let people = people(app).await?;
        if !plan.is_of(self.week) || plan.on.keys().any(|staff| !people.contains_key(staff)) {
            return Err(ErrorCode::Malformed.because("This is no plan of that week."));
        }
        let saved = Saved { plan, by: who.staff, at: now };
        match app.line.node.rota().save(&self.line, self.week, &saved, revision).await.map_err(failed)? {
            Saving::Saved(_) => Ok(Answer::Rota { rota: self.view(app, who, now).await? }),
            Saving::Overtaken => Ok(Answer::RotaOvertaken { rota: self.view(app, who, now).await? }),
        }
    }

    /// What that person may see of it: supervisors all of it, everybody else their own hours.
    async fn view(&self, app: &App, who: &StaffIdentity, now: Timestamp) -> Result<RotaView, ProtocolError> {
        let (plan, revision, by) = self.plan(app).await?;
        let edits = super::permissions::of_staff(who.role).is_some_and(|role| may(role, Act::EditRota));
        let everybody = people(app).await?;
        let name = |staff: StaffId| everybody.get(&staff).map(|person| person.name.clone());
        let mut people: Vec<Planned> = everybody
            .values()
            .filter(|person| edits || person.staff == who.staff)
            .map(|person| Planned {
                staff: person.staff,
                name: person.name.clone(),
                role: person.role,
                on: plan.on.get(&person.staff).into_iter().flatten().copied().map(Into::into).collect(),
                training_ends: self.directory.training_ends(person.staff).map(Timestamp::as_millis),
                answers: self.directory.answers(person.staff, &self.line),
            })
            .collect();
        people.sort_by(|one, other| (&one.name, one.staff).cmp(&(&other.name, other.staff)));
        let hours = self.week.wall_hours().into_iter().zip(0_u16..);
        Ok(RotaView {
            line: self.line.clone(),
            lines: lines(&self.directory),
            week: self.week.monday(),
            next: self.week.next().monday(),
            hours: hours
                .map(|(hour, place)| HourView {
                    at: self.week.hour(place).as_millis(),
                    day: hour.day,
                    hour: hour.hour,
                    again: hour.again,
                })
                .collect(),
            people,
            needed: if edits { plan.needed } else { Vec::new() },
            at: revision,
            by: by.filter(|_| edits).and_then(name),
            now: now.as_millis(),
        })
    }
}

/// The hours of the next day in which too few are on, of all lines.
async fn gaps(app: &App, now: Timestamp) -> Result<Answer, ProtocolError> {
    let directory = directory(app).await?;
    let mut gaps = Vec::new();
    for (line, helpline) in directory.lines() {
        let this = Week::at(now);
        for week in [this, this.next()] {
            let place = Place { directory: directory.clone(), line: line.clone(), week };
            let (plan, ..) = place.plan(app).await?;
            let trained = |staff, begin| directory.training_ends(staff).is_none_or(|ends| begin < ends);
            gaps.extend(plan.gaps(week, now, now + AHEAD, trained).into_iter().map(|gap| GapView {
                line: line.clone(),
                title: helpline.title.clone(),
                from: gap.from.as_millis(),
                until: gap.until.as_millis(),
                on: gap.on,
                needed: gap.needed,
            }));
        }
    }
    gaps.sort_by(|one, other| (one.from, &one.line).cmp(&(other.from, &other.line)));
    Ok(Answer::Gaps { gaps, now: now.as_millis() })
}

fn lines(directory: &Directory) -> Vec<LineView> {
    directory
        .lines()
        .map(|(line, helpline)| LineView { line: line.clone(), title: helpline.title.clone() })
        .collect()
}

/// Everybody who takes part in calls.
async fn people(app: &App) -> Result<BTreeMap<StaffId, Person>, ProtocolError> {
    let people = app.registry.people().await.map_err(refused)?.into_iter();
    let takes_part = |person: &Person| {
        !person.revoked && super::permissions::of_staff(person.role).is_some_and(|role| role.joins_calls())
    };
    Ok(people.filter(takes_part).map(|person| (person.staff, person)).collect())
}

fn training_view(directory: &Directory, person: Person, now: Timestamp) -> TrainingView {
    let until = directory.training(person.staff).map(|training| training.until);
    let days_left = until.map(|until| until.days_after(uk_time(now).date));
    TrainingView { staff: person.staff, name: person.name, role: person.role, until, days_left }
}

async fn directory(app: &App) -> Result<Directory, ProtocolError> {
    app.line.node.settings().directory().await.map_err(failed)
}

fn failed(error: NodeError) -> ProtocolError {
    tracing::error!(%error, "the rota or training cannot be read or written");
    ErrorCode::Internal.because("The server could not read this or write it down; nothing changed.")
}
