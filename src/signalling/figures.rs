//! Figures, as a signed-in person asks. Whether the role allows it was checked before (`permissions`).

use super::{app::App, line::Line, triage::totals_of};
use crate::{
    core::{calendar::Date, erlang::Target},
    node::{NodeError, figures::report},
    proto::{
        ErrorCode, ProtocolError,
        figures::{Answer, Request},
    },
};

/// Days of one report at most.
const LONGEST: usize = 400;

/// Answers one request.
pub(super) async fn answer(app: &App, of: &Line, ask: Request) -> Result<Answer, ProtocolError> {
    let archive = of.node.figures();
    match ask {
        Request::Report { from, to, line } => {
            check_days(from, to)?;
            let hours = archive.hours(from, to).await.map_err(unread)?;
            let directory = archive.directory().await.map_err(unread)?;
            let overdue_until = of.node.follow_ups().overdue_until(app.now());
            let report = report::report(&hours, (from, to), line.as_ref(), &directory, overdue_until);
            let codes = of.triage.codes().await.map_err(unread)?;
            let triage = totals_of(&of.triage.totals(from, to).await.map_err(unread)?, &codes);
            Ok(Answer::Report { report: Box::new(report), triage: Box::new(triage) })
        }
        Request::Forecast { from, to, line, in_20_s_per_cent, occupancy_per_cent } => {
            check_days(from, to)?;
            if !(1..=99).contains(&in_20_s_per_cent) || !(1..=100).contains(&occupancy_per_cent) {
                return Err(
                    ErrorCode::Malformed.because("A target is 1 to 99, an occupancy 1 to 100 per cent.")
                );
            }
            let target = Target {
                within_s: 20.0,
                in_time: f64::from(in_20_s_per_cent) / 100.0,
                occupancy: f64::from(occupancy_per_cent) / 100.0,
            };
            let hours = archive.hours(from, to).await.map_err(unread)?;
            Ok(Answer::Forecast { forecast: report::forecast(&hours, from, to, line.as_ref(), &target) })
        }
        Request::Release { year, month } => {
            let (first, last) = report::days_of(year, month)
                .ok_or_else(|| ErrorCode::Malformed.because("There is no such month."))?;
            if !report::is_settled(last, app.now()) {
                return Err(ErrorCode::OutOfOrder.because(
                    "A month is released on the second day after it: until then its figures can change.",
                ));
            }
            let hours = archive.hours(first, last).await.map_err(unread)?;
            let directory = archive.directory().await.map_err(unread)?;
            Ok(Answer::Release { release: report::release(&hours, year, month, &directory) })
        }
    }
}

fn check_days(from: Date, to: Date) -> Result<(), ProtocolError> {
    if from > to || from.through(to).nth(LONGEST).is_some() {
        return Err(ErrorCode::Malformed.because("Ask for one day to 400 days."));
    }
    Ok(())
}

fn unread(error: NodeError) -> ProtocolError {
    tracing::error!(%error, "the figures cannot be read");
    ErrorCode::Internal.because("The server could not read the figures.")
}
